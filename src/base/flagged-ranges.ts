/** A certification list in the words of a table, for the page and the shift report. */

/** One line per run of a certification list: the run, its ranges in words, how many lumisections. */
export function flaggedRanges(list: string): { run: string; ranges: string; lumisections: number }[] {
  return Object.entries(JSON.parse(list) as Record<string, [number, number][]>).map(([run, ranges]) => ({
    run,
    ranges: ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', '),
    lumisections: ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0),
  }));
}
