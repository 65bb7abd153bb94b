/** Padding of an image whose rows go round a circle: rows of the far end above and below, a constant at the sides. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../../compute/tf.ts';
import { type BatchShape, type LayerConfig, OwnLayer } from './own-layer.ts';

export interface WrapPaddingConfig extends LayerConfig {
  /** Rows added above and below; at most as many as there are. */
  rows: [number, number];
  /** Columns added left and right. */
  columns: [number, number];
  /** What stands in the added columns. */
  fill: number;
}

/** [n, h, w, c] to [n, above + h + below, left + w + right, c]; no weights. Rows a, b, c with one above and one below: c, a, b, c, a. */
export class WrapPadding extends OwnLayer {
  /** @nocollapse the name under which TF.js saves it */
  static readonly className = 'WrapPadding';

  constructor(private readonly config: WrapPaddingConfig) {
    super(config);
  }

  protected override compute([given]: Tensor[]): Tensor {
    const x = given as Tensor4D;
    const [n, height, width, channels] = x.shape;
    const { rows, columns, fill } = this.config;
    const cut = (from: number, count: number) => tf.slice(x, [0, from, 0, 0], [n, count, width, channels]);
    const parts = [...(rows[0] > 0 ? [cut(height - rows[0], rows[0])] : []), x, ...(rows[1] > 0 ? [cut(0, rows[1])] : [])];
    const wrapped = parts.length > 1 ? (tf.concat(parts, 1) as Tensor4D) : x;
    if (columns[0] + columns[1] === 0) return wrapped;
    return tf.pad(wrapped, [[0, 0], [0, 0], columns, [0, 0]], fill);
  }

  override computeOutputShape([n, height, width, channels]: BatchShape): BatchShape {
    const { rows, columns } = this.config;
    const longer = (size: number | null | undefined, [before, after]: [number, number]) => (size as number) + before + after;
    return [n as number | null, longer(height, rows), longer(width, columns), channels as number];
  }

  override getConfig() {
    const { rows, columns, fill } = this.config;
    return { ...super.getConfig(), rows, columns, fill };
  }
}

tf.serialization.registerClass(WrapPadding as never);
