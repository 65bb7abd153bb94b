/**
 * A compute shader for one network, made into one for several that have the same shapes and each its own numbers: the grid is as many
 * times as deep, and every buffer that differs between them holds all of theirs, one after another. The arithmetic stays as it was
 * written, so a member's numbers are those that it has alone.
 */

export interface Widening {
  members: number;
  /** Workgroups of one member in z. */
  depth: number;
  /** By binding of group 0: bytes from one member's numbers to the next; bindings that all share are absent. */
  strides: ReadonlyMap<number, number>;
}

/** Bytes of what WGSL arrays of our kernels and those of TF.js hold. */
const bytesOf: Readonly<Record<string, number>> = {
  ...{ f32: 4, i32: 4, u32: 4, 'atomic<i32>': 4, 'atomic<u32>': 4 },
  ...{ 'vec2<f32>': 8, 'vec2<i32>': 8, 'vec2<u32>': 8 },
  ...{ 'vec4<f32>': 16, 'vec4<i32>': 16, 'vec4<u32>': 16 },
};

const declaration = /(@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*\w+>\s*(\w+)\s*:\s*)array<(\w+(?:<\w+>)?)>\s*;/g;
const entry = /@compute\s+@workgroup_size\(([^)]*)\)\s*fn\s+(\w+)\s*\(([\s\S]*?)\)\s*\{/;
const parameter = /@builtin\((\w+)\)\s*(\w+)\s*:\s*([\w<>]+)/g;

/**
 * The shader of all members, whose grid has `depth · members` workgroups in z. What is indexed with a widened buffer's name gets the
 * member's part of it.
 *
 * @throws Error if the text has no entry point, or a buffer of a type that is not known
 */
export function widened(code: string, { members, depth, strides }: Widening): string {
  const names: string[] = [];
  const declared = code.replace(declaration, (whole, head: string, binding: string, name: string, type: string) => {
    const stride = strides.get(Number(binding));
    if (stride === undefined) return whole;
    const bytes = bytesOf[type];
    if (!bytes || stride % bytes !== 0) throw new Error(`${name}: an array of ${type} cannot lie ${stride} bytes apart`);
    names.push(name);
    return `${head}array<array<${type}, ${stride / bytes}>, ${members}>;`;
  });
  if (names.length !== strides.size) throw new Error(`${names.length} of ${strides.size} buffers were found`);
  const found = entry.exec(declared);
  if (!found) throw new Error('no entry point');
  const [header, size, name, list] = found as unknown as [string, string, string, string];
  const inputs = [...list.matchAll(parameter)].map(([, builtin, own, type]) => ({ builtin, own, type }) as Builtin);
  const group = inputs.find(({ builtin }) => builtin === 'workgroup_id')?.own ?? 'memberGroup';
  const sizeInZ = Number(size.split(',')[2] ?? 1);
  const inner = declared.replace(header, `fn ofMember(${inputs.map(({ own, type }) => `${own}: ${type}`).join(', ')}) {`);
  const indexed = names.reduce(
    (text, own) => text.replace(new RegExp(`\\b${own}(?=\\s*\\[)`, 'g'), `${own}[memberIndex]`),
    inner,
  );
  const given = inputs.map(({ builtin, own }) => ofMember(builtin, own, depth, sizeInZ));
  const builtins = inputs.map(({ builtin, own, type }) => `@builtin(${builtin}) ${own}: ${type}`);
  if (group === 'memberGroup') builtins.push('@builtin(workgroup_id) memberGroup: vec3<u32>');
  return `var<private> memberIndex: u32;
${indexed}
@compute @workgroup_size(${size}) fn ${name}(${builtins.join(', ')}) {
  memberIndex = ${group}.z / ${depth}u;
  ofMember(${given.join(', ')});
}`;
}

interface Builtin {
  builtin: string;
  own: string;
  type: string;
}

/** What a built-in number would be if the member were alone. */
function ofMember(builtin: string, own: string, depth: number, sizeInZ: number): string {
  if (builtin === 'workgroup_id') return `vec3<u32>(${own}.xy, ${own}.z % ${depth}u)`;
  if (builtin === 'global_invocation_id') return `vec3<u32>(${own}.xy, ${own}.z % ${depth * sizeInZ}u)`;
  if (builtin === 'num_workgroups') return `vec3<u32>(${own}.xy, ${depth}u)`;
  return own;
}
