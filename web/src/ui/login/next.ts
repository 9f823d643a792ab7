/** Where to go after signing in: a page of ours that was asked for, never another origin. */
export function nextPage(search: string, manages: boolean): string | null {
  const asked = new URLSearchParams(search).get('next');
  if (asked !== null && /^\/[a-z0-9-]{2,64}$/.test(asked)) return asked;
  return manages ? '/office' : null;
}
