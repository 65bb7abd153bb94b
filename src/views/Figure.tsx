/**
 * Draws a plot: the figure once with plotly, and what moves with the threshold on a layer of its own above it, so that moving
 * the threshold never calls plotly and never re-renders. The only file that knows plotly, which is loaded when the first
 * figure is drawn. Nothing here computes: positions come from the plot, pixels from plotly's axes.
 */
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { Params } from '../base/params.ts';
import type { LiveMark, Plot, PlotlyFigure, PlotOptions, ThemeName } from '../plots/contract.ts';
import { config, palettes } from '../plots/theme.ts';
import { withMarks } from '../plots/with-marks.ts';
import style from './Figure.module.css';
import { Marks } from './figure-marks.ts';

/** What a figure needs in order to follow and to move the threshold. */
export interface ThresholdControl {
  now(): number;
  subscribe(listener: () => void): () => void;
  move(value: number): void;
  /** By whole distinct scores. */
  step(steps: number): void;
  /** Lowest and highest score. */
  min: number;
  max: number;
  /** What a screen reader says. */
  text(value: number): string;
}

export interface FigureHandle {
  /** A data URL. Drawn in the print theme on white, or as it is on the screen. */
  toImage(format: 'svg' | 'png', theme: ThemeName): Promise<string>;
}

export interface FigureProps<Results> {
  plot: Plot<Results>;
  results: Results;
  params?: Params;
  /** Spoken name. */
  label: string;
  theme: ThemeName;
  scale?: number;
  threshold?: ThresholdControl;
  /** Colour of a class by its name, for points on curves. */
  colorOf?: (className: string) => string;
  /** Zoom and camera are kept while this stays the same. */
  revision?: string;
  /** A point with a row number was clicked. */
  onRow?: (row: number) => void;
  ref?: Ref<FigureHandle>;
}

interface PlotlyAxis {
  _offset: number;
  _length: number;
  d2p(value: number): number;
  p2d(pixel: number): number;
}

export interface GraphDiv extends HTMLDivElement {
  _fullLayout?: { xaxis?: PlotlyAxis; yaxis?: PlotlyAxis };
  on?(event: string, handler: (event: PlotlyClick) => void): void;
  removeAllListeners?(event: string): void;
}

interface PlotlyClick {
  points?: readonly { customdata?: unknown; fullData?: { meta?: { threshold?: boolean } } }[];
}

