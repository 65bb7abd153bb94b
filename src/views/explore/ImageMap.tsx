/** One channel of an image on its axes, with its colour bar, and the value under the pointer. Draws pixels; computes nothing. */
import { useEffect, useRef, useState } from 'react';
import type { ImageAxes } from '../../base/kinds.ts';
import { formatNumber } from '../../plots/format.ts';
import { type ColourScale, cssColourAt, paint } from '../../plots/image-colours.ts';
import style from './Image.module.css';

export interface ImageMapProps {
  title: string;
  /** [height x width] */
  pixels: ArrayLike<number>;
  height: number;
  width: number;
  axes: ImageAxes | undefined;
  scale: ColourScale;
  unit: string;
  /** Without its own colour bar: one of several under a shared bar. */
  bare?: boolean;
}

/** The ends of an axis: pseudorapidity and azimuth of a whole detector, pixels of anything else. */
function ends(name: string | undefined, count: number, whole: boolean): readonly [string, string, string] {
  const symbol = name?.startsWith('phi') ? 'φ' : name?.startsWith('eta') ? 'η' : (name ?? '');
  if (whole && symbol === 'φ') return ['0', symbol, '2π'];
  if (whole && symbol === 'η') return ['−2.5', symbol, '2.5'];
  return ['1', symbol === 'φ' || symbol === 'η' ? `${symbol} [pixels]` : symbol || 'pixel', String(count)];
}

export function ImageMap({ title, pixels, height, width, axes, scale, unit, bare }: ImageMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, width, height);
    // the first row lies at the bottom, as on any axis
    const flipped = new Float64Array(height * width);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        flipped[(height - 1 - row) * width + column] = pixels[row * width + column] as number;
    context.putImageData(new ImageData(paint(flipped, scale), width, height), 0, 0);
  }, [pixels, height, width, scale]);
  const whole = axes?.periodicRows === true;
  const [bottom, vertical, top] = ends(axes?.rows, height, whole);
  const [left, horizontal, right] = ends(axes?.columns, width, whole);
  const value = at === null ? undefined : (pixels[at] as number);
  return (
    <figure className={style.map}>
      <figcaption className={style.caption}>
        <span>{title}</span>
        <span className={style.value}>
          {value === undefined ? '' : Number.isNaN(value) ? 'not restored' : `${formatNumber(value)} ${unit}`}
        </span>
      </figcaption>
      <div className={style.axes} style={{ aspectRatio: `${width} / ${height}` }}>
        <canvas
          ref={canvas}
          width={width}
          height={height}
          className={style.pixels}
          role="img"
          aria-label={`${title}: ${height} times ${width} pixels, up to ${formatNumber(scale.high)} ${unit}`}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const column = Math.floor(((event.clientX - box.left) / box.width) * width);
            const row = height - 1 - Math.floor(((event.clientY - box.top) / box.height) * height);
            setAt(row >= 0 && row < height && column >= 0 && column < width ? row * width + column : null);
          }}
          onPointerLeave={() => setAt(null)}
        />
        <span className={style.top}>{top}</span>
        <span className={`${style.vertical} ${vertical.length > 2 ? style.turned : ''}`}>{vertical}</span>
        <span className={style.bottom}>{bottom}</span>
      </div>
      <div className={style.below}>
        <span>{left}</span>
        <span>{horizontal}</span>
        <span>{right}</span>
      </div>
      {!bare && <ColourBar scale={scale} unit={unit} />}
    </figure>
  );
}

/** What the colours mean, once for all images that share a scale. */
export function ColourBar({ scale, unit, label }: { scale: ColourScale; unit: string; label?: string }) {
  const stops = Array.from({ length: 17 }, (_, i) => cssColourAt(scale.kind, i / 16)).join(', ');
  return (
    <div className={style.bar}>
      <span>{formatNumber(scale.low, 2)}</span>
      <span className={style.ramp} style={{ background: `linear-gradient(to right, ${stops})` }} />
      <span>
        {formatNumber(scale.high, 2)} {unit}
      </span>
      {label && <span className={style.quiet}>{label} logarithmic, empty below</span>}
    </div>
  );
}
