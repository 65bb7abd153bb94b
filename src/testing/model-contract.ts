/**
 * What holds for every model of the registry; a new file is tested before a line of new test exists. The claims are made in several
 * files, `models/contract-*.test.ts`, so that they run beside each other; `npx vitest run src/models/contract -t codae` makes all
 * those about one model.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { DataKind } from '../base/kinds.ts';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Model, TensorBatch } from '../models/contract.ts';
import { findModel, models } from '../models/registry.ts';
import { seesLabels } from '../models/sees-labels.ts';
import { findScore, scoresFor } from '../scores/registry.ts';
import { train } from '../training/loop.ts';
import { fitScores, rowsOf, scoreAll } from '../training/score.ts';
import { type Fixture, fixture, freeRun, rankAbove } from './fixtures.ts';

/** Widths of the data on which each kind is tried. */
const testWidth: Readonly<Record<DataKind, number>> = { objects: 57, table: 8, images: 64, histograms: 40 };
const ROWS = 768;
/** Rows of the two steps on the CPU backend, which is slow: several seconds for convolutions. */
const CPU_ROWS = 64;
/** Numbers of a network whose gradient is checked by finite differences. */
const LARGEST_CHECKED = 130_000;
const data = new Map<string, Fixture>();

function fixtureOf(kind: DataKind, width = testWidth[kind]): Fixture {
  const key = `${kind} ${width}`;
  const found = data.get(key) ?? fixture(kind, width, ROWS);
  data.set(key, found);
  return found;
}

function paramsOf(model: Model, preset: string, changes: Params = {}): Params {
  const given = { ...model.presets[preset]?.params, ...changes };
  return checkParams(model.params, given, `model "${model.id}"`);
}

/** Small and quick: few epochs, small batches. */
function quickParams(model: Model, kind: DataKind, changes: Params = {}): Params {
  const small = { epochs: 6, batchSize: 64, dimension: 16, blocks: 1, heads: 2, restoreEpochs: 12, ...changes };
  const quick = Object.entries(small).filter(([key]) => key in model.params);
  return paramsOf(model, model.defaultPreset(fixtureOf(kind).input), Object.fromEntries(quick));
}

function backgroundOf(detector: Detector, source: Fixture): Batch {
  return source.batch(source.background, detector.scaling);
}

/** Background; for a model that sees labels the planted anomalies too, as its only signal. */
function trainingOf(model: Model, detector: Detector, source: Fixture): Batch {
  if (!seesLabels(model, detector)) return backgroundOf(detector, source);
  const background = source.background.length / source.input.width;
  const rows = Float32Array.from([...source.background, ...source.anomalies]);
  const label = new Uint8Array(rows.length / source.input.width).fill(1, background);
  return { ...source.batch(rows, detector.scaling), label };
}

/** Losses of each stage, epoch by epoch. */
type History = number[][];

interface Fitted {
  detector: Detector;
  history: History;
  /** Tensors before it was built, when it was built, and when it was trained. */
  tensors: { before: number; built: number; trained: number };
}

async function fitted(model: Model, kind: DataKind, seed = 1, changes: Params = {}): Promise<Fitted> {
  const source = fixtureOf(kind);
  const before = tf.memory().numTensors;
  const detector = model.build(source.input, quickParams(model, kind, changes), seed);
  const built = tf.memory().numTensors;
  const training = trainingOf(model, detector, source);
  detector.fit?.(training);
  if (detector.stages.length === 0) return { detector, history: [], tensors: { before, built, trained: built } };
  const summary = await train(detector, { training, validation: rowsOf(training, 0, 128) }, freeRun, seed);
  const history = detector.stages.map((_, i) => summary.history.filter(({ stage }) => stage === i).map(({ loss }) => loss));
  return { detector, history, tensors: { before, built, trained: tf.memory().numTensors } };
}

/** What `fitted` gives for a model, a kind and seed 1, trained once for all claims that only look at it; its detector until `putAway`. */
const shared = new Map<string, Promise<Fitted>>();

function trainedOnce(model: Model, kind: DataKind): Promise<Fitted> {
  const key = `${model.id} ${kind}`;
  const found = shared.get(key) ?? fitted(model, kind);
  shared.set(key, found);
  return found;
}

/** Frees the detector, as long as its backend is the active one; the losses stay. */
async function putAway(model: Model, kind: DataKind): Promise<void> {
  const found = await shared.get(`${model.id} ${kind}`);
  found?.detector.dispose();
}

