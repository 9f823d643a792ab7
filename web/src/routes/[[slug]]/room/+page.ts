import type { EntryGenerator } from './$types';

/** One page is made for all rooms; which one is read from the address when it runs. */
export const entries: EntryGenerator = () => [{}];
