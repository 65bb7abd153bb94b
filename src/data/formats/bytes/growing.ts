/** Typed columns that grow while a text is read: numbers, and lists of numbers of equal or unequal length. */

export class GrowingNumbers {
  values: Float64Array;
  length = 0;

  constructor(capacity = 64) {
    this.values = new Float64Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(this.length * 2);
    this.values[this.length++] = value;
  }

  /** Room for so many values in all. */
  reserve(capacity: number): void {
    if (capacity <= this.values.length) return;
    const grown = new Float64Array(capacity);
    grown.set(this.values.subarray(0, this.length));
    this.values = grown;
  }

  /** Gives the spare room back. */
  finish(): Float64Array {
    if (this.values.length > this.length) this.values = this.values.slice(0, this.length);
    return this.values;
  }
}

/** One list of numbers per row. */
export class GrowingLists {
  readonly values = new GrowingNumbers();
  private readonly ends = new GrowingNumbers();

  push(list: ArrayLike<number>): void {
    for (let i = 0; i < list.length; i++) this.values.push(list[i] as number);
    this.ends.push(this.values.length);
  }

  get rows(): number {
    return this.ends.length;
  }

  /** Values of rows [start, end), and where each row's begin in them: [rows + 1], the first is 0. */
  slice(start: number, end: number): { offsets: Uint32Array; values: Float64Array } {
    const at = (row: number): number => (row === 0 ? 0 : (this.ends.values[row - 1] as number));
    const first = at(start);
    const offsets = Uint32Array.from({ length: end - start + 1 }, (_, i) => at(start + i) - first);
    return { offsets, values: this.values.values.slice(first, at(end)) };
  }

  /** The length that all rows share; undefined if there is none. */
  commonLength(): number | undefined {
    const first = this.ends.values[0] ?? 0;
    for (let row = 1; row < this.ends.length; row++) {
      if ((this.ends.values[row] as number) - (this.ends.values[row - 1] as number) !== first) return undefined;
    }
    return this.ends.length > 0 && first > 0 ? first : undefined;
  }
}
