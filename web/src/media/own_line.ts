import { Arrivals, type Report as Arrived } from './arrivals';

/** What limits the own picture, from the browser's statistics (R24): the way up, the way down, or the machine. */
export type LineLimit = 'uplink' | 'downlink' | 'cpu';

/** As much of a report as is read here (webrtc-stats). */
export interface Report extends Arrived {
  readonly qualityLimitationReason?: string;
}

/** One look a second; what lasts is told, and a bad second is not. */
export class OwnLine {
  private told: LineLimit | null = null;
  private seen: LineLimit | null = null;
  private times = 0;
  private readonly arrivals = new Arrivals();

  at(reports: Iterable<Report>): LineLimit | null {
    const now = this.judge([...reports]);
    this.times = now === this.seen ? this.times + 1 : 1;
    this.seen = now;
    if (this.times >= LASTING) this.told = now;
    return this.told;
  }

  private judge(reports: readonly Report[]): LineLimit | null {
    const why = reports.flatMap(({ type, kind, qualityLimitationReason }) =>
      type === 'outbound-rtp' && kind === 'video' ? (qualityLimitationReason ?? []) : [],
    );
    const { received, lost } = this.arrivals.since(reports);
    if (why.includes('cpu')) return 'cpu';
    if (why.includes('bandwidth')) return 'uplink';
    return lost >= FEW_PACKETS && lost / (received + lost) > BAD_LOSS ? 'downlink' : null;
  }
}

const LASTING = 4;
const BAD_LOSS = 0.05;
const FEW_PACKETS = 5;
