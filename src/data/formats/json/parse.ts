/**
 * JSON text to values, with two guards: nesting is limited before the parser sees the text, and the bare NaN and Infinity that Python writes
 * are taken as missing.
 */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const deepest = 64;
const [quote, backslash] = [34, 92];

/** @throws SyntaxError for anything that is not JSON, and RangeError for nesting beyond 64 levels */
export function parseJson(text: string): Json {
  const bare = checkNesting(text);
  if (!bare) return JSON.parse(text) as Json;
  // outside of texts only: a text is matched first and put back as it is
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (found) => (found.startsWith('"') ? found : 'null'));
  return JSON.parse(plain) as Json;
}

/** @returns true if a word that begins like NaN or Infinity stands outside of texts */
function checkNesting(text: string): boolean {
  let depth = 0;
  let bare = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      for (i++; i < text.length; i++) {
        const inside = text.charCodeAt(i);
        if (inside === backslash) i++;
        else if (inside === quote) break;
      }
    } else if (code === 91 || code === 123) {
      if (++depth > deepest) throw new RangeError(`brackets in brackets, more than ${deepest} deep`);
    } else if (code === 93 || code === 125) depth--;
    else if (code === 78 || code === 73) bare = true;
  }
  return bare;
}

export function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
