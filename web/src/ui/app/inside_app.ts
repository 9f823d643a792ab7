const APPS: readonly (readonly [RegExp, string])[] = [
  [/Zalo/i, 'Zalo'],
  [/FBAN|FBAV|FB_IAB/i, 'Facebook'],
  [/Instagram/i, 'Instagram'],
];

/** Links travel in messengers, whose built-in browsers give a page no camera: says which one this is. */
export function insideApp(userAgent: string): string | null {
  return APPS.find(([mark]) => mark.test(userAgent))?.[1] ?? null;
}
