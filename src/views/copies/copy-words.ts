/** What an augmentation does, with the numbers of its settings, and what it did to one event, measured on the copy itself. */
import type { ObjectType } from '../../base/kinds.ts';
import type { Params } from '../../base/params.ts';
import { objectsOf, type SeenObject, typeOrder } from '../../plots/event-objects.ts';
import { formatDecimals, formatNumber } from '../../plots/format.ts';
import type { EventNumbers } from '../../plots/parts.ts';
import type { CopyKind } from '../../worker/api.ts';

/** The same as in the settings of a model. */
export const copyNames: Readonly<Record<CopyKind, string>> = {
  physics: 'Physics copy, as in training',
  rotation: 'Rotated in φ',
  smearing: 'Smeared in η and φ',
  jetSmearing: 'Jet pT smeared',
  addObjects: 'Anomaly A1: objects added',
  splitObjects: 'Anomaly A2: objects split',
  shift: 'Anomaly A3: pT and MET shifted',
};

/** Physics copies are the same event measured again; the others are what the event is not. */
export const isAnomaly = (kind: CopyKind): boolean => kind === 'addObjects' || kind === 'splitObjects' || kind === 'shift';

/** One sentence with the parameters that are set. */
export function ruleOf(kind: CopyKind, params: Params): string {
  const strength = (name: string) => formatNumber(Number(params[name] ?? 1), 2);
  const edge = params['edge'] === 'clamp' ? 'put on the edge' : 'deleted';
  switch (kind) {
    case 'physics':
      return 'All physics augmentations that are switched on, one after another: the network learns that this is the same event.';
    case 'rotation':
      return 'The whole event, MET included, is turned by one angle, uniform from −π to π.';
    case 'smearing':
      return `Normal deviates of width ${strength('smearing')} × 0.028 / (1 + exp((pT − 25 GeV) / 0.1 GeV)) move η and φ of each object, so soft objects only; one that leaves the acceptance is ${edge}, MET stays.`;
    case 'jetSmearing':
      return `A normal deviate of width ${strength('jetSmearing')} × √(0.052 pT² + 1.502 GeV pT) changes the pT of each jet; MET stays.`;
    case 'addObjects':
      return 'Free slots take new objects, pT uniform up to the largest of the event, and MET balances them.';
    case 'splitObjects':
      return 'More objects of a type share the same sum of pT, in directions that were there; MET stays.';
    case 'shift':
      return 'MET, the pT of all objects, or both are multiplied by one factor, uniform from 1 to 5 (MET alone from 0.5).';
  }
}

const short = (angle: number) => Math.atan2(Math.sin(angle), Math.cos(angle));

function counted(count: number, type: ObjectType): string {
  return `${count} ${type}${count === 1 ? '' : 's'}`;
}

/** `1 muon and 2 jets more, 1 electron fewer`; empty if every type has as many as before. */
function countChange(before: readonly SeenObject[], after: readonly SeenObject[]): string {
  const of = (objects: readonly SeenObject[], type: ObjectType) => objects.filter((object) => object.type === type).length;
  const changes = typeOrder.map((type) => ({ type, by: of(after, type) - of(before, type) }));
  const listed = (list: typeof changes, word: string) =>
    list.length === 0 ? [] : [`${list.map(({ type, by }) => counted(Math.abs(by), type)).join(', ')} ${word}`];
  return [
    ...listed(
      changes.filter(({ by }) => by > 0),
      'more',
    ),
    ...listed(
      changes.filter(({ by }) => by < 0),
      'fewer',
    ),
  ].join(', ');
}

const metOf = (objects: readonly SeenObject[]) => objects.find(({ type }) => type === 'MET');

/** `MET 71.6 → 132 GeV`, or that it stays. */
function metChange(before: readonly SeenObject[], after: readonly SeenObject[]): string {
  const [was, is] = [metOf(before)?.pT ?? 0, metOf(after)?.pT ?? 0];
  if (was === 0 && is === 0) return 'no MET';
  return Math.abs(is - was) <= 1e-5 * Math.max(is, was)
    ? `MET stays ${formatNumber(was)} GeV`
    : `MET ${formatNumber(was)} → ${formatNumber(is)} GeV`;
}

/** Pairs of an object and what became of it, for changes that leave the slots as they are. */
function pairs(before: readonly SeenObject[], after: readonly SeenObject[]): (readonly [SeenObject, SeenObject])[] {
  return before.flatMap((object) => {
    const copy = after.find(({ slot }) => slot === object.slot);
    return copy ? [[object, copy] as const] : [];
  });
}

/** Smallest and largest factor of pT, or one where they agree. */
function factorWords(factors: readonly number[]): string {
  const [low, high] = [Math.min(...factors), Math.max(...factors)];
  return high - low < 5e-4 ? `× ${formatNumber(high)}` : `× ${formatDecimals(low, 2)} to ${formatDecimals(high, 2)}`;
}

/** What happened to this event, measured on the copy: an angle, distances, factors, numbers of objects, MET in GeV. */
export function changeOf(kind: CopyKind, original: EventNumbers, changed: EventNumbers): string {
  const [before, after] = [objectsOf(original, original.input), objectsOf(changed, changed.input)];
  const counts = countChange(before, after);
  const same = pairs(before, after);
  const particles = same.filter(([{ type }]) => type !== 'MET');
  const met = metChange(before, after);
  switch (kind) {
    case 'rotation': {
      const [first] = same;
      return first ? `Turned by ${formatDecimals(short(first[1].phi - first[0].phi), 2)} rad; ${met}` : met;
    }
    case 'smearing': {
      const moves = particles.map(([a, b]) => Math.hypot(b.eta - a.eta, short(b.phi - a.phi)));
      const moved = moves.filter((move) => move > 1e-6);
      const words =
        moved.length === 0
          ? 'no object moved'
          : `${moved.length} of ${particles.length} objects moved, by ΔR ${formatNumber(Math.max(...moved), 2)} at most`;
      return [words, counts, met].filter((text) => text !== '').join('; ');
    }
    case 'jetSmearing': {
      const jets = particles.filter(([{ type }]) => type === 'jet' || type === 'fat jet');
      const words = jets.length === 0 ? 'there is no jet' : `Jet pT ${factorWords(jets.map(([a, b]) => b.pT / a.pT))}`;
      return [words, counts, met].filter((text) => text !== '').join('; ');
    }
    case 'shift': {
      const words = particles.length === 0 ? '' : `pT of objects ${factorWords(particles.map(([a, b]) => b.pT / a.pT))}`;
      return [words, met].filter((text) => text !== '').join('; ');
    }
    default:
      return [counts, met].filter((text) => text !== '').join('; ');
  }
}

/** Said of a copy that is the event itself. */
export function impossibleWords(kind: CopyKind): string {
  switch (kind) {
    case 'addObjects':
      return 'Cannot be done to this event: no slot is free. In training another anomaly takes its place.';
    case 'splitObjects':
      return 'Cannot be done to this event: no type has the pT and the free slots. In training another anomaly takes its place.';
    default:
      return 'It leaves this event as it is.';
  }
}
