/**
 * An HDF5 file as an opened file: walks its groups once for the catalogue, then reads rows in bands of whole chunks. It knows arrays, types
 * and filters, and nothing of physics.
 */
import { notThere } from '../bytes/rows.ts';
import type { ArrayInfo, OpenFile, ReadOptions, Source } from '../contract.ts';
import { type DatasetInfo, type Entry, entriesOf, H5T } from './entries.ts';
import { attempt, type H5Module, type Instance, Session } from './library.ts';
import { type Frame, unfoldFrames } from './pandas.ts';
import { pickledNames } from './pickle.ts';
import { type BandCache, readEntry, readListsOf } from './read.ts';
import { refusal } from './refusals.ts';

/** Groups in groups, and datasets in a file; links may lead in circles. */
const deepest = 24;
const mostDatasets = 20_000;
const longestText = 200;
/** Attributes of pandas that hold the names of columns. */
const longestNames = 1024 * 1024;

export async function openHdf5(source: Source): Promise<OpenFile> {
  const session = new Session(source);
  try {
    return await catalogued(source, session);
  } catch (error) {
    session.close();
    throw refusal(source, error);
  }
}

async function catalogued(source: Source, session: Session): Promise<OpenFile> {
  const { instance, module, id } = await session.enter();
  const found: Found = { entries: [], frames: [], remarks: [], names: new Map(), groups: 0 };
  const walk = new Walk(source, instance, module, id, found);
  walk.group('', 0);
  const read: BandCache = {};
  await readItems(source, session, found);
  const unfolded = unfoldFrames(found.entries, found.frames, (path, member) =>
    found.names.get(member ? `${path}/${member}` : path),
  );
  const remarks = [...found.remarks, ...unfolded.remarks];
  const remark = (text: string): void => {
    if (!remarks.includes(text)) remarks.push(text);
  };
  const byName = new Map(unfolded.entries.map((entry) => [entry.info.name, entry]));
  const arrays: ArrayInfo[] = unfolded.entries.map(({ info }) => info);
  let closed = false;
  const entryOf = (name: string): Entry => {
    if (closed) throw new Error(`${source.name} is closed`);
    const entry = byName.get(name);
    if (!entry) throw notThere(source.name, 'dataset', name, arrays);
    return entry;
  };
  const turn = inTurn();
  return {
    format: 'hdf5',
    name: source.name,
    arrays,
    tabular: unfolded.tabular,
    remarks,
    read: (name, options: ReadOptions = {}) => turn(async () => readEntry(source, session, entryOf(name), read, options, remark)),
    readLists: (name, options: ReadOptions = {}) =>
      turn(async () => readListsOf(source, session, entryOf(name), options, remark)),
    close: () => {
      closed = true;
      session.close();
    },
  };
}

/** One read after the other: a second read may open the file again after an error of the first. */
function inTurn(): <T>(step: () => Promise<T>) => Promise<T> {
  let queue: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = queue.then(step);
    queue = result.catch(() => undefined);
    return result;
  };
}

interface Found {
  entries: Entry[];
  frames: Frame[];
  remarks: string[];
  /** Names of columns by path of the dataset, or by path and member. */
  names: Map<string, string[]>;
  groups: number;
}

/** Walks groups depth first; links that lead nowhere or into other files are mentioned and left out. */
class Walk {
  constructor(
    private readonly source: Source,
    private readonly instance: Instance,
    private readonly module: H5Module,
    private readonly id: bigint,
    private readonly found: Found,
  ) {}

  group(path: string, depth: number): void {
    const { module, id, found } = this;
    if (++found.groups > mostDatasets || depth > deepest) {
      if (!found.remarks.some((text) => text.startsWith('groups')))
        found.remarks.push('groups that are nested too deeply were left out');
      return;
    }
    const kind = path === '' ? undefined : this.text(path, 'pandas_type');
    if (kind === 'frame' || kind === 'frame_table') found.frames.push({ key: path, kind: kind === 'frame' ? 'fixed' : 'table' });
    const keys = attempt(this.instance, () => module.get_names(id, path === '' ? '/' : path, false));
    for (const key of keys) {
      if (found.entries.length >= mostDatasets) return;
      // indexes of PyTables beside a table
      if (kind === 'frame_table' && (key === '_i_table' || key === 'meta')) continue;
      const name = path === '' ? key : `${path}/${key}`;
      const type = attempt(this.instance, () => module.get_type(id, name));
      if (type === module.H5G_DATASET) this.dataset(name, kind === 'frame_table');
      else if (type === module.H5G_GROUP) this.group(name, depth + 1);
      else if (type === module.H5G_LINK || type === module.H5G_UDLINK) {
        found.remarks.push(`"${name}" is a link that leads out of this file; it was left out`);
      }
    }
  }

