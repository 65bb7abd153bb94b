/**
 * Whole training steps of an LSTM autoencoder: LSTM layers down to a last state, which is repeated, LSTM layers up again, and a
 * dense layer at each step. Forward pass, loss, backward pass through time, Adam; or the forward pass alone. Eight sequences at a time lie side by side in
 * two vectors (a "number" below is 8 floats, 32 bytes), because the layers themselves are only a few units wide.
 *
 * Gradients are summed in `groups` of blocks and then in the order of the groups, so that the bits do not depend on which thread
 * did which group. A network is told by a plan, a table of 32-bit words whose layout is `lstm-plan.ts`, what is to be done with it by
 * a control record, whose layout is in `lstm-memory.ts` too.
 */
import { sigmoid, tanh } from './lib/activations';
import { madd } from './lib/simd';
import { arrive, nextTask, park, prepareTeam, release } from './lib/teams';

/** Sequences of a block, and bytes of one number of a block. */
const LANES: i32 = 8;
const NUMBER: usize = 32;

// words of the plan
// @ts-ignore: decorator
@inline
function steps(plan: usize): i32 { return load<i32>(plan, 0); }
// @ts-ignore: decorator
@inline
function features(plan: usize): i32 { return load<i32>(plan, 4); }
// @ts-ignore: decorator
@inline
function outputs(plan: usize): i32 { return load<i32>(plan, 8); }
// @ts-ignore: decorator
@inline
function layerCount(plan: usize): i32 { return load<i32>(plan, 12); }
// @ts-ignore: decorator
@inline
function encoderLayers(plan: usize): i32 { return load<i32>(plan, 16); }
/** Largest errors that count; 0 for all (mean squared error). */
// @ts-ignore: decorator
@inline
function largest(plan: usize): i32 { return load<i32>(plan, 20); }
/** All weights, packed. */
// @ts-ignore: decorator
@inline
function weights(plan: usize): usize { return load<usize>(plan, 24); }
/** Offset in floats of the dense layer in the packed weights. */
// @ts-ignore: decorator
@inline
function denseAt(plan: usize): usize { return load<usize>(plan, 28); }
/** Number of packed weights. */
// @ts-ignore: decorator
@inline
function weightCount(plan: usize): i32 { return load<i32>(plan, 32); }
/** Widest LSTM layer. */
// @ts-ignore: decorator
@inline
function widest(plan: usize): i32 { return load<i32>(plan, 36); }
const HEADER: usize = 40;
/** Words of a layer: numbers in, units, offset in floats of its packed weights, bytes from the start of a block's scratch. */
const LAYER: usize = 16;

// @ts-ignore: decorator
@inline
function layerAt(plan: usize, layer: i32): usize { return plan + HEADER + <usize>layer * LAYER; }

/** Bytes of scratch for one block. */
export function scratchBytes(plan: usize): usize {
  let numbers = <usize>(steps(plan) * (features(plan) + outputs(plan)));
  for (let l = 0; l < layerCount(plan); l++) numbers += <usize>(steps(plan) * 6 * load<i32>(layerAt(plan, l), 4));
  // two buffers of gradients over time, two of states, cell gradients, and what a constant input adds to the gates
  numbers += <usize>(widest(plan) * (2 * steps(plan) + 2 + 1 + 8));
  // one row of squared errors
  return numbers * NUMBER + <usize>(steps(plan) * outputs(plan)) * 4 + 64;
}

// scratch of a block, in this order: x, y, per layer gates [T, U, 4], c [T, U], h [T, U], then the rest

// @ts-ignore: decorator
@inline
function yAt(plan: usize, scratch: usize): usize { return scratch + <usize>(steps(plan) * features(plan)) * NUMBER; }
// @ts-ignore: decorator
@inline
function gatesAt(plan: usize, layer: i32, scratch: usize): usize { return scratch + load<usize>(layerAt(plan, layer), 12); }
// @ts-ignore: decorator
@inline
function cellsAt(plan: usize, layer: i32, scratch: usize): usize {
  return gatesAt(plan, layer, scratch) + <usize>(steps(plan) * 4 * load<i32>(layerAt(plan, layer), 4)) * NUMBER;
}
// @ts-ignore: decorator
@inline
function statesAt(plan: usize, layer: i32, scratch: usize): usize {
  return gatesAt(plan, layer, scratch) + <usize>(steps(plan) * 5 * load<i32>(layerAt(plan, layer), 4)) * NUMBER;
}
// @ts-ignore: decorator
@inline
function restAt(plan: usize, scratch: usize): usize {
  const last = layerCount(plan) - 1;
  return gatesAt(plan, last, scratch) + <usize>(steps(plan) * 6 * load<i32>(layerAt(plan, last), 4)) * NUMBER;
}

