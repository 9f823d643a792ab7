import { untrack } from 'svelte';
import type { DevicesView } from '../devices/view';
import { mayAdmit, waitingFor } from '../people/reach';
import { announcer } from '../shell/announcer.svelte';
import { sounds } from '../shell/sounds.svelte';
import { toasts } from '../shell/toasts.svelte';
import { deviceNews } from './device_news';
import type { LiveView } from './live_view.svelte';
import { type News, newsOf } from './news';
import { type InView, remindOfLobby, tell } from './tell';
import type { StageView } from './view';

/** Who waits is brought to mind again after so long. */
const REMIND_MS = 60_000;

interface Watched {
  readonly view: () => StageView;
  /** The same part by part. */
  readonly live: LiveView;
  readonly devices: () => DevicesView;
  /** The own microphone was turned off by the own hand. */
  readonly ownMicOff: () => boolean;
  readonly inView: () => InView;
  /** After every view, with what is new in it. */
  readonly follow: (view: StageView, news: readonly News[]) => void;
}

/** Tells what changes in the meeting and with the own devices. To be called while a component is made. */
export function giveNotice({ view, live, devices, ownMicOff, inView, follow }: Watched): void {
  let before = untrack(view);
  $effect(() => {
    const after = view();
    untrack(() => {
      const news = newsOf(before, after, { ownMicOff: ownMicOff() });
      for (const one of news) tell(one, inView());
      before = after;
      follow(after, news);
    });
  });

  let devicesBefore = untrack(() => ownDevices(devices()));
  $effect(() => {
    const after = ownDevices(devices());
    untrack(() => {
      for (const { text, lost } of deviceNews(devicesBefore, after)) {
        toasts.show(text, lost ? { tone: 'wait', forMs: 10_000 } : {});
        announcer.say(text);
      }
      devicesBefore = after;
    });
  });

  const speaking = $derived(live.you?.micOn ?? false);
  $effect(() => {
    sounds.speaking = speaking;
  });
  $effect(() => {
    sounds.recall();
    sounds.play = (volume, notes) => devices().playSound(volume, notes);
    return () => {
      sounds.play = null;
    };
  });

  const knocked = $derived.by(() => {
    const { you } = live;
    return you !== null && mayAdmit(you, live) && waitingFor(you, live) > 0;
  });
  $effect(() => {
    if (!knocked) return;
    const timer = setInterval(() => remindOfLobby(live.applicants.length), REMIND_MS);
    return () => clearInterval(timer);
  });
}

/** Each by itself, so that a level of the microphone is no news. */
function ownDevices(devices: DevicesView): Parameters<typeof deviceNews>[0] {
  const { state, hasMicrophone, hasCamera, cameraOn, microphone, camera, microphones, cameras } = devices;
  return { state, hasMicrophone, hasCamera, cameraOn, microphone, camera, microphones, cameras };
}
