/**
 * Who trains, who calibrates, who judges. The three parts are distinct types of the same shape, so that a function that fits
 * something cannot be handed test rows by mistake.
 */
declare const part: unique symbol;
/** Row numbers of training background: everything that is fitted is fitted on these and nothing else. */
export type TrainingRows = Uint32Array & { readonly [part]: 'training' };
/** Row numbers for early stopping, thresholds and signs. */
export type ValidationRows = Uint32Array & { readonly [part]: 'validation' };
/** Row numbers for reported results. */
export type TestRows = Uint32Array & { readonly [part]: 'test' };

export interface Split {
  /** Background rows of the training part. */
  training: TrainingRows;
  /** Signal rows of the training part; only models that are declared to see labels may touch them. */
  trainingSignal: TrainingRows;
  validation: ValidationRows;
  test: TestRows;
  /** The rule in words, for captions. */
  words: string;
}
