/**
 * Writes the WGSL of a dense stack's training step from its plan: gather, forward and backward, weight gradients, update. Four
 * dispatches a step, whatever the stack, with nothing read back between them.
 *
 * - `gatherCode` collects the rows of the batch into the scratch rows.
 * - `stackCode` takes a tile of events through all layers, the loss, and back. A tile's activations go through workgroup
 *   memory, weights are read along their rows by neighbouring invocations, and each invocation keeps up to 4 columns of 4 or 8
 *   events in registers. Batch normalisation needs numbers of the whole batch between layers; then a single workgroup takes
 *   all tiles in turn and its barriers are the meeting points, because nothing else can be waited for within a dispatch.
 * - `weightsCode` sums the outer products of inputs and gradients over slices of the batch.
 * - `updateCode` adds up the slices and takes the step of Adam (`../optimiser.ts` has the formula), and writes each kernel
 *   once more transposed, so that the backward pass reads it along rows too.
 *
 * The second grid dimension is the member of an ensemble: each has its own parameters, scratch rows and losses, and runs
 * the same instructions in the same order as it would alone.
 */
import { streams } from '../../numeric/random.ts';
import { lossWeight, type StepNoise } from '../steps/contract.ts';
import type { Block, Plan, PlannedPairs, Pointwise, Unit, Value } from './dense-plan.ts';
import { philoxWgsl } from './philox.ts';
import { fromLevel, type NumberBytes, numberAt } from './shards.ts';

/** Columns that neighbouring invocations take. */
const lanes = 16;
/** Most columns of one invocation. */
const mostColumns = 4;
/** Rows of a kernel that a workgroup of `weightsCode` takes: 4 groups of lanes with 8 rows each. */
const weightRows = 8;
/** Numbers of activations in workgroup memory: 8 KiB, half of what every device has. */
const workgroupNumbers = 2048;

export interface Geometry {
  /** Rows of a full batch. */
  batch: number;
  /** Scratch rows of a member: the batch filled up to whole tiles. */
  rows: number;
  /** Groups of lanes in a workgroup, and events of each. */
  groups: number;
  events: number;
  members: number;
  /** Random numbers of each member. */
  seeds: readonly number[];
  slices: number;
  sliceLength: number;
}

export type Mode = 'training' | 'inference';

/** Chooses tiles and slices; scratch rows are whole tiles. */
export function geometryFor(plan: Plan, batch: number, seeds: readonly number[], mode: Mode): Geometry {
  const single = mode === 'training' && plan.batchStatistics;
  const groups = single ? 16 : 4;
  const events = single ? 4 : 8;
  const tile = groups * events;
  const slices = Math.min(32, Math.max(1, Math.ceil(batch / 256)));
  return {
    batch,
    rows: Math.ceil(batch / tile) * tile,
    groups,
    events,
    members: seeds.length,
    seeds,
    slices,
    sliceLength: Math.ceil(batch / slices),
  };
}

export function tileSize({ groups, events }: Geometry): number {
  return groups * events;
}

export function tilesOf(geometry: Geometry): number {
  return geometry.rows / tileSize(geometry);
}

/** Step constants in a slot of 256 bytes: integers first, then (rate, epsilon, keep) of each member. */
const slotWgsl = /* wgsl */ `
struct Slot { first: u32, slot: u32, step: u32, rows: u32, rates: array<vec4<f32>, 15> };
@group(0) @binding(0) var<uniform> u: Slot;
`;

/** Pointwise functions, in forms that keep a value that is not a number: the loss must show it. */
const pointwiseWgsl = /* wgsl */ `
fn rectified(x: f32, slope: f32) -> f32 { return select(slope * x, x, x > 0.0); }
fn exponentialLinear(x: f32) -> f32 { return select(exp(x) - 1.0, x, x > 0.0); }
fn hyperbolic(x: f32) -> f32 { return select(tanh(x), sign(x), abs(x) > 10.0); }
fn logistic(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn bounded(x: f32, limit: f32) -> f32 { return select(x, limit * hyperbolic(x), limit != 0.0); }
fn boundedSlope(y: f32, limit: f32) -> f32 { return select(1.0, limit - y * y / limit, limit != 0.0); }
`;

/** One matrix that is gathered into a block of the scratch rows. Bytes become the numbers 0 to 255. */
export interface GatherPart {
  block: Block;
  /** Where else its numbers go, without noise. */
  copy: Block | null;
  shards: number;
  rowsPerShard: number;
  bytes: NumberBytes;
  /** Whether bytes are levels of their column, whose scales and offsets are bound behind the shards. */
  levelled: boolean;
}

/**
 * Bindings: slot, order, scratch, then the shards of each part in turn, and its levels. One invocation per number.
 *
 * @param noise on the plan's input, where the plan's mask is not 0
 */
