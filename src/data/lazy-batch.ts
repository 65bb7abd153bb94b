/**
 * A batch of rows that are unpacked and scaled when they are asked for. All training images as float32 would take many times the room
 * of the packed stack; a training step needs a few of them.
 */
import type { Feature } from '../base/kinds.ts';
import type { PackedRows } from '../numeric/packed-rows.ts';
import type { BatchSource } from './packed-batch.ts';
import type { PreparedBatch } from './preprocess.ts';

type Whole = Pick<PreparedBatch, 'raw' | 'x' | 'target' | 'mask'>;

/** Behaves as the batch that `make` gives for all rows. Its fields are getters: a copy by spreading would unpack and lose them. */
export class LazyBatch implements PreparedBatch {
  readonly rows: number;
  readonly width: number;
  readonly shape: readonly number[];
  readonly rawWidth: number;
  readonly rawFeatures: readonly Feature[];
  readonly spectators: Readonly<Record<string, Float64Array>>;
  /** [rows] only for models that train on labels. */
  readonly label?: Uint8Array;
  /** The rows as they lie and what becomes of them, where each number can be told by itself. */
  readonly packed?: PackedRows;
  /** All rows as long as somebody holds them, and at least until the present piece of work is done. */
  private whole: WeakRef<Whole> | undefined;

  /**
   * @param chosen row numbers of the dataset
   * @param make the batch of some rows of the dataset
   * @param label [rows] one for each, if there are labels
   * @param packed the same rows and scalings as `make` has them
   * @param source what another thread makes the same batch from
   */
  constructor(
    private readonly chosen: Uint32Array,
    private readonly make: (rows: Uint32Array) => PreparedBatch,
    spectators: Readonly<Record<string, Float64Array>>,
    label?: Uint8Array,
    packed?: Omit<PackedRows, 'chosen'>,
    readonly source?: BatchSource,
  ) {
    if (label) this.label = label;
    if (packed) this.packed = { ...packed, chosen };
    const { width, shape, rawWidth, rawFeatures } = make(new Uint32Array(0));
    this.rows = chosen.length;
    this.width = width;
    this.shape = shape;
    this.rawWidth = rawWidth;
    this.rawFeatures = rawFeatures;
    this.spectators = Object.fromEntries(
      Object.entries(spectators).map(([name, values]) => [name, Float64Array.from(chosen, (row) => values[row] as number)]),
    );
  }

  get raw(): Float32Array {
    return this.all().raw;
  }
  get x(): Float32Array {
    return this.all().x;
  }
  get target(): Float32Array {
    return this.all().target;
  }
  get mask(): Uint8Array {
    return this.all().mask;
  }

  /** @param rows positions in this batch; one may be asked for more than once */
  pick(rows: ArrayLike<number>): PreparedBatch & { label?: Uint8Array } {
    const batch = this.make(Uint32Array.from(rows, (row) => this.chosen[row] as number));
    return this.label ? { ...batch, label: Uint8Array.from(rows, (row) => this.label?.[row] as number) } : batch;
  }

  private all(): Whole {
    const known = this.whole?.deref();
    if (known) return known;
    const { raw, x, target, mask } = this.make(this.chosen);
    const made = { raw, x, target, mask };
    this.whole = new WeakRef(made);
    return made;
  }
}
