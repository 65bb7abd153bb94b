/**
 * Compression filters of HDF5: which are built in, which come as plug-ins that are loaded when a dataset needs one, and which cannot be
 * read. The plug-ins are files of the h5wasm-plugins package, served from our own origin.
 */
import type { ProblemDetails } from '../../../base/problem.ts';
import { isNode } from '../bytes/node.ts';
import { renameImport } from './blosc2.ts';
import type { Filter, Instance } from './library.ts';

/** Filters inside the library: deflate, shuffle, Fletcher32, szip, n-bit, scale-offset. */
const builtIn = new Set([1, 2, 3, 4, 5, 6]);
const names: Readonly<Record<number, string>> = {
  1: 'gzip',
  2: 'shuffle',
  3: 'fletcher32',
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  305: 'LZO',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
  32017: 'SZ',
  32026: 'Blosc2',
};

/** Plug-in file and its address in the page, by filter id. */
const plugins: Readonly<Record<number, { file: string; url: () => Promise<{ default: string }> }>> = {
  307: { file: 'libH5Zbz2.so', url: () => import('h5wasm-plugins/plugins/libH5Zbz2.so?url') },
  32000: { file: 'libH5Zlzf.so', url: () => import('h5wasm-plugins/plugins/libH5Zlzf.so?url') },
  32001: { file: 'libH5Zblosc.so', url: () => import('h5wasm-plugins/plugins/libH5Zblosc.so?url') },
  32004: { file: 'libH5Zlz4.so', url: () => import('h5wasm-plugins/plugins/libH5Zlz4.so?url') },
  32008: { file: 'libH5Zbshuf.so', url: () => import('h5wasm-plugins/plugins/libH5Zbshuf.so?url') },
  32015: { file: 'libH5Zzstd.so', url: () => import('h5wasm-plugins/plugins/libH5Zzstd.so?url') },
  32026: { file: 'libH5Zblosc2.so', url: () => import('h5wasm-plugins/plugins/libH5Zblosc2.so?url') },
};

/** Codecs of Blosc as the seventh of its parameters numbers them. */
const bloscCodecs = ['blosclz', 'lz4', 'lz4hc', 'snappy', 'zlib', 'zstd'];
const bloscZlib = 4;
const blosc2 = 32026;
const mended = (plugin: Uint8Array): Uint8Array => renameImport(plugin, 'pthread_mutex_destroy', 'pthread_mutex_unlock');

export function filterName({ id, name }: Filter): string {
  return names[id] ?? (name || String(id));
}

/** Why a dataset with these filters cannot be read; undefined if it can. */
export function filterProblem(filters: readonly Filter[], where: string): ProblemDetails | undefined {
  for (const filter of filters) {
    if (builtIn.has(filter.id)) continue;
    const known = plugins[filter.id] !== undefined;
    const codec = filter.cd_values[6];
    const named = names[filter.id] ?? (filter.name || 'unknown');
    if (known && !((filter.id === 32001 || filter.id === 32026) && codec === bloscZlib)) continue;
    const inside = known && codec !== undefined ? `, ${bloscCodecs[codec] ?? codec} inside` : '';
    return {
      where,
      expected: 'data without compression, or with gzip, szip, LZF, LZ4, Zstandard, bzip2, bitshuffle, Blosc or Blosc2',
      found: `HDF5 filter ${filter.id} (${named}${inside})`,
      fix: "Save it again with h5py: create_dataset(..., compression='gzip')",
    };
  }
  return undefined;
}

/** Puts the plug-ins that these filters need where the library looks for them. */
export async function loadPlugins(filters: readonly Filter[], instance: Instance, build: 'memory' | 'disk'): Promise<void> {
  for (const { id } of filters) {
    const plugin = plugins[id];
    if (!plugin || instance.plugins.has(id)) continue;
    const { module } = instance;
    if (build === 'disk' && id === blosc2) {
      module.insert_plugin_search_path(await mendedFolder(plugin.file), 0);
      instance.plugins.add(id);
      continue;
    }
    if (build === 'disk') {
      module.insert_plugin_search_path((await pluginPath(plugin.file)).replace(/[\\/][^\\/]*$/, ''), 0);
      for (const one of Object.keys(plugins)) if (Number(one) !== blosc2) instance.plugins.add(Number(one));
      continue;
    }
    const bytes = isNode ? await pluginFromDisk(plugin.file) : await pluginFromServer((await plugin.url()).default);
    const folder = module.get_plugin_search_paths()[0] as string;
    const FS = module.FS as typeof module.FS & { mkdirTree(path: string): void };
    FS.mkdirTree(folder);
    FS.writeFile(`${folder}/${plugin.file}`, id === blosc2 ? mended(bytes) : bytes);
    instance.plugins.add(id);
  }
}

async function pluginFromServer(url: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function pluginPath(file: string): Promise<string> {
  // through a variable, so that the bundler leaves Node's modules out of the page
  const nodeModule = 'node:module';
  const { createRequire } = (await import(/* @vite-ignore */ nodeModule)) as typeof import('node:module');
  return createRequire(import.meta.url).resolve(`h5wasm-plugins/plugins/${file}`);
}

async function pluginFromDisk(file: string): Promise<Uint8Array> {
  const files = 'node:fs/promises';
  const { readFile } = (await import(/* @vite-ignore */ files)) as typeof import('node:fs/promises');
  return new Uint8Array(await readFile(await pluginPath(file)));
}

/** A folder with the mended plug-in, for the build that reads from disk. */
async function mendedFolder(file: string): Promise<string> {
  const [files, system] = ['node:fs/promises', 'node:os'];
  const { mkdtemp, writeFile } = (await import(/* @vite-ignore */ files as string)) as typeof import('node:fs/promises');
  const { tmpdir } = (await import(/* @vite-ignore */ system as string)) as typeof import('node:os');
  const folder = await mkdtemp(`${tmpdir()}/hdf5-plugin-`);
  await writeFile(`${folder}/${file}`, mended(await pluginFromDisk(file)));
  return folder;
}
