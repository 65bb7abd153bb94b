/** Seeded results for plots and for views without a worker: a ranking, a latent space, losses, curves, one event, one column. */
import type { EventClass } from '../base/kinds.ts';
import { adcObjectTypes, objectFeatures } from '../data/objects.ts';
import { type Ranking, rank } from '../metrics/ranking.ts';
import { exp } from '../numeric/elementary.ts';
import { Cursor } from '../numeric/random.ts';
import { efficiencyCurve } from '../plots/curve-points.ts';
import type { BinSpreads, EventNumbers, LatentPoints, Parts, RunCurve, TrendPoints } from '../plots/parts.ts';

export const classes: readonly EventClass[] = [
  { name: 'background', role: 'background' },
  { name: 'A to 4l', role: 'signal' },
  { name: 'LQ to b tau', role: 'signal' },
  { name: 'data', role: 'unlabelled' },
];

/** How far each class is moved to higher scores. */
const shift = [0, 1.7, 0.8, 0.1];

export interface ScoredEvents {
  score: Float64Array;
  label: Uint8Array;
}

/** Log-normal scores, as reconstruction errors are. */
export function scoredEvents(perClass: readonly number[], seed = 1, quality = 1): ScoredEvents {
  const rows = perClass.reduce((sum, count) => sum + count, 0);
  const score = new Float64Array(rows);
  const label = new Uint8Array(rows);
  const cursor = new Cursor(seed, 'sample', 90);
  let row = 0;
  perClass.forEach((count, index) => {
    for (let i = 0; i < count; i++, row++) {
      cursor.moveTo(row);
      score[row] = 0.4 * exp(0.75 * cursor.normal() + quality * (shift[index] ?? 0));
      label[row] = index;
    }
  });
  return { score, label };
}

export function rankingOf({ score, label }: ScoredEvents): Ranking {
  return rank(score, label, classes.length);
}

export function latentOf({ score, label }: ScoredEvents, dimensions = 3, seed = 1): LatentPoints {
  const points = new Float32Array(score.length * dimensions);
  const cursor = new Cursor(seed, 'sample', 91);
  for (let row = 0; row < score.length; row++) {
    cursor.moveTo(row);
    for (let axis = 0; axis < dimensions; axis++) {
      const pull = (label[row] as number) * (axis === 1 ? -0.9 : 1.1);
      points[row * dimensions + axis] = cursor.normal() * (1 + 0.15 * Math.sqrt(score[row] as number)) + pull;
    }
  }
  return {
    label,
    score,
    points,
    dimensions,
    axes: Array.from({ length: dimensions }, (_, i) => `latent ${i + 1}`),
    words: `all ${dimensions} latent numbers`,
  };
}

export function eventOf(seed = 1, className = 'A to 4l'): EventNumbers {
  const features = objectFeatures(adcObjectTypes);
  const cursor = new Cursor(seed, 'sample', 92);
  const present = new Set([0, 1, 2, 5, 6, 9, 10, 11, 12]);
  const mask = features.map(({ slot, name }) => (present.has(slot ?? 0) && name !== 'MET eta' ? 1 : 0));
  const input = features.map(({ quantity, slot }, i) => {
    if (mask[i] === 0) return 0;
    if (quantity === 'pT') return 12 + cursor.exponential(40) + (slot === 9 ? 60 : 0);
    return quantity === 'eta' ? 1.2 * cursor.normal() : (cursor.uniform() * 2 - 1) * Math.PI;
  });
  const reconstruction = input.map((value, i) => {
    if (mask[i] === 0) return 0;
    const { quantity } = features[i] as (typeof features)[number];
    return quantity === 'pT' ? value * 0.72 + 6 * cursor.normal() : value * 0.8 + 0.3 * cursor.normal();
  });
  const errors = input.map((value, i) => {
    const width = features[i]?.quantity === 'pT' ? 30 : 1.4;
    return mask[i] === 0 ? 0 : ((value - (reconstruction[i] as number)) / width) ** 2;
  });
  const spread = { of: features.map(({ quantity }) => (quantity === 'pT' ? 0.25 : 0.4)), events: 2000 };
  return { className, features, objectTypes: adcObjectTypes, input, reconstruction, mask, errors, spread };
}

export function curveOf(name: string, seed: number, quality: number, order = 0): RunCurve {
  const { points } = efficiencyCurve(rankingOf(scoredEvents([8000, 800, 0, 0], seed, quality)), classes, 1);
  return {
    key: `${name} ${seed}/masked-mse/A to 4l`,
    group: `${name}/masked-mse/A to 4l`,
    name,
    seed,
    fpr: Float64Array.from([0, ...points.map(({ fpr }) => fpr)]),
    tpr: Float64Array.from([0, ...points.map(({ tpr }) => tpr)]),
    highlighted: false,
    order,
  };
}

