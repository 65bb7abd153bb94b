/**
 * FlatBuffers, as much as Arrow's metadata needs: tables whose fields are found through a list of offsets, strings, and vectors. Source:
 * the FlatBuffers "Internals" page. Reading beyond the bytes throws a RangeError, and vectors are measured before anybody walks them.
 */

export class Table {
  constructor(
    private readonly view: DataView,
    private readonly at: number,
  ) {}

  /** The root table of a buffer. */
  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Table(view, view.getUint32(0, true));
  }

  /** Where field `id` is; 0 if it has its default. */
  private field(id: number): number {
    const offsets = this.at - this.view.getInt32(this.at, true);
    const entry = 4 + 2 * id;
    if (entry >= this.view.getUint16(offsets, true)) return 0;
    const offset = this.view.getUint16(offsets + entry, true);
    return offset === 0 ? 0 : this.at + offset;
  }

  byte(id: number, otherwise = 0): number {
    const at = this.field(id);
    return at ? this.view.getInt8(at) : otherwise;
  }

  short(id: number, otherwise = 0): number {
    const at = this.field(id);
    return at ? this.view.getInt16(at, true) : otherwise;
  }

  int(id: number, otherwise = 0): number {
    const at = this.field(id);
    return at ? this.view.getInt32(at, true) : otherwise;
  }

  long(id: number, otherwise = 0): number {
    const at = this.field(id);
    return at ? Number(this.view.getBigInt64(at, true)) : otherwise;
  }

  table(id: number): Table | undefined {
    const at = this.field(id);
    return at ? new Table(this.view, at + this.view.getUint32(at, true)) : undefined;
  }

  text(id: number): string {
    const at = this.field(id);
    if (!at) return '';
    const start = at + this.view.getUint32(at, true);
    const length = this.view.getUint32(start, true);
    if (start + 4 + length > this.view.byteLength) throw new RangeError('a text that ends behind its message');
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + start + 4, length));
  }

  tables(id: number): Table[] {
    return this.vector(id, 4, (at) => new Table(this.view, at + this.view.getUint32(at, true)));
  }

  longs(id: number): number[] {
    return this.vector(id, 8, (at) => Number(this.view.getBigInt64(at, true)));
  }

  /** Records of 64-bit numbers, `words` each. Block records hold one 32-bit number, which is padded to 64. */
  records(id: number, words: number, shortWord = -1): number[][] {
    return this.vector(id, 8 * words, (at) =>
      Array.from({ length: words }, (_, k) =>
        k === shortWord ? this.view.getInt32(at + 8 * k, true) : Number(this.view.getBigInt64(at + 8 * k, true)),
      ),
    );
  }

  private vector<T>(id: number, size: number, item: (at: number) => T): T[] {
    const at = this.field(id);
    if (!at) return [];
    const start = at + this.view.getUint32(at, true);
    const length = this.view.getUint32(start, true);
    if (start + 4 + length * size > this.view.byteLength) throw new RangeError('a vector that ends behind its message');
    return Array.from({ length }, (_, i) => item(start + 4 + i * size));
  }
}
