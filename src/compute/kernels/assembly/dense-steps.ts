/**
 * Whole training steps of chains of dense, normalisation and activation layers, over a memory of its own. A block of 64 samples
 * goes through all layers forward and backward while it is in the cache; batch normalisation needs the whole batch, so it cuts
 * the chain into segments, and the blocks are then kept between them.
 *
 * The blocks of a batch are divided into slices, whose number depends on the batch size alone. Each slice adds up its own
 * gradient in the order of its blocks, and the optimiser adds the slices in their order. Threads take slices as they come, so
 * neither their number nor their timing changes a bit of the result.
 *
 * A siamese network's loss compares samples of different blocks: it is serial work after the forward pass of all of them, and the
 * backward pass begins with a phase of its own.
 *
 * TypeScript writes the description that the functions below read (steps/wasm-dense-program.ts has the same offsets).
 */
import { adam } from './lib/adam';
import {
  ROW, SAMPLES, activateRows, backward, biasGradient, forward, gather, gatherMask, kernelGradient, passRows,
} from './lib/blocks';
import { divergenceOfBlock, passSample, sampleForward } from './lib/gaussian';
import { lossOfBlock } from './lib/losses';
import {
  blockGradients, blockStatistics, combineGradients, combineStatistics, movingStatistics, normalise, normaliseBackward,
} from './lib/norm';
import { addNoise } from './lib/noise';
import { lossOfPairs } from './lib/pairs';
import { arrive, nextTask, park, prepareTeam, release } from './lib/teams';

// The control record. The first words are the team (lib/teams).
const STEPS: usize = 32;
const SAMPLES_OF_STEP: usize = 36;
const SLICES: usize = 40;
const ORDER: usize = 44;
const FIRST_ROW: usize = 48;
const X: usize = 52;
const TARGET: usize = 56;
const MASK: usize = 60;
const WIDTH: usize = 64;
const TARGET_WIDTH: usize = 68;
const LAYERS: usize = 72;
const LAYER_COUNT: usize = 76;
const BLOCKS_AT: usize = 80;
const BLOCK_BYTES: usize = 84;
const KEEP_BLOCKS: usize = 88;
const SCRATCH: usize = 92;
const SCRATCH_BYTES: usize = 96;
const GRADIENTS: usize = 100;
const GRADIENT_BYTES: usize = 104;
const PARAMETERS: usize = 108;
const FIRST_MOMENT: usize = 112;
const SECOND_MOMENT: usize = 116;
const LARGEST: usize = 120;
const UPDATES: usize = 124;
const UPDATE_COUNT: usize = 128;
const LOSS: usize = 132;
const TOP: usize = 136;
const MASKED: usize = 140;
const Y_OFFSET: usize = 144;
const Y_KIND: usize = 148;
const Y_SLOPES: usize = 152;
const NORMS: usize = 156;
const NORM_COUNT: usize = 160;
const LOSSES: usize = 164;
const SLICE_LOSSES: usize = 168;
const ZEROS: usize = 172;
const STEP: usize = 176;
const X_ROWS: usize = 180;
const RATE: usize = 184;
const BETA1: usize = 192;
const BETA2: usize = 200;
const EPSILON: usize = 208;
const DECAY: usize = 216;
const POWER1: usize = 224;
const POWER2: usize = 232;
const STEP_RATE: usize = 240;
const STEP_EPSILON: usize = 244;
const STEP_KEEP: usize = 248;
const Y_ROWS: usize = 252;
const SAMPLING: usize = 256;
const NOISE: usize = 260;
const LOSS_WEIGHT: usize = 264;
const KL_WEIGHT: usize = 272;
const PAIRS: usize = 280;
const FIRST_STEP: usize = 284;
const DEVIATION: usize = 288;
const NOISE_SEED: usize = 296;

