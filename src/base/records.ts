/** Records that may be empty, which a study leaves out. */

/** True for a record with entries. */
export function filled<T extends object>(record: T | undefined): record is T {
  return record !== undefined && Object.keys(record).length > 0;
}
