import { sendTo } from './sound';

/** Plays a sound on the chosen speaker; settles when it is over, rejects when nothing can be played. */
export async function playChime(speaker: string, volume = 1, notes: readonly number[] = NOTES): Promise<void> {
  const url = URL.createObjectURL(new Blob([chime(notes)], { type: 'audio/wav' }));
  const audio = new Audio(url);
  audio.volume = volume;
  try {
    await sendTo(audio, speaker);
    const over = new Promise<void>((settle, reject) => {
      audio.onended = () => settle();
      audio.onerror = () => reject(new Error('the test sound cannot be played'));
    });
    await audio.play();
    await over;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Soft notes (hertz) one after the other, as a WAV file: made here, so that nothing is loaded. */
export function chime(notes: readonly number[] = NOTES): Uint8Array<ArrayBuffer> {
  const count = Math.round(notes.length * NOTE_S * RATE);
  const file = new DataView(new ArrayBuffer(HEADER + count * 2));
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i += 1) file.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  file.setUint32(4, HEADER - 8 + count * 2, true);
  text(8, 'WAVEfmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true); // PCM
  file.setUint16(22, 1, true); // one channel
  file.setUint32(24, RATE, true);
  file.setUint32(28, RATE * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  text(36, 'data');
  file.setUint32(40, count * 2, true);
  for (let i = 0; i < count; i += 1) {
    const seconds = (i / RATE) % NOTE_S;
    const hertz = notes[Math.floor(i / RATE / NOTE_S)] ?? 0;
    // swells and fades, so that no click is heard
    const swell = Math.min(seconds / 0.02, 1) * Math.exp(-4 * seconds);
    file.setInt16(HEADER + i * 2, Math.round(Math.sin(2 * Math.PI * hertz * seconds) * swell * 0.4 * 32767), true);
  }
  return new Uint8Array(file.buffer);
}

const HEADER = 44;
const RATE = 24_000;
const NOTE_S = 0.6;
const NOTES: readonly number[] = [523.25, 659.25];