// A layer's record of 96 bytes.
const LAYER_BYTES: usize = 96;
const KIND: usize = 0;
const INS: usize = 4;
const OUT_ROWS: usize = 8;
const IN_ROWS: usize = 12;
const IN_OFFSET: usize = 16;
const OUT_OFFSET: usize = 20;
const WEIGHTS: usize = 24;
const TRANSPOSED: usize = 28;
const BIAS: usize = 32;
const WEIGHTS_GRADIENT: usize = 36;
const BIAS_GRADIENT: usize = 40;
const ACTIVATION: usize = 44;
const SLOPES: usize = 48;
const PASSES_BACK: usize = 52;
const IN_ACTIVATION: usize = 56;
const IN_SLOPES: usize = 60;
const MOVING_MEAN: usize = 64;
const MOVING_VARIANCE: usize = 68;
const STATISTICS: usize = 72;
const PARTIALS: usize = 76;
const MOMENTUM: usize = 80;
const NORM_EPSILON: usize = 84;
const OUTS: usize = 88;

const DENSE: i32 = 0;
const NORM: i32 = 1;
const SAMPLE: i32 = 3;

// An update's record of 32 bytes: numbers from `start` on, and where a kernel's rows go in its transposed copy.
const UPDATE_BYTES: usize = 32;

// @ts-ignore: decorator
@inline
function word(record: usize, offset: usize): i32 {
  return load<i32>(record + offset);
}

// @ts-ignore: decorator
@inline
function address(record: usize, offset: usize): usize {
  return <usize>load<u32>(record + offset);
}

// @ts-ignore: decorator
@inline
function layerAt(control: usize, i: i32): usize {
  return address(control, LAYERS) + <usize>i * LAYER_BYTES;
}

/** Number of the layer that is the k-th normalisation. */
// @ts-ignore: decorator
@inline
function normAt(control: usize, k: i32): i32 {
  return load<i32>(address(control, NORMS) + (<usize>k << 2));
}

// @ts-ignore: decorator
@inline
function blockAt(control: usize, block: i32, thread: i32): usize {
  return address(control, BLOCKS_AT) + <usize>(word(control, KEEP_BLOCKS) ? block : thread) * address(control, BLOCK_BYTES);
}

// @ts-ignore: decorator
@inline
function blocksOf(control: usize): i32 {
  return (word(control, SAMPLES_OF_STEP) + SAMPLES - 1) / SAMPLES;
}

// @ts-ignore: decorator
@inline
function samplesOf(control: usize, block: i32): i32 {
  return min(SAMPLES, word(control, SAMPLES_OF_STEP) - block * SAMPLES);
}

/** Bytes of a block's rows in use: a multiple of 8 samples. */
// @ts-ignore: decorator
@inline
function bytesOf(samples: i32): usize {
  return <usize>((samples + 7) & ~7) << 2;
}

/** Runs the steps that the control record asks for. Every thread of the team calls it with its own number. */
export function train(control: usize, thread: i32): void {
  const steps = word(control, STEPS);
  const norms = word(control, NORM_COUNT);
  const slices = word(control, SLICES);
  const last = 2 * norms + extraPhase(control);
  for (let step = 0; step < steps; step++) {
    for (let phase = 0; phase <= last; phase++) {
      for (let slice = nextTask(control); slice < slices; slice = nextTask(control)) phaseOfSlice(control, step, phase, slice, thread);
      if (arrive(control)) {
        between(control, step, phase, norms);
        release(control);
      }
    }
    const updates = word(control, UPDATE_COUNT);
    for (let k = nextTask(control); k < updates; k = nextTask(control)) update(control, k);
    if (arrive(control)) release(control);
  }
}

/** Mean losses of rows FIRST_ROW, ... in inference mode, summed by slices into SLICE_LOSSES. One thread. */
export function evaluate(control: usize): void {
  const norms = word(control, NORM_COUNT);
  for (let k = 0; k < norms; k++) {
    const layer = layerAt(control, normAt(control, k));
    movingStatistics(
      word(layer, OUT_ROWS), address(layer, STATISTICS), address(layer, WEIGHTS),
      address(layer, MOVING_MEAN), address(layer, MOVING_VARIANCE), load<f32>(layer + NORM_EPSILON),
    );
  }
  const blocks = blocksOf(control);
  const pairs = address(control, PAIRS);
  let sum: f64 = 0;
  for (let b = 0; b < blocks; b++) {
    const block = blockAt(control, pairs == 0 ? 0 : b, 0);
    const samples = samplesOf(control, b);
    const bytes = bytesOf(samples);
    take(control, 0, b, block, samples, bytes);
    layersForward(control, 0, b, 0, word(control, LAYER_COUNT), block, samples, bytes);
    if (pairs == 0) sum += loss(control, 0, b, block, 0, samples, bytes, false);
  }
  if (pairs != 0) sum = pairLoss(control, false);
  store<f64>(address(control, SLICE_LOSSES), sum);
}

