/**
 * WGSL of convolutions, sizes written in. An invocation keeps a tile of 4 x 4 sums in registers.
 *
 * - `correlationCode` sums over the filter: forward in groups, and by the input. By the input the outputs that a stride leaves
 *   untouched by most of the filter are told apart by their phase, so nothing is multiplied by zeros.
 * - `filterCode` sums over the pixels of a slice of the batch; a second kernel adds up the slices.
 */
import { type ActivationSpec, linear } from '../activation.ts';
import type { ConvolutionGeometry } from '../geometry.ts';
import { activationFunctions } from './activation.ts';

/** Invocations of a workgroup. */
export const workgroup = 64;

export type Correlation = 'forward' | 'input-gradient';

/** Tiles of 4 pixels of a row; by the input, pixels of one phase. */
function tilesOfRow(kind: Correlation, { outWidth, inWidth, strides }: ConvolutionGeometry): number {
  return kind === 'forward' ? Math.ceil(outWidth / 4) : strides[1] * Math.ceil(Math.ceil(inWidth / strides[1]) / 4);
}

/** Channels of a group that are put out, in tiles of 4. */
function channelTiles(kind: Correlation, { inChannels, outChannels, groups }: ConvolutionGeometry): number {
  return groups * Math.ceil((kind === 'forward' ? outChannels : inChannels) / groups / 4);
}

/** Invocations that `correlationCode` wants. */
export function correlationInvocations(kind: Correlation, geometry: ConvolutionGeometry): number {
  const rows = geometry.images * (kind === 'forward' ? geometry.outHeight : geometry.inHeight);
  return rows * tilesOfRow(kind, geometry) * channelTiles(kind, geometry);
}

/** in0: x or dy, in1: filter, in2: bias of the channels put out, if there is one; out0 = f(sum + bias). */
export function correlationCode(kind: Correlation, geometry: ConvolutionGeometry, bias = false, activation = linear): string {
  const { inHeight: h, inWidth: w, inChannels: c, outHeight: oh, outWidth: ow, outChannels: o, groups } = geometry;
  const { filterHeight: kh, filterWidth: kw, strides, padTop: top, padLeft: left } = geometry;
  const [sy, sx] = strides;
  const [cg, og] = [c / groups, o / groups];
  const forward = kind === 'forward';
  const [rows, columns, channels] = forward ? [oh, ow, o] : [h, w, c];
  const [seenRows, seenColumns, seenChannels] = forward ? [h, w, c] : [oh, ow, o];
  const [put, summed] = forward ? [og, cg] : [cg, og];
  const tiles = Math.ceil(put / 4);
  const weight = forward
    ? `((ki * ${kw} + kj) * ${cg} + r) * ${o} + group * ${og} + channel`
    : `((ki * ${kw} + kj) * ${cg} + channel) * ${o} + group * ${og} + r`;
  const weightStep = forward ? 1 : o;
  const first = forward
    ? `let column0 = tile * 4; let columnStep = 1;`
    : `let phase = tile % ${sx}; let column0 = (tile / ${sx}) * ${4 * sx} + phase; let columnStep = ${sx};`;
  const rowOfTap = forward
    ? `for (var ki = 0; ki < ${kh}; ki++) { let row = y * ${sy} + ki - ${top};`
    : `for (var ki = (y + ${top}) % ${sy}; ki < ${kh}; ki += ${sy}) { let row = (y + ${top} - ki) / ${sy};
        if (y + ${top} < ki) { continue; }`;
  const columnOfTap = forward
    ? `for (var kj = 0; kj < ${kw}; kj++) { let column = column0 * ${sx} + kj - ${left}; let next = ${sx};`
    : `for (var kj = (phase + ${left}) % ${sx}; kj < ${kw}; kj += ${sx}) { let column = (column0 + ${left} - kj + ${sx * kw}) / ${sx} - ${kw}; let next = 1;`;
  const biases = [0, 1, 2, 3].map((q) => `in2[group * ${put} + min(channel + ${q}, ${put - 1})]`).join(', ');
  return `
${activationFunctions(activation)}
@compute @workgroup_size(${workgroup}) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = i32(id.x + id.y * count.x * ${workgroup}u);
  if (index >= ${correlationInvocations(kind, geometry)}) { return; }
  let part = index % ${groups * tiles}; let group = part / ${tiles}; let channel = (part % ${tiles}) * 4;
  var rest = index / ${groups * tiles};
  let tile = rest % ${tilesOfRow(kind, geometry)}; rest = rest / ${tilesOfRow(kind, geometry)};
  let y = rest % ${rows}; let image = rest / ${rows};
  ${first}
  var s0 = vec4<f32>(${bias ? biases : ''}); var s1 = s0; var s2 = s0; var s3 = s0;
  ${rowOfTap}
    if (row < 0 || row >= ${seenRows}) { continue; }
    let line = (image * ${seenRows} + row) * ${seenColumns};
    ${columnOfTap}
      let at = vec4<i32>(column, column + next, column + 2 * next, column + 3 * next);
      let inside = (at >= vec4<i32>(0)) & (at < vec4<i32>(${seenColumns}));
      let exist = select(vec4<f32>(), vec4<f32>(1), inside);
      let seen = (line + select(vec4<i32>(), at, inside)) * ${seenChannels} + group * ${summed};
      for (var r = 0; r < ${summed}; r++) {
        let place = ${weight};
        ${weightsOf(put, weightStep)}
        let v = vec4<f32>(in0[seen.x + r], in0[seen.y + r], in0[seen.z + r], in0[seen.w + r]) * exist;
        s0 += v.x * f; s1 += v.y * f; s2 += v.z * f; s3 += v.w * f;
      }
    }
  }
  let to = ((image * ${rows} + y) * ${columns} + column0) * ${channels} + group * ${put} + channel;
  ${[0, 1, 2, 3].map((p) => `if (column0 + ${p} * columnStep < ${columns}) { ${stores(put, `to + ${p} * columnStep * ${channels}`, `s${p}`, 'activate')} }`).join('\n  ')}
}`;
}

