/** Activation functions and their gradients as WGSL. */
import type { ActivationSpec } from '../activation.ts';

const texts: Record<ActivationSpec['activation'], { value: (slope: number) => string; derivative: (slope: number) => string }> = {
  linear: { value: () => 'z', derivative: () => '1.0' },
  'leaky-relu': { value: (s) => `select(z * ${s}, z, z > 0.0)`, derivative: (s) => `select(${s}, 1.0, y > 0.0)` },
  relu: { value: () => 'max(z, 0.0)', derivative: () => 'select(0.0, 1.0, y > 0.0)' },
  elu: { value: () => 'select(exp(min(z, 0.0)) - 1.0, z, z > 0.0)', derivative: () => 'min(y, 0.0) + 1.0' },
  tanh: { value: () => 'tanh(clamp(z, -15.0, 15.0))', derivative: () => '1.0 - y * y' },
  sigmoid: { value: () => '1.0 / (1.0 + exp(-z))', derivative: () => 'y * (1.0 - y)' },
};

/** `activate(z)` and `derivative(y)`, the latter from y = f(z). */
export function activationFunctions({ activation, slope }: ActivationSpec): string {
  const { value, derivative } = texts[activation];
  return `fn activate(z: f32) -> f32 { return ${value(slope)}; }
fn derivative(y: f32) -> f32 { return ${derivative(slope)}; }`;
}
