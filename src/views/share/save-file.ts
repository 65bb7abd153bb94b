/** Hands a text or a blob to the browser as a download. */

/** @returns its size in bytes */
export function saveFile(name: string, content: string | Blob, type: string): number {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the browser reads the blob after this task
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return blob.size;
}
