import '../src/ui/fonts.css';
import '../src/ui/tokens.css';
import '../src/ui/base.css';
import { mount } from 'svelte';
import { language } from '../src/ui/shell/language.svelte';
import { type Theme, theme } from '../src/ui/shell/theme.svelte';
import { STATES } from './states';

/** `?state=NAME&lang=vi&theme=light` shows one state; without a name, the list of all. */
const asked = new URLSearchParams(location.search);
language.choose(asked.get('lang') === 'en' ? 'en' : 'vi');
theme.choose((asked.get('theme') ?? 'light') as Theme);
const page = document.getElementById('page');
if (page === null) throw new Error('the page has no place to draw in');

const state = STATES.find(({ id }) => id === asked.get('state'));
if (state) {
  mount(state.component, { target: page, props: state.props() });
  state.after?.();
  void document.fonts.ready.then(() => (document.documentElement.dataset['drawn'] = 'yes'));
} else {
  for (const { id } of STATES) {
    const link = document.createElement('a');
    link.href = `?state=${id}`;
    link.textContent = id;
    page.append(link);
  }
}
