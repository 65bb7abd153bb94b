/**
 * A store with no engine behind it, filled as it is at seven moments of an analysis, for looking at the page's frame. The events
 * come from the sample generator itself; training histories and AUC are written down here and mean nothing.
 */
import type { EventClass } from '../base/kinds.ts';
import { defaultParams, type ParamSpecs } from '../base/params.ts';
import colliderEvents from '../data/samples/collider-events.ts';
import { Cursor } from '../numeric/random.ts';
import { initialRun, type Run } from '../state/run.ts';
import { initialSession, type Session } from '../state/session.ts';
import { type Actions, createOffshellStore, type OffshellStore } from '../state/store.ts';
import type { RunResult } from '../study/results.ts';
import type { EpochRecord, TrainingSummary } from '../training/contract.ts';
import type {
  ColumnSummary,
  ComputeReport,
  DataSummary,
  FileChoice,
  FileReport,
  ModelPreview,
  ModelSpec,
  RunSummary,
  SampleSpec,
  ScoreSpec,
  ShelfPicture,
} from '../worker/api.ts';

export const moments = ['empty', 'shelf', 'files', 'loading', 'loaded', 'training', 'finished'] as const;
export type Moment = (typeof moments)[number];

type Part = ReturnType<typeof colliderEvents.generate>;

/** @param events how many rows the loaded moments hold */
export function frameStore(moment: Moment, events: number, start: Partial<Session>): OffshellStore {
  const later = moments.indexOf(moment) >= moments.indexOf('loaded');
  const session: Session = {
    ...initialSession,
    ...(later
      ? {
          data: { sample: colliderEvents.id, events, seed: 1, params: defaultParams(colliderEvents.params) },
          draft: {
            model: 'dense-autoencoder',
            preset: '40mhz-dnn',
            params: { ...defaultParams(denseParams), hidden: [32, 16] },
            seeds: [1, 2, 3],
            epochs: null,
          },
        }
      : {}),
    ...start,
  };
  const store = createOffshellStore((set, get) => {
    const change = (part: Partial<Session>) => set((s) => ({ session: { ...s.session, ...part } }));
    const draft = (part: Partial<Session['draft']>) => change({ draft: { ...get().session.draft, ...part } });
    const nothing = async () => {};
    return {
      begin: nothing,
      go: (workspace) => change({ workspace }),
      setTheme: (theme) => change({ theme }),
      setDeviceRows: (deviceRows) => change({ deviceRows }),
      setBackend: async (backend) => change({ backend }),
      addFiles: nothing,
      removeFile: (file) => set((s) => ({ run: { ...s.run, files: s.run.files.filter((f) => f.report.file !== file) } })),
      chooseFile: (file, part) =>
        set((s) => ({
          run: {
            ...s.run,
            files: s.run.files.map((f) =>
              f.report.file === file ? { ...f, choice: { ...f.choice, ...part } as FileChoice } : f,
            ),
          },
        })),
      addUrl: async () => true,
      chooseAlike: () => {},
      setFilesOptions: (filesOptions) =>
        set((s) => ({ run: { ...s.run, filesOptions: { ...s.run.filesOptions, ...filesOptions } as Run['filesOptions'] } })),
      lookInto: nothing,
      closeData: nothing,
      setPreprocessing: async (preprocessing) => change({ preprocessing }),
      fetchCorrelation: nothing,
      fetchDuplicates: nothing,
      loadFiles: nothing,
      loadSample: nothing,
      cancelLoad: () => {},
      quickStart: nothing,
      setSplit: async (split) => change({ split }),
      setLumisections: async (lumisections) => change({ lumisections }),
      selectModel: (model) => draft({ model, preset: models.find((m) => m.id === model)?.suggestedPreset ?? '' }),
      selectPreset: (preset) => draft({ preset }),
      setParam: (name, value) => draft({ params: { ...get().session.draft.params, [name]: value } }),
      setSeeds: (seeds) => draft({ seeds }),
      setEpochs: (epochs) => draft({ epochs }),
      trainDraft: nothing,
      pause: () => set((s) => ({ run: { ...s.run, training: s.run.training && { ...s.run.training, paused: true } } })),
      pauseQueue: () => set((s) => ({ run: { ...s.run, held: 'paused' as const } })),
      resume: () => set((s) => ({ run: { ...s.run, training: s.run.training && { ...s.run.training, paused: false } } })),
      stop: () => {},
      unqueue: (id) => set((s) => ({ run: { ...s.run, queue: s.run.queue.filter((r) => r.id !== id) } })),
      discardWaiting: () => set((s) => ({ run: { ...s.run, queue: [], held: null } })),
      startSweep: () => change({ workspace: 'compare' }),
      stopSweep: () => {},
      removeSweep: (id) => change({ sweeps: get().session.sweeps.filter((sweep) => sweep.id !== id) }),
      openKept: nothing,
      forgetKept: nothing,
      removeRun: (id) => set((s) => ({ run: { ...s.run, runs: s.run.runs.filter((r) => r.id !== id) } })),
      selectRun: nothing,
      selectScore: nothing,
      selectSignal: () => {},
      setThreshold: () => {},
      stepThreshold: () => {},
      openCell: nothing,
      closeCell: () => {},
      openEvent: nothing,
      imageClasses: async () => null,
      leakage: async () => null,
      price: async () => null,
      ranked: async () => null,
      copies: async () => null,
      traverse: async () => null,
      closeEvent: () => {},
      replay: nothing,
      fetchCurves: nothing,
      copyLink: async () => 'http://localhost:4173/#s=q1YqSyzKTFSyUlAqLU4tUrJSKi1OLQIA',
      studyFile: async () => JSON.stringify(studyOf(get().session), null, 2),
      resultsFile: async () => '{}',
      scoresFile: async () => null,
      flaggedFile: async () => null,
      reportFile: async () => null,
      renameClass: async () => true,
      dismiss: (id) => set((s) => ({ run: { ...s.run, problems: s.run.problems.filter((p) => p.id !== id) } })),
    } satisfies Actions;
  });
  store.setState({ session, run: runAt(moment, events) });
  return store;
}

