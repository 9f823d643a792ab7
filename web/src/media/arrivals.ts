/** As much of a report as is read here (webrtc-stats). */
export interface Report {
  readonly type: string;
  readonly kind?: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
}

/** Packets that came, and that were lost, since the last look. */
export class Arrivals {
  private received = 0;
  private lost = 0;

  /** Of all that is received, or of one kind. */
  constructor(private readonly kind?: 'audio' | 'video') {}

  since(reports: readonly Report[]): { readonly received: number; readonly lost: number } {
    const arriving = reports.filter(
      ({ type, kind }) => type === 'inbound-rtp' && (this.kind === undefined || kind === this.kind),
    );
    const sum = (of: (report: Report) => number | undefined) =>
      arriving.reduce((total, report) => total + (of(report) ?? 0), 0);
    const [received, lost] = [sum(({ packetsReceived }) => packetsReceived), sum(({ packetsLost }) => packetsLost)];
    // another connection counts from nothing again
    const since = { received: Math.max(received - this.received, 0), lost: Math.max(lost - this.lost, 0) };
    [this.received, this.lost] = [received, lost];
    return since;
  }
}
