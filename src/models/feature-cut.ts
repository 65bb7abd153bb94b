/**
 * The simplest detector: one physics number per event, cut from above. No training. Any model worth its name must beat it, and
 * where it does not, the anomaly is just a hard event.
 */
import type { ObjectType } from '../base/kinds.ts';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { Batch, Detector, Model, ModelInput } from './contract.ts';

type Quantity = 'ht' | 'st' | 'met' | 'multiplicity' | 'jet-multiplicity' | 'leading-lepton-pt' | 'leading-jet-pt' | 'column';

const params = {
  quantity: {
    kind: 'choice',
    label: 'Quantity',
    help: 'Larger counts as more anomalous.',
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
    ],
  },
  column: {
    kind: 'text',
    label: 'Column',
    help: 'Name of the column, for the quantity "a column"; the first one if empty.',
    default: '',
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

const rules: Readonly<Record<Exclude<Quantity, 'column'>, Rule>> = {
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

function build(input: ModelInput, given: Params): Detector {
  const quantity = given.quantity as Quantity;
  const column = given.column as string;
  if (quantity !== 'column') checkObjects(input, quantity);
  const rule = quantity === 'column' ? undefined : rules[quantity];
  const detector: Detector = {
    scaling: { input: 'raw', target: 'raw' },
    layers: [],
    parameters: 0,
    trainable: 0,
    networks: {},
    stages: [],
    feature: rule ? { name: rule.name, unit: rule.reduction === 'count' ? '' : 'GeV' } : columnFeature(input, column),
    async forward(batch) {
      const columns = rule ? momentumColumns(batch, input.objectTypes ?? [], rule) : [columnOf(batch, column)];
      return { feature: reduce(batch, columns, rule?.reduction ?? 'sum') };
    },
    weights: async () => [],
    setWeights: () => {},
    dispose: () => {},
  };
  return detector;
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

function checkObjects(input: ModelInput, quantity: Exclude<Quantity, 'column'>): void {
  const rule = rules[quantity];
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

const featureCut: Model = {
  id: 'feature-cut',
  name: 'Feature cut',
  family: 'Baselines',
  paper: { text: 'Standard practice' },
  summary: 'One physics number per event, cut from above: what every anomaly detector must beat.',
  cost: 'None.',
  baseline: true,
  accepts: ['objects', 'table', 'histograms'],
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
  },
  defaultPreset(input) {
    if (input.kind !== 'objects') return 'column';
    const types = input.objectTypes ?? [];
    if (types.includes('jet') || types.includes('fat jet')) return 'ht';
    return types.some((type) => type !== 'MET') ? 'multiplicity' : 'met';
  },
  baselinePresets(input) {
    if (input.kind !== 'objects') return [];
    const types = new Set(input.objectTypes);
    const offered = (['ht', 'met', 'multiplicity', 'leading-lepton-pt'] as const).filter((id) => {
      const rule = rules[featureCut.presets[id]?.params.quantity as Exclude<Quantity, 'column'>];
      return [...types].some((type) => rule.counts(type, types));
    });
    return offered;
  },
  params,
  outputs: ['feature'],
  defaultScore: 'feature',
  build,
};

export default featureCut;
