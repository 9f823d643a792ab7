import { untrack } from 'svelte';

/**
 * A value that is read from others, behind a source of its own: whoever draws it is asked again only when it became
 * another value, not whenever something it is read from changed. To be called while a component is made.
 */
export function settled<Value>(read: () => Value): { readonly now: Value } {
  let now = $state.raw(untrack(read));
  $effect.pre(() => {
    now = read();
  });
  return {
    get now() {
      return now;
    },
  };
}
