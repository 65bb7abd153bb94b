import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { betaCdf, betaInv, chi2Inv } from '../numeric/special.ts';
import { type SampleRecipe, sample, toy } from '../testing/metric-samples.ts';
import { delong, delongPair, hanleyMcNeil } from './auc-error.ts';
import { clopperPearson, garwood } from './intervals.ts';
import { averagePrecision, bestF1, bestGMean, precision } from './precision-recall.ts';
import { flaggedAt, type Ranking, rank, totalOf } from './ranking.ts';
import { auc, pointAtTpr, rocCurve, tprAtFpr } from './roc.ts';
import { maxSic } from './sic.ts';

type Table = number[][];
interface Described {
  auc: number;
  averagePrecision: number;
  points: number;
  roc: Table;
  precisionRecall: Table;
  bestF1: number;
  bestGMean: number;
  tprAtFpr: Table;
  fprAtTpr: Table;
  maxSic: number | null;
  hanleyMcNeil: number;
  delong: number;
  varV10: number;
  varV01: number;
}
interface Pair {
  a: SampleRecipe;
  b: SampleRecipe;
  aucA: number;
  aucB: number;
  covariance: number;
  z: number;
  pValue: number;
}
const reference = JSON.parse(readFileSync(new URL('./metrics.reference.json', import.meta.url), 'utf8')) as {
  toy: Described;
  samples: (Described & { sample: SampleRecipe })[];
  pairs: Pair[];
} & Record<'clopperPearson' | 'garwood' | 'betaInv' | 'betaCdf' | 'chi2Inv', Table>;

/** Agreement to 1e-9, relative. */
function agrees(ours: number, theirs: number): void {
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-9 * Math.abs(theirs));
}

function describedLike(r: Ranking, expected: Described): void {
  agrees(auc(r, 1, 0), expected.auc);
  agrees(averagePrecision(r, 1, 0), expected.averagePrecision);
  expect(rocCurve(r, 1, 0).fpr).toHaveLength(expected.points);
  const at = (t: number): [tpr: number, fpr: number] => [flaggedAt(r, 1, t) / totalOf(r, 1), flaggedAt(r, 0, t) / totalOf(r, 0)];
  for (const [t, fpr, tpr] of expected.roc) {
    agrees(at(t!)[0], tpr!);
    agrees(at(t!)[1], fpr!);
  }
  for (const [t, p, recall] of expected.precisionRecall) {
    agrees(precision(flaggedAt(r, 1, t!), flaggedAt(r, 0, t!)), p!);
    agrees(at(t!)[0], recall!);
  }
  agrees(bestF1(r, 1, 0)!.f1, expected.bestF1);
  agrees(bestGMean(r, 1, 0)!.gMean, expected.bestGMean);
  for (const [eps, tpr] of expected.tprAtFpr) agrees(tprAtFpr(r, 1, 0, eps!), tpr!);
  for (const [eff, fpr] of expected.fprAtTpr) agrees(pointAtTpr(r, 1, 0, eff!).fpr, fpr!);
  const found = maxSic(r, 1, 0);
  if (expected.maxSic === null) expect(found).toBeNull();
  else agrees(found!.sic, expected.maxSic);
  agrees(hanleyMcNeil(auc(r, 1, 0), totalOf(r, 1), totalOf(r, 0)), expected.hanleyMcNeil);
  const errors = delong(r, 1, 0);
  agrees(errors.error, expected.delong);
  agrees(errors.varV10, expected.varV10);
  agrees(errors.varV01, expected.varV01);
}

describe('metrics agree with scikit-learn and numpy to 1e-9', () => {
  it('on the small sample', () => describedLike(toy, reference.toy));
  it.each(reference.samples.map((s) => [s.sample.join(', '), s] as const))('on sample %s', (_, expected) => {
    const { scores, labels } = sample(expected.sample);
    describedLike(rank(scores, labels, 2), expected);
  });
  it.each(reference.pairs.map((p) => [p.a.join(', '), p] as const))(
    'for two scores on the events of sample %s',
    (_, expected) => {
      const a = sample(expected.a);
      const b = sample(expected.b);
      const mixed = a.scores.map((s, i) => (s + b.scores[i]!) / 2);
      const found = delongPair(a.scores, mixed, a.labels, 1, 0);
      agrees(found.aucA, expected.aucA);
      agrees(found.aucB, expected.aucB);
      agrees(found.covariance, expected.covariance);
      agrees(found.z, expected.z);
      agrees(found.pValue, expected.pValue);
    },
  );
});

describe('intervals agree with SciPy to 1e-9', () => {
  it('Clopper-Pearson, with 0 and n of n', () => {
    for (const [k, n, level, low, high] of reference.clopperPearson) {
      agrees(clopperPearson(k!, n!, level).low, low!);
      agrees(clopperPearson(k!, n!, level).high, high!);
    }
  });
  it('Garwood', () => {
    for (const [n, level, low, high] of reference.garwood) {
      agrees(garwood(n!, level).low, low!);
      agrees(garwood(n!, level).high, high!);
    }
  });
  it('beta and χ² distributions', () => {
    for (const [p, a, b, x] of reference.betaInv) agrees(betaInv(p!, a!, b!), x!);
    for (const [x, a, b, p] of reference.betaCdf) agrees(betaCdf(x!, a!, b!), p!);
    for (const [p, k, x] of reference.chi2Inv) agrees(chi2Inv(p!, k!), x!);
  });
});