export function gatherCode(
  plan: Plan,
  geometry: Geometry,
  parts: readonly GatherPart[],
  rowsInOrder: number,
  noise: StepNoise | null,
): string {
  let binding = 3;
  const declared: string[] = [];
  const functions: string[] = [];
  const copies: string[] = [];
  let before = 0;
  for (const [number, part] of parts.entries()) {
    const { at, width } = part.block;
    const reads = Array.from({ length: part.shards }, (_, shard) => {
      const name = `shard${number}_${shard}`;
      declared.push(`@group(0) @binding(${binding++}) var<storage, read> ${name}: array<${part.bytes === 4 ? 'f32' : 'u32'}>;`);
      const value = numberAt(name, part.bytes, 'place');
      return part.shards === 1 ? `v = ${value};` : `if (shard == ${shard}u) { v = ${value}; }`;
    });
    const levels = `levels${number}`;
    if (part.levelled) declared.push(`@group(0) @binding(${binding++}) var<storage, read> ${levels}: array<f32>;`);
    functions.push(`
fn part${number}(row: u32, j: u32) -> f32 {
  let shard = row / ${part.rowsPerShard}u;
  let place = (row - shard * ${part.rowsPerShard}u) * ${width}u + j;
  var v = 0.0;
  ${reads.join('\n  ')}
  return ${part.levelled ? fromLevel('v', levels, width, 'j') : 'v'};
}`);
    const mask = parts.findIndex(({ block }) => block === plan.mask);
    const noisy = `
    if (part${mask}(row, j) != 0.0) {
      v += ${float(noise?.deviation ?? 0)} * normalDeviate(${seedOf(geometry)}, ${streams.noise}u, u.step, s, j);
    }`;
    copies.push(`
  if (column >= ${before}u && column < ${before + width}u) {
    let j = column - ${before}u;
    var v = part${number}(row, j);
    ${part.copy ? `A[to + ${part.copy.at}u + j] = v;` : ''}
    ${noise && part.block === plan.input ? noisy : ''}
    A[to + ${at}u + j] = v;
  }`);
    before += width;
  }
  return `${slotWgsl}
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> A: array<f32>;
${declared.join('\n')}
${noise ? philoxWgsl : ''}
${functions.join('\n')}
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lid: u32, @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let member = group.y;
  for (var i = group.x * 64u + lid; i < u.rows * ${before}u; i += all.x * 64u) {
    let s = i / ${before}u;
    let column = i - s * ${before}u;
    let row = order[member * ${rowsInOrder}u + u.first + s];
    let to = (member * ${geometry.rows}u + s) * ${plan.scratchWidth}u;
    ${copies.join('\n')}
  }
}`;
}

/** WGSL of the seed of the member. */
function seedOf({ seeds }: Geometry): string {
  return seeds.slice(1).reduce((chosen, seed, i) => `select(${chosen}, ${seed}u, member == ${i + 1}u)`, `${seeds[0]}u`);
}

/** Bindings: slot, parameters, scratch, losses of tiles, statistics, partial gradients. */
export function stackCode(plan: Plan, geometry: Geometry, mode: Mode): string {
  const writer = new StackWriter(plan, geometry, mode);
  return writer.code();
}

class StackWriter {
  private readonly functions: string[] = [];
  /** Calls of a phase over one tile, or code between phases. */
  private readonly phases: { tile: boolean; calls: string[] }[] = [];
  private readonly tile: number;
  private readonly threads: number;
  /** Of the depth of a product, how much is held in workgroup memory at once. */
  private readonly depth: number;
  private count = 0;

  constructor(
    private readonly plan: Plan,
    private readonly geometry: Geometry,
    private readonly mode: Mode,
  ) {
    this.tile = tileSize(geometry);
    this.threads = geometry.groups * lanes;
    this.depth = workgroupNumbers / this.tile;
  }

  code(): string {
    const { plan, geometry, mode, tile, threads } = this;
    for (const unit of plan.units) this.forward(unit);
    this.loss();
    if (mode === 'training') for (const unit of [...plan.units].reverse()) this.backward(unit);
    const single = mode === 'training' && plan.batchStatistics;
    const body = this.phases.map(({ tile: overTiles, calls }) => {
      if (!overTiles) return calls.join('\n  ');
      const run = `let row0 = scratch0 + tile * ${tile * plan.scratchWidth}u;\n    ${calls.join('\n    ')}`;
      return single
        ? `for (var tile = 0u; tile < ${tilesOf(geometry)}u; tile++) {\n    ${run}\n  }`
        : `{\n    let tile = group.x;\n    ${run}\n  }`;
    });
    return `${slotWgsl}
@group(0) @binding(1) var<storage, read> P: array<f32>;
@group(0) @binding(2) var<storage, read_write> A: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> T: array<f32>;
@group(0) @binding(5) var<storage, read_write> G: array<f32>;
var<workgroup> tileOf: array<vec4<f32>, ${(this.depth * tile) / 4}>;
var<workgroup> red: array<f32, ${threads}>;
${pointwiseWgsl}
${plan.units.some(({ kind }) => kind === 'gaussian') ? philoxWgsl : ''}
${this.functions.join('\n')}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) lid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let member = group.y;
  let p0 = member * ${plan.parameterBuffer}u;
  let t0 = member * ${Math.max(1, plan.statistics)}u;
  let g0 = member * ${geometry.slices * plan.parameters}u;
  let scratch0 = member * ${geometry.rows * plan.scratchWidth}u;
  let loss0 = member * ${tilesOf(geometry)}u;
  ${body.join('\n  ')}
}`;
  }

