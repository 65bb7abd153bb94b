/** Runs one of the command-line programs of src/cli/ (`study`, `inspect`), the benchmarks or the fuzzer, straight from its TypeScript source. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, root } from './install.mjs';

installPackages();
const [name, ...args] = process.argv.slice(2);
const elsewhere = { bench: '/bench/main.ts', fuzz: '/src/testing/fuzz-run.ts' };
const place = elsewhere[name] ?? `/src/cli/${name}.ts`;
if (!name || !existsSync(join(root, place))) {
  console.error(`run.mjs: expected study, inspect, bench or fuzz; found "${name ?? ''}".`);
  process.exit(1);
}
const { loadSource } = await import('./source.mjs');
const { module, close } = await loadSource(place);
let code = 1;
try {
  code = await module.main(args);
} finally {
  await close();
}
// a pipe takes 64 kB at once: what was printed has to be through before the end
await new Promise((resolve) => process.stdout.write('', () => resolve(undefined)));
process.exit(code);
