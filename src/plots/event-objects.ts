/**
 * Objects of one event as its figures draw them: a symbol and a colour for each type, what each has to do with the event's error, and
 * a plane in which one unit is as long across as up. Knows nothing of the figures themselves.
 */
import type { Feature, ObjectType } from '../base/kinds.ts';
import type { PlotOptions, Provenance } from './contract.ts';
import { formatNumber, formatPercent } from './format.ts';
import { viridisStops } from './image-colours.ts';
import type { EventNumbers } from './parts.ts';
import { labels, palettes } from './theme.ts';

/** An object that exists. MET is one, too; it has no eta. */
export interface SeenObject {
  slot: number;
  type: ObjectType;
  /** `jet 2` */
  name: string;
  /** GeV */
  pT: number;
  /** 0 where there is none. */
  eta: number;
  /** Radians, in [-π, π). */
  phi: number;
}

export const symbolOf: Readonly<Record<ObjectType, string>> = {
  MET: 'triangle-right',
  electron: 'circle',
  muon: 'square',
  photon: 'star',
  tau: 'triangle-up',
  jet: 'diamond',
  'fat jet': 'hexagon',
  particle: 'cross',
};

/** Types in the order of legends, MET apart. */
export const typeOrder: readonly ObjectType[] = ['electron', 'muon', 'photon', 'tau', 'jet', 'fat jet', 'particle'];

/** The colour of a type, the same in every figure; MET has that of text. */
export function typeColour(type: ObjectType, { theme }: Pick<PlotOptions, 'theme'>): string {
  return palettes[theme].models[typeOrder.indexOf(type)] ?? palettes[theme].text;
}

/** Name of the object that a number belongs to, or of the number itself where it belongs to none. */
export function ownerOf({ slot, name }: Pick<Feature, 'slot' | 'name'>): string {
  return slot === undefined ? name : name.replace(/ (pT|eta|phi)$/, '');
}

/** The same direction in [-π, π). */
function wrapped(phi: number): number {
  return phi - 2 * Math.PI * Math.floor((phi + Math.PI) / (2 * Math.PI));
}

/** Objects that exist, from input or reconstruction. A reconstruction may leave the range of an angle, which closes on itself. */
export function objectsOf(event: EventNumbers, values: readonly number[]): SeenObject[] {
  const slots = new Map<number, Partial<SeenObject>>();
  event.features.forEach((feature, i) => {
    if (feature.slot === undefined || feature.quantity === 'other' || event.mask[i] !== 1) return;
    const seen = slots.get(feature.slot) ?? { type: event.objectTypes?.[feature.slot] ?? 'jet', name: ownerOf(feature) };
    slots.set(feature.slot, { ...seen, [feature.quantity]: values[i] as number });
  });
  return [...slots].flatMap(([slot, { type, name, pT, eta, phi }]) =>
    type !== undefined && name !== undefined && pT !== undefined && phi !== undefined
      ? [{ slot, type, name, pT, eta: eta ?? 0, phi: wrapped(phi) }]
      : [],
  );
}

/** Difference reconstruction - input; an angle goes the short way round. */
export function residualOf({ periodic }: Pick<Feature, 'periodic'>, input: number, reconstruction: number): number {
  const difference = reconstruction - input;
  return periodic ? Math.atan2(Math.sin(difference), Math.cos(difference)) : difference;
}

/** What one existing number has to do with the event's error. */
export interface Attribution {
  feature: Feature;
  /** Its place in the row. */
  at: number;
  /** The object, or the number itself. */
  owner: string;
  type: ObjectType | undefined;
  input: number;
  /** NaN for a model that reconstructs nothing. */
  reconstruction: number;
  /** Reconstruction - input in the number's unit. */
  residual: number;
  /** Squared error in model units; NaN if not known. */
  error: number;
  /** Of the summed squared error of the numbers that exist; NaN if that is 0 or not known. */
  share: number;
  /**
   * Error in units of its background spread, with the sign of the residual: ±√error / spread. NaN where the spread is not known or 0.
   */
  pull: number;
}

/** Existing numbers in the order of the row. */
export function attributionsOf(event: EventNumbers): Attribution[] {
  const total = errorSum(event);
  return event.features.flatMap((feature, i) => {
    if (event.mask[i] !== 1) return [];
    const input = event.input[i] as number;
    const reconstruction = event.reconstruction?.[i] ?? Number.NaN;
    const residual = residualOf(feature, input, reconstruction);
    const error = event.errors?.[i] ?? Number.NaN;
    const spread = event.spread?.of[i] ?? Number.NaN;
    return [
      {
        feature,
        at: i,
        owner: ownerOf(feature),
        type: feature.slot === undefined ? undefined : event.objectTypes?.[feature.slot],
        input,
        reconstruction,
        residual,
        error,
        share: total > 0 ? error / total : Number.NaN,
        pull: spread > 0 ? ((residual < 0 ? -1 : 1) * Math.sqrt(error)) / spread : Number.NaN,
      },
    ];
  });
}

