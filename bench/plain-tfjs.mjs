/**
 * Events per second of the same dense autoencoder in plain TF.js (layers model, compile, trainOnBatch) on WASM in Node, with
 * nothing of ours: the yardstick of `npm run bench`. Usage: plain-tfjs.mjs WIDTHS BATCH SECONDS; prints one JSON object.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const warn = console.warn;
console.warn = () => undefined; // TF.js advertises its Node package
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
console.warn = warn;

const widths = process.argv[2].split('-').map(Number);
const batch = Number(process.argv[3]);
const seconds = Number(process.argv[4]);
wasm.setWasmPaths(`${join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')))}/`);
await tf.setBackend('wasm');
await tf.ready();

const model = tf.sequential();
widths.slice(1).forEach((units, i) => {
  model.add(tf.layers.dense({ units, ...(i === 0 ? { inputShape: [widths[0]] } : {}) }));
  if (i < widths.length - 2) model.add(tf.layers.leakyReLU({ alpha: 0.3 }));
});
model.compile({ optimizer: tf.train.adam(1e-3), loss: 'meanSquaredError' });
const x = tf.randomNormal([batch, widths[0]], 0, 1, 'float32', 7);
for (let i = 0; i < 10; i++) await model.trainOnBatch(x, x);
const started = performance.now();
let steps = 0;
while (performance.now() - started < seconds * 1000) {
  await model.trainOnBatch(x, x);
  steps++;
}
console.log(JSON.stringify({ eventsPerSecond: (steps * batch * 1000) / (performance.now() - started) }));
