/** A line cut into text and addresses. Nothing else is made of it: no mark-up, no pictures, no loading (S41). */
export type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'link'; readonly text: string };

const ADDRESS = /https?:\/\/[^\s<>"'`\u200b-\u200f\u2028-\u202e\u2060-\u2069]+/giu;
/** What ends a sentence rather than an address. */
const AFTER = /[.,;:!?)\]}…]+$/u;

export function partsOf(line: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: found, index } of line.matchAll(ADDRESS)) {
    const address = found.replace(AFTER, '');
    if (addressOf(address) === null) continue;
    if (index > from) parts.push({ kind: 'text', text: line.slice(from, index) });
    parts.push({ kind: 'link', text: address });
    from = index + address.length;
  }
  if (from < line.length || parts.length === 0) parts.push({ kind: 'text', text: line.slice(from) });
  return parts;
}

/**
 * Where a link leads, as the browser reads it: a name in look-alike letters shows as `xn--…`, and what stands
 * before an `@` is not taken for a host. Null for what is no address of the web.
 */
export function addressOf(text: string): { readonly href: string; readonly host: string } | null {
  try {
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
    return { href: url.href, host: url.host };
  } catch {
    return null;
  }
}
