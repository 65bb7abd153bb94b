/** What a score would cost in a trigger: precision against area and size, and the time of each network. Measured when it opens. */
import { useEffect, useRef, useState } from 'react';
import { formatAuc, formatCount, formatNumber } from '../../plots/format.ts';
import { dataNoun } from '../../state/explore.ts';
import type { Price } from '../../worker/api.ts';
import { backendNames, listed } from '../frame/words.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Working } from '../parts/Working.tsx';
import { saveFile } from '../share/save-file.ts';
import { useOffshell } from '../use-store.ts';
import style from './Image.module.css';

const names = { float32: '32 bit', float16: '16 bit', int8: '8 bit' } as const;

export function PriceDialog({ signal, onClose }: { signal: string; onClose(): void }) {
  const noun = useOffshell((s) => dataNoun(s.run.data));
  const ask = useOffshell((s) => s.actions.price);
  const [price, setPrice] = useState<Price | null>(null);
  const close = useRef(onClose);
  useEffect(() => {
    let gone = false;
    void ask().then((found) => {
      if (gone) return;
      // what went wrong is said by a notice of the page
      if (found) setPrice(found);
      else close.current();
    });
    return () => {
      gone = true;
    };
  }, [ask]);
  const needed = price?.parts.filter((part) => part.needed) ?? [];
  const alone = needed.reduce((sum, { timings }) => sum + (timings[0]?.median ?? 0), 0);
  return (
    <Dialog title="What would it cost in a trigger?" onClose={onClose}>
      <div className={style.price}>
        {!price ? (
          <Working message="Scoring with fewer bits, and timing each network" done={null} />
        ) : (
          <>
            <p>
              This score needs {listed(needed.map(({ name }) => name))}: {formatNumber(alone)} ms for one {noun.one} by itself, on{' '}
              {backendNames[price.backend]} in this browser, with the result read back.
            </p>
            <table className={style.checks}>
              <caption>
                Weights with fewer bits, {formatCount(price.events)} test {noun.several}
              </caption>
              <thead>
                <tr>
                  <th />
                  <th scope="col">size [kB]</th>
                  <th scope="col">AUC, {signal}</th>
                </tr>
              </thead>
              <tbody>
                {price.precisions.map(({ precision, bytes, aucs }) => {
                  const found = aucs.find((one) => one.signal === signal) ?? aucs[0];
                  return (
                    <tr key={precision}>
                      <th scope="row">{names[precision]}</th>
                      <td>{formatNumber(bytes / 1000)}</td>
                      <td>{found ? formatAuc(found) : '–'}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
            <table className={style.checks}>
              <caption>Time of each network [ms], weights of 32 bits: median (99th percentile) of the repeats</caption>
              <thead>
                <tr>
                  <th />
                  <th scope="col">parameters</th>
                  <th scope="col">needed</th>
                  <th scope="col">1 {noun.one}</th>
                  <th scope="col">256 {noun.several}</th>
                  <th scope="col">each of 256</th>
                </tr>
              </thead>
              <tbody>
                {price.parts.map(({ name, parameters, needed: wanted, timings }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{formatCount(parameters)}</td>
                    <td>{wanted ? 'yes' : 'no'}</td>
                    {timings.map(({ batch, median, percentile99, repeats }) => (
                      <td key={batch} title={`${repeats} repeats`}>
                        {formatNumber(median)} ({formatNumber(percentile99)})
                      </td>
                    ))}
                    <td>{formatNumber((timings[1]?.median ?? 0) / 256)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className={style.note}>
              8 bit: symmetric levels with one scale for each output; biases and norms stay at 16 bit. Rounded weights are
              computed with in 32 bit, so areas and sizes are those of a small model and times are not. A 99th percentile of few
              repeats is little more than the slowest.
            </p>
            <Button onClick={() => saveFile('trigger-price.json', `${JSON.stringify(price, null, 2)}\n`, 'application/json')}>
              Save as JSON
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}
