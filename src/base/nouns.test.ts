import { expect, it } from 'vitest';
import { capital, counted, inNouns, nounOf } from './nouns.ts';

it('calls rows by their kind, one and several', () => {
  expect(counted(1, nounOf('histograms'))).toBe('1 lumisection');
  expect(counted(3100, nounOf('histograms'))).toBe('3\u202f100 lumisections');
  expect(counted(2, nounOf('images'))).toBe('2 images');
  expect(counted(0, nounOf('table'))).toBe('0 rows');
  expect(nounOf(undefined).several).toBe('events');
  expect(capital('events')).toBe('Events');
});

it('says a sentence about events of rows of another kind', () => {
  const text = 'Events of an event; one event-based event, by_event. An event.';
  expect(inNouns(text, nounOf('objects'))).toBe(text);
  expect(inNouns(text, nounOf('histograms'))).toBe(
    'Lumisections of a lumisection; one event-based lumisection, by_event. A lumisection.',
  );
  expect(inNouns('an event', nounOf('images'))).toBe('an image');
});
