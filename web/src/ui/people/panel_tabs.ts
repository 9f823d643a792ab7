import type { PanelTab } from '../stage/view';

/** The panel's tabs in their order: of those who lead, and of all others. */
export function tabsOf(leading: boolean): readonly PanelTab[] {
  return leading ? ['chair', 'people', 'chat'] : ['floor', 'people', 'chat'];
}

/** The tab that is drawn for the one that was asked for. */
export function drawn(asked: PanelTab, leading: boolean): PanelTab {
  const tabs = tabsOf(leading);
  return tabs.find((tab) => tab === asked) ?? tabs[0] ?? 'people';
}

/** Where the bar's button of the panel leads: to what waits for an answer, otherwise to the people. */
export function homeOf({ leading, waiting }: { readonly leading: boolean; readonly waiting: number }): PanelTab {
  if (leading) return 'chair';
  return waiting > 0 ? 'floor' : 'people';
}

/** What the button of a tab does while `shown` is: it closes the panel only where its own tab is shown. */
export function pressed(tab: PanelTab, shown: PanelTab | null): PanelTab | null {
  return shown === tab ? null : tab;
}
