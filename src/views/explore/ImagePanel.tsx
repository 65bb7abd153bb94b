/**
 * The image inspector: one event as input, reconstruction, residual and cost of each pixel; the decoder's image while a point is dragged
 * through the latent plane; the mean image of each class. Events come from the confusion matrix, the latent plane or the ends of the score.
 */
import { ChevronLeft, ChevronRight, ScanSearch, X } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { formatCount, formatNumber, withUnit } from '../../plots/format.ts';
import { differenceScale, logScale } from '../../plots/image-colours.ts';
import { placeOf } from '../../state/explore.ts';
import type { DataSummary, EventView, RankedPlace } from '../../worker/api.ts';
import { Button } from '../parts/Button.tsx';
import { ChannelSelect } from '../parts/ChannelSelect.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Panel } from '../parts/Panel.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import { ClassImages } from './ClassImages.tsx';
import style from './Image.module.css';
import { ColourBar, ImageMap } from './ImageMap.tsx';
import { channelNames, imageParts, imageWords } from './image-parts.ts';
import { LatentWalk } from './LatentWalk.tsx';
import { Leakage } from './Leakage.tsx';
import type { PanelInput } from './panel-input.ts';

type Tab = 'event' | 'latent' | 'classes';
type Listed = { words: string; rows: readonly { row: number; score: number }[] };

const rankedWords: Readonly<Record<RankedPlace, string>> = {
  highest: 'highest scores',
  lowest: 'lowest scores',
  threshold: 'nearest to the threshold',
};
const cellWords = {
  truePositives: 'signal, flagged',
  falsePositives: 'background, flagged',
  trueNegatives: 'background, kept',
  falseNegatives: 'signal, kept',
} as const;

export function ImagePanel({ view, theme, className }: PanelInput) {
  const data = useOffshell((s) => s.run.data);
  const cell = useOffshell((s) => s.run.cell);
  const event = useOffshell((s) => s.run.event);
  const highest = useOffshell((s) => s.run.opened === 'highest');
  const decodes = useOffshell((s) => s.run.runs.find(({ id }) => id === view.run)?.decodes ?? false);
  const actions = useOffshell((s) => s.actions);
  const [tab, setTab] = useState<Tab>('event');
  const [channel, setChannel] = useState(0);
  const [lesson, setLesson] = useState(false);
  const [ranked, setRanked] = useState<Listed | null>(null);
  useEffect(() => {
    if (!cell) return;
    setRanked(null);
    setTab((present) => (present === 'classes' ? 'event' : present));
  }, [cell]);
  if (!data) return null;
  const channels = channelNames(data);
  const shown = Math.min(channel, channels.length - 1);
  const list: Listed | null = ranked ?? (cell && { words: cellWords[cell.cell], rows: cell.rows });
  const rank = async (place: RankedPlace) => {
    const rows = await actions.ranked(place);
    if (!rows) return;
    setTab('event');
    setRanked({ words: rankedWords[place], rows });
    if (rows[0]) await actions.openEvent(rows[0].row);
  };
  return (
    <Panel
      title="Why this event?"
      context={
        event
          ? `${view.classes[event.label]?.name}, ${placeOf(event)}${highest ? ': the highest score; choose another in the matrix, the latent space or the list' : ''}`
          : undefined
      }
      tools={
        event && (
          <IconButton
            icon={X}
            label="Close"
            onClick={() => {
              setRanked(null);
              actions.closeEvent();
              actions.closeCell();
            }}
          />
        )
      }
      toolsAlwaysShown
      flush
      className={className}
    >
      <div className={style.panel}>
        <div className={style.controls}>
          <Segmented<Tab>
            label="View of the images"
            value={tab}
            segments={[
              { value: 'event', label: 'Event' },
              { value: 'latent', label: 'Drag the code', disabled: !decodes },
              { value: 'classes', label: 'Class means' },
            ]}
            onChange={setTab}
          />
          <ChannelSelect names={channels} shown={shown} onChange={setChannel} />
          {tab !== 'classes' && (
            <Select
              label="Events to look at"
              hideLabel
              value=""
              options={[
                { value: '', label: 'Look at …' },
                ...Object.entries(rankedWords).map(([value, label]) => ({ value, label })),
              ]}
              onChange={(place) => place !== '' && void rank(place as RankedPlace)}
            />
          )}
          {tab === 'classes' && data.classes.some(({ role }) => role === 'signal') && (
            <Button kind="quiet" onClick={() => setLesson(true)}>
              Too good to be true?
            </Button>
          )}
          {tab !== 'classes' && list && event && (
            <Stepper list={list} row={event.row} onOpen={(row) => void actions.openEvent(row)} />
          )}
        </div>
        <div className={style.body}>
          {tab === 'classes' ? (
            <ClassImages data={data} channel={shown} theme={theme} />
          ) : !event ? (
            <EmptyState
              icon={ScanSearch}
              title="Choose a number in the matrix, a point in the latent space, or an end of the score."
            >
              Each event opens with its input beside its reconstruction.
            </EmptyState>
          ) : tab === 'latent' && decodes ? (
            <LatentWalk data={data} event={event} view={view} theme={theme} channel={shown} />
          ) : (
            <EventImages data={data} event={event} score={view.score} channel={shown} />
          )}
        </div>
      </div>
      {lesson && <Leakage data={data} onClose={() => setLesson(false)} />}
    </Panel>
  );
}