/** Three runs of 40 lumisections, the end of the second one bad. */
export function trendOf(seed = 1): TrendPoints {
  const lumisections = 40;
  const total = 3 * lumisections;
  const cursor = new Cursor(seed, 'sample', 93);
  const places = Array.from({ length: total }, (_, place) => place);
  const isBad = (place: number) => place >= 66 && place < 80;
  const score = Float64Array.from(places, (place) => {
    cursor.moveTo(place);
    return exp(0.3 * cursor.normal() + (isBad(place) ? 2 : 0));
  });
  const mean = (members: readonly number[]) =>
    members.length === 0
      ? null
      : {
          lumisections: members.length,
          mean: members.reduce((s, i) => s + (score[i] as number), 0) / members.length,
          deviation: 0.3,
          error: 0.08,
        };
  return {
    total,
    left: 0,
    place: Uint32Array.from(places),
    row: Uint32Array.from(places),
    run: Float64Array.from(places, (place) => 900_001 + Math.floor(place / lumisections)),
    lumisection: Float64Array.from(places, (place) => 1 + (place % lumisections)),
    score,
    label: Uint8Array.from(places, (place) => (isBad(place) ? 1 : 0)),
    neighbours: 1,
    runs: [0, 1, 2].map((k) => {
      const members = places.slice(k * lumisections, (k + 1) * lumisections);
      return {
        run: 900_001 + k,
        first: k * lumisections,
        last: (k + 1) * lumisections - 1,
        good: mean(members.filter((place) => !isBad(place))),
        bad: mean(members.filter(isBad)),
      };
    }),
    usual: { lumisections: 400, mean: 1.05, deviation: 0.32, runs: { count: 6, mean: 1.04, deviation: 0.06 } },
    bad: [{ run: 900_002, first: 66, last: 79, from: 27, to: 40 }],
    noData: { place: Float64Array.of(9.5), count: Uint32Array.of(3) },
    at: { place: 70, run: 900_002, lumisection: 31, score: score[70] as number },
  };
}

/** Falling spectra of twelve bins, the bad one moved to the right; the last bin of good ones does not spread. */
export function binSpreadOf(): BinSpreads {
  const bins = 12;
  const spectrum = (peak: number) => Float64Array.from({ length: bins }, (_, i) => 0.2 * exp(-((i - peak) ** 2) / 12));
  const side = (label: number, role: 'background' | 'signal', peak: number) => ({
    label,
    name: classes[label]?.name ?? '',
    role,
    lumisections: 400,
    empty: 3,
    mean: spectrum(peak),
    deviation: Float64Array.from({ length: bins }, (_, i) => (i === bins - 1 ? 0 : 0.01)),
  });
  return {
    bins,
    sides: [side(0, 'background', 4), side(1, 'signal', 6), side(2, 'signal', 5)],
    axis: { name: 'charge', low: 0, high: 60_000, unit: 'e' },
  };
}

/** Everything that any plot may need. */
export function allParts(): Parts {
  const events = scoredEvents([6000, 500, 300, 200]);
  const test = rankingOf(events);
  return {
    provenance: { source: 'synthetic', sample: 'test, 7000 events' },
    classes,
    signal: 1,
    score: { name: 'masked mean squared error', formula: 'mean over existing numbers of (x − x̂)²', unit: '' },
    test,
    validation: rankingOf(scoredEvents([2500, 200, 120, 0], 2)),
    threshold: 2.5,
    latent: latentOf(events),
    training: {
      epochs: Array.from({ length: 12 }, (_, i) => ({
        stage: 0,
        epoch: i + 1,
        loss: 0.9 * exp(-0.3 * i) + 0.08,
        validationLoss: 0.85 * exp(-0.3 * i) + 0.1 + 0.002 * i,
      })),
      bestEpoch: [10],
      lossName: 'Mean squared error over existing numbers',
    },
    curves: [
      curveOf('dense autoencoder', 1, 1),
      curveOf('dense autoencoder', 2, 0.92),
      curveOf('dense autoencoder', 3, 1.08),
      curveOf('PCA', 1, 0.6, 1),
    ],
    backgroundEvents: 8000,
    event: eventOf(),
    copy: { name: 'shifted', original: eventOf(1, 'background'), changed: eventOf(2, 'background') },
    sweep: {
      name: 'AnomalyCLR: representation width d',
      variable: 'Representation width d',
      points: [8, 16, 32].map((value) => ({ label: String(value), value })),
      series: ['A to 4l', 'h0 to tau tau'].map((signal, k) => ({
        signal,
        // the last point has no finished run yet
        results: [0, 1, 2].map((point) =>
          [1, 2, 3].slice(0, point === 2 ? 0 : 3).map((seed) => ({
            seed,
            auc: 0.8 - 0.1 * k + 0.04 * point + 0.01 * (seed - 2),
            aucError: 0.004,
            signalEvents: 400,
            backgroundEvents: 8000,
            tprAtFpr: { '1e-1': 0.5, '1e-2': 0.12 + 0.01 * seed, '1e-3': 0.02, '1e-4': null, '1e-5': null },
            maxSic: 1.9 + 0.1 * seed,
          })),
        ),
      })),
    },
    trend: trendOf(),
    binSpread: binSpreadOf(),
    correlation: {
      names: ['mjj', 'tau21 of jet 1', 'constant'],
      matrix: [
        [1, -0.4, Number.NaN],
        [-0.4, 1, Number.NaN],
        [Number.NaN, Number.NaN, 1],
      ],
    },
    column: {
      feature: { name: 'jet 1 pT', unit: 'GeV', quantity: 'pT', slot: 9 },
      edges: Array.from({ length: 21 }, (_, i) => i * 10),
      counts: classes.map((_, label) =>
        Array.from({ length: 20 }, (__, bin) => Math.round(400 * exp(-((bin - label * 3) ** 2) / 30))),
      ),
    },
  };
}
