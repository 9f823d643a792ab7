import '../src/ui/fonts.css';
import '../src/ui/tokens.css';
import '../src/ui/base.css';
import { mount } from 'svelte';
import { language } from '../src/ui/shell/language.svelte';
import { type Theme, theme } from '../src/ui/shell/theme.svelte';
import { act } from './hands';
import type { StateId } from './list';
import { STATES } from './states';

/** `?state=NAME&lang=vi&theme=light` shows one state; without a name, the list of all. */
const asked = new URLSearchParams(location.search);
language.choose(asked.get('lang') === 'en' ? 'en' : 'vi');
theme.choose((asked.get('theme') ?? 'light') as Theme);
const page = document.getElementById('page');
if (page === null) throw new Error('the page has no place to draw in');

const id = asked.get('state');
if (id !== null && isListed(id)) {
  const state = STATES[id];
  mount(state.component, { target: page, props: state.props() });
  await act(state.after ?? []);
  await document.fonts.ready;
  document.documentElement.dataset.drawn = 'yes';
} else {
  for (const each of Object.keys(STATES)) {
    const link = document.createElement('a');
    link.href = `?state=${each}`;
    link.textContent = each;
    page.append(link);
  }
}

function isListed(asked: string): asked is StateId {
  return asked in STATES;
}
