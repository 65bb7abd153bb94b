/**
 * `npm test`: installs what is missing, then lint and format, types, unit and contract tests (kernels on software WebGPU among
 * them), the build, and the journeys in a real browser. Runs every step even if one fails, says what failed, and ends with the counts.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser } from './browser.mjs';
import { bin, installPackages, root, run } from './install.mjs';

installPackages();
const reports = join(root, 'test-results');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const failed = [];
function step(name, command, args, env = {}) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const status = run(command, args, { env: { ...process.env, ...env } });
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'failed'} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (status !== 0) failed.push(name);
}

step('lint and format', bin('biome'), ['check', '.']);
step('types', bin('tsc'), ['--noEmit']);
const browser = await ensureBrowser();
console.log(`\nBrowser for kernel tests and journeys: ${browser}`);
const unit = join(reports, 'unit.json');
step('unit and contract tests', bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${unit}`], {
  OFFSHELL_BROWSER: browser,
});
step('build', bin('vite'), ['build', '--logLevel', 'warn']);
const journeys = join(reports, 'journeys.json');
step('journeys', bin('playwright'), ['test'], { OFFSHELL_BROWSER: browser, PLAYWRIGHT_JSON_OUTPUT_NAME: journeys });

const counts = { passed: 0, failed: 0, skipped: 0 };
const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};
const u = read(unit);
if (u) {
  counts.passed += u.numPassedTests;
  counts.failed += u.numFailedTests;
  counts.skipped += u.numPendingTests;
}
const j = read(journeys)?.stats;
if (j) {
  counts.passed += j.expected + j.flaky;
  counts.failed += j.unexpected;
  counts.skipped += j.skipped;
}
console.log(failed.length ? `\nFailed: ${failed.join(', ')}` : '\nAll steps passed');
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failed.length ? 1 : 0);
