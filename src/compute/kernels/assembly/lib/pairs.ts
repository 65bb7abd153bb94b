/**
 * The loss of a siamese network: a batch is three equal parts, events, copies of them that are the same events, and odd copies that
 * are not. Each event's distance to its copy and to its odd copy goes through a batch normalisation and one dense unit, which gives
 * the log-odds of "the same". One thread, in float64: it is little work beside the network, and its sums run over the whole batch.
 */
import { derivativeAny, exp } from './activations';
import { ROW, SAMPLES } from './blocks';

// The record: addresses, then numbers.
const GAMMA: usize = 0;
const BETA: usize = 4;
const KERNEL: usize = 8;
const BIAS: usize = 12;
const GAMMA_GRADIENT: usize = 16;
const BETA_GRADIENT: usize = 20;
const KERNEL_GRADIENT: usize = 24;
const BIAS_GRADIENT: usize = 28;
const MOVING_MEAN: usize = 32;
const MOVING_VARIANCE: usize = 36;
const SCRATCH: usize = 40;
const MOMENTUM: usize = 48;
const EPSILON: usize = 56;
const LEAST_SQUARE: usize = 64;

// @ts-ignore: decorator
@inline
function at(record: usize, offset: usize): usize {
  return <usize>load<u32>(record + offset);
}

// @ts-ignore: decorator
@inline
function numberAt(record: usize, offset: usize): f64 {
  return <f64>load<f32>(at(record, offset));
}

/** Where sample i's first number lies; its others follow a row of the block apart. */
// @ts-ignore: decorator
@inline
function sampleAt(outputs: usize, blockBytes: usize, i: i32): usize {
  return outputs + <usize>(i / SAMPLES) * blockBytes + (<usize>(i % SAMPLES) << 2);
}

/**
 * Mean over the 2n pairs of the binary cross-entropy of their log-odds. With `training` statistics are the batch's, the moving ones
 * follow, and the outputs become the gradient with respect to what comes before the last activation.
 *
 * @param outputs the first block's outputs; those of the others are `blockBytes` apart
 * @param samples 3n
 * @param width numbers of an output, of `rows` rows
 * @param gradients list of gradients in which those of the four parameters are set
 */