  private forward(unit: Unit): void {
    const { from, to } = unit;
    switch (unit.kind) {
      case 'dense':
        this.product({
          source: from.output,
          weights: unit.kernel,
          width: to.output.width,
          store: (column, row, sum) =>
            `A[${row} + ${to.output.at}u + ${column}] = ${this.post(to.post, unit.bias === null ? sum : `${sum} + P[p0 + ${unit.bias}u + ${column}]`, column)};`,
        });
        return;
      case 'pointwise':
        this.each(
          to.output.width,
          (row) => `A[${row} + ${to.output.at}u + j] = ${this.post(to.post, `A[${row} + ${from.output.at}u + j]`, 'j')};`,
        );
        return;
      case 'batch-norm': {
        const { width } = to.output;
        const [mean, variance] =
          this.mode === 'training' ? [unit.statistics + 2 * width, -1] : [unit.statistics, unit.statistics + width];
        if (this.mode === 'training') this.batchMoments(unit);
        const inverse =
          this.mode === 'training'
            ? `T[t0 + ${unit.statistics + 3 * width}u + j]`
            : `inverseSqrt(T[t0 + ${variance}u + j] + ${float(unit.epsilon)})`;
        this.each(
          width,
          (row) => `let xHat = (A[${row} + ${from.output.at}u + j] - T[t0 + ${mean}u + j]) * ${inverse};
      A[${row} + ${unit.normalised.at}u + j] = xHat;
      let y = P[p0 + ${unit.gamma}u + j] * xHat + P[p0 + ${unit.beta}u + j];
      A[${row} + ${to.output.at}u + j] = ${this.post(to.post, 'y', 'j')};`,
        );
        return;
      }
      case 'gaussian': {
        const { width } = to.output;
        for (const [number, head] of [unit.mean, unit.logVar].entries()) {
          const at = unit.moments.at + number * width;
          this.product({
            source: from.output,
            weights: head.kernel,
            width,
            store: (column, row, sum) => `A[${row} + ${at}u + ${column}] = ${sum} + P[p0 + ${head.bias}u + ${column}];`,
          });
        }
        this.each(width, (row) => {
          const mu = `A[${row} + ${unit.moments.at}u + j]`;
          if (this.mode === 'inference') return `A[${row} + ${to.output.at}u + j] = ${mu};`;
          return `let noise = normalDeviate(${seedOf(this.geometry)}, ${streams.noise}u, u.step, tile * ${this.tile}u + s, j);
      A[${row} + ${unit.noise.at}u + j] = noise;
      A[${row} + ${to.output.at}u + j] = ${mu} + exp(0.5 * A[${row} + ${unit.moments.at + width}u + j]) * noise;`;
        });
        return;
      }
    }
  }

  /** From the gradient of what a unit gives to the gradient of what the unit before gives. */
  private backward(unit: Unit): void {
    const { from, to } = unit;
    const isData = from.gradient.width === 0;
    switch (unit.kind) {
      case 'dense':
        if (isData) return;
        this.product({
          source: to.gradient,
          weights: unit.transposed,
          width: from.output.width,
          store: (column, row, sum) => this.pass(from, column, row, sum),
        });
        return;
      case 'pointwise':
        if (isData) return;
        this.each(from.output.width, (row) => this.pass(from, 'j', row, `A[${row} + ${to.gradient.at}u + j]`));
        return;
      case 'batch-norm': {
        const { width } = to.output;
        this.gradientMoments(unit);
        if (isData) return;
        const at = (number: number) => `T[t0 + ${unit.statistics + number * width}u + j]`;
        this.each(width, (row) => {
          const dy = `A[${row} + ${to.gradient.at}u + j]`;
          const along = `(${at(4)} + A[${row} + ${unit.normalised.at}u + j] * ${at(5)})`;
          return this.pass(from, 'j', row, `select(0.0, ${at(3)} * P[p0 + ${unit.gamma}u + j] * (${dy} - ${along}), live)`);
        });
        return;
      }
      case 'gaussian': {
        const { width } = to.output;
        this.each(width, (row) => {
          const mu = `A[${row} + ${unit.moments.at}u + j]`;
          const share = float(unit.klWeight / this.geometry.batch);
          return `let logVar = A[${row} + ${unit.moments.at + width}u + j];
      let dz = A[${row} + ${to.gradient.at}u + j];
      let dLogVar = 0.5 * (dz * A[${row} + ${unit.noise.at}u + j] * exp(0.5 * logVar) + ${share} * (exp(logVar) - 1.0));
      A[${row} + ${unit.momentsGradient.at}u + j] = select(0.0, dz + ${share} * ${mu}, live);
      A[${row} + ${unit.momentsGradient.at + width}u + j] = select(0.0, dLogVar, live);`;
        });
        if (isData) return;
        for (const [number, head] of [unit.mean, unit.logVar].entries()) {
          const target = (column: string, row: string) => `A[${row} + ${from.gradient.at}u + ${column}]`;
          this.product({
            source: { at: unit.momentsGradient.at + number * width, width },
            weights: head.transposed,
            width: from.output.width,
            store: (column, row, sum) =>
              number === 0
                ? `${target(column, row)} = ${sum};`
                : this.pass(from, column, row, `(${target(column, row)} + ${sum})`),
          });
        }
        return;
      }
    }
  }

  /** Stores dL/dy of a value times the derivative of its pointwise function. */
  private pass({ output, gradient, post }: Value, column: string, row: string, dy: string): string {
    const derivative = this.derivative(post, `A[${row} + ${output.at}u + ${column}]`, column);
    return `A[${row} + ${gradient.at}u + ${column}] = ${derivative === null ? dy : `${dy} * ${derivative}`};`;
  }