/** Walks through the events of a list, which may be left through the latent plane and found again. */
function Stepper({ list, row, onOpen }: { list: Listed; row: number; onOpen(row: number): void }) {
  const at = list.rows.findIndex((one) => one.row === row);
  const to = (step: number) => list.rows[at < 0 ? 0 : at + step]?.row;
  const [before, after] = [to(-1), to(1)];
  return (
    <span className={style.step}>
      <IconButton
        icon={ChevronLeft}
        label="Previous event"
        disabled={before === undefined}
        onClick={() => before !== undefined && onOpen(before)}
      />
      <IconButton
        icon={ChevronRight}
        label="Next event"
        disabled={after === undefined}
        onClick={() => after !== undefined && onOpen(after)}
      />
      <span className={style.which}>
        {list.words}
        {at >= 0 &&
          `, ${formatCount(at + 1)} of ${formatCount(list.rows.length)}, score ${formatNumber(list.rows[at]?.score ?? 0)}`}
      </span>
    </span>
  );
}

function EventImages({ data, event, score, channel }: { data: DataSummary; event: EventView; score: string; channel: number }) {
  const parts = useMemo(() => imageParts(data, event, score, channel), [data, event, score, channel]);
  const { input, restored, residual, cost, unit } = parts;
  const scale = useMemo(() => logScale(input, restored ?? []), [input, restored]);
  const apart = useMemo(() => residual && differenceScale(residual), [residual]);
  const costs = useMemo(() => cost && logScale(cost), [cost]);
  const common = { height: parts.height, width: parts.width, axes: data.image };
  return (
    <>
      <p className={style.which}>{imageWords(parts)}</p>
      <div className={`${style.grid} ${restored ? style.four : style.one}`}>
        <ImageMap {...common} title="Input" pixels={input} scale={scale} unit={unit} bare />
        {restored && <ImageMap {...common} title="Reconstruction" pixels={restored} scale={scale} unit={unit} bare />}
        {residual && apart && <ImageMap {...common} title="Reconstruction − input" pixels={residual} scale={apart} unit={unit} />}
        {cost && costs && <ImageMap {...common} title="Cost of each pixel" pixels={cost} scale={costs} unit="" />}
      </div>
      <ColourBar scale={scale} unit={unit} label={restored ? 'input and reconstruction,' : 'input,'} />
      {apart?.knee !== undefined && (
        <p className={style.which}>
          Reconstruction − input: colours linear within ± {withUnit(formatNumber(apart.knee, 2), unit)}, logarithmic beyond
        </p>
      )}
      {cost && <p className={style.which}>Cost: {parts.costName}, of the numbers shown here</p>}
      {!restored && (
        <p className={style.note}>
          {event.reconstruction
            ? 'This model restores the first channel alone.'
            : 'This model reconstructs nothing, so its score cannot be shared out among the pixels.'}
        </p>
      )}
    </>
  );
}
