/**
 * A compute shader for one network, made into one for several that have the same shapes and each its own numbers: the grid is as many
 * times as deep, and every buffer that differs between them holds all of theirs, one after another. The arithmetic stays as it was
 * written, so a member's numbers are those that it has alone. How far the members lie apart comes in as a uniform, so that the text,
 * and with it what is compiled, is the same for any shape and number of members for which the kernel's own text is.
 */

export interface Widened {
  code: string;
  /** Where `layoutOf` goes: the binding of group 0 after those of the kernel. */
  binding: number;
}

/** Bytes of what WGSL arrays of our kernels and those of TF.js hold. */
const bytesOf: Readonly<Record<string, number>> = {
  ...{ f32: 4, i32: 4, u32: 4, 'atomic<i32>': 4, 'atomic<u32>': 4 },
  ...{ 'vec2<f32>': 8, 'vec2<i32>': 8, 'vec2<u32>': 8 },
  ...{ 'vec4<f32>': 16, 'vec4<i32>': 16, 'vec4<u32>': 16 },
};

const declaration = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*\w+>\s*(\w+)\s*:\s*array<(\w+(?:<\w+>)?)>\s*;/g;
const entry = /@compute\s+@workgroup_size\(([^)]*)\)\s*fn\s+(\w+)\s*\(([\s\S]*?)\)\s*\{/;
const parameter = /@builtin\((\w+)\)\s*(\w+)\s*:\s*([\w<>]+)/g;

/**
 * The shader of all members, whose grid is as many times as deep in z. An index into a widened buffer counts from where the member's
 * numbers begin.
 *
 * @param own bindings of group 0 whose numbers every member has for itself
 * @param bindings of the kernel
 * @throws Error if the text has no entry point, or a buffer of a type that is not known
 */
export function widened(code: string, own: ReadonlySet<number>, bindings: number): Widened {
  const buffers = buffersOf(code, own);
  const found = entry.exec(code);
  if (!found) throw new Error('no entry point');
  const [header, size, name, list] = found as unknown as [string, string, string, string];
  const inputs = [...list.matchAll(parameter)].map(([, builtin, called, type]) => ({ builtin, called, type }) as Builtin);
  const group = inputs.find(({ builtin }) => builtin === 'workgroup_id')?.called ?? 'memberGroup';
  const inner = code.replace(header, `fn ofMember(${inputs.map(({ called, type }) => `${called}: ${type}`).join(', ')}) {`);
  const indexed = buffers.reduce((text, buffer) => rebased(text, buffer.name, `first_${buffer.name}`), inner);
  const sizeInZ = Number(size.split(',')[2] ?? 1);
  const builtins = inputs.map(({ builtin, called, type }) => `@builtin(${builtin}) ${called}: ${type}`);
  if (group === 'memberGroup') builtins.push('@builtin(workgroup_id) memberGroup: vec3<u32>');
  return {
    binding: bindings,
    code: `@group(0) @binding(${bindings}) var<uniform> members: array<vec4<u32>, ${vectorsOf(buffers.length)}>;
${buffers.map((buffer) => `var<private> first_${buffer.name}: u32;`).join('\n')}
${indexed}
@compute @workgroup_size(${size}) fn ${name}(${builtins.join(', ')}) {
  let depth = members[0].x;
  let member = ${group}.z / depth;
  ${buffers.map((buffer, i) => `first_${buffer.name} = member * ${place(i)};`).join('\n  ')}
  ofMember(${inputs.map(({ builtin, called }) => ofMember(builtin, called, sizeInZ)).join(', ')});
}`,
  };
}

/**
 * What the uniform of a widened shader holds.
 *
 * @param code of the kernel, before it was widened
 * @param depth workgroups of one member in z
 * @param strides by binding: bytes from one member's numbers to the next
 */
export function layoutOf(code: string, depth: number, strides: ReadonlyMap<number, number>): Uint32Array<ArrayBuffer> {
  const buffers = buffersOf(code, new Set(strides.keys()));
  const layout = new Uint32Array(4 * vectorsOf(buffers.length));
  layout[0] = depth;
  for (const [i, { name, type, binding }] of buffers.entries()) {
    const [stride, bytes] = [strides.get(binding) as number, bytesOf[type] as number];
    if (stride % bytes !== 0) throw new Error(`${name}: an array of ${type} cannot lie ${stride} bytes apart`);
    layout[i + 1] = stride / bytes;
  }
  return layout;
}

interface Buffer {
  name: string;
  type: string;
  binding: number;
}

interface Builtin {
  builtin: string;
  called: string;
  type: string;
}

function buffersOf(code: string, own: ReadonlySet<number>): Buffer[] {
  const all = [...code.matchAll(declaration)].map(
    ([, binding, name, type]) => ({ name, type, binding: Number(binding) }) as Buffer,
  );
  const buffers = all.filter(({ binding }) => own.has(binding));
  if (buffers.length !== own.size) throw new Error(`${buffers.length} of ${own.size} buffers were found`);
  for (const { name, type } of buffers) if (!bytesOf[type]) throw new Error(`${name}: an array of ${type} is not known`);
  return buffers;
}

/** The depth, and a distance for each buffer. */
function vectorsOf(buffers: number): number {
  return Math.ceil((1 + buffers) / 4);
}

/** Distance of buffer i. */
function place(i: number): string {
  return `members[${Math.floor((i + 1) / 4)}].${'xyzw'[(i + 1) % 4]}`;
}

/** Adds `first` to every index into the array called `name`, also to those within another index. */
function rebased(text: string, name: string, first: string): string {
  const opening = new RegExp(`\\b${name}\\s*\\[`, 'g');
  let out = '';
  let from = 0;
  for (let found = opening.exec(text); found; found = opening.exec(text)) {
    const start = found.index + found[0].length;
    const end = closing(text, start);
    out += `${text.slice(from, found.index)}${name}[u32(${rebased(text.slice(start, end), name, first)}) + ${first}]`;
    from = end + 1;
    opening.lastIndex = from;
  }
  return out + text.slice(from);
}

/** Where the bracket ends that was opened before `start`. */
function closing(text: string, start: number): number {
  let open = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '[') open++;
    else if (text[at] === ']' && --open === 0) return at;
  }
  throw new Error('a bracket is not closed');
}

/** What a built-in number would be if the member were alone. */
function ofMember(builtin: string, called: string, sizeInZ: number): string {
  if (builtin === 'workgroup_id') return `vec3<u32>(${called}.xy, ${called}.z % depth)`;
  if (builtin === 'global_invocation_id') return `vec3<u32>(${called}.xy, ${called}.z % (depth * ${sizeInZ}u))`;
  if (builtin === 'num_workgroups') return `vec3<u32>(${called}.xy, depth)`;
  return called;
}
