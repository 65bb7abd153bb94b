/**
 * The layer above a figure: threshold line, flagged side, operating points, filled points. Plain DOM, moved when the
 * threshold changes, which a drag does at most once per animation frame. No React and no plotly call.
 */
import type { LiveMark } from '../plots/contract.ts';
import style from './Figure.module.css';
import type { GraphDiv, ThresholdControl } from './Figure.tsx';

interface Parts {
  gd: GraphDiv;
  canvas: HTMLCanvasElement;
  layer: HTMLDivElement;
  slider: HTMLDivElement;
  threshold: ThresholdControl;
  colorOf(className: string): string;
  at(threshold: number): readonly LiveMark[];
  scale: number;
}

type Filled = Extract<LiveMark, { kind: 'filled' }>;

/** Distinct scores per key press. */
const keySteps: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 100,
  PageDown: -100,
};

export class Marks {
  private readonly stopping = new AbortController();
  private readonly unsubscribe: () => void;
  private wanted = Number.NaN;
  private dragging = false;
  /** Of the figure on the screen, read when the line is taken: moving it must not ask for a layout. */
  private left = 0;
  private top = 0;
  /** True where the line lies across, because the score runs upwards. */
  private level = false;
  private speaking = 0;
  private side: HTMLDivElement | null = null;
  private points: HTMLDivElement[] = [];
  private drawn: readonly Filled[] = [];

