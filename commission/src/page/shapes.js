// The draft and its history. Holds: what nobody touched is the very value that the server sent; a draft is never
// changed, only followed by another, so that undoing leads back to exactly what was.

const KEYS = ["show", "masks", "crop", "sizes", "windows", "delay_ms", "within_ms", "dwell_ms", "camera"];

/** How long a series of key presses or typed letters counts as one change, in milliseconds. */
const SERIES = 1500;

export class Model extends EventTarget {
  #past = [];
  #future = [];
  #series = null;
  #at = 0;

  constructor(station) {
    super();
    this.load(station);
  }

  load(station) {
    this.station = station;
    this.frame = station.frame;
    this.draft = Object.fromEntries(KEYS.map((key) => [key, station[key] ?? null]));
    this.first = this.draft;
    this.#past = [];
    this.#future = [];
    this.#tell();
  }

  /** `series` joins this change to the one before: a word while it is typed, a symbol for one drag. */
  change(patch, series = null) {
    const isFresh = typeof series === "symbol" || Date.now() - this.#at < SERIES;
    const goesOn = series !== null && series === this.#series && isFresh;
    if (!goesOn) this.#past.push(this.draft);
    this.#future = [];
    this.#series = series;
    this.#at = Date.now();
    this.draft = { ...this.draft, ...patch };
    this.#tell();
  }

  /** The server looked at this camera and uses it from now on, so it is no step to be undone. */
  setCamera(camera, frame) {
    this.draft = { ...this.draft, camera };
    this.frame = frame;
    this.#tell();
  }

  undo = () => this.#step(this.#past, this.#future);
  redo = () => this.#step(this.#future, this.#past);

  #step(from, to) {
    if (!from.length) return false;
    to.push(this.draft);
    this.draft = { ...from.pop(), camera: this.draft.camera };
    this.#series = null;
    this.#tell();
    return true;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }

  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }
  get isTouched() { return JSON.stringify(this.draft) !== JSON.stringify(this.first); }

  /** Every polygon: shown areas first, then masks. */
  get shapes() {
    const shown = this.draft.show === "all" ? [] : this.draft.show;
    return [
      ...shown.map((polygon, index) => ({ kind: "show", index, key: `show-${index}`, polygon })),
      ...this.draft.masks.map(({ name, polygon }, index) => ({ kind: "mask", index, key: `mask-${index}`, name, polygon })),
    ];
  }

  shape = (key) => this.shapes.find((shape) => shape.key === key) ?? null;

  /** Adds a polygon; returns its key. What is shown becomes only this if everything was shown. */
  add(kind, polygon, name) {
    const { show, masks } = this.draft;
    const shown = show === "all" ? [] : show;
    if (kind === "show") this.change({ show: [...shown, polygon] });
    else this.change({ masks: [...masks, { name, polygon }] });
    return kind === "show" ? `show-${shown.length}` : `mask-${masks.length}`;
  }

  setPolygon(shape, polygon, series = null) {
    if (shape.kind === "show") return this.change({ show: replaced(this.draft.show, shape.index, polygon) }, series);
    const mask = { ...this.draft.masks[shape.index], polygon };
    return this.change({ masks: replaced(this.draft.masks, shape.index, mask) }, series);
  }

  rename(shape, name) {
    const mask = { ...this.draft.masks[shape.index], name };
    this.change({ masks: replaced(this.draft.masks, shape.index, mask) }, `name-${shape.index}`);
  }

  remove(shape) {
    const list = shape.kind === "show" ? "show" : "masks";
    this.change({ [list]: this.draft[list].filter((_, index) => index !== shape.index) });
  }

  /** A point of the frame in pixels as fractions: 4 decimals are a fraction of a pixel, on large frames 5. */
  fractions(x, y) {
    return [rounded(x / this.frame.width, this.frame.width), rounded(y / this.frame.height, this.frame.height)];
  }

  pixels = ([x, y]) => [x * this.frame.width, y * this.frame.height];

  /** The polygon with one point moved by pixels. */
  pointMoved(polygon, index, dx, dy) {
    const [x, y] = this.pixels(polygon[index]);
    return replaced(polygon, index, this.fractions(x + dx, y + dy));
  }

  /** The polygon moved by pixels, as far as the frame's borders let it. */
  polygonMoved(polygon, dx, dy) {
    const all = polygon.map(this.pixels);
    const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
    const moveX = clamp(dx, -Math.min(...xs), this.frame.width - Math.max(...xs));
    const moveY = clamp(dy, -Math.min(...ys), this.frame.height - Math.max(...ys));
    return all.map(([x, y]) => this.fractions(x + moveX, y + moveY));
  }

  /** The polygon with a point more, in the middle of the edge that begins at `index`. */
  pointAdded(polygon, index) {
    const [[ax, ay], [bx, by]] = [polygon[index], polygon[(index + 1) % polygon.length]].map(this.pixels);
    const middle = this.fractions((ax + bx) / 2, (ay + by) / 2);
    return [...polygon.slice(0, index + 1), middle, ...polygon.slice(index + 1)];
  }
}

/** As many as the server takes. */
export const MOST_POINTS = 64;

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

export const replaced = (list, index, value) => list.map((old, at) => (at === index ? value : old));

function rounded(fraction, side) {
  return Number(clamp(fraction, 0, 1).toFixed(side > 4000 ? 5 : 4));
}

/** The index of the longest edge: where a new point is of most use. */
export function longestEdge(polygon, pixels) {
  const lengths = polygon.map((point, index) => {
    const [[ax, ay], [bx, by]] = [point, polygon[(index + 1) % polygon.length]].map(pixels);
    return Math.hypot(bx - ax, by - ay);
  });
  return lengths.indexOf(Math.max(...lengths));
}

/** The smallest crop that holds all that is shown; null for the whole frame. */
export function cropAround(show) {
  const points = show === "all" ? [] : show.flat();
  if (!points.length) return null;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

const turn = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

/** Whether two edges cross; the server judges touching ones and is the one that counts. */
export function isCrossed(polygon) {
  const edges = polygon.map((point, index) => [point, polygon[(index + 1) % polygon.length]]);
  return edges.some(([a, b], first) =>
    edges.some(([c, d], second) => {
      if (second < first + 2 || (first === 0 && second === edges.length - 1)) return false;
      return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
    }),
  );
}