/**
 * Losses and gradients of the blocks first .. end - 1 of a batch.
 *
 * @param x rows [T * F] of all data; @param target rows [T * O]; @param order row numbers of the batch
 * @param gradient [weights] vectors of four lanes, added to
 * @param scale of an error in the gradient: 2 over batch and over the errors that count in a row
 * @returns sum over the rows of the squared errors that count
 */
function trainBlocks(
  plan: usize, scratch: usize, gradient: usize,
  x: usize, target: usize, order: usize, batch: i32, first: i32, end: i32, scale: f32,
): f64 {
  let loss: f64 = 0;
  for (let block = first; block < end; block++) {
    const rows = min(LANES, batch - block * LANES);
    const at = order + ((<usize>(block * LANES)) << 2);
    gather(plan, scratch, x, at, rows);
    forward(plan, scratch);
    loss += errors(plan, scratch, target, at, rows, scale);
    backward(plan, scratch, gradient);
  }
  return loss;
}

/**
 * Outputs of a block without a gradient.
 *
 * @param latent [rows, units of the last encoder layer]; @param y [rows, T * O]; @param from row of both where the block begins
 */
function forwardBlock(plan: usize, scratch: usize, x: usize, latent: usize, y: usize, order: usize, from: i32, rows: i32): void {
  const width = steps(plan) * outputs(plan);
  const middle = encoderLayers(plan) - 1;
  const units = load<i32>(layerAt(plan, middle), 4);
  gather(plan, scratch, x, order, rows);
  forward(plan, scratch);
  const state = statesAt(plan, middle, scratch) + <usize>((steps(plan) - 1) * units) * NUMBER;
  scatter(state, latent + ((<usize>(from * units)) << 2), units, rows);
  scatter(yAt(plan, scratch), y + ((<usize>(from * width)) << 2), width, rows);
}

/** Sum over some rows of the squared errors that count, in inference mode. */
function lossRows(plan: usize, scratch: usize, x: usize, target: usize, order: usize, count: i32): f64 {
  let loss: f64 = 0;
  for (let from = 0; from < count; from += LANES) {
    const rows = min(LANES, count - from);
    const at = order + ((<usize>from) << 2);
    gather(plan, scratch, x, at, rows);
    forward(plan, scratch);
    loss += errors(plan, scratch, target, at, rows, 1);
  }
  return loss;
}

/** Rows side by side: number i of row r goes to lane r of number i. Lanes without a row are 0. */
function gather(plan: usize, scratch: usize, x: usize, order: usize, rows: i32): void {
  const width = steps(plan) * features(plan);
  if (rows < LANES) memory.fill(scratch, 0, <usize>width * NUMBER);
  for (let r = 0; r < rows; r++) {
    let from = x + ((<usize>load<u32>(order + ((<usize>r) << 2)) * <usize>width) << 2);
    let to = scratch + ((<usize>r) << 2);
    for (let i = 0; i < width; i++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += NUMBER;
    }
  }
}

/** Numbers of a block back to rows [rows, width]. */
function scatter(from: usize, to: usize, width: i32, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    let lane = from + ((<usize>r) << 2);
    for (let i = 0; i < width; i++) {
      store<f32>(to, load<f32>(lane));
      to += 4;
      lane += NUMBER;
    }
  }
}

function forward(plan: usize, scratch: usize): void {
  const T = steps(plan);
  let input = scratch;
  let constant = false;
  for (let l = 0; l < layerCount(plan); l++) {
    const layer = layerAt(plan, l);
    const units = load<i32>(layer, 4);
    const base = restAt(plan, scratch) + <usize>(widest(plan) * (2 * T + 3)) * NUMBER;
    lstmForward(
      T, load<i32>(layer, 0), units, weights(plan) + (load<usize>(layer, 8) << 2), input, constant,
      gatesAt(plan, l, scratch), cellsAt(plan, l, scratch), statesAt(plan, l, scratch), base,
    );
    input = statesAt(plan, l, scratch);
    constant = l + 1 == encoderLayers(plan);
    if (constant) input += <usize>((T - 1) * units) * NUMBER;
  }
  denseForward(plan, input, yAt(plan, scratch));
}

/**
 * One layer over all steps. Weights: for each unit, [in + units + 1] groups of the four gates i f c o: from the inputs, from the
 * last states, the bias.
 *
 * @param constant one input for all steps; its part of the gates is then found once, in `base` [units, 4]
 */
