/** The first pictures of a file, on a logarithmic grey scale where zero is empty. */
import { useEffect, useRef, useState } from 'react';
import { formatNumber } from '../../plots/format.ts';
import type { FilePreview } from '../../worker/api.ts';
import { channelNames } from '../explore/image-parts.ts';
import { plainPhysics } from '../frame/words.ts';
import { ChannelSelect } from '../parts/ChannelSelect.tsx';
import style from './Look.module.css';

type Images = NonNullable<FilePreview['images']>;

export function PreviewImages({ images }: { images: Images }) {
  const { height, width, channels, axes } = images;
  const [channel, setChannel] = useState(0);
  const own = Math.min(channel, channels - 1);
  return (
    <>
      <ChannelSelect
        names={channelNames({ shape: [height, width, channels], image: axes })}
        shown={own}
        onChange={setChannel}
        labelled
        className={style.search ?? ''}
      />
      <div className={style.pictures}>
        {images.pixels.map((pixels, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: images of a file have no other name than their number
          <Picture key={i} index={i} pixels={pixels} images={images} channel={own} />
        ))}
      </div>
      <p className={style.quiet}>
        {axes && axes.rows === axes.columns
          ? `Each pixel is one ${axes.rows}`
          : `Upwards ${plainPhysics(axes?.rows ?? 'rows')}, to the right ${plainPhysics(axes?.columns ?? 'columns')}`}
        , {height} × {width}; darker is more on a logarithmic scale, zero is empty.
      </p>
    </>
  );
}

function Picture({ index, pixels, images, channel }: { index: number; pixels: Float32Array; images: Images; channel: number }) {
  const { height, width, channels } = images;
  const canvas = useRef<HTMLCanvasElement>(null);
  const own = Float32Array.from({ length: height * width }, (_, k) => pixels[k * channels + channel] as number);
  const sum = own.reduce((total, value) => total + (Number.isFinite(value) ? value : 0), 0);
  const lit = own.reduce((count, value) => count + (value !== 0 ? 1 : 0), 0);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const colour = getComputedStyle(context.canvas).color.match(/\d+/g)?.map(Number) ?? [0, 0, 0];
    const top = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const picture = context.createImageData(width, height);
    for (let k = 0; k < own.length; k++) {
      const value = Math.abs(own[k] as number);
      // three decades below the hottest pixel
      const share = value > 0 && top > 0 ? Math.max(0.08, 1 + Math.log10(value / top) / 3) : 0;
      // the first row lies at the bottom, as on any axis
      const at = (height - 1 - Math.floor(k / width)) * width + (k % width);
      picture.data.set([colour[0] ?? 0, colour[1] ?? 0, colour[2] ?? 0, Math.round(255 * share)], 4 * at);
    }
    context.putImageData(picture, 0, 0);
  });
  const words = `image ${index + 1}: sum ${formatNumber(sum)}, ${lit} pixels are not zero`;
  return (
    <figure>
      <canvas ref={canvas} className={style.canvas} width={width} height={height} role="img" aria-label={words} />
      <figcaption>{words}</figcaption>
    </figure>
  );
}
