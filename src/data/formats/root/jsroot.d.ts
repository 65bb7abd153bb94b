/** The part of jsroot that we use; the package types its main entry only. */
declare module 'jsroot/io' {
  export class TBuffer {
    constructor(view: DataView, position: number, file: TFile);
    arr: DataView;
    fTagOffset: number;
    fFile: TFile;
    remain(): number;
    mapObject(tag: number, object: object): void;
    classStreamer(object: object, className: string): object;
    readFastArray(count: number, type: number): ArrayLike<number>;
  }
  export interface TFile {
    fStreamerInfos: object | null;
    extractStreamerInfos(buffer: TBuffer): void;
  }
  export function addUserStreamer(className: string, streamer: (buffer: TBuffer, object: object) => void): void;
  export function reconstructObject(className: string, object: DataView, streamers: DataView): object;
}
