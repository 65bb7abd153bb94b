export const folder: string;
export const variants: readonly ['simd', 'relaxed'];
export const modules: readonly string[];
export function compile(name: string, variant: 'simd' | 'relaxed'): Promise<Uint8Array>;