function lstmForward(
  T: i32, inputs: i32, units: i32, weight: usize, input: usize, constant: bool,
  gates: usize, cells: usize, states: usize, base: usize,
): void {
  const perUnit = (<usize>(inputs + units + 1)) << 4;
  if (constant) {
    for (let j = 0; j < units; j++) {
      const w = weight + <usize>j * perUnit;
      const b = w + ((<usize>(inputs + units)) << 4);
      let i0 = v128.load_splat<f32>(b), i1 = i0;
      let f0 = v128.load_splat<f32>(b, 4), f1 = f0;
      let g0 = v128.load_splat<f32>(b, 8), g1 = g0;
      let o0 = v128.load_splat<f32>(b, 12), o1 = o0;
      let at = w, from = input;
      for (let k = 0; k < inputs; k++) {
        const x0 = v128.load(from), x1 = v128.load(from, 16);
        const wi = v128.load_splat<f32>(at), wf = v128.load_splat<f32>(at, 4);
        i0 = madd(wi, x0, i0); i1 = madd(wi, x1, i1);
        f0 = madd(wf, x0, f0); f1 = madd(wf, x1, f1);
        const wg = v128.load_splat<f32>(at, 8), wo = v128.load_splat<f32>(at, 12);
        g0 = madd(wg, x0, g0); g1 = madd(wg, x1, g1);
        o0 = madd(wo, x0, o0); o1 = madd(wo, x1, o1);
        at += 16; from += NUMBER;
      }
      const to = base + <usize>j * 4 * NUMBER;
      v128.store(to, i0); v128.store(to, i1, 16);
      v128.store(to, f0, 32); v128.store(to, f1, 48);
      v128.store(to, g0, 64); v128.store(to, g1, 80);
      v128.store(to, o0, 96); v128.store(to, o1, 112);
    }
  }
  const row = <usize>units * NUMBER;
  for (let t = 0; t < T; t++) {
    const now = <usize>t * row;
    for (let j = 0; j < units; j++) {
      const w = weight + <usize>j * perUnit;
      let i0: v128, i1: v128, f0: v128, f1: v128, g0: v128, g1: v128, o0: v128, o1: v128;
      let at = w;
      if (constant) {
        const b = base + <usize>j * 4 * NUMBER;
        i0 = v128.load(b); i1 = v128.load(b, 16);
        f0 = v128.load(b, 32); f1 = v128.load(b, 48);
        g0 = v128.load(b, 64); g1 = v128.load(b, 80);
        o0 = v128.load(b, 96); o1 = v128.load(b, 112);
        at += (<usize>inputs) << 4;
      } else {
        const b = w + ((<usize>(inputs + units)) << 4);
        i0 = v128.load_splat<f32>(b); i1 = i0;
        f0 = v128.load_splat<f32>(b, 4); f1 = f0;
        g0 = v128.load_splat<f32>(b, 8); g1 = g0;
        o0 = v128.load_splat<f32>(b, 12); o1 = o0;
        let from = input + <usize>(t * inputs) * NUMBER;
        for (let k = 0; k < inputs; k++) {
          const x0 = v128.load(from), x1 = v128.load(from, 16);
          const wi = v128.load_splat<f32>(at), wf = v128.load_splat<f32>(at, 4);
          i0 = madd(wi, x0, i0); i1 = madd(wi, x1, i1);
          f0 = madd(wf, x0, f0); f1 = madd(wf, x1, f1);
          const wg = v128.load_splat<f32>(at, 8), wo = v128.load_splat<f32>(at, 12);
          g0 = madd(wg, x0, g0); g1 = madd(wg, x1, g1);
          o0 = madd(wo, x0, o0); o1 = madd(wo, x1, o1);
          at += 16; from += NUMBER;
        }
      }
      let c0 = f32x4.splat(0), c1 = c0;
      if (t > 0) {
        let from = states + now - row;
        for (let k = 0; k < units; k++) {
          const x0 = v128.load(from), x1 = v128.load(from, 16);
          const wi = v128.load_splat<f32>(at), wf = v128.load_splat<f32>(at, 4);
          i0 = madd(wi, x0, i0); i1 = madd(wi, x1, i1);
          f0 = madd(wf, x0, f0); f1 = madd(wf, x1, f1);
          const wg = v128.load_splat<f32>(at, 8), wo = v128.load_splat<f32>(at, 12);
          g0 = madd(wg, x0, g0); g1 = madd(wg, x1, g1);
          o0 = madd(wo, x0, o0); o1 = madd(wo, x1, o1);
          at += 16; from += NUMBER;
        }
        const before = cells + now - row + <usize>j * NUMBER;
        c0 = v128.load(before); c1 = v128.load(before, 16);
      }
      i0 = sigmoid(i0); i1 = sigmoid(i1);
      f0 = sigmoid(f0); f1 = sigmoid(f1);
      g0 = tanh(g0); g1 = tanh(g1);
      o0 = sigmoid(o0); o1 = sigmoid(o1);
      c0 = madd(f0, c0, f32x4.mul(i0, g0)); c1 = madd(f1, c1, f32x4.mul(i1, g1));
      const to = gates + now * 4 + <usize>j * 4 * NUMBER;
      v128.store(to, i0); v128.store(to, i1, 16);
      v128.store(to, f0, 32); v128.store(to, f1, 48);
      v128.store(to, g0, 64); v128.store(to, g1, 80);
      v128.store(to, o0, 96); v128.store(to, o1, 112);
      const cell = cells + now + <usize>j * NUMBER;
      v128.store(cell, c0); v128.store(cell, c1, 16);
      const state = states + now + <usize>j * NUMBER;
      v128.store(state, f32x4.mul(o0, tanh(c0))); v128.store(state, f32x4.mul(o1, tanh(c1)), 16);
    }
  }
}

