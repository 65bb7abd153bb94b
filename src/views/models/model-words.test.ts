import { describe, expect, it } from 'vitest';
import { differsFromPreset, trainText } from './model-words.ts';

describe('the words of a draft', () => {
  it('say how many seeds a click trains', () => {
    expect(trainText(1, true)).toBe('Train');
    expect(trainText(3, true)).toBe('Train three seeds');
    expect(trainText(40, false)).toBe('Run 40 seeds');
  });

  it('count the parameters that differ from the preset, not from the defaults', () => {
    const spec = {
      params: {
        hidden: { kind: 'integers', label: '', help: '', default: [32, 16], min: 1, max: 99 },
        rate: { kind: 'number', label: '', help: '', default: 1e-3 },
      },
      presets: { wide: { name: 'wide', origin: '', params: { hidden: [64] } } },
    } as const;
    expect(differsFromPreset(spec, 'wide', {})).toBe(0);
    expect(differsFromPreset(spec, 'wide', { hidden: [64], rate: 1e-3 })).toBe(0);
    expect(differsFromPreset(spec, 'wide', { hidden: [32, 16], rate: 1e-2 })).toBe(2);
    expect(differsFromPreset(spec, 'none', { hidden: [32, 16] })).toBe(0);
  });
});
