/**
 * An event as a picture: its objects are the rows, pT, eta and phi the three columns, and a convolution looks at neighbouring
 * objects at once. The two published stacks of layers for this grid, for any number of object slots, and the parameters that the
 * models built of them share. Knows nothing of losses.
 *
 * Sources: Govorkova et al., arXiv 2108.03986 (Nature Machine Intelligence 4 (2022) 154); example code of the Anomaly Detection
 * Data Challenge 2021 (github.com/mpp-hep/ADC2021-examplecode).
 */
import type { ParamSpecs } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { ModelInput, Scaling } from './contract.ts';
import type { ImageLayerSpec } from './image-network.ts';
import { limitsFor } from './layers/physical-heads.ts';
import { objectScalings } from './scaling-params.ts';

export const gridParams = {
  network: {
    kind: 'choice',
    label: 'Network',
    help: '40 MHz: two convolutions, each followed by a mean over three slots. ADC2021: one convolution, a mean over two slots, batch normalisation.',
    default: '40mhz',
    options: [
      { value: '40mhz', label: '40 MHz, two convolutions' },
      { value: 'adc2021', label: 'ADC2021, one convolution' },
    ],
  },
  filters: {
    kind: 'integers',
    label: 'Filters',
    help: 'Of each convolution of the encoder: two numbers for 40 MHz, one for ADC2021.',
    default: [16, 32],
    min: 1,
    max: 1024,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Numbers that an event is squeezed into. Fewer make a harder task and usually a better anomaly detector.',
    default: 8,
    min: 1,
    max: 1024,
    integer: true,
  },
  inputNorm: {
    kind: 'switch',
    label: 'Normalise the input',
    help: 'A batch normalisation before the first convolution, which scales raw input. It has one channel: pT, eta, phi and padding share one mean and one spread.',
    default: false,
    advanced: true,
  },
  physicalHeads: {
    kind: 'switch',
    label: 'Physical outputs',
    help: 'Bounds phi and eta of the reconstruction to ±π and the acceptance with tanh. Needs eta and phi as they are or divided by constants.',
    default: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'All constants are fitted on training background.',
    default: 'background-scaled',
    options: objectScalings,
  },
  targetScaling: {
    kind: 'choice',
    label: 'Target scaling',
    help: 'What the reconstruction is compared with.',
    default: 'same',
    options: [{ value: 'same', label: 'same as the input' }, ...objectScalings],
    advanced: true,
  },
} as const satisfies ParamSpecs;

/** Events of one forward pass: the features of a convolution are many times an event. */
export const ROWS_AT_ONCE = 2048;

export interface GridSettings {
  network: '40mhz' | 'adc2021';
  filters: readonly number[];
  latent: number;
  inputNorm: boolean;
  physicalHeads: boolean;
  scaling: Scaling;
  targetScaling: Scaling | 'same';
}

export interface GridStacks {
  /** Shape of an event: [slots, 3, 1]. */
  shape: readonly [number, number, number];
  /** From the grid to flat features, before the latent layer or layers. */
  trunk: ImageLayerSpec[];
  /** One latent layer, of the trunk's features. */
  latent: ImageLayerSpec[];
  /** From latent numbers to the flat event [3 slots], bounded if the settings say so. */
  decoder: ImageLayerSpec[];
}

/** Batch normalisation as Keras has it. */
const batchNorm: ImageLayerSpec = { kind: 'batch-norm', momentum: 0.99, epsilon: 1e-3 };
const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };
const flatten: ImageLayerSpec = { kind: 'flatten' };

/**
 * The layers for an event of `input`'s slots.
 *
 * 40 MHz: zero rows on top until the slots divide by nine after the first convolution (one for 19), 3 x 3 without padding, mean of
 * three rows, 3 x 1, mean of three rows, flat. The decoder goes back by dense layer, 3 x 1, threefold rows, 3 x 1, threefold rows,
 * 3 x 3. ADC2021: 3 x 3, mean of two rows, flat; back by two dense layers, twofold rows, 3 x 3. Rows that are missing then are zeros on top,
 * rows too many are cut there. No convolution has a bias.
 *
 * @throws Problem for data without slots of three numbers, filters that do not fit the network, and bounds that the scaling forbids
 */
