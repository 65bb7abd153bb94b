/**
 * Stands in for jsroot's own decoders in the bundle (`vite.config.ts`). They never run, because jsroot gets its bytes unpacked, and would
 * add 390 kB to what is served.
 */
export default undefined;
