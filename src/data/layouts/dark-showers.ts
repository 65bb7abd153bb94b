/**
 * Detector images of dark showers: `images` [N, 72, 58, 3 or 1] with `labels` (0 QCD, 1 SUEP, 2 SVJ), `masses` and `n_tracks`, usually
 * in many small NPZ files. Rows of pixels are azimuth (periodic), columns pseudorapidity; channels are tracker, ECAL and HCAL.
 *
 * A mass is a code that means nothing without the label: 5 is 700 GeV for a SUEP and 2.1 TeV for an SVJ. The codes are a convention of
 * this set of files, so they can be edited, and the name of the file is used to cross-check them (`h400`, `svj_3100`).
 *
 * Source: L. Anzalone et al., "Triggering dark showers with conditional dual auto-encoders", arXiv 2306.12955.
 */
import type { EventClass } from '../../base/kinds.ts';
import { countOf, numberText } from '../../base/numbers.ts';
import type { ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { PixelCheck, packImages, pixelMemory, readPixels } from '../pixels.ts';
import { classesOf, classFields, type Labelled, lastPart } from '../roles.ts';
import { catalogue, chosenRows } from '../rows.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const channelNames = ['tracker', 'ECAL', 'HCAL'];
const kinds = ['QCD', 'SUEP', 'SVJ'] as const;

const params: ParamSpecs = {
  channels: {
    kind: 'choice',
    label: 'Channels',
    help: 'The mask is 1 where the tracker saw anything, else 0.',
    default: 'all',
    options: [
      { value: 'all', label: 'tracker, ECAL and HCAL' },
      { value: 'tracker', label: 'tracker' },
      { value: 'ECAL', label: 'ECAL' },
      { value: 'HCAL', label: 'HCAL' },
      { value: 'mask', label: 'tracker mask, 0 or 1' },
    ],
  },
  massCodes: {
    kind: 'text',
    label: 'Mass codes',
    help: 'What the numbers in "masses" mean, in GeV, for each label.',
    default: 'SUEP 1=125 2=200 3=300 4=400 5=700 6=1000; SVJ 5=2100 6=3100 7=4100',
    advanced: true,
  },
  memory: pixelMemory,
};

const darkShowers: Layout = {
  id: 'dark-showers',
  name: 'Dark-shower images',
  expects: '"images" of shape (N, 72, 58, 3) with "labels" and "masses"',
  params,
  recognises(file) {
    const found = findImages(file);
    if (!found) return undefined;
    const { images, masses, tracks } = found;
    const rows = images.shape[0] as number;
    return {
      confidence: 0.95,
      words: wordsFor(images, rows),
      kind: 'images',
      rows,
      label: found.labels.name,
      reasons: [
        `"${images.name}" has shape (${images.shape.join(', ')}) beside "${found.labels.name}"`,
        ...(masses ? [`"${masses.name}" has a code for the mass of each event`] : []),
        ...(tracks ? [`"${tracks.name}" counts tracks`] : []),
      ],
    };
  },
  read,
};
export default darkShowers;

function wordsFor({ shape }: ArrayInfo, rows: number): string {
  return `dark-shower images ${shape[1]} x ${shape[2]}, ${countOf(shape[3] as number, 'channel')}: ${countOf(rows, 'event')}`;
}

interface Images {
  images: ArrayInfo;
  labels: ArrayInfo;
  masses?: ArrayInfo;
  tracks?: ArrayInfo;
}

function findImages(file: OpenFile): Images | undefined {
  const find = (name: string): ArrayInfo | undefined =>
    file.arrays.find((array) => lastPart(array.name) === name && isNumeric(array));
  const images = find('images');
  const labels = find('labels');
  const fits = images?.shape.length === 4 && (images.shape[3] === 3 || images.shape[3] === 1);
  if (!images || !labels || !fits || images.shape[1] !== 72 || images.shape[2] !== 58) return undefined;
  const rows = images.shape[0];
  const perRow = (array: ArrayInfo | undefined): array is ArrayInfo =>
    array !== undefined && array.shape[0] === rows && array.shape.slice(1).every((n) => n === 1);
  const masses = find('masses');
  const tracks = find('n_tracks');
  if (!perRow(labels) || !rows) return undefined;
  return { images, labels, ...(perRow(masses) ? { masses } : {}), ...(perRow(tracks) ? { tracks } : {}) };
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = findImages(file);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: '"images" of shape (N, 72, 58, 3) or (N, 72, 58, 1), and "labels"',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const settings = checkSettings(params, options, file.name);
  const codes = parseCodes(settings.massCodes as string, file.name);
  const { images } = found;
  const [start, end] = chosenRows(options, images.shape[0] as number, `${file.name}, "${images.name}"`);
  const rows = end - start;
  const [, height = 0, width = 0, stored = 1] = images.shape;
  const wanted = settings.channels as string;
  const single = wanted === 'mask' ? 0 : channelNames.indexOf(wanted);
  if (single >= stored) {
    throw new Problem({
      where: `${file.name}, channel ${wanted}`,
      expected: `one of ${channelNames.slice(0, stored).join(', ')}`,
      found: `images with ${countOf(stored, 'channel')}`,
      fix: 'Choose a channel that is there',
    });
  }
  const channels = single >= 0 ? [single] : Array.from({ length: stored }, (_, i) => i);
  const passOn = options.signal ? { signal: options.signal } : {};
  const pixels = { height, width, channels: stored, place: 'last' } as const;
  const perRow = height * width * channels.length;
  let check = new PixelCheck();
  const values = await packImages(rows, perRow, settings.memory, file.name, async (take) => {
    check = new PixelCheck();
    const see = (image: Float32Array): void => {
      check.see(image);
      if (wanted === 'mask') for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) > 0 ? 1 : 0;
      take(image);
    };
    await readPixels(file, images, pixels, channels, [start, end], see, options);
  });
  const one = async (array: ArrayInfo | undefined): Promise<Float64Array | undefined> =>
    array && Float64Array.from((await file.read(array.name, { rows: [start, end], ...passOn })) as Float64Array);
  const label = (await one(found.labels)) as Float64Array;
  const mass = await one(found.masses);
  const tracks = await one(found.tracks);
  const decoded = decode(label, mass, codes, file.name);
  const own = options.label === found.labels.name || (options.label === undefined && options.role === undefined);
  const labelled: Labelled = own ? decoded : await classesOf(file, [start, end], options);
  const spectators = {
    ...(mass ? { mass: decoded.mass } : {}),
    ...(tracks ? { n_tracks: tracks } : {}),
  };
  return {
    kind: 'images',
    rows,
    shape: [height, width, channels.length],
    features: [],
    image: {
      rows: 'phi, 5 degrees each',
      columns: 'eta',
      channels: wanted === 'mask' ? ['tracker mask'] : channels.map((channel) => channelNames[channel] as string),
      periodicRows: true,
    },
    values,
    ...classFields(labelled),
    ...(Object.keys(spectators).length > 0 ? { spectators } : {}),
    words: wordsFor(images, rows),
    remarks: [...labelled.remarks, ...check.remarks(), ...crossCheck(file.name, decoded.classes), ...(file.remarks ?? [])],
  };
}

