import { m } from '#lib/paraglide/messages.js';
import type { LayoutName } from './view';

export const LAYOUT_WORDS: Readonly<Record<LayoutName, () => string>> = {
  grid: m.layout_grid,
  speaker: m.layout_speaker,
  two_columns: m.layout_two_columns,
  presentation: m.layout_presentation,
  conference: m.layout_conference,
};
