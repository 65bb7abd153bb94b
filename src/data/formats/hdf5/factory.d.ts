/** The package describes this file beside its sources only. */
declare module '*/hdf5_util.js' {
  export default function makeModule(options: object): Promise<import('./library.ts').H5Module>;
}