function runAt(moment: Moment, events: number): Run {
  if (moment === 'empty') return initialRun;
  const picturePart = colliderEvents.generate({ ...defaultParams(colliderEvents.params), signalShare: 0.5 }, 2, 20_000);
  const shelf: Run = {
    ...initialRun,
    compute,
    shelf: [sampleSpec()],
    pictures: { [colliderEvents.id]: pictureOf(picturePart) },
    models,
    scores,
  };
  if (moment === 'shelf') return shelf;
  if (moment === 'files') return { ...shelf, files: files(), problems: [{ id: 1, problem: truncated }] };
  if (moment === 'loading') return { ...shelf, loading: { done: 0.42, message: '21000 of 50000 synthetic events' } };
  const part = colliderEvents.generate(defaultParams(colliderEvents.params), 1, events);
  const loaded: Run = { ...shelf, data: summaryOf(part), columns: columnsOf(part), preview };
  if (moment === 'loaded') return loaded;
  const first = [1, 2].map((seed) =>
    runSummary(`run-${seed}`, 'dense-autoencoder', 'Dense autoencoder', '40mhz-dnn', seed, false),
  );
  if (moment === 'training') {
    const request = { id: 'run-2', model: 'dense-autoencoder', preset: '40mhz-dnn', seed: 2 };
    const progress = {
      stage: 0,
      stages: 1,
      stageName: 'reconstruction',
      epoch: 14,
      epochs: 50,
      share: 0.4,
      eventsPerSecond: 412_000,
      secondsLeft: 38.2,
      history: history(13, 2),
    };
    return {
      ...loaded,
      runs: first.slice(0, 1),
      training: { request, progress, paused: false, beside: [{ request, progress }] },
      queue: [
        { id: 'run-3', model: 'dense-autoencoder', preset: '40mhz-dnn', seed: 3 },
        { id: 'run-4', model: 'pca', preset: 'two-components', seed: 1 },
        { id: 'run-5', model: 'feature-cut', preset: 'met', seed: 1 },
        { id: 'run-6', model: 'feature-cut', preset: 'ht', seed: 1 },
      ],
    };
  }
  return {
    ...loaded,
    runs: [
      ...first,
      runSummary('run-4', 'pca', 'PCA', 'two-components', 1, true),
      runSummary('run-5', 'feature-cut', 'Feature cut', 'met', 1, true),
    ],
  };
}

// ---- data --------------------------------------------------------------------------------------------------------------

function sampleSpec(): SampleSpec {
  const { generate: _, ...spec } = colliderEvents;
  return spec;
}

