/** What limits the own picture, from the browser's statistics (R24): the way up, the way down, or the machine. */
export type LineLimit = 'uplink' | 'downlink' | 'cpu';

/** As much of a report as is read here (webrtc-stats). */
export interface Report {
  readonly type: string;
  readonly kind?: string;
  readonly qualityLimitationReason?: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
}

/** One look a second; what lasts is told, and a bad second is not. */
export class OwnLine {
  private told: LineLimit | null = null;
  private seen: LineLimit | null = null;
  private times = 0;
  private received = 0;
  private lost = 0;

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
    const arriving = reports.filter(({ type }) => type === 'inbound-rtp');
    const sum = (of: (report: Report) => number | undefined) =>
      arriving.reduce((total, report) => total + (of(report) ?? 0), 0);
    const [received, lost] = [sum(({ packetsReceived }) => packetsReceived), sum(({ packetsLost }) => packetsLost)];
    // another connection counts from nothing again
    const [more, missing] = [Math.max(received - this.received, 0), Math.max(lost - this.lost, 0)];
    this.received = received;
    this.lost = lost;
    if (why.includes('cpu')) return 'cpu';
    if (why.includes('bandwidth')) return 'uplink';
    return missing >= FEW_PACKETS && missing / (more + missing) > BAD_LOSS ? 'downlink' : null;
  }
}

const LASTING = 4;
const BAD_LOSS = 0.05;
const FEW_PACKETS = 5;
