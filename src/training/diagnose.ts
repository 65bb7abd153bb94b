/** Why a loss is no longer a number, in words that say what to do. */
import { Problem } from '../base/problem.ts';
import type { Batch } from '../models/contract.ts';

/** Beyond this, an input is taken for unscaled: scaled numbers are a few units in size. */
const LARGE_INPUT = 100;

/**
 * @param where names what was being trained
 * @param rate learning rate of the step
 */
export function lossProblem(
  training: Batch,
  at: { stageName: string; epoch: number; step: number; loss: number; rate: number },
): Problem {
  const { cause, fix } = probableCause(training, at.rate);
  return new Problem({
    where: `training, stage "${at.stageName}", epoch ${at.epoch}, step ${at.step}`,
    expected: 'a finite loss',
    found: `${at.loss}; probable cause: ${cause}`,
    fix,
  });
}

function probableCause(training: Batch, rate: number): { cause: string; fix: string } {
  const { x, target, width } = training;
  let largest = 0;
  let largestAt = 0;
  for (const values of target === x ? [x] : [x, target]) {
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i] as number);
      if (!Number.isFinite(size)) {
        return {
          cause: `${nameOf(training, i % width)} is ${values[i]} in training row ${Math.floor(i / width)}, a missing value`,
          fix: 'Fill or drop missing values in preprocessing, or leave this column out',
        };
      }
      if (size > largest) {
        largest = size;
        largestAt = i % width;
      }
    }
  }
  if (largest > LARGE_INPUT) {
    return {
      cause: `unscaled input, ${nameOf(training, largestAt)} reaches ${largest.toPrecision(3)}, at learning rate ${rate}`,
      fix: 'Choose a scaling that brings the input to a few units, or a learning rate ten times smaller',
    };
  }
  return {
    cause: `learning rate ${rate} is too large`,
    fix: 'Choose a learning rate ten times smaller',
  };
}

function nameOf(training: Batch, column: number): string {
  const named = training.rawWidth === training.width ? training.rawFeatures[column]?.name : undefined;
  return named ? `"${named}"` : `input number ${column + 1}`;
}
