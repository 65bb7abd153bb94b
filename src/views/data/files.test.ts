import { describe, expect, it } from 'vitest';
import type { Run } from '../../state/run.ts';
import type { FileChoice, FileReport } from '../../worker/api.ts';
import { whatIsMissing, whatIsUseful } from './files.ts';

type File = Run['files'][number];

let last = 0;
function file(choice: Partial<FileChoice>, report: Partial<FileReport> = {}): File {
  const id = ++last;
  return {
    report: { file: id, name: `${id}.h5`, size: 1, kind: 'objects', ...report },
    choice: { file: id, role: 'background', name: 'background', ...choice },
  };
}
const broken = { where: '', expected: '', found: '', fix: '' };

describe('what is missing before files can be loaded', () => {
  it('is nothing for one background file, though a signal would be useful', () => {
    expect(whatIsMissing([file({})])).toBeNull();
    expect(whatIsUseful([file({})])).toMatch('background alone');
    expect(whatIsUseful([file({}), file({ role: 'signal', name: 'A to 4l' })])).toBeNull();
  });

  it('is a readable file', () => {
    expect(whatIsMissing([])).toBe('Choose files first');
    expect(whatIsMissing([file({}, { problem: broken })])).toBe('None of these files can be read');
  });

  it('is nothing where a list only says which rows are loaded', () => {
    const list = file({}, { list: { words: '' } });
    const both = [file({ label: 'y' }), list];
    expect(whatIsMissing(both)).toMatch(/^Say what .* lists/);
    expect(whatIsMissing(both, { keptBy: { file: list.report.file, lists: 'detector-on' } })).toBeNull();
  });

  it('is background', () => {
    expect(whatIsMissing([file({ role: 'signal', name: 'A to 4l' })])).toMatch('which file holds background');
  });

  it('is a name, one kind of data, and names that do not clash', () => {
    expect(whatIsMissing([file({}), file({ role: 'signal', name: ' ' })])).toMatch('a name');
    expect(whatIsMissing([file({}), file({}, { kind: 'table' })])).toMatch('different kinds of data (objects, table)');
    expect(whatIsMissing([file({ name: 'x' }), file({ role: 'signal', name: 'x' })])).toMatch('"x" is background in one file');
  });

  it('is nothing in a file whose rows carry their class, whether or not the background value is named', () => {
    expect(whatIsMissing([file({ label: 'label' })])).toBeNull();
    expect(whatIsMissing([file({ label: 'label', normalClass: '0' })])).toBeNull();
    expect(whatIsUseful([file({ label: 'label', normalClass: '0' })])).toBeNull();
  });
});