  private dataset(path: string, inTableFrame: boolean): void {
    const { module, id } = this;
    const metadata = attempt(this.instance, () => module.get_dataset_metadata(id, path));
    const filters = attempt(this.instance, () => module.get_dataset_filters(id, path));
    const attributes: Record<string, string | number> = {};
    for (const name of attempt(this.instance, () => module.get_attribute_names(id, path)) as string[]) {
      if (inTableFrame && name.endsWith('_kind')) {
        const names = pickledNames(this.text(path, name, longestNames) ?? '');
        if (names) this.found.names.set(`${path}/${name.slice(0, -'_kind'.length)}`, names);
        continue;
      }
      if (name === '__proto__' || (inTableFrame && /^FIELD_|_(dtype|meta)$/.test(name))) continue;
      const value = this.attribute(path, name, longestText);
      if (value !== undefined) attributes[name] = value;
    }
    const info: DatasetInfo = { path, metadata, filters, attributes };
    this.found.entries.push(...entriesOf(info, path, `${this.source.name}, dataset "${path}"`, this.source.size));
  }

  private text(path: string, name: string, longest = longestText): string | undefined {
    const names = attempt(this.instance, () => this.module.get_attribute_names(this.id, path)) as string[];
    const value = names.includes(name) ? this.attribute(path, name, longest) : undefined;
    return typeof value === 'string' ? value : undefined;
  }

  /** One number or text; undefined for anything else or longer. */
  private attribute(path: string, name: string, longest: number): string | number | undefined {
    const { module, id } = this;
    return attempt(this.instance, () => {
      const metadata = module.get_attribute_metadata(id, path, name);
      const { type, size, shape, vlen } = metadata;
      if (shape === null || shape.some((n) => n !== 1)) return undefined;
      const number = (type === H5T.integer || type === H5T.float) && [1, 2, 4, 8].includes(size);
      if (!number && type !== H5T.string) return undefined;
      const bytes = vlen ? 4 : size;
      if (bytes > longest) return undefined;
      const pointer = module._malloc(Math.max(8, bytes)) >>> 0;
      module.get_attribute_data(id, path, name, BigInt(pointer));
      const raw = module.HEAPU8.slice(pointer, pointer + bytes);
      const view = new DataView(raw.buffer);
      let value: string | number | undefined;
      if (type === H5T.string && vlen) {
        value = module.UTF8ToString(view.getUint32(0, true));
        module.reclaim_vlen_memory(id, path, name, BigInt(pointer));
      } else if (type === H5T.string) value = new TextDecoder().decode(raw).replace(/\0[\s\S]*$/, '');
      else value = numberIn(view, type === H5T.float, size, metadata.signed);
      module._free(pointer);
      return typeof value === 'string' && value.length > longest ? undefined : value;
    });
  }
}

function numberIn(view: DataView, float: boolean, size: number, signed: boolean): number | undefined {
  if (float) return size === 8 ? view.getFloat64(0, true) : size === 4 ? view.getFloat32(0, true) : undefined;
  if (size === 8) return Number(signed ? view.getBigInt64(0, true) : view.getBigUint64(0, true));
  if (size === 4) return signed ? view.getInt32(0, true) : view.getUint32(0, true);
  if (size === 2) return signed ? view.getInt16(0, true) : view.getUint16(0, true);
  return signed ? view.getInt8(0) : view.getUint8(0);
}

/** Reads the names of the columns of fixed frames. */
async function readItems(source: Source, session: Session, found: Found): Promise<void> {
  for (const { key, kind } of found.frames) {
    if (kind !== 'fixed') continue;
    for (const entry of found.entries) {
      if (!entry.dataset.path.startsWith(`${key}/`) || !/\/block\d+_items$/.test(entry.dataset.path)) continue;
      if (entry.info.shape.length !== 1 || entry.info.problem || (entry.info.shape[0] as number) > 100_000) continue;
      const names = await readEntry(source, session, entry, {}, {}, () => {});
      found.names.set(entry.dataset.path, [...names].map(String));
    }
  }
}
