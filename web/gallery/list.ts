/** Every state that is photographed: at which sizes, and what has to be there before. Read by the test too. */
export type Size = 'laptop' | 'phone' | 'tv';

export interface Listed {
  readonly sizes: readonly Size[];
  /** The `data-testid` that appears once what is opened by hand is open. */
  readonly shows?: string;
}

const LAPTOP = 'laptop';
const PHONE = 'phone';
const TV = 'tv';

export const LIST = {
  'door-ready': { sizes: [LAPTOP, PHONE] },
  'door-before-permission': { sizes: [LAPTOP, PHONE] },
  'door-name-refused': { sizes: [LAPTOP, PHONE] },
  'door-two-faults': { sizes: [LAPTOP, PHONE] },
  'door-seat-taken': { sizes: [LAPTOP] },
  'door-point-unknown': { sizes: [LAPTOP] },
  'door-room-locked': { sizes: [LAPTOP, PHONE] },
  'door-room-full': { sizes: [LAPTOP] },
  'door-offline': { sizes: [LAPTOP] },
  'door-denied': { sizes: [LAPTOP, PHONE] },
  'door-no-microphone': { sizes: [LAPTOP] },
  'door-busy-devices': { sizes: [LAPTOP] },
  'door-camera-off': { sizes: [LAPTOP] },
  'door-not-yet-open': { sizes: [LAPTOP, PHONE] },
  'door-invited': { sizes: [LAPTOP, PHONE] },
  'door-chair': { sizes: [LAPTOP] },
  'door-demo': { sizes: [LAPTOP, PHONE] },
  'door-password-entry': { sizes: [LAPTOP] },
  'door-inside-app': { sizes: [PHONE] },
  'door-untested': { sizes: [PHONE, LAPTOP] },
  'door-entering': { sizes: [LAPTOP] },
  'door-loading': { sizes: [LAPTOP] },
  'stage-chair': { sizes: [LAPTOP, TV] },
  'stage-chair-empty-lobby': { sizes: [LAPTOP] },
  'stage-chair-phone': { sizes: [PHONE] },
  'stage-participant': { sizes: [LAPTOP, PHONE] },
  'stage-people-list': { sizes: [LAPTOP] },
  'stage-person-card': { sizes: [LAPTOP, PHONE], shows: 'participant-card' },
  'stage-speaker': { sizes: [LAPTOP, PHONE] },
  'stage-screen-share': { sizes: [LAPTOP, PHONE] },
  'stage-two': { sizes: [LAPTOP] },
  'stage-three': { sizes: [PHONE] },
  'stage-alone': { sizes: [LAPTOP, PHONE] },
  'stage-reconnecting': { sizes: [LAPTOP, PHONE] },
  'stage-reconnecting-long': { sizes: [LAPTOP] },
  'stage-media-reconnecting': { sizes: [LAPTOP] },
  'stage-sound-blocked': { sizes: [LAPTOP] },
  'stage-open-floor-muted-all': { sizes: [LAPTOP] },
  'stage-long-names': { sizes: [LAPTOP, PHONE] },
  'stage-remove': { sizes: [LAPTOP, PHONE], shows: 'remove-dialog' },
  'stage-end': { sizes: [LAPTOP], shows: 'meeting-end-dialog' },
  'stage-help': { sizes: [LAPTOP, PHONE], shows: 'help-dialog' },
  'stage-devices': { sizes: [LAPTOP], shows: 'devices-dialog' },
  'stage-more': { sizes: [PHONE], shows: 'more-sheet' },
  'lobby-waiting': { sizes: [PHONE, LAPTOP] },
  'lobby-no-chair': { sizes: [PHONE, LAPTOP] },
  'lobby-reconnecting': { sizes: [PHONE, LAPTOP] },
  'lobby-correct-name': { sizes: [PHONE, LAPTOP], shows: 'lobby-save' },
  'over-ended': { sizes: [LAPTOP, PHONE] },
  'over-left': { sizes: [LAPTOP] },
  'over-removed': { sizes: [LAPTOP] },
  'over-banned': { sizes: [LAPTOP] },
  'over-refused': { sizes: [LAPTOP] },
  'over-taken-over': { sizes: [LAPTOP] },
  'over-link-unknown': { sizes: [LAPTOP] },
  'over-seat-gone': { sizes: [LAPTOP] },
  'over-restarting': { sizes: [LAPTOP] },
  'over-moved': { sizes: [LAPTOP] },
  'over-postponed': { sizes: [LAPTOP] },
  'browser-zalo-android': { sizes: [PHONE] },
  'browser-facebook-iphone': { sizes: [PHONE, LAPTOP] },
  'browser-unsupported': { sizes: [PHONE, LAPTOP] },
  'browser-tested': { sizes: [PHONE, LAPTOP], shows: 'tested-dialog' },
  home: { sizes: [LAPTOP, PHONE] },
} as const satisfies Readonly<Record<string, Listed>>;

export type StateId = keyof typeof LIST;
