import { describe, expect, it } from 'vitest';
import { checkParams, defaultParams, type ParamSpecs } from './params.ts';
import { Problem } from './problem.ts';

const specs: ParamSpecs = {
  rate: { kind: 'number', label: 'Learning rate', help: '', default: 1e-3, min: 0, max: 1 },
  epochs: { kind: 'number', label: 'Epochs', help: '', default: 10, min: 1, integer: true },
  activation: {
    kind: 'choice',
    label: 'Activation',
    help: '',
    default: 'relu',
    options: [
      { value: 'relu', label: 'ReLU' },
      { value: 'tanh', label: 'tanh' },
    ],
  },
  masked: { kind: 'switch', label: 'Masked', help: '', default: true },
  note: { kind: 'text', label: 'Note', help: '', default: '' },
  widths: { kind: 'integers', label: 'Widths', help: '', default: [16, 3, 16], min: 1, max: 4096 },
};
const check = (given: Record<string, unknown>) => checkParams(specs, given, 'model "pca"');

describe('parameters', () => {
  it('have defaults', () => {
    expect(defaultParams(specs)).toEqual({
      rate: 1e-3,
      epochs: 10,
      activation: 'relu',
      masked: true,
      note: '',
      widths: [16, 3, 16],
    });
    expect(check({})).toEqual(defaultParams(specs));
  });
  it('keep what is given and fits, ends of the range included', () => {
    const given = { rate: 1, epochs: 1, activation: 'tanh', masked: false, note: 'x', widths: [] };
    expect(check(given)).toEqual(given);
  });
  it.each([
    ['rate', -0.1, 'a number from 0 to 1'],
    ['rate', Number.NaN, 'a number'],
    ['rate', '0.1', 'a number'],
    ['epochs', 2.5, 'a whole number from 1 to ∞'],
    ['epochs', 0, 'a whole number'],
    ['activation', 'gelu', 'one of relu, tanh'],
    ['masked', 1, 'true or false'],
    ['note', 7, 'a text'],
    ['widths', [16, 0], 'a list of whole numbers from 1 to 4096'],
    ['widths', 16, 'a list'],
    ['rate', null, 'a number'],
  ])('refuse %s = %j', (name, value, expected) => {
    const attempt = () => check({ [name]: value });
    expect(attempt).toThrow(Problem);
    expect(attempt).toThrow(`model "pca", parameter "${name}": expected ${expected}`);
  });
  it('refuse a name that nobody declared, and list those that exist', () => {
    expect(() => check({ epoch: 3 })).toThrow('one of rate, epochs, activation, masked, note, widths; found "epoch"');
    expect(() => checkParams({}, { a: 1 }, 'score "mse"')).toThrow('no parameters');
  });
});