export function gridStacks(input: ModelInput, settings: GridSettings, model: string): GridStacks {
  const slots = input.objectTypes?.length ?? 0;
  if (slots === 0 || input.width !== 3 * slots) {
    throw new Problem({
      where: `model "${model}"`,
      expected: 'objects with pT, eta and phi',
      found: `${input.kind} of ${input.width} numbers`,
      fix: 'Choose data with reconstructed objects',
    });
  }
  const wanted = settings.network === '40mhz' ? 2 : 1;
  if (settings.filters.length !== wanted) {
    throw new Problem({
      where: `model "${model}", parameter "filters"`,
      expected: `${wanted === 2 ? 'two numbers' : 'one number'} for the network ${settings.network}`,
      found: settings.filters.join(', ') || 'none',
      fix: `Give ${wanted === 2 ? 'two, such as 16, 32' : 'one, such as 10'}`,
    });
  }
  const heads: ImageLayerSpec[] = settings.physicalHeads
    ? [{ kind: 'physical-heads', limits: limitsFor(input, targetScalingOf(settings), model) }]
    : [];
  const { trunk, latent, decoder } = networks[settings.network](slots, settings);
  const first = settings.inputNorm ? [batchNorm] : [];
  // zeros on top come before the normalisation, as published
  const [padding, rest] = trunk[0]?.kind === 'pad' ? [trunk.slice(0, 1), trunk.slice(1)] : [[], trunk];
  return {
    shape: [slots, 3, 1],
    trunk: [...padding, ...first, ...rest],
    latent,
    decoder: [...decoder, flatten, ...heads],
  };
}

/** What a reconstruction is compared with. */
export function targetScalingOf({ scaling, targetScaling }: GridSettings): Scaling {
  return targetScaling === 'same' ? scaling : targetScaling;
}

type Layers = Record<'trunk' | 'latent' | 'decoder', ImageLayerSpec[]>;

const networks: Readonly<Record<GridSettings['network'], (slots: number, settings: GridSettings) => Layers>> = {
  '40mhz': (slots, { filters: [first, second] = [], latent }) => {
    const [outer, inner] = [first as number, second as number];
    const rows = Math.max(1, Math.ceil((slots - 2) / 9));
    const above = 9 * rows + 2 - slots;
    return {
      trunk: [...rowsOnTop(above), ...[conv(outer, [3, 3], 'valid'), relu, mean(3), conv(inner, [3, 1]), relu, mean(3), flatten]],
      latent: [dense(latent)],
      decoder: [
        ...[dense(rows * inner), relu, { kind: 'reshape', shape: [rows, 1, inner] } as const],
        ...[conv(inner, [3, 1]), relu, repeat(3), { kind: 'pad', rows: [0, 0], columns: [1, 1] } as const],
        ...[conv(outer, [3, 1]), relu, repeat(3), ...fitRows(9 * rows, slots), conv(1, [3, 3])],
      ],
    };
  },
  adc2021: (slots, { filters: [only], latent }) => {
    const filters = only as number;
    const rows = Math.max(1, Math.floor(slots / 2));
    return {
      trunk: [...(slots < 2 ? rowsOnTop(1) : []), conv(filters, [3, 3]), mean(2), batchNorm, relu, flatten],
      latent: [dense(latent), relu],
      decoder: [
        ...[dense(rows * 3 * filters), relu, { kind: 'reshape', shape: [rows, 3, filters] } as const, repeat(2)],
        ...[...fitRows(2 * rows, slots), conv(1, [3, 3]), batchNorm],
      ],
    };
  },
};

function conv(filters: number, size: readonly [number, number], padding: 'same' | 'valid' = 'same'): ImageLayerSpec {
  return { kind: 'conv', filters, size, strides: [1, 1], padding, groups: 1, bias: false, initialiser: 'glorot-uniform' };
}

function dense(units: number): ImageLayerSpec {
  return { kind: 'dense', units, bias: true, initialiser: 'glorot-uniform' };
}

/** Mean over `rows` neighbouring rows; rows that are left over at the end are dropped. */
function mean(rows: number): ImageLayerSpec {
  return { kind: 'average-pool', size: [rows, 1], strides: [rows, 1], padding: 'valid' };
}

function repeat(times: number): ImageLayerSpec {
  return { kind: 'upsample', method: 'nearest', factors: [times, 1] };
}

function rowsOnTop(count: number): ImageLayerSpec[] {
  return count > 0 ? [{ kind: 'pad', rows: [count, 0], columns: [0, 0] }] : [];
}

/** Zeros on top, or a cut there, from `from` rows to `to`. */
function fitRows(from: number, to: number): ImageLayerSpec[] {
  return from > to ? [{ kind: 'crop', rows: [from - to, 0], columns: [0, 0] }] : rowsOnTop(to - from);
}