/** Weights of four channels; where they do not fill the last tile, of those that exist. */
function weightsOf(put: number, step: number): string {
  const one = (q: number) =>
    put % 4 === 0 ? `in1[place + ${q * step}]` : `in1[select(place, place + ${q * step}, channel + ${q} < ${put})]`;
  return `let f = vec4<f32>(${[0, 1, 2, 3].map(one).join(', ')});`;
}

function stores(put: number, to: string, sum: string, value = ''): string {
  return [0, 1, 2, 3]
    .map((q) => `${put % 4 === 0 ? '' : `if (channel + ${q} < ${put}) `}{ out0[${to} + ${q}] = ${value}(${sum}[${q}]); }`)
    .join(' ');
}

export interface FilterPlan {
  slices: number;
  /** Output rows of all images that a slice takes. */
  rowsPerSlice: number;
  invocations: number;
}

/** Enough slices to fill a graphics card, and none without work. */
export function filterPlan(geometry: ConvolutionGeometry): FilterPlan {
  const { images, outHeight, filterHeight, filterWidth, inChannels, outChannels, groups } = geometry;
  const k = (filterHeight * filterWidth * inChannels) / groups;
  const tiles = Math.ceil(k / 4) * groups * Math.ceil(outChannels / groups / 4);
  const rows = images * outHeight;
  const wanted = Math.min(rows, Math.max(1, Math.ceil(16_384 / tiles)));
  const rowsPerSlice = Math.ceil(rows / wanted);
  const slices = Math.ceil(rows / rowsPerSlice);
  return { slices, rowsPerSlice, invocations: tiles * slices };
}

