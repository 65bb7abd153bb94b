/**
 * WGSL of layer and instance norm over [blocks, places, channels], sizes written in. A workgroup owns one row (layer) or one block
 * and sixteen channels (instance); its invocations share the places out and add up in workgroup memory.
 */
import type { ActivationSpec } from '../activation.ts';
import type { NormShape } from '../norm.ts';
import { activationFunctions } from './activation.ts';

const lanes = 64;
/** Channels and places side by side in a workgroup of the instance norm. */
const [wide, deep] = [16, 16];

/** How the invocations of a workgroup divide what they normalise, and where its numbers are. */
function frame({ kind, places, channels }: NormShape): { size: string; open: string; each: string; sums: string; count: number } {
  if (kind === 'layer') {
    return {
      size: `${lanes}`,
      count: channels,
      open: `let lane = i32(local.x); let base = i32(group.x + group.y * 65535u) * ${channels}; let statistic = i32(group.x + group.y * 65535u);
  let alive = true;`,
      each: `for (var j = lane; j < ${channels}; j += ${lanes}) { let at = base + j; let c = j;`,
      sums: `var<workgroup> shared_sums: array<f32, ${lanes}>;
fn total(lane: i32, own: f32) -> f32 {
  workgroupBarrier();
  shared_sums[lane] = own;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0; i < ${lanes}; i++) { sum += shared_sums[i]; }
  return sum;
}`,
    };
  }
  return {
    size: `${wide}, ${deep}`,
    count: places,
    open: `let lane = i32(local.x + local.y * ${wide}u); let c = i32(group.x * ${wide}u + local.x); let block = i32(group.y);
  let base = block * ${places * channels} + c; let statistic = block * ${channels} + c; let alive = c < ${channels};`,
    each: `for (var p = select(${places}, i32(local.y), alive); p < ${places}; p += ${deep}) { let at = base + p * ${channels};`,
    sums: `var<workgroup> shared_sums: array<f32, ${wide * deep}>;
fn total(lane: i32, own: f32) -> f32 {
  workgroupBarrier();
  shared_sums[lane] = own;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = lane % ${wide}; i < ${wide * deep}; i += ${wide}) { sum += shared_sums[i]; }
  return sum;
}`,
  };
}

/** Workgroups of one axis are limited, so rows of a layer norm beyond that go on in the second. */
export function normWorkgroups({ kind, blocks, channels }: NormShape): [number, number, number] {
  if (kind === 'instance') return [Math.ceil(channels / wide), blocks, 1];
  return [Math.min(blocks, 65_535), Math.ceil(blocks / 65_535), 1];
}

const head = '@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>';

/** in0 x, in1 scale, in2 shift; out0 y, out1 statistics [blocks (x channels), 2]. */
export function normCode(shape: NormShape, activation: ActivationSpec): string {
  const { size, open, each, sums, count } = frame(shape);
  const outside = shape.kind === 'layer' ? `if (statistic >= ${shape.blocks}) { return; }` : '';
  return `${sums}
${activationFunctions(activation)}
@compute @workgroup_size(${size}) fn main(${head}) {
  ${open}
  ${outside}
  var own = 0.0;
  ${each} own += in0[at]; }
  let mean = total(lane, own) * ${1 / count};
  own = 0.0;
  ${each} let d = in0[at] - mean; own += d * d; }
  let inverse = 1.0 / sqrt(total(lane, own) * ${1 / count} + ${shape.epsilon});
  ${each} out0[at] = activate((in0[at] - mean) * inverse * in1[c] + in2[c]); }
  if (alive && ${shape.kind === 'layer' ? 'local.x' : 'local.y'} == 0u) { out1[2 * statistic] = mean; out1[2 * statistic + 1] = inverse; }
}`;
}

/**
 * in0 dy, in1 x, in2 y, in3 scale, in4 statistics; out0 dx. An instance norm also puts out its share of the gradients of scale and
 * shift, out1 and out2 [blocks, channels].
 */
export function normGradientCode(shape: NormShape, activation: ActivationSpec): string {
  const { size, open, each, sums, count } = frame(shape);
  const instance = shape.kind === 'instance';
  const outside = instance ? '' : `if (statistic >= ${shape.blocks}) { return; }`;
  const scale = instance ? '1.0' : 'in3[c]';
  return `${sums}
${activationFunctions(activation)}
@compute @workgroup_size(${size}) fn main(${head}) {
  ${open}
  ${outside}
  let known = select(0, statistic, alive);
  let mean = in4[2 * known]; let inverse = in4[2 * known + 1];
  var plain = 0.0; var along = 0.0;
  ${each} let e = in0[at] * derivative(in2[at]) * ${scale}; plain += e; along += e * (in1[at] - mean) * inverse; }
  plain = total(lane, plain); along = total(lane, along);
  ${instance ? 'if (alive && local.y == 0u) { out1[statistic] = along; out2[statistic] = plain; }' : ''}
  ${each}
    let e = in0[at] * derivative(in2[at]) * ${scale};
    out0[at] = (e - (plain + along * (in1[at] - mean) * inverse) * ${1 / count}) * inverse${instance ? ' * in3[c]' : ''};
  }
}`;
}

/** Rows that one invocation of `layerParametersCode` adds up. */
export const rowsPerSum = 64;

/** Of a layer norm: in0 dy, in1 x, in2 y, in3 statistics; out0 and out1 [slices, channels], shares of the gradients of scale and shift. */
export function layerParametersCode({ blocks, channels }: NormShape, activation: ActivationSpec): string {
  return `${activationFunctions(activation)}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = i32(id.x + id.y * count.x * 64u);
  if (index >= ${Math.ceil(blocks / rowsPerSum) * channels}) { return; }
  let c = index % ${channels}; let first = (index / ${channels}) * ${rowsPerSum};
  var scale = 0.0; var shift = 0.0;
  for (var row = first; row < min(first + ${rowsPerSum}, ${blocks}); row++) {
    let at = row * ${channels} + c;
    let e = in0[at] * derivative(in2[at]);
    shift += e; scale += e * (in1[at] - in3[2 * row]) * in3[2 * row + 1];
  }
  out0[index] = scale; out1[index] = shift;
}`;
}