/** y = b + Σ W h at each step; weights: for each output, [units] and the bias. */
function denseForward(plan: usize, states: usize, y: usize): void {
  const T = steps(plan), O = outputs(plan);
  const units = load<i32>(layerAt(plan, layerCount(plan) - 1), 4);
  const weight = weights(plan) + (denseAt(plan) << 2);
  let to = y;
  for (let t = 0; t < T; t++) {
    for (let o = 0; o < O; o++) {
      let w = weight + ((<usize>(o * (units + 1))) << 2);
      let from = states + <usize>(t * units) * NUMBER;
      let y0 = v128.load_splat<f32>(w + ((<usize>units) << 2)), y1 = y0;
      for (let k = 0; k < units; k++) {
        const wk = v128.load_splat<f32>(w);
        y0 = madd(wk, v128.load(from), y0); y1 = madd(wk, v128.load(from, 16), y1);
        w += 4; from += NUMBER;
      }
      v128.store(to, y0); v128.store(to, y1, 16);
      to += NUMBER;
    }
  }
}

/** Turns y into the gradient of the loss with respect to y; returns the sum of the squared errors that count. */
function errors(plan: usize, scratch: usize, target: usize, order: usize, rows: i32, scale: f32): f64 {
  const width = steps(plan) * outputs(plan);
  const count = largest(plan);
  const y = yAt(plan, scratch);
  const squares = restAt(plan, scratch) + <usize>(widest(plan) * (2 * steps(plan) + 11)) * NUMBER;
  let loss: f64 = 0;
  for (let r = 0; r < LANES; r++) {
    let at = y + ((<usize>r) << 2);
    if (r >= rows) {
      for (let i = 0; i < width; i++, at += NUMBER) store<f32>(at, 0);
      continue;
    }
    let truth = target + ((<usize>load<u32>(order + ((<usize>r) << 2)) * <usize>width) << 2);
    if (count == 0 || count >= width) {
      let sum: f64 = 0;
      for (let i = 0; i < width; i++, at += NUMBER, truth += 4) {
        const error = load<f32>(at) - load<f32>(truth);
        sum += <f64>(error * error);
        store<f32>(at, error * scale);
      }
      loss += sum;
    } else {
      loss += largestErrors(at, truth, width, count, squares, scale);
    }
  }
  return loss;
}

/** The `count` largest squared errors of one lane, the first ones where some are equal; all others have no gradient. */
function largestErrors(y: usize, truth: usize, width: i32, count: i32, squares: usize, scale: f32): f64 {
  let all: f64 = 0;
  for (let i = 0; i < width; i++) {
    const at = y + <usize>i * NUMBER;
    const error = load<f32>(at) - load<f32>(truth + ((<usize>i) << 2));
    store<f32>(at, error);
    const square = error * error;
    store<f32>(squares + ((<usize>i) << 2), square);
    all += <f64>square;
  }
  if (!(all < Infinity)) return all; // not a number any more: there is no order to find
  const limit = nthLargest(squares, width, count);
  let equal = count;
  for (let i = 0; i < width; i++) {
    const error = load<f32>(y + <usize>i * NUMBER);
    if (error * error > limit) equal--;
  }
  let sum: f64 = 0;
  for (let i = 0; i < width; i++) {
    const at = y + <usize>i * NUMBER;
    const error = load<f32>(at);
    const square = error * error;
    const taken = square > limit || (square == limit && equal-- > 0);
    if (taken) sum += <f64>square;
    store<f32>(at, taken ? error * scale : 0);
  }
  return sum;
}

