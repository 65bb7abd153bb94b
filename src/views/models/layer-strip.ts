/** The layers of a model as blocks to scale. Arithmetic only; what is drawn follows from shapes and counts. */
import type { LayerRow } from '../../models/contract.ts';

export interface Block {
  /** `input`, or the layer's own name with its network. */
  name: string;
  kind: 'input' | 'weights' | 'norm' | 'plain';
  /** Numbers that come out for one event. */
  units: number;
  shape: readonly number[];
  parameters: number;
  /** Height as a share of the tallest block, 0 to 1; linear in `units` for flat layers, in its root where a layer has a shape. */
  height: number;
  /** First layer of another network than the block before. */
  starts: boolean;
  /** The latent layer: the first of the narrowest, if wider ones come after it. What a classifier ends in is no latent space. */
  latent: boolean;
  /** The last layer of a model that ends in its narrowest: the probability of a classifier, the embedding of a siamese network. */
  output: boolean;
}

/**
 * Blocks from the input to the output.
 *
 * Worked value: an input of 57 and dense layers of 3 and 57 give heights 1, 3 / 57 and 1, the middle one the latent layer.
 */
export function blocks(inputShape: readonly number[], layers: readonly LayerRow[]): Block[] {
  const flat = layers.every(({ shape }) => shape.length <= 1);
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const measure = (units: number) => (flat ? units : Math.sqrt(units));
  const input = { network: '', name: 'input', type: 'Input', shape: inputShape, parameters: 0 };
  const all = [input, ...layers];
  const tallest = Math.max(1, ...all.map(({ shape }) => measure(size(shape))));
  const least = Math.min(...all.map(({ shape }) => size(shape)));
  const first = all.findIndex(({ shape }) => size(shape) === least);
  const narrows = first > 0 && least < size(inputShape);
  const opens = all.slice(first).some(({ shape }) => size(shape) > least);
  return all.map((layer, i) => {
    const units = size(layer.shape);
    return {
      name: layer.network ? `${layer.network} ${layer.name}` : layer.name,
      kind: i === 0 ? 'input' : /norm/i.test(layer.type) ? 'norm' : layer.parameters > 0 ? 'weights' : 'plain',
      units,
      shape: layer.shape,
      parameters: layer.parameters,
      height: measure(units) / tallest,
      starts: i > 0 && layer.network !== all[i - 1]?.network,
      latent: narrows && opens && i === first,
      output: narrows && !opens && i === all.findLastIndex(({ parameters }) => parameters > 0),
    };
  });
}