  /**
   * C[s, n] = Σ_k source[s, k] · weights[k, n] over a tile, each sum handed to `store`. Invocation (group, lane) has columns
   * lane, lane + 16, ... of the events of its group.
   */
  private product(of: {
    source: Block;
    weights: number;
    width: number;
    store: (column: string, row: string, sum: string) => string;
  }): void {
    const { tile, threads, plan, geometry } = this;
    const { source, weights, width } = of;
    const chunk = Math.min(this.depth, source.width);
    const columns = range(Math.min(mostColumns, Math.ceil(width / lanes)));
    const quads = range(geometry.events / 4);
    const sums = columns.flatMap((c) => quads.map((q) => `var sum${c}_${q} = vec4<f32>();`));
    const loads = columns.map((c) => `let w${c} = P[w + ${c * lanes}u];`);
    const events = quads.map((q) => `let x${q} = tileOf[x + ${q}u];`);
    const rows = range(4).map((i) => `A[place${i === 0 ? '' : ` + ${i * plan.scratchWidth}u`}]`);
    const adds = columns.flatMap((c) => quads.map((q) => `sum${c}_${q} += w${c} * x${q};`));
    const stores = columns.map((c) => {
      const each = quads.flatMap((q) =>
        range(4).map((i) => of.store('n', `(row + ${(4 * q + i) * plan.scratchWidth}u)`, `sum${c}_${q}.${'xyzw'[i]}`)),
      );
      return `{ let n = n0 + lane + ${c * lanes}u; if (n < ${width}u) {\n      ${each.join('\n      ')}\n    } }`;
    });
    const code = `
  let lane = lid % ${lanes}u;
  let group = lid / ${lanes}u;
  let row = row0 + group * ${geometry.events * plan.scratchWidth}u;
  storageBarrier();
  for (var n0 = 0u; n0 < ${width}u; n0 += ${columns.length * lanes}u) {
    ${sums.join(' ')}
    for (var k0 = 0u; k0 < ${source.width}u; k0 += ${chunk}u) {
      ${chunk < source.width || columns.length * lanes < width ? 'workgroupBarrier();' : ''}
      for (var t = lid; t < ${(chunk * tile) / 4}u; t += ${threads}u) {
        let k = t % ${chunk}u;
        let quad = t / ${chunk}u;
        let place = row0 + quad * ${4 * plan.scratchWidth}u + ${source.at}u + k0 + k;
        if (k0 + k < ${source.width}u) { tileOf[k * ${tile / 4}u + quad] = vec4<f32>(${rows.join(', ')}); }
      }
      workgroupBarrier();
      let depth = min(${chunk}u, ${source.width}u - k0);
      for (var k = 0u; k < depth; k++) {
        let w = p0 + ${weights}u + (k0 + k) * ${width}u + n0 + lane;
        let x = k * ${tile / 4}u + group * ${geometry.events / 4}u;
        ${loads.join(' ')}
        ${events.join(' ')}
        ${adds.join(' ')}
      }
    }
    ${stores.join('\n    ')}
  }`;
    this.call(code);
  }

  /** Runs `code(row)` for each event s and column j of a tile; \`live\` tells rows of the batch from filling. */
  private each(width: number, code: (row: string) => string): void {
    this.call(`
  storageBarrier();
  for (var t = lid; t < ${this.tile * width}u; t += ${this.threads}u) {
      let s = t / ${width}u;
      let j = t % ${width}u;
      let row = row0 + s * ${this.plan.scratchWidth}u;
      let live = tile * ${this.tile}u + s < u.rows;
      ${code('row')}
  }`);
  }

