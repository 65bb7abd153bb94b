/** `npm run study`: exit codes, messages of one line, results on disk or on standard output, and where files are looked for. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StudyResults } from '../study/results.ts';
import { labelledTable } from '../testing/tables.ts';
import { main } from './study.ts';

const folder = mkdtempSync(join(tmpdir(), 'study-'));
const out = join(folder, 'results.json');
Object.defineProperty(process.stderr, 'isTTY', { value: false, configurable: true });
const log = vi.spyOn(console, 'log');
const error = vi.spyOn(console, 'error');
const said = () => error.mock.calls.map(([line]) => String(line));

const place = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const table = { version: 1, data: { files: [{ path: 'table.csv' }], label: 'kind' }, models: [{ id: 'pca' }] };
mkdirSync(join(folder, 'data'));
place('data/table.csv', labelledTable(800, 4));

beforeEach(() => {
  log.mockImplementation(() => undefined).mockClear();
  error.mockImplementation(() => undefined).mockClear();
  rmSync(out, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const results = (): StudyResults => JSON.parse(readFileSync(out, 'utf8'));

describe('a study', () => {
  it('finds its files in --data and writes its results', async () => {
    const path = place('study.json', { ...table, name: 'correlated', threshold: { rule: 'background-efficiency', value: 0.1 } });
    expect(await main([path, '--out', out, '--data', join(folder, 'data')])).toBe(0);
    const { study, environment, runs, warnings } = results();
    expect(study.name).toBe('correlated');
    expect(environment).toMatchObject({ backend: 'wasm', rows: 800, synthetic: false, offshell: expect.any(String) });
    expect(environment.platform).toMatch(/^Node \d+/);
    expect(runs.every((r) => r.model === 'pca' && r.signal === 'kind = 1')).toBe(true);
    expect(runs.find((r) => r.score === 'reconstruction-mse')?.auc).toBeGreaterThan(0.9);
    expect(runs[0]?.operatingPoint).toHaveProperty('confusion');
    expect(warnings).toEqual([]);
    expect(said()).toEqual([`correlated: ${runs.length} results written to ${out}`]);
  });
  it('without --out prints the results and nothing else on standard output', async () => {
    expect(await main([place('study.json', table), '--data', join(folder, 'data'), '--backend=cpu'])).toBe(0);
    expect(log).toHaveBeenCalledTimes(1);
    expect(JSON.parse(String(log.mock.calls[0]?.[0])).environment.backend).toBe('cpu');
  });
  it('with --bootstrap has the error and bands of each area from resampled events, near those of DeLong', async () => {
    const path = place('study.json', { ...table, models: [{ id: 'feature-cut' }] });
    expect(await main([path, '--out', out, '--data', join(folder, 'data'), '--bootstrap', '400'])).toBe(0);
    expect(results().runs).not.toHaveLength(0);
    for (const { auc, aucError, aucBootstrap } of results().runs) {
      expect(aucBootstrap?.replicas).toBe(400);
      // 400 replicas know an error to 4 %; DeLong's estimates the same quantity
      expect(Math.abs((aucBootstrap?.error ?? 0) / aucError - 1)).toBeLessThan(0.2);
      expect(aucBootstrap?.band68.low).toBeLessThan(auc);
      expect(aucBootstrap?.band95.high).toBeGreaterThan(auc);
    }
    expect(await main([path, '--out', out, '--data', join(folder, 'data')])).toBe(0);
    expect(results().runs[0]).not.toHaveProperty('aucBootstrap');
  });
  it('made with another file warns, in the results and on standard error', async () => {
    const files = [{ path: 'table.csv', sha256: '0'.repeat(64) }];
    const path = place('study.json', { ...table, data: { ...table.data, files } });
    expect(await main([path, '--out', out, '--data', join(folder, 'data')])).toBe(0);
    expect(results().warnings).toEqual([expect.stringMatching(/^table\.csv is not the file/)]);
    expect(said()[1]).toMatch(/^Warning: table\.csv is not the file that the study was made with/);
  });
});

describe('what is refused, with exit code 1 and one line that says where, what was expected, found, and what to do', () => {
  const study = () => place('study.json', table);
  it.each<[string, () => string[], RegExp]>([
    ['no study', () => [], /^command line: expected npm run study .*found 0 study files/],
    ['two studies', () => [study(), study()], /found 2 study files/],
    ['an unknown option', () => [study(), '--fast', 'yes'], /^command line: .*found --fast\./],
    ['an option without a value', () => [study(), '--out'], /found --out without a value/],
    [
      'a bootstrap of too few replicas',
      () => [study(), '--bootstrap', '5'],
      /^option --bootstrap: expected a whole number of replicas, 100 to 100000; found 5/,
    ],
    [
      'an unknown backend',
      () => [study(), '--backend', 'quantum'],
      /^option --backend: expected wasm, cpu, webgpu; found quantum/,
    ],
    [
      'a study that is not there',
      () => [join(folder, 'nowhere.json')],
      /nowhere\.json: expected a study file; found no readable file/,
    ],
    [
      'text that is no JSON',
      () => [place('bad.json', '{ "version": 1,')],
      /bad\.json: expected a study as JSON; found .*Mend the JSON/,
    ],
    ['an unknown key', () => [place('bad.json', { ...table, modells: [] })], /bad\.json: .*modells/],
    ['a file that is not there', () => [study(), '--data', folder], /table\.csv: expected a file; found nothing with this name/],
    ['a folder as --out', () => [study(), '--data', join(folder, 'data'), '--out', folder], /^option --out .*; found a folder\./],
    [
      'a place in no folder as --out',
      () => [study(), '--out', join(folder, 'no', 'r.json')],
      /no right to write into .*or no such folder/,
    ],
    [
      'a batch larger than the data',
      () => [
        place('big.json', { ...table, models: [{ id: 'dense-autoencoder', params: { batchSize: 65536 } }] }),
        '--data',
        join(folder, 'data'),
      ],
      /batch/i,
    ],
  ])('%s', async (_, args, message) => {
    expect(await main(args())).toBe(1);
    expect(said()).toHaveLength(1);
    expect(said()[0]).toMatch(message);
    expect(said()[0]).not.toContain('\n');
    expect(said()[0]).toMatch(/: expected .+; found .+\. .+\.$/);
    expect(log).not.toHaveBeenCalled();
    expect(existsSync(out)).toBe(false);
  });
});
