import { m } from '#lib/paraglide/messages.js';

/** What was copied: whose link, not the link. */
export type Copied = { readonly kind: 'room' | 'person'; readonly name: string } | { readonly kind: 'list' };

/** What was copied, by its name: a personal link is never shown. */
export function copiedText(copied: Copied): string {
  switch (copied.kind) {
    case 'room':
      return m.office_copied_room({ name: copied.name });
    case 'person':
      return m.office_copied_person({ name: copied.name });
    case 'list':
      return m.office_copied_list();
  }
}
