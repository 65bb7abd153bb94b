/** Loads a module of this project straight from its TypeScript source, in Node. */
import { createServer } from 'vite';
import { root } from './install.mjs';

/** @returns what the module at `place` (`/src/...`) exports, and how to end the server behind it */
export async function loadSource(place) {
  const server = await createServer({
    root,
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  try {
    return { module: await server.ssrLoadModule(place), close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
}
