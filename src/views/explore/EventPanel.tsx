/** The events of a clicked confusion cell, and one of them in detail: what came in, and what the model gave back. */
import { Copy, ScanSearch, Table2, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { inNouns } from '../../base/nouns.ts';
import { defaultParams } from '../../base/params.ts';
import { formatCount, formatNumber, formatThreshold } from '../../plots/format.ts';
import { plotById } from '../../plots/registry.ts';
import { dataNoun, eventNumbers, eventProvenance, lumisectionText, placeOf } from '../../state/explore.ts';
import type { Cell, EventRow, EventView } from '../../worker/api.ts';
import { CopiesDialog, learnsFromCopies } from '../copies/CopiesDialog.tsx';
import { Figure } from '../Figure.tsx';
import { Button } from '../parts/Button.tsx';
import { DataTableView } from '../parts/DataTableView.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Event.module.css';
import { errorWords } from './event-words.ts';
import type { PanelInput } from './panel-input.ts';

const cellWords: Readonly<Record<Cell, string>> = {
  truePositives: 'Signal, flagged',
  falsePositives: 'Background, flagged',
  trueNegatives: 'Background, kept',
  falseNegatives: 'Signal, kept',
};

export function EventPanel({ view, theme, className }: PanelInput) {
  const cell = useOffshell((s) => s.run.cell);
  const event = useOffshell((s) => s.run.event);
  const highest = useOffshell((s) => s.run.opened === 'highest');
  const histograms = useOffshell((s) => s.run.data?.kind === 'histograms');
  const actions = useOffshell((s) => s.actions);
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const title = histograms ? 'What does it restore?' : `Why this ${noun.one}?`;
  if (!cell && !event) {
    return (
      <Panel title={title} className={className}>
        <EmptyState icon={ScanSearch} title={`Choose a number in the matrix to list its ${noun.several}.`}>
          Each {noun.one} opens with its input against its reconstruction. A point in the latent space opens one, too.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel
      title={title}
      context={
        !cell
          ? highest && `The ${noun.one} with the highest score; choose another in the matrix or the latent space.`
          : `${cellWords[cell.cell]} at t = ${formatThreshold(cell.threshold)}: ${formatCount(cell.total)} ${cell.total === 1 ? noun.one : noun.several}${cell.rows.length < cell.total ? `, the first ${formatCount(cell.rows.length)} listed` : ''}`
      }
      tools={
        <IconButton
          icon={X}
          label="Close"
          onClick={() => {
            actions.closeEvent();
            actions.closeCell();
          }}
        />
      }
      toolsAlwaysShown
      flush
      className={className}
    >
      <div className={style.events}>
        {cell && (
          <div className={style.list}>
            <EventList rows={cell.rows} present={event?.row ?? -1} onOpen={(row) => void actions.openEvent(row)} />
          </div>
        )}
        {event ? (
          <Inspector key={event.objectTypes ? 'objects' : 'table'} event={event} view={view} theme={theme} />
        ) : (
          <EmptyState title={inNouns(cell?.rows.length === 0 ? 'No events in this cell.' : 'Choose an event.', noun)} />
        )}
      </div>
    </Panel>
  );
}

function EventList({ rows, present, onOpen }: { rows: readonly EventRow[]; present: number; onOpen(row: number): void }) {
  const columns = useMemo((): Column<EventRow>[] => {
    const summary = rows[0]?.summary.slice(0, 2) ?? [];
    return [
      ...place(rows[0]),
      { key: 'score', head: 'score', numeric: true, sort: (event) => event.score, cell: (event) => formatNumber(event.score, 4) },
      ...summary.map(({ name, unit }, i) => ({
        key: name,
        head: unit === '' ? name : `${name} [${unit}]`,
        numeric: true,
        sort: (event: EventRow) => event.summary[i]?.value ?? Number.NaN,
        cell: (event: EventRow) => formatNumber(event.summary[i]?.value ?? Number.NaN),
      })),
    ];
  }, [rows]);
  return (
    <Table
      caption="Events of the chosen cell"
      columns={columns}
      rows={rows}
      rowKey={(event) => event.row}
      onRow={(event) => onOpen(event.row)}
      selected={(event) => event.row === present}
      empty="No events in this cell"
    />
  );
}

/** What names an event: run and lumisection alone for a histogram, with the event number where there is one, or the row. */
function place(first: EventRow | undefined): Column<EventRow>[] {
  if (first?.run !== undefined && first.lumisection !== undefined && first.event === undefined)
    return [
      { key: 'run', head: 'run', numeric: true, sort: (event) => event.run ?? 0, cell: (event) => String(event.run) },
      {
        key: 'lumisection',
        head: 'lumisection',
        numeric: true,
        sort: (event) => event.lumisection ?? 0,
        cell: lumisectionText,
      },
    ];
  return [
    {
      key: 'event',
      head: 'event',
      sort: (event) => event.event ?? event.row,
      cell: (event) =>
        event.run === undefined ? `${event.row + 1}` : `${event.run}:${event.lumisection ?? ''}:${event.event ?? ''}`,
    },
  ];
}

type Tab = 'display' | 'transverse' | 'attributions' | 'reconstruction';

const plotOf: Readonly<Record<Tab, string>> = {
  display: 'event-display',
  transverse: 'event-transverse',
  attributions: 'event-attributions',
  reconstruction: 'event-reconstruction',
};
const printed: Readonly<Record<string, string>> = { pT: 'pT', eta: 'η', phi: 'φ', other: 'other' };

function Inspector({ event, view, theme }: { event: EventView; view: PanelInput['view']; theme: PanelInput['theme'] }) {
  const data = useOffshell((s) => s.run.data);
  const score = useOffshell((s) => s.run.scores.find(({ id }) => id === view.score));
  const run = useOffshell((s) => s.run.runs.find(({ id }) => id === view.run));
  const spec = useOffshell((s) => s.run.models.find(({ id }) => id === run?.model));
  const [copies, setCopies] = useState(false);
  const histograms = data?.kind === 'histograms';
  const blames = (event.spread !== undefined && event.errors !== undefined) || event.leftOut !== undefined;
  const [wanted, setTab] = useState<Tab>(event.objectTypes ? 'display' : blames ? 'attributions' : 'reconstruction');
  const [asTable, setAsTable] = useState(false);
  const [quantity, setQuantity] = useState('pT');
  const [by, setBy] = useState<'number' | 'object'>('number');
  const [colour, setColour] = useState<'type' | 'share'>('share');
  const results = useMemo(
    () => ({ provenance: eventProvenance(data, event), event: eventNumbers(event, view.classes) }),
    [data, event, view.classes],
  );
  const quantities = useMemo(
    () => ['pT', 'eta', 'phi', 'other'].filter((name) => event.features.some((feature) => feature.quantity === name)),
    [event],
  );
  const tabs: { value: Tab; label: string; title: string }[] = [
    ...(event.objectTypes
      ? [
          { value: 'display' as const, label: 'η–φ', title: 'Objects in η and φ' },
          { value: 'transverse' as const, label: 'Transverse', title: 'Transverse momenta with MET' },
        ]
      : []),
    ...(blames
      ? [{ value: 'attributions' as const, label: event.leftOut ? 'Losses' : 'Errors', title: 'Which numbers stand out' }]
      : []),
    {
      value: 'reconstruction',
      label: event.reconstruction ? 'Restored' : histograms ? 'Histogram' : 'Numbers',
      title: event.reconstruction ? 'Input against reconstruction' : 'The numbers of the event',
    },
  ];
  const tab = tabs.some(({ value }) => value === wanted) ? wanted : (tabs[0]?.value ?? 'reconstruction');
  const plot = plotById(histograms && tab === 'reconstruction' ? 'histogram-reconstruction' : plotOf[tab]);
  const params = useMemo(
    () => ({
      ...defaultParams(plot.params),
      quantity,
      by,
      colour: blames ? colour : 'type',
      ...(tab === 'display' ? { reconstruction: colour === 'type' } : {}),
    }),
    [plot, quantity, by, colour, blames, tab],
  );
  const displays = tab === 'display' || tab === 'transverse';
  return (
    <div className={style.inspector}>
      <div className={style.controls}>
        <Segmented<Tab> label="View of the event" value={tab} segments={tabs} onChange={setTab} />
        {displays && blames && (
          <Segmented<'type' | 'share'>
            label="Colour of the objects"
            value={colour}
            segments={[
              event.leftOut
                ? { value: 'share', label: 'by loss', title: 'Colour by the part of the score that is lost without the object' }
                : { value: 'share', label: 'by error', title: 'Colour by the share of the squared error' },
              { value: 'type', label: 'by type', title: 'Colour by the type of object; what the model gives back is hollow' },
            ]}
            onChange={setColour}
          />
        )}
        {tab === 'attributions' && event.objectTypes && !event.leftOut && (
          <Segmented<'number' | 'object'>
            label="Errors of"
            value={by}
            segments={[
              { value: 'number', label: 'numbers' },
              { value: 'object', label: 'objects' },
            ]}
            onChange={setBy}
          />
        )}
        {tab === 'reconstruction' && quantities.length > 1 && (
          <Segmented
            label="Quantity"
            value={quantities.includes(quantity) ? quantity : (quantities[0] as string)}
            segments={quantities.map((name) => ({ value: name, label: printed[name] }))}
            onChange={setQuantity}
          />
        )}
        <IconButton icon={Table2} label="Show as table" pressed={asTable} onClick={() => setAsTable(!asTable)} />
        {event.objectTypes && learnsFromCopies(spec) && (
          <Button icon={Copy} onClick={() => setCopies(true)}>
            Copies
          </Button>
        )}
        <span className={style.which}>
          {view.classes[event.label]?.name}, {placeOf(event, dataNoun(data))}
          {errorWords(event, score, dataNoun(data))}
        </span>
      </div>
      <div className={style.view}>
        {asTable ? (
          <DataTableView table={plot.table(results as never, { theme, params, scale: 1 })} />
        ) : (
          <Figure
            key={plot.id}
            plot={plot}
            results={results as never}
            params={params}
            theme={theme}
            label={`${plot.title} ${inNouns(plot.question, dataNoun(data))}`}
            revision={String(event.row)}
          />
        )}
      </div>
      {copies && spec && run && (
        <CopiesDialog spec={spec} params={run.params} seed={run.seed} row={event.row} onClose={() => setCopies(false)} />
      )}
    </div>
  );
}
