/**
 * Writes the WGSL of an LSTM autoencoder's training step: LSTM layers down to a last state, that state at each step, LSTM layers up,
 * a dense layer at each step. Time is a loop inside the shader, so a step takes two dispatches whatever the length of the sequence.
 *
 * Several members, say the seeds of one model, train side by side as the second dimension of the grids. A member's instructions and
 * their order do not depend on the number of members, so neither do its numbers.
 *
 * - `sequenceCode`: one invocation per unit of one sequence; several sequences share a workgroup. All layers forward, the loss, all
 *   layers back through time, and the sequence's own sum of every weight's gradient.
 * - `updateCode`: one invocation per weight adds up the sequences in their order and takes the step of Adam.
 *
 * States of one step pass between invocations through workgroup memory, in two halves that take turns, so that a step of a layer
 * has one barrier; everything that the backward pass needs lies in scratch rows, one per sequence.
 */
import type { LstmChain } from '../kernels/lstm-plan.ts';
import { bytesPerNumber, type RowStorage } from './packing.ts';
import { fromLevel, numberAt } from './shards.ts';

/** Invocations of a workgroup, and with them the widest layer. */
export const workgroupSize = 64;
/** Each invocation keeps the gradients of its unit's weights in private memory. */
export const widestLayer = 32;

export interface LstmLayout {
  chain: LstmChain;
  /** First number of each variable among all weights: kernel, recurrent kernel, bias of each layer, then those of the dense layer. */
  offsets: readonly number[];
  weights: number;
  /** Largest errors that count, 0 for all. */
  largest: number;
}

interface Layer {
  features: number;
  units: number;
  kernel: number;
  recurrent: number;
  bias: number;
  /** Start of its [T, 6, U] in a scratch row: gates i f g o, cell, state. */
  at: number;
  /** Its input is one vector, the same at each step. */
  constant: boolean;
}

interface Plan extends LstmLayout {
  layers: readonly Layer[];
  widest: number;
  /** Sequences of a workgroup. */
  together: number;
  errorsAt: number;
  gradientAt: number;
  betweenAt: readonly [number, number];
  rowLength: number;
}

function planOf(layout: LstmLayout): Plan {
  const { chain, offsets } = layout;
  const { steps, outputs } = chain;
  const widest = Math.max(...[...chain.encoder, ...chain.decoder].map(({ units }) => units));
  let at = 0;
  const layers = [...chain.encoder, ...chain.decoder].map(({ features, units }, i): Layer => {
    const start = at;
    at += steps * 6 * units;
    const [kernel, recurrent, bias] = offsets.slice(3 * i, 3 * i + 3) as [number, number, number];
    return { features, units, kernel, recurrent, bias, at: start, constant: i === chain.encoder.length };
  });
  const errorsAt = at;
  const gradientAt = layout.largest > 0 ? errorsAt + steps * outputs : errorsAt;
  const first = gradientAt + steps * outputs;
  const betweenAt = [first, first + steps * widest] as const;
  return {
    ...layout,
    layers,
    widest,
    together: Math.floor(workgroupSize / widest),
    errorsAt,
    gradientAt,
    betweenAt,
    rowLength: first + 2 * steps * widest,
  };
}

/** Numbers of a scratch row, and sequences that a workgroup takes. */
export function lstmGeometry(layout: LstmLayout): { rowLength: number; together: number } {
  const { rowLength, together } = planOf(layout);
  return { rowLength, together };
}

const functionsWgsl = /* wgsl */ `
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn hyperbolic(x: f32) -> f32 { return select(tanh(x), sign(x), abs(x) > 10.0); }
`;

/**
 * Grid: workgroups of sequences, members. The slot says where the rows of this part are in the order and in the batch, the factor of
 * the errors in the gradient, and how far the numbers of one member lie from those of the next: scratch rows, losses (and rows of
 * gradients), and row numbers, 0 where all members have the same. So the text, which takes a second to compile, depends on no batch
 * and on no number of members.
 *
 * @param storage how x and target lie. As uint8 they are levels of their columns, and one more binding at the end has the scales and
 *   offsets of x, then those of the target
 *
 * Bindings: slot, x, target, order [members, ...], weights [members, weights], scratch rows [members, ...], gradients
 * [members, rows, weights], losses [members, rows].
 */
