/**
 * The simplest detector: one physics number per event, cut from above. No training. Any model worth its name must beat it, and
 * where it does not, the anomaly is just a hard event.
 */
import type { ObjectType } from '../base/kinds.ts';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { Batch, Detector, Model, ModelInput } from './contract.ts';
import { type ImageFeature, type ImageFeatureId, imageFeatures } from './image-features.ts';

type ObjectQuantity = 'ht' | 'st' | 'met' | 'multiplicity' | 'jet-multiplicity' | 'leading-lepton-pt' | 'leading-jet-pt';
type Quantity = ObjectQuantity | ImageFeatureId | 'column' | 'spectator';

const params = {
  quantity: {
    kind: 'choice',
    label: 'Quantity',
    help: 'One number for each event. The side that counts as anomalous is fixed below, never by looking at labels.',
    default: 'ht',
    options: [
      { value: 'ht', label: 'HT: sum of jet pT' },
      { value: 'st', label: 'ST: sum of all pT, MET included' },
      { value: 'met', label: 'MET' },
      { value: 'multiplicity', label: 'number of objects, MET not counted' },
      { value: 'jet-multiplicity', label: 'number of jets' },
      { value: 'leading-lepton-pt', label: 'pT of the leading electron or muon' },
      { value: 'leading-jet-pt', label: 'pT of the leading jet' },
      { value: 'column', label: 'a column' },
      { value: 'spectator', label: 'a spectator' },
      { value: 'occupancy', label: 'images: number of lit pixels' },
      { value: 'energy', label: 'images: sum of pixels' },
      { value: 'entropy', label: 'images: entropy of the energy' },
      { value: 'hottest-pixel', label: 'images: hottest pixel' },
      { value: 'hottest-share', label: 'images: share of the hottest pixel' },
      { value: 'core-3', label: 'images: share in 3 x 3 around the hottest' },
      { value: 'core-5', label: 'images: share in 5 x 5 around the hottest' },
      { value: 'core-7', label: 'images: share in 7 x 7 around the hottest' },
      { value: 'width-rows', label: 'images: width along rows' },
      { value: 'width-columns', label: 'images: width along columns' },
    ],
  },
  column: {
    kind: 'text',
    label: 'Column',
    help: 'Name of the column or spectator, for these two quantities; the first one if empty.',
    default: '',
  },
  channel: {
    kind: 'number',
    label: 'Channel',
    help: 'Of an image, counted from 1.',
    default: 1,
    min: 1,
    max: 64,
    integer: true,
  },
  anomalous: {
    kind: 'choice',
    label: 'Anomalous is',
    help: 'Small values: the number is taken with a minus sign, so that a larger score is still more anomalous.',
    default: 'large',
    options: [
      { value: 'large', label: 'a large value' },
      { value: 'small', label: 'a small value' },
    ],
  },
} as const satisfies ParamSpecs;

/** How the pT of the chosen slots become one number. */
type Reduction = 'sum' | 'count' | 'largest';

interface Rule {
  name: string;
  reduction: Reduction;
  /** Types of the slots that count; `other` slots are left out. */
  counts(type: ObjectType, present: ReadonlySet<ObjectType>): boolean;
}

const isLepton = (type: ObjectType) => type === 'electron' || type === 'muon';
/** Fat jets count only where there are no ordinary jets: the two are clustered from the same particles. */
const isJet = (type: ObjectType, present: ReadonlySet<ObjectType>) =>
  type === 'jet' || (type === 'fat jet' && !present.has('jet'));

const rules: Readonly<Record<ObjectQuantity, Rule>> = {
  ht: { name: 'HT', reduction: 'sum', counts: isJet },
  st: { name: 'ST', reduction: 'sum', counts: (type, present) => type !== 'fat jet' || isJet(type, present) },
  met: { name: 'MET', reduction: 'sum', counts: (type) => type === 'MET' },
  multiplicity: {
    name: 'number of objects',
    reduction: 'count',
    counts: (type, present) => type !== 'MET' && (type !== 'fat jet' || isJet(type, present)),
  },
  'jet-multiplicity': { name: 'number of jets', reduction: 'count', counts: isJet },
  'leading-lepton-pt': { name: 'leading lepton pT', reduction: 'largest', counts: isLepton },
  'leading-jet-pt': { name: 'leading jet pT', reduction: 'largest', counts: isJet },
};

/** What is computed of a batch, and what it is called. */
interface Cut {
  feature: { name: string; unit: string };
  /** [rows] */
  of(batch: Batch): Float64Array;
}

function cutOf(input: ModelInput, given: Params): Cut {
  const quantity = given.quantity as Quantity;
  const column = given.column as string;
  if (quantity === 'column') {
    return { feature: columnFeature(input, column), of: (batch) => reduce(batch, [columnOf(batch, column)], 'sum') };
  }
  if (quantity === 'spectator') return spectatorCut(input, column);
  if (quantity in imageFeatures) return imageCut(input, quantity as ImageFeatureId, given.channel as number);
  const rule = rules[quantity as ObjectQuantity];
  checkObjects(input, rule);
  return {
    feature: { name: rule.name, unit: rule.reduction === 'count' ? '' : 'GeV' },
    of: (batch) => reduce(batch, momentumColumns(batch, input.objectTypes ?? [], rule), rule.reduction),
  };
}

