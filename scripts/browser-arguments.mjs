/** How Chromium is started for tests and journeys: silent on the network, with software graphics. */

/** A journey talks to nobody but our own server; these keep the browser itself quiet too. */
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

export const browserArguments = ['--no-sandbox', ...quiet, '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
export const softwareWebGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
/**
 * The page is painted by the processor itself: through software graphics every frame takes about five times as long, a third of a
 * journey's processor time in all. WebGL and WebGPU stay what they are.
 */
export const paintedByProcessor = ['--disable-gpu-compositing'];
