/** Activation functions by the numbers that the WASM modules know them by (assembly/lib/activations.ts). */
export const activationNumbers = { linear: 0, 'leaky-relu': 1, relu: 2, elu: 3, tanh: 4, sigmoid: 5 } as const;

export type KernelActivation = keyof typeof activationNumbers;
