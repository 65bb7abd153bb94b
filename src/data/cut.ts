/**
 * A cut as a small expression over the columns of a row: `mjj > 3300 and nJet >= 2`. It is parsed into functions, never evaluated as
 * code. Knows what an expression is; `cut-columns.ts` knows what a dataset calls its columns.
 *
 * - conditions: `and`, `or`, `not` (also `&`, `|`, `~`, `&&`, `||`, `!`, all binding looser than comparisons), parentheses
 * - comparisons: `<`, `<=`, `>`, `>=`, `==`, `!=`, and chains of them: `3300 < mjj <= 3700`
 * - numbers: `+`, `-`, `*`, `/`, `abs(x)`, `sqrt(x)`, `isfinite(x)`
 * - names: letters, digits, `_`, `.`; any other name between backticks or quotes: `` `jet 1 pT` > 100 ``
 * - texts in quotes, compared with a column of texts: `class == "A to 4l"`
 *
 * A comparison with a missing value (NaN) is false, `!=` too. A name alone is true where it is neither 0 nor missing.
 */
import { Problem } from '../base/problem.ts';

/** What a name stands for. */
export type CutColumn =
  | {
      kind: 'number';
      at(row: number): number /** Stored with single precision: a literal beside it is rounded likewise. */;
      single?: boolean;
    }
  | { kind: 'text'; at(row: number): string };

/** True for rows that pass. */
export type Cut = (row: number) => boolean;

type Parsed =
  | { type: 'number'; at(row: number): number; name?: true; literal?: number; single?: boolean }
  | { type: 'condition'; at(row: number): boolean }
  | { type: 'text'; at(row: number): string };

interface Token {
  kind: 'number' | 'name' | 'quoted' | 'backtick' | 'operator' | 'end';
  text: string;
  /** Counted from 0. */
  position: number;
}

