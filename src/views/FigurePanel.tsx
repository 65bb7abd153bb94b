/**
 * A panel with one figure and its tools: settings, what it answers, the same numbers as a table, saving, enlarging. Knows nothing
 * of which plot it shows.
 */
import { CircleHelp, Download, Maximize2, SlidersHorizontal, Table2 } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { inNouns, type RowNoun } from '../base/nouns.ts';
import { defaultParams, type Params, type ParamValue } from '../base/params.ts';
import type { Plot, ThemeName } from '../plots/contract.ts';
import { tableToCsv } from '../plots/csv.ts';
import { Figure, type FigureHandle, type FigureProps } from './Figure.tsx';
import style from './FigurePanel.module.css';
import { ParamForm } from './ParamForm.tsx';
import { Button } from './parts/Button.tsx';
import { DataTableView } from './parts/DataTableView.tsx';
import { Dialog } from './parts/Dialog.tsx';
import { IconButton } from './parts/IconButton.tsx';
import { IconPopover } from './parts/IconPopover.tsx';
import { Panel, type PanelProps } from './parts/Panel.tsx';

export interface FigurePanelProps<Results> extends Omit<FigureProps<Results>, 'label' | 'ref' | 'params'> {
  title?: ReactNode;
  context?: ReactNode;
  /** Under the title: tabs, a choice. */
  controls?: ReactNode;
  /** Settings that differ from the plot's defaults at the start. */
  startParams?: Params;
  /** Parameters that are set elsewhere in the panel. */
  fixedParams?: Params;
  /** Without extension. */
  fileName: string;
  stale?: PanelProps['stale'];
  className?: string;
}

const none: Params = {};

export function FigurePanel<Results>(props: FigurePanelProps<Results>) {
  const {
    plot,
    results,
    theme,
    title = plot.title,
    context,
    controls,
    startParams = none,
    fixedParams = none,
    fileName,
    stale,
    className = '',
    ...figure
  } = props;
  const [changed, setChanged] = useState<Params>(startParams);
  const [view, setView] = useState<'figure' | 'table'>('figure');
  const [help, setHelp] = useState(false);
  const [large, setLarge] = useState(false);
  const handle = useRef<FigureHandle>(null);
  const params = useMemo(
    () => ({ ...defaultParams(plot.params), ...within(plot, changed), ...fixedParams }),
    [plot, changed, fixedParams],
  );
  const table = useMemo(
    () => (view === 'table' ? plot.table(results, { theme, params, scale: 1 }) : null),
    [view, plot, results, theme, params],
  );
  const visible = Object.entries(plot.params).filter(([name, spec]) => !spec.advanced && !(name in fixedParams));
  const setParam = (name: string, value: ParamValue) => setChanged((present) => ({ ...present, [name]: value }));
  const saveImage = async (format: 'svg' | 'png', imageTheme: ThemeName) => {
    const url = await handle.current?.toImage(format, imageTheme);
    if (url) saveAs(url, `${fileName}.${format}`);
  };
  const saveCsv = () => {
    const text = tableToCsv(plot.table(results, { theme, params, scale: 1 }));
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    saveAs(url, `${fileName}.csv`);
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const tools = (
    <>
      {visible.length > 0 && (
        <IconPopover icon={SlidersHorizontal} label="Change the figure">
          <ParamForm specs={Object.fromEntries(visible)} values={params} onChange={setParam} />
        </IconPopover>
      )}
      <IconButton icon={CircleHelp} label="What does this show?" pressed={help} onClick={() => setHelp(!help)} />
      <IconButton
        icon={Table2}
        label="Show as table"
        pressed={view === 'table'}
        onClick={() => setView(view === 'table' ? 'figure' : 'table')}
      />
      <IconPopover icon={Download} label="Save the figure">
        {(close) => (
          <div className={style.menu}>
            <Button kind="quiet" wide onClick={() => void saveImage('svg', 'print').then(close)}>
              Save as SVG, for print
            </Button>
            <Button kind="quiet" wide onClick={() => void saveImage('png', 'print').then(close)}>
              Save as PNG, for print
            </Button>
            <Button kind="quiet" wide onClick={() => void saveImage('png', theme).then(close)}>
              Save as PNG, as on screen
            </Button>
            <Button
              kind="quiet"
              wide
              onClick={() => {
                saveCsv();
                close();
              }}
            >
              Save its numbers as CSV
            </Button>
          </div>
        )}
      </IconPopover>
      <IconButton icon={Maximize2} label="Enlarge" onClick={() => setLarge(true)} />
    </>
  );
  const noun = (results as { provenance?: { noun?: RowNoun } } | null)?.provenance?.noun;
  const question = inNouns(plot.question, noun);
  const label = `${plot.title} ${question}`;
  return (
    <Panel title={title} context={context} tools={tools} stale={stale ?? null} flush className={className}>
      <div className={style.content}>
        {controls && <div className={style.controls}>{controls}</div>}
        {help && <p className={style.help}>{question}</p>}
        <div className={style.view}>
          {table ? (
            <DataTableView table={table} />
          ) : (
            <Figure
              key={plot.id}
              ref={handle}
              {...figure}
              plot={plot}
              results={results}
              theme={theme}
              params={params}
              label={label}
            />
          )}
        </div>
      </div>
      {large && (
        <Dialog title={title} size="wide" onClose={() => setLarge(false)}>
          <div className={style.large}>
            <Figure {...figure} plot={plot} results={results} theme={theme} params={params} label={label} scale={1.2} />
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

/** Settings made for another plot of the same panel do not carry over. */
function within<Results>(plot: Plot<Results>, params: Params): Params {
  return Object.fromEntries(Object.entries(params).filter(([name]) => name in plot.params));
}

function saveAs(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
