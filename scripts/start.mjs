/**
 * `npm start`: installs what is missing, builds, serves on localhost with the cross-origin isolation headers (they buy WASM
 * threads) and prints the address. `--port N` chooses the port; the next free one is taken if it is in use.
 */
import { buildPage } from './build.mjs';
import { installPackages, root } from './install.mjs';

installPackages();
buildPage();

const wanted = process.argv.indexOf('--port');
const port = wanted > 0 ? Number(process.argv[wanted + 1]) : 4173;
const { preview } = await import('vite');
const server = await preview({ root, preview: { port, host: 'localhost', strictPort: wanted > 0 }, logLevel: 'warn' });
const address = server.httpServer.address();
console.log(
  `Offshell is at http://localhost:${typeof address === 'object' && address ? address.port : port}/  (Ctrl+C stops it)`,
);
