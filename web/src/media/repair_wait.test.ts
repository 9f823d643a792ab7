import { expect, test } from 'vitest';
import { type Report, RepairWait } from './repair_wait';

/** A line over which a hundred packets a second come, of which so many are lost. */
function aLine(roundTripMs: number | undefined) {
  const wait = new RepairWait();
  let [received, lost] = [0, 0];
  return (missing: number, looks = 1) => {
    const held = Array.from({ length: looks }, () => {
      received += 100 - missing;
      lost += missing;
      const reports: Report[] = [
        { type: 'inbound-rtp', kind: 'video', packetsReceived: received, packetsLost: lost },
        { type: 'inbound-rtp', kind: 'audio', packetsReceived: received, packetsLost: 50 * received },
        { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
        {
          type: 'candidate-pair',
          nominated: true,
          ...(roundTripMs === undefined ? {} : { currentRoundTripTime: roundTripMs / 1_000 }),
        },
      ];
      return wait.at(reports);
    });
    return held;
  };
}

test('a line that loses pictures holds them for a round trip and what is noticed meanwhile, in steps that are not seen', () => {
  const look = aLine(150);
  expect(look(0, 3)).toEqual([null, null, null]);
  expect(look(5, 3)).toEqual([180, 260, 270]);
});

test('some packets that are lost for once, and what is lost of the sound, change nothing', () => {
  const look = aLine(100);
  expect([...look(2), ...look(0, 5), ...look(1)]).toEqual([null, null, null, null, null, null, null]);
});

test('what is held goes on for twenty seconds without losses, and then becomes less again', () => {
  const look = aLine(100);
  look(5, 3);
  expect(new Set(look(0, 20))).toEqual(new Set([220]));
  expect(look(0, 3)).toEqual([140, null, null]);
  expect(look(5)).toEqual([180]);
});

test('where repairs would take too long, or as long as nobody knows, nothing waits for them', () => {
  expect(new Set(aLine(250)(5, 5))).toEqual(new Set([null]));
  expect(new Set(aLine(undefined)(5, 5))).toEqual(new Set([null]));
});

test('a connection made anew, which counts from nothing, is no loss', () => {
  const wait = new RepairWait();
  const pair: Report = { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 };
  const arrived = (packetsReceived: number, packetsLost: number): readonly Report[] => [
    { type: 'inbound-rtp', kind: 'video', packetsReceived, packetsLost },
    pair,
  ];
  wait.at(arrived(90, 0));
  expect([wait.at(arrived(200, 1)), wait.at(arrived(50, 0)), wait.at(arrived(150, 0))]).toEqual([null, null, null]);
});
