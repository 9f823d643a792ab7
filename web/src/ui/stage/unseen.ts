/** Tells when the page has been hidden for a while, and at once when it is seen again; gives what ends it. */
export function watchUnseen(
  tell: (unseen: boolean) => void,
  page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'> = document,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (page.hidden) timer = setTimeout(() => tell(true), UNSEEN_MS);
    else tell(false);
  };
  page.addEventListener('visibilitychange', look);
  look();
  return () => {
    clearTimeout(timer);
    page.removeEventListener('visibilitychange', look);
  };
}

/** A glance at another tab costs no picture. */
const UNSEEN_MS = 10_000;