export function sequenceCode(layout: LstmLayout, mode: 'training' | 'inference', storage: RowStorage = 'float32'): string {
  const plan = planOf(layout);
  const { widest, together, rowLength, weights, layers } = plan;
  const training = mode === 'training';
  const forward = layers.map((layer, l) => layerForward(plan, layer, l));
  const backward = training ? [...layers.keys()].reverse().map((l) => layerBackward(plan, l)) : [];
  return /* wgsl */ `
struct Slot { first: u32, start: u32, rows: u32, scale: f32, scratchApart: u32, lossesApart: u32, orderApart: u32 };
@group(0) @binding(0) var<uniform> u: Slot;
@group(0) @binding(1) var<storage, read> X: array<${storage === 'float32' ? 'f32' : 'u32'}>;
@group(0) @binding(2) var<storage, read> truth: array<${storage === 'float32' ? 'f32' : 'u32'}>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> P: array<f32>;
@group(0) @binding(5) var<storage, read_write> S: array<f32>;
@group(0) @binding(6) var<storage, read_write> G: array<f32>;
@group(0) @binding(7) var<storage, read_write> losses: array<f32>;
${rowsWgsl(plan, storage)}
const T = ${plan.chain.steps}u;
const widest = ${widest}u;
const half = ${together * widest}u;
var<workgroup> states: array<f32, ${2 * together * widest}>;
var<workgroup> passed: array<vec4<f32>, ${2 * together * widest}>;
var<workgroup> parts: array<f32, ${workgroupSize}>;
${functionsWgsl}
fn gatesOf(at: u32, units: u32, j: u32) -> vec4<f32> {
  return vec4<f32>(P[at + j], P[at + units + j], P[at + 2u * units + j], P[at + 3u * units + j]);
}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(local_invocation_index) lid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = lid / widest;
  let j = lid % widest;
  let sequence = group.x * ${together}u + s;
  let live = s < ${together}u && sequence < u.rows;
  let lane = s * widest;
  let member = group.y;
  let row = order[member * u.orderApart + u.first + min(sequence, u.rows - 1u)];
  let x0 = row * ${plan.chain.steps * plan.chain.features}u;
  let y0 = row * ${plan.chain.steps * plan.chain.outputs}u;
  let p0 = member * ${weights}u;
  let row0 = (member * u.scratchApart + sequence) * ${rowLength}u;
  let place0 = member * u.lossesApart + u.start + sequence;
  let g0 = place0 * ${weights}u;
  ${forward.join('\n')}
  ${denseAndLoss(plan)}
  ${backward.join('\n')}
}`;
}

/** Functions that read the number `place` of a row that begins at `start`. */
function rowsWgsl({ chain }: Plan, storage: RowStorage): string {
  const [inputs, outputs] = [chain.steps * chain.features, chain.steps * chain.outputs];
  const bytes = bytesPerNumber[storage];
  const [input, truth] = [numberAt('X', bytes, 'start + place'), numberAt('truth', bytes, 'start + place')];
  const levelled = storage === 'uint8';
  return `${levelled ? '@group(0) @binding(8) var<storage, read> levels: array<f32>;' : ''}
fn inputAt(start: u32, place: u32) -> f32 { return ${levelled ? fromLevel(input, 'levels', inputs, 'place') : input}; }
fn truthAt(start: u32, place: u32) -> f32 {
  return ${levelled ? fromLevel(truth, 'levels', outputs, `${2 * inputs}u + place`) : truth};
}`;
}

/** The k-th number of a layer's input at step t. */
function inputOf(plan: Plan, l: number, t: string, k: string): string {
  const before = plan.layers[l - 1];
  if (!before) return `inputAt(x0, ${t} * ${plan.chain.features}u + ${k})`;
  const step = plan.layers[l]?.constant ? `${plan.chain.steps - 1}u` : t;
  return `S[row0 + ${before.at}u + (${step} * 6u + 5u) * ${before.units}u + ${k}]`;
}