/** 1 if the loss stands between the forward and the backward pass of the whole batch. */
// @ts-ignore: decorator
@inline
function extraPhase(control: usize): i32 {
  return address(control, PAIRS) == 0 ? 0 : 1;
}

function pairLoss(control: usize, training: bool): f64 {
  return lossOfPairs(
    address(control, PAIRS), blockAt(control, 0, 0) + address(control, Y_OFFSET), address(control, BLOCK_BYTES),
    word(control, SAMPLES_OF_STEP), word(control, TARGET_WIDTH), word(control, Y_ROWS), training, address(control, GRADIENTS),
    word(control, Y_KIND), address(control, Y_SLOPES),
  );
}

function phaseOfSlice(control: usize, step: i32, phase: i32, slice: i32, thread: i32): void {
  const norms = word(control, NORM_COUNT);
  const slices = word(control, SLICES);
  const blocks = blocksOf(control);
  const first = (slice * blocks) / slices;
  const end = ((slice + 1) * blocks) / slices;
  const gradient = address(control, GRADIENTS) + <usize>slice * address(control, GRADIENT_BYTES);
  const layers = word(control, LAYER_COUNT);
  const extra = extraPhase(control);
  let sum: f64 = 0;
  for (let b = first; b < end; b++) {
    const block = blockAt(control, b, thread);
    const samples = samplesOf(control, b);
    const bytes = bytesOf(samples);
    if (phase == 0) take(control, step, b, block, samples, bytes);
    if (phase <= norms) {
      layersForward(
        control, step, b, phase == 0 ? 0 : normAt(control, phase - 1), phase == norms ? layers : normAt(control, phase), block, samples, bytes,
      );
      if (phase < norms) {
        const layer = layerAt(control, normAt(control, phase));
        blockStatistics(block + address(layer, IN_OFFSET), word(layer, OUT_ROWS), samples, partialAt(layer, b));
      } else if (extra == 0) {
        sum += loss(control, step, b, block, thread, samples, bytes, true);
        layersBackward(control, layers - 1, norms == 0 ? 0 : normAt(control, norms - 1) + 1, block, gradient, b == first, samples, bytes);
        if (norms > 0) normSums(control, norms - 1, b, block, bytes);
      }
    } else if (phase == norms + 1 && extra == 1) {
      layersBackward(control, layers - 1, norms == 0 ? 0 : normAt(control, norms - 1) + 1, block, gradient, b == first, samples, bytes);
      if (norms > 0) normSums(control, norms - 1, b, block, bytes);
    } else {
      // backward through the normalisation number `k` and what lies before it
      const k = 2 * norms + extra - phase;
      const at = normAt(control, k);
      const layer = layerAt(control, at);
      if (word(layer, PASSES_BACK)) {
        normaliseBackward(
          block + address(layer, IN_OFFSET), block + address(layer, OUT_OFFSET), word(layer, OUT_ROWS), address(layer, STATISTICS),
          word(layer, IN_ACTIVATION), address(layer, IN_SLOPES), samples, bytes,
        );
        layersBackward(control, at - 1, k == 0 ? 0 : normAt(control, k - 1) + 1, block, gradient, b == first, samples, bytes);
        if (k > 0) normSums(control, k - 1, b, block, bytes);
      }
    }
  }
  if (phase == norms) store<f64>(address(control, SLICE_LOSSES) + (<usize>slice << 3), sum);
}

