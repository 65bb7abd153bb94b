/**
 * Events as a set of objects for a network: per slot pT, eta and phi, scaled, then a one-hot type; an empty slot is all zeros and
 * masked. Scaling comes last, after augmentations in GeV and radians.
 */
import type { ObjectType } from '../base/kinds.ts';

/** How phi enters: as one number, or as sine and cosine, which have no jump at ±π. */
export type PhiForm = 'linear' | 'sine-cosine';

export interface TokenScale {
  /** Mean of all non-zero pT of training background [GeV]. */
  pT: number;
}

/** Types in the order of their one-hot numbers: those that occur in the layout. */
export function tokenTypes(types: readonly ObjectType[]): ObjectType[] {
  return [...new Set(types)];
}

/** Numbers of a slot: pT, eta, phi (or its sine and cosine), one-hot type. Worked value: 7 for MET, electrons, muons and jets. */
export function tokenWidth(types: readonly ObjectType[], phi: PhiForm): number {
  return (phi === 'linear' ? 3 : 4) + tokenTypes(types).length;
}

/** Mean of all non-zero pT of raw events [n, 3 slots]; 1 if there are none. */
export function fitTokenScale(raw: Float32Array): TokenScale {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < raw.length; i += 3) {
    const pT = raw[i] as number;
    if (pT === 0) continue;
    sum += pT;
    count++;
  }
  return { pT: count > 0 && sum > 0 ? sum / count : 1 };
}

/** Tokens [n, slots, width] and mask [n, slots] of raw events [n, 3 slots]: pT / mean pT, eta / 4, phi / π. */
export function eventTokens(
  raw: Float32Array,
  types: readonly ObjectType[],
  phi: PhiForm,
  scale: TokenScale,
): { tokens: Float32Array; mask: Float32Array } {
  const slots = types.length;
  const width = tokenWidth(types, phi);
  const order = tokenTypes(types);
  const oneHot = types.map((type) => order.indexOf(type));
  const rows = raw.length / (3 * slots);
  const tokens = new Float32Array(rows * slots * width);
  const mask = new Float32Array(rows * slots);
  for (let at = 0; at < rows * slots; at++) {
    const pT = raw[3 * at] as number;
    if (!(pT > 0)) continue;
    const angle = raw[3 * at + 2] as number;
    const token = at * width;
    mask[at] = 1;
    tokens[token] = pT / scale.pT;
    tokens[token + 1] = (raw[3 * at + 1] as number) / 4;
    if (phi === 'linear') tokens[token + 2] = angle / Math.PI;
    else {
      tokens[token + 2] = Math.sin(angle);
      tokens[token + 3] = Math.cos(angle);
    }
    tokens[token + (phi === 'linear' ? 3 : 4) + (oneHot[at % slots] as number)] = 1;
  }
  return { tokens, mask };
}