/** Leading-jet pT per class, each of unit area. */
function pictureOf(part: Part): ShelfPicture {
  const column = part.features.findIndex((f) => f.name === 'jet 1 pT');
  const edges = Array.from({ length: 41 }, (_, i) => 20 + i * 5);
  const counts = binned(part, column, edges);
  return {
    title: 'jet 1 pT',
    unit: 'GeV',
    edges,
    classes: part.classes.map(({ name, role }, k) => {
      const total = (counts[k] ?? []).reduce((a, b) => a + b, 0) || 1;
      return { name, role, density: (counts[k] ?? []).map((n) => n / total) };
    }),
  };
}

function binned(part: Part, column: number, edges: readonly number[]): number[][] {
  const width = part.features.length;
  const bins = edges.length - 1;
  const [low, high] = [edges[0] as number, edges[bins] as number];
  const counts = part.classes.map(() => new Array<number>(bins).fill(0));
  for (let row = 0; row < part.rows; row++) {
    if (!exists(part, row, column)) continue;
    const value = part.values[row * width + column] as number;
    const bin = value === high ? bins - 1 : Math.floor(((value - low) / (high - low)) * bins);
    const own = counts[part.label[row] as number] as number[];
    if (bin >= 0 && bin < bins) own[bin] = (own[bin] as number) + 1;
  }
  return counts;
}

function exists(part: Part, row: number, column: number): boolean {
  const width = part.features.length;
  const slot = part.features[column]?.slot ?? 0;
  return (part.values[row * width + 3 * slot] as number) > 0;
}

function columnsOf(part: Part): ColumnSummary[] {
  const width = part.features.length;
  return part.features.map((feature, column) => {
    let [n, sum, squares, min, max] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let row = 0; row < part.rows; row++) {
      if (!exists(part, row, column)) continue;
      const value = part.values[row * width + column] as number;
      n++;
      sum += value;
      squares += value * value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    const mean = sum / n;
    const constant = max === min;
    const edges = Array.from({ length: 41 }, (_, i) => min + ((constant ? 1 : max - min) * i) / 40);
    return {
      feature,
      min: n ? min : Number.NaN,
      max: n ? max : Number.NaN,
      mean,
      deviation: Math.sqrt(Math.max(0, squares / n - mean * mean)),
      missing: 0,
      padding: 1 - n / part.rows,
      constant,
      zeros: 0,
      sentinels: [],
      under: part.classes.map(() => 0),
      over: part.classes.map(() => 0),
      edges,
      counts: binned(part, column, edges),
    };
  });
}

function summaryOf(part: Part): DataSummary {
  const rows = part.classes.map((_, k) => part.label.reduce((n, label) => n + Number(label === k), 0));
  const background = rows[0] ?? 0;
  const share = (of: number, part_: number) => Math.round(of * part_);
  return {
    generation: 1,
    name: 'collider-events',
    kind: 'objects',
    synthetic: true,
    rows: part.rows,
    shape: part.shape,
    features: part.features,
    objectTypes: part.objectTypes,
    classes: part.classes.map((c: EventClass, k) => ({ ...c, rows: rows[k] ?? 0 })),
    origins: [{ name: 'collider-events', words: part.words, start: 0, end: part.rows, synthetic: true }],
    remarks: part.remarks,
    preprocessing: [],
    lumisections: {},
    bytes: 0,
    spectators: ['process'],
    timed: false,
    split: {
      training: share(background, 0.72),
      trainingSignal: 0,
      validation: rows.map((n, k) => share(n, k === 0 ? 0.08 : 0.2857)),
      test: rows.map((n, k) => share(n, k === 0 ? 0.2 : 0.7143)),
      words: 'background at random: 72 % training, 8 % validation, 20 % test; signal: validation and test only; seed 1',
      spec: initialSession.split,
    },
  };
}

const truncated = {
  where: 'leptoquark.h5, dataset "Particles"',
  expected: '340 544 rows of 19 x 4 numbers, 103 525 376 bytes',
  found: 'a file that ends after 61 341 696 bytes',
  fix: 'Download the file again; the copy is incomplete',
  details: 'h5wasm: H5Dread failed, addr overflow',
};