export function lossOfPairs(
  record: usize, outputs: usize, blockBytes: usize, samples: i32, width: i32, rows: i32,
  training: bool, gradients: usize, kind: i32, slopes: usize,
): f64 {
  const n = samples / 3;
  const pairs = 2 * n;
  const distances = at(record, SCRATCH);
  const slopesOfPairs = distances + (<usize>pairs << 3);
  const least = load<f64>(record + LEAST_SQUARE);
  let mean: f64 = 0;
  for (let p = 0; p < pairs; p++) {
    const a = sampleAt(outputs, blockBytes, p % n);
    const b = sampleAt(outputs, blockBytes, n + p);
    let sum: f64 = 0;
    for (let r: usize = 0; r < <usize>width; r++) {
      const e = <f64>load<f32>(a + r * ROW) - <f64>load<f32>(b + r * ROW);
      sum += e * e;
    }
    // a sum that is no number stays one
    const distance = sqrt<f64>(sum < least ? least : sum);
    store<f64>(distances + (<usize>p << 3), distance);
    mean += distance;
  }
  mean /= <f64>pairs;
  let variance: f64 = 0;
  for (let p = 0; p < pairs; p++) {
    const e = load<f64>(distances + (<usize>p << 3)) - mean;
    variance += e * e;
  }
  variance /= <f64>pairs;
  if (training) {
    const momentum = load<f64>(record + MOMENTUM);
    follow(at(record, MOVING_MEAN), momentum, mean);
    follow(at(record, MOVING_VARIANCE), momentum, variance);
  } else {
    mean = numberAt(record, MOVING_MEAN);
    variance = numberAt(record, MOVING_VARIANCE);
  }
  const inverse = 1 / sqrt<f64>(variance + load<f64>(record + EPSILON));
  const gamma = numberAt(record, GAMMA), beta = numberAt(record, BETA);
  const kernel = numberAt(record, KERNEL), bias = numberAt(record, BIAS);
  let loss: f64 = 0;
  let ofGamma: f64 = 0, ofBeta: f64 = 0, ofKernel: f64 = 0, ofBias: f64 = 0;
  for (let p = 0; p < pairs; p++) {
    const normal = (load<f64>(distances + (<usize>p << 3)) - mean) * inverse;
    const unit = normal * gamma + beta;
    const odds = unit * kernel + bias;
    const same: f64 = p < n ? 1 : 0;
    const small = <f64>f32x4.extract_lane(exp(f32x4.splat(-abs<f32>(<f32>odds))), 0);
    loss += (odds > 0 ? odds : odds < 0 ? 0 : odds) - odds * same + logOfOneAnd(small);
    const probability = odds >= 0 ? 1 / (1 + small) : small / (1 + small);
    const d = (probability - same) / <f64>pairs;
    ofKernel += d * unit;
    ofBias += d;
    ofGamma += d * kernel * normal;
    ofBeta += d * kernel;
    store<f64>(slopesOfPairs + (<usize>p << 3), d * kernel);
  }
  loss /= <f64>pairs;
  if (!training) return loss;
  store<f32>(gradients + at(record, GAMMA_GRADIENT), <f32>ofGamma);
  store<f32>(gradients + at(record, BETA_GRADIENT), <f32>ofBeta);
  store<f32>(gradients + at(record, KERNEL_GRADIENT), <f32>ofKernel);
  store<f32>(gradients + at(record, BIAS_GRADIENT), <f32>ofBias);
  const plain = ofBeta / <f64>pairs;
  const along = ofGamma / <f64>pairs;
  // d loss / d distance, over the distance: times a - b it is the gradient of a, and of b with the other sign
  for (let p = 0; p < pairs; p++) {
    const place = <usize>p << 3;
    const distance = load<f64>(distances + place);
    const normal = (distance - mean) * inverse;
    const d = gamma * inverse * (load<f64>(slopesOfPairs + place) - plain - normal * along);
    store<f64>(slopesOfPairs + place, distance * distance > least ? d / distance : distance == distance ? 0 : distance);
  }
  for (let i = 0; i < n; i++) {
    const a = sampleAt(outputs, blockBytes, i);
    const b = sampleAt(outputs, blockBytes, n + i);
    const c = sampleAt(outputs, blockBytes, 2 * n + i);
    const first = load<f64>(slopesOfPairs + (<usize>i << 3));
    const second = load<f64>(slopesOfPairs + (<usize>(n + i) << 3));
    for (let r: usize = 0; r < <usize>width; r++) {
      const slope = load<f32>(slopes + (r << 2));
      const o = r * ROW;
      const ya = load<f32>(a + o), yb = load<f32>(b + o), yc = load<f32>(c + o);
      const toCopy = first * (<f64>ya - <f64>yb);
      const toOdd = second * (<f64>ya - <f64>yc);
      store<f32>(a + o, <f32>(toCopy + toOdd) * derivativeOf(ya, kind, slope));
      store<f32>(b + o, -<f32>toCopy * derivativeOf(yb, kind, slope));
      store<f32>(c + o, -<f32>toOdd * derivativeOf(yc, kind, slope));
    }
  }
  clear(outputs, blockBytes, samples, width, rows);
  return loss;
}

/** ln(1 + s) for s from 0 to 1, to 1e-12: 2 artanh z with z = s / (2 + s). The library's logarithm would bring tables into our memory. */
function logOfOneAnd(s: f64): f64 {
  const z = s / (2 + s);
  const square = z * z;
  let sum: f64 = 0;
  for (let k = 23; k > 0; k -= 2) sum = sum * square + 1 / <f64>k;
  return 2 * z * sum;
}

// @ts-ignore: decorator
@inline
function derivativeOf(y: f32, kind: i32, slope: f32): f32 {
  return f32x4.extract_lane(derivativeAny(f32x4.splat(y), kind, slope), 0);
}

// @ts-ignore: decorator
@inline
function follow(place: usize, momentum: f64, value: f64): void {
  store<f32>(place, <f32>(momentum * <f64>load<f32>(place) + (1 - momentum) * value));
}

/** No gradient for the samples that fill the last block and for the rows that pad. */
function clear(outputs: usize, blockBytes: usize, samples: i32, width: i32, rows: i32): void {
  const blocks = (samples + SAMPLES - 1) / SAMPLES;
  for (let i = samples; i < blocks * SAMPLES; i++) {
    const place = sampleAt(outputs, blockBytes, i);
    for (let r: usize = 0; r < <usize>width; r++) store<f32>(place + r * ROW, 0);
  }
  for (let b = 0; b < blocks; b++) {
    const from = outputs + <usize>b * blockBytes;
    memory.fill(from + <usize>width * ROW, 0, <usize>(rows - width) * ROW);
  }
}
