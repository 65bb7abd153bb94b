/** Files behind a URL, from a small server that can be told what it knows and what it allows. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasSharedData, parquetSource, sharedData } from '../testing/files.ts';
import type { Source } from './formats/contract.ts';
import { memorySource, openSource } from './formats/open.ts';
import { recognise } from './recognise.ts';
import { isUrl, urlSource } from './remote.ts';

const table = `a,b\n${Array.from({ length: 200_000 }, (_, i) => `${i},${i % 7}`).join('\n')}\n`;
const bytes = new TextEncoder().encode(table);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

let server: Server;
let address: string;
let asked: string[] = [];
let behaviour: (request: IncomingMessage, response: ServerResponse) => void;

const answer = (request: IncomingMessage, response: ServerResponse): void => behaviour(request, response);
/** A good server: ranges, sizes, and headers that pages may read. */
function ranged(request: IncomingMessage, response: ServerResponse, content = bytes): void {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const headers = { 'Accept-Ranges': 'bytes', 'Access-Control-Allow-Origin': '*' };
  if (!match) {
    response.writeHead(200, { ...headers, 'Content-Length': content.length });
    response.end(request.method === 'HEAD' ? undefined : content);
    return;
  }
  const [start, end] = [Number(match[1]), Math.min(content.length, Number(match[2]) + 1)];
  response.writeHead(206, { ...headers, 'Content-Range': `bytes ${start}-${end - 1}/${content.length}` });
  response.end(content.subarray(start, end));
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.range ?? 'all'}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data/events%201.csv`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  behaviour = ranged;
});

describe('a file behind a URL', () => {
  it('is read in single ranges, small reads from blocks that are kept', async () => {
    const source = await urlSource(address);
    expect(source).toMatchObject({ name: 'events 1.csv', size: bytes.length, url: address });
    expect(asked).toEqual(['GET bytes=0-0']);
    for (const [start, end] of [
      [0, 8],
      [262_140, 262_150],
      [100, 200],
      [bytes.length - 5, bytes.length + 5],
      [5, 5],
    ] as const)
      expect(same(await source.read(start, end), bytes.slice(start, end))).toBe(true);
    expect(asked).toEqual([
      'GET bytes=0-0',
      'GET bytes=0-262143',
      'GET bytes=262144-524287',
      expect.stringMatching(new RegExp(`-${bytes.length - 1}$`)),
    ]);
    expect(same(await source.read(7, 1_500_000), bytes.slice(7, 1_500_000))).toBe(true);
    expect(asked.at(-1)).toBe('GET bytes=7-1499999');
  });
  it('opens and is recognised like a file on disk', async () => {
    const file = await openSource(await urlSource(address));
    expect((await recognise(file)).recognition).toMatchObject({ rows: 200_000, kind: 'table' });
    expect([...(await file.read('b', { rows: [10, 13] }))]).toEqual([3, 4, 5]);
  });
  /** Reads one array from the server and from memory; the bytes that were asked for, in single ranges. */
  const readBoth = async (file: Source, array: string, rows: [number, number]) => {
    const content = new Uint8Array(await file.read(0, file.size));
    behaviour = (request, response) => ranged(request, response, content);
    const [far, near] = [await openSource(await urlSource(address)), await openSource(memorySource(file.name, content))];
    expect(far.arrays).toEqual(near.arrays);
    expect(await far.read(array, { rows })).toEqual(await near.read(array, { rows }));
    const ranges = asked.map((words) => /^GET bytes=(\d+)-(\d+)$/.exec(words)?.slice(1).map(Number) ?? []);
    expect(ranges.every((range) => range.length === 2)).toBe(true);
    return ranges.reduce((sum, [start = 0, end = 0]) => sum + Math.min(end + 1, content.length) - start, 0);
  };
  it('of Parquet is read column by column and row group by row group', async () => {
    // numbers that do not pack, so that the file is as large as they are
    const noise = (k: number) => Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i * i + k));
    const columnData = Array.from({ length: 20 }, (_, k) => ({ name: `c${k}`, data: noise(k), type: 'DOUBLE' as const }));
    const file = parquetSource('far.parquet', { columnData, rowGroupSize: 5000 });
    expect(file.size).toBeGreaterThan(3e6);
    expect(await readBoth(file, 'c7', [6000, 8000])).toBeLessThan(file.size / 5);
  });
  it.skipIf(!hasSharedData)(
    'of ROOT is read as far as a histogram or a branch needs (skipped without ../shared/data)',
    async () => {
      const content = new Uint8Array(readFileSync(join(sharedData, 'scikit-hep-testdata/uproot-hepdata-example.root')));
      const file = memorySource('far.root', content);
      const { arrays } = await openSource(file);
      expect(arrays.map(({ name }) => name)).toContain('hpx/values');
      expect(await readBoth(file, 'hpx/values', [0, 102])).toBeLessThan(content.length * 0.9);
      const branch = arrays.find(({ shape }) => (shape[0] as number) > 10_000)?.name as string;
      await readBoth(file, branch, [20_000, 20_010]);
    },
  );
  it('whose size is hidden in ranges is asked for by HEAD', async () => {
    behaviour = (request, response) => {
      const write = response.writeHead.bind(response);
      response.writeHead = ((status: number, headers: Record<string, unknown>) => {
        delete headers['Content-Range'];
        return write(status, headers as never);
      }) as never;
      ranged(request, response);
    };
    expect((await urlSource(address)).size).toBe(bytes.length);
    expect(asked).toEqual(['GET bytes=0-0', 'HEAD all']);
  });
  it('on a server without ranges is fetched whole if it is small', async () => {
    behaviour = (request, response) => {
      delete request.headers.range;
      ranged(request, response);
    };
    const source = await urlSource(address);
    expect(await source.read(100, 110)).toEqual(bytes.slice(100, 110));
    expect(asked).toHaveLength(1);
  });
});

describe('what is refused, with the reason', () => {
  it('a large file on a server without ranges, before it is sent', async () => {
    behaviour = (_, response) => {
      response.writeHead(200, { 'Content-Length': 5_000_000_000 });
      response.write('x');
    };
    await expect(urlSource(address)).rejects.toThrow(/knows range requests.*found no ranges, and 5.000 MB\. Download the file/);
  });
  it.each([
    [404, /found answer 404: there is no such file\. Check the address/],
    [403, /found answer 403: it forbids access\. Download the file where you are logged in/],
    [500, /found answer 500\./],
  ])('answer %i', async (status, message) => {
    behaviour = (_, response) => response.writeHead(status).end();
    await expect(urlSource(address)).rejects.toThrow(message);
  });
  it('a file that changes or breaks off while it is read', async () => {
    const source = await urlSource(address);
    behaviour = (request, response) => ranged(request, response, bytes.slice(0, 1000));
    await expect(source.read(0, 10)).rejects.toThrow(/a file of 1.000 bytes\. The file changed/);
  });
  it('a server that is not there', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    await expect(urlSource(`http://127.0.0.1:${port}/events.h5`)).rejects.toThrow(/found no connection \(.*ECONNREFUSED/);
  });
  it.each([
    ['events.h5', /found events\.h5\. Correct the address/],
    ['', /found nothing/],
    ['file:///etc/passwd', /starts with https/],
    ['root://eospublic.cern.ch//eos/x.root', /found root:\/\/, which a browser cannot speak/],
  ])('the address %j', async (text, message) => {
    await expect(urlSource(text)).rejects.toThrow(message);
  });
  it('a server that forbids other pages to read it, told apart from one that is not there', async () => {
    const page = globalThis as { document?: unknown };
    page.document = {};
    try {
      const closed = (there: boolean) => (_: string, init: RequestInit) =>
        init.mode === 'no-cors' && there ? Promise.resolve(new Response()) : Promise.reject(new TypeError('Failed to fetch'));
      await expect(urlSource(address, closed(true))).rejects.toThrow(/answers but forbids other pages.*CORS/);
      await expect(urlSource(address, closed(false))).rejects.toThrow(/cannot be reached, or it forbids.*CORS.*drop it here/);
    } finally {
      delete page.document;
    }
  });
});

it('an address is told from a path', () => {
  expect(['https://a.b/c.h5', 'HTTP://a', 'data/http.h5', '/x', 'ftp://a'].map(isUrl)).toEqual([true, true, false, false, false]);
});