function files(): Run['files'] {
  const report = (file: number, name: string, size: number, rows: number, role: EventClass['role'], className: string) => ({
    report: {
      file,
      name,
      size,
      format: 'hdf5',
      layout: 'adc2021',
      words: 'ADC2021 particle table, 19 x 4, MET first',
      kind: 'objects' as const,
      rows,
      role: { name: className, role },
    } satisfies FileReport,
    choice: { file, role, name: className },
  });
  return [
    report(1, 'background_for_training.h5', 1_214_889_000, 4_000_000, 'background', 'background'),
    report(2, 'Ato4l_lepFilter_13TeV_filtered.h5', 17_003_520, 55_969, 'signal', 'A to 4l'),
    {
      report: { file: 3, name: 'leptoquark.h5', size: 61_341_696, format: 'hdf5', problem: truncated },
      choice: { file: 3, role: 'signal', name: 'leptoquark' },
    },
    {
      report: {
        file: 4,
        name: 'features.csv',
        size: 2_204_131,
        format: 'csv',
        layout: 'columns',
        words: 'CSV with a header, 14 number columns, class column "label"',
        kind: 'table',
        rows: 12_000,
        role: { name: 'features', role: 'background' },
        columns: ['mjj', 'tau21', 'label'],
        label: 'label',
      },
      choice: { file: 4, role: 'background', name: 'features', label: 'label', normalClass: '0' },
    },
  ];
}

// ---- compute and models ------------------------------------------------------------------------------------------------

const compute: ComputeReport = {
  backend: 'wasm',
  reason: 'WebGPU is a software adapter here, which is slower than WASM with two threads',
  chosen: false,
  threads: 2,
  verdicts: [
    { name: 'webgpu', state: 'usable', detail: 'SwiftShader, software', software: true, stepMs: 48.3 },
    { name: 'webgl', state: 'wrong', detail: 'float16 textures: largest error 0.03', software: true, stepMs: Number.NaN },
    { name: 'wasm', state: 'usable', detail: 'SIMD, 2 threads', software: false, stepMs: 2.41 },
    { name: 'cpu', state: 'untested', detail: 'not needed', software: false, stepMs: Number.NaN },
  ],
};

const denseParams = {
  hidden: {
    kind: 'integers',
    label: 'Encoder widths',
    help: 'Hidden layers from the input to the latent layer.',
    default: [32, 16],
    min: 1,
    max: 4096,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Numbers that an event is squeezed into. Fewer make a harder task and usually a better anomaly detector.',
    default: 3,
    min: 1,
    max: 1024,
    integer: true,
  },
  activation: {
    kind: 'choice',
    label: 'Activation',
    help: 'After each hidden layer.',
    default: 'leaky-relu',
    options: [
      { value: 'leaky-relu', label: 'leaky ReLU' },
      { value: 'relu', label: 'ReLU' },
      { value: 'tanh', label: 'tanh' },
    ],
  },
  batchNorm: {
    kind: 'switch',
    label: 'Batch normalisation',
    help: 'Between each hidden layer and its activation.',
    default: true,
  },
  maskedLoss: {
    kind: 'switch',
    label: 'Mask padding',
    help: 'Empty slots and missing values do not count in the loss.',
    default: true,
  },
  learningRate: {
    kind: 'number',
    label: 'Learning rate',
    help: 'Step size of Adam. Too large and the loss jumps or turns NaN; too small and it hardly moves.',
    default: 1e-3,
    min: 1e-8,
    max: 1,
    log: true,
  },
  batchSize: {
    kind: 'number',
    label: 'Batch size',
    help: 'Events per step.',
    default: 1024,
    min: 1,
    max: 1_048_576,
    integer: true,
    log: true,
  },
  epochs: {
    kind: 'number',
    label: 'Epochs',
    help: 'Passes over the training events, at most.',
    default: 50,
    min: 1,
    max: 10_000,
    integer: true,
  },
  patience: {
    kind: 'number',
    label: 'Early stop after',
    help: 'Stops after this many epochs without a better validation loss; 0 never stops early.',
    unit: 'epochs',
    default: 10,
    min: 0,
    max: 10_000,
    integer: true,
  },
  schedule: {
    kind: 'choice',
    label: 'Learning-rate schedule',
    help: 'On a plateau of the validation loss, along half a cosine, or not at all.',
    default: 'reduce-on-plateau',
    options: [
      { value: 'constant', label: 'constant' },
      { value: 'reduce-on-plateau', label: 'reduce on plateau' },
    ],
    advanced: true,
  },
  leakySlope: {
    kind: 'number',
    label: 'Slope of leaky ReLU',
    help: 'Slope for negative inputs.',
    default: 0.3,
    min: 0,
    max: 1,
    advanced: true,
  },
} satisfies ParamSpecs;

