/** The guides are written once, in `docs/guide/`: as much of Markdown as they use, as parts to draw and never as HTML. */
export type Block =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: 'picture'; readonly file: string; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

export interface Span {
  readonly text: string;
  readonly strong: boolean;
}

export function blocksOf(markdown: string): readonly Block[] {
  return markdown
    .trim()
    .split(/\n\n+/)
    .map((part) => blockOf(part.split('\n')));
}

function blockOf(lines: readonly string[]): Block {
  const [first = ''] = lines;
  const picture = /^!\[(.+)\]\(.*\/([\w.-]+)\)$/.exec(first);
  if (first.startsWith('# ')) return { kind: 'title', text: first.slice(2) };
  if (first.startsWith('## ')) return { kind: 'heading', text: first.slice(3) };
  if (picture) return { kind: 'picture', text: picture[1] ?? '', file: picture[2] ?? '' };
  if (first.startsWith('| ')) {
    const [head = [], , ...rows] = lines.map(cellsOf);
    return { kind: 'table', head, rows };
  }
  if (/^(?:- |\d+\. )/.test(first))
    return {
      kind: 'list',
      ordered: !first.startsWith('- '),
      items: lines.map((line) => spansOf(line.replace(/^(?:- |\d+\. )/, ''))),
    };
  return { kind: 'paragraph', spans: spansOf(lines.join(' ')) };
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** `**words**` are strong; nothing else is marked in a line. */
function spansOf(text: string): readonly Span[] {
  return text.split('**').flatMap((part, at) => (part ? [{ text: part, strong: at % 2 === 1 }] : []));
}