function layerForward(plan: Plan, layer: Layer, l: number): string {
  const { features, units, kernel, recurrent, bias, at, constant } = layer;
  const input = `for (var k = 0u; k < ${features}u; k++) { z += ${inputOf(plan, l, 't', 'k')} * fromInput[k]; }`;
  return `
  { // layer ${l} forward
    var fromInput: array<vec4<f32>, ${features}>;
    var fromState: array<vec4<f32>, ${units}>;
    var base = vec4<f32>();
    let works = live && j < ${units}u;
    if (works) {
      for (var k = 0u; k < ${features}u; k++) { fromInput[k] = gatesOf(p0 + ${kernel}u + k * ${4 * units}u, ${units}u, j); }
      for (var k = 0u; k < ${units}u; k++) { fromState[k] = gatesOf(p0 + ${recurrent}u + k * ${4 * units}u, ${units}u, j); }
      base = gatesOf(p0 + ${bias}u, ${units}u, j);
      ${constant ? `let t = 0u; var z = base; ${input} base = z;` : ''}
      states[lane + j] = 0.0;
    }
    workgroupBarrier();
    var c = 0.0;
    for (var t = 0u; t < T; t++) {
      let last = (t & 1u) * half + lane;
      let next = half - (t & 1u) * half + lane;
      if (works) {
        var z = base;
        ${constant ? '' : input}
        for (var k = 0u; k < ${units}u; k++) { z += states[last + k] * fromState[k]; }
        let i = sigmoid(z.x);
        let f = sigmoid(z.y);
        let g = hyperbolic(z.z);
        let o = sigmoid(z.w);
        c = f * c + i * g;
        let h = o * hyperbolic(c);
        states[next + j] = h;
        let to = row0 + ${at}u + t * ${6 * units}u + j;
        S[to] = i; S[to + ${units}u] = f; S[to + ${2 * units}u] = g; S[to + ${3 * units}u] = o;
        S[to + ${4 * units}u] = c; S[to + ${5 * units}u] = h;
      }
      workgroupBarrier();
    }
    storageBarrier();
  }`;
}

/** Errors of all outputs, the loss of the sequence, and the gradient of the mean loss with respect to the outputs. */
function denseAndLoss(plan: Plan): string {
  const { chain, layers, errorsAt, gradientAt, largest, offsets, widest } = plan;
  const top = layers.at(-1) as Layer;
  const [kernel, bias] = offsets.slice(-2) as [number, number];
  const numbers = chain.steps * chain.outputs;
  const error = `
      var y = P[p0 + ${bias}u + e % ${chain.outputs}u];
      let place = row0 + ${top.at}u + ((e / ${chain.outputs}u) * 6u + 5u) * ${top.units}u;
      for (var k = 0u; k < ${top.units}u; k++) { y += S[place + k] * P[p0 + ${kernel}u + k * ${chain.outputs}u + e % ${chain.outputs}u]; }
      let error = y - truthAt(y0, e);`;
  const all = `
    for (var e = j; e < ${numbers}u; e += widest) {${error}
      sum += error * error;
      S[row0 + ${gradientAt}u + e] = error * u.scale;
    }`;
  // taken: fewer than n errors are larger, or as large and earlier
  const largestOnly = `
    for (var e = j; e < ${numbers}u; e += widest) {${error}
      S[row0 + ${errorsAt}u + e] = error;
    }`;
  const choose = `
  storageBarrier();
  if (live) {
    for (var e = j; e < ${numbers}u; e += widest) {
      let error = S[row0 + ${errorsAt}u + e];
      let square = error * error;
      var before = 0u;
      for (var k = 0u; k < ${numbers}u; k++) {
        let other = S[row0 + ${errorsAt}u + k] * S[row0 + ${errorsAt}u + k];
        before += select(0u, 1u, other > square || (other == square && k < e));
      }
      let taken = before < ${largest}u;
      sum += select(0.0, square, taken);
      S[row0 + ${gradientAt}u + e] = select(0.0, error * u.scale, taken);
    }
  }`;
  return `
  var sum = 0.0;
  if (live) {${largest > 0 ? largestOnly : all}
  }
  ${largest > 0 ? choose : ''}
  parts[lid] = sum;
  workgroupBarrier();
  if (live && j == 0u) {
    var whole = 0.0;
    for (var k = 0u; k < ${widest}u; k++) { whole += parts[lid + k]; }
    losses[place0] = whole;
  }
  storageBarrier();`;
}

