/**
 * The sample `collider-events`: synthetic proton collisions in the shape of the ADC2021 challenge (19 objects with pT, eta, phi),
 * a Standard Model mixture and four signals, all after the lepton cut. The physics is in `event/`; this file chooses the class
 * of each event and repeats it until the cut is passed. What it is good for, and not: `docs/samples.md`.
 */
import type { EventClass, OnProgress } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import { checkParams, type ParamSpecs, type Params } from '../../base/params.ts';
import { Cursor } from '../../numeric/random.ts';
import { adcObjectTypes, objectFeatures } from '../objects.ts';
import type { Sample } from './contract.ts';
import { Detector } from './event/detector.ts';
import { Processes } from './event/processes.ts';
import { Truth } from './event/truth.ts';

const classes: readonly EventClass[] = [
  { name: 'background', role: 'background' },
  { name: 'A to 4l', role: 'signal' },
  { name: 'LQ to b tau', role: 'signal' },
  { name: 'h0 to tau tau', role: 'signal' },
  { name: 'h+ to tau nu', role: 'signal' },
];

/**
 * Background processes after the lepton cut, with the code that the spectator `process` holds (0 is a signal). Fractions as
 * quoted for ADC2021 (E. Govorkova et al., arXiv 2107.02157).
 */
const backgrounds = [
  { code: 1, process: 'W', share: 0.592 },
  { code: 2, process: 'QCD', share: 0.338 },
  { code: 3, process: 'Z', share: 0.067 },
  { code: 4, process: 'tt', share: 0.003 },
] as const;

const signals = ['A', 'LQ', 'h0', 'hCharged'] as const;

/** Expected pairs of pile-up jets above 10 GeV in an event. */
const pileUpPairs = 1.5;

/** An event that has not passed after so many attempts means that the generator is broken: the rarest signal passes once in about 30. */
const attemptLimit = 1_000_000;

const progressEvery = 5000;

const params = {
  signalShare: {
    kind: 'number',
    label: 'Signal share',
    help: 'Share of signal events, split evenly between the four signals; the rest is background.',
    default: 0.2,
    min: 0,
    max: 0.8,
  },
  pileUp: {
    kind: 'switch',
    label: 'Pile-up',
    help: 'Adds jets from other collisions in the same crossing and a wider soft term in MET.',
    default: true,
  },
  massA: {
    kind: 'number',
    label: 'Mass of A',
    help: 'Mass of the neutral boson that decays to four leptons.',
    unit: 'GeV',
    default: 50,
    min: 30,
    max: 200,
    advanced: true,
  },
  massLQ: {
    kind: 'number',
    label: 'Mass of LQ',
    help: 'Mass of the leptoquark that decays to a b quark and a tau.',
    unit: 'GeV',
    default: 80,
    min: 50,
    max: 400,
    advanced: true,
  },
  massH0: {
    kind: 'number',
    label: 'Mass of h0',
    help: 'Mass of the neutral scalar that decays to two taus.',
    unit: 'GeV',
    default: 60,
    min: 40,
    max: 400,
    advanced: true,
  },
  massHCharged: {
    kind: 'number',
    label: 'Mass of h+',
    help: 'Mass of the charged scalar that decays to a tau and a neutrino.',
    unit: 'GeV',
    default: 60,
    min: 40,
    max: 400,
    advanced: true,
  },
} satisfies ParamSpecs;

const features = objectFeatures(adcObjectTypes);

function generate(given: Params, seed: number, events: number, onProgress?: OnProgress) {
  const checked = checkParams(params, given, 'sample "collider-events"');
  const signalShare = checked.signalShare as number;
  const pileUp = checked.pileUp as boolean;
  const cursor = new Cursor(seed, 'sample');
  const truth = new Truth();
  const processes = new Processes(cursor, truth, {
    A: checked.massA as number,
    LQ: checked.massLQ as number,
    h0: checked.massH0 as number,
    hCharged: checked.massHCharged as number,
  });
  const detector = new Detector(cursor, pileUp);
  const width = features.length;
  const values = new Float32Array(events * width);
  const label = new Uint8Array(events);
  const process = new Float64Array(events);
  for (let i = 0; i < events; i++) {
    cursor.moveTo(i);
    const choice = chooseClass(cursor.uniform(), cursor.uniform(), signalShare);
    label[i] = choice.label;
    process[i] = choice.code;
    let attempts = 0;
    do {
      if (++attempts > attemptLimit)
        throw new Error(`collider-events: event ${i} (${choice.process}) never passes the lepton cut`);
      truth.clear();
      processes[choice.process]();
    } while (!detector.measureLeptons(truth));
    if (pileUp) processes.pileUp(pileUpPairs);
    detector.measureRest(truth);
    detector.write(values, i * width);
    const done = i + 1;
    if (onProgress && (done % progressEvery === 0 || done === events))
      onProgress({ done: done / events, message: `${countText(done)} of ${countText(events)} synthetic events` });
  }
  const mixture = backgrounds.map(({ process: name, share }) => `${name} ${(100 * share).toFixed(1)} %`).join(', ');
  const { massA, massLQ, massH0, massHCharged } = checked;
  return {
    kind: 'objects' as const,
    rows: events,
    shape: [adcObjectTypes.length, 3],
    features,
    objectTypes: adcObjectTypes,
    values,
    classes,
    label,
    spectators: { process },
    words: `synthetic collider events, 19 x 3, MET first: ${countOf(events, 'event')}, seed ${seed}`,
    remarks: [
      'Synthetic: made by a generator, not by an experiment and not by a full simulation',
      `Background: ${mixture}, after the lepton cut; spectator "process": 1 W, 2 QCD, 3 Z, 4 tt, 0 signal`,
      `Signal masses: A ${massA} GeV, LQ ${massLQ} GeV, h0 ${massH0} GeV, h+ ${massHCharged} GeV`,
    ],
  };
}

/**
 * @param first decides between background and signal, second which one; both uniform in [0, 1)
 */
function chooseClass(first: number, second: number, signalShare: number) {
  if (first < signalShare) {
    const which = Math.floor(second * signals.length);
    return { label: 1 + which, code: 0, process: signals[which] as (typeof signals)[number] };
  }
  let rest = second;
  for (const { code, process, share } of backgrounds) {
    rest -= share;
    if (rest < 0) return { label: 0, code, process };
  }
  return { label: 0, code: backgrounds[0].code, process: backgrounds[0].process };
}

export default {
  id: 'collider-events',
  name: 'Collider events',
  kind: 'objects',
  summary: 'W, Z, QCD and top events with a lepton above 23 GeV, and four light new resonances (synthetic, ADC2021 shape)',
  lesson:
    'How an autoencoder trained on background alone ranks signals that it has never seen, and how much a cut on MET or HT already does',
  paper: {
    text: 'After the ADC2021 data: E. Govorkova et al., "LHC physics dataset for unsupervised New Physics detection at 40 MHz", Sci. Data 9 (2022) 118',
    url: 'https://arxiv.org/abs/2107.02157',
  },
  classes,
  params,
  defaultEvents: 50_000,
  maxEvents: 2_000_000,
  generate,
} satisfies Sample;
