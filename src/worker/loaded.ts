/** The dataset that the engine has loaded: what it came from, and what was prepared of it. */
import type { Source } from '../data/formats/contract.ts';
import type { Prepared } from '../study/prepare.ts';
import type { StudyData } from '../study/schema.ts';

export interface Loaded {
  data: StudyData;
  /** Only for files: what their paths in `data` mean. */
  sources: ReadonlyMap<string, Source>;
  prepared: Prepared;
  generation: number;
  /** What tells these rows, this split and these steps from any others; worked out when it is asked for. */
  fingerprint?: Promise<string>;
}

/** What tells these rows, this split and these steps from any others. */
export function fingerprintOfLoaded(data: Loaded): Promise<string> {
  data.fingerprint ??= import('./heavy.ts').then(({ fingerprintOf }) => fingerprintOf(data.prepared));
  return data.fingerprint;
}
