import { Arrivals, type Report as Arrived } from './arrivals';

/** As much of a report as is read here (webrtc-stats). */
export interface Report extends Arrived {
  readonly nominated?: boolean;
  /** In seconds. */
  readonly currentRoundTripTime?: number;
}

/**
 * How long pictures and sound are held before they are shown and heard, so that what is sent again comes in time: on a line
 * that loses packets a browser by itself shows a frame as late as its repair came, and the picture stutters. One look a second.
 */
export class RepairWait {
  private readonly pictures = new Arrivals('video');
  private calm = 0;
  private held = 0;

  /** Milliseconds; null: as the browser thinks best. */
  at(reports: Iterable<Report>): number | null {
    const all = [...reports];
    const wanted = this.wanted(all);
    if (wanted !== null) this.held = Math.max(this.held, Math.min(wanted, Math.max(this.held, SHORTEST_MS) + RISE_MS));
    else if (this.calm > CALM_LOOKS) this.held = Math.max(this.held - RISE_MS, 0);
    return this.held > SHORTEST_MS ? this.held : null;
  }

  /** What repairs take, while some are needed; null else. */
  private wanted(reports: readonly Report[]): number | null {
    const { received, lost } = this.pictures.since(reports);
    const isLossy = lost >= FEW_PACKETS && lost / (received + lost) > LOSS;
    this.calm = isLossy ? 0 : this.calm + 1;
    const roundTrip = reports.find(
      ({ type, nominated }) => type === 'candidate-pair' && nominated,
    )?.currentRoundTripTime;
    if (!isLossy || roundTrip === undefined) return null;
    const wanted = roundTrip * 1_000 + NOTICED_MS;
    return wanted <= LONGEST_MS ? wanted : null;
  }
}

const LOSS = 0.01;
const FEW_PACKETS = 3;
/** Until a frame's last packet is missed, its request and its repair are sent, and the second repair where the first is lost. */
const NOTICED_MS = 120;
/** More is as bad for a talk as a picture that stutters. */
const LONGEST_MS = 320;
/** What a browser holds in any case. */
const SHORTEST_MS = 100;
/** More at once would be seen. */
const RISE_MS = 80;
const CALM_LOOKS = 20;
