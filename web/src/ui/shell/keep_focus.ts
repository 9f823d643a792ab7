import type { Attachment } from 'svelte/attachments';

const CONTROL = 'button, a[href], input, select, textarea';
const ROW = 'li, article, figure';
const LIST = 'ul, ol, section';
/** What of a group takes the focus when the pressed control has no successor. */
const REST = '[data-rest]';

/** Whether the hand works by keys: then what it pressed last was none of a pointer. */
let byKeys = true;
if (typeof document !== 'undefined') {
  document.addEventListener('keydown', () => (byKeys = true), true);
  document.addEventListener('pointerdown', () => (byKeys = false), true);
}

/**
 * Keeps the focus where the work is when a pressed control goes away, alone or with its row, as on letting somebody in:
 * it stays in the row while that is there ("Hoàn tác"), goes to the next one, or to the head of the group, or
 * to `rest`. Only for whoever works by keys: after a pointer's press, Space would act on somebody else. A key that
 * is still held does not press what the focus came to.
 */
export function keepFocus(rest: () => HTMLElement | null): Attachment<HTMLElement> {
  return (area) => {
    let kept: Place | null = null;
    /** Has the focus from here, and was not pressed since. */
    let given: HTMLElement | null = null;
    const observer = new MutationObserver(follow);

    function letGo() {
      kept = null;
      observer.disconnect();
    }

    function follow(changes: readonly MutationRecord[]) {
      if (kept === null) return;
      const now = document.activeElement;
      if (now !== null && now !== document.body && now !== kept.control) {
        letGo();
        return;
      }
      if (now === kept.control && isOpen(kept.control)) {
        kept = placeOf(kept.control);
        return;
      }
      const next = byKeys ? (successor(kept, changes) ?? rest()) : null;
      letGo();
      given = next;
      next?.focus();
    }

    function onfocusin({ target }: FocusEvent) {
      if (!(target instanceof HTMLElement)) return;
      kept = placeOf(target);
      observer.observe(area, { childList: true, subtree: true, attributeFilter: ['disabled', 'hidden'] });
    }

    function onfocusout({ relatedTarget }: FocusEvent) {
      if (relatedTarget !== null) {
        if (!area.contains(relatedTarget as Node)) letGo();
        return;
      }
      // taken out of the document it has lost the focus by no hand: the change is told at the same time
      queueMicrotask(() => {
        const changes = observer.takeRecords();
        if (changes.length > 0) follow(changes);
        else if (kept !== null && isOpen(kept.control) && document.activeElement !== kept.control) letGo();
      });
    }

    function onkeydown(event: KeyboardEvent) {
      if (!event.repeat) given = null;
      else if (given !== null && given === event.target && (event.key === 'Enter' || event.key === ' '))
        event.preventDefault();
    }

    area.addEventListener('focusin', onfocusin);
    area.addEventListener('focusout', onfocusout);
    area.addEventListener('keydown', onkeydown);
    return () => {
      letGo();
      area.removeEventListener('focusin', onfocusin);
      area.removeEventListener('focusout', onfocusout);
      area.removeEventListener('keydown', onkeydown);
    };
  };
}

/** Where a control stands, to be known when it is gone. */
interface Place {
  readonly control: HTMLElement;
  readonly row: HTMLElement | null;
  readonly list: HTMLElement | null;
  /** Which row of the list. */
  readonly at: number;
  readonly group: HTMLElement | null;
}

function placeOf(control: HTMLElement): Place {
  const row = control.closest<HTMLElement>(ROW);
  const list = row?.parentElement?.closest<HTMLElement>(LIST) ?? null;
  const at = row && list ? rowsOf(list).indexOf(row) : -1;
  return { control, row, list, at, group: control.closest<HTMLElement>('section') };
}

function successor({ control, row, list, at, group }: Place, changes: readonly MutationRecord[]): HTMLElement | null {
  // moved in the document
  if (control.isConnected && isOpen(control)) return control;
  if (row?.isConnected) return cameInto(row, changes) ?? beside(control, row);
  if (list?.isConnected) {
    const rows = rowsOf(list);
    const next = rows[at] ?? rows.at(-1);
    const alike = next && controlsOf(next).find(({ dataset }) => dataset.testid === control.dataset.testid);
    if (next) return alike ?? controlsOf(next)[0] ?? null;
  }
  if (!group?.isConnected) return null;
  const head = group.matches(REST) ? group : group.querySelector<HTMLElement>(REST);
  return (row ? null : cameInto(group, changes)) ?? head ?? controlsOf(group)[0] ?? null;
}

/** The first control that came with these changes: it takes the place of the one that went. */
function cameInto(place: HTMLElement, changes: readonly MutationRecord[]): HTMLElement | null {
  const came = changes.flatMap(({ addedNodes }) => [...addedNodes]);
  return controlsOf(place).find((control) => came.some((node) => node.contains(control))) ?? null;
}

/** The next one, for a control that is only shut; otherwise the first. */
function beside(control: HTMLElement, row: HTMLElement): HTMLElement | null {
  const controls = controlsOf(row);
  const after = controls.find((each) => control.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
  return (control.isConnected ? (after ?? controls.at(-1)) : controls[0]) ?? null;
}

function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(ROW)];
}

function controlsOf(place: HTMLElement): HTMLElement[] {
  return [...place.querySelectorAll<HTMLElement>(CONTROL)].filter(isOpen);
}

function isOpen(control: HTMLElement): boolean {
  return control.isConnected && !control.matches(':disabled') && control.checkVisibility();
}
