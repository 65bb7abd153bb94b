import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Cross-origin isolation: needed for WASM threads only; the app runs without it on hosts that cannot set headers. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** jsroot would unpack ROOT's blocks itself; here it gets them unpacked, so its decoders stay out of the bundle. */
const unused = fileURLToPath(new URL('src/data/formats/root/unused.ts', import.meta.url));

export default defineConfig({
  base: './',
  resolve: {
    alias: [
      { find: /^\.\/base\/(zstd|lzma)\.mjs$/, replacement: unused },
      { find: '@oneidentity/zstd-js', replacement: unused },
    ],
  },
  plugins: [react()],
  server: { headers },
  preview: { headers, strictPort: false },
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 6000, rolldownOptions: { checks: { pluginTimings: false } } },
});
