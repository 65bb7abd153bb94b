/**
 * `npm test`: installs what is missing, then lint and format, types, unit and contract tests (kernels on software WebGPU among
 * them), the build, and the journeys in a real browser. Runs every step even if one fails, says what failed, and ends with the counts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser } from './browser.mjs';
import { bin, installPackages, root } from './install.mjs';

installPackages();
const reports = join(root, 'test-results');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const failed = [];
/**
 * Runs one step. A `beside` step runs next to another one: what it says is kept back and shown when it has ended.
 */
async function step(name, command, args, { env = {}, beside = false } = {}) {
  if (!beside) console.log(`\n== ${name}`);
  const started = Date.now();
  const options = { cwd: root, env: { ...process.env, ...env }, shell: process.platform === 'win32' };
  const child = spawn(command, args, { ...options, stdio: beside ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => said.push(piece));
  const [status] = await once(child, 'close');
  if (beside) process.stdout.write(`\n== ${name}\n${Buffer.concat(said)}`);
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'failed'} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (status !== 0) failed.push(name);
}

await step('lint and format', bin('biome'), ['check', '.']);
await step('types', bin('tsc'), ['--noEmit']);
const browser = await ensureBrowser();
console.log(`\nBrowser for kernel tests and journeys: ${browser}`);
const report = (name) => join(reports, `${name}.json`);
const vitest = (name, projects) => [
  'run',
  ...projects.map((project) => `--project=${project}`),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report(name)}`,
];
// the browser's tests wait for the adapter now and then, and the others fill that time
await Promise.all([
  step('unit and contract tests', bin('vitest'), vitest('unit', ['node', 'pure']), { env: { OFFSHELL_BROWSER: browser } }),
  step('kernels on software WebGPU', bin('vitest'), vitest('webgpu', ['webgpu']), {
    env: { OFFSHELL_BROWSER: browser },
    beside: true,
  }),
]);
await step('build', bin('vite'), ['build', '--logLevel', 'warn']);
await step('journeys', bin('playwright'), ['test'], {
  env: { OFFSHELL_BROWSER: browser, PLAYWRIGHT_JSON_OUTPUT_NAME: report('journeys') },
});

const counts = { passed: 0, failed: 0, skipped: 0 };
const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};
for (const u of ['unit', 'webgpu'].map((name) => read(report(name)))) {
  if (!u) continue;
  counts.passed += u.numPassedTests;
  counts.failed += u.numFailedTests;
  counts.skipped += u.numPendingTests;
}
const j = read(report('journeys'))?.stats;
if (j) {
  counts.passed += j.expected + j.flaky;
  counts.failed += j.unexpected;
  counts.skipped += j.skipped;
}
console.log(failed.length ? `\nFailed: ${failed.join(', ')}` : '\nAll steps passed');
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failed.length ? 1 : 0);
