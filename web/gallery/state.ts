import type { Component } from 'svelte';

export const LAPTOP = 'laptop';
export const PHONE = 'phone';
export const TV = 'tv';
export type Size = typeof LAPTOP | typeof PHONE | typeof TV;

/** One photograph: a component of the page with made-up properties. */
export interface State {
  readonly id: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each state brings the properties of its own component
  readonly component: Component<any>;
  readonly props: () => Record<string, unknown>;
  readonly sizes: readonly Size[];
  /** Opens what is opened by hand. */
  readonly after?: () => void;
  /** Waits until this is in the page before the photograph. */
  readonly shows?: string;
}