async function outputsAsList(detector: Detector, batch: Batch): Promise<number[]> {
  const outputs = await detector.forward(batch);
  return Object.values(outputs).flatMap((matrix) => [...matrix]);
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < found.length; i++) {
    const scale = Math.max(1, Math.abs(wanted[i] as number));
    expect(Math.abs((found[i] as number) - (wanted[i] as number)) / scale, `number ${i}`).toBeLessThan(tolerance);
  }
}

function tensors(batch: Batch): TensorBatch {
  const shape: [number, number] = [batch.rows, batch.width];
  return {
    x: tf.tensor2d(batch.x, shape),
    target: tf.tensor2d(batch.target, shape),
    mask: tf.tensor2d(Float32Array.from(batch.mask), shape),
    ...(batch.label ? { label: tf.tensor2d(Float32Array.from(batch.label), [batch.rows, 1]) } : {}),
    raw: () => batch.raw.slice(),
  };
}

// before the tests are collected: whether a model trains by gradient is seen on a detector
await startBackend('wasm');

function trains(model: Model): boolean {
  const kind = model.accepts[0] as DataKind;
  const probe = model.build(fixtureOf(kind).input, quickParams(model, kind), 1);
  const found = probe.stages.length > 0;
  probe.dispose();
  return found;
}

/** One `describe` for each of the models. */
function forEach(chosen: readonly Model[], claims: (model: Model) => void): void {
  afterAll(() => tf.disposeVariables());
  describe.each(chosen.map((model) => [model.id, model] as const))('%s', (_id, model) => claims(model));
}

