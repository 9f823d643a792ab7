const REGIONS = ['top', 'stage', 'panel', 'bar'];
const FOCUSABLE = 'button:not([tabindex="-1"]), [tabindex="0"], input, select, a[href]';

/** F6: the focus goes to the next region that is there, onto its first control; to an invitation to speak before all. */
export function stepRegion(page: HTMLElement, step: 1 | -1): void {
  const invitation = page.querySelector<HTMLElement>('[data-region="invitation"]');
  if (invitation && !invitation.contains(document.activeElement)) {
    invitation.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    return;
  }
  const regions = REGIONS.flatMap((name) => [...page.querySelectorAll<HTMLElement>(`[data-region="${name}"]`)]);
  const current = regions.findIndex((region) => region.contains(document.activeElement));
  for (let tried = 1; tried <= regions.length; tried += 1) {
    const next = regions[(current + step * tried + regions.length * 2) % regions.length];
    const target =
      next?.querySelector<HTMLElement>('[aria-selected="true"]') ?? next?.querySelector<HTMLElement>(FOCUSABLE);
    if (target) {
      target.focus();
      return;
    }
  }
}
