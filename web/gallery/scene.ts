/** A drawn meeting room or office as a camera would send it: the same few shapes as in the design's pictures. */
export interface Scene {
  readonly people: number;
  readonly backdrop: boolean;
  readonly coat: string;
}

export const ROOM: Scene = { people: 3, backdrop: true, coat: '#33435c' };
export const HALL: Scene = { people: 5, backdrop: true, coat: '#22304a' };
export const OFFICE: Scene = { people: 1, backdrop: false, coat: '#26344b' };

const WIDTH = 640;
const HEIGHT = 360;
const streams = new Map<Scene, MediaStream>();

/** A camera that is `still` costs the page nothing once it is drawn: for what is measured. */
export function camera(scene: Scene, { still = false } = {}): MediaStream {
  const known = streams.get(scene);
  if (known) return known;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  draw(canvas, scene);
  const stream = canvas.captureStream(2);
  // a stream of a canvas sends a frame only when something was drawn
  if (!still) setInterval(() => draw(canvas, scene), 500);
  streams.set(scene, stream);
  return stream;
}

/** A shared screen: white page with lines of text. */
export function screen(): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const paint = () => {
    const ink = pen(canvas);
    ink.fillStyle = '#ffffff';
    ink.fillRect(0, 0, 1280, 720);
    ink.fillStyle = '#16202e';
    ink.fillRect(340, 70, 600, 26);
    ink.fillStyle = '#8a97aa';
    for (let line = 0; line < 11; line += 1) ink.fillRect(120, 160 + line * 46, line % 3 === 2 ? 620 : 1040, 14);
  };
  paint();
  setInterval(paint, 500);
  return canvas.captureStream(2);
}

function draw(canvas: HTMLCanvasElement, { people, backdrop, coat }: Scene): void {
  const ink = pen(canvas);
  const wall = ink.createLinearGradient(0, 0, 0, HEIGHT);
  wall.addColorStop(0, '#b3c0d1');
  wall.addColorStop(1, '#96a6bc');
  ink.fillStyle = wall;
  ink.fillRect(0, 0, WIDTH, HEIGHT);
  if (backdrop) {
    ink.fillStyle = '#36517c';
    ink.fillRect(140, 44, 360, 150);
    ink.fillStyle = '#cfd8e4';
    ink.fillRect(235, 66, 170, 9);
    ink.fillStyle = '#cfc08a';
    ink.fillRect(205, 88, 230, 9);
  } else {
    ink.fillStyle = '#7d90ac';
    ink.fillRect(400, 20, 190, 220);
    ink.fillStyle = '#93a4bd';
    for (let shelf = 0; shelf < 3; shelf += 1)
      for (let book = 0; book < 6; book += 1) ink.fillRect(412 + book * 29, 34 + shelf * 70 + (book % 2) * 8, 20, 46);
  }
  const size = people === 1 ? 2.1 : 1 - people * 0.06;
  for (let place = 0; place < people; place += 1)
    person(ink, ((place + 1) * WIDTH) / (people + 1), people === 1 ? 120 : 196, size, coat);
  if (people === 1) return;
  ink.fillStyle = '#84705f';
  ink.fillRect(0, 270, WIDTH, 24);
  ink.fillStyle = '#5a4b40';
  ink.fillRect(0, 294, WIDTH, HEIGHT - 294);
}

function person(ink: CanvasRenderingContext2D, x: number, top: number, size: number, coat: string): void {
  ink.fillStyle = coat;
  ink.beginPath();
  ink.ellipse(x, top + 118 * size, 58 * size, 70 * size, 0, Math.PI, 0);
  ink.fill();
  ink.fillStyle = '#b9c6d6';
  ink.beginPath();
  ink.ellipse(x, top + 26 * size, 20 * size, 27 * size, 0, 0, 2 * Math.PI);
  ink.fill();
  ink.fillStyle = '#27344a';
  ink.beginPath();
  ink.ellipse(x, top + 14 * size, 22 * size, 20 * size, 0, Math.PI, 0);
  ink.fill();
}

function pen(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ink = canvas.getContext('2d');
  if (ink === null) throw new Error('this browser draws on no canvas');
  return ink;
}