// @ts-ignore: decorator
@inline
function partialAt(layer: usize, block: i32): usize {
  return address(layer, PARTIALS) + <usize>(block * word(layer, OUT_ROWS)) * 8;
}

function normSums(control: usize, k: i32, b: i32, block: usize, bytes: usize): void {
  const layer = layerAt(control, normAt(control, k));
  blockGradients(
    block + address(layer, IN_OFFSET), block + address(layer, OUT_OFFSET), word(layer, OUT_ROWS), address(layer, STATISTICS),
    partialAt(layer, b), bytes,
  );
}

/** The serial work after a phase. */
function between(control: usize, step: i32, phase: i32, norms: i32): void {
  const samples = word(control, SAMPLES_OF_STEP);
  const blocks = blocksOf(control);
  if (phase < norms) {
    const layer = layerAt(control, normAt(control, phase));
    combineStatistics(
      address(layer, PARTIALS), blocks, SAMPLES, samples, word(layer, OUT_ROWS), address(layer, STATISTICS), address(layer, WEIGHTS),
      address(layer, MOVING_MEAN), address(layer, MOVING_VARIANCE), load<f32>(layer + MOMENTUM), load<f32>(layer + NORM_EPSILON),
    );
    return;
  }
  const extra = extraPhase(control);
  if (extra == 1 && phase == norms) {
    store<f64>(address(control, LOSSES) + (<usize>step << 3), pairLoss(control, true));
    return;
  }
  if (phase < 2 * norms + extra) {
    const layer = layerAt(control, normAt(control, 2 * norms + extra - phase - 1));
    // in the first slice's list; those of the others stay 0
    combineGradients(
      address(layer, PARTIALS), blocks, samples, word(layer, OUT_ROWS), address(layer, STATISTICS),
      address(control, GRADIENTS) + address(layer, WEIGHTS_GRADIENT), address(control, GRADIENTS) + address(layer, BIAS_GRADIENT),
    );
  }
  if (extra == 0 && phase == norms) {
    const slices = word(control, SLICES);
    let sum: f64 = 0;
    for (let s = 0; s < slices; s++) sum += load<f64>(address(control, SLICE_LOSSES) + (<usize>s << 3));
    store<f64>(address(control, LOSSES) + (<usize>step << 3), sum * lossShare(control));
  }
  if (phase == 2 * norms + extra) prepareUpdate(control);
}

/** 1 / (samples · numbers of a row that count). */
// @ts-ignore: decorator
@inline
function lossShare(control: usize): f64 {
  return 1 / (<f64>word(control, SAMPLES_OF_STEP) * <f64>countedOf(control));
}

/** Numbers of a row that count in its loss. */
// @ts-ignore: decorator
@inline
function countedOf(control: usize): i32 {
  return word(control, LOSS) == 2 ? word(control, TOP) : word(control, TARGET_WIDTH);
}

/** Bias corrections of the coming step, folded into its rate and epsilon. */
function prepareUpdate(control: usize): void {
  const power1 = load<f64>(control + POWER1) * load<f64>(control + BETA1);
  const power2 = load<f64>(control + POWER2) * load<f64>(control + BETA2);
  store<f64>(control + POWER1, power1);
  store<f64>(control + POWER2, power2);
  const root = sqrt<f64>(1 - power2);
  const rate = load<f64>(control + RATE);
  store<f32>(control + STEP_RATE, <f32>((rate * root) / (1 - power1)));
  store<f32>(control + STEP_EPSILON, <f32>(load<f64>(control + EPSILON) * root));
  store<f32>(control + STEP_KEEP, <f32>(1 - rate * load<f64>(control + DECAY)));
}

