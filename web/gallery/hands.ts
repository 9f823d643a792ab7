/** One act of a hand; whether there was something to act on. */
export type Step = () => boolean;

/** Presses what is there by then: parts of the page are fetched when they are first needed. */
export const pressed =
  (selector: string, nth = 0): Step =>
  () => {
    const found = document.querySelectorAll<HTMLElement>(selector)[nth];
    if (!found?.checkVisibility()) return false;
    found.click();
    return true;
  };
export const press = (testid: string, nth = 0) => pressed(`[data-testid="${testid}"]`, nth);
export const pressTile = (nth: number) => pressed('[data-testid="tile"] > button', nth);
export const key = (name: string, held: KeyboardEventInit = {}): Step => {
  return () => {
    dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...held }));
    return true;
  };
};
/** What a narrow window shows only when asked. */
export const onPhone =
  (step: Step): Step =>
  () =>
    innerWidth >= 720 || step();

/** Does one step after the other, each when what it acts on is drawn. */
export async function act(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    do await drawing();
    while (!step());
  }
}

/** The end of a drawing that began after now. */
function drawing(): Promise<void> {
  return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())));
}
