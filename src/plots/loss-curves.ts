/** Loss against epoch, training and validation. Knows nothing of models; a contrastive loss, which may be negative, stays linear. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import type { Parts } from './parts.ts';
import { frame, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'training'>;

/** Stages follow one another on the axis: epoch 1 of stage 2 comes after the last epoch of stage 1. */
function epochsInOrder({ training }: Needs) {
  let before = 0;
  let stage = 0;
  let last = 0;
  return training.epochs.map((record) => {
    if (record.stage !== stage) {
      before = last;
      stage = record.stage;
    }
    last = before + record.epoch;
    return { ...record, x: last, best: training.bestEpoch[record.stage] === record.epoch };
  });
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const epochs = epochsInOrder(results);
  const losses = epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss]).filter(Number.isFinite);
  const log = losses.length > 0 && losses.every((loss) => loss > 0);
  const low = losses.length > 0 ? Math.min(...losses) : 0.1;
  const high = losses.length > 0 ? Math.max(...losses) : 1;
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const range: [number, number] = log ? [low / 1.15, Math.max(high * 1.15, (low / 1.15) * 2)] : [low - margin, high + margin];
  const last = Math.max(2, epochs.at(-1)?.x ?? 2);
  const line = (name: string, key: 'loss' | 'validationLoss', color: string, dash: string) => {
    const shown = epochs.filter((record) => Number.isFinite(record[key]));
    return {
      type: 'scatter',
      mode: shown.length < 2 ? 'markers' : 'lines',
      name,
      x: shown.map(({ x }) => x),
      y: shown.map((record) => record[key]),
      line: { color, width: 1.75 * options.scale, dash },
      marker: { color, size: 6 * options.scale },
      hovertemplate: `${name}<br>epoch %{x}<br>loss %{y:.4g}<extra></extra>`,
    };
  };
  const best = epochs.filter((record) => record.best && Number.isFinite(record.validationLoss));
  const boundaries = epochs.filter((record, i) => i > 0 && record.stage !== epochs[i - 1]?.stage);
  return {
    data: [
      line('training', 'loss', palette.models[0] as string, 'solid'),
      line('validation', 'validationLoss', palette.models[1] as string, 'dash'),
      ...(best.length === 0
        ? []
        : [
            {
              type: 'scatter',
              mode: 'markers',
              name: `kept: epoch ${best.map(({ epoch }) => epoch).join(', ')}`,
              x: best.map(({ x }) => x),
              y: best.map(({ validationLoss }) => validationLoss),
              marker: {
                symbol: 'circle-open',
                size: 11 * options.scale,
                color: palette.text,
                line: { width: 1.75, color: palette.text },
              },
              hovertemplate: 'weights kept<br>epoch %{x}<br>loss %{y:.4g}<extra></extra>',
            },
          ]),
    ],
    layout: frame(
      {
        x: { title: 'Epoch', range: [0.5, last + 0.5], ...(last <= 10 ? { step: last <= 6 ? 1 : 2 } : {}) },
        y: { title: results.training.lossName, log, range },
        provenance: results.provenance,
        legend: 'top right',
        shapes: boundaries.map(({ x }) => ({
          type: 'line',
          xref: 'x',
          yref: 'paper',
          x0: x - 0.5,
          x1: x - 0.5,
          y0: 0,
          y1: 1,
          line: { color: palette.quiet, width: 1, dash: 'dot' },
        })),
      },
      options,
    ),
  };
}

function table(results: Needs): DataTable {
  return {
    caption: `${results.training.lossName} by epoch`,
    columns: [
      { name: 'stage', numeric: true },
      { name: 'epoch', numeric: true },
      { name: 'training loss', numeric: true },
      { name: 'validation loss', numeric: true },
      { name: 'weights kept', numeric: false },
    ],
    rows: epochsInOrder(results).map((record) => [
      record.stage + 1,
      record.epoch,
      Number.isFinite(record.loss) ? record.loss : '–',
      Number.isFinite(record.validationLoss) ? record.validationLoss : '–',
      record.best ? 'yes' : '',
    ]),
  };
}

export default {
  id: 'loss-curves',
  title: 'Is it still learning?',
  question:
    'Loss after each epoch, on the rows it trains on and on validation background. It has converged when both are flat; it overfits when training falls and validation rises. The weights of the marked epoch are kept.',
  needs: ['provenance', 'training'],
  params: {},
  figure,
  table,
} satisfies Plot<Needs>;
