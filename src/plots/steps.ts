/** A histogram as the line that high-energy physics draws: one step per bin, no bars. */

/**
 * Points of a step line.
 *
 * @param edges [b + 1]
 * @param heights [b]
 * @param floor what empty bins are drawn at: 0 on a linear axis, a value below the frame on a log axis
 * @returns x and y [b + 3] for `line.shape: 'hv'`; the line rises from the floor at the first edge and returns at the last
 */
export function stepLine(edges: readonly number[], heights: readonly number[], floor: number): { x: number[]; y: number[] } {
  const last = edges[edges.length - 1] as number;
  return {
    x: [edges[0] as number, ...edges.slice(0, -1), last, last],
    y: [
      floor,
      ...heights.map((height) => Math.max(height, floor)),
      Math.max(heights[heights.length - 1] as number, floor),
      floor,
    ],
  };
}
