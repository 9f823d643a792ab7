/** Which kind of browser this is, where that is something that its owner should know. */
export type Browser =
  /** Links travel in messengers, whose built-in browsers give a page no camera. */
  | { readonly kind: 'inside_app'; readonly app: string; readonly system: System }
  /** Without WebRTC there is no meeting. */
  | { readonly kind: 'unsupported' }
  /** Safari, and every browser of an iPhone: it should work, and nobody has tried it with a real device. */
  | { readonly kind: 'untested'; readonly phone: boolean };

export type System = 'android' | 'ios' | 'other';

const APPS: readonly (readonly [RegExp, string])[] = [
  [/Zalo/i, 'Zalo'],
  [/Orca|MessengerForiOS/, 'Messenger'],
  [/FBA[NV]|FB_IAB/, 'Facebook'],
  [/Instagram/, 'Instagram'],
];

/** Says what is special about a browser; null: nothing. `canMeet`: it has what a meeting needs. */
export function browserOf(userAgent: string, canMeet: boolean): Browser | null {
  const app = APPS.find(([mark]) => mark.test(userAgent))?.[1];
  if (app !== undefined) return { kind: 'inside_app', app, system: systemOf(userAgent) };
  if (!canMeet) return { kind: 'unsupported' };
  if (/AppleWebKit(?!.*Chrom(e|ium)\/)/.test(userAgent)) {
    return { kind: 'untested', phone: systemOf(userAgent) === 'ios' };
  }
  return null;
}

/** An address that Android hands to the browser of the phone; what stands behind `#` travels along. */
export function intentOf(address: string): string {
  const { protocol, host, pathname, search, hash } = new URL(address);
  const action = 'action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE';
  return `intent://${host}${pathname}${search}${hash}#Intent;scheme=${protocol.slice(0, -1)};${action};end`;
}

function systemOf(userAgent: string): System {
  if (userAgent.includes('Android')) return 'android';
  return /iPhone|iPad|iPod/.test(userAgent) ? 'ios' : 'other';
}
