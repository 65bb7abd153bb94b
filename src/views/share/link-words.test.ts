import { describe, expect, it } from 'vitest';
import { rowNouns } from '../../base/nouns.ts';
import { initialSession } from '../../state/session.ts';
import { linkWords } from './link-words.ts';

const names = new Map([['dense-autoencoder', 'Dense autoencoder']]);

describe('what a link contains', () => {
  it('is the split alone before there is any data', () => {
    expect(linkWords(initialSession, names)).toEqual([
      'no data: whoever opens it starts at the shelf',
      'the split: 72\u00a0% training, 8\u00a0% validation, 20\u00a0% test at random, seed 1',
      'no training',
    ]);
  });

  it('names the sample, every training and the operating point', () => {
    const words = linkWords(
      {
        ...initialSession,
        data: { sample: 'collider-events', events: 50000, seed: 1, params: {} },
        requests: [
          { id: 'a', model: 'dense-autoencoder', seed: 1 },
          { id: 'b', model: 'dense-autoencoder', seed: 2 },
          { id: 'c', model: 'pca', seed: 1 },
        ],
      },
      names,
    );
    expect(words[0]).toBe('the sample collider-events: 50\u202f000 events, seed 1, and its settings');
    expect(words[2]).toBe('3 trainings with parameters and seeds: Dense autoencoder × 2, pca');
    expect(words[3]).toBe('the operating point: a background efficiency of 0.01');
  });

  it('calls rows by their kind, and says what counts as data', () => {
    const session = {
      ...initialSession,
      data: { sample: 'tracker-histograms', events: 5000, seed: 1, params: {} },
      lumisections: { minEntries: 1000, together: 3, noData: 'count' },
    } as const;
    const words = linkWords(session, names, rowNouns.histograms);
    expect(words[0]).toBe('the sample tracker-histograms: 5\u202f000 lumisections, seed 1, and its settings');
    expect(words[2]).toBe(
      'what counts as data: histograms with at least 1\u202f000 entries, the others count, too, sums of 3 neighbours',
    );
  });

  it('says that files do not travel', () => {
    const [first] = linkWords(
      { ...initialSession, data: { files: [{ name: 'a.h5', role: 'background', className: 'background' }] } },
      names,
    );
    expect(first).toMatch('drops the same files again');
  });
});
