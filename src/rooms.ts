/**
 * The rooms of the source tree and who may import whom. Data only; `rooms.test.ts` reads every import and enforces it.
 * A room listed under `types` may be imported for its types alone.
 */

export interface Room {
  /** Folder under `src/`. */
  folder: string;
  /** Rooms whose code it may import. */
  uses: readonly string[];
  /** Rooms of which it may import types only. */
  types?: readonly string[];
}

/** Words, parameters and problems that all rooms share. Everybody may import it, so it is not listed below. */
export const base = 'base';

export const rooms: readonly Room[] = [
  { folder: 'base', uses: [] },
  { folder: 'numeric', uses: [] },
  { folder: 'data', uses: ['numeric'] },
  { folder: 'metrics', uses: ['numeric'] },
  { folder: 'compute', uses: ['numeric'] },
  { folder: 'models', uses: ['numeric', 'compute'], types: ['scores'] },
  { folder: 'scores', uses: ['numeric'], types: ['models', 'compute'] },
  { folder: 'training', uses: ['numeric', 'data', 'compute', 'models', 'scores'] },
  { folder: 'study', uses: ['numeric', 'data', 'compute', 'models', 'scores', 'training', 'metrics'] },
  { folder: 'exporting', uses: ['numeric', 'data', 'compute', 'models', 'scores', 'training', 'metrics', 'study'] },
  { folder: 'worker', uses: ['numeric', 'data', 'compute', 'models', 'scores', 'training', 'metrics', 'study', 'exporting'] },
  { folder: 'cli', uses: ['numeric', 'data', 'compute', 'models', 'scores', 'training', 'metrics', 'study', 'exporting'] },
  { folder: 'plots', uses: ['numeric', 'metrics'], types: ['data', 'study'] },
  { folder: 'state', uses: ['numeric', 'metrics', 'plots'], types: ['data', 'models', 'scores', 'training', 'study', 'worker'] },
  {
    folder: 'views',
    uses: ['numeric', 'metrics', 'plots', 'state'],
    types: ['data', 'models', 'scores', 'training', 'study', 'worker'],
  },
];

/** npm packages that only these places may import. */
export const reserved: Readonly<Record<string, readonly string[]>> = {
  '@tensorflow/': ['compute', 'models', 'training'],
  'plotly.js-dist-min': ['views/Figure.tsx'],
  react: ['views', 'main.tsx'],
  zustand: ['state', 'views'],
  h5wasm: ['data/formats/hdf5'],
  hyparquet: ['data/formats/parquet'],
  jsroot: ['data/formats/root'],
  zstddec: ['data/codecs/zstd.ts'],
  'xz-decompress': ['data/codecs/xz.ts'],
  'fast-png': ['data/formats/images'],
  'jpeg-js': ['data/formats/images'],
  papaparse: ['data/formats/csv'],
  idb: ['worker/keep/browser-store.ts'],
};
