declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- SvelteKit's place for its own types
  namespace App {}
}

export {};