function build(input: ModelInput, given: Params): Detector {
  const cut = cutOf(input, given);
  const small = given.anomalous === 'small';
  return {
    scaling: { input: 'raw', target: 'raw' },
    layers: [],
    parameters: 0,
    trainable: 0,
    networks: {},
    stages: [],
    feature: small ? { ...cut.feature, name: `− ${cut.feature.name}` } : cut.feature,
    async forward(batch) {
      const feature = cut.of(batch);
      return { feature: small ? feature.map((value) => -value) : feature };
    },
    weights: async () => [],
    setWeights: () => {},
    dispose: () => {},
  };
}

function imageCut(input: ModelInput, quantity: ImageFeatureId, channel: number): Cut {
  const [height = 0, width = 0, channels = 1] = input.shape;
  if (input.kind !== 'images' || input.shape.length < 2) {
    throw new Problem({
      where: 'model "feature-cut", parameter "quantity"',
      expected: 'images, which this quantity is made of',
      found: `data of kind ${input.kind}`,
      fix: 'Choose the quantity "column" and name a column, or another quantity',
    });
  }
  if (channel > channels) {
    throw new Problem({
      where: 'model "feature-cut", parameter "channel"',
      expected: `a number from 1 to ${channels}`,
      found: String(channel),
      fix: 'Choose a channel that the images have',
    });
  }
  const { name, of, energy }: ImageFeature = imageFeatures[quantity];
  const periodicRows = input.image?.periodicRows ?? false;
  const pixels = new Float64Array(height * width);
  const among = input.image?.channels?.[channel - 1] ?? (channels > 1 ? `channel ${channel}` : '');
  return {
    feature: { name: among === '' ? name : `${name}, ${among}`, unit: energy ? (input.image?.unit ?? '') : '' },
    of: ({ raw, rows, rawWidth }) =>
      Float64Array.from({ length: rows }, (_, row) => {
        const start = row * rawWidth + channel - 1;
        for (let i = 0; i < pixels.length; i++) pixels[i] = raw[start + i * channels] as number;
        return of({ pixels, height, width, periodicRows });
      }),
  };
}

/** A number that describes an event and is no input of any model; here it is only looked at, as a reference. */
function spectatorCut({ spectators = [] }: ModelInput, asked: string): Cut {
  const name = asked === '' ? spectators[0] : asked;
  if (name === undefined || !spectators.includes(name)) {
    throw new Problem({
      where: 'model "feature-cut", parameter "column"',
      expected: spectators.length > 0 ? `one of ${spectators.join(', ')}` : 'data with spectators',
      found: asked === '' ? 'none' : `"${asked}"`,
      fix: 'Choose another quantity, or give a column the role of a spectator',
    });
  }
  return {
    feature: { name, unit: '' },
    of: ({ spectators: given, rows }) => Float64Array.from({ length: rows }, (_, row) => given?.[name]?.[row] ?? Number.NaN),
  };
}

/**
 * One number for each row: the sum, the count of numbers above 0, or the largest of the given columns of `raw`; 0 where an
 * event has none of the objects. A missing value makes the result NaN.
 */
function reduce({ raw, rows, rawWidth }: Batch, columns: readonly number[], reduction: Reduction): Float64Array {
  const feature = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let value = 0;
    for (const column of columns) {
      const x = raw[row * rawWidth + column] as number;
      if (reduction === 'sum') value += x;
      else if (reduction === 'count') value += x > 0 ? 1 : 0;
      else value = x > value || Number.isNaN(x) ? x : value;
    }
    feature[row] = value;
  }
  return feature;
}

function momentumColumns(batch: Batch, objectTypes: readonly ObjectType[], rule: Rule): number[] {
  const present = new Set(objectTypes);
  return batch.rawFeatures.flatMap(({ quantity, slot }, column) => {
    const type = slot === undefined ? undefined : objectTypes[slot];
    return quantity === 'pT' && type !== undefined && rule.counts(type, present) ? [column] : [];
  });
}

function columnOf(batch: Batch, name: string): number {
  if (name === '') return 0;
  const column = batch.rawFeatures.findIndex((feature) => feature.name === name);
  if (column >= 0) return column;
  throw unknownColumn(
    name,
    batch.rawFeatures.map((feature) => feature.name),
  );
}

function columnFeature(input: ModelInput, name: string): { name: string; unit: string } {
  const feature = name === '' ? input.features[0] : input.features.find((candidate) => candidate.name === name);
  // the input may have lost the column to preprocessing, so its absence is judged when the rows come
  return { name: feature?.name ?? (name || 'first column'), unit: feature?.unit ?? '' };
}

function unknownColumn(name: string, known: readonly string[]): Problem {
  return new Problem({
    where: 'model "feature-cut", parameter "column"',
    expected: `one of ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', ...' : ''}`,
    found: `"${name}"`,
    fix: 'Choose a column of the data',
  });
}

