import { leads } from '../stage/roles';
import { inBranch } from '../people/reach';
import { type Seat, type StageView, yourSeat } from '../stage/view';
import { Countdown } from './countdown';
import { Steady } from './steady';
import { tellMark } from './tell';
import { type FloorActs, foremost, isFull, mayHaveFloor, nextOf, requestOf, turnOf } from './view';

/** What hands and keys do on the floor, wherever the button is that is pressed (R17). */
export class FloorDesk {
  dialog = $state<'rules' | 'points' | 'guide' | null>(null);
  /** The chair lets the own turn go on: the microphone waits for the own press. */
  again = $state(false);
  readonly #steady = new Steady();
  readonly #countdown = new Countdown();
  #heldByChair = false;

  constructor(
    private readonly view: () => StageView,
    private readonly acts: () => FloorActs,
  ) {}

  /** Looks at every picture of the meeting once; `nowMs` is of this device. */
  follow(view: StageView, nowMs: number): void {
    const { floor } = view;
    const you = yourSeat(view);
    this.#steady.names(nextOf(floor, reached(view.seats, you))?.participant ?? null, nowMs);
    const turn = you && turnOf(floor, you.id);
    if (this.#heldByChair && turn?.state === 'speaking') this.again = true;
    if (turn?.state !== 'speaking' || you?.micOn) this.again = false;
    this.#heldByChair = turn?.state === 'held' && turn.heldBecause === 'chair';
    for (const { participant, mark } of this.#countdown.at(floor.turns)) {
      if (participant === you?.id) tellMark(mark, { name: null, closes: floor.overrun === 'close' });
      else if (you && leads(you.role))
        tellMark(mark, { name: pointOf(view, participant), closes: floor.overrun === 'close' });
    }
  }

  /** The next of the queue; with nobody there, everybody else. */
  next(nowMs: number): void {
    const { floor, seats } = this.view();
    const next = nextOf(floor, reached(seats, this.#you));
    if (!this.#leads) return;
    if (!next) this.dialog = 'points';
    else if (this.#steady.isMeant(nowMs)) this.acts().grant(next.participant, { instead: isFull(floor) });
  }

  invite(seat: string): void {
    this.acts().grant(seat, { instead: isFull(this.view().floor) });
  }

  /** Asks for the floor, or withdraws. */
  ask(): void {
    const you = this.#you;
    const { floor } = this.view();
    if (!you || !mayHaveFloor(you.role) || turnOf(floor, you.id)) return;
    if (requestOf(floor, you.id)) this.acts().withdraw();
    else this.acts().ask();
  }

  /** Ends the own turn; without one, who leads ends the foremost. */
  end(): void {
    const own = this.#turn;
    const other = foremost(this.view().floor);
    if (own && own.state !== 'granted') this.acts().endOwn();
    else if (this.#leads && other) this.acts().end(other.participant);
  }

  /** One more minute: given by those who lead, asked for by the speaker. */
  more(): void {
    const own = this.#turn;
    const turn = foremost(this.view().floor);
    if (this.#leads && turn) this.acts().extend(turn.participant, MINUTE_S);
    else if (own?.leftMs != null && own.askedMs === 0) this.acts().askMore(MINUTE_S);
  }

  /** The microphone's own button takes a turn that was given; false when there is none to take. */
  take(): boolean {
    if (this.#turn?.state !== 'granted') return false;
    this.acts().take();
    return true;
  }

  get #you(): Seat | null {
    return yourSeat(this.view());
  }

  get #leads(): boolean {
    const you = this.#you;
    return you !== null && leads(you.role);
  }

  get #turn() {
    const you = this.#you;
    return you && turnOf(this.view().floor, you.id);
  }
}

/** Whom the acts of this one reach: of a branch, only its own. */
function reached(seats: readonly Seat[], you: Seat | null): readonly Seat[] {
  return you === null ? [] : seats.filter(({ branch }) => inBranch(you, branch));
}

function pointOf({ seats }: StageView, participant: string): string {
  return seats.find(({ id }) => id === participant)?.point ?? '';
}

const MINUTE_S = 60;
