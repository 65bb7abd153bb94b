/**
 * The one kind of error a user ever sees. Every message says where it happened, what was expected, what was found and what
 * to do about it. Broken assumptions in our own code throw an ordinary Error instead. Knows nothing of screens or workers.
 */

export interface ProblemDetails {
  /** The file, column, parameter or study path that is at fault: `signal.h5, dataset "Particles"`. */
  where: string;
  /** What would have been right, without a leading "expected". */
  expected: string;
  /** What is there instead, without a leading "found". */
  found: string;
  /** One thing to do, as a sentence without the full stop. */
  fix: string;
  /** Technical text for "copy details"; never shown by itself. */
  details?: string;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(readonly problem: ProblemDetails) {
    super(problemText(problem));
  }
}

/** One sentence pair, the same in the page and in the runner. */
export function problemText({ where, expected, found, fix }: ProblemDetails): string {
  return `${where}: expected ${expected}; found ${found}. ${fix}.`;
}

/** Turns anything thrown into problem details, so that the page and the runner can show it the same way. */
export function asProblem(error: unknown, where: string): ProblemDetails {
  if (error instanceof Problem) return error.problem;
  const message = error instanceof Error ? error.message : String(error);
  return {
    where,
    expected: 'this step to finish',
    found: message,
    fix: 'Nothing that was loaded or trained is lost; try again, or copy the details into a report',
    ...(error instanceof Error && error.stack ? { details: error.stack } : {}),
  };
}
