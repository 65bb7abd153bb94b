/**
 * What a built-in sample is: a seeded generator with physics in it, always labelled synthetic. The same seed gives the same
 * bits in every browser, and the first n events of a larger sample are the events of a smaller one.
 */
import type { DataKind, EventClass, OnProgress } from '../../base/kinds.ts';
import type { ParamSpecs, Params } from '../../base/params.ts';
import type { DatasetPart } from '../layouts/contract.ts';

export interface Sample {
  id: string;
  name: string;
  kind: DataKind;
  /** One line: what is in it. */
  summary: string;
  /** One line: what can be learned with it. */
  lesson: string;
  /** Where the recipe comes from. */
  paper: { text: string; url?: string };
  classes: readonly EventClass[];
  params: ParamSpecs;
  defaultEvents: number;
  maxEvents: number;
  /**
   * @param events number of rows in all classes together
   * @param seed a whole number from 1
   */
  generate(params: Params, seed: number, events: number, onProgress?: OnProgress): DatasetPart;
}
