/**
 * The Blosc2 plug-in of h5wasm-plugins 0.2.1 asks for `pthread_mutex_destroy`, which the library of h5wasm 0.10.3 does not offer, so every
 * chunk would stop the library ("undefined symbol 'pthread_mutex_destroy'"). Without threads a mutex is a word in memory, and taking it
 * apart does no more than releasing it: the import is renamed to `pthread_mutex_unlock`, which has the same signature and is offered.
 * Can go as soon as the test of Blosc2 passes without it.
 */

const importSection = 2;

/**
 * @param wasm a WebAssembly module
 * @returns the module with every import `from` renamed; the same bytes if there is none
 */
export function renameImport(wasm: Uint8Array, from: string, to: string): Uint8Array {
  let at = 8;
  while (at < wasm.length) {
    const id = wasm[at] as number;
    const size = readLeb(wasm, at + 1);
    const end = size.end + size.value;
    if (id === importSection) {
      const section = renamed(wasm.subarray(size.end, end), named(from), named(to));
      return joined([wasm.subarray(0, at + 1), leb(section.length), section, wasm.subarray(end)]);
    }
    at = end;
  }
  return wasm;
}

/** A name as a module writes it: its length, then its letters. */
function named(name: string): Uint8Array {
  return Uint8Array.of(name.length, ...new TextEncoder().encode(name));
}

function renamed(section: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  for (let at = 0; at + from.length <= section.length; at++) {
    if (from.every((byte, i) => section[at + i] === byte)) {
      return joined([section.subarray(0, at), to, section.subarray(at + from.length)]);
    }
  }
  return section;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Unsigned LEB128: seven bits a byte, the lowest first. */
function readLeb(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[end++] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 128) return { value, end };
  }
}

function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(...bytes, rest);
    bytes.push((rest % 128) | 0x80);
  }
}
