/**
 * The header of one NPY array: type, shape, order and where the numbers begin. Everything is checked against the size of the file
 * before any memory is asked for.
 *
 * Source: numpy.lib.format, versions 1.0 to 3.0 of the NPY format.
 */
import { Problem, type ProblemDetails } from '../../../base/problem.ts';
import type { Element } from '../bytes/elements.ts';
import type { Source } from '../contract.ts';
import { type Literal, parseLiteral } from './literal.ts';

export const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const longestHeader = 1024 * 1024;
const largestShape = 2 ** 53;
const largestEmpty = 1_000_000;

/** One field of a record; plain arrays are records with one field without a name. */
export interface Field {
  name: string;
  element: Element;
  /** Position inside the record, in bytes. */
  offset: number;
  /** Shape of the field itself, [] for a single value. */
  shape: readonly number[];
  /** Why it cannot be read. */
  problem?: ProblemDetails;
}

export interface Header {
  shape: readonly number[];
  fortran: boolean;
  fields: readonly Field[];
  /** True if the type is a list of named fields. */
  structured: boolean;
  /** Bytes of one record. */
  itemSize: number;
  /** Where the values begin. */
  start: number;
}

/** @throws Problem if this is no NPY array, or one that is cut off */
export async function readHeader(source: Source, where: string): Promise<Header> {
  const head = await source.read(0, Math.min(source.size, 4096));
  if (!magic.every((byte, i) => head[i] === byte) || head.length < 12) throw damaged(where, 'no NPY signature');
  const version = head[6] as number;
  if (version < 1 || version > 3) throw damaged(where, `NPY version ${version}`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const begin = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = begin + length;
  if (length > longestHeader || start > source.size) throw damaged(where, `a header of ${length} bytes`);
  const bytes = start <= head.length ? head.subarray(begin, start) : await source.read(begin, start);
  const header = understand(new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes), start, where);
  const needed = header.shape.reduce((product, n) => product * n, header.itemSize);
  if (needed > source.size - start && header.fields.some((field) => !field.problem)) {
    throw new Problem({
      where,
      expected: `${needed} bytes of values, as the header says (${header.shape.join(' x ') || '1'} x ${header.itemSize} bytes)`,
      found: `${source.size - start} bytes: the file was cut off or its header is damaged`,
      fix: 'Copy or download the file again, or save the array again with numpy.save',
    });
  }
  return header;
}

function understand(text: string, start: number, where: string): Header {
  let literal: Literal;
  try {
    literal = parseLiteral(text.trim());
  } catch (error) {
    throw damaged(where, `a header that cannot be understood (${(error as Error).message})`);
  }
  if (!(literal instanceof Map)) throw damaged(where, 'a header that is no dictionary');
  const shape = literal.get('shape');
  const fortran = literal.get('fortran_order');
  if (!Array.isArray(shape) || !shape.every((n) => typeof n === 'number' && n >= 0) || typeof fortran !== 'boolean') {
    throw damaged(where, 'a header without shape or order');
  }
  const sizes = shape as number[];
  if (sizes.length > 32 || sizes.reduce((product, n) => product * n, 1) > largestShape) {
    throw damaged(where, `the impossible shape ${sizes.slice(0, 8).join(' x ')}`);
  }
  const descr = literal.get('descr') ?? null;
  const { fields, size } = fieldsOf(descr, where);
  // values without bytes could be promised by the billion
  if (size * sizes.reduce((product, n) => product * n, 1) === 0 && sizes.some((n) => n > largestEmpty)) {
    throw damaged(where, `the impossible shape ${sizes.slice(0, 8).join(' x ')}`);
  }
  return { shape: sizes, fortran: fortran && sizes.length > 1, fields, structured: Array.isArray(descr), itemSize: size, start };
}

