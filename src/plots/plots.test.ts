import { describe, expect, it } from 'vitest';
import { defaultParams, type ParamValue } from '../base/params.ts';
import { allParts, classes, rankingOf, scoredEvents } from '../testing/plot-fixtures.ts';
import type { Plot, PlotOptions, ThemeName } from './contract.ts';
import { plotById, plots } from './registry.ts';
import { binScores, fittingBins } from './score-histogram.ts';
import { withMarks } from './with-marks.ts';

const plotlyDefaults = [
  '#1f77b4',
  '#ff7f0e',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
];
const parts = allParts();

/** Only what the plot says it needs, so that a wrong `needs` fails. */
function given(plot: Plot): never {
  return Object.fromEntries(Object.entries(parts).filter(([key]) => plot.needs.includes(key))) as never;
}

/** The defaults, and every choice and switch turned to every value. */
function variants(plot: Plot): Record<string, ParamValue>[] {
  const base = defaultParams(plot.params);
  const others = Object.entries(plot.params).flatMap(([key, spec]) => {
    if (spec.kind === 'choice') return spec.options.map(({ value }) => ({ ...base, [key]: value }));
    if (spec.kind === 'switch') return [{ ...base, [key]: !spec.default }];
    return [];
  });
  return [{ ...base }, ...others];
}

function walk(value: unknown, visit: (value: unknown, path: string) => void, path = ''): void {
  visit(value, path);
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) walk(inner, visit, `${path}.${key}`);
  }
}

describe.each(plots.map((plot) => [plot.id, plot] as const))('plot %s', (_, plot) => {
  it('says what it is and what it answers', () => {
    expect(plot.title.length).toBeGreaterThan(3);
    expect(plot.question.length).toBeGreaterThan(40);
    for (const need of plot.needs) expect(Object.keys(parts)).toContain(need);
  });

  for (const theme of ['light', 'dark', 'print'] as ThemeName[]) {
    for (const params of variants(plot)) {
      const options: PlotOptions = { theme, params, scale: 1 };
      it(`is plain JSON without holes, ${theme}, ${JSON.stringify(params)}`, () => {
        const figure = plot.figure(given(plot), options);
        expect(figure.data.length).toBeGreaterThan(0);
        const holes: string[] = [];
        walk(figure, (value, path) => {
          if (value === undefined || ArrayBuffer.isView(value) || (typeof value === 'number' && !Number.isFinite(value)))
            holes.push(`${path} is ${String(value)}`);
        });
        expect(holes).toEqual([]);
      });

      it(`uses our colours and says where the numbers come from, ${theme}, ${JSON.stringify(params)}`, () => {
        const figure = plot.figure(given(plot), options);
        const text = JSON.stringify(figure).toLowerCase();
        for (const colour of plotlyDefaults) expect(text).not.toContain(colour);
        for (const trace of figure.data) {
          const { line, marker } = trace as { line?: { color?: string }; marker?: { color?: string } };
          expect(line?.color ?? marker?.color, String(trace['name'])).toBeTruthy();
        }
        expect(text).not.toMatch(/\bcms\b/);
        if (params['tiny'] !== true) {
          expect(text).toContain('offshell');
          expect(text).toContain('synthetic');
        }
      });

      it(`names both axes, ${theme}, ${JSON.stringify(params)}`, () => {
        const { layout } = plot.figure(given(plot), options);
        const scene = layout['scene'] as Record<string, { title: { text: string } }> | undefined;
        const titles = scene
          ? ['xaxis', 'yaxis', 'zaxis'].map((key) => scene[key]?.title.text ?? '')
          : (layout['annotations'] as { name?: string; text: string }[])
              .filter(({ name }) => name === 'x title' || name === 'y title')
              .map(({ text }) => text);
        expect(titles.length).toBe(scene ? 3 : 2);
        for (const title of titles) expect(title.length).toBeGreaterThan(0);
      });
    }
  }

  it('has a table with rows, of the columns it names', () => {
    const table = plot.table(given(plot), { theme: 'light', params: defaultParams(plot.params), scale: 1 });
    expect(table.rows.length).toBeGreaterThan(0);
    for (const row of table.rows) {
      expect(row.length).toBe(table.columns.length);
      for (const cell of row) expect(typeof cell === 'string' || Number.isFinite(cell), String(cell)).toBe(true);
    }
  });

  it('has live marks, if any, that are finite at every threshold, and that a saved image can carry', () => {
    const options: PlotOptions = { theme: 'light', params: defaultParams(plot.params), scale: 1 };
    for (const threshold of [-1, 0.2, 2.5, 1e9]) {
      const marks = plot.live?.(given(plot), threshold, options) ?? [];
      for (const mark of marks) {
        if (mark.kind === 'point') expect(Number.isFinite(mark.x) && Number.isFinite(mark.y)).toBe(true);
        if (mark.kind === 'filled') expect(mark.count).toBeLessThanOrEqual(mark.x.length);
      }
      const complete = withMarks(plot.figure(given(plot), options), marks, () => '#000000', options);
      expect(JSON.parse(JSON.stringify(complete))).toEqual(complete);
    }
  });
});

