import { beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { adcSource, openText } from '../../testing/files.ts';
import { rowWidth } from '../dataset.ts';
import type { OpenFile } from '../formats/contract.ts';
import { openSource } from '../formats/open.ts';
import { layoutFiles, layouts } from './registry.ts';

/** One file for each layout, made here: a new layout adds its own. */
const fixtures = new Map<string, OpenFile>();

beforeAll(async () => {
  fixtures.set('adc2021', await openSource(await adcSource('events.h5', 12)));
  const rows = Array.from({ length: 12 }, (_, i) => `${i + 20},${i / 10},${(i % 3) - 1}`);
  fixtures.set('table', await openText('events.csv', `pt,eta,phi\n${rows.join('\n')}\n`));
});

const role = { name: 'background', role: 'background' } as const;

describe.each(layouts.map((layout) => [layout.id, layout] as const))('layout %s', (id, layout) => {
  const fixture = () => fixtures.get(id) as OpenFile;

  it('is named after its file, says what it looks for and has a fixture', () => {
    expect(layoutFiles.get(id)).toBe(layout);
    expect(layout.name).not.toBe('');
    expect(layout.expects).toBeTruthy();
    expect(fixtures.has(id)).toBe(true);
  });

  it('recognises its own file with a reason, and is the most certain one', async () => {
    const own = await layout.recognises(fixture());
    expect(own?.confidence).toBeGreaterThan(0);
    expect(own?.rows).toBe(12);
    expect(own?.words).toContain('12');
    expect(own?.reasons.length).toBeGreaterThan(0);
    for (const other of layouts) {
      if (other.id !== id) expect((await other.recognises(fixture()))?.confidence ?? 0).toBeLessThan(own?.confidence ?? 0);
    }
  });

  it('reads rows whose arrays fit together', async () => {
    const part = await layout.read(fixture(), { role });
    expect(part.rows).toBe(12);
    expect(part.values.length).toBe(12 * rowWidth(part));
    expect(part.features.length).toBe(rowWidth(part));
    expect(new Set(part.features.map(({ name }) => name)).size).toBe(part.features.length);
    expect(part.label.length).toBe(12);
    expect(part.classes).toEqual([role]);
  });

  it('reads a range of rows as the same rows of the whole', async () => {
    const whole = await layout.read(fixture(), { role });
    const part = await layout.read(fixture(), { role, rows: [3, 9] });
    const width = rowWidth(whole);
    expect(part.rows).toBe(6);
    expect([...part.values]).toEqual([...whole.values.slice(3 * width, 9 * width)]);
  });

  it('refuses a file that it does not know, naming what is there, and a range that leads out', async () => {
    const text = await openText('names.csv', 'first,second\na,b\nc,d\n');
    await expect(layout.read(text, { role })).rejects.toThrow(/first/);
    await expect(layout.read(fixture(), { role, rows: [5, 13] })).rejects.toThrow(/inside 0 to 12/);
  });

  it('refuses to read without a role and without a label', async () => {
    await expect(layout.read(fixture(), {})).rejects.toThrow(Problem);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(layout.read(fixture(), { role, signal: stop.signal })).rejects.toThrow(/abort/i);
  });
});
