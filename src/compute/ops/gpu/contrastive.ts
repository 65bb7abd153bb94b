/**
 * WGSL of the log-sum of similarities in a contrastive loss, sizes written in. A workgroup owns one row, a unit vector, and its
 * invocations share the others out; no matrix of similarities is ever made. Row j is left out of row i if it is the same event,
 * j = i modulo the number of events.
 */
const lanes = 64;

/** Beyond this a row no longer fits its workgroup. */
export const widestRow = 1024;

/** Sizes of one loss. */
export interface ContrastShape {
  /** Half as many as rows. */
  events: number;
  width: number;
  tau: number;
}

/** One workgroup per row; its vector lies in `mine`. */
function open({ events, width }: ContrastShape): string {
  return `@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let lane = i32(local.x); let row = i32(group.x); let event = row % ${events};
  for (var c = lane; c < ${width}; c += ${lanes}) { mine[c] = in0[row * ${width} + c]; }
  workgroupBarrier();`;
}

/** Four numbers at a time, because the loop costs more than its products. */
function similarity({ width, tau }: ContrastShape): string {
  const rest = width % 4;
  return `var<workgroup> mine: array<f32, ${width}>;
fn logit(j: i32) -> f32 {
  let base = j * ${width};
  var sum = 0.0;
  for (var c = 0; c < ${width - rest}; c += 4) {
    let at = base + c;
    sum += mine[c] * in0[at] + mine[c + 1] * in0[at + 1] + mine[c + 2] * in0[at + 2] + mine[c + 3] * in0[at + 3];
  }
  ${Array.from({ length: rest }, (_, i) => `sum += mine[${width - rest + i}] * in0[base + ${width - rest + i}];`).join('\n  ')}
  return sum * ${1 / tau};
}
fn power(x: f32) -> f32 { return exp(max(x, -87.0)); }`;
}

/** in0 rows [2 events, width]; out0 [2 events], the log of the sum of the exponentials of each row's logits. */
export function logSumCode(shape: ContrastShape): string {
  return `${similarity(shape)}
var<workgroup> largest_of: array<f32, ${lanes}>;
var<workgroup> sum_of: array<f32, ${lanes}>;
${open(shape)}
  var largest = -3.0e38; var sum = 0.0;
  for (var j = lane; j < ${2 * shape.events}; j += ${lanes}) {
    if (j % ${shape.events} == event) { continue; }
    let x = logit(j);
    if (x > largest) { sum = sum * power(largest - x) + 1.0; largest = x; } else { sum += power(x - largest); }
  }
  largest_of[lane] = largest; sum_of[lane] = sum;
  workgroupBarrier();
  if (lane != 0) { return; }
  var most = -3.0e38;
  for (var i = 0; i < ${lanes}; i++) { most = max(most, largest_of[i]); }
  var total = 0.0;
  for (var i = 0; i < ${lanes}; i++) { total += sum_of[i] * power(largest_of[i] - most); }
  out0[row] = most + log(total);
}`;
}

/**
 * in0 rows, in1 log-sums; out0 the gradient of the mean log-sum, [2 events, width]:
 * g_i = Σ_j (exp(l_ij - L_i) + exp(l_ij - L_j)) u_j / (2 events tau), as s(i, j) is in row i and in row j.
 */
export function logSumGradientCode(shape: ContrastShape): string {
  const { events, width, tau } = shape;
  const own = Math.ceil(width / lanes);
  return `${similarity(shape)}
var<workgroup> weights: array<f32, ${lanes}>;
${open(shape)}
  let level = in1[row];
  var gradient: array<f32, ${own}>;
  for (var first = 0; first < ${2 * events}; first += ${lanes}) {
    let j = first + lane;
    var weight = 0.0;
    if (j < ${2 * events} && j % ${events} != event) {
      let x = logit(j);
      weight = power(x - level) + power(x - in1[j]);
    }
    workgroupBarrier();
    weights[lane] = weight;
    workgroupBarrier();
    let count = min(${lanes}, ${2 * events} - first);
    for (var i = 0; i < ${own}; i++) {
      let c = min(lane + i * ${lanes}, ${width - 1});
      var sum = gradient[i];
      var k = 0;
      for (; k + 3 < count; k += 4) {
        let at = (first + k) * ${width} + c;
        sum += weights[k] * in0[at] + weights[k + 1] * in0[at + ${width}] + weights[k + 2] * in0[at + ${2 * width}] + weights[k + 3] * in0[at + ${3 * width}];
      }
      for (; k < count; k++) { sum += weights[k] * in0[(first + k) * ${width} + c]; }
      gradient[i] = sum;
    }
  }
  for (var i = 0; i < ${own}; i++) {
    let c = lane + i * ${lanes};
    if (c < ${width}) { out0[row * ${width} + c] = gradient[i] * ${1 / (2 * events * tau)}; }
  }
}`;
}