  /** Loss of a tile, and in training the gradient of the mean loss with respect to the last unit's output. */
  private loss(): void {
    const { plan, geometry, mode, tile, threads } = this;
    const { output, target, loss, pairs } = plan;
    const mask = loss.masked ? plan.mask : null;
    if (pairs) {
      this.pairLoss(pairs);
      return;
    }
    const { width } = output.output;
    const error = (row: string) => {
      const difference = `A[${row} + ${output.output.at}u + j] - A[${row} + ${target.at}u + j]`;
      return mask ? `(${difference}) * A[${row} + ${mask.at}u + j]` : difference;
    };
    const taken = loss.kind === 'top-n' ? Math.min(loss.n, width) : width;
    const weight = lossWeight(loss);
    const share = float(((loss.kind === 'mae' ? 1 : 2) * weight) / (geometry.batch * taken));
    const sums: string[] = [];
    if (loss.kind === 'top-n') {
      // an event's n largest, the first of equal ones; -1 marks what is taken
      sums.push(`
  if (lid < ${tile}u && tile * ${tile}u + lid < u.rows) {
    let row = row0 + lid * ${plan.scratchWidth}u;
    var most = 3.0e38;
    var after = 0u;
    var whole = 0.0;
    for (var j = 0u; j < ${width}u; j++) { let e = ${error('row')}; whole += e * e; }
    if (!(whole <= 3.0e38)) { sum += whole; }
    for (var taken = 0u; taken < ${taken}u; taken++) {
      var best = -1.0;
      var chosen = 0u;
      for (var j = 0u; j < ${width}u; j++) {
        let e = ${error('row')};
        let square = e * e;
        let open = square < most || (square == most && j >= after);
        if (open && !(square <= best)) { best = square; chosen = j; }
      }
      most = best;
      after = chosen + 1u;
      sum += best;
    }
    ${
      mode === 'training'
        ? `for (var j = 0u; j < ${width}u; j++) {
      let e = ${error('row')};
      let square = e * e;
      let chosen = square > most || (square == most && j < after);
      ${this.pass(output, 'j', 'row', `select(0.0, ${share} * e, chosen)`)}
    }`
        : ''
    }
  }`);
      if (mode === 'training')
        sums.push(`
  for (var t = lid; t < ${tile * width}u; t += ${threads}u) {
    let s = t / ${width}u;
    if (tile * ${tile}u + s >= u.rows) { A[row0 + s * ${plan.scratchWidth}u + ${output.gradient.at}u + t % ${width}u] = 0.0; }
  }`);
    } else {
      const gradient = loss.kind === 'mae' ? `${share} * sign(e)` : `${share} * e`;
      sums.push(`
  for (var t = lid; t < ${tile * width}u; t += ${threads}u) {
    let s = t / ${width}u;
    let j = t % ${width}u;
    let row = row0 + s * ${plan.scratchWidth}u;
    let live = tile * ${tile}u + s < u.rows;
    let e = ${error('row')};
    sum += select(0.0, ${loss.kind === 'mae' ? 'abs(e)' : 'e * e'}, live);
    ${mode === 'training' ? this.pass(output, 'j', 'row', `select(0.0, ${gradient}, live)`) : ''}
  }`);
    }
    sums.push(weight === 1 ? `sum /= ${float(taken)};` : `sum *= ${float(weight / taken)};`);
    for (const unit of plan.units) {
      if (unit.kind !== 'gaussian') continue;
      const latent = unit.to.output.width;
      sums.push(`
  for (var t = lid; t < ${tile * latent}u; t += ${threads}u) {
    let s = t / ${latent}u;
    let at = row0 + s * ${plan.scratchWidth}u + ${unit.moments.at}u + t % ${latent}u;
    let mu = A[at];
    let logVar = A[at + ${latent}u];
    sum += select(0.0, ${float(-0.5 * unit.klWeight)} * (1.0 + logVar - mu * mu - exp(logVar)), tile * ${tile}u + s < u.rows);
  }`);
    }
    this.call(`
  storageBarrier();
  var sum = 0.0;
  ${sums.join('\n  ')}
  ${this.reduce()}
  if (lid == 0u) { losses[loss0 + tile] = red[0]; }
  workgroupBarrier();`);
  }

  /**
   * Loss of pairs: the batch is n events, n copies, n odd copies. Distances and their normalisation run over the whole batch, so
   * this stands between the phases, in training only. The sums of the loss and of the four gradients are made one after another.
   */
  private pairLoss({ gamma, beta, kernel, bias, statistics, scratch, momentum, epsilon, leastSquare }: PlannedPairs): void {
    const { plan, geometry, threads } = this;
    const { output, scratchWidth } = plan;
    const { width } = output.output;
    const n = geometry.batch / 3;
    const number = (row: string, column: string) => `A[${row} + ${output.output.at}u + ${column}]`;
    const rowOf = (index: string) => `scratch0 + (${index}) * ${scratchWidth}u`;
    const distance = `A[${rowOf('p')} + ${scratch.at}u]`;
    const slope = `A[${rowOf('p')} + ${scratch.at + 1}u]`;
    const parameter = (at: number) => `P[p0 + ${at}u]`;
    const moving = (at: number) => `T[t0 + ${statistics + at}u]`;
    const move = (at: number, value: string) =>
      `${moving(at)} = ${float(momentum)} * ${moving(at)} + ${float(1 - momentum)} * ${value};`;
    const each = (code: string) => `for (var p = lid; p < ${2 * n}u; p += ${threads}u) { ${code} }`;
    const total = (name: string, code: string) => `
  sum = 0.0;
  ${each(code)}
  ${this.reduce()}
  let ${name} = red[0];
  workgroupBarrier();`;
    const mean = (name: string, code: string) =>
      total(`${name}Sum`, code).concat(`\n  let ${name} = ${name}Sum / ${float(2 * n)};`);
    const normal = `let normal = (${distance} - centre) * inverse;`;
    const odds = `${normal}
      let unit = normal * ${parameter(gamma)} + ${parameter(beta)};
      let odds = unit * ${parameter(kernel)} + ${parameter(bias)};
      let same = select(0.0, 1.0, p < ${n}u);`;
    const gradient = (index: string, code: string) => `{ let row = ${rowOf(index)}; ${this.pass(output, 'j', 'row', code)} }`;
    const body = `
  storageBarrier();
  var sum = 0.0;
  ${mean(
    'centre',
    `var square = 0.0;
      for (var j = 0u; j < ${width}u; j++) {
        let e = ${number(rowOf(`p % ${n}u`), 'j')} - ${number(rowOf(`${n}u + p`), 'j')};
        square += e * e;
      }
      // a sum that is no number stays one
      let distance = sqrt(select(max(square, ${float(leastSquare)}), square, !(square <= 3.0e38)));
      ${distance} = distance;
      sum += distance;`,
  )}
  ${mean('spread', `let e = ${distance} - centre; sum += e * e;`)}
  if (lid == 0u) { ${move(0, 'centre')} ${move(1, 'spread')} }
  let inverse = inverseSqrt(spread + ${float(epsilon)});
  ${mean('loss', `${odds} sum += max(odds, 0.0) - odds * same + log(1.0 + exp(-abs(odds))) + 0.0 * odds;`)}
  ${total('ofBias', `${odds} let d = (logistic(odds) - same) / ${float(2 * n)}; ${slope} = d; sum += d;`)}
  ${total('ofKernel', `${odds} sum += ${slope} * unit;`)}
  ${total('ofNormal', `${normal} sum += ${slope} * normal;`)}
  let factor = ${parameter(kernel)};
  if (lid == 0u) {
    G[g0 + ${bias}u] = ofBias;
    G[g0 + ${kernel}u] = ofKernel;
    G[g0 + ${gamma}u] = ofNormal * factor;
    G[g0 + ${beta}u] = ofBias * factor;
    // what makes the mean of a step divides by its rows
    for (var tile = 0u; tile < ${tilesOf(geometry)}u; tile++) { losses[member * ${tilesOf(geometry)}u + tile] = 0.0; }
    losses[member * ${tilesOf(geometry)}u] = loss * ${float(geometry.batch)};
  }
  let plain = ofBias * factor / ${float(2 * n)};
  let along = ofNormal * factor / ${float(2 * n)};
  ${each(`${normal}
      let distance = ${distance};
      let d = ${parameter(gamma)} * inverse * (${slope} * factor - plain - normal * along);
      // no gradient where the least distance was taken
      ${slope} = select(d / distance, 0.0, distance * distance <= ${float(leastSquare * (1 + 1e-6))});`)}
  storageBarrier();
  workgroupBarrier();
  for (var t = lid; t < ${n * width}u; t += ${threads}u) {
    let i = t / ${width}u;
    let j = t % ${width}u;
    let a = ${number(rowOf('i'), 'j')};
    let first = A[${rowOf('i')} + ${scratch.at + 1}u] * (a - ${number(rowOf(`${n}u + i`), 'j')});
    let second = A[${rowOf(`${n}u + i`)} + ${scratch.at + 1}u] * (a - ${number(rowOf(`${2 * n}u + i`), 'j')});
    ${gradient('i', '(first + second)')}
    ${gradient(`${n}u + i`, '(-first)')}
    ${gradient(`${2 * n}u + i`, '(-second)')}
  }
  for (var t = lid; t < ${(geometry.rows - geometry.batch) * width}u; t += ${threads}u) {
    let row = ${rowOf(`${geometry.batch}u + t / ${width}u`)};
    A[row + ${output.gradient.at}u + t % ${width}u] = 0.0;
  }
  storageBarrier();`;
    this.phases.push({ tile: false, calls: [this.define(body, 'scratch0')] });
  }