  constructor(private readonly parts: Parts) {
    parts.layer.replaceChildren();
    this.unsubscribe = parts.threshold.subscribe(() => this.draw());
    this.listen();
    this.place();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.speaking);
    this.unsubscribe();
    this.parts.layer.replaceChildren();
    this.parts.canvas.getContext('2d')?.clearRect(0, 0, this.parts.canvas.width, this.parts.canvas.height);
  }

  /** After a zoom or a new size: everything is placed again. */
  place(): void {
    const { canvas, gd } = this.parts;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [gd.clientWidth, gd.clientHeight];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    this.drawn = [];
    this.draw();
  }

  private listen(): void {
    const { slider, gd, threshold } = this.parts;
    const { signal } = this.stopping;
    slider.addEventListener('keydown', (event) => this.onKey(event), { signal });
    for (const target of [slider, gd]) {
      target.addEventListener('pointerdown', (event) => this.take(event), { signal });
    }
    slider.addEventListener('pointermove', (event) => this.dragging && this.follow(event), { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      slider.addEventListener(
        end,
        () => {
          this.dragging = false;
          slider.classList.remove(style.taken as string);
        },
        { signal },
      );
    }
    slider.setAttribute('aria-valuetext', threshold.text(threshold.now()));
  }

  /** A press on the line takes it; a press elsewhere on the figure brings it there. */
  private take(event: PointerEvent): void {
    const { slider, gd } = this.parts;
    if (slider.hidden || event.button !== 0) return;
    // over a trend a press is a click on a lumisection; only the line itself is taken
    if (event.currentTarget === gd && (this.level || !(event.target as Element).closest('.nsewdrag'))) return;
    event.preventDefault();
    this.dragging = true;
    const { left, top } = gd.getBoundingClientRect();
    this.left = left;
    this.top = top;
    slider.classList.add(style.taken as string);
    slider.setPointerCapture(event.pointerId);
    slider.focus({ preventScroll: true });
    if (event.currentTarget === gd) this.follow(event);
  }

  private follow(event: PointerEvent): void {
    const { threshold, gd } = this.parts;
    const axis = this.level ? gd._fullLayout?.yaxis : gd._fullLayout?.xaxis;
    if (!axis) return;
    const at = this.level ? event.clientY - this.top : event.clientX - this.left;
    const pixel = Math.min(axis._length, Math.max(0, at - axis._offset));
    const first = Number.isNaN(this.wanted);
    this.wanted = Math.min(threshold.max, Math.max(threshold.min, axis.p2d(pixel)));
    if (first)
      requestAnimationFrame(() => {
        const value = this.wanted;
        this.wanted = Number.NaN;
        if (!this.stopping.signal.aborted) threshold.move(value);
      });
  }

  private onKey(event: KeyboardEvent): void {
    const { threshold } = this.parts;
    const steps = keySteps[event.key];
    if (steps !== undefined) threshold.step(event.shiftKey ? steps * 10 : steps);
    else if (event.key === 'Home') threshold.move(threshold.min);
    else if (event.key === 'End') threshold.move(threshold.max);
    else return;
    event.preventDefault();
  }

  private draw(): void {
    const { gd, threshold, at, slider } = this.parts;
    const x = gd._fullLayout?.xaxis;
    const y = gd._fullLayout?.yaxis;
    if (!x || !y) return;
    const value = threshold.now();
    const marks = Number.isNaN(value) ? [] : at(value);
    const filled: Filled[] = [];
    let used = 0;
    let line = false;
    let shaded = false;
    for (const mark of marks) {
      if (mark.kind === 'threshold') {
        this.drawLine(mark.x, mark.text, value);
        line = true;
      } else if (mark.kind === 'level') {
        this.drawLevel(mark.y, mark.text, value);
        line = true;
      } else if (mark.kind === 'flagged-side') {
        this.drawSide(mark.from);
        shaded = true;
      } else if (mark.kind === 'point') this.drawPoint(used++, mark);
      else filled.push(mark);
    }
    slider.hidden = !line;
    if (this.side) this.side.hidden = !shaded;
    for (const [i, point] of this.points.entries()) point.hidden = i >= used;
    this.drawFilled(filled);
  }

  private drawLine(position: number, text: string, value: number): void {
    const { gd, slider } = this.parts;
    const x = gd._fullLayout?.xaxis as NonNullable<NonNullable<GraphDiv['_fullLayout']>['xaxis']>;
    const y = gd._fullLayout?.yaxis as typeof x;
    const asked = x.d2p(position);
    const pixel = Math.min(x._length, Math.max(0, Number.isFinite(asked) ? asked : 0));
    slider.style.transform = `translate(${x._offset + pixel}px, ${y._offset}px)`;
    slider.style.height = `${y._length}px`;
    slider.classList.toggle(style.outside as string, Math.abs(asked - pixel) > 1);
    const flag = this.tell(text, value);
    flag.classList.toggle(style.left as string, pixel > x._length - 64);
  }

  /** The line across a figure whose score runs upwards. */
  private drawLevel(position: number, text: string, value: number): void {
    const { gd, slider } = this.parts;
    const x = gd._fullLayout?.xaxis as NonNullable<NonNullable<GraphDiv['_fullLayout']>['xaxis']>;
    const y = gd._fullLayout?.yaxis as typeof x;
    if (!this.level) {
      this.level = true;
      slider.classList.add(style.level as string);
      slider.setAttribute('aria-orientation', 'vertical');
    }
    const asked = y.d2p(position);
    // what cannot stand on a log axis lies below it
    const pixel = Number.isFinite(asked) ? Math.min(y._length, Math.max(0, asked)) : y._length;
    slider.style.transform = `translate(${x._offset}px, ${y._offset + pixel}px)`;
    slider.style.width = `${x._length}px`;
    slider.classList.toggle(style.outside as string, Math.abs(asked - pixel) > 1);
    this.tell(text, value).classList.toggle(style.under as string, pixel < 26);
  }

  private tell(text: string, value: number): HTMLElement {
    const { slider, threshold } = this.parts;
    const flag = slider.firstElementChild as HTMLElement;
    if (flag.textContent !== text) flag.textContent = text;
    slider.setAttribute('aria-valuenow', String(value));
    clearTimeout(this.speaking);
    this.speaking = window.setTimeout(() => slider.setAttribute('aria-valuetext', threshold.text(value)), 80);
    return flag;
  }

  private drawSide(from: number): void {
    const { gd, layer } = this.parts;
    const x = gd._fullLayout?.xaxis as NonNullable<NonNullable<GraphDiv['_fullLayout']>['xaxis']>;
    const y = gd._fullLayout?.yaxis as typeof x;
    if (!this.side) {
      this.side = document.createElement('div');
      this.side.className = style.side as string;
      layer.append(this.side);
    }
    const asked = x.d2p(from);
    const pixel = Math.min(x._length, Math.max(0, Number.isFinite(asked) ? asked : 0));
    // as wide as the axis and scaled from its end: a moved layer, not a new picture of it
    this.side.style.left = `${x._offset}px`;
    this.side.style.top = `${y._offset}px`;
    this.side.style.width = `${x._length}px`;
    this.side.style.height = `${y._length}px`;
    this.side.style.transform = `scaleX(${1 - pixel / x._length})`;
  }

  private drawPoint(index: number, mark: Extract<LiveMark, { kind: 'point' }>): void {
    const { gd, layer, colorOf } = this.parts;
    const x = gd._fullLayout?.xaxis as NonNullable<NonNullable<GraphDiv['_fullLayout']>['xaxis']>;
    const y = gd._fullLayout?.yaxis as typeof x;
    let point = this.points[index];
    if (!point) {
      point = document.createElement('div');
      layer.append(point);
      this.points.push(point);
    }
    const [px, py] = [x.d2p(mark.x), y.d2p(mark.y)];
    const inside = px >= -1 && px <= x._length + 1 && py >= -1 && py <= y._length + 1;
    point.className = `${style.point} ${inside ? '' : style.away}`;
    point.style.transform = `translate(${x._offset + px}px, ${y._offset + py}px)`;
    point.style.setProperty('--class', colorOf(mark.className));
  }

  /** Draws only what came to the flagged side, unless something left it or the axes changed. */
  private drawFilled(filled: readonly Filled[]): void {
    const { canvas } = this.parts;
    if (filled.length === 0 && this.drawn.length === 0) return;
    const context = canvas.getContext('2d');
    if (!context) return;
    const ratio = window.devicePixelRatio || 1;
    const { gd, scale } = this.parts;
    const x = gd._fullLayout?.xaxis as NonNullable<NonNullable<GraphDiv['_fullLayout']>['xaxis']>;
    const y = gd._fullLayout?.yaxis as typeof x;
    const grown = filled.length === this.drawn.length && filled.every((mark, i) => mark.count >= (this.drawn[i]?.count ?? 0));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!grown) context.clearRect(0, 0, canvas.width, canvas.height);
    context.save();
    context.beginPath();
    context.rect(x._offset, y._offset, x._length, y._length);
    context.clip();
    for (const [i, mark] of filled.entries()) {
      const picture = stamp(mark.symbol, mark.color, 2.6 * scale, ratio);
      const side = picture.width / ratio;
      for (let k = grown ? (this.drawn[i]?.count ?? 0) : 0; k < mark.count; k++) {
        const px = x._offset + x.d2p(mark.x[k] as number) - side / 2;
        const py = y._offset + y.d2p(mark.y[k] as number) - side / 2;
        context.drawImage(picture, px, py, side, side);
      }
    }
    context.restore();
    this.drawn = filled;
  }
}

