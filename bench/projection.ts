/** `npm run bench -- projection`: three principal components of a latent space, as the latent view asks for them, beside NumPy. */
import { spawnSync } from 'node:child_process';
import { principalComponents } from '../src/numeric/linear.ts';
import { normalRows } from './rows.ts';
import { middle } from './training/measure.ts';

export interface ProjectionPoint {
  points: number;
  width: number;
  ms: number;
  /** Covariance and `eigh` in float64; absent without NumPy. */
  numpyMs?: number;
}

const runs = 5;
const cases = [
  [20_000, 8],
  [20_000, 136],
  [100_000, 57],
] as const;

const script = `
import sys, time
import numpy as np
n, d, runs = map(int, sys.argv[1:])
x = np.random.default_rng(1).normal(size=(n, d))
times = []
for _ in range(runs):
    start = time.perf_counter()
    mean = x.mean(0)
    values, vectors = np.linalg.eigh((x - mean).T @ (x - mean) / (n - 1))
    (x - mean) @ vectors[:, -3:]
    times.append(time.perf_counter() - start)
print(1000 * np.median(times))
`;

export function projection(): ProjectionPoint[] {
  console.log(`\nProjection on three principal components, median of ${runs}`);
  console.log('     points   width       ours, ms   NumPy, ms');
  return cases.map(([points, width]) => {
    const x = normalRows(points, width);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const before = performance.now();
      project(x, points, width);
      times.push(performance.now() - before);
    }
    const ms = middle(times.sort((a, b) => a - b));
    const numpyMs = numpy(points, width);
    const cells = [
      String(points).padStart(11),
      String(width).padStart(8),
      ms.toFixed(1).padStart(15),
      (numpyMs?.toFixed(1) ?? '-').padStart(12),
    ];
    console.log(cells.join(''));
    return { points, width, ms, ...(numpyMs === undefined ? {} : { numpyMs }) };
  });
}

function project(x: Float32Array, n: number, d: number): Float32Array {
  const { mean, components } = principalComponents(x, n, d, 3);
  const points = new Float32Array(3 * n);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += ((x[i * d + j] as number) - (mean[j] as number)) * (components[c * d + j] as number);
      points[3 * i + c] = sum;
    }
  }
  return points;
}

function numpy(points: number, width: number): number | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, ['-c', script, String(points), String(width), String(runs)], {
      encoding: 'utf8',
    });
    if (status === 0) return Number(stdout);
  }
  return undefined;
}