  /** Adds up `sum` over the workgroup into red[0]. */
  private reduce(): string {
    return `red[lid] = sum;
  workgroupBarrier();
  for (var half = ${this.threads / 2}u; half > 0u; half = half / 2u) {
    if (lid < half) { red[lid] += red[lid + half]; }
    workgroupBarrier();
  }`;
  }

  /** Mean and biased variance of a batch norm's input, and its moving statistics. */
  private batchMoments(unit: Extract<Unit, { kind: 'batch-norm' }>): void {
    const { width } = unit.to.output;
    const x = `A[row + ${unit.from.output.at}u + j]`;
    const at = (number: number) => `T[t0 + ${unit.statistics + number * width}u + j]`;
    const move = (number: number, value: string) =>
      `${at(number)} = ${float(unit.momentum)} * ${at(number)} + ${float(1 - unit.momentum)} * ${value};`;
    this.columns(width, [
      { term: x, store: (mean) => `${at(2)} = ${mean}; ${move(0, mean)}` },
      {
        term: `(${x} - ${at(2)}) * (${x} - ${at(2)})`,
        store: (variance) => `${at(3)} = inverseSqrt(${variance} + ${float(unit.epsilon)}); ${move(1, variance)}`,
      },
    ]);
  }

  /** Means of dy and dy · xHat, and the gradients of beta and gamma, which are their sums. */
  private gradientMoments(unit: Extract<Unit, { kind: 'batch-norm' }>): void {
    const { width } = unit.to.output;
    const dy = `A[row + ${unit.to.gradient.at}u + j]`;
    const at = (number: number) => `T[t0 + ${unit.statistics + number * width}u + j]`;
    const batch = float(this.geometry.batch);
    const store = (number: number, parameter: number) => (mean: string) =>
      `${at(number)} = ${mean}; G[g0 + ${parameter}u + j] = ${mean} * ${batch};`;
    this.columns(width, [
      { term: dy, store: store(4, unit.beta) },
      { term: `${dy} * A[row + ${unit.normalised.at}u + j]`, store: store(5, unit.gamma) },
    ]);
  }

  /** Between two phases: means over the batch of a term in each column, one quantity after another. */
  private columns(width: number, quantities: readonly { term: string; store: (mean: string) => string }[]): void {
    const { plan, geometry, threads } = this;
    const slices = threads / lanes;
    const parts = quantities.map(
      ({ term, store }) => `
  storageBarrier();
  for (var j0 = 0u; j0 < ${width}u; j0 += ${lanes}u) {
    let j = j0 + lid % ${lanes}u;
    var sum = 0.0;
    if (j < ${width}u) {
      for (var s = lid / ${lanes}u; s < ${geometry.batch}u; s += ${slices}u) {
        let row = scratch0 + s * ${plan.scratchWidth}u;
        sum += ${term};
      }
    }
    red[lid] = sum;
    workgroupBarrier();
    if (lid < ${lanes}u && j < ${width}u) {
      var mean = 0.0;
      for (var i = 0u; i < ${slices}u; i++) { mean += red[i * ${lanes}u + lid]; }
      mean = mean / ${float(geometry.batch)};
      ${store('mean')}
    }
    workgroupBarrier();
  }
  storageBarrier();`,
    );
    this.phases.push({ tile: false, calls: [this.define(parts.join('\n'), 'scratch0')] });
  }