/** Quickselect in place; the numbers are finite. */
function nthLargest(values: usize, length: i32, n: i32): f32 {
  let low = 0, high = length - 1;
  const wanted = n - 1;
  while (low < high) {
    const pivot = load<f32>(values + ((<usize>((low + high) >> 1)) << 2));
    let i = low, j = high;
    while (i <= j) {
      while (load<f32>(values + ((<usize>i) << 2)) > pivot) i++;
      while (load<f32>(values + ((<usize>j) << 2)) < pivot) j--;
      if (i <= j) {
        const a = values + ((<usize>i) << 2), b = values + ((<usize>j) << 2);
        const kept = load<f32>(a);
        store<f32>(a, load<f32>(b));
        store<f32>(b, kept);
        i++; j--;
      }
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return load<f32>(values + ((<usize>wanted) << 2));
}

function backward(plan: usize, scratch: usize, gradient: usize): void {
  const T = steps(plan);
  const last = layerCount(plan) - 1;
  const rest = restAt(plan, scratch);
  const over = <usize>(widest(plan) * T) * NUMBER;
  let above = rest, below = rest + over;
  const carried = rest + 2 * over;
  denseBackward(plan, statesAt(plan, last, scratch), yAt(plan, scratch), gradient, above);
  for (let l = last; l >= 0; l--) {
    const layer = layerAt(plan, l);
    const constant = l == encoderLayers(plan);
    const units = load<i32>(layer, 4);
    const inputs = load<i32>(layer, 0);
    // the state that is repeated has a gradient at the last step only
    const onlyLast = l == encoderLayers(plan) - 1;
    let input = scratch;
    if (l > 0) {
      input = statesAt(plan, l - 1, scratch);
      if (constant) input += <usize>((T - 1) * inputs) * NUMBER;
    }
    const offset = load<usize>(layer, 8);
    lstmBackward(
      T, inputs, units, weights(plan) + (offset << 2), gradient + (offset << 4), input, constant, l > 0,
      gatesAt(plan, l, scratch), cellsAt(plan, l, scratch), statesAt(plan, l, scratch),
      above, onlyLast, below, carried, <usize>widest(plan) * NUMBER,
    );
    const kept = above;
    above = below;
    below = kept;
  }
}

/** @param above receives the gradient of the states [T, units] */
function denseBackward(plan: usize, states: usize, dy: usize, gradient: usize, above: usize): void {
  const T = steps(plan), O = outputs(plan);
  const units = load<i32>(layerAt(plan, layerCount(plan) - 1), 4);
  const weight = weights(plan) + (denseAt(plan) << 2);
  for (let t = 0; t < T; t++) {
    const h = states + <usize>(t * units) * NUMBER;
    const dh = above + <usize>(t * units) * NUMBER;
    for (let o = 0; o < O; o++) {
      let w = weight + ((<usize>(o * (units + 1))) << 2);
      let g = gradient + ((denseAt(plan) + <usize>(o * (units + 1))) << 4);
      const e0 = v128.load(dy), e1 = v128.load(dy, 16);
      dy += NUMBER;
      for (let k = 0; k < units; k++) {
        const at = <usize>k * NUMBER;
        v128.store(g, madd(e1, v128.load(h + at, 16), madd(e0, v128.load(h + at), v128.load(g))));
        const wk = v128.load_splat<f32>(w);
        const d0 = o == 0 ? f32x4.splat(0) : v128.load(dh + at), d1 = o == 0 ? f32x4.splat(0) : v128.load(dh + at, 16);
        v128.store(dh + at, madd(wk, e0, d0)); v128.store(dh + at, madd(wk, e1, d1), 16);
        w += 4; g += 16;
      }
      v128.store(g, f32x4.add(v128.load(g), f32x4.add(e0, e1)));
    }
  }
}

/**
 * One layer back through all steps.
 *
 * @param above gradient of the states [T, units], or with `onlyLast` of the last state [units]
 * @param below receives the gradient of the inputs [T, in], or with `constant` of the one input [in]; not without `wantsInput`
 * @param carried room for two states, a cell and [units, 4]; @param room bytes of the widest state
 */
function lstmBackward(
  T: i32, inputs: i32, units: i32, weight: usize, gradient: usize, input: usize, constant: bool, wantsInput: bool,
  gates: usize, cells: usize, states: usize,
  above: usize, onlyLast: bool, below: usize, carried: usize, room: usize,
): void {
  const perUnit = (<usize>(inputs + units + 1)) << 4;
  const row = <usize>units * NUMBER;
  let carry = carried, next = carried + room;
  const dCell = carried + 2 * room;
  const summed = carried + 3 * room;
  memory.fill(carry, 0, row);
  memory.fill(dCell, 0, row);
  if (constant) memory.fill(summed, 0, row * 4);
  const one = f32x4.splat(1);
  for (let t = T - 1; t >= 0; t--) {
    const now = <usize>t * row;
    memory.fill(next, 0, row);
    const dInput = below + <usize>(t * inputs) * NUMBER;
    if (wantsInput && !constant) memory.fill(dInput, 0, <usize>inputs * NUMBER);
    const hasAbove = !onlyLast || t == T - 1;
    const dAbove = onlyLast ? above : above + now;
    for (let j = 0; j < units; j++) {
      const unit = <usize>j * NUMBER;
      let dh0 = v128.load(carry + unit), dh1 = v128.load(carry + unit, 16);
      if (hasAbove) {
        dh0 = f32x4.add(dh0, v128.load(dAbove + unit)); dh1 = f32x4.add(dh1, v128.load(dAbove + unit, 16));
      }
      const g = gates + now * 4 + unit * 4;
      let o0 = v128.load(g, 96), o1 = v128.load(g, 112);
      // tanh of the cell, without computing it again
      const h0 = f32x4.div(v128.load(states + now + unit), o0), h1 = f32x4.div(v128.load(states + now + unit, 16), o1);
      const dc0 = madd(f32x4.mul(dh0, o0), f32x4.sub(one, f32x4.mul(h0, h0)), v128.load(dCell + unit));
      const dc1 = madd(f32x4.mul(dh1, o1), f32x4.sub(one, f32x4.mul(h1, h1)), v128.load(dCell + unit, 16));
      o0 = f32x4.mul(f32x4.mul(dh0, h0), f32x4.mul(o0, f32x4.sub(one, o0)));
      o1 = f32x4.mul(f32x4.mul(dh1, h1), f32x4.mul(o1, f32x4.sub(one, o1)));
      let i0 = v128.load(g), i1 = v128.load(g, 16);
      let f0 = v128.load(g, 32), f1 = v128.load(g, 48);
      let c0 = v128.load(g, 64), c1 = v128.load(g, 80);
      v128.store(dCell + unit, f32x4.mul(dc0, f0)); v128.store(dCell + unit, f32x4.mul(dc1, f1), 16);
      if (t > 0) {
        const before = cells + now - row + unit;
        f0 = f32x4.mul(f32x4.mul(dc0, v128.load(before)), f32x4.mul(f0, f32x4.sub(one, f0)));
        f1 = f32x4.mul(f32x4.mul(dc1, v128.load(before, 16)), f32x4.mul(f1, f32x4.sub(one, f1)));
      } else {
        f0 = f32x4.splat(0); f1 = f0;
      }
      const di0 = f32x4.mul(f32x4.mul(dc0, c0), f32x4.mul(i0, f32x4.sub(one, i0)));
      const di1 = f32x4.mul(f32x4.mul(dc1, c1), f32x4.mul(i1, f32x4.sub(one, i1)));
      c0 = f32x4.mul(f32x4.mul(dc0, i0), f32x4.sub(one, f32x4.mul(c0, c0)));
      c1 = f32x4.mul(f32x4.mul(dc1, i1), f32x4.sub(one, f32x4.mul(c1, c1)));
      i0 = di0; i1 = di1;
      // from here on i f c o are gradients of the gates before their activations
      let w = weight + <usize>j * perUnit;
      let dw = gradient + ((<usize>(j * (inputs + units + 1))) << 6);
      if (constant) {
        const s = summed + unit * 4;
        v128.store(s, f32x4.add(v128.load(s), i0)); v128.store(s, f32x4.add(v128.load(s, 16), i1), 16);
        v128.store(s, f32x4.add(v128.load(s, 32), f0), 32); v128.store(s, f32x4.add(v128.load(s, 48), f1), 48);
        v128.store(s, f32x4.add(v128.load(s, 64), c0), 64); v128.store(s, f32x4.add(v128.load(s, 80), c1), 80);
        v128.store(s, f32x4.add(v128.load(s, 96), o0), 96); v128.store(s, f32x4.add(v128.load(s, 112), o1), 112);
        w += (<usize>inputs) << 4;
        dw += (<usize>inputs) << 6;
      } else {
        let from = input + <usize>(t * inputs) * NUMBER;
        let to = dInput;
        for (let k = 0; k < inputs; k++) {
          const x0 = v128.load(from), x1 = v128.load(from, 16);
          v128.store(dw, madd(i1, x1, madd(i0, x0, v128.load(dw))));
          v128.store(dw, madd(f1, x1, madd(f0, x0, v128.load(dw, 16))), 16);
          v128.store(dw, madd(c1, x1, madd(c0, x0, v128.load(dw, 32))), 32);
          v128.store(dw, madd(o1, x1, madd(o0, x0, v128.load(dw, 48))), 48);
          if (wantsInput) {
            const wi = v128.load_splat<f32>(w), wf = v128.load_splat<f32>(w, 4);
            const wc = v128.load_splat<f32>(w, 8), wo = v128.load_splat<f32>(w, 12);
            v128.store(to, madd(wo, o0, madd(wc, c0, madd(wf, f0, madd(wi, i0, v128.load(to))))));
            v128.store(to, madd(wo, o1, madd(wc, c1, madd(wf, f1, madd(wi, i1, v128.load(to, 16))))), 16);
          }
          from += NUMBER; to += NUMBER; w += 16; dw += 64;
        }
      }
      if (t > 0) {
        let from = states + now - row;
        let to = next;
        for (let k = 0; k < units; k++) {
          const x0 = v128.load(from), x1 = v128.load(from, 16);
          v128.store(dw, madd(i1, x1, madd(i0, x0, v128.load(dw))));
          v128.store(dw, madd(f1, x1, madd(f0, x0, v128.load(dw, 16))), 16);
          v128.store(dw, madd(c1, x1, madd(c0, x0, v128.load(dw, 32))), 32);
          v128.store(dw, madd(o1, x1, madd(o0, x0, v128.load(dw, 48))), 48);
          const wi = v128.load_splat<f32>(w), wf = v128.load_splat<f32>(w, 4);
          const wc = v128.load_splat<f32>(w, 8), wo = v128.load_splat<f32>(w, 12);
          v128.store(to, madd(wo, o0, madd(wc, c0, madd(wf, f0, madd(wi, i0, v128.load(to))))));
          v128.store(to, madd(wo, o1, madd(wc, c1, madd(wf, f1, madd(wi, i1, v128.load(to, 16))))), 16);
          from += NUMBER; to += NUMBER; w += 16; dw += 64;
        }
      } else {
        dw += (<usize>units) << 6;
      }
      v128.store(dw, f32x4.add(v128.load(dw), f32x4.add(i0, i1)));
      v128.store(dw, f32x4.add(v128.load(dw, 16), f32x4.add(f0, f1)), 16);
      v128.store(dw, f32x4.add(v128.load(dw, 32), f32x4.add(c0, c1)), 32);
      v128.store(dw, f32x4.add(v128.load(dw, 48), f32x4.add(o0, o1)), 48);
    }
    const kept = carry;
    carry = next;
    next = kept;
  }
  if (constant) constantBackward(inputs, units, weight, gradient, input, summed, below);
}

/** What the one input of all steps gets, from the gate gradients summed over the steps. */
function constantBackward(inputs: i32, units: i32, weight: usize, gradient: usize, input: usize, summed: usize, below: usize): void {
  memory.fill(below, 0, <usize>inputs * NUMBER);
  for (let j = 0; j < units; j++) {
    let w = weight + ((<usize>(j * (inputs + units + 1))) << 4);
    let dw = gradient + ((<usize>(j * (inputs + units + 1))) << 6);
    const s = summed + <usize>j * 4 * NUMBER;
    for (let k = 0; k < inputs; k++) {
      const from = input + <usize>k * NUMBER;
      const to = below + <usize>k * NUMBER;
      for (let gate: usize = 0; gate < 4; gate++) {
        const d0 = v128.load(s + gate * NUMBER), d1 = v128.load(s + gate * NUMBER, 16);
        v128.store(dw, madd(d1, v128.load(from, 16), madd(d0, v128.load(from), v128.load(dw))));
        const wk = v128.load_splat<f32>(w);
        v128.store(to, madd(wk, d0, v128.load(to))); v128.store(to, madd(wk, d1, v128.load(to, 16)), 16);
        w += 4; dw += 16;
      }
    }
  }
}

/** Sums four lanes of each weight over the groups, in their order, into `sum` [weights]. */
function sumGroups(gradients: usize, groups: i32, count: i32, sum: usize): void {
  const size = (<usize>count) << 4;
  for (let i = 0; i < count; i++) {
    const at = gradients + ((<usize>i) << 4);
    let total = v128.load(at);
    for (let g = 1; g < groups; g++) total = f32x4.add(total, v128.load(at + <usize>g * size));
    const pairs = f32x4.add(total, v128.shuffle<f32>(total, total, 2, 3, 0, 1));
    store<f32>(sum + ((<usize>i) << 2), f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
  }
}

/**
 * Adam over all weights, as `compute/optimiser.ts` has it: corrections folded into `rate` and `epsilon`, `keep` = 1 - rate of decay.
 * Arrays are padded to a multiple of four.
 *
 * @param peak largest second moments for AMSGrad, or 0
 */
function adam(
  p: usize, g: usize, m: usize, v: usize, peak: usize, count: i32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, rate: f32, epsilon: f32, keep: f32,
): void {
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    const gradient = v128.load(g + i);
    const moment = madd(f32x4.splat(beta1), v128.load(m + i), f32x4.mul(f32x4.splat(rest1), gradient));
    const square = madd(f32x4.splat(beta2), v128.load(v + i), f32x4.mul(f32x4.splat(rest2), f32x4.mul(gradient, gradient)));
    v128.store(m + i, moment);
    v128.store(v + i, square);
    let used = square;
    if (peak != 0) {
      used = f32x4.max(v128.load(peak + i), square);
      v128.store(peak + i, used);
    }
    const move = f32x4.div(f32x4.mul(f32x4.splat(rate), moment), f32x4.add(f32x4.sqrt(used), f32x4.splat(epsilon)));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), f32x4.splat(keep)), move));
  }
}

