/**
 * WGSL of masked attention, sizes written in: one invocation per event, head and query (forward and gradient of the query) or key
 * (gradients of key and value). The logits of a query stay in registers.
 */
import type { AttentionShape } from '../attention.ts';

/** Beyond this a query's logits no longer fit its invocation. */
export const mostKeys = 128;

const head =
  '@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>)';

function open({ events, heads, width }: AttentionShape, length: number): string {
  return `let index = i32(id.x + id.y * count.x * 64u);
  if (index >= ${events * heads * length}) { return; }
  let own = index % ${length}; let head = (index / ${length}) % ${heads}; let event = index / ${heads * length};
  let column = head * ${width};`;
}

/** in0 q, in1 k, in2 v, then bias [n, keys] and keep if they are there; out0 out, out1 weights. */
export function attentionCode(shape: AttentionShape, bias: boolean, keep: boolean): string {
  const { queries, keys, heads, width } = shape;
  const d = heads * width;
  return `${head} {
  ${open(shape, queries)}
  let query = (event * ${queries} + own) * ${d} + column;
  let row = index * ${keys};
  var logits: array<f32, ${keys}>;
  var largest = -3.0e38;
  for (var j = 0; j < ${keys}; j++) {
    let key = (event * ${keys} + j) * ${d} + column;
    var sum = 0.0;
    for (var i = 0; i < ${width}; i++) { sum += in0[query + i] * in1[key + i]; }
    logits[j] = sum * ${1 / Math.sqrt(width)}${bias ? ` + in3[event * ${keys} + j]` : ''};
    largest = max(largest, logits[j]);
  }
  var sum = 0.0;
  for (var j = 0; j < ${keys}; j++) { logits[j] = exp(max(logits[j] - largest, -87.0)) * select(0.0, 1.0, logits[j] - largest > -87.0); sum += logits[j]; }
  for (var j = 0; j < ${keys}; j++) {
    let weight = logits[j] / sum;
    out1[row + j] = weight;
    logits[j] = weight${keep ? ` * in${bias ? 4 : 3}[row + j]` : ''};
  }
  for (var i = 0; i < ${width}; i++) {
    var value = 0.0;
    for (var j = 0; j < ${keys}; j++) { value += logits[j] * in2[(event * ${keys} + j) * ${d} + column + i]; }
    out0[query + i] = value;
  }
}`;
}

/** in0 dout, in1 k, in2 v, in3 weights, in4 keep if it is there; out0 dq, out1 the gradient of the logits times 1 / √width. */
export function queryGradientCode(shape: AttentionShape, keep: boolean): string {
  const { queries, keys, heads, width } = shape;
  const d = heads * width;
  return `${head} {
  ${open(shape, queries)}
  let query = (event * ${queries} + own) * ${d} + column;
  let row = index * ${keys};
  var slopes: array<f32, ${keys}>;
  var along = 0.0;
  for (var j = 0; j < ${keys}; j++) {
    let key = (event * ${keys} + j) * ${d} + column;
    var sum = 0.0;
    for (var i = 0; i < ${width}; i++) { sum += in0[query + i] * in2[key + i]; }
    slopes[j] = sum${keep ? ' * in4[row + j]' : ''};
    along += slopes[j] * in3[row + j];
  }
  for (var j = 0; j < ${keys}; j++) {
    slopes[j] = in3[row + j] * (slopes[j] - along) * ${1 / Math.sqrt(width)};
    out1[row + j] = slopes[j];
  }
  for (var i = 0; i < ${width}; i++) {
    var value = 0.0;
    for (var j = 0; j < ${keys}; j++) { value += slopes[j] * in1[(event * ${keys} + j) * ${d} + column + i]; }
    out0[query + i] = value;
  }
}`;
}

/** in0 dout, in1 q, in2 weights, in3 slopes, in4 keep if it is there; out0 dk, out1 dv. */
export function keyGradientCode(shape: AttentionShape, keep: boolean): string {
  const { queries, keys, heads, width } = shape;
  const d = heads * width;
  return `${head} {
  ${open(shape, keys)}
  let to = (event * ${keys} + own) * ${d} + column;
  let first = (event * ${heads} + head) * ${queries * keys} + own;
  for (var i = 0; i < ${width}; i++) {
    var dk = 0.0; var dv = 0.0;
    for (var j = 0; j < ${queries}; j++) {
      let query = (event * ${queries} + j) * ${d} + column + i;
      let at = first + j * ${keys};
      dk += in3[at] * in1[query];
      dv += in2[at]${keep ? ' * in4[at]' : ''} * in0[query];
    }
    out0[to + i] = dk; out1[to + i] = dv;
  }
}`;
}
