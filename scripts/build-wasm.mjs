/**
 * `npm run build:wasm`: compiles the AssemblyScript modules of src/compute/kernels/assembly/ into src/compute/kernels/built/,
 * each with SIMD and with relaxed SIMD. The results are committed; a test compiles them again and compares every byte.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

export const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'compute', 'kernels');
export const variants = ['simd', 'relaxed'];

/** Modules by name: every file of the folder itself is one, `lib/` holds what they share. */
export const modules = readdirSync(join(folder, 'assembly'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3));

/** One module in one variant, as the bytes of its .wasm file. Throws with the compiler's words. */
export async function compile(name, variant) {
  const written = new Map();
  const { error, stderr } = await asc.main(
    [
      `${name}.ts`,
      ...[
        '--outFile',
        'out.wasm',
        '--runtime',
        'stub',
        '--use',
        'abort=',
        '--noAssert',
        '--noExportMemory',
        '--disableWarning',
        '112',
      ],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
      // shared, so that one file serves pages with and without threads: load.ts turns it into an unshared one
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['--enable', 'simd', '--enable', 'threads', ...(variant === 'relaxed' ? ['--enable', 'relaxed-simd'] : [])],
    ],
    {
      readFile: (path, base) => {
        try {
          return readFileSync(join(folder, 'assembly', base === '.' ? '' : base, path), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (path, contents) => void written.set(path, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${name}, ${variant}: ${error.message}\n${stderr.toString()}`);
  return written.get('out.wasm');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(folder, 'built'), { recursive: true });
  const wanted = process.argv.slice(2);
  for (const name of modules.filter((module) => wanted.length === 0 || wanted.includes(module))) {
    for (const variant of variants) {
      const bytes = await compile(name, variant);
      writeFileSync(join(folder, 'built', `${name}.${variant}.wasm`), bytes);
      console.log(`${name}.${variant}.wasm: ${bytes.length} bytes`);
    }
  }
}
