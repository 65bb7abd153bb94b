/** What the first bytes of a ZIP archive tell: the name of its first member. */

const local = [0x50, 0x4b, 0x03, 0x04];

/** Undefined if these are not the first bytes of a ZIP archive. */
export function firstMember(head: Uint8Array): string | undefined {
  if (head.length < 30 || !local.every((byte, i) => head[i] === byte)) return undefined;
  const length = (head[26] as number) + 256 * (head[27] as number);
  return new TextDecoder('utf-8').decode(head.subarray(30, 30 + length));
}
