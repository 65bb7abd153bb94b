import { describe, expect, it } from 'vitest';
import { widened } from './widen.ts';

const kernel = `
@group(0) @binding(0) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> A: array<f32>;
@group(0) @binding(2) var<storage, read> B: array<f32>;
@group(0) @binding(3) var<uniform> uniforms: Uniforms;
var<private> workgroupId: vec3<u32>;
fn main(index: i32) { let tileA = array<f32, 2>(); result[index] = vec4<f32>(A[index] + B [index] + tileA[0]); }
@compute @workgroup_size(8, 4, 2)
fn _start(@builtin(local_invocation_id) LocalId : vec3<u32>,
          @builtin(workgroup_id) WorkgroupId : vec3<u32>,
          @builtin(num_workgroups) NumWorkgroups : vec3<u32>,
          @builtin(global_invocation_id) GlobalId : vec3<u32>) {
  workgroupId = WorkgroupId;
  main(i32(GlobalId.x));
}`;

describe('a shader for several members', () => {
  const text = widened(kernel, {
    members: 3,
    depth: 5,
    strides: new Map([
      [0, 64],
      [1, 20],
    ]),
  });

  it('has a part of the widened buffers for each, and leaves the others and what only looks alike', () => {
    expect(text).toContain('result: array<array<vec4<f32>, 4>, 3>;');
    expect(text).toContain('A: array<array<f32, 5>, 3>;');
    expect(text).toContain('B: array<f32>;');
    expect(text).toContain('result[memberIndex][index] = vec4<f32>(A[memberIndex][index] + B [index] + tileA[0])');
  });

  it('tells each invocation the grid that it would have alone', () => {
    expect(text).toContain('memberIndex = WorkgroupId.z / 5u;');
    expect(text).toContain(
      'ofMember(LocalId, vec3<u32>(WorkgroupId.xy, WorkgroupId.z % 5u), vec3<u32>(NumWorkgroups.xy, 5u), vec3<u32>(GlobalId.xy, GlobalId.z % 10u));',
    );
    expect(text.match(/@compute/g)).toHaveLength(1);
    expect(text.match(/@builtin\(workgroup_id\)/g)).toHaveLength(1);
    expect(text).toContain(
      'fn ofMember(LocalId: vec3<u32>, WorkgroupId: vec3<u32>, NumWorkgroups: vec3<u32>, GlobalId: vec3<u32>) {',
    );
  });

  it('asks for its workgroup where the kernel does not', () => {
    const flat = widened(
      `@group(0) @binding(0) var<storage, read_write> out0: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { out0[id.x] = 1.0; }`,
      { members: 2, depth: 1, strides: new Map([[0, 16]]) },
    );
    expect(flat).toContain(
      'fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) memberGroup: vec3<u32>) {',
    );
    expect(flat).toContain('memberIndex = memberGroup.z / 1u;');
    expect(flat).toContain('out0[memberIndex][id.x] = 1.0;');
  });

  it.each([
    ['a buffer that is not there', kernel, new Map([[7, 16]]), '0 of 1 buffers were found'],
    ['a distance that is not whole', kernel, new Map([[0, 20]]), 'result: an array of vec4<f32> cannot lie 20 bytes apart'],
    ['no entry point', kernel.replace('@compute', ''), new Map([[1, 20]]), 'no entry point'],
  ])('refuses %s', (_, code, strides, words) => {
    expect(() => widened(code, { members: 2, depth: 1, strides })).toThrow(words);
  });
});
