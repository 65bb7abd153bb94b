/**
 * Electromagnetic showers of single electrons and photons: 32 x 32 crystals, as `X` [N, 32, 32, 2] (energy, time) with `y` in HDF5, or
 * as energy alone, [N, 32, 32], in NPZ. In `y`, 0 is a photon and 1 an electron; often one class fills a file and the name tells which.
 *
 * The energy is selected by slicing. A reshape of [N, 32, 32, 2] to 32 x 32 would interleave energy and time.
 */
import type { EventClass } from '../../base/kinds.ts';
import { countOf } from '../../base/numbers.ts';
import type { ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { OpenFile } from '../formats/contract.ts';
import { pixelMemory } from '../pixels.ts';
import { catalogue } from '../rows.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';
import { findStacks, readStack } from './images.ts';

const size = 32;
const classNames = { '0': 'photon', '1': 'electron' };
const channels = ['energy', 'time'];

const params: ParamSpecs = {
  channel: {
    kind: 'choice',
    label: 'Channel',
    help: 'Energy is never negative; time is signed.',
    default: 'energy',
    options: [
      { value: 'energy', label: 'energy' },
      { value: 'time', label: 'time' },
      { value: 'both', label: 'energy and time' },
    ],
  },
  memory: pixelMemory,
};

const egamma: Layout = {
  id: 'egamma',
  name: 'Electron and photon crystals',
  expects: '"X" of shape (N, 32, 32, 2) or "x_train" of shape (N, 32, 32), with labels "y"',
  params,
  recognises(file) {
    const stack = findCrystals(file);
    if (!stack) return undefined;
    const rows = stack.parts.reduce((sum, { array }) => sum + (array.shape[0] as number), 0);
    const role = roleOf(file.name);
    const label = stack.parts[0]?.label?.name;
    return {
      confidence: 0.9,
      words: wordsFor(stack.pixels.channels, rows),
      kind: 'images',
      rows,
      ...(role ? { role } : {}),
      ...(label !== undefined ? { label } : {}),
      reasons: [
        `"${stack.parts[0]?.array.name}" has shape (${stack.parts[0]?.array.shape.join(', ')})`,
        ...(label !== undefined ? [`"${label}" is 0 for a photon and 1 for an electron`] : []),
        ...(role ? [`the file name says ${role.name}`] : []),
      ],
    };
  },
  read,
};
export default egamma;

function wordsFor(stored: number, rows: number): string {
  return `electron and photon crystals, 32 x 32 ${stored > 1 ? 'with energy and time' : 'of energy'}: ${countOf(rows, 'shower')}`;
}

/** One class per file: a photon is background, as long as nobody says otherwise. */
function roleOf(fileName: string): EventClass | undefined {
  if (/single_?photon/i.test(fileName)) return { name: 'photon', role: 'background' };
  return /single_?electron/i.test(fileName) ? { name: 'electron', role: 'signal' } : undefined;
}

function findCrystals(file: OpenFile): ReturnType<typeof findStacks>[number] | undefined {
  const [stack] = findStacks(file, 'last');
  const { height, width, channels: stored } = stack?.pixels ?? { height: 0, width: 0, channels: 0 };
  const named =
    stack && /^x$/i.test(stack.name.slice(stack.name.lastIndexOf('/') + 1)) && stack.parts.every(({ label }) => label);
  return named && height === size && width === size && stored <= 2 ? stack : undefined;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const stack = findCrystals(file);
  if (!stack) {
    throw new Problem({
      where: file.name,
      expected: '"X" of shape (N, 32, 32, 2) or "x_train" of shape (N, 32, 32), with labels "y"',
      found: catalogue(file),
      fix: 'Choose another file, or the layout for any images',
    });
  }
  const wanted = checkSettings(params, options, file.name).channel as string;
  const stored = stack.pixels.channels;
  const kept = wanted === 'both' ? Array.from({ length: stored }, (_, i) => i) : [channels.indexOf(wanted)];
  if (kept.some((channel) => channel >= stored)) {
    throw new Problem({
      where: `${file.name}, channel ${wanted}`,
      expected: 'energy',
      found: 'images with one channel',
      fix: 'Choose energy',
    });
  }
  const part = await readStack(file, stack, kept, options, (rows) => wordsFor(stored, rows), classNames);
  return {
    ...part,
    image: { rows: 'crystal', columns: 'crystal', channels: kept.map((channel) => channels[channel] as string) },
  };
}
