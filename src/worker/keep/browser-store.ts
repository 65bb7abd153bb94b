/** The browser's database (IndexedDB) as a place for records: one store for what is known of each, one for the records themselves. */
import { deleteDB, type IDBPDatabase, openDB } from 'idb';
import { type KeepStore, type KeptEntry, keepVersion } from './contract.ts';

const entries = 'entries';
const records = 'records';
/** A database that another tab holds or that is damaged may never answer; nobody waits longer than this, ms. */
const PATIENCE_MS = 5000;

/**
 * Opens the database and makes it if need be. One of a later format stays as it is and is an error here; one that lacks its stores
 * is damaged, and is made anew.
 */
export async function openBrowserStore(name = 'offshell-runs'): Promise<KeepStore> {
  let database = await within(opened(name));
  if (![entries, records].every((store) => database.objectStoreNames.contains(store))) {
    database.close();
    await within(deleteDB(name));
    database = await within(opened(name));
  }
  return {
    entries: () => within(database.getAll(entries) as Promise<KeptEntry[]>),
    read: (key) => within(database.get(records, key)),
    async write(entry, record) {
      const transaction = database.transaction([entries, records], 'readwrite');
      const writes = [transaction.objectStore(entries).put(entry), transaction.objectStore(records).put(record, entry.key)];
      await Promise.all([...writes, transaction.done]);
    },
    async remove(keys) {
      const transaction = database.transaction([entries, records], 'readwrite');
      const removals = keys.flatMap((key) => [entries, records].map((store) => transaction.objectStore(store).delete(key)));
      await Promise.all([...removals, transaction.done]);
    },
  };
}

function opened(name: string): Promise<IDBPDatabase> {
  return openDB(name, keepVersion, {
    upgrade(database) {
      database.createObjectStore(entries, { keyPath: 'key' });
      database.createObjectStore(records);
    },
    // another tab wants to change or to delete it: let go rather than hold it up
    blocking: (_present, _wanted, event) => (event.target as IDBDatabase).close(),
  });
}

async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the browser’s database does not answer')), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
