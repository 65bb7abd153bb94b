/** A copy of an event in eta and phi, with the original behind it, hollow. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { displayFigure } from './event-display.ts';
import { objectsOf } from './event-objects.ts';
import type { Parts } from './parts.ts';

type Needs = Pick<Parts, 'provenance' | 'copy'>;

function figure({ provenance, copy }: Needs, options: PlotOptions): PlotlyFigure {
  const { original, changed } = copy;
  const behind = original === changed ? [] : objectsOf(original, original.input);
  return displayFigure(
    { provenance, event: changed },
    { behind, words: { one: 'original' } },
    { ...options, params: { colour: 'type' } },
  );
}

function table({ copy }: Needs): DataTable {
  const { original, changed, name } = copy;
  const before = objectsOf(original, original.input);
  const after = objectsOf(changed, changed.input);
  const slots = [...new Set([...before, ...after].map(({ slot }) => slot))].sort((a, b) => a - b);
  const cells = (objects: typeof before, slot: number) => {
    const found = objects.find((object) => object.slot === slot);
    return found ? [found.pT, found.type === 'MET' ? '–' : found.eta, found.phi] : ['–', '–', '–'];
  };
  const numeric = true;
  return {
    caption: `Objects of the event and of its copy, ${name}`,
    columns: [
      { name: 'object', numeric: false },
      ...['original', 'copy'].flatMap((which) => [
        { name: `pT, ${which}`, unit: 'GeV', numeric },
        { name: `eta, ${which}`, numeric },
        { name: `phi, ${which}`, unit: 'rad', numeric },
      ]),
    ],
    rows: slots.map((slot) => [
      [...before, ...after].find((object) => object.slot === slot)?.name ?? '',
      ...cells(before, slot),
      ...cells(after, slot),
    ]),
  };
}

export default {
  id: 'event-copy',
  title: 'What does a copy look like?',
  question:
    'Objects of a changed copy in η and φ, filled, with those of the original hollow behind them, one unit as long across as up. Arrows are MET: that of the copy dark, that of the original grey.',
  needs: ['provenance', 'copy'],
  params: {},
  figure,
  table,
} satisfies Plot<Needs>;
