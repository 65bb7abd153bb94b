/** Why TF.js's own randomness is not used, and a look through the source that it is not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from './backend.ts';
import { tf } from './tf.ts';

const src = new URL('..', import.meta.url).pathname;
const forbidden =
  /\b(randomNormal|randomStandardNormal|randomUniform|randomUniformInt|truncatedNormal|randomGamma|multinomial|Math\.random|tf\.rand|tf\.dropout|util\.shuffle|util\.shuffleCombo|model\.fit|\.fitDataset)\b/;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

describe('the random numbers of TF.js', () => {
  beforeAll(() => startBackend('cpu').then(() => undefined));

  it('do not repeat with seed 0, which it takes for "no seed" (tfjs-core 4.22.0, ops/rand_util)', () => {
    const draw = (seed: number) => tf.tidy(() => Array.from(tf.randomNormal([4], 0, 1, 'float32', seed).dataSync()));
    expect(draw(0)).not.toEqual(draw(0));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)[0]).toBeCloseTo(-1.3711, 4);
  });

  it('drop the same numbers in every step of a seeded dropout layer', () => {
    const layer = tf.layers.dropout({ rate: 0.5, seed: 3 });
    const mask = () =>
      tf.tidy(() => Array.from((layer.apply(tf.ones([1, 32]), { training: true }) as ReturnType<typeof tf.ones>).dataSync()));
    expect(mask()).toEqual(mask());
  });

  it('are used nowhere in the source', () => {
    const faults = sources(src).filter((path) => forbidden.test(withoutComments(readFileSync(path, 'utf8'))));
    expect(faults.map((path) => relative(src, path))).toEqual([]);
  });
});
