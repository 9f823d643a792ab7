import type { Component } from 'svelte';
import type { Step } from './hands';
import type { StateId } from './list';

/** One photograph: a component of the page with made-up properties. */
export interface State {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each state brings the properties of its own component
  readonly component: Component<any>;
  readonly props: () => Record<string, unknown>;
  /** Opens what is opened by hand. */
  readonly after?: readonly Step[];
}

/** The states of one kind of page: each listed one has to be there. */
export type StatesOf<Prefix extends string> = Readonly<Record<Extract<StateId, `${Prefix}${string}`>, State>>;