function layerBackward(plan: Plan, l: number): string {
  const { chain, layers, gradientAt, betweenAt, offsets } = plan;
  const layer = layers[l] as Layer;
  const { features, units, kernel, recurrent, bias, at, constant } = layer;
  const outputs = chain.outputs;
  const isTop = l === layers.length - 1;
  const isMiddle = l === chain.encoder.length - 1;
  // each layer reads what the one above wrote
  const [read, written] = l % 2 === 0 ? betweenAt : [betweenAt[1], betweenAt[0]];
  const [denseKernel, denseBias] = offsets.slice(-2) as [number, number];
  const wantsInput = l > 0;
  const above = isTop
    ? `for (var o = 0u; o < ${outputs}u; o++) {
          let dy = S[row0 + ${gradientAt}u + t * ${outputs}u + o];
          dh += dy * P[p0 + ${denseKernel}u + j * ${outputs}u + o];
          ofDense[o] += dy * S[place + ${5 * units}u];
          ofDenseBias[o] += dy;
        }`
    : isMiddle
      ? `if (r == 0u) { dh += S[row0 + ${read}u + j]; }`
      : `dh += S[row0 + ${read}u + t * widest + j];`;
  const ofInput = `for (var k = 0u; k < ${features}u; k++) { g[k] += ${inputOf(plan, l, 't', 'k')} * dz; }`;
  const toInput = (target: string) => `
      if (live && j < ${features}u) {
        var d = 0.0;
        for (var q = 0u; q < ${units}u; q++) { d += dot(passed[here + q], gatesOf(p0 + ${kernel}u + j * ${4 * units}u, ${units}u, q)); }
        ${target} = d;
      }`;
  return `
  { // layer ${l} backward
    let works = live && j < ${units}u;
    var g: array<vec4<f32>, ${features + units + 1}>;
    var toState: array<vec4<f32>, ${units}>;
    ${isTop ? `var ofDense: array<f32, ${outputs}>; var ofDenseBias: array<f32, ${outputs}>;` : ''}
    if (works) { for (var q = 0u; q < ${units}u; q++) { toState[q] = gatesOf(p0 + ${recurrent}u + j * ${4 * units}u, ${units}u, q); } }
    var dc = 0.0;
    var dh = 0.0;
    for (var r = 0u; r < T; r++) {
      let t = T - 1u - r;
      let here = (r & 1u) * half + lane;
      if (works) {
        let place = row0 + ${at}u + t * ${6 * units}u + j;
        ${above}
        let i = S[place];
        let f = S[place + ${units}u];
        let a = S[place + ${2 * units}u];
        let o = S[place + ${3 * units}u];
        let h = hyperbolic(S[place + ${4 * units}u]);
        var before = 0.0;
        if (t > 0u) { before = S[place - ${2 * units}u]; }
        let d = dc + dh * o * (1.0 - h * h);
        let dz = vec4<f32>(d * a * i * (1.0 - i), d * before * f * (1.0 - f), d * i * (1.0 - a * a), dh * h * o * (1.0 - o));
        dc = d * f;
        passed[here + j] = dz;
        ${constant ? '' : ofInput}
        if (t > 0u) {
          let earlier = row0 + ${at}u + (t * 6u - 1u) * ${units}u;
          for (var k = 0u; k < ${units}u; k++) { g[${features}u + k] += S[earlier + k] * dz; }
        }
        g[${features + units}] += dz;
      }
      workgroupBarrier();
      if (works) {
        dh = 0.0;
        for (var q = 0u; q < ${units}u; q++) { dh += dot(passed[here + q], toState[q]); }
      }
      ${wantsInput && !constant ? toInput(`S[row0 + ${written}u + t * widest + j]`) : ''}
    }
    ${
      constant
        ? `let here = lane;
      workgroupBarrier();
      if (works) {
        let dz = g[${features + units}];
        passed[here + j] = dz;
        let t = 0u;
        ${ofInput}
      }
      workgroupBarrier();
      ${toInput(`S[row0 + ${written}u + j]`)}`
        : ''
    }
    if (works) {
      for (var k = 0u; k < ${features + units + 1}u; k++) {
        var to = g0 + j;
        if (k < ${features}u) { to += ${kernel}u + k * ${4 * units}u; }
        else if (k < ${features + units}u) { to += ${recurrent}u + (k - ${features}u) * ${4 * units}u; }
        else { to += ${bias}u; }
        G[to] = g[k].x; G[to + ${units}u] = g[k].y; G[to + ${2 * units}u] = g[k].z; G[to + ${3 * units}u] = g[k].w;
      }
      ${
        isTop
          ? `for (var o = 0u; o < ${outputs}u; o++) {
        G[g0 + ${denseKernel}u + j * ${outputs}u + o] = ofDense[o];
        if (j == 0u) { G[g0 + ${denseBias}u + o] = ofDenseBias[o]; }
      }`
          : ''
      }
    }
    storageBarrier();
    workgroupBarrier();
  }`;
}