const stamps = new Map<string, HTMLCanvasElement>();

/** One filled marker as a small picture: thousands of copies of it are drawn in a frame, thousands of outlines are not. */
function stamp(symbol: string, color: string, radius: number, ratio: number): HTMLCanvasElement {
  const key = `${symbol} ${color} ${radius} ${ratio}`;
  const known = stamps.get(key);
  if (known) return known;
  const picture = document.createElement('canvas');
  picture.width = picture.height = Math.ceil((radius * 1.4 + 1) * 2 * ratio);
  const context = picture.getContext('2d');
  if (context) {
    const middle = picture.width / 2 / ratio;
    context.scale(ratio, ratio);
    context.fillStyle = color;
    context.beginPath();
    trace(context, symbol, middle, middle, radius);
    context.fill();
  }
  stamps.set(key, picture);
  return picture;
}

function trace(context: CanvasRenderingContext2D, symbol: string, x: number, y: number, r: number): void {
  if (symbol === 'square') context.rect(x - r, y - r, 2 * r, 2 * r);
  else if (symbol === 'diamond') {
    const d = r * 1.35;
    context.moveTo(x, y - d);
    context.lineTo(x + d, y);
    context.lineTo(x, y + d);
    context.lineTo(x - d, y);
  } else if (symbol === 'triangle-up') {
    const d = r * 1.3;
    context.moveTo(x, y - d);
    context.lineTo(x + d, y + d * 0.8);
    context.lineTo(x - d, y + d * 0.8);
  } else if (symbol === 'cross') {
    const w = r * 0.45;
    context.rect(x - r * 1.2, y - w, r * 2.4, 2 * w);
    context.rect(x - w, y - r * 1.2, 2 * w, r * 2.4);
  } else {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
}
