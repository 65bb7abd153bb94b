/**
 * A lesson: the loaded images before one simple detector, prepared rightly or with a mistake that somebody made. What leaks is found at once,
 * and a look at both classes side by side would have told. Source: mistakes in a public electron and photon study with areas of 1.000.
 */
import { useEffect, useState } from 'react';
import { formatAuc, formatDecimals, formatNumber, formatPercent } from '../../plots/format.ts';
import { logScale } from '../../plots/image-colours.ts';
import type { ClassCheck, DataSummary, LeakKind, LeakResult } from '../../worker/api.ts';
import { Dialog } from '../parts/Dialog.tsx';
import { Segmented } from '../parts/Segmented.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Image.module.css';
import { ImageMap } from './ImageMap.tsx';

const words: Readonly<Record<LeakKind, string>> = {
  right: 'Both classes go through one function: the first channel by slicing, nothing else. This is what the images support.',
  reshape:
    'The signal is reshaped from (N, height, width, channels) to height × width instead of sliced. Channels interleave, the hottest pixel leaves its place, and numbers of another kind, such as times that can be negative, stand among the energies. The detector finds the reshape, not the particle.',
  crops:
    'The signal is replaced by crops of other images, on another scale, off-centre and with negative pixels, as crops of jets are. The detector finds the crop, not the particle.',
};

const rows: readonly {
  name: string;
  energy?: true;
  of(check: ClassCheck): string;
  odd(a: ClassCheck, b: ClassCheck): boolean;
}[] = [
  { name: 'images', of: ({ images }) => String(images), odd: () => false },
  { name: 'smallest pixel', energy: true, of: ({ least }) => formatNumber(least), odd: (a, b) => a.least < 0 !== b.least < 0 },
  { name: 'largest pixel', energy: true, of: ({ largest }) => formatNumber(largest), odd: () => false },
  { name: 'pixels that are not 0', of: ({ filled }) => formatPercent(filled), odd: (a, b) => apart(a.filled, b.filled) },
  {
    name: 'mean sum',
    energy: true,
    of: ({ sum, largest }) => formatNumber(rounded(sum, largest)),
    odd: (a, b) => apart(a.sum, b.sum),
  },
  {
    name: 'hottest pixel in the middle',
    of: ({ centred }) => formatPercent(centred),
    odd: (a, b) => Math.abs(a.centred - b.centred) > 0.2,
  },
];

/** A sum that is 0 but for rounding is 0. */
function rounded(sum: number, largest: number): number {
  return Math.abs(sum) < 1e-5 * largest ? 0 : sum;
}

/** More than by half. */
function apart(a: number, b: number): boolean {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  return high > 0 && !(low > high / 1.5);
}

export function Leakage({ data, onClose }: { data: DataSummary; onClose(): void }) {
  const ask = useOffshell((s) => s.actions.leakage);
  const [kind, setKind] = useState<LeakKind>('right');
  const [found, setFound] = useState<LeakResult | null>(null);
  useEffect(() => {
    let gone = false;
    void ask(kind).then((result) => !gone && result && setFound(result));
    return () => {
      gone = true;
    };
  }, [ask, kind]);
  const channels = data.shape[2] ?? 1;
  const shown = found?.kind === kind ? found : null;
  // numbers that were mixed have no unit
  const unit = kind === 'right' ? (data.image?.unit ?? '') : '';
  return (
    <Dialog title="Too good to be true?" size="broad" onClose={onClose}>
      <div className={style.lesson}>
        <Segmented<LeakKind>
          label="Preparation"
          value={kind}
          segments={[
            { value: 'right', label: 'Done right' },
            {
              value: 'reshape',
              label: 'Scrambled reshape',
              disabled: channels < 2,
              ...(channels < 2 ? { title: 'Needs images with two channels or more' } : {}),
            },
            { value: 'crops', label: 'Crops as signal' },
          ]}
          onChange={setKind}
        />
        <p>{words[kind]}</p>
        {!shown ? (
          <Working message="Fitting the detector on half of the background" done={null} />
        ) : (
          <>
            <p className={style.verdict}>
              AUC <b>{formatAuc({ ...shown, signalEvents: shown.signal, backgroundEvents: shown.background })}</b>
              <span className={style.which}>
                {' '}
                {shown.signal} signal and {shown.background} background images, Mahalanobis distance in 10 principal components
                and the residual, no training
              </span>
            </p>
            <div className={style.sides}>
              <div className={`${style.grid} ${style.two}`}>
                {shown.means.map((pixels, k) => (
                  <ImageMap
                    key={shown.checks[k]?.name}
                    title={`Mean, ${shown.checks[k]?.name}`}
                    {...{ pixels, height: data.shape[0] ?? 1, width: data.shape[1] ?? 1, axes: data.image }}
                    scale={logScale(pixels)}
                    unit={unit}
                  />
                ))}
              </div>
              <table className={style.checks}>
                <caption>What a look at both would have shown</caption>
                <thead>
                  <tr>
                    <th />
                    {shown.checks.map(({ name }) => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ name, energy, of, odd }) => {
                    const differs = odd(shown.checks[0], shown.checks[1]);
                    return (
                      <tr key={name} className={differs ? style.odd : undefined}>
                        <th scope="row">
                          {energy && unit !== '' ? `${name} [${unit}]` : name}
                          {differs && ': differs'}
                        </th>
                        {shown.checks.map((check) => (
                          <td key={check.name}>{of(check)}</td>
                        ))}
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
            {shown.auc > 0.95 && kind !== 'right' && (
              <p className={style.note}>
                An area of {formatDecimals(shown.auc, 3)} on images whose honest figure stands under the first switch is a fault
                of the preparation. Compare shapes, ranges, lit pixels and sums of both classes before believing an area.
              </p>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}