function update(control: usize, k: i32): void {
  const record = address(control, UPDATES) + <usize>k * UPDATE_BYTES;
  const start = address(record, 0);
  const beta1 = load<f64>(control + BETA1);
  const beta2 = load<f64>(control + BETA2);
  const parameters = address(control, PARAMETERS);
  const largest = address(control, LARGEST);
  adam(
    parameters + start, parameters + start, address(control, FIRST_MOMENT) + start, address(control, SECOND_MOMENT) + start,
    largest == 0 ? 0 : largest + start,
    address(control, GRADIENTS) + start, word(control, SLICES), address(control, GRADIENT_BYTES), address(record, 4),
    <f32>beta1, <f32>(1 - beta1), <f32>beta2, <f32>(1 - beta2),
    load<f32>(control + STEP_RATE), load<f32>(control + STEP_EPSILON), load<f32>(control + STEP_KEEP),
  );
  const transposed = address(record, 8);
  if (transposed != 0) transposeRows(parameters + start, word(record, 12), word(record, 16), transposed, address(record, 20));
}

/** Rows [rows][outs] into columns of the transposed kernel, `stride` bytes apart. */
function transposeRows(from: usize, rows: i32, outs: i32, to: usize, stride: usize): void {
  for (let i = 0; i < rows; i++) {
    let at = to + (<usize>i << 2);
    for (let o = 0; o < outs; o++) {
      store<f32>(at, load<f32>(from));
      from += 4;
      at += stride;
    }
  }
}

/** Gathers the batch's rows into the block, with noise if there is any; the target is then a matrix of its own. */
function take(control: usize, step: i32, b: i32, block: usize, samples: i32, bytes: usize): void {
  gather(
    address(control, X), word(control, WIDTH), orderAt(control, step, b), word(control, FIRST_ROW) + b * SAMPLES,
    samples, word(control, X_ROWS), block, bytes, address(control, ZEROS),
  );
  const deviation = load<f64>(control + DEVIATION);
  if (deviation == 0) return;
  const order = orderAt(control, step, b);
  const width = word(control, WIDTH);
  for (let s = 0; s < samples; s++) {
    const row = order == 0 ? <usize>(word(control, FIRST_ROW) + b * SAMPLES + s) : <usize>load<u32>(order + (<usize>s << 2));
    addNoise(
      block + (<usize>s << 2), address(control, MASK) + row * <usize>width, width, <u32>word(control, NOISE_SEED),
      <u32>(word(control, FIRST_STEP) + step), <u32>(b * SAMPLES + s), deviation,
    );
  }
}

/** Where the row numbers of a block begin; 0 if rows follow each other. */
function orderAt(control: usize, step: i32, b: i32): usize {
  const order = address(control, ORDER);
  return order == 0 ? 0 : order + (<usize>(step * word(control, SAMPLES_OF_STEP) + b * SAMPLES) << 2);
}

function layersForward(control: usize, step: i32, b: i32, from: i32, to: i32, block: usize, samples: i32, bytes: usize): void {
  for (let i = from; i < to; i++) {
    const layer = layerAt(control, i);
    const kind = word(layer, KIND);
    const x = block + address(layer, IN_OFFSET);
    const y = block + address(layer, OUT_OFFSET);
    const rows = word(layer, OUT_ROWS);
    const activation = word(layer, ACTIVATION);
    const slopes = address(layer, SLOPES);
    if (kind == DENSE) {
      forward(
        word(layer, INS), rows, address(layer, WEIGHTS), <usize>rows << 2, x, y, address(layer, BIAS), activation, slopes, bytes,
      );
    } else if (kind == NORM) {
      normalise(x, y, rows, address(layer, STATISTICS), address(layer, BIAS), activation, slopes, bytes);
    } else if (kind == SAMPLE) {
      const kept = y + <usize>rows * ROW;
      const noise = address(control, NOISE);
      if (noise != 0) {
        const latent = word(layer, OUTS);
        const drawn = noise + (<usize>(step * word(control, SAMPLES_OF_STEP) * latent) << 2);
        gather(drawn, latent, 0, b * SAMPLES, samples, rows, kept, bytes, address(control, ZEROS));
      }
      sampleForward(x, rows, y, noise == 0 ? 0 : kept, bytes);
    } else {
      activateRows(x, y, rows, activation, slopes, bytes);
    }
  }
}