  private call(body: string): void {
    const last = this.phases.at(-1);
    const call = this.define(body, 'row0');
    if (last?.tile) last.calls.push(call);
    else this.phases.push({ tile: true, calls: [call] });
  }

  /** Makes a function of a body; returns the call. \`start\` is the first scratch number that it works on. */
  private define(body: string, start: 'row0' | 'scratch0'): string {
    const name = `part${this.count++}`;
    const tile = start === 'row0' ? ', tile: u32, loss0: u32' : '';
    this.functions.push(`fn ${name}(lid: u32, member: u32, p0: u32, t0: u32, g0: u32, ${start}: u32${tile}) {${body}\n}`);
    return `${name}(lid, member, p0, t0, g0, ${start}${start === 'row0' ? ', tile, loss0' : ''});`;
  }

  /** f(x); a value that is not a number stays one. */
  private post(post: Pointwise | null, x: string, column: string): string {
    if (!post) return x;
    if (post.kind === 'physical-heads') {
      const limit = `P[p0 + ${this.plan.constantsAt + post.limits}u + ${column}]`;
      return `bounded(${x}, ${limit})`;
    }
    const slope = float(post.slope);
    switch (post.activation) {
      case 'relu':
        return `rectified(${x}, 0.0)`;
      case 'leaky-relu':
        return `rectified(${x}, ${slope})`;
      case 'elu':
        return `exponentialLinear(${x})`;
      case 'tanh':
        return `hyperbolic(${x})`;
      case 'sigmoid':
        return `logistic(${x})`;
    }
  }

  /** f'(x) in terms of y = f(x); null where it is 1. */
  private derivative(post: Pointwise | null, y: string, column: string): string | null {
    if (!post) return null;
    if (post.kind === 'physical-heads') {
      return `boundedSlope(${y}, P[p0 + ${this.plan.constantsAt + post.limits}u + ${column}])`;
    }
    switch (post.activation) {
      case 'relu':
        return `select(0.0, 1.0, ${y} > 0.0)`;
      case 'leaky-relu':
        return `select(${float(post.slope)}, 1.0, ${y} > 0.0)`;
      case 'elu':
        return `(min(${y}, 0.0) + 1.0)`;
      case 'tanh':
        return `(1.0 - ${y} * ${y})`;
      case 'sigmoid':
        return `(${y} * (1.0 - ${y}))`;
    }
  }
}

/** Sums of products: kernel gradient [in, out] = Σ_s input[s, in] · gradient[s, out], and bias = Σ_s gradient[s, out]. */
interface WeightProduct {
  input: Block;
  gradient: Block;
  kernel: number;
  bias: number | null;
}

function weightProducts(plan: Plan): WeightProduct[] {
  return plan.units.flatMap((unit): WeightProduct[] => {
    const input = unit.from.output;
    if (unit.kind === 'dense') return [{ input, gradient: unit.to.gradient, kernel: unit.kernel, bias: unit.bias }];
    if (unit.kind !== 'gaussian') return [];
    const { width } = unit.to.output;
    return [unit.mean, unit.logVar].map(({ kernel, bias }, number) => ({
      input,
      gradient: { at: unit.momentsGradient.at + number * width, width },
      kernel,
      bias,
    }));
  });
}

function weightTiles({ input, gradient }: WeightProduct): { down: number; across: number; columns: number } {
  const columns = Math.min(mostColumns, Math.ceil(gradient.width / lanes));
  return {
    down: Math.ceil(input.width / (4 * weightRows)),
    across: Math.ceil(gradient.width / (columns * lanes)),
    columns,
  };
}

/** Workgroups in x of `weightsCode`. */
export function weightGroups(plan: Plan, { slices }: Geometry): number {
  return slices * weightProducts(plan).reduce((sum, product) => sum + weightTiles(product).down * weightTiles(product).across, 0);
}