/** in0: x, in1: dy; out0: [slices, kh, kw, ci / groups, co]. */
export function filterCode(geometry: ConvolutionGeometry): string {
  const { images, inHeight: h, inWidth: w, inChannels: c, outHeight: oh, outWidth: ow, outChannels: o, groups } = geometry;
  const { filterHeight: kh, filterWidth: kw, strides, padTop: top, padLeft: left } = geometry;
  const [sy, sx] = strides;
  const [cg, og] = [c / groups, o / groups];
  const k = kh * kw * cg;
  const [tilesK, tilesO] = [Math.ceil(k / 4), Math.ceil(og / 4)];
  const { rowsPerSlice, invocations } = filterPlan(geometry);
  const four = [0, 1, 2, 3];
  // four neighbours of a filter's numbers sit on one pixel if the channels are a multiple of four
  const together = cg % 4 === 0;
  const own = (q: number) =>
    `let k${q} = min(kFirst + ${q}, ${k - 1}); let c${q} = k${q} % ${cg} + group * ${cg}; let j${q} = (k${q} / ${cg}) % ${kw} - ${left}; let i${q} = k${q} / ${cg * kw} - ${top};`;
  const see = (q: number) =>
    `let column${q} = x * ${sx} + j${q}; let row${q} = y * ${sy} + i${q};
        let inside${q} = row${q} >= 0 && row${q} < ${h} && column${q} >= 0 && column${q} < ${w};
        let v${q} = select(0.0, in0[select(0, ((image * ${h} + row${q}) * ${w} + column${q}) * ${c} + c${q}, inside${q})], inside${q});`;
  const apart = `${four.map(see).join('\n        ')}
        s0 += v0 * e; s1 += v1 * e; s2 += v2 * e; s3 += v3 * e;`;
  const close = `let column = x * ${sx} + j0;
        if (column >= 0 && column < ${w}) {
          let at = (line + column) * ${c} + c0;
          s0 += in0[at] * e; s1 += in0[at + 1] * e; s2 += in0[at + 2] * e; s3 += in0[at + 3] * e;
        }`;
  const error = four
    .map((q) => (og % 4 === 0 ? `in1[place + ${q}]` : `in1[select(place, place + ${q}, channel + ${q} < ${og})]`))
    .join(', ');
  return `
@compute @workgroup_size(${workgroup}) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = i32(id.x + id.y * count.x * ${workgroup}u);
  if (index >= ${invocations}) { return; }
  let channel = (index % ${tilesO}) * 4; var rest = index / ${tilesO};
  let kFirst = (rest % ${tilesK}) * 4; rest = rest / ${tilesK};
  let group = rest % ${groups}; let slice = rest / ${groups};
  ${(together ? [0] : four).map(own).join('\n  ')}
  var s0 = vec4<f32>(); var s1 = vec4<f32>(); var s2 = vec4<f32>(); var s3 = vec4<f32>();
  let end = min((slice + 1) * ${rowsPerSlice}, ${images * oh});
  for (var line0 = slice * ${rowsPerSlice}; line0 < end; line0++) {
    let image = line0 / ${oh}; let y = line0 % ${oh};
    ${together ? `let row = y * ${sy} + i0; if (row < 0 || row >= ${h}) { continue; } let line = (image * ${h} + row) * ${w};` : ''}
    for (var x = 0; x < ${ow}; x++) {
        let place = (line0 * ${ow} + x) * ${o} + group * ${og} + channel;
        let e = vec4<f32>(${error});
        ${together ? close : apart}
    }
  }
  let to = (slice * ${k} + kFirst) * ${o} + group * ${og} + channel;
  ${four.map((p) => `if (kFirst + ${p} < ${k}) { ${stores(og, `to + ${p * o}`, `s${p}`)} }`).join('\n  ')}
}`;
}

/** Rows that one invocation of `errorCode` takes. */
export const rowsPerError = 64;

/** in0 dy, in1 y, both [rows, channels]; out0 dy f'(y), out1 its sums [rows / rowsPerError, channels]. */
export function errorCode(rows: number, channels: number, activation: ActivationSpec): string {
  return `
${activationFunctions(activation)}
@compute @workgroup_size(${workgroup}) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = i32(id.x + id.y * count.x * ${workgroup}u);
  if (index >= ${Math.ceil(rows / rowsPerError) * channels}) { return; }
  let c = index % ${channels}; let first = (index / ${channels}) * ${rowsPerError};
  var sum = 0.0;
  for (var row = first; row < min(first + ${rowsPerError}, ${rows}); row++) {
    let at = row * ${channels} + c;
    let e = in0[at] * derivative(in1[at]);
    out0[at] = e;
    sum += e;
  }
  out1[index] = sum;
}`;
}

/** Sums over the first axis: in0 [slices, size] to out0 [size]. */
export function sumSlicesCode(slices: number, size: number): string {
  return `
@compute @workgroup_size(${workgroup}) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let index = i32(id.x + id.y * count.x * ${workgroup}u);
  if (index >= ${size}) { return; }
  var sum = 0.0;
  for (var slice = 0; slice < ${slices}; slice++) { sum += in0[slice * ${size} + index]; }
  out0[index] = sum;
}`;
}
