import { expect, test } from 'vitest';
import { preferred } from './codecs';

/** As Chromium 156 and Firefox 153 list them. */
const CHROMIUM = [
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' },
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
  { mimeType: 'video/VP8' },
  { mimeType: 'video/rtx' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=0;tier=0' },
  { mimeType: 'video/red' },
  { mimeType: 'video/ulpfec' },
];
const FIREFOX = [
  { mimeType: 'video/VP9', sdpFmtpLine: 'max-fs=12288;max-fr=60' },
  { mimeType: 'video/VP8', sdpFmtpLine: 'max-fs=12288;max-fr=60' },
  { mimeType: 'video/rtx' },
  { mimeType: 'video/red' },
];
const names = (codecs: readonly { mimeType: string }[]) => codecs.map(({ mimeType }) => mimeType);

test('VP8 comes first, and retransmission is kept', () => {
  expect(names(preferred('video', CHROMIUM))).toEqual(['video/VP8', 'video/H264', 'video/VP9', 'video/rtx']);
  expect(names(preferred('video', FIREFOX))).toEqual(['video/VP8', 'video/VP9', 'video/rtx']);
});

test('of H.264 and VP9 only the profile that everybody knows is offered', () => {
  expect(preferred('video', CHROMIUM).map(({ sdpFmtpLine }) => sdpFmtpLine ?? '')).toEqual([
    '',
    'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    'profile-id=0',
    '',
  ]);
});

test('sound is Opus, with redundancy where the browser can', () => {
  const codecs = [{ mimeType: 'audio/PCMU' }, { mimeType: 'audio/opus' }, { mimeType: 'audio/telephone-event' }];
  expect(names(preferred('audio', codecs))).toEqual(['audio/opus']);
  expect(names(preferred('audio', [{ mimeType: 'audio/red' }, ...codecs]))).toEqual(['audio/opus', 'audio/red']);
});