// The control record. The first words are the team (lib/teams).
/** Steps of training; 0 to pass rows forward or to judge them instead. */
const STEPS: usize = 32;
const PLAN: usize = 36;
/** Of the first thread, and bytes to that of the next. */
const SCRATCH: usize = 40;
const SCRATCH_BYTES: usize = 44;
const GRADIENTS: usize = 48;
const GROUPS: usize = 52;
const X: usize = 56;
const TARGET: usize = 60;
/** Row numbers [steps, batch]. */
const ORDER: usize = 64;
const BATCH: usize = 68;
/** Of an error in the gradient. */
const SCALE: usize = 72;
/** Packed weights, the sum of the gradients, both moments and the largest second moments, or 0. */
const WEIGHTS: usize = 76;
const SUM: usize = 80;
const FIRST_MOMENT: usize = 84;
const SECOND_MOMENT: usize = 88;
const PEAK: usize = 92;
const COUNT: usize = 96;
/** The last seven numbers of `adam` for each step. */
const FACTORS: usize = 100;
/** Loss of each group [steps, groups], or of each block of judged rows. */
const LOSSES: usize = 104;
/** Where latent numbers and outputs of the rows go; 0 to judge the rows instead. */
const LATENT: usize = 108;
const Y: usize = 112;

// @ts-ignore: decorator
@inline
function word(control: usize, offset: usize): i32 { return load<i32>(control + offset); }
// @ts-ignore: decorator
@inline
function address(control: usize, offset: usize): usize { return <usize>load<u32>(control + offset); }

