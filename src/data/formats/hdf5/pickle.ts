/**
 * Lists of names that pandas keeps in attributes as Python pickles. Only lists, tuples, texts and whole numbers are understood; anything
 * that would run code ends the reading. Nothing is ever executed.
 *
 * Source: Python, pickletools.py, protocol 0.
 */

type Plain = string | number | null | Plain[];

const mark = Symbol('mark');

/** @returns the list of names, or undefined if this is not a pickled list of texts or whole numbers */
export function pickledNames(text: string): string[] | undefined {
  const value = unpickle(text);
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string' || typeof entry === 'number')) return undefined;
  return value.map(String);
}

function unpickle(text: string): Plain | undefined {
  const stack: (Plain | typeof mark)[] = [];
  const memo = new Map<string, Plain>();
  let at = 0;
  const line = (): string => {
    const end = text.indexOf('\n', at);
    const part = text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
    return part;
  };
  const sinceMark = (): Plain[] | undefined => {
    const start = stack.lastIndexOf(mark);
    return start < 0 ? undefined : ((stack.splice(start) as unknown[]).slice(1) as Plain[]);
  };
  while (at < text.length) {
    const opcode = text[at++];
    if (opcode === '(') stack.push(mark);
    else if (opcode === ']' || opcode === ')') stack.push([]);
    else if (opcode === 'l' || opcode === 't') {
      const items = sinceMark();
      if (!items) return undefined;
      stack.push(items);
    } else if (opcode === 'V') stack.push(unescaped(line()));
    else if (opcode === 'S') stack.push(line().replace(/^['"]|['"]$/g, ''));
    else if (opcode === 'I' || opcode === 'L') stack.push(Number.parseInt(line(), 10));
    else if (opcode === 'N') stack.push(null);
    else if (opcode === 'p') memo.set(line(), stack.at(-1) as Plain);
    else if (opcode === 'g') stack.push(memo.get(line()) ?? null);
    else if (opcode === 'a' || opcode === 'e') {
      const items = opcode === 'a' ? [stack.pop() as Plain] : sinceMark();
      const list = stack.at(-1);
      if (!items || !Array.isArray(list)) return undefined;
      list.push(...items);
    } else if (opcode === '.') return stack.length === 1 && stack[0] !== mark ? (stack[0] as Plain) : undefined;
    else return undefined;
  }
  return undefined;
}

/** `\u00e9` in protocol 0 is a letter. */
function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short: string | undefined, long: string | undefined) => {
    const code = Number.parseInt(short ?? long ?? '0', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}
