import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { base, reserved, rooms } from './rooms.ts';

const src = dirname(new URL(import.meta.url).pathname);

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesUnder(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

interface Import {
  file: string;
  target: string;
  typeOnly: boolean;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^'";]*?\s+from\s+)?['"]([^'"]+)['"]|(?<!\.)\bimport\(\s*['"]([^'"]+)['"]/g;
  for (const match of text.matchAll(pattern)) {
    const target = match[3] ?? match[4] ?? '';
    const names = match[2] ?? '';
    const inline =
      /^\{/.test(names.trim()) &&
      names
        .replace(/[{}]|\sfrom\s/g, '')
        .split(',')
        .filter((n) => n.trim())
        .every((n) => /^\s*type\s/.test(n));
    // a file that a package keeps behind its exports counts as that package
    const inside = /node_modules\/(.+)$/.exec(target)?.[1] ?? target;
    found.push({ file: relative(src, path), target: inside, typeOnly: Boolean(match[1]) || inline });
  }
  return found;
}

// tests and test helpers may reach anywhere
const imports = filesUnder(src)
  .filter((path) => !/\.test\.tsx?$/.test(path) && !relative(src, path).startsWith('testing/'))
  .flatMap(importsOf);

describe('rooms', () => {
  it('import only what rooms.ts allows', () => {
    const faults: string[] = [];
    for (const { file, target, typeOnly } of imports) {
      if (!target.startsWith('.')) continue;
      const from = file.split('/')[0] as string;
      const room = rooms.find((r) => r.folder === from);
      if (!room) continue; // main.tsx and rooms.ts wire the parts together
      const to = relative(src, resolve(src, dirname(file), target)).split('/')[0] as string;
      const allowed = to === from || to === base || room.uses.includes(to) || (typeOnly && (room.types ?? []).includes(to));
      if (!allowed) faults.push(`${file} imports ${target}`);
    }
    expect(faults).toEqual([]);
  });

  it('keep each reserved package in its place', () => {
    const faults = imports.filter(
      ({ file, target, typeOnly }) =>
        !typeOnly &&
        Object.entries(reserved).some(
          ([name, places]) => target.startsWith(name) && !places.some((place) => file === place || file.startsWith(`${place}/`)),
        ),
    );
    expect(faults).toEqual([]);
  });

  it('are all described', () => {
    const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory() && name !== 'testing');
    expect(folders.filter((folder) => !rooms.some((room) => room.folder === folder))).toEqual([]);
  });

  it('load nothing from a foreign address', () => {
    expect(imports.filter(({ target }) => /^https?:/.test(target))).toEqual([]);
  });
});
