// A canvas on which several people draw. Knows nothing of the network: it says what was drawn here, point by point, and is
// told what was drawn elsewhere.

// Points are in these units on every screen, however large the canvas is shown there.
const WIDTH = 1600;
const HEIGHT = 1000;
// The server relays 120 events a second for a socket; a mouse may move more often than that.
const POINT_EVERY_MS = 12;

export class SharedCanvas {
  /** Colour and width of what is drawn here next. */
  color = '#000000';
  brushSize = 6;
  #canvas; #context; #send; #live = false;
  #stroke = null;
  /** By who draws: the stroke that they are at, and its last point. */
  #last = new Map();

  /** `send({strokeId, color, brushSize, point})` is called for each point that is drawn here. */
  constructor(canvas, send) {
    this.#canvas = canvas;
    this.#send = send;
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    this.#context = canvas.getContext('2d');
    this.#context.lineCap = 'round';
    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, (event) => this.#end(event));
    this.live = false;
  }

  /** Whether one may draw: what nobody would see isn't drawn here either. */
  get live() { return this.#live; }

  set live(live) {
    this.#live = live;
    this.#canvas.dataset.live = live;
    if (!live) this.#stroke = null;
  }

  /** Draws a point that somebody else drew: a line from the one before it in the same stroke. */
  receive({ userId, strokeId, color, brushSize, point }) { this.#draw(userId, { strokeId, color, brushSize, point }); }

  #begin(event) {
    if (!this.#live || !event.isPrimary || event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#stroke = { strokeId: crypto.randomUUID(), color: this.color, brushSize: this.brushSize, at: 0 };
    this.#add(event);
  }

  #move(event) {
    if (this.#stroke && event.isPrimary && event.timeStamp - this.#stroke.at >= POINT_EVERY_MS) this.#add(event);
  }

  #end(event) {
    if (!this.#stroke || !event.isPrimary) return;
    this.#add(event);
    this.#stroke = null;
  }

  #add(event) {
    this.#stroke.at = event.timeStamp;
    const box = this.#canvas.getBoundingClientRect();
    const point = {
      x: Math.round(((event.clientX - box.left) / box.width) * WIDTH),
      y: Math.round(((event.clientY - box.top) / box.height) * HEIGHT),
    };
    const { strokeId, color, brushSize } = this.#stroke;
    this.#draw('', { strokeId, color, brushSize, point });
    this.#send({ strokeId, color, brushSize, point });
  }

  #draw(who, { strokeId, color, brushSize, point }) {
    const last = this.#last.get(who);
    const from = last?.strokeId === strokeId ? last.point : point;
    this.#last.set(who, { strokeId, point });
    this.#context.strokeStyle = color;
    this.#context.lineWidth = brushSize;
    this.#context.beginPath();
    this.#context.moveTo(from.x, from.y);
    this.#context.lineTo(point.x, point.y);
    this.#context.stroke();
  }
}