/** From layer `from` down to layer `to`, none of which is a normalisation. */
function layersBackward(
  control: usize, from: i32, to: i32, block: usize, gradient: usize, first: bool, samples: i32, bytes: usize,
): void {
  for (let i = from; i >= to; i--) {
    const layer = layerAt(control, i);
    const x = block + address(layer, IN_OFFSET);
    const dy = block + address(layer, OUT_OFFSET);
    const rows = word(layer, OUT_ROWS);
    const passes = word(layer, PASSES_BACK);
    if (word(layer, KIND) == DENSE) {
      kernelGradient(word(layer, INS), rows, x, dy, gradient + address(layer, WEIGHTS_GRADIENT), first, bytes);
      if (address(layer, BIAS) != 0) biasGradient(rows, dy, gradient + address(layer, BIAS_GRADIENT), first, bytes);
      if (passes) {
        const inRows = word(layer, IN_ROWS);
        backward(
          word(layer, OUTS), inRows, address(layer, TRANSPOSED), <usize>inRows << 2, dy, x,
          word(layer, IN_ACTIVATION), address(layer, IN_SLOPES), bytes,
        );
      }
    } else if (word(layer, KIND) == SAMPLE) {
      const share = load<f64>(control + KL_WEIGHT) / <f64>word(control, SAMPLES_OF_STEP);
      passSample(dy, rows, dy + <usize>rows * ROW, x, <f32>share, samples, bytes);
    } else if (passes) {
      passRows(dy, x, rows, word(layer, IN_ACTIVATION), address(layer, IN_SLOPES), bytes);
    }
  }
}

function loss(control: usize, step: i32, b: i32, block: usize, thread: i32, samples: i32, bytes: usize, gradient: bool): f64 {
  const width = word(control, TARGET_WIDTH);
  const rows = word(control, Y_ROWS);
  const scratch = address(control, SCRATCH) + <usize>thread * address(control, SCRATCH_BYTES);
  const order = orderAt(control, step, b);
  const firstRow = word(control, FIRST_ROW) + b * SAMPLES;
  let target = block;
  let mask: usize = 0;
  const other = address(control, TARGET);
  if (other != 0) {
    target = scratch;
    gather(other, width, order, firstRow, samples, rows, target, bytes, address(control, ZEROS));
  }
  if (word(control, MASKED)) {
    mask = scratch + <usize>rows * ROW;
    gatherMask(address(control, MASK), width, order, firstRow, samples, mask, bytes);
  }
  const weight = load<f64>(control + LOSS_WEIGHT);
  let sum = weight * lossOfBlock(
    word(control, LOSS), word(control, TOP), block + address(control, Y_OFFSET), target, mask, width, rows, samples, bytes,
    gradient, <f32>(2 * weight * lossShare(control)), word(control, Y_KIND), address(control, Y_SLOPES),
    scratch + 2 * <usize>rows * ROW,
  );
  const sampling = word(control, SAMPLING);
  if (sampling != 0) {
    const layer = layerAt(control, sampling - 1);
    // the sum is divided by the numbers of a row that count
    const divergence = divergenceOfBlock(block + address(layer, IN_OFFSET), word(layer, OUT_ROWS), samples, bytes);
    sum += load<f64>(control + KL_WEIGHT) * <f64>countedOf(control) * divergence;
  }
  return sum;
}

/**
 * A helper thread: waits for the job word to change, takes part if it is among the threads that the word's last four bits ask
 * for, and waits again. Returns when the word is negative.
 */
export function help(job: usize, control: usize, thread: i32): void {
  let seen = 0;
  while (true) {
    while (atomic.load<i32>(job) == seen) park(job, seen, false);
    seen = atomic.load<i32>(job);
    if (seen < 0) return;
    if (thread < (seen & 15)) train(control, thread);
  }
}

/** Calls the helpers to a run with `threads` threads (at most 15, this one included) and takes part as thread 0. */
export function lead(job: usize, control: usize, threads: i32): void {
  prepareTeam(control, threads);
  if (threads > 1) {
    atomic.store<i32>(job, (((atomic.load<i32>(job) >> 4) + 1) & 0x7ffffff) << 4 | threads);
    park(job, 0, true);
  }
  train(control, 0);
}