/** Runs what the control record asks for. Every thread of the team calls it with its own number. */
function work(control: usize, thread: i32): void {
  const scratch = address(control, SCRATCH) + <usize>thread * address(control, SCRATCH_BYTES);
  const steps = word(control, STEPS);
  for (let step = 0; step < steps; step++) {
    const groups = word(control, GROUPS);
    for (let group = nextTask(control); group < groups; group = nextTask(control)) trainGroup(control, step, group, scratch);
    if (arrive(control)) {
      update(control, step);
      release(control);
    }
  }
  if (steps > 0) return;
  const rows = word(control, BATCH);
  const blocks = (rows + LANES - 1) / LANES;
  for (let block = nextTask(control); block < blocks; block = nextTask(control)) {
    const order = address(control, ORDER) + (<usize>(block * LANES) << 2);
    const taken = min(LANES, rows - block * LANES);
    const latent = address(control, LATENT);
    if (latent != 0) {
      forwardBlock(address(control, PLAN), scratch, address(control, X), latent, address(control, Y), order, block * LANES, taken);
      continue;
    }
    const loss = lossRows(address(control, PLAN), scratch, address(control, X), address(control, TARGET), order, taken);
    store<f64>(address(control, LOSSES) + (<usize>block << 3), loss);
  }
  if (arrive(control)) release(control);
}