const longest = 2000;
const deepest = 100;
const pattern =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_.]*)|`([^`]*)`|"([^"]*)"|'([^']*)'|(&&|\|\||<=|>=|==|!=|[-+*/()<>=!~&|,]))/uy;
const functions: ReadonlyMap<string, (x: number) => number> = new Map([
  ['abs', Math.abs],
  ['sqrt', Math.sqrt],
]);
const comparisons = ['<', '<=', '>', '>=', '==', '!='];

/**
 * @param columnOf what a name stands for; undefined if there is no such column
 * @param known names for messages
 * @throws Problem that names the position: unknown name, unfinished expression, a number where a condition is needed
 */
export function parseCut(text: string, columnOf: (name: string) => CutColumn | undefined, known: readonly string[]): Cut {
  const refuse = (position: number, expected: string, found: string, fix = 'Correct the cut'): never => {
    throw new Problem({ where: `cut, character ${position + 1}: ${excerpt(text, position)}`, expected, found, fix });
  };
  if (text.length > longest) refuse(longest, `at most ${longest} characters`, `${text.length}`, 'Shorten the cut');
  const tokens = tokenise(text, refuse);
  let next = 0;
  let depth = 0;
  const peek = (): Token => tokens[next] as Token;
  const take = (...texts: string[]): Token | undefined => {
    const token = peek();
    const word = token.kind === 'operator' || token.kind === 'name' ? token.text : '';
    return texts.includes(word) ? (tokens[next++] as Token) : undefined;
  };
  const said = ({ kind, text: word }: Token): string => (kind === 'end' ? 'the end' : `"${word}"`);

  const condition = (value: Parsed, position: number): ((row: number) => boolean) => {
    if (value.type === 'condition') return value.at;
    if (value.type === 'number' && value.name) {
      const { at } = value;
      return (row) => {
        const x = at(row);
        return x !== 0 && !Number.isNaN(x);
      };
    }
    return refuse(position, 'a condition, such as mjj > 3300', value.type === 'text' ? 'a text' : 'a number alone');
  };
  const number = (value: Parsed, position: number): Extract<Parsed, { type: 'number' }> =>
    value.type === 'number' ? value : refuse(position, 'a number', value.type === 'text' ? 'a text' : 'a condition');

  const either = (): Parsed => joined(['or', '||', '|'], both, (a, b) => (row) => a(row) || b(row));
  const both = (): Parsed => joined(['and', '&&', '&'], negated, (a, b) => (row) => a(row) && b(row));
  const joined = (
    words: string[],
    part: () => Parsed,
    combine: (a: (row: number) => boolean, b: (row: number) => boolean) => (row: number) => boolean,
  ): Parsed => {
    const start = peek().position;
    let value = part();
    while (take(...words)) {
      const position = peek().position;
      value = { type: 'condition', at: combine(condition(value, start), condition(part(), position)) };
    }
    return value;
  };
  const negated = (): Parsed => {
    if (!take('not', '!', '~')) return compared();
    deeper();
    const position = peek().position;
    const inner = condition(negated(), position);
    depth--;
    return { type: 'condition', at: (row) => !inner(row) };
  };
  const compared = (): Parsed => {
    const start = peek().position;
    let left = sum();
    let at: ((row: number) => boolean) | undefined;
    let from = start;
    for (let token = take(...comparisons, '='); token; token = take(...comparisons, '=')) {
      if (token.text === '=') refuse(token.position, '== to compare', '=');
      const position = peek().position;
      const right = sum();
      const one = comparison(token, left, right, from, position);
      const before = at;
      at = before ? (row) => before(row) && one(row) : one;
      left = right;
      from = position;
    }
    return at ? { type: 'condition', at } : left;
  };
  const comparison = (token: Token, a: Parsed, b: Parsed, left: number, right: number): ((row: number) => boolean) => {
    if (a.type === 'text' || b.type === 'text') {
      const [one, other] = [asText(a, left), asText(b, right)];
      if (token.text === '==') return (row) => one(row) === other(row);
      if (token.text === '!=') return (row) => one(row) !== other(row);
      return refuse(token.position, '== or != between texts', `"${token.text}"`);
    }
    const x = number(a, left);
    const y = number(b, right);
    const [p, q] = [rounded(x, y), rounded(y, x)];
    switch (token.text) {
      case '<':
        return (row) => p(row) < q(row);
      case '<=':
        return (row) => p(row) <= q(row);
      case '>':
        return (row) => p(row) > q(row);
      case '>=':
        return (row) => p(row) >= q(row);
      case '==':
        return (row) => p(row) === q(row);
      default:
        // a missing value differs from nothing
        return (row) => p(row) < q(row) || p(row) > q(row);
    }
  };
  const asText = (value: Parsed, position: number): ((row: number) => string) =>
    value.type === 'text' ? value.at : refuse(position, 'a text in quotes', 'a number');
  const sum = (): Parsed => {
    const start = peek().position;
    let value = product();
    for (let token = take('+', '-'); token; token = take('+', '-')) {
      const position = peek().position;
      const [a, b] = [number(value, start).at, number(product(), position).at];
      value = { type: 'number', at: token.text === '+' ? (row) => a(row) + b(row) : (row) => a(row) - b(row) };
    }
    return value;
  };
  const product = (): Parsed => {
    const start = peek().position;
    let value = signed();
    for (let token = take('*', '/'); token; token = take('*', '/')) {
      const position = peek().position;
      const [a, b] = [number(value, start).at, number(signed(), position).at];
      value = { type: 'number', at: token.text === '*' ? (row) => a(row) * b(row) : (row) => a(row) / b(row) };
    }
    return value;
  };
  const signed = (): Parsed => {
    const sign = take('-', '+');
    if (!sign) return atom();
    deeper();
    const position = peek().position;
    const value = number(signed(), position);
    depth--;
    if (sign.text === '+') return value;
    return {
      type: 'number',
      at: (row) => -value.at(row),
      ...(value.literal !== undefined ? { literal: -value.literal } : {}),
      ...(value.single ? { single: true } : {}),
    };
  };
  const atom = (): Parsed => {
    const token = peek();
    if (take('(')) {
      deeper();
      const inner = either();
      close();
      depth--;
      return inner;
    }
    next++;
    if (token.kind === 'number') {
      const literal = Number(token.text);
      return { type: 'number', at: () => literal, literal };
    }
    if (token.kind === 'name' && peek().text === '(' && peek().kind === 'operator') return call(token);
    if (token.kind === 'name' || token.kind === 'backtick' || token.kind === 'quoted') return named(token);
    next--;
    return refuse(token.position, 'a name, a number or (', said(token));
  };
  const named = (token: Token): Parsed => {
    const column = columnOf(token.text);
    if (!column) {
      if (token.kind === 'quoted') {
        const { text: literal } = token;
        return { type: 'text', at: () => literal };
      }
      const near = nearest(token.text, known);
      return refuse(
        token.position,
        near.length > 0 ? `one of ${near.join(', ')}` : 'a column',
        said(token),
        'Correct the name, or put it into backticks if it holds spaces',
      );
    }
    return column.kind === 'text'
      ? { type: 'text', at: column.at }
      : { type: 'number', at: column.at, name: true, ...(column.single ? { single: true } : {}) };
  };
  const call = (token: Token): Parsed => {
    const apply = functions.get(token.text);
    if (!apply && token.text !== 'isfinite') refuse(token.position, 'abs, sqrt or isfinite', said(token));
    next++;
    deeper();
    const position = peek().position;
    const inner = number(sum(), position).at;
    close();
    depth--;
    return apply
      ? { type: 'number', at: (row) => apply(inner(row)) }
      : { type: 'condition', at: (row) => Number.isFinite(inner(row)) };
  };
  const close = (): void => {
    if (!take(')')) refuse(peek().position, ')', said(peek()));
  };
  const deeper = (): void => {
    if (++depth > deepest) refuse(peek().position, `at most ${deepest} levels of parentheses`, 'more', 'Simplify the cut');
  };

  const cut = condition(either(), 0);
  if (peek().kind !== 'end') refuse(peek().position, 'and, or, or the end', said(peek()));
  return cut;
}

function tokenise(text: string, refuse: (position: number, expected: string, found: string) => never): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) {
      const position = from + (text.slice(from).length - text.slice(from).trimStart().length);
      const character = text[position] as string;
      return /["'`]/.test(character)
        ? refuse(position, `a closing ${character}`, 'the end')
        : refuse(position, 'a name, a number or an operator', `"${character}"`);
    }
    const [whole, number, name, backtick, double, single, operator] = match;
    const position = from + whole.length - whole.trimStart().length;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, position });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, position });
    else if (backtick !== undefined) tokens.push({ kind: 'backtick', text: backtick, position });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, position });
    else tokens.push({ kind: 'quoted', text: double ?? single ?? '', position });
  }
  tokens.push({ kind: 'end', text: '', position: text.length });
  if (tokens.length === 1) refuse(0, 'a condition, such as mjj > 3300', 'nothing');
  return tokens;
}

/** The value; a literal beside a single-precision column is rounded as the column was, so that `x >= 0.7` keeps a stored 0.7. */
function rounded(
  value: Extract<Parsed, { type: 'number' }>,
  beside: Extract<Parsed, { type: 'number' }>,
): (row: number) => number {
  if (value.literal === undefined || !beside.single) return value.at;
  const single = Math.fround(value.literal);
  return () => single;
}

function excerpt(text: string, position: number): string {
  const from = Math.max(0, position - 12);
  return `${from > 0 ? '...' : ''}${text.slice(from, position)}▸${text.slice(position, position + 12)}${position + 12 < text.length ? '...' : ''}`;
}

/** Up to six known names, those that begin alike first. */
function nearest(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const likeness = (other: string): number => {
    const o = other.toLowerCase();
    if (o.includes(wanted) || wanted.includes(o)) return 100;
    let same = 0;
    while (same < o.length && o[same] === wanted[same]) same++;
    return same;
  };
  return [...known].sort((a, b) => likeness(b) - likeness(a)).slice(0, 6);
}