const models: readonly ModelSpec[] = [
  {
    id: 'dense-autoencoder',
    name: 'Dense autoencoder',
    family: 'Autoencoders',
    paper: {
      text: 'E. Govorkova et al., "Autoencoders on FPGAs for real-time, unsupervised new physics detection at 40 MHz", Nature Mach. Intell. 4 (2022) 154',
      url: 'https://arxiv.org/abs/2108.03986',
    },
    summary: 'Squeezes an event into a few numbers and restores it; what it restores badly is anomalous',
    cost: 'Seconds for 50 000 events; a few thousand weights',
    recommended: 1,
    baseline: false,
    accepts: ['objects', 'table', 'histograms'],
    trainsOn: 'background',
    presets: {
      '40mhz-dnn': {
        name: '40 MHz trigger, DNN',
        origin:
          'Govorkova et al., arXiv 2108.03986: bounded outputs and a masked loss; the plain AE variant is inferred from the VAE code',
        params: {},
      },
      'hackathon-42': { name: 'Hackathon, 42 inputs', origin: 'QCD School 2024 notebook by T. Aarrestad', params: {} },
    },
    params: denseParams,
    outputs: ['reconstruction', 'latent'],
    defaultScore: 'mse-masked',
    suggestedPreset: '40mhz-dnn',
    usable: true,
    scores: ['mse-masked', 'mse'],
    baselinePresets: [],
  },
  {
    id: 'pca',
    name: 'PCA',
    family: 'Linear',
    paper: { text: 'K. Pearson, Phil. Mag. 2 (1901) 559' },
    summary: 'Restores an event from its leading principal components; the residual is the score',
    cost: 'Under a second; closed form',
    recommended: 2,
    baseline: true,
    accepts: ['objects', 'table', 'images', 'histograms'],
    trainsOn: 'background',
    presets: { 'two-components': { name: 'Two components', origin: 'AutoDQM and PixelAE use two to three', params: {} } },
    params: {
      components: {
        kind: 'number',
        label: 'Components',
        help: 'Principal components that are kept.',
        default: 2,
        min: 1,
        max: 512,
        integer: true,
      },
    },
    outputs: ['reconstruction', 'latent'],
    defaultScore: 'mse',
    suggestedPreset: 'two-components',
    usable: true,
    scores: ['mse'],
    baselinePresets: ['two-components'],
  },
  {
    id: 'feature-cut',
    name: 'Feature cut',
    family: 'Cuts',
    paper: { text: 'Ours; the simplest trigger there is' },
    summary: 'One physics number decides: HT, MET, multiplicity or the leading pT',
    cost: 'Nothing to train',
    baseline: true,
    accepts: ['objects', 'table', 'images', 'histograms'],
    trainsOn: 'nothing',
    presets: {
      met: { name: 'MET', origin: 'Size of the missing transverse momentum', params: {} },
      ht: { name: 'HT', origin: 'Scalar sum of jet pT', params: {} },
    },
    params: {},
    outputs: ['feature'],
    defaultScore: 'feature',
    suggestedPreset: 'met',
    usable: true,
    scores: ['feature'],
    baselinePresets: ['met', 'ht'],
  },
  {
    id: 'image-autoencoder',
    name: 'Image autoencoder',
    family: 'Autoencoders',
    paper: {
      text: 'T. Heimel et al., "QCD or What?", SciPost Phys. 6 (2019) 030',
      url: 'https://doi.org/10.21468/SciPostPhys.6.3.030',
    },
    summary: 'Convolutions squeeze an image and restore it',
    cost: 'Minutes on WebGPU',
    baseline: false,
    accepts: ['images'],
    trainsOn: 'background',
    presets: {},
    params: {},
    outputs: ['reconstruction', 'latent'],
    defaultScore: 'mse',
    suggestedPreset: '',
    usable: false,
    scores: ['mse'],
    baselinePresets: [],
  },
];

const scores: readonly ScoreSpec[] = [];