/** The numbers of one object together. */
export interface ObjectAttribution {
  owner: string;
  type: ObjectType | undefined;
  slot: number | undefined;
  /** Numbers with a pull. */
  numbers: number;
  /** Sum of squared pulls; about the number of numbers for an event like the background. NaN if none has one. */
  pulls: number;
  /** Share of the summed squared error. */
  share: number;
  /** What the score loses without it, in the score's unit; NaN if not known. Negative where it makes the event more usual. */
  loss: number;
  /** The same as a part of the score; NaN unless the score is above 0. */
  part: number;
}

/** Sums over the numbers of each object, in the order of the row. Numbers of no object stand for themselves. */
export function objectAttributions(event: EventNumbers): ObjectAttribution[] {
  const sums = new Map<string, ObjectAttribution>();
  const { score = Number.NaN, without = [] } = event.leftOut ?? {};
  for (const { owner, type, feature, at, pull, share } of attributionsOf(event)) {
    const loss = score - (without[at] ?? Number.NaN);
    const part = score > 0 ? loss / score : Number.NaN;
    const before = sums.get(owner) ?? { owner, type, slot: feature.slot, numbers: 0, pulls: Number.NaN, share: 0, loss, part };
    const counts = !Number.isNaN(pull);
    sums.set(owner, {
      ...before,
      numbers: before.numbers + (counts ? 1 : 0),
      pulls: counts ? (before.numbers === 0 ? 0 : before.pulls) + pull ** 2 : before.pulls,
      share: before.share + share,
    });
  }
  return [...sums.values()];
}

/** Summed squared error in model units of the numbers that exist, or of padding and missing values; NaN if not known. */
export function errorSum({ errors, mask }: Pick<EventNumbers, 'errors' | 'mask'>, of: 'numbers' | 'padding' = 'numbers'): number {
  const wanted = of === 'numbers' ? 1 : 0;
  return errors?.reduce((sum, error, i) => sum + ((mask[i] === 1 ? 1 : 0) === wanted ? error : 0), 0) ?? Number.NaN;
}

/** `43.1 % of the squared error, Σ pull² 12.3`, or what the score loses without it, for a hover text; empty if nothing is known. */
export function attributionWords(found: ObjectAttribution | undefined): string {
  if (!found) return '';
  if (!Number.isNaN(found.loss)) return `<br>the score loses ${formatNumber(found.loss)} without it`;
  if (Number.isNaN(found.share)) return '';
  const pulls = Number.isNaN(found.pulls) ? '' : `<br>Σ pull² ${formatNumber(found.pulls)} of ${found.numbers} numbers`;
  return `<br>${formatPercent(found.share)} of the squared error${pulls}`;
}

/** What colours can show of an object: its share of the error, or the part of the score that goes with it. */
export const blameOf = ({ part, share }: ObjectAttribution): number => (Number.isNaN(part) ? share : part);

/** Area grows with pT: 5 px at nothing, 26 px at 200 GeV and above. */
export function sizeOf(pT: number): number {
  return 5 + 21 * Math.sqrt(Math.min(1, Math.max(0, pT) / 200));
}

const usualSize = { width: 480, height: 400 };

/**
 * A plane in which one unit is as long across as up: half of the range in x and in y, and by how much to enlarge the margins [px].
 * The shorter direction has just its least half range; the other is widened to fill the frame up to its largest, and what room is left
 * then goes to the margins.
 */
export function equalPlane(
  { width = usualSize.width, height = usualSize.height }: Pick<PlotOptions, 'width' | 'height'>,
  margin: { l: number; r: number; t: number; b: number },
  least: { x: number; y: number },
  most: { x: number; y: number },
): { x: number; y: number; margin: { l: number; r: number; t: number; b: number } } {
  const across = Math.max(40, width - margin.l - margin.r);
  const up = Math.max(40, height - margin.t - margin.b);
  // px of one unit
  const unit = Math.min(across / (2 * least.x), up / (2 * least.y));
  const x = Math.min(most.x, across / (2 * unit));
  const y = Math.min(most.y, up / (2 * unit));
  const [free, over] = [(across - 2 * x * unit) / 2, (up - 2 * y * unit) / 2];
  return { x, y, margin: { l: margin.l + free, r: margin.r + free, t: margin.t + over, b: margin.b + over } };
}

/** A layout with other side margins; the labels above the frame then have to fit its new width. */
export function withMargin(
  layout: Record<string, unknown>,
  margin: { l: number; r: number; t: number; b: number },
  provenance: Provenance,
  options: PlotOptions,
): Record<string, unknown> {
  const { l, r } = layout['margin'] as { l: number; r: number };
  const width = (options.width ?? usualSize.width) - (margin.l + margin.r - l - r);
  const notes = layout['annotations'] as readonly Record<string, unknown>[];
  const others = notes.filter(({ name }) => name !== 'left label' && name !== 'right label');
  return {
    ...layout,
    margin: { ...(layout['margin'] as object), ...margin },
    annotations: [...others, ...labels(provenance, options.width === undefined ? options : { ...options, width })],
  };
}