/** The registry, and what each model says about itself. */
export function claimDescriptions(): void {
  describe('the registry of models', () => {
    it('lists each id once and finds it', () => {
      expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
      for (const model of models) expect(findModel(model.id)).toBe(model);
    });
    it('says which names exist', () => {
      expect(() => findModel('dense', 'study.json, models[0].id')).toThrow(
        /models\[0\]\.id: expected one of .*dense-autoencoder/,
      );
    });
  });

  forEach(models, (model) => {
    it('describes itself completely', () => {
      expect(model.id).toMatch(/^[a-z0-9-]+$/);
      for (const text of [model.name, model.family, model.paper.text, model.summary, model.cost]) expect(text).toBeTruthy();
      expect(model.accepts.length).toBeGreaterThan(0);
      const needs = findScore(model.defaultScore).needs;
      expect(model.outputs).toEqual(expect.arrayContaining([...needs]));
      for (const kind of model.accepts) expect(model.presets).toHaveProperty(model.defaultPreset(fixtureOf(kind).input));
    });

    it.each(Object.entries(model.presets))(
      'preset %s has parameters that fit, an origin and the published counts',
      (key, preset) => {
        const params = paramsOf(model, key);
        expect(preset.origin).toBeTruthy();
        if (!preset.reference) return;
        const { kind, width, parameters, trainable, signals } = preset.reference;
        const source = fixture(kind, width, 1);
        const detector = model.build({ ...source.input, ...(signals ? { signals } : {}) }, params, 1);
        expect(detector.parameters).toBe(parameters);
        if (trainable !== undefined) expect(detector.trainable).toBe(trainable);
        expect(detector.layers.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(parameters);
        detector.dispose();
      },
    );
  });
}

/** What every model does that accepts such data. */
export function claimBehaviour(kind: DataKind): void {
  forEach(
    models.filter(({ accepts }) => accepts.includes(kind)),
    (model) => {
      const learns = trains(model);
      afterAll(() => putAway(model, kind));

      it('gives its declared outputs, one row for each event, finite', async () => {
        const { detector } = await trainedOnce(model, kind);
        const batch = rowsOf(backgroundOf(detector, fixtureOf(kind)), 0, 10);
        const outputs = await detector.forward(batch);
        expect(Object.keys(outputs).sort()).toEqual([...(detector.outputs ?? model.outputs)].sort());
        expect(model.outputs).toEqual(expect.arrayContaining(Object.keys(outputs)));
        for (const matrix of Object.values(outputs)) {
          expect(matrix.length % 10).toBe(0);
          expect(matrix.length).toBeGreaterThan(0);
          expect([...matrix].every(Number.isFinite)).toBe(true);
        }
        if (outputs.reconstruction) expect(outputs.reconstruction.length).toBe(10 * batch.width);
      });

      it('decodes the latent numbers of its events to their reconstructions, and its parts are its networks', async () => {
        const source = fixtureOf(kind);
        const detector = model.build(source.input, quickParams(model, kind), 1);
        const batch = rowsOf(backgroundOf(detector, source), 0, 3);
        detector.prepare?.(batch);
        for (const { network, serves } of detector.parts ?? []) {
          expect(Object.keys(detector.networks)).toContain(network);
          expect(model.outputs).toEqual(expect.arrayContaining([...serves]));
        }
        if (detector.parts) expect(detector.parts.map(({ network }) => network)).toEqual(Object.keys(detector.networks));
        if (detector.decode) {
          const { latent, reconstruction } = await detector.forward(batch);
          expectClose(await detector.decode(latent as Float32Array, batch), reconstruction as Float32Array, 1e-5);
          const other = latent!.map((value) => value + 1);
          expect(await detector.decode(other, batch)).not.toEqual(reconstruction);
        }
        detector.dispose();
      });

      it('scores an event alone as it does in a batch', async () => {
        const { detector } = await trainedOnce(model, kind);
        const batch = backgroundOf(detector, fixtureOf(kind));
        const requests = await fitScores(detector, scoresFor(detector.outputs ?? model.outputs), batch);
        expect(requests.length).toBeGreaterThan(0);
        const together = await scoreAll(detector, requests, [rowsOf(batch, 0, 40)]);
        for (const row of [0, 7, 39]) {
          const alone = await scoreAll(detector, requests, [rowsOf(batch, row, row + 1)]);
          // float32 sums may be taken in another order for another number of rows
          for (const i of requests.keys()) expectClose(alone[i] as Float64Array, [together[i]?.[row] as number], 1e-4);
        }
      });

      it('repeats for a seed, and leaves no tensor behind, however long it trains', async () => {
        // the first training also makes what all later ones use
        const [first, again] = [await trainedOnce(model, kind), await fitted(model, kind)];
        const { detector, tensors } = again;
        expect(again.history).toEqual(first.history);
        expect(tensors.trained).toBe(tensors.built);
        const batch = rowsOf(backgroundOf(first.detector, fixtureOf(kind)), 0, 50);
        expect(await outputsAsList(detector, batch)).toEqual(await outputsAsList(first.detector, batch));
        detector.setWeights(await detector.weights());
        expect(tf.memory().numTensors).toBe(tensors.built);
        detector.dispose();
        expect(tf.memory().numTensors).toBe(tensors.before);
      });

      it('is the same after its weights are saved and loaded', async () => {
        const { detector } = await trainedOnce(model, kind);
        const twin = model.build(fixtureOf(kind).input, quickParams(model, kind), 99);
        const saved = await detector.weights();
        twin.setWeights(saved.map((weight) => ({ ...weight, values: weight.values.slice() })));
        const batch = rowsOf(backgroundOf(detector, fixtureOf(kind)), 0, 50);
        expect(await outputsAsList(twin, batch)).toEqual(await outputsAsList(detector, batch));
        expect(new Set(saved.map(({ name }) => name)).size).toBe(saved.length);
        twin.dispose();
      });

      it('ranks planted anomalies above background: AUC at least 0.75', async () => {
        const { detector } = await trainedOnce(model, kind);
        const source = fixtureOf(kind);
        const training = backgroundOf(detector, source);
        const requests = await fitScores(detector, [findScore(model.defaultScore)], training);
        const [background] = await scoreAll(detector, requests, [training]);
        const [anomalies] = await scoreAll(detector, requests, [source.batch(source.anomalies, detector.scaling)]);
        const auc = rankAbove(anomalies as Float64Array, background as Float64Array);
        // one column of a table or histogram of ours tells nothing, by construction
        if (!(model.outputs.includes('feature') && kind !== 'objects')) expect(auc).toBeGreaterThan(0.75);
      });

      it.runIf(learns)('learns: the loss of every stage falls by a tenth at least', async () => {
        const { history } = await trainedOnce(model, kind);
        for (const losses of history) {
          const first = losses[0] as number;
          expect(losses.at(-1)).toBeLessThan(first - 0.1 * Math.abs(first));
        }
      });

      it.runIf(learns && kind === model.accepts[0])('differs for a different seed', async () => {
        const short = { epochs: 1, restoreEpochs: 1 };
        const [first, other] = [await fitted(model, kind, 1, short), await fitted(model, kind, 2, short)];
        expect(other.history).not.toEqual(first.history);
        first.detector.dispose();
        other.detector.dispose();
      });
    },
  );
}

/** That the gradient of every model that has one is that of its loss, on WASM, where all of them train. */
export function claimGradients(): void {
  forEach(models.filter(trains), (model) => {
    const kind = model.accepts[0] as DataKind;
    // two losses per variable: a large network has a small sibling here, and its operations tests of their own
    const checkable = Object.keys(model.presets).filter((preset) => {
      const { parameters } = model.presets[preset]?.reference ?? {};
      return parameters === undefined ? Object.keys(model.presets).length === 1 : parameters <= LARGEST_CHECKED;
    });
    it('has a preset whose gradient can be checked', () => expect(checkable.length).toBeGreaterThan(0));
    it.each(checkable)('preset %s: its gradient agrees with finite differences', async (preset) => {
      const { kind: referenceKind, width } = model.presets[preset]?.reference ?? { kind, width: testWidth[kind] };
      const source = fixtureOf(referenceKind, width);
      const small = Object.fromEntries(Object.entries({ dimension: 8, blocks: 1 }).filter(([key]) => key in model.params));
      const detector = model.build(source.input, paramsOf(model, preset, small), 3);
      const training = trainingOf(model, detector, source);
      detector.prepare?.(training);
      // across the border between background and signal, if there is one
      // copies of events are made one by one, six are enough
      const count = model.trainsOn === 'pairs' && kind === 'objects' ? 6 : 24;
      const border = training.label ? training.label.indexOf(1) - count / 2 : 0;
      const rows = rowsOf(training, border, border + count);
      for (const stage of detector.stages) {
        const batch = tensors(stage.input ? await stage.input(rows) : rows);
        const evaluate = () => stage.loss(batch, { training: true, seed: 3, step: 0 });
        const { loss, gradients } = stepGradients(evaluate, stage.variables);
        expect(Number.isFinite((await loss.data())[0])).toBe(true);
        let checked = 0;
        // along its own gradient each variable must change the loss by |gradient| per unit
        for (const [i, variable] of stage.variables.entries()) {
          const gradient = gradients[i] as tf.Tensor;
          const norm = tf.tidy(() => tf.norm(gradient).dataSync()[0] as number);
          const atLoss = Math.abs(loss.dataSync()[0] as number);
          const size = Math.min(2e-2, (2e-3 * atLoss) / norm);
          if (size * norm < 2e-5 * atLoss) continue; // below what float32 differences resolve
          checked++;
          const start = variable.clone();
          const moved = (distance: number) =>
            tf.tidy(() => {
              variable.assign(tf.add(start, tf.mul(gradient, distance / norm)));
              return evaluate().dataSync()[0] as number;
            });
          const slopeOver = (distance: number) => (moved(distance) - moved(-distance)) / (2 * distance);
          let slope = slopeOver(size);
          // a shorter way crosses fewer kinks of ReLU
          if (Math.abs(slope / norm - 1) > 0.15) slope = slopeOver(size / 4);
          variable.assign(start);
          start.dispose();
          // float32 differences of a loss with kinks: finds a wrong sign, factor or term, not the fourth digit
          expect(slope / norm, `${preset}, ${variable.name}`).toBeGreaterThan(0.85);
          expect(slope / norm, `${preset}, ${variable.name}`).toBeLessThan(1.15);
        }
        tf.dispose([loss, gradients]);
        tf.dispose([batch.x, batch.target, batch.mask, ...(batch.label ? [batch.label] : [])]);
        expect(checked).toBeGreaterThan(2);
      }
      detector.dispose();
    });
  });
}

/** That every model that trains by gradient does the same on two backends. */
export function claimBackends(): void {
  forEach(models.filter(trains), (model) => {
    const kind = model.accepts[0] as DataKind;
    it('trains and scores alike on WASM and CPU', async () => {
      const source = fixtureOf(kind);
      const run = async () => {
        const detector = model.build(source.input, quickParams(model, kind, { epochs: 1, batchSize: CPU_ROWS / 2 }), 1);
        const whole = trainingOf(model, detector, source);
        // across the border between background and signal, if there is one
        const first = whole.label ? whole.label.indexOf(1) - CPU_ROWS / 2 : 0;
        const training = rowsOf(whole, first, first + CPU_ROWS);
        const { history } = await train(detector, { training, validation: null }, freeRun, 1);
        const outputs = await outputsAsList(detector, rowsOf(training, 0, 20));
        detector.dispose();
        return { losses: history.map(({ loss }) => loss), outputs };
      };
      const wasm = await run();
      await startBackend('cpu');
      const cpu = await run();
      await startBackend('wasm');
      expectClose(wasm.losses, cpu.losses, 1e-5);
      // where a gradient is all rounding, Adam steps as far as elsewhere
      expectClose(wasm.outputs, cpu.outputs, 5e-3);
    });
  });
}