function trainGroup(control: usize, step: i32, group: i32, scratch: usize): void {
  const groups = word(control, GROUPS), batch = word(control, BATCH);
  const blocks = (batch + LANES - 1) / LANES;
  const bytes = <usize>word(control, COUNT) << 4;
  const gradient = address(control, GRADIENTS) + <usize>group * bytes;
  memory.fill(gradient, 0, bytes);
  const loss = trainBlocks(
    address(control, PLAN), scratch, gradient, address(control, X), address(control, TARGET),
    address(control, ORDER) + (<usize>(step * batch) << 2), batch, (group * blocks) / groups, ((group + 1) * blocks) / groups,
    load<f32>(control + SCALE),
  );
  store<f64>(address(control, LOSSES) + (<usize>(step * groups + group) << 3), loss);
}

/** The serial work after the gradients of a step. */
function update(control: usize, step: i32): void {
  const count = word(control, COUNT);
  sumGroups(address(control, GRADIENTS), word(control, GROUPS), count, address(control, SUM));
  const factors = address(control, FACTORS) + <usize>step * 28;
  adam(
    address(control, WEIGHTS), address(control, SUM), address(control, FIRST_MOMENT), address(control, SECOND_MOMENT),
    address(control, PEAK), (count + 3) & ~3, load<f32>(factors), load<f32>(factors, 4), load<f32>(factors, 8), load<f32>(factors, 12),
    load<f32>(factors, 16), load<f32>(factors, 20), load<f32>(factors, 24),
  );
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
    if (thread < (seen & 15)) work(control, thread);
  }
}

/** Calls the helpers to a run with `threads` threads (at most 15, this one included) and takes part as thread 0. */
export function lead(job: usize, control: usize, threads: i32): void {
  prepareTeam(control, threads);
  if (threads > 1) {
    atomic.store<i32>(job, (((atomic.load<i32>(job) >> 4) + 1) & 0x7ffffff) << 4 | threads);
    park(job, 0, true);
  }
  work(control, 0);
}
