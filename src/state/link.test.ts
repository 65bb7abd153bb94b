import { describe, expect, it } from 'vitest';
import { Problem } from '../base/problem.ts';
import { decodeLink, encodeLink } from './link.ts';
import { initialSession, type Session } from './session.ts';

const session: Session = {
  ...initialSession,
  workspace: 'compare',
  theme: 'dark',
  data: { sample: 'collider-events', events: 50_000, seed: 4, params: { signalShare: 0.2 } },
  split: { by: 'event', train: 0.5, validation: 0.2, test: 0.3, seed: 9 },
  requests: [1, 2, 3].map((seed) => ({ id: `run-${seed}`, model: 'dense-autoencoder', preset: 'offshell', seed, epochs: 20 })),
  view: { run: 'run-2', score: 'reconstruction-mse', signal: 1, threshold: { rule: 'value', value: -0.125 } },
};

async function pack(value: unknown): Promise<string> {
  const piped = new Blob([JSON.stringify(value)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return `#s=${Buffer.from(await new Response(piped).arrayBuffer()).toString('base64url')}`;
}

describe('a link', () => {
  it('brings back data, split, requests and view, and leaves theme and workspace to the reader', async () => {
    const { data, split, requests, view } = session;
    expect(await decodeLink(await encodeLink(session))).toEqual({ ...initialSession, data, split, requests, view });
  });
  it('brings back how lumisections are taken, where that is not the usual way', async () => {
    const lumisections = { together: 4, minEntries: 100, noData: 'count' } as const;
    expect((await decodeLink(await encodeLink({ ...session, lumisections })))?.lumisections).toEqual(lumisections);
    expect((await decodeLink(await encodeLink(session)))?.lumisections).toEqual({});
  });
  it('is short and safe in an address', async () => {
    const link = await encodeLink(session);
    expect(link).toMatch(/^#s=[\w-]+$/);
    expect(link.length).toBeLessThan(500);
  });
  it('carries names of files beyond ASCII', async () => {
    const files = [{ name: 'Ereignisse μμ.h5', role: 'background', className: 'Drell–Yan' }];
    const back = await decodeLink(await encodeLink({ ...session, data: { files } }));
    expect(back?.data).toEqual({ files });
  });
  it('that is not there is no session', async () => {
    for (const hash of ['', '#', '#top', '#s=']) expect(await decodeLink(hash)).toBeNull();
  });
});

describe('a link that cannot be read', () => {
  const good = { version: 1, data: null, split: session.split, requests: [], view: session.view };
  it.each([
    ['no base64', async () => '#s=%%%'],
    ['cut off', async () => (await encodeLink(session)).slice(0, 60)],
    ['no JSON object', () => pack([1, 2])],
    ['without a version', () => pack({ ...good, version: undefined })],
    ['with another kind of split', () => pack({ ...good, split: { by: 'moon' } })],
    ['with requests that name no model', () => pack({ ...good, requests: [{ id: 'run-1', seed: 1 }] })],
    [
      'with rows that no device holds',
      () => pack({ ...good, requests: [{ id: 'run-1', model: 'pca', seed: 1, deviceRows: 'float8' }] }),
    ],
    ['with data of no known kind', () => pack({ ...good, data: { url: 'https://example.org' } })],
    ['with another threshold rule', () => pack({ ...good, view: { ...session.view, threshold: { rule: 'guess' } } })],
  ])('is refused: %s', async (_, make) => {
    const attempt = decodeLink(await make());
    await expect(attempt).rejects.toBeInstanceOf(Problem);
    await expect(attempt).rejects.toThrow(/the link in the address.*Copy the whole link again/);
  });
  it('names a later version', async () => {
    await expect(decodeLink(await pack({ ...good, version: 2 }))).rejects.toThrow(/found version 2/);
    expect(await decodeLink(await pack(good))).toMatchObject({ data: null });
  });
});
