import { describe, expect, it } from 'vitest';
import { initialSession } from '../../state/session.ts';
import { learningWords, signalTrainingOf, splitFault, splitRows, withSignalTraining } from './split-words.ts';

describe('the split on the page', () => {
  const split = {
    training: 72,
    trainingSignal: 0,
    validation: [8, 3, 0],
    test: [20, 7, 0],
    words: '',
    spec: initialSession.split,
  };

  it('gives every class its rows in each part, and says what is in none', () => {
    const rows = splitRows({
      classes: [
        { name: 'background', role: 'background', rows: 100 },
        { name: 'A to 4l', role: 'signal', rows: 10 },
        { name: 'data', role: 'unlabelled', rows: 50 },
      ],
      split,
    });
    expect(rows.map(({ training, validation, test, rest }) => [training, validation, test, rest])).toEqual([
      [72, 8, 20, 0],
      [0, 3, 7, 0],
      [0, 0, 0, 50],
    ]);
  });

  it('shares its training rows among several backgrounds', () => {
    const rows = splitRows({
      classes: [
        { name: 'W', role: 'background', rows: 60 },
        { name: 'QCD', role: 'background', rows: 40 },
      ],
      split: { ...split, validation: [5, 3], test: [12, 8] },
    });
    expect(rows.map(({ training }) => training)).toEqual([43, 29]);
  });

  it('puts rows that are left out as no data in no part', () => {
    const classes = [
      { name: 'W', role: 'background', rows: 63 },
      { name: 'QCD', role: 'background', rows: 40 },
    ] as const;
    const parts = { ...split, validation: [5, 3], test: [12, 8] };
    const rest = (leaveOut: boolean) =>
      splitRows({ classes, split: parts, noData: { rows: [3, 0], test: 1, minEntries: 0, leaveOut } }).map((row) => [
        row.training,
        row.rest,
      ]);
    expect(rest(true)).toEqual([
      [43, 3],
      [29, 0],
    ]);
    expect(rest(false)).toEqual([
      [46, 0],
      [29, 0],
    ]);
  });

  it('shows the signal that trains, with its labels or as if it had none', () => {
    const classes = [
      { name: 'background', role: 'background', rows: 100 },
      { name: 'A to 4l', role: 'signal', rows: 10 },
    ] as const;
    const parts = { validation: [8, 1], test: [20, 4] };
    const training = (changes: object) =>
      splitRows({ classes, split: { ...split, ...parts, ...changes } }).map((row) => row.training);
    expect(training({ trainingSignal: 5 })).toEqual([72, 5]);
    expect(training({ training: 77, spec: { ...initialSession.split, trainOnAll: true } })).toEqual([72, 5]);
    expect(training({})).toEqual([72, 0]);
  });

  it('says in one word whether signal trains, and back', () => {
    const plain = initialSession.split;
    for (const wanted of ['none', 'labelled', 'all'] as const) {
      expect(signalTrainingOf(withSignalTraining(withSignalTraining(plain, 'labelled'), wanted))).toBe(wanted);
    }
    expect(withSignalTraining(plain, 'labelled').signalTrain).toBe(0.5);
    expect(withSignalTraining(withSignalTraining(plain, 'all'), 'none')).toEqual(plain);
    expect(learningWords(withSignalTraining(plain, 'all'))).toMatch('signal among them');
    // the rule of a split by file decides by itself
    expect(signalTrainingOf({ ...plain, by: 'file', signalTrain: 0.5 })).toBe('none');
  });

  it('refuses shares that do not make a whole or leave a part empty', () => {
    expect(splitFault({ train: 0.72, validation: 0.08, test: 0.2 })).toBeNull();
    expect(splitFault({ train: 0.8, validation: 0.08, test: 0.2 })).toMatch('add up to 108 %');
    expect(splitFault({ train: 0, validation: 0.5, test: 0.5 })).toMatch('train on');
    expect(splitFault({ train: 1, validation: 0, test: 0 })).toMatch('judge');
    expect(splitFault({ train: 1.2, validation: -0.4, test: 0.2 })).toMatch('between 0 % and 100 %');
    expect(splitFault({ train: Number.NaN, validation: 0, test: 1 })).toMatch('between');
  });
});
