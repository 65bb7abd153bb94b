/**
 * The copies of an event that a contrastive model learns from, side by side in eta and phi: the original, what physics does not tell
 * apart from it, and what new physics might make of it. The worker makes them with the code that training uses.
 */
import { ChevronLeft, ChevronRight, Dices } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { Params, ParamValue } from '../../base/params.ts';
import { formatCount } from '../../plots/format.ts';
import type { CopiedEvent, EventNumbers } from '../../plots/parts.ts';
import { plotById } from '../../plots/registry.ts';
import { sourceOf } from '../../state/explore.ts';
import type { CopyKind, EventCopies, ModelSpec } from '../../worker/api.ts';
import { Figure } from '../Figure.tsx';
import { ParamForm } from '../ParamForm.tsx';
import { Button } from '../parts/Button.tsx';
import { DataTableView } from '../parts/DataTableView.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { PhysicsName } from '../parts/PhysicsName.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './Copies.module.css';
import { changeOf, copyNames, impossibleWords, isAnomaly, ruleOf } from './copy-words.ts';

const augmentationNames = ['rotation', 'smearing', 'jetSmearing', 'edge', 'addObjects', 'splitObjects', 'shift'];

/** Whether a model learns from such copies, by its parameters. */
export function learnsFromCopies(spec: Pick<ModelSpec, 'params'> | undefined): boolean {
  return spec !== undefined && augmentationNames.every((name) => name in spec.params);
}

export interface CopiesDialogProps {
  spec: ModelSpec;
  params: Params;
  /** Of the model's run: its draws in training come from it, too. */
  seed: number;
  /** A row of the data; events of training background one after another if absent. */
  row?: number;
  /** Where settings can be changed. */
  onChange?: (name: string, value: ParamValue) => void;
  onClose(): void;
}

const plot = plotById('event-copy');

export function CopiesDialog({ spec, params, seed, row, onChange, onClose }: CopiesDialogProps) {
  const data = useOffshell((s) => s.run.data);
  const ask = useOffshell((s) => s.actions.copies);
  const [number, setNumber] = useState(0);
  const [draw, setDraw] = useState(1);
  const [asTable, setAsTable] = useState<'figures' | 'tables'>('figures');
  const [answer, setAnswer] = useState<EventCopies | null>(null);
  useEffect(() => {
    let gone = false;
    const of = row === undefined ? { training: number } : { row };
    void ask({ of, params, seed, draw }).then((found) => !gone && found && setAnswer(found));
    return () => {
      gone = true;
    };
  }, [ask, row, number, params, seed, draw]);
  const specs = useMemo(
    () => Object.fromEntries(Object.entries(spec.params).filter(([name]) => augmentationNames.includes(name))),
    [spec],
  );
  const events = answer?.trainingEvents ?? 0;
  const name = data?.classes[answer?.label ?? -1]?.name ?? '';
  return (
    <Dialog title={`Copies that ${spec.name} learns from`} size="wide" onClose={onClose}>
      <div className={style.copies}>
        <div className={style.controls}>
          {row === undefined && (
            <span className={style.stepper}>
              <IconButton
                icon={ChevronLeft}
                label="Previous event"
                disabled={number === 0}
                onClick={() => setNumber(number - 1)}
              />
              <IconButton
                icon={ChevronRight}
                label="Next event"
                disabled={number + 1 >= events}
                onClick={() => setNumber(number + 1)}
              />
            </span>
          )}
          <Button icon={Dices} onClick={() => setDraw(draw + 1)}>
            New draw
          </Button>
          <Segmented<'figures' | 'tables'>
            label="Show copies as"
            value={asTable}
            segments={[
              { value: 'figures', label: 'Figures' },
              { value: 'tables', label: 'Tables' },
            ]}
            onChange={setAsTable}
          />
          <p className={style.which} aria-live="polite">
            {answer &&
              `${name}, event ${formatCount(answer.row + 1)}${row === undefined ? `, ${formatCount(number + 1)} of ${formatCount(events)} for training` : ''}; seed ${seed}, draw ${draw}`}
          </p>
        </div>
        {onChange && <ParamForm specs={specs} values={params} onChange={onChange} />}
        <p className={style.which}>
          Made by the code that training uses, in GeV and radians, before any scaling. Each augmentation is shown by itself;
          training draws one of the anomalies for each event. Hollow symbols and the grey arrow are the original.
          {params['loss'] === 'clr' && ' The loss CLR, which is set, uses the physics copies alone.'}
        </p>
        {answer ? (
          <Cards answer={answer} params={params} source={sourceOf(data)} className={name} tables={asTable === 'tables'} />
        ) : (
          <Working message="Making the copies" done={null} />
        )}
      </div>
    </Dialog>
  );
}

interface CardsProps {
  answer: EventCopies;
  params: Params;
  source: string;
  className: string;
  tables: boolean;
}

function Cards({ answer, params, source, className, tables }: CardsProps) {
  const original = useMemo((): EventNumbers => {
    const { features, objectTypes, input, mask } = answer;
    return { className, features, objectTypes, input, mask };
  }, [answer, className]);
  const place = `event ${formatCount(answer.row + 1)}`;
  return (
    <ul className={style.cards}>
      <Card
        name="Original"
        rule="As it was measured or simulated."
        source={source}
        place={place}
        tables={tables}
        copy={{ name: 'original', original, changed: original }}
      />
      {answer.copies.map(({ kind, input, mask, changed }) => (
        <CopyCard
          key={kind}
          kind={kind}
          params={params}
          source={source}
          place={place}
          tables={tables}
          changed={changed}
          original={original}
          input={input}
          mask={mask}
        />
      ))}
    </ul>
  );
}

interface CopyCardProps {
  kind: CopyKind;
  params: Params;
  source: string;
  place: string;
  tables: boolean;
  changed: boolean;
  original: EventNumbers;
  input: readonly number[];
  mask: readonly number[];
}

function CopyCard({ kind, params, changed, original, input, mask, ...rest }: CopyCardProps) {
  const copy = useMemo(
    () => ({ name: copyNames[kind], original, changed: { ...original, input, mask } }),
    [kind, original, input, mask],
  );
  return (
    <Card
      {...rest}
      name={copyNames[kind]}
      odd={isAnomaly(kind)}
      rule={ruleOf(kind, params)}
      change={changed ? changeOf(kind, copy.original, copy.changed) : impossibleWords(kind)}
      copy={copy}
    />
  );
}

interface CardProps {
  name: string;
  odd?: boolean;
  rule: string;
  change?: string;
  source: string;
  place: string;
  copy: CopiedEvent;
  tables: boolean;
}

function Card({ name, odd = false, rule, change, source, place, copy, tables }: CardProps) {
  const theme = useFigureTheme();
  const results = useMemo(() => ({ provenance: { source, sample: place }, copy }), [source, place, copy]);
  return (
    <li className={style.card} aria-label={name}>
      <h3>
        <PhysicsName name={name} /> {odd && <span className={style.odd}>not the same event</span>}
      </h3>
      <p className={style.rule}>
        <PhysicsName name={rule} />
      </p>
      <p className={style.change}>{change && <PhysicsName name={change} />}</p>
      <div className={style.figure}>
        {tables ? (
          <DataTableView table={plot.table(results as never, { theme, params: {}, scale: 1 })} />
        ) : (
          <Figure plot={plot} results={results as never} theme={theme} label={`${name}. ${plot.question}`} revision={place} />
        )}
      </div>
    </li>
  );
}
