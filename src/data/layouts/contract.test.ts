import { describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { openText } from '../../testing/files.ts';
import { layoutFiles as files } from '../../testing/layout-files.ts';
import { rowWidth } from '../dataset.ts';
import type { OpenFile } from '../formats/contract.ts';
import { recognise } from '../recognise.ts';
import { settingsOf } from './contract.ts';
import { layoutFiles, layouts } from './registry.ts';

const role = { name: 'background', role: 'background' } as const;
const holders = ['certification', 'adc2021-submission'];

describe.each(layouts.map((layout) => [layout.id, layout] as const))('layout %s', (id, layout) => {
  const fixture = () => (files[id] as () => OpenFile)();
  const holdsRows = !holders.includes(id);

  it('is named after its file, says what it looks for and has a fixture', () => {
    expect(layoutFiles.get(id)).toBe(layout);
    expect(layout.name).not.toBe('');
    expect(layout.expects).toBeTruthy();
    expect(files[id]).toBeDefined();
  });

  it('recognises its own file with a reason, and is the most certain one', async () => {
    const { layout: best, recognition, others } = await recognise(fixture());
    expect(best.id).toBe(id);
    expect(recognition.confidence).toBeGreaterThan(0);
    expect(recognition.rows).toBe(12);
    expect(recognition.words).toContain('12');
    expect(recognition.reasons.length).toBeGreaterThan(0);
    for (const other of others) expect(other.recognition.confidence).toBeLessThan(recognition.confidence);
    for (const spec of Object.values(settingsOf(layout, recognition)))
      expect(`${spec.label}${spec.help}`.length).toBeGreaterThan(20);
  });

  it.runIf(holdsRows)('reads rows whose arrays fit together', async () => {
    const { recognition } = await recognise(fixture(), id);
    const part = await layout.read(fixture(), { role });
    expect(part.kind).toBe(recognition.kind);
    expect(part.rows).toBe(12);
    expect(part.values.length).toBe(12 * rowWidth(part));
    expect(part.values.slice().every((value) => Number.isFinite(value))).toBe(true);
    expect(part.features.length).toBe(part.kind === 'images' ? 0 : rowWidth(part));
    expect(new Set(part.features.map(({ name }) => name)).size).toBe(part.features.length);
    expect(part.objectTypes?.length).toBe(part.kind === 'objects' ? part.shape[0] : undefined);
    expect(part.label.length).toBe(12);
    expect(part.classes).toEqual([role]);
    expect(part.words).toContain('12');
  });

  it.runIf(holdsRows)('reads a range of rows as the same rows of the whole', async () => {
    const whole = await layout.read(fixture(), { role });
    const part = await layout.read(fixture(), { role, rows: [3, 9] });
    const width = rowWidth(whole);
    expect(part.rows).toBe(6);
    expect(part.values.slice()).toEqual(whole.values.slice(3 * width, 9 * width));
  });

  it('refuses a file that it does not know, and a range that leads out', async () => {
    const text = await openText('names.csv', 'first,second\na,b\nc,d\n');
    expect(await layout.recognises(text)).toBeUndefined();
    await expect(layout.read(text, { role })).rejects.toThrow(Problem);
    if (!holdsRows) return;
    await expect(layout.read(text, { role })).rejects.toThrow(/first/);
    await expect(layout.read(fixture(), { role, rows: [5, 13] })).rejects.toThrow(/inside 0 to 12/);
    await expect(layout.read(fixture(), { role, settings: { unheardOf: 1 } })).rejects.toThrow(/parameter "unheardOf"/);
  });

  it('takes the label that it suggests, or refuses to read without a role', async () => {
    const { recognition } = await recognise(fixture(), id);
    if (!holdsRows || recognition.label === undefined) {
      await expect(layout.read(fixture(), {})).rejects.toThrow(Problem);
      return;
    }
    const own = await layout.read(fixture(), {});
    const named = await layout.read(fixture(), { label: recognition.label });
    expect(own.classes.map((entry) => entry.role)).toEqual(['background', 'signal']);
    expect(named.classes).toEqual(own.classes);
    expect(named.label).toEqual(own.label);
  });

  it.runIf(holdsRows)('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(layout.read(fixture(), { role, signal: stop.signal })).rejects.toThrow(/abort/i);
  });
});
