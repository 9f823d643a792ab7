import { expect, test } from 'vitest';
import { type Filtered, VoiceFilter } from './voice_filter';

const voice = (id: string) => ({ id }) as MediaStreamTrack;
const settle = () => new Promise((done) => setTimeout(done));

function aFilter(fails = false) {
  const closed: string[] = [];
  const make = (of: MediaStreamTrack): Promise<Filtered> =>
    fails
      ? Promise.reject(new Error('no audio worklet'))
      : Promise.resolve({ track: voice(`${of.id} filtered`), close: () => void closed.push(of.id) });
  return { filter: new VoiceFilter(make), closed };
}

test('a voice goes out as it is until its owner asks for the filter', async () => {
  const { filter } = aFilter();
  const own = voice('own');
  expect(filter.of(own)).toBe(own);
  filter.choose(true);
  expect(filter.of(own), 'nothing is lost while it is fetched').toBe(own);
  await settle();
  expect([filter.state, filter.of(own)?.id]).toEqual(['on', 'own filtered']);
});

test('turned off, the voice goes out as it is again, and the filter is closed', async () => {
  const { filter, closed } = aFilter();
  const own = voice('own');
  filter.of(own);
  filter.choose(true);
  await settle();
  filter.choose(false);
  expect(filter.of(own)).toBe(own);
  expect(closed).toEqual(['own']);
});

test('another microphone gets a filter of its own', async () => {
  const { filter, closed } = aFilter();
  filter.of(voice('own'));
  filter.choose(true);
  await settle();
  const other = voice('other');
  expect(filter.of(other)).toBe(other);
  await settle();
  expect(filter.of(other)?.id).toBe('other filtered');
  expect(closed).toEqual(['own']);
});

test('a wish that is taken back while the filter is fetched leaves none behind', async () => {
  const { filter, closed } = aFilter();
  const own = voice('own');
  filter.of(own);
  filter.choose(true);
  filter.choose(false);
  await settle();
  expect([filter.state, filter.of(own), closed]).toEqual(['off', own, ['own']]);
});

test('a browser that cannot says so, and the voice goes out as it is', async () => {
  const { filter } = aFilter(true);
  const own = voice('own');
  filter.of(own);
  filter.choose(true);
  await settle();
  expect([filter.state, filter.wanted, filter.of(own)]).toEqual(['failed', false, own]);
});

test('whoever listens is told when something else is to be sent', async () => {
  const { filter } = aFilter();
  const states: string[] = [];
  filter.subscribe(() => states.push(filter.state));
  filter.of(voice('own'));
  filter.choose(true);
  await settle();
  expect(states).toEqual(['starting', 'on']);
});