// ---- masses --------------------------------------------------------------------------------------------------------------

/** By label and code, in GeV. */
type Codes = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** `SUEP 1=125 2=200; SVJ 5=2100`. @throws Problem for anything else */
function parseCodes(text: string, where: string): Codes {
  const codes = new Map<string, Map<number, number>>();
  for (const group of text.split(';')) {
    const [kind = '', ...pairs] = group.trim().split(/[\s,]+/);
    if (kind === '') continue;
    const parsed = pairs.map((pair) => /^(\d+)=(\d+(?:\.\d+)?)$/.exec(pair));
    if (!(kinds as readonly string[]).includes(kind) || parsed.some((pair) => !pair)) {
      throw new Problem({
        where: `${where}, mass codes`,
        expected: 'a list such as "SUEP 1=125 2=200; SVJ 5=2100"',
        found: `"${group.trim()}"`,
        fix: 'Correct the list',
      });
    }
    codes.set(kind, new Map(parsed.map((pair) => [Number(pair?.[1]), Number(pair?.[2])])));
  }
  return codes;
}

/** Classes in the order of label and mass: QCD, SUEP 125 GeV, ..., SVJ 2.1 TeV. */
function decode(
  label: Float64Array,
  mass: Float64Array | undefined,
  codes: Codes,
  where: string,
): Labelled & { mass: Float64Array } {
  const keys = new Map<number, { name: string; gev: number }>();
  const unknown = new Set<string>();
  const keyOf = new Float64Array(label.length);
  const gev = new Float64Array(label.length).fill(Number.NaN);
  for (let row = 0; row < label.length; row++) {
    const kind = kinds[label[row] as number];
    const code = mass?.[row] ?? 0;
    if (kind === undefined) {
      throw new Problem({
        where: `${where}, "labels", row ${row + 1}`,
        expected: '0 (QCD), 1 (SUEP) or 2 (SVJ)',
        found: String(label[row]),
        fix: 'Read these images with the layout for any images',
      });
    }
    const key = (label[row] as number) * 1000 + (kind === 'QCD' ? 0 : code);
    const value = codes.get(kind)?.get(code);
    if (kind !== 'QCD' && mass && value === undefined) unknown.add(`${kind} ${code}`);
    if (!keys.has(key))
      keys.set(key, { name: nameOf(kind, mass ? value : undefined, code, Boolean(mass)), gev: value ?? Number.NaN });
    keyOf[row] = key;
    gev[row] = kind === 'QCD' ? Number.NaN : (value ?? Number.NaN);
  }
  const order = [...keys.keys()].sort((a, b) => a - b);
  const classes = order.map(
    (key): EventClass => ({ name: keys.get(key)?.name ?? '', role: key === 0 ? 'background' : 'signal' }),
  );
  return {
    classes,
    label: Uint8Array.from(keyOf, (key) => order.indexOf(key)),
    mass: gev,
    remarks: unknown.size > 0 ? [`no mass is known for the codes ${[...unknown].join(', ')}; add them to the mass codes`] : [],
  };
}

function nameOf(kind: (typeof kinds)[number], gev: number | undefined, code: number, coded: boolean): string {
  if (kind === 'QCD' || !coded) return kind;
  if (gev === undefined) return `${kind}, mass code ${code}`;
  return kind === 'SVJ' ? `SVJ ${numberText(gev / 1000)} TeV` : `${kind} ${numberText(gev)} GeV`;
}

/** Compares the classes with what the file is called. */
function crossCheck(fileName: string, classes: readonly EventClass[]): string[] {
  const suep = /(?:^|[^a-z])h(\d{3,4})(?!\d)/i.exec(fileName)?.[1];
  const svj = /svj[^\d]*(\d{4})(?!\d)/i.exec(fileName)?.[1];
  const expected = svj ? `SVJ ${numberText(Number(svj) / 1000)} TeV` : suep ? `SUEP ${numberText(Number(suep))} GeV` : undefined;
  if (expected === undefined || classes.some(({ name }) => name === expected)) return [];
  return [`the file name suggests ${expected}, but its labels and masses say ${classes.map(({ name }) => name).join(', ')}`];
}
