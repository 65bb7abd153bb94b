/** Builds the page into dist/ unless the build is newer than everything it is made from. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run } from './install.mjs';

function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

export function buildPage() {
  const built = join(root, 'dist', 'index.html');
  const inputs = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json']
    .map((name) => join(root, name))
    .filter(existsSync);
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...inputs.map(newest))) return;
  console.log('Building the page ...');
  const status = run(bin('vite'), ['build', '--logLevel', 'warn']);
  if (status !== 0) process.exit(status);
}
