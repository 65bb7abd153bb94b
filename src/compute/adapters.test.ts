import { describe, expect, it } from 'vitest';
import { describeAdapter, isSoftwareName } from './adapters.ts';

const adapter = (vendor: string, architecture: string, description = '') => ({ vendor, architecture, description });

describe('a graphics adapter', () => {
  it.each([
    ['SwiftShader by its architecture', adapter('google', 'swiftshader'), 'SwiftShader'],
    ['SwiftShader by its description', adapter('', '', 'Google SwiftShader 5.0 (LLVM 16)'), 'SwiftShader'],
    ['Mesa on the processor', adapter('mesa', '', 'llvmpipe (LLVM 19.1, 256 bits)'), 'llvmpipe'],
    ['Windows without a driver', adapter('microsoft', '', 'Microsoft Basic Render Driver'), 'Microsoft Basic Render'],
    ['one that says it is a fallback', { ...adapter('acme', 'x'), isFallbackAdapter: true }, 'acme x'],
    ['one that says nothing but that', { ...adapter('', ''), isFallbackAdapter: true }, 'an unnamed software adapter'],
  ])('is software: %s', (_, info, detail) => {
    expect(describeAdapter(info)).toEqual({ detail, software: true });
  });

  it.each([
    ['by vendor and architecture', adapter('nvidia', 'ampere'), 'nvidia ampere'],
    ['by its description, if it has one', adapter('apple', 'metal-3', 'Apple M2'), 'Apple M2'],
    ['unnamed', adapter('', ''), 'an unnamed adapter'],
  ])('is hardware, named %s', (_, info, detail) => {
    expect(describeAdapter(info)).toEqual({ detail, software: false });
  });
});

it.each([
  ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)', true],
  ['Mesa llvmpipe (LLVM 19.1.7, 256 bits)', true],
  ['ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11)', true],
  ['ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)', false],
  ['ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0)', false],
  ['Apple GPU', false],
])('the WebGL renderer %s is software: %s', (name, software) => {
  expect(isSoftwareName(name)).toBe(software);
});