/** Largest share in words where it is at least this much. */
const NOTABLE = 0.05;

/** Traces of objects, one for each type that occurs, and the legend names to go with them. */
export interface DrawnObjects {
  traces: Record<string, unknown>[];
  /** Right margin that a colour bar needs [px]. */
  room: number;
}

/**
 * Objects as symbols, coloured by their type or by their share of the event's squared error, which then also stands beside the largest
 * three.
 *
 * @param place where an object is drawn; `high` where there is no room for a word above it, `word` false where there is none at all,
 * `size` [px] if not that of its pT
 */
export function drawObjects(
  event: EventNumbers,
  objects: readonly SeenObject[],
  options: PlotOptions,
  place: (object: SeenObject) => { x: number; y: number; text: string; high: boolean; word?: boolean; size?: number },
): DrawnObjects {
  const palette = palettes[options.theme];
  const sums = objectAttributions(event);
  const sumOf = ({ slot }: SeenObject) => sums.find((sum) => sum.slot === slot);
  const shareOf = (object: SeenObject) => {
    const sum = sumOf(object);
    return sum ? blameOf(sum) : Number.NaN;
  };
  const losses = sums.some(({ part }) => !Number.isNaN(part));
  const byShare = options.params['colour'] === 'share' && objects.some((object) => shareOf(object) > 0);
  const top = Math.max(NOTABLE, ...objects.map((object) => shareOf(object) || 0));
  const notable = byShare
    ? objects
        .filter((object) => shareOf(object) >= NOTABLE)
        .sort((a, b) => shareOf(b) - shareOf(a))
        .slice(0, 3)
    : [];
  const room = 58 * options.scale;
  const traces: Record<string, unknown>[] = typeOrder.flatMap((type) => {
    const list = objects.filter((object) => object.type === type);
    if (list.length === 0) return [];
    const at = list.map(place);
    return [
      {
        type: 'scatter',
        mode: notable.some((object) => list.includes(object)) ? 'markers+text' : 'markers',
        name: type,
        legendgroup: type,
        showlegend: !byShare,
        cliponaxis: false,
        x: at.map(({ x }) => x),
        y: at.map(({ y }) => y),
        text: list.map((object, i) => (notable.includes(object) && at[i]?.word !== false ? formatPercent(shareOf(object)) : '')),
        textposition: at.map(({ high }) => (high ? 'bottom center' : 'top center')),
        textfont: { size: 12 * options.scale, color: palette.text },
        hovertext: list.map((object, i) => `${at[i]?.text}${attributionWords(sumOf(object))}`),
        hovertemplate: '%{hovertext}<extra></extra>',
        marker: {
          symbol: symbolOf[type],
          size: list.map(({ pT }, i) => (at[i]?.size ?? sizeOf(pT)) * options.scale),
          opacity: 1,
          line: { width: 1, color: byShare ? palette.text : palette.panel },
          color: byShare ? list.map((object) => Math.max(0, shareOf(object) || 0)) : typeColour(type, options),
          ...(byShare
            ? { colorscale: viridisStops.map(([at, colour]) => [at, colour]), cmin: 0, cmax: top, showscale: false }
            : {}),
        },
      },
    ];
  });
  if (!byShare) return { traces, room: 0 };
  // with shares as colours the legend is left to the symbols
  for (const type of typeOrder.filter((type) => objects.some((object) => object.type === type))) {
    traces.push({
      ...{ type: 'scatter', mode: 'markers', name: type, legendgroup: type, x: [null], y: [null], hoverinfo: 'skip' },
      marker: { symbol: symbolOf[type], size: 9 * options.scale, color: palette.quiet },
    });
  }
  const first = traces[0] as { marker: Record<string, unknown> };
  first.marker = {
    ...first.marker,
    showscale: true,
    colorbar: {
      thickness: 9 * options.scale,
      outlinewidth: 0,
      ticksuffix: '',
      tickformat: '.0%',
      nticks: 5,
      len: 0.86,
      y: 0,
      yanchor: 'bottom',
      x: 1.015,
      tickfont: { size: 11 * options.scale, color: palette.text },
      title: {
        text: losses ? 'score<br>lost' : 'share<br>of error',
        side: 'top',
        font: { size: 11 * options.scale, color: palette.quiet },
      },
    },
  };
  return { traces, room };
}

/** The choice that both displays of an event offer. */
export const colourParam = {
  kind: 'choice',
  label: 'Colour',
  help: 'By type of object, or by its share of the summed squared error (of the score that is lost without it, where there is no error)',
  default: 'type',
  options: [
    { value: 'type', label: 'type' },
    { value: 'share', label: 'share of error' },
  ],
} as const;
