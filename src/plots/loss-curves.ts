/** Loss against epoch, training and validation. Knows nothing of models; a contrastive loss, which may be negative, stays linear. */
import type { DataTable, Plot, PlotlyFigure, PlotOptions } from './contract.ts';
import { formatNumber } from './format.ts';
import type { Parts } from './parts.ts';
import { faded, frame, palettes } from './theme.ts';

type Needs = Pick<Parts, 'provenance' | 'training'>;

/** Stages follow one another on the axis: epoch 1 of stage 2 comes after the last epoch of stage 1. */
function epochsInOrder<Epoch extends { stage: number; epoch: number }>(epochs: readonly Epoch[]): (Epoch & { x: number })[] {
  let before = 0;
  let stage = epochs[0]?.stage ?? 0;
  let last = 0;
  return epochs.map((record) => {
    if (record.stage !== stage) {
      before = last;
      stage = record.stage;
    }
    last = before + record.epoch;
    return { ...record, x: last };
  });
}

function isBest({ training }: Needs, { stage, epoch }: { stage: number; epoch: number }): boolean {
  return training.bestEpoch[stage] === epoch;
}

function figure(results: Needs, options: PlotOptions): PlotlyFigure {
  const palette = palettes[options.theme];
  const { training } = results;
  const epochs = epochsInOrder(training.epochs);
  const others = (training.others ?? []).map(({ seed, epochs: own }) => ({ seed, epochs: epochsInOrder(own) }));
  const losses = [...epochs, ...others.flatMap((other) => other.epochs)]
    .flatMap(({ loss, validationLoss }) => [loss, validationLoss])
    .filter(Number.isFinite);
  const log = !training.mayBeNegative && losses.length > 0 && losses.every((loss) => loss > 0);
  const low = losses.length > 0 ? Math.min(...losses) : 0.1;
  const high = losses.length > 0 ? Math.max(...losses) : 1;
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const range: [number, number] = log ? [low / 1.15, Math.max(high * 1.15, (low / 1.15) * 2)] : [low - margin, high + margin];
  const last = Math.max(2, epochs.at(-1)?.x ?? 2, ...others.map((other) => other.epochs.at(-1)?.x ?? 2));
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
      text: shown.map(({ learningRate }) =>
        learningRate === undefined ? '' : `<br>learning rate ${formatNumber(learningRate)}`,
      ),
      hovertemplate: `${name}<br>epoch %{x}<br>loss %{y:.4g}%{text}<extra></extra>`,
    };
  };
  const best = epochs.filter((record) => isBest(results, record) && Number.isFinite(record.validationLoss));
  /** One trace for all of them, with gaps between. */
  const beside = others.flatMap(({ seed, epochs: own }) => [
    ...own.map(({ x, loss, validationLoss }) => ({
      x,
      y: Number.isFinite(validationLoss) ? validationLoss : loss,
      seed: `seed ${seed}`,
    })),
    { x: null, y: null, seed: '' },
  ]);
  const boundaries = epochs.filter((record, i) => i > 0 && record.stage !== epochs[i - 1]?.stage);
  return {
    data: [
      ...(beside.length === 0
        ? []
        : [
            {
              type: 'scatter',
              mode: 'lines',
              name: others.length === 1 ? `seed ${others[0]?.seed}` : `${others.length} other seeds`,
              x: beside.map(({ x }) => x),
              y: beside.map(({ y }) => y),
              text: beside.map(({ seed }) => seed),
              connectgaps: false,
              line: { color: faded(palette.models[1] as string, 0.45), width: options.scale },
              hovertemplate: '%{text}<br>epoch %{x}<br>loss %{y:.4g}<extra></extra>',
            },
          ]),
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
      { name: 'learning rate', numeric: true },
      { name: 'weights kept', numeric: false },
    ],
    rows: results.training.epochs.map((record) => [
      record.stage + 1,
      record.epoch,
      Number.isFinite(record.loss) ? record.loss : '–',
      Number.isFinite(record.validationLoss) ? record.validationLoss : '–',
      record.learningRate ?? '–',
      isBest(results, record) ? 'yes' : '',
    ]),
  };
}

export default {
  id: 'loss-curves',
  title: 'Is it still learning?',
  question:
    'Loss after each epoch, on the rows it trains on and on validation background. It has converged when both are flat; it overfits when training falls and validation rises. The weights of the marked epoch are kept. Pale lines are other seeds of the same model.',
  needs: ['provenance', 'training'],
  params: {},
  figure,
  table,
} satisfies Plot<Needs>;
