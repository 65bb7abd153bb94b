import { describe, expect, it } from 'vitest';
import { layoutOf, widened } from './widen.ts';

const kernel = `
@group(0) @binding(0) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> A: array<f32>;
@group(0) @binding(2) var<storage, read> B: array<f32>;
@group(0) @binding(3) var<uniform> uniforms: Uniforms;
var<private> workgroupId: vec3<u32>;
fn main(index: i32) { let tileA = array<f32, 2>(); result[index] = vec4<f32>(A[i32(A [index])] + B [index] + tileA[0]); }
@compute @workgroup_size(8, 4, 2)
fn _start(@builtin(local_invocation_id) LocalId : vec3<u32>,
          @builtin(workgroup_id) WorkgroupId : vec3<u32>,
          @builtin(num_workgroups) NumWorkgroups : vec3<u32>,
          @builtin(global_invocation_id) GlobalId : vec3<u32>) {
  workgroupId = WorkgroupId;
  main(i32(GlobalId.x));
}`;

describe('a shader for several members', () => {
  const { code: text, binding } = widened(kernel, new Set([0, 1]), 4);

  it('counts in the widened buffers from where the member begins, and leaves the others and what only looks alike', () => {
    expect(text).toContain(
      'result[u32(index) + first_result] = vec4<f32>(A[u32(i32(A[u32(index) + first_A])) + first_A] + B [index] + tileA[0])',
    );
    expect(text).toContain('first_result = member * members[0].y;');
    expect(text).toContain('first_A = member * members[0].z;');
    expect(text).not.toContain('first_B');
  });

  it('tells each invocation the grid that it would have alone', () => {
    expect(text).toContain('let member = WorkgroupId.z / depth;');
    expect(text).toContain(
      'ofMember(LocalId, vec3<u32>(WorkgroupId.xy, WorkgroupId.z % depth), vec3<u32>(NumWorkgroups.xy, depth), vec3<u32>(GlobalId.xy, GlobalId.z % (depth * 2u)));',
    );
    expect(text.match(/@compute/g)).toHaveLength(1);
    expect(text.match(/@builtin\(workgroup_id\)/g)).toHaveLength(1);
    expect(text).toContain(
      'fn ofMember(LocalId: vec3<u32>, WorkgroupId: vec3<u32>, NumWorkgroups: vec3<u32>, GlobalId: vec3<u32>) {',
    );
  });

  it('has one uniform more: the depth, and distances in numbers of each buffer', () => {
    expect(binding).toBe(4);
    expect(text).toContain('@group(0) @binding(4) var<uniform> members: array<vec4<u32>, 1>;');
    const strides = new Map([
      [1, 20],
      [0, 64],
    ]);
    expect([...layoutOf(kernel, 5, strides)]).toEqual([5, 4, 5, 0]);
    expect(() => layoutOf(kernel, 5, new Map([[0, 20]]))).toThrow('result: an array of vec4<f32> cannot lie 20 bytes apart');
  });

  it('asks for its workgroup where the kernel does not', () => {
    const flat = widened(
      `@group(0) @binding(0) var<storage, read_write> out0: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { out0[id.x] = 1.0; }`,
      new Set([0]),
      1,
    ).code;
    expect(flat).toContain(
      'fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) memberGroup: vec3<u32>) {',
    );
    expect(flat).toContain('let member = memberGroup.z / depth;');
    expect(flat).toContain('out0[u32(id.x) + first_out0] = 1.0;');
  });

  it('takes more buffers than a vector has room for', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const many = `${names.map((name, i) => `@group(0) @binding(${i}) var<storage, read> ${name}: array<f32>;`).join('\n')}
@compute @workgroup_size(1) fn main() { let x = e[0]; }`;
    const strides = new Map(names.map((_, i) => [i, 16 * (i + 1)]));
    expect([...layoutOf(many, 1, strides)]).toEqual([1, 4, 8, 12, 16, 20, 0, 0]);
    expect(widened(many, new Set(strides.keys()), 5).code).toContain('first_e = member * members[1].y;');
  });

  it.each([
    ['a buffer that is not there', kernel, 7, '0 of 1 buffers were found'],
    [
      'numbers of a type that is not known',
      kernel.replace('A: array<f32>', 'A: array<f16>'),
      1,
      'A: an array of f16 is not known',
    ],
    ['no entry point', kernel.replace('@compute', ''), 1, 'no entry point'],
    ['an index without an end', kernel.replace('A [index])]', 'A [index)'), 1, 'a bracket is not closed'],
  ])('refuses %s', (_, code, own, words) => {
    expect(() => widened(code, new Set([own]), 4)).toThrow(words);
  });
});