const preview: ModelPreview = {
  layers: [
    { network: 'encoder', name: 'dense_1', type: 'Dense', shape: [32], parameters: 1856, trainable: 1856 },
    { network: 'encoder', name: 'batch_norm_1', type: 'BatchNorm', shape: [32], parameters: 128, trainable: 64 },
    { network: 'encoder', name: 'leaky_relu_1', type: 'LeakyReLU', shape: [32], parameters: 0, trainable: 0 },
    { network: 'encoder', name: 'dense_2', type: 'Dense', shape: [16], parameters: 528, trainable: 528 },
    { network: 'encoder', name: 'batch_norm_2', type: 'BatchNorm', shape: [16], parameters: 64, trainable: 32 },
    { network: 'encoder', name: 'leaky_relu_2', type: 'LeakyReLU', shape: [16], parameters: 0, trainable: 0 },
    { network: 'encoder', name: 'dense_3', type: 'Dense', shape: [3], parameters: 51, trainable: 51 },
    { network: 'decoder', name: 'dense_1', type: 'Dense', shape: [16], parameters: 64, trainable: 64 },
    { network: 'decoder', name: 'batch_norm_1', type: 'BatchNorm', shape: [16], parameters: 64, trainable: 32 },
    { network: 'decoder', name: 'leaky_relu_1', type: 'LeakyReLU', shape: [16], parameters: 0, trainable: 0 },
    { network: 'decoder', name: 'dense_2', type: 'Dense', shape: [32], parameters: 544, trainable: 544 },
    { network: 'decoder', name: 'batch_norm_2', type: 'BatchNorm', shape: [32], parameters: 128, trainable: 64 },
    { network: 'decoder', name: 'leaky_relu_2', type: 'LeakyReLU', shape: [32], parameters: 0, trainable: 0 },
    { network: 'decoder', name: 'dense_3', type: 'Dense', shape: [57], parameters: 1881, trainable: 1881 },
    { network: 'decoder', name: 'heads', type: 'PhysicalHeads', shape: [57], parameters: 0, trainable: 0 },
  ],
  parameters: 5308,
  trainable: 5116,
  scaling: 'pT divided by the mean of all non-zero pT of training background (41.3 GeV), eta / 4, phi / π',
  remarks: ['phi enters as a linear number: −π and π are the same direction, but not for this model'],
};

function history(epochs: number, seed: number): EpochRecord[] {
  const cursor = new Cursor(seed, 'initialise');
  return Array.from({ length: epochs }, (_, i) => {
    cursor.moveTo(i);
    const loss = 0.31 + 0.9 / (1 + i) + 0.01 * cursor.uniform();
    return { stage: 0, epoch: i + 1, loss, validationLoss: loss * 0.97 + 0.012 * cursor.uniform(), learningRate: 1e-3 };
  });
}

function runSummary(id: string, model: string, modelName: string, preset: string, seed: number, baseline: boolean): RunSummary {
  const records = history(38, seed);
  const training: TrainingSummary = {
    history: records,
    bestEpoch: [28],
    epochs: 38,
    seconds: 3.41,
    eventsPerSecond: 401_000,
    finalLoss: records.at(-1)?.loss ?? 0,
    validationLoss: records[27]?.validationLoss ?? 0,
    ended: 'early-stop',
  };
  const auc = baseline ? 0.71 : 0.88;
  const results = ['A to 4l', 'LQ to b tau', 'h0 to tau tau', 'h+ to tau nu'].map(
    (signal, i): RunResult => ({
      model,
      preset,
      seed,
      score: 'mse-masked',
      signal,
      parameters: 5308,
      auc: auc - 0.043 * i + 0.004 * seed,
      aucError: 0.006 + 0.001 * i,
      averagePrecision: 0.31,
      fprAt40: 0.05,
      tprAtFpr: { '1e-1': 0.71, '1e-2': 0.4, '1e-3': 0.12, '1e-4': null, '1e-5': null },
      floor: 1e-3,
      maxSic: 4.2,
      bestF1: null,
      signalEvents: 357,
      backgroundEvents: 9900,
      trainSeconds: 3.41,
      eventsPerSecond: 401_000,
      epochs: 38,
      finalLoss: training.finalLoss,
      validationLoss: training.validationLoss,
      backend: 'wasm',
    }),
  );
  return {
    id,
    generation: 1,
    model,
    modelName,
    preset,
    params: {},
    seed,
    baseline,
    seesLabels: false,
    parameters: 5308,
    trainable: 5116,
    layers: preview.layers,
    scaling: preview.scaling,
    training: baseline ? null : training,
    seconds: baseline ? 0.21 : 3.41,
    backend: 'wasm',
    scores: ['mse-masked'],
    defaultScore: 'mse-masked',
    hasLatent: !baseline,
    hasReconstruction: !baseline,
    results,
    warnings: [],
  };
}

function studyOf({ data, split, draft }: Session) {
  return {
    version: 1,
    data: data && 'sample' in data ? { sample: data.sample, events: data.events, seed: data.seed } : {},
    split,
    models: [{ id: draft.model, preset: draft.preset, seeds: draft.seeds }, { id: 'pca' }],
  };
}
