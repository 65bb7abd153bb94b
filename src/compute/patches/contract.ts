/** A correction of a TF.js kernel: one file per bug, applied to one backend. */
import type { BackendName } from '../../base/kinds.ts';
import type { tf } from '../tf.ts';

export type Tf = typeof tf;

export interface Patch {
  id: string;
  /** The only backend it touches. */
  backend: BackendName;
  /** What goes wrong without it, with the smallest example. */
  bug: string;
  /** Upstream issue, or the place in the package. */
  link: string;
  /** When this file can go. */
  until: string;
  /** Replaces or adds kernels. Called once, with `backend` active. */
  apply(tf: Tf): void;
}
