/**
 * A point that is dragged through the latent plane, and the decoder's image of it, live. One question is under way at a time; only the
 * newest place is asked for next. Everything that is not on the two axes stays the event's own.
 */
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { formatNumber } from '../../plots/format.ts';
import { logScale } from '../../plots/image-colours.ts';
import { classStyles } from '../../plots/theme.ts';
import type { DataSummary, EventView, Traversed } from '../../worker/api.ts';
import { Button } from '../parts/Button.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Image.module.css';
import { ColourBar, ImageMap } from './ImageMap.tsx';
import { imageParts } from './image-parts.ts';
import type { PanelInput } from './panel-input.ts';

const dotsDrawn = 700;

interface WalkProps extends Pick<PanelInput, 'view' | 'theme'> {
  data: DataSummary;
  event: EventView;
  channel: number;
}

export function LatentWalk({ data, event, view, theme, channel }: WalkProps) {
  const latent = useOffshell((s) => s.run.latent);
  const actions = useOffshell((s) => s.actions);
  const [answer, setAnswer] = useState<Traversed | null>(null);
  const [point, setPoint] = useState<readonly number[] | null>(null);
  const wanted = useRef<readonly number[] | null>(null);
  const busy = useRef(false);
  const row = useRef(event.row);
  row.current = event.row;

  const ask = useCallback(
    async (at: readonly number[]) => {
      wanted.current = at;
      if (busy.current) return;
      busy.current = true;
      try {
        while (wanted.current) {
          const now = wanted.current;
          wanted.current = null;
          const own = row.current;
          const next = await actions.traverse(own, now);
          if (next && own === row.current) setAnswer(next);
        }
      } finally {
        busy.current = false;
      }
    },
    [actions],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another event or run starts at its own place
  useEffect(() => {
    setPoint(null);
    setAnswer(null);
    void ask([]);
  }, [event.row, view.run, ask]);

  const parts = useMemo(
    () => answer && imageParts(data, event, view.score, channel, answer.image),
    [answer, data, event, view.score, channel],
  );
  const scale = useMemo(() => (parts ? logScale(parts.input, parts.restored ?? []) : logScale([])), [parts]);
  if (!latent || !answer || !parts) return <Working message="Asking the decoder" done={null} />;
  const at = point ?? answer.own;
  const move = (next: readonly number[]) => {
    setPoint(next);
    void ask(next);
  };
  const common = { height: parts.height, width: parts.width, axes: data.image, scale, unit: parts.unit, bare: true };
  return (
    <>
      <div className={`${style.grid} ${style.three}`}>
        <div className={style.map}>
          <div className={style.caption}>
            <span>Drag the point</span>
            <span className={style.value}>
              {at
                .slice(0, 2)
                .map((value) => formatNumber(value))
                .join(', ')}
            </span>
          </div>
          <Pad latent={latent} view={view} theme={theme} at={at} own={answer.own} onMove={move} />
          <div className={style.below}>
            <span>{latent.axes[0]} →</span>
            <span>{latent.axes[1] ? `${latent.axes[1]} ↑` : ''}</span>
          </div>
        </div>
        <ImageMap {...common} title="Decoder" pixels={parts.restored ?? parts.input} />
        <ImageMap {...common} title="Input" pixels={parts.input} />
      </div>
      <ColourBar scale={scale} unit={parts.unit} label="decoder and input," />
      <p className={style.note}>
        The event keeps everything that these axes do not show. Arrow keys move the point, too.{' '}
        <Button kind="quiet" disabled={point === null} onClick={() => move(answer.own)}>
          Back to the event
        </Button>
      </p>
    </>
  );
}

interface PadProps extends Pick<PanelInput, 'view' | 'theme'> {
  latent: NonNullable<ReturnType<typeof useLatent>>;
  at: readonly number[];
  own: readonly number[];
  onMove(at: readonly number[]): void;
}

const useLatent = () => useOffshell((s) => s.run.latent);

const share = (value: number, [low, high]: readonly [number, number]) => (value - low) / (high - low);

/** The first two axes of the latent view, from the 1st to the 99th percentile and a margin, with some of its events as dots. */
function Pad({ latent, view, theme, at, own, onMove }: PadProps) {
  const pad = useRef<HTMLDivElement>(null);
  const { dimensions, points } = latent;
  const flat = dimensions < 2;
  const range = useMemo(() => {
    const along = (axis: number) => {
      const n = points.length / dimensions;
      const values = Float64Array.from({ length: n }, (_, i) => points[i * dimensions + axis] as number).sort();
      const [low, high] = [values[Math.floor(n * 0.01)] ?? -1, values[Math.floor(n * 0.99)] ?? 1];
      const margin = 0.25 * (high - low || 1);
      return [low - margin, high + margin] as const;
    };
    return { x: along(0), y: flat ? ([-1, 1] as const) : along(1) };
  }, [points, dimensions, flat]);
  const dots = useMemo(() => {
    const styles = classStyles(view.classes, theme);
    const n = points.length / dimensions;
    const step = Math.max(1, Math.floor(n / dotsDrawn));
    return Array.from({ length: Math.floor(n / step) }, (_, k) => {
      const i = k * step;
      return {
        i,
        x: share(points[i * dimensions] as number, range.x),
        y: 1 - share(flat ? 0 : (points[i * dimensions + 1] as number), range.y),
        color: styles[latent.label[i] as number]?.color ?? '',
      };
    });
  }, [points, dimensions, flat, range, latent.label, view.classes, theme]);
  const moved = (x: number, y: number) => {
    const inside = (value: number, [low, high]: readonly [number, number]) => Math.min(high, Math.max(low, value));
    onMove([inside(x, range.x), ...(flat ? [] : [inside(y, range.y)]), ...at.slice(flat ? 1 : 2)]);
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    else if (event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const x = range.x[0] + ((event.clientX - box.left) / box.width) * (range.x[1] - range.x[0]);
    const y = range.y[1] - ((event.clientY - box.top) / box.height) * (range.y[1] - range.y[0]);
    moved(x, y);
  };
  const onKey = (event: KeyboardEvent) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 0.1 : 0.02;
    moved(
      (at[0] ?? 0) + (way[0] as number) * step * (range.x[1] - range.x[0]),
      (at[1] ?? 0) + (way[1] as number) * step * (range.y[1] - range.y[0]),
    );
  };
  const place = (coordinates: readonly number[]) => ({
    cx: share(coordinates[0] ?? 0, range.x),
    cy: 1 - share(flat ? 0 : (coordinates[1] ?? 0), range.y),
  });
  return (
    <div
      ref={pad}
      className={style.pad}
      style={{ aspectRatio: '1' }}
      role="slider"
      tabIndex={0}
      aria-label="Point in the latent plane"
      aria-valuenow={at[0] ?? 0}
      aria-valuemin={range.x[0]}
      aria-valuemax={range.x[1]}
      aria-valuetext={at
        .slice(0, 2)
        .map((value, i) => `${latent.axes[i]} ${formatNumber(value)}`)
        .join(', ')}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      onKeyDown={onKey}
    >
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        {dots.map(({ i, x, y, color }) => (
          <circle key={i} cx={x} cy={y} r="0.009" fill={color} opacity="0.6" />
        ))}
        <circle {...place(own)} r="0.03" className={style.own} />
        <circle {...place(at)} r="0.028" className={style.handle} />
      </svg>
    </div>
  );
}
