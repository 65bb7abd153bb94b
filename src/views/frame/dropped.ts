/** What was dropped on the page: files, and the files inside folders, each with its path. */

export interface Dropped {
  files: File[];
  /** `folder/part/file.png`, or the name of a file that lay in no folder; in the order of `files`. */
  paths: string[];
}

/** Hidden files of operating systems are left out. Call it inside the event: entries are gone afterwards. */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  const loose = [...transfer.files];
  const dropped: Dropped = { files: [], paths: [] };
  if (!entries.some((entry) => entry?.isDirectory)) {
    return { files: loose, paths: loose.map(({ name }) => name) };
  }
  for (const entry of entries) if (entry) await collect(entry, '', dropped);
  return dropped;
}

async function collect(entry: FileSystemEntry, folder: string, into: Dropped): Promise<void> {
  if (entry.name.startsWith('.')) return;
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    into.files.push(file);
    into.paths.push(path);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // a reader gives at most a hundred entries at a time, and none at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await collect(inner, `${path}/`, into);
  }
}