export interface UpdateConstants {
  weights: number;
  beta1: number;
  beta2: number;
  amsgrad: boolean;
  /** Errors that count in a row. */
  counted: number;
  /** Rows of a batch. */
  batch: number;
  members: number;
}

/**
 * Grid: workgroups of weights, members. The slot holds the number of the step in the submit and each member's rate, epsilon and kept share
 * of a weight.
 *
 * Bindings: slot, weights, first and second moments (with AMSGrad a member's largest behind its second), gradients, losses, all
 * [members, ...], and the ring [steps, members] of mean losses.
 */
export function updateCode({ weights, beta1, beta2, amsgrad, counted, batch, members }: UpdateConstants): string {
  return /* wgsl */ `
struct Slot { slot: u32, members: array<vec4<f32>, ${members}> };
@group(0) @binding(0) var<uniform> u: Slot;
@group(0) @binding(1) var<storage, read_write> P: array<f32>;
@group(0) @binding(2) var<storage, read_write> M: array<f32>;
@group(0) @binding(3) var<storage, read_write> V: array<f32>;
@group(0) @binding(4) var<storage, read> G: array<f32>;
@group(0) @binding(5) var<storage, read> losses: array<f32>;
@group(0) @binding(6) var<storage, read_write> ring: array<f32>;
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let p = id.x;
  let member = id.y;
  let row0 = member * ${batch}u;
  if (p == ${weights}u) {
    var sum = 0.0;
    for (var s = 0u; s < ${batch}u; s++) { sum += losses[row0 + s]; }
    ring[u.slot * ${members}u + member] = sum / (${batch}.0 * ${counted}.0);
  }
  if (p >= ${weights}u) { return; }
  var g = 0.0;
  for (var s = 0u; s < ${batch}u; s++) { g += G[(row0 + s) * ${weights}u + p]; }
  let at = member * ${weights}u + p;
  let second = member * ${(amsgrad ? 2 : 1) * weights}u + p;
  let m = ${float(beta1)} * M[at] + ${float(1 - beta1)} * g;
  let v = ${float(beta2)} * V[second] + ${float(1 - beta2)} * g * g;
  M[at] = m;
  V[second] = v;
  var used = v;
  ${amsgrad ? `used = max(V[second + ${weights}u], v); V[second + ${weights}u] = used;` : ''}
  let rate = u.members[member].x;
  let epsilon = u.members[member].y;
  let keep = u.members[member].z;
  P[at] = P[at] * keep - rate * m / (sqrt(used) + epsilon);
}`;
}

function float(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