describe('live marks of two million scores', () => {
  const test = rankingOf(scoredEvents([1_960_000, 20_000, 20_000, 0]));
  /** Counts how often the scores are looked at. */
  let looks = 0;
  const counted = {
    ...test,
    threshold: new Proxy(test.threshold, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  };
  const results = { ...parts, test: counted } as never;

  it.each(['score-histogram', 'roc', 'precision-recall', 'sic'])(
    '%s looks at no more scores than a few binary searches do',
    (id) => {
      looks = 0;
      const plot = plotById(id);
      const options: PlotOptions = { theme: 'light', params: defaultParams(plot.params), scale: 1 };
      expect(plot.live?.(results, 2.5, options).length).toBeGreaterThan(0);
      expect(looks).toBeLessThan(200);
    },
  );

  it('draws a curve of them with at most two thousand points', () => {
    const plot = plotById('roc');
    const figure = plot.figure(results, { theme: 'light', params: defaultParams(plot.params), scale: 1 });
    for (const trace of figure.data) expect((trace['x'] as number[]).length).toBeLessThan(2000);
  });
});

describe('binned scores', () => {
  const test = rankingOf(scoredEvents([5000, 400, 0, 0]));

  it('hold every event once, whatever the axis', () => {
    for (const axis of ['auto', 'linear', 'log'] as const) {
      const { counts } = binScores(test, 37, axis);
      expect(counts.map((list) => list.reduce((sum, count) => sum + count, 0))).toEqual(test.total);
    }
  });

  it('give a single distinct score a bin to stand in', () => {
    const one = rankingOf({ score: Float64Array.from([2, 2, 2]), label: Uint8Array.from([0, 0, 1]) });
    const { counts, edges } = binScores(one, 10, 'auto');
    expect(counts[0]?.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(edges.every((edge, i) => i === 0 || edge > (edges[i - 1] as number))).toBe(true);
  });

  it('has no more bins than its events fill, unless it is asked to', () => {
    expect([[47], [100, 12], [900], [50_000, 80], []].map(fittingBins)).toEqual([15, 20, 60, 60, 15]);
  });

  it('need no events at all', () => {
    const none = rankingOf({ score: new Float64Array(0), label: new Uint8Array(0) });
    expect(binScores(none, 10, 'auto').counts).toEqual(classes.map(() => [0]));
  });
});

describe('figures of few events', () => {
  const options = { theme: 'light' as const, params: {}, scale: 1 };
  const rangeOf = (background: number) => {
    const test = rankingOf(scoredEvents([background, 60, 0, 0]));
    const { layout } = plotById('roc').figure({ ...parts, test } as never, options);
    const { xaxis, shapes } = layout as { xaxis: { range: [number, number] }; shapes: { x0?: number }[] };
    return { from: xaxis.range[0], limit: shapes.some(({ x0 }) => x0 === 1e-5) };
  };

  it('show the decades in which a background efficiency can lie, and the limit of a trigger only where it is among them', () => {
    // 1 / 47 lies between 0.01 and 0.1
    expect(rangeOf(47)).toEqual({ from: -2, limit: false });
    expect(rangeOf(5000)).toEqual({ from: Math.log10(5e-6), limit: true });
  });

  it('draw the error of an area of exactly 1 to one side', () => {
    const result = { seed: 1, auc: 1, aucError: 0, signalEvents: 10, backgroundEvents: 500, tprAtFpr: {}, maxSic: null };
    const series = [{ signal: 'A', results: [[result]] }];
    const sweep = { name: 's', variable: 'model', points: [{ label: 'a', value: null }], series };
    const { data } = plotById('sweep').figure({ provenance: parts.provenance, sweep } as never, options);
    const { error_y } = data[0] as { error_y: { array: number[]; arrayminus: number[] } };
    expect(error_y.array).toEqual([0]);
    // (0.15866)^(1/10) = 0.8319
    expect(error_y.arrayminus[0]).toBeCloseTo(1 - 0.8319, 4);
  });
});