function checkObjects(input: ModelInput, rule: Rule): void {
  const types = input.objectTypes ?? [];
  const present = new Set(types);
  if (types.some((type) => rule.counts(type, present))) return;
  throw new Problem({
    where: 'model "feature-cut", parameter "quantity"',
    expected: `data with the objects that ${rule.name} is made of`,
    found: types.length > 0 ? `objects of type ${[...present].join(', ')}` : `data of kind ${input.kind}`,
    fix: 'Choose the quantity "column" and name a column, or another quantity',
  });
}

const ours = 'Ours: a standard selection variable.';

const shower =
  'A standard shower shape. What is anomalous follows from physics: an electron radiates, so less of its energy is in the core.';
const counted = 'L. Anzalone et al., arXiv 2306.12955: many soft particles light many pixels.';

const featureCut: Model = {
  id: 'feature-cut',
  name: 'Feature cut',
  family: 'Baselines',
  paper: { text: 'Standard practice' },
  summary: 'One physics number per event, cut from above: what every anomaly detector must beat.',
  cost: 'None.',
  baseline: true,
  accepts: ['objects', 'table', 'histograms', 'images'],
  trainsOn: 'nothing',
  presets: {
    ht: { name: 'HT', origin: ours, params: { quantity: 'ht' } },
    st: { name: 'ST', origin: ours, params: { quantity: 'st' } },
    met: { name: 'MET', origin: ours, params: { quantity: 'met' } },
    multiplicity: { name: 'Multiplicity', origin: ours, params: { quantity: 'multiplicity' } },
    'jet-multiplicity': { name: 'Jet multiplicity', origin: ours, params: { quantity: 'jet-multiplicity' } },
    'leading-lepton-pt': { name: 'Leading lepton pT', origin: ours, params: { quantity: 'leading-lepton-pt' } },
    'leading-jet-pt': { name: 'Leading jet pT', origin: ours, params: { quantity: 'leading-jet-pt' } },
    column: {
      name: 'A column',
      origin: 'Ours: any column of a table, the first one if none is named.',
      params: { quantity: 'column' },
    },
    entries: {
      name: 'Entries of a histogram',
      origin: 'The stored number of entries, a spectator; more is more anomalous.',
      params: { quantity: 'spectator', column: 'entries' },
    },
    occupancy: { name: 'Lit pixels', origin: counted, params: { quantity: 'occupancy' } },
    entropy: { name: 'Energy entropy', origin: counted, params: { quantity: 'entropy' } },
    'n-tracks': {
      name: 'n_tracks',
      origin: 'The stored number of tracks, a spectator; no image is looked at.',
      params: { quantity: 'spectator', column: 'n_tracks' },
    },
    energy: { name: 'Sum of pixels', origin: shower, params: { quantity: 'energy' } },
    'core-3': { name: '3 x 3 energy share', origin: shower, params: { quantity: 'core-3', anomalous: 'small' } },
    'core-5': { name: '5 x 5 energy share', origin: shower, params: { quantity: 'core-5', anomalous: 'small' } },
    'core-7': { name: '7 x 7 energy share', origin: shower, params: { quantity: 'core-7', anomalous: 'small' } },
    'hottest-share': {
      name: 'Share of the hottest pixel',
      origin: shower,
      params: { quantity: 'hottest-share', anomalous: 'small' },
    },
    'hottest-pixel': { name: 'Hottest pixel', origin: shower, params: { quantity: 'hottest-pixel', anomalous: 'small' } },
    'width-columns': { name: 'Width along columns', origin: shower, params: { quantity: 'width-columns' } },
    'width-rows': { name: 'Width along rows', origin: shower, params: { quantity: 'width-rows' } },
  },
  defaultPreset(input) {
    if (input.kind === 'images') return detectorImage(input) ? 'occupancy' : 'core-3';
    if (input.kind !== 'objects') return 'column';
    const types = input.objectTypes ?? [];
    if (types.includes('jet') || types.includes('fat jet')) return 'ht';
    return types.some((type) => type !== 'MET') ? 'multiplicity' : 'met';
  },
  baselinePresets(input) {
    if (input.kind === 'images' && detectorImage(input))
      return ['occupancy', 'entropy', ...(input.spectators?.includes('n_tracks') ? ['n-tracks'] : [])];
    if (input.kind === 'images') return ['core-3', 'entropy', 'occupancy', 'energy'];
    if (input.kind !== 'objects') return [];
    const types = new Set(input.objectTypes);
    const offered = (['ht', 'met', 'multiplicity', 'leading-lepton-pt'] as const).filter((id) => {
      const rule = rules[featureCut.presets[id]?.params.quantity as ObjectQuantity];
      return [...types].some((type) => rule.counts(type, types));
    });
    return offered;
  },
  params,
  outputs: ['feature'],
  defaultScore: 'feature',
  build,
};

/** A whole detector unrolled, whose rows go once round, rather than one shower. */
function detectorImage({ image, shape }: ModelInput): boolean {
  return image?.periodicRows === true || (shape[0] === 72 && shape[1] === 58);
}

export default featureCut;