/** Fields of a type: one without a name for a plain type, one for each leaf of a structured one. */
function fieldsOf(descr: Literal, where: string): { fields: Field[]; size: number } {
  if (typeof descr === 'string') {
    const plain = elementOf(descr, where);
    return {
      fields: [{ name: '', element: plain.element, offset: 0, shape: [], ...(plain.problem ? { problem: plain.problem } : {}) }],
      size: plain.element.size,
    };
  }
  if (!Array.isArray(descr)) throw damaged(where, 'a type that cannot be understood');
  const fields: Field[] = [];
  let offset = 0;
  for (const entry of descr) {
    if (!Array.isArray(entry) || entry.length < 2) throw damaged(where, 'a field that cannot be understood');
    const [label, type, shape = []] = entry as [Literal, Literal, Literal?];
    // a field may have a title: ('title', 'name')
    const name = String(Array.isArray(label) ? label[1] : label);
    const dims = (Array.isArray(shape) ? shape : [shape]) as Literal[];
    if (!dims.every((n) => typeof n === 'number' && n >= 0)) throw damaged(where, `field "${name}" without a shape`);
    const sizes = dims as number[];
    const inner = fieldsOf(type as Literal, `${where}, field "${name}"`);
    const repeated = sizes.reduce((product, n) => product * n, 1);
    const plain = inner.fields.length === 1 && inner.fields[0]?.name === '';
    for (const field of inner.fields) {
      const whole: Field = {
        ...field,
        name: plain ? name : `${name}.${field.name}`,
        offset: offset + field.offset,
        shape: [...sizes, ...field.shape],
      };
      const nested = !plain && repeated !== 1;
      // numpy writes padding as fields without a name
      if (name === '') continue;
      fields.push(
        nested ? { ...whole, problem: unreadable(where, `an array of records ("${name}")`, 'Save its fields as arrays') } : whole,
      );
    }
    offset += inner.size * repeated;
  }
  return { fields, size: offset };
}

/** `<f4`, `|b1`, `>i8`, `<U10`, `|S3`, `|O` ... */
function elementOf(descr: string, where: string): { element: Element; problem?: ProblemDetails } {
  const match = /^([<>|=]?)([?a-zA-Z])(\d*)(\[.*\])?$/.exec(descr);
  if (!match) throw damaged(where, `the type "${descr}"`);
  const [, order = '', letter = '', digits = ''] = match;
  const size = digits === '' ? (letter === '?' ? 1 : 0) : Number(digits);
  if (size > 2 ** 31) throw damaged(where, `the type "${descr}"`);
  const bigEndian = order === '>';
  const of = (kind: Element['kind'], bytes = size): { element: Element } => ({ element: { kind, size: bytes, bigEndian } });
  const refuse = (problem: ProblemDetails, bytes = size) => ({
    element: { kind: 'bytes' as const, size: bytes, bigEndian },
    problem,
  });
  if (letter === 'f' && [2, 4, 8].includes(size)) return of('float');
  if (letter === 'i' && [1, 2, 4, 8].includes(size)) return of('int');
  if (letter === 'u' && [1, 2, 4, 8].includes(size)) return of('uint');
  if ((letter === 'b' && size === 1) || letter === '?') return of('bool', 1);
  if (letter === 'S' || letter === 'a') return of('bytes');
  if (letter === 'U') return of('unicode', size * 4);
  if (letter === 'O') {
    return refuse(
      {
        where,
        expected: 'numbers or texts',
        found: 'Python objects, stored as a pickle: a program that runs when it is loaded, so it is not opened here',
        fix: "Save it again as numbers: numpy.save(file, numpy.asarray(x, dtype='float32')); lists of unequal length go into Parquet",
      },
      8,
    );
  }
  if (letter === 'c') return refuse(unreadable(where, `complex numbers (${descr})`, 'Save the real and the imaginary part'));
  if (letter === 'f') return refuse(unreadable(where, `numbers of ${size * 8} bits (${descr})`, 'Save it as float64'));
  if (letter === 'M' || letter === 'm')
    return refuse(unreadable(where, `times (${descr})`, 'Save them as seconds: x.astype("float64")'));
  if (letter === 'V') return refuse(unreadable(where, `bytes without a type (${descr})`, 'Save it with a numeric type'));
  throw damaged(where, `the type "${descr}"`);
}

function unreadable(where: string, found: string, fix: string): ProblemDetails {
  return { where, expected: 'real numbers of up to 64 bits, booleans or texts', found, fix };
}

function damaged(where: string, found: string): Problem {
  return new Problem({
    where,
    expected: 'a NumPy array (NPY)',
    found: `${found}: the file is damaged`,
    fix: 'Copy or download the file again, or save the array again with numpy.save',
  });
}
