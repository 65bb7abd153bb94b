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