interface Plotly {
  react(element: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  toImage(figure: unknown, options: { format: string; width: number; height: number; scale: number }): Promise<string>;
  purge(element: HTMLElement): void;
}

let loading: Promise<Plotly> | undefined;

/** plotly and the font that it measures with; asked for once. */
function loadPlotly(): Promise<Plotly> {
  loading ??= Promise.all([
    import('plotly.js-dist-min'),
    document.fonts.load('13px "IBM Plex Sans"'),
    document.fonts.load('600 13px "IBM Plex Sans"'),
  ]).then(([module]) => ((module as { default?: unknown }).default ?? module) as Plotly);
  return loading;
}

/** A figure that is not on the screen, as a data URL in the print theme, with the threshold where it stands. */
export async function drawFigure<Results>(
  plot: Plot<Results>,
  results: Results,
  {
    params,
    threshold,
    colorOf,
    width,
    height,
  }: { params: Params; threshold: number; colorOf(name: string): string; width: number; height: number },
): Promise<string> {
  const plotly = await loadPlotly();
  const options: PlotOptions = { theme: 'print', params, scale: 1, width, height };
  const { data, layout } = withMarks(
    plot.figure(results, options),
    plot.live?.(results, threshold, options) ?? [],
    colorOf,
    options,
  );
  const figure = { data, layout: { ...layout, paper_bgcolor: '#ffffff', plot_bgcolor: '#ffffff' }, config };
  return plotly.toImage(figure, { format: 'svg', width, height, scale: 1 });
}

const noParams: Params = {};
const noColour = () => '';

export function Figure<Results>(props: FigureProps<Results>) {
  const { plot, results, params = noParams, theme, scale = 1, threshold, colorOf = noColour, revision = '', label } = props;
  const host = useRef<HTMLDivElement>(null);
  const graph = useRef<GraphDiv>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  const marks = useRef<Marks>(null);
  const [plotly, setPlotly] = useState<Plotly | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  /** plotly draws in steps; a second call before the first is done would find it half built. */
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    let gone = false;
    loadPlotly().then(
      (loaded) => !gone && setPlotly(loaded),
      (error) => !gone && setFailure(String(error)),
    );
    return () => {
      gone = true;
    };
  }, []);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let frame = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const { clientWidth: width, clientHeight: height } = element;
        setSize((present) => (present?.width === width && present.height === height ? present : { width, height }));
      });
    });
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, []);

  useEffect(() => {
    const gd = graph.current;
    if (!plotly || !gd) return;
    return () => {
      queue.current = queue.current.then(() => plotly.purge(gd));
    };
  }, [plotly]);

  useEffect(() => {
    const gd = graph.current;
    if (!plotly || !gd || !size || size.width < 40 || size.height < 40) return;
    let gone = false;
    const options: PlotOptions = { theme, params, scale, width: size.width, height: size.height };
    const { data, layout } = plot.figure(results, options);
    const drawn = {
      ...layout,
      width: size.width,
      height: size.height,
      uirevision: `${plot.id} ${JSON.stringify(params)} ${revision}`,
    };
    const drawing = queue.current.then(() => (gone ? null : plotly.react(gd, data, drawn, config)));
    queue.current = drawing.catch(() => undefined);
    drawing.then(
      () => {
        if (gone) return;
        gd.removeAllListeners?.('plotly_click');
        gd.removeAllListeners?.('plotly_relayout');
        gd.on?.('plotly_relayout', () => marks.current?.place());
        gd.on?.('plotly_click', (event) => {
          const point = event.points?.[0];
          if (typeof point?.customdata !== 'number') return;
          if (point.fullData?.meta?.threshold) latest.current.threshold?.move(point.customdata);
          else latest.current.onRow?.(point.customdata);
        });
        const at = (value: number): readonly LiveMark[] => plot.live?.(results, value, options) ?? [];
        if (plot.live && threshold && canvas.current && layer.current && slider.current) {
          marks.current?.stop();
          marks.current = new Marks({
            gd,
            canvas: canvas.current,
            layer: layer.current,
            slider: slider.current,
            threshold,
            colorOf,
            at,
            scale,
          });
        }
      },
      (error) => !gone && setFailure(String(error)),
    );
    return () => {
      gone = true;
      marks.current?.stop();
      marks.current = null;
    };
  }, [plotly, plot, results, params, theme, scale, size, threshold, colorOf, revision]);

  useImperativeHandle(
    props.ref,
    () => ({
      async toImage(format, imageTheme) {
        const loaded = await loadPlotly();
        const width = Math.max(size?.width ?? 0, 640);
        const height = Math.max(size?.height ?? 0, 420);
        const options: PlotOptions = { theme: imageTheme, params, scale, width, height };
        const drawn = plot.figure(results, options);
        const live = threshold && plot.live ? plot.live(results, threshold.now(), options) : [];
        const complete: PlotlyFigure = withMarks(drawn, live, colorOf, options);
        const paper = imageTheme === 'dark' ? palettes.dark.panel : '#ffffff';
        return loaded.toImage(
          { data: complete.data, layout: { ...complete.layout, paper_bgcolor: paper, plot_bgcolor: paper }, config },
          { format, width, height, scale: format === 'png' ? 3 : 1 },
        );
      },
    }),
    [plot, results, params, scale, threshold, colorOf, size],
  );

  const movable = plot.live !== undefined && threshold !== undefined;
  return (
    <figure ref={host} className={style.figure} aria-label={label}>
      <div ref={graph} className={style.graph} />
      {movable && (
        <>
          <canvas ref={canvas} className={style.canvas} />
          <div ref={layer} className={style.layer} aria-hidden="true" />
          {/* biome-ignore lint/a11y/useSemanticElements: a line in a figure that can be taken and moved; a range input cannot step through scores */}
          <div
            ref={slider}
            className={style.slider}
            hidden
            role="slider"
            tabIndex={0}
            aria-label="Threshold"
            aria-orientation="horizontal"
            aria-valuemin={threshold.min}
            aria-valuemax={threshold.max}
            aria-valuenow={threshold.min}
          >
            <span className={style.flag} />
          </div>
        </>
      )}
      {!plotly && failure === null && <p className={style.waiting}>Loading the figure</p>}
      {failure !== null && (
        <p className={style.waiting} role="alert">
          The figure could not be drawn: {failure}. The table shows the same numbers.
        </p>
      )}
    </figure>
  );
}
