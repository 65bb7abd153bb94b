/** The N largest of a stream of numbers, kept in rising order. Knows nothing of what the numbers are. */

/** Ready for a new stream: below every number ≥ 0. */
export function clearLargest(rising: Float64Array): void {
  rising.fill(-1);
}

/** Takes `value` in if it is larger than the smallest kept, which it drops from the first place. `value` is ≥ 0 and not NaN. */
export function keepLargest(rising: Float64Array, value: number): void {
  if (!(value > (rising[0] as number))) return;
  let place = 0;
  while (place + 1 < rising.length && (rising[place + 1] as number) < value) {
    rising[place] = rising[place + 1] as number;
    place++;
  }
  rising[place] = value;
}

/** Their mean, the smallest added first. Worked value: 1, 5, 3 kept two at a time have mean 4. */
export function meanOfLargest(rising: Float64Array): number {
  let sum = 0;
  for (const value of rising) sum += value;
  return sum / rising.length;
}
