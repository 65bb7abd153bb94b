/** The Share workspace: a link that repeats the analysis, the study file behind it, and the results. Nothing is sent anywhere. */
import { Check, Download, Eye, Link } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { formatCount } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import { trains } from '../../state/run.ts';
import { sizeText } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { type CsvPreview, csvPreview } from './csv-preview.ts';
import { linkWords } from './link-words.ts';
import style from './Share.module.css';
import { ShiftPanel } from './ShiftPanel.tsx';
import { saveFile } from './save-file.ts';

export function Share() {
  const shift = useOffshell(
    (s) => s.run.data?.kind === 'histograms' && s.run.data.timed && s.run.scoreView !== null && Number.isFinite(s.run.threshold),
  );
  return (
    <div className={style.workspace}>
      <div className={style.column}>
        <LinkPanel />
        <ResultsPanel />
        {shift && <ShiftPanel />}
      </div>
      <StudyPanel />
    </div>
  );
}

function LinkPanel() {
  const session = useOffshell((s) => s.session);
  const models = useOffshell((s) => s.run.models);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const { copyLink } = useOffshell((s) => s.actions);
  const [copied, setCopied] = useState<{ link: string; session: unknown } | null>(null);
  const words = useMemo(
    () => linkWords(session, new Map(models.map(({ id, name }) => [id, name])), noun),
    [session, models, noun],
  );
  const fresh = copied?.session === session;
  return (
    <Panel
      title="A link that repeats this analysis"
      context={`It holds choices, never ${noun.several} or weights; the same link gives the same numbers on the same backend`}
    >
      <p>It contains:</p>
      <ul className={style.contains}>
        {words.map((word) => (
          <li key={word}>{word}</li>
        ))}
      </ul>
      <div className={style.actions}>
        <Button kind="primary" icon={fresh ? Check : Link} onClick={async () => setCopied({ link: await copyLink(), session })}>
          Copy the link
        </Button>
        <span role="status" className={style.quiet}>
          {fresh ? `Copied, ${formatCount(copied.link.length)} characters` : ''}
        </span>
      </div>
      {fresh && (
        <p className={style.link}>
          <code>{copied.link}</code>
        </p>
      )}
    </Panel>
  );
}

function StudyPanel() {
  const session = useOffshell((s) => s.session);
  const data = useOffshell((s) => s.run.data);
  const { studyFile, go } = useOffshell((s) => s.actions);
  const [study, setStudy] = useState<{ text: string; session: unknown } | null>(null);
  const [working, setWorking] = useState(false);
  const make = async () => {
    setWorking(true);
    try {
      const text = await studyFile();
      setStudy({ text, session });
      return text;
    } finally {
      setWorking(false);
    }
  };
  const stale = study !== null && study.session !== session;
  return (
    <Panel
      title="Study file"
      context={
        <>
          The whole analysis as JSON, with a SHA-256 of every file. Run it without a screen:{' '}
          <code>npm run study -- study.json --out results.json</code>
        </>
      }
      flush
      scroll
      className={style.study ?? ''}
      stale={stale && !working ? { action: 'Show it again', onRefresh: () => void make() } : null}
      toolsAlwaysShown
      tools={
        <Button
          icon={Download}
          disabled={!data || working}
          onClick={async () => {
            const text = study && !stale ? study.text : await make();
            if (text) saveFile('study.json', text, 'application/json');
          }}
        >
          Download the study
        </Button>
      }
    >
      {working ? (
        <Working message="Writing the study file" done={null} />
      ) : study ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
        <section className={style.json} tabIndex={0} aria-label="study.json">
          <pre>{study.text}</pre>
        </section>
      ) : (
        <EmptyState
          title={data ? 'The study file that repeats this analysis will be here' : 'A study needs data'}
          action={
            data ? (
              <Button icon={Eye} onClick={() => void make()}>
                Show the study file
              </Button>
            ) : (
              <Button onClick={() => go('data')}>Choose data</Button>
            )
          }
        >
          {data && !data.synthetic && 'Files are read once more for their fingerprints.'}
        </EmptyState>
      )}
    </Panel>
  );
}

function ResultsPanel() {
  const runs = useOffshell((s) => s.run.runs);
  const training = useOffshell((s) => trains(s.run));
  const view = useOffshell((s) => s.session.view);
  const data = useOffshell((s) => s.run.data);
  const { resultsFile, scoresFile, go } = useOffshell((s) => s.actions);
  const [working, setWorking] = useState(false);
  const [saved, setSaved] = useState<string | null>(null);
  const [preview, setPreview] = useState<CsvPreview | null>(null);
  // other scores make the look an old one
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown decides what the file holds
  useEffect(() => setPreview(null), [view.run, view.score, data]);
  const look = async () => {
    if (preview) return setPreview(null);
    const file = await scoresFile();
    if (file) setPreview(await csvPreview(file));
  };
  const rows = runs.reduce((sum, { results }) => sum + results.length, 0);
  const shown = runs.find(({ id }) => id === view.run);
  const save = async (name: string, type: string, make: () => Promise<string | Blob | null>) => {
    setWorking(true);
    try {
      const content = await make();
      if (content) setSaved(`${name}, ${sizeText(saveFile(name, content, type))}`);
    } finally {
      setWorking(false);
    }
  };
  return (
    <Panel title="Results" context="AUC with its error, average precision, efficiencies at fixed rates, best F1, times">
      {runs.length === 0 ? (
        <EmptyState
          title="Results follow a finished training"
          action={<Button onClick={() => go('models')}>Choose a model</Button>}
        />
      ) : (
        <>
          <p>
            {formatCount(rows)} rows from {formatCount(runs.length)} finished {runs.length === 1 ? 'run' : 'runs'}: model, seed,
            score and signal, with the study and the environment that made them.
          </p>
          <div className={style.actions}>
            <Button
              icon={Download}
              disabled={training || working}
              onClick={() => void save('results.json', 'application/json', () => resultsFile())}
            >
              Download the results
            </Button>
            {shown && (
              <>
                <Button
                  icon={Download}
                  disabled={working}
                  onClick={() => void save('scores.csv', 'text/csv', () => scoresFile())}
                >
                  Download the scores
                </Button>
                <Button icon={Eye} disabled={working} aria-expanded={preview !== null} onClick={() => void look()}>
                  {preview ? 'Hide the scores' : 'Look at the scores'}
                </Button>
              </>
            )}
          </div>
          {shown && preview && <ScoresPreview preview={preview} />}
          {shown && (
            <p className={style.quiet}>
              scores.csv holds the test scores of {shown.modelName}, seed {shown.seed}, as Explore shows them.
            </p>
          )}
          <p role="status" className={style.quiet}>
            {working ? 'Writing' : saved ? `Saved ${saved}` : training ? 'Available when the training has ended' : ''}
          </p>
        </>
      )}
    </Panel>
  );
}

/** The first lines of the file as a table. */
function ScoresPreview({ preview }: { preview: CsvPreview }) {
  const { head, lines, total } = preview;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <section className={`${style.list} ${style.lines}`} tabIndex={0} aria-label="scores.csv">
      <table>
        <caption className={style.quiet}>
          First {formatCount(lines.length)} of {formatCount(total)} lines
        </caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((cells) => (
            <tr key={cells[0]}>
              {cells.map((cell, i) => (
                <td key={head[i]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
