/** The column page: every number of a row with its histogram per class, range, missing values and padding. A row opens its figure. */
import { Search, TriangleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';
import { formatCount, formatNumber } from '../../plots/format.ts';
import type { ColumnSummary } from '../../worker/api.ts';
import { inputClass } from '../parts/Field.tsx';
import { Panel } from '../parts/Panel.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { Select } from '../parts/Select.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { useOffshell } from '../use-store.ts';
import { ColumnFigure } from './ColumnFigure.tsx';
import style from './Columns.module.css';
import { filtered, flagsText, meanText, objectsOf, shareText } from './column-words.ts';
import { CorrelationButton, CorrelationDialog } from './Relations.tsx';
import { Sparkline } from './Sparkline.tsx';

export function Columns() {
  const data = useOffshell((s) => s.run.data);
  const columns = useOffshell((s) => s.run.columns);
  const [object, setObject] = useState('');
  const [search, setSearch] = useState('');
  const [correlating, setCorrelating] = useState(false);
  const known = useOffshell((s) => s.run.correlation !== null);
  const { fetchCorrelation } = useOffshell((s) => s.actions);
  const openCorrelation = () => {
    setCorrelating(true);
    if (!known) void fetchCorrelation();
  };
  const [open, setOpen] = useState<ColumnSummary | null>(null);
  const objects = useMemo(() => objectsOf(columns), [columns]);
  const shown = useMemo(() => filtered(columns, object, search), [columns, object, search]);
  const layout = useMemo(() => tableColumns(data?.classes ?? []), [data]);
  if (!data) return null;
  const flags = flagsText(columns);
  return (
    <Panel
      title="What is in the columns?"
      context={
        <>
          {formatCount(columns.length)} columns over {formatCount(data.rows)} rows, every class at unit area; ranges leave out
          missing values and empty slots
        </>
      }
      flush
      scroll
      className={style.panel ?? ''}
      toolsAlwaysShown
      tools={
        <div className={style.tools}>
          {columns.length > 1 && <CorrelationButton onOpen={openCorrelation} />}
          {flags && (
            <span className={style.flags}>
              <TriangleAlert aria-hidden="true" />
              {flags}
            </span>
          )}
          {objects.length > 1 && (
            <Select
              label="Object"
              hideLabel
              value={object}
              options={[{ value: '', label: 'all objects' }, ...objects.map((name) => ({ value: name, label: name }))]}
              onChange={setObject}
            />
          )}
          <label className={style.search}>
            <span className="visually-hidden">Find a column</span>
            <Search aria-hidden="true" />
            <input
              className={inputClass}
              type="search"
              placeholder="Find a column"
              value={search}
              onChange={(e) => setSearch(e.currentTarget.value)}
            />
          </label>
        </div>
      }
    >
      <Table
        caption="Columns of the dataset"
        columns={layout}
        rows={shown}
        rowKey={({ feature }) => feature.name}
        rowClass={({ constant }) => (constant ? style.constant : undefined)}
        onRow={setOpen}
        empty={
          <>
            No column matches {search && `"${search}"`} {object && `among ${object}`}
          </>
        }
      />
      {open && <ColumnFigure column={open} onClose={() => setOpen(null)} />}
      {correlating && <CorrelationDialog onClose={() => setCorrelating(false)} />}
    </Panel>
  );
}

function tableColumns(classes: Parameters<typeof Sparkline>[0]['classes']): Column<ColumnSummary>[] {
  return [
    {
      key: 'name',
      head: 'column',
      cell: ({ feature }) => (
        <span className={style.name}>
          <PhysicsName name={feature.name} />
          {feature.unit && <span className={style.unit}> [{feature.unit}]</span>}
        </span>
      ),
      sort: ({ feature }) => feature.name,
    },
    {
      key: 'histogram',
      head: 'histogram per class',
      title: 'Each class at unit area; pT and plain columns over three decades on a log axis',
      width: '32%',
      cell: (column) => <Sparkline column={column} classes={classes} />,
    },
    { key: 'min', head: 'min', numeric: true, cell: ({ min }) => formatNumber(min), sort: ({ min }) => min },
    { key: 'max', head: 'max', numeric: true, cell: ({ max }) => formatNumber(max), sort: ({ max }) => max },
    { key: 'mean', head: 'mean ± deviation', numeric: true, cell: meanText, sort: ({ mean }) => mean },
    {
      key: 'missing',
      head: 'missing',
      numeric: true,
      title: 'Share of rows with NaN or an infinite value',
      cell: ({ missing }) => <span className={missing > 0 ? style.look : style.none}>{shareText(missing)}</span>,
      sort: ({ missing }) => missing,
    },
    {
      key: 'padding',
      head: 'padding',
      numeric: true,
      title: 'Share of rows in which the slot is empty: its transverse momentum is 0',
      cell: ({ padding }) => <span className={padding > 0 ? undefined : style.none}>{shareText(padding)}</span>,
      sort: ({ padding }) => padding,
    },
    {
      key: 'flag',
      head: <span className="visually-hidden">remark</span>,
      cell: ({ constant, feature, sentinels, duplicateOf }) =>
        constant ? (
          <span className={style.flag} title="The same value in every row; it tells a model nothing">
            constant
          </span>
        ) : duplicateOf !== undefined ? (
          <span className={style.flag} title={`The same values in every row as ${duplicateOf}`}>
            twin
          </span>
        ) : sentinels.length > 0 ? (
          <span
            className={style.flag}
            title={`${sentinels.map(({ value, count }) => `${formatCount(count)} times ${formatNumber(value)}`).join(', ')}: often stands for "missing"`}
          >
            sentinel
          </span>
        ) : feature.periodic ? (
          <span className={style.angle} title="An angle: −π and π are the same direction">
            angle
          </span>
        ) : null,
      sort: ({ constant, feature }) => (constant ? 'a' : feature.periodic ? 'b' : 'c'),
    },
  ];
}
