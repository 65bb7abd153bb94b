/** A thread of Node that trains members of an ensemble (`src/training/member.ts`), straight from its TypeScript source. */
import { parentPort } from 'node:worker_threads';
import { loadSource } from './source.mjs';

const { module } = await loadSource('/src/training/member.ts');
await module.serve({
  post: (message) => parentPort.postMessage(message),
  onMessage: (hear) => parentPort.on('message', hear),
});
