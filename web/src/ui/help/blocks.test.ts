import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Block, blocksOf } from './blocks';

const guide = (language: string) =>
  blocksOf(readFileSync(new URL(`../../../../docs/guide/chair.${language}.md`, import.meta.url), 'utf8'));

test('a guide is drawn part by part', () => {
  expect(blocksOf('# A\n\nOne **two**\n\n1. x\n2. **y**\n\n| K | D |\n|---|---|\n| N | n |')).toEqual([
    { kind: 'title', text: 'A' },
    {
      kind: 'paragraph',
      spans: [
        { text: 'One ', strong: false },
        { text: 'two', strong: true },
      ],
    },
    { kind: 'list', ordered: true, items: [[{ text: 'x', strong: false }], [{ text: 'y', strong: true }]] },
    { kind: 'table', head: ['K', 'D'], rows: [['N', 'n']] },
  ]);
});

test('a picture is known by the name of its file', () => {
  expect(blocksOf('![What is seen](../../web/static/guide/chair.vi.jpg)')).toEqual([
    { kind: 'picture', text: 'What is seen', file: 'chair.vi.jpg' },
  ]);
});

test('marks that this reader does not know are in no guide', () => {
  for (const language of ['vi', 'en']) expect(JSON.stringify(guide(language))).not.toMatch(/\*\*|\]\(|`|<\w/);
});

test('both languages say the same things in the same order', () => {
  const shape = (blocks: readonly Block[]) =>
    blocks.map((block) => [
      block.kind,
      block.kind === 'list'
        ? block.items.length
        : block.kind === 'table'
          ? block.rows.map(([key]) => (key?.length ? 1 : 0))
          : 0,
    ]);
  expect(shape(guide('vi'))).toEqual(shape(guide('en')));
});