/** Bindings: slot, scratch, partial gradients [member, slice, parameter]. */
export function weightsCode(plan: Plan, geometry: Geometry): string {
  const { slices, sliceLength, batch, rows } = geometry;
  let first = 0;
  const branches: string[] = [];
  const functions = weightProducts(plan).map((product, number) => {
    const { input, gradient, kernel, bias } = product;
    const { down, across, columns: count } = weightTiles(product);
    branches.push(`if (tile < ${first + down * across}u) { product${number}(tile - ${first}u, slice, lid, member); }`);
    first += down * across;
    const columns = range(count);
    const sums = columns.flatMap((c) => [0, 1].map((q) => `var sum${c}_${q} = vec4<f32>();`));
    const biases = bias === null ? [] : columns.map((c) => `var bias${c} = 0.0;`);
    const loads = columns.map((c) => `let d${c} = A[row + ${gradient.at + c * lanes}u + j0];`);
    const inputs = [0, 1].map(
      (q) =>
        `let x${q} = vec4<f32>(${range(4)
          .map((i) => `A[row + ${input.at + 4 * q + i}u + i0]`)
          .join(', ')});`,
    );
    const adds = columns.flatMap((c) => [
      ...[0, 1].map((q) => `sum${c}_${q} += d${c} * x${q};`),
      ...(bias === null ? [] : [`bias${c} += d${c};`]),
    ]);
    const stores = columns.map((c) => {
      const each = range(weightRows).map(
        (i) =>
          `if (i0 + ${i}u < ${input.width}u) { G[to + ${kernel}u + (i0 + ${i}u) * ${gradient.width}u + j] = sum${c}_${i >> 2}.${'xyzw'[i & 3]}; }`,
      );
      const biasStore = bias === null ? '' : `if (i0 == 0u) { G[to + ${bias}u + j] = bias${c}; }`;
      return `{ let j = j0 + ${c * lanes}u; if (j < ${gradient.width}u) { ${each.join('\n    ')} ${biasStore} } }`;
    });
    return `
fn product${number}(tile: u32, slice: u32, lid: u32, member: u32) {
  let i0 = (tile / ${across}u) * ${4 * weightRows}u + (lid / ${lanes}u) * ${weightRows}u;
  let j0 = (tile % ${across}u) * ${count * lanes}u + lid % ${lanes}u;
  ${sums.join(' ')} ${biases.join(' ')}
  let end = min(${batch}u, (slice + 1u) * ${sliceLength}u);
  for (var s = slice * ${sliceLength}u; s < end; s++) {
    let row = (member * ${rows}u + s) * ${plan.scratchWidth}u;
    ${loads.join(' ')}
    ${inputs.join('\n    ')}
    ${adds.join(' ')}
  }
  let to = (member * ${slices}u + slice) * ${plan.parameters}u;
  ${stores.join('\n  ')}
}`;
  });
  return `${slotWgsl}
@group(0) @binding(1) var<storage, read> A: array<f32>;
@group(0) @binding(2) var<storage, read_write> G: array<f32>;
${functions.join('\n')}
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let tile = group.x / ${slices}u;
  let slice = group.x % ${slices}u;
  let member = group.y;
  ${branches.join('\n  else ')}
}`;
}

/** Workgroups in x of `updateCode`: 64 parameters each, and one for the loss. */
export function updateGroups(plan: Plan): number {
  return Math.ceil(plan.parameters / 64) + 1;
}

export interface AdamConstants {
  beta1: number;
  beta2: number;
  amsgrad: boolean;
}

/** Bindings: slot, parameters, moments [member, m | v | largest v], partial gradients, twins, losses of tiles, loss ring. */
export function updateCode(plan: Plan, geometry: Geometry, { beta1, beta2, amsgrad }: AdamConstants): string {
  const { slices, members, batch } = geometry;
  const n = plan.parameters;
  return `${slotWgsl}
@group(0) @binding(1) var<storage, read_write> P: array<f32>;
@group(0) @binding(2) var<storage, read_write> M: array<f32>;
@group(0) @binding(3) var<storage, read> G: array<f32>;
@group(0) @binding(4) var<storage, read> twins: array<u32>;
@group(0) @binding(5) var<storage, read> losses: array<f32>;
@group(0) @binding(6) var<storage, read_write> ring: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let member = group.y;
  if (group.x == ${updateGroups(plan) - 1}u) {
    ${lossSum(tilesOf(geometry), members, float(batch))}
    return;
  }
  let i = group.x * 64u + lid;
  if (i >= ${n}u) { return; }
  var g = 0.0;
  for (var slice = 0u; slice < ${slices}u; slice++) { g += G[(member * ${slices}u + slice) * ${n}u + i]; }
  let at = member * ${(amsgrad ? 3 : 2) * n}u + i;
  let m = ${float(beta1)} * M[at] + ${float(1 - beta1)} * g;
  let v = ${float(beta2)} * M[at + ${n}u] + ${float(1 - beta2)} * g * g;
  M[at] = m;
  M[at + ${n}u] = v;
  ${amsgrad ? `let used = max(M[at + ${2 * n}u], v); M[at + ${2 * n}u] = used;` : 'let used = v;'}
  let rate = u.rates[member];
  let p0 = member * ${plan.parameterBuffer}u;
  let p = P[p0 + i] * rate.z - rate.x * m / (sqrt(used) + rate.y);
  P[p0 + i] = p;
  let twin = twins[i];
  if (twin != 0xffffffffu) { P[p0 + twin] = p; }
}`;
}

/** Bindings: slot, losses of tiles, loss ring. Writes the sum over the rows of the batch. */
export function sumCode(geometry: Geometry): string {
  return `${slotWgsl}
@group(0) @binding(1) var<storage, read> losses: array<f32>;
@group(0) @binding(2) var<storage, read_write> ring: array<f32>;
@compute @workgroup_size(1)
fn main(@builtin(local_invocation_index) lid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let member = group.y;
  ${lossSum(tilesOf(geometry), geometry.members, '1.0')}
}`;
}

/** One invocation adds up the tiles: a kernel with a barrier costs a software adapter ten times as much. */
function lossSum(tiles: number, members: number, divisor: string): string {
  return `if (lid == 0u) {
      var sum = 0.0;
      for (var i = 0u; i < ${tiles}u; i++) { sum += losses[member * ${tiles}u + i]; }
      ring[u.slot * ${members}u + member] = sum / ${divisor};
    }`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** A number as WGSL writes it. */
function float(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
