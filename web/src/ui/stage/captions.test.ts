import { expect, test } from 'vitest';
import { Captions } from './captions';

const an = { id: 'p_1', point: 'Lào Cai', person: 'An' };
const binh = { id: 'p_2', point: 'Lai Châu', person: '' };

test('captions are the same until a name, the order or the number is another', () => {
  const captions = new Captions();
  const first = captions.versionOf([an, binh]);
  expect(captions.versionOf([{ ...an }, binh])).toBe(first);
  const renamed = captions.versionOf([{ ...an, person: 'Ân' }, binh]);
  expect(renamed).not.toBe(first);
  const turned = captions.versionOf([binh, { ...an, person: 'Ân' }]);
  expect(turned).not.toBe(renamed);
  const fewer = captions.versionOf([binh]);
  expect(fewer).not.toBe(turned);
  expect(captions.versionOf([{ ...binh, point: 'Yên Bái' }])).not.toBe(fewer);
});

test('somebody else of the same name is another', () => {
  const captions = new Captions();
  const first = captions.versionOf([an]);
  expect(captions.versionOf([{ ...an, id: 'p_9' }])).not.toBe(first);
});
