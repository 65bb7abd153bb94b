/** For monitoring histograms: what is flagged as a list per run, the certification JSON files, and the shift report. */
import { Download, Eye } from 'lucide-react';
import { useEffect, useState } from 'react';
import { flaggedRanges } from '../../base/flagged-ranges.ts';
import { defaultParams } from '../../base/params.ts';
import { formatCount, formatNumber } from '../../plots/format.ts';
import { plotById } from '../../plots/registry.ts';
import { classStyles } from '../../plots/theme.ts';
import { testProvenance } from '../../state/explore.ts';
import type { FlaggedList, ReportParts } from '../../worker/api.ts';
import { drawFigure } from '../Figure.tsx';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Share.module.css';
import { saveFile } from './save-file.ts';

const files = { flagged: 'flagged.json', 'good-minus-flagged': 'good-minus-flagged.json' } as const;

export function ShiftPanel() {
  const threshold = useOffshell((s) => s.run.threshold);
  const thresholdWords = useOffshell((s) => s.run.thresholdWords);
  const view = useOffshell((s) => s.run.scoreView);
  const { flaggedFile, reportFile } = useOffshell((s) => s.actions);
  const [list, setList] = useState<FlaggedList>('flagged');
  const [text, setText] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const figures = useFigures();
  useEffect(() => {
    let gone = false;
    setText(null);
    if (view && Number.isFinite(threshold)) void flaggedFile(list).then((answer) => !gone && setText(answer));
    return () => {
      gone = true;
    };
  }, [flaggedFile, list, threshold, view]);
  const rows = text === null ? null : flaggedRanges(text);
  const total = rows?.reduce((sum, { lumisections }) => sum + lumisections, 0) ?? 0;
  const report = async (use: (html: string) => void) => {
    setWorking(true);
    try {
      const html = await reportFile(await figures());
      if (html) use(html);
    } finally {
      setWorking(false);
    }
  };
  const save = async (which: FlaggedList) => {
    const content = await flaggedFile(which);
    if (content) saveFile(files[which], content, 'application/json');
  };
  return (
    <Panel
      title="What a shift hands on"
      context={`Flagged: test lumisections with a score of at least ${formatNumber(threshold, 4)} (${thresholdWords})`}
    >
      <Segmented<FlaggedList>
        label="List"
        value={list}
        segments={[
          { value: 'flagged', label: 'Flagged' },
          { value: 'good-minus-flagged', label: 'Good minus flagged' },
        ]}
        onChange={setList}
      />
      <p className={style.quiet}>
        {rows === null
          ? 'Making the list'
          : rows.length === 0
            ? 'The list is empty.'
            : `${formatCount(total)} lumisections of ${formatCount(rows.length)} ${rows.length === 1 ? 'run' : 'runs'}; ranges are inclusive`}
        {list === 'good-minus-flagged' &&
          rows !== null &&
          '. All loaded lumisections that the labels call good, without the flagged ones, the empty ones and those of the test without a score.'}
      </p>
      {rows && rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
        <section className={style.list} tabIndex={0} aria-label={files[list]}>
          <table>
            <thead>
              <tr>
                <th scope="col">run</th>
                <th scope="col">lumisections</th>
                <th scope="col">count</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ run, ranges, lumisections }) => (
                <tr key={run}>
                  <th scope="row">{run}</th>
                  <td>{ranges}</td>
                  <td>{formatCount(lumisections)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <div className={style.actions}>
        <Button icon={Download} onClick={() => void save('flagged')}>
          Download the flagged lumisections
        </Button>
        <Button icon={Download} onClick={() => void save('good-minus-flagged')}>
          Download good minus flagged
        </Button>
      </div>
      <div className={style.actions}>
        <Button
          icon={Download}
          disabled={working}
          onClick={() => void report((html) => saveFile('shift-report.html', html, 'text/html'))}
        >
          Download the shift report
        </Button>
        <Button
          icon={Eye}
          disabled={working}
          onClick={() =>
            void report((html) => {
              const url = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
              window.open(url, '_blank', 'noopener');
              setTimeout(() => URL.revokeObjectURL(url), 60_000);
            })
          }
        >
          Open the shift report
        </Button>
      </div>
      <p className={style.quiet} role="status">
        {working
          ? 'Drawing the figures and writing the report'
          : 'The report is one page that can be printed: data, labels, split, model, threshold, matrix, flagged ranges, trends.'}
      </p>
    </Panel>
  );
}

/** The figures of the report: both trends, rates against the threshold, and the bins of good against bad. */
function useFigures(): () => Promise<ReportParts['figures']> {
  const data = useOffshell((s) => s.run.data);
  const view = useOffshell((s) => s.run.scoreView);
  const trend = useOffshell((s) => s.run.trend);
  const binSpread = useOffshell((s) => s.run.binSpread);
  const threshold = useOffshell((s) => s.run.threshold);
  const signal = useOffshell((s) => s.session.view.signal ?? -1);
  return async () => {
    if (!view) return [];
    const results = {
      provenance: testProvenance(data, view),
      classes: view.classes,
      signal,
      score: { name: view.name, formula: view.formula, unit: view.unit },
      test: view.test,
      validation: view.validation,
      ...(trend ? { trend: { ...trend, at: null } } : {}),
      ...(binSpread ? { binSpread: { ...binSpread, ...(data?.histogram ? { axis: data.histogram } : {}) } } : {}),
    };
    const styles = classStyles(view.classes, 'print');
    const colorOf = (name: string) => styles[view.classes.findIndex((c) => c.name === name)]?.color ?? '';
    const drawn: { title: string; image: string }[] = [];
    for (const id of ['score-trend', 'run-trend', 'threshold-metrics', 'bin-spread']) {
      const plot = plotById(id);
      if (!plot.needs.every((need) => need in results)) continue;
      const image = await drawFigure(plot, results as never, {
        params: defaultParams(plot.params),
        threshold,
        colorOf,
        width: 760,
        height: 440,
      });
      drawn.push({ title: plot.title, image });
    }
    return drawn;
  };
}
