/**
 * Python literals as they stand in the header of an NPY file: dictionaries, tuples, lists, texts, whole numbers, True, False, None.
 * Nothing is ever evaluated. Dictionaries become maps, so that no key has a meaning of its own.
 */

export type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

const deepest = 32;

/** @throws Error that says at which character it stopped */
export function parseLiteral(text: string): Literal {
  let at = 0;
  const fail = (what: string): Error => new Error(`${what} at character ${at + 1}`);
  const skip = (): void => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const items = (close: string, depth: number): Literal[] => {
    const list: Literal[] = [];
    for (at++, skip(); text[at] !== close; skip()) {
      list.push(value(depth + 1));
      skip();
      if (text[at] === ',') at++;
      else if (text[at] !== close) throw fail(`expected "," or "${close}"`);
    }
    at++;
    return list;
  };
  const quoted = (): string => {
    const quote = text[at];
    let out = '';
    for (at++; text[at] !== quote; at++) {
      if (at >= text.length) throw fail('text without an end');
      if (text[at] === '\\') at++;
      out += text[at] ?? '';
    }
    at++;
    return out;
  };
  const dictionary = (depth: number): Map<string, Literal> => {
    const map = new Map<string, Literal>();
    for (at++, skip(); text[at] !== '}'; skip()) {
      const key = value(depth + 1);
      if (typeof key !== 'string') throw fail('expected a text as a key');
      skip();
      if (text[at++] !== ':') throw fail('expected ":"');
      map.set(key, value(depth + 1));
      skip();
      if (text[at] === ',') at++;
      else if (text[at] !== '}') throw fail('expected "," or "}"');
    }
    at++;
    return map;
  };
  const value = (depth: number): Literal => {
    if (depth > deepest) throw fail('too many brackets');
    skip();
    const c = text[at] ?? '';
    if (c === '(') return items(')', depth);
    if (c === '[') return items(']', depth);
    if (c === '{') return dictionary(depth);
    // u'...' and b'...' of older Pythons
    if (/[ub]/.test(c) && /['"]/.test(text[at + 1] ?? '')) at++;
    if (text[at] === "'" || text[at] === '"') return quoted();
    const word = /^(-?\d+L?|True|False|None)/.exec(text.slice(at, at + 40))?.[0];
    if (word === undefined) throw fail('expected a value');
    at += word.length;
    if (word === 'None') return null;
    return word === 'True' ? true : word === 'False' ? false : Number.parseInt(word, 10);
  };
  const result = value(0);
  skip();
  if (at < text.length) throw fail('expected the end');
  return result;
}
