// The drawing over the still: what is seen of the draft, which tool is in hand, which polygon is being drawn.
// All places are in pixels of the frame; the pointer is in hand.js, the keyboard in keys.js.

import { MOST_POINTS, clamp, isCrossed } from "./shapes.js";
import { percent, text } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";

export class Board {
  tool = "edit";
  pending = [];
  hover = null;
  selected = null;
  /** The corner that had the keyboard or the pointer last, as { key, point }. */
  chosen = null;
  /** Told when a tool is chosen, or a polygon chosen, begun or closed. */
  onstate = () => {};

  constructor(svg, model, say) {
    Object.assign(this, { svg, model, say });
    this.cursor = { x: model.frame.width / 2, y: model.frame.height / 2 };
    model.addEventListener("change", () => this.render());
    new ResizeObserver(() => this.render()).observe(svg);
  }

  /** Pixels of the frame for one CSS pixel. */
  get unit() {
    const { width } = this.svg.getBoundingClientRect();
    return width ? this.model.frame.width / width : 1;
  }

  get isDrawing() { return this.tool !== "edit"; }

  toFrame({ clientX, clientY }) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  setTool(tool) {
    if (this.pending.length) this.say(text("cancelled"));
    this.pending = [];
    this.hover = null;
    this.tool = tool;
    this.svg.dataset.tool = tool;
    if (tool !== "edit") this.selected = null;
    this.render();
  }

  select(key) {
    this.selected = key;
    if (this.tool !== "edit") this.setTool("edit");
    else this.render();
  }

  /** A point of the polygon that is being drawn; on the first or again on the last point it closes. */
  place({ x, y }, nearFirst = 0, nearLast = 0) {
    const { width, height } = this.model.frame;
    const inside = { x: clamp(x, 0, width), y: clamp(y, 0, height) };
    const near = (point, reach) => point && Math.hypot(point.x - x, point.y - y) <= reach;
    const [first, last] = [this.pending[0], this.pending.at(-1)];
    if (this.pending.length > 2 && (near(first, nearFirst) || near(last, nearLast))) return this.finish();
    if (near(last, nearLast) || near(first, nearLast)) return;
    if (this.pending.length === MOST_POINTS) return this.say(text("too-many", { most: MOST_POINTS }), "warn");
    this.pending.push(inside);
    this.cursor = { ...inside };
    const said = { count: this.pending.length, place: this.spoken(inside) };
    this.say(text(said.count < 3 ? "placed" : "placed-enough", said));
    this.render();
  }

  finish() {
    if (!this.isDrawing) return;
    if (this.pending.length < 3) return this.say(text("too-few"), "warn");
    const kind = this.tool;
    const wasAll = this.model.draft.show === "all";
    const polygon = this.pending.map(({ x, y }) => this.model.fractions(x, y));
    this.pending = [];
    const key = this.model.add(kind, polygon, kind === "mask" ? this.freeName() : null);
    this.select(key);
    const closed = text("closed", { shape: this.nameOf(this.model.shape(key)), count: polygon.length });
    this.say(kind === "show" && wasAll ? `${closed} ${text("no-longer-all")}` : closed);
  }

  cancel() {
    if (this.pending.length) {
      this.pending = [];
      this.say(text("cancelled"));
      this.render();
    } else {
      this.setTool("edit");
    }
  }

  /** Undoing while a polygon is being drawn takes back its last point. */
  undo() {
    if (this.pending.length) {
      this.pending.pop();
      this.say(text("point-taken-back"));
      return this.render();
    }
    if (this.model.undo()) this.say(text("undone"));
  }

  redo() {
    if (!this.pending.length && this.model.redo()) this.say(text("redone"));
  }

  freeName() {
    const names = new Set(this.model.draft.masks.map(({ name }) => name));
    for (let count = 1; ; count += 1) {
      const name = text("mask-name", { count });
      if (!names.has(name)) return name;
    }
  }

  nameOf(shape) {
    if (shape.kind === "show") return text("shown-area", { count: shape.index + 1 });
    // Not "mask mask 1".
    return /^mask/i.test(shape.name) ? shape.name : text("mask-of", { name: shape.name });
  }

  spoken = ({ x, y }) => text("spot", { x: percent(x / this.model.frame.width), y: percent(y / this.model.frame.height) });

  pointLabel(shape, index) {
    const [x, y] = shape.polygon[index].map(percent);
    return text("point", { index: index + 1, count: shape.polygon.length, shape: this.nameOf(shape), x, y });
  }

  render() {
    const { svg, model } = this;
    const { width, height } = model.frame;
    if (this.selected && !model.shape(this.selected)) this.selected = null;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const rect of [svg.querySelector("#veil"), svg.querySelector("#seen-mask")]) put(rect, { x: 0, y: 0, width, height });
    const unit = this.unit;
    put(svg.querySelector("#hatch"), { patternTransform: `scale(${unit}) rotate(45)` });
    const shapes = model.shapes;
    const focused = document.activeElement?.closest?.("#drawing [data-key]")?.dataset.key;
    this.#renderHoles(shapes);
    this.#renderAreas(shapes);
    this.#renderNames(shapes, unit);
    this.#renderPoints(shapes, unit);
    this.#renderCut();
    this.renderPending();
    if (focused && document.activeElement === document.body) this.focus(focused);
    this.onstate();
  }

  focus(key) {
    (this.svg.querySelector(`[data-key="${CSS.escape(key)}"][tabindex]`) ?? this.svg).focus({ preventScroll: true });
  }

  #renderHoles(shapes) {
    const { width, height } = this.model.frame;
    const isAll = this.model.draft.show === "all";
    const ground = { tag: "rect", key: "ground", x: 0, y: 0, width, height, fill: isAll ? "#000" : "#fff" };
    const holes = shapes.map((shape) => ({
      tag: "polygon", key: shape.key, points: this.#points(shape.polygon), fill: shape.kind === "show" ? "#000" : "#fff",
    }));
    renew(this.svg.querySelector("#holes"), [ground, ...holes]);
  }

  #renderAreas(shapes) {
    const areas = shapes.map((shape) => {
      const isSelected = shape.key === this.selected;
      const said = { count: shape.polygon.length, shape: this.nameOf(shape) };
      const reach = this.isDrawing
        ? { "aria-hidden": "true" }
        : { tabindex: 0, role: "button", "aria-pressed": isSelected, "aria-label": text("polygon", said) };
      const crossed = isCrossed(shape.polygon) ? " crossed" : "";
      const look = `area ${shape.kind}${isSelected ? " selected" : ""}${crossed}`;
      return { tag: "polygon", key: shape.key, points: this.#points(shape.polygon), class: look, ...reach };
    });
    renew(this.svg.querySelector("#areas"), areas);
  }

  #renderNames(shapes, unit) {
    const names = shapes.map((shape) => {
      const pixels = shape.polygon.map(this.model.pixels);
      const [left, top] = [0, 1].map((axis) => Math.min(...pixels.map((pixel) => pixel[axis])));
      const [right, bottom] = [0, 1].map((axis) => Math.max(...pixels.map((pixel) => pixel[axis])));
      const place = shape.kind === "show"
        ? { x: left + 8 * unit, y: top + 18 * unit }
        : { x: (left + right) / 2, y: (top + bottom) / 2, "text-anchor": "middle", "dominant-baseline": "central" };
      const words = shape.kind === "show" ? this.nameOf(shape) : shape.name;
      const look = { class: `name ${shape.kind}`, "font-size": 13 * unit, "aria-hidden": "true" };
      return { tag: "text", key: shape.key, words, ...look, ...place };
    });
    renew(this.svg.querySelector("#names"), names);
  }

  #renderPoints(shapes, unit) {
    if (this.isDrawing) return renew(this.svg.querySelector("#points"), []);
    const points = shapes.flatMap((shape) => {
      const isSelected = shape.key === this.selected;
      const isReached = isSelected || !this.selected;
      const corners = shape.polygon.map((point, index) => {
        const [cx, cy] = this.model.pixels(point);
        const look = `corner ${shape.kind}${isSelected ? " selected" : ""}`;
        const reach = isReached
          ? { tabindex: 0, role: "button", "aria-label": this.pointLabel(shape, index) }
          : { "aria-hidden": "true" };
        const r = (isSelected ? 7 : 5) * unit;
        return { tag: "circle", key: `${shape.key}-point-${index}`, cx, cy, r, class: look, ...reach };
      });
      return isSelected ? [...this.#middles(shape, unit), ...corners] : corners;
    });
    renew(this.svg.querySelector("#points"), points);
  }

  #middles(shape, unit) {
    if (shape.polygon.length >= MOST_POINTS) return [];
    const look = { r: 4.5 * unit, class: "middle", "aria-hidden": "true" };
    return this.middlesOf(shape).map(({ x, y }, index) => (
      { tag: "circle", key: `${shape.key}-middle-${index}`, cx: x, cy: y, ...look }
    ));
  }

  middlesOf(shape) {
    const pixels = shape.polygon.map(this.model.pixels);
    return pixels.map(([x, y], index) => {
      const [nextX, nextY] = pixels[(index + 1) % pixels.length];
      return { x: (x + nextX) / 2, y: (y + nextY) / 2 };
    });
  }

  #renderCut() {
    const { crop } = this.model.draft;
    const cut = this.svg.querySelector("#cut");
    cut.toggleAttribute("hidden", !crop);
    if (!crop) return;
    const [[x, y], [right, bottom]] = [this.model.pixels(crop.slice(0, 2)), this.model.pixels(crop.slice(2))];
    put(cut, { x, y, width: Math.max(right - x, 0), height: Math.max(bottom - y, 0) });
  }

  /** Only the polygon being drawn and the crosshair: they follow the pointer. */
  renderPending() {
    const unit = this.unit;
    const places = this.hover && this.pending.length ? [...this.pending, this.hover] : this.pending;
    const points = places.map(({ x, y }) => `${x},${y}`).join(" ");
    const line = { tag: "polyline", key: "line", points, class: `line ${this.tool}` };
    const dots = this.pending.map(({ x, y }, index) => (
      { tag: "circle", key: `dot-${index}`, cx: x, cy: y, r: (index ? 5 : 8) * unit, class: index ? "dot" : "dot first" }
    ));
    renew(this.svg.querySelector("#pending"), places.length ? [line, ...dots] : []);
    const { x, y } = this.cursor;
    const [near, far] = [5 * unit, 22 * unit];
    const across = `M${x - far} ${y}H${x - near}M${x + near} ${y}H${x + far}`;
    const d = `${across}M${x} ${y - far}V${y - near}M${x} ${y + near}V${y + far}`;
    const strokes = ["rim", "core"].map((look) => ({ tag: "path", key: look, d, class: look }));
    renew(this.svg.querySelector("#crosshair"), strokes);
  }

  #points = (polygon) => polygon.map((point) => this.model.pixels(point).join(",")).join(" ");
}

function put(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

/** Brings a group to what is wanted; what stays keeps its element, so the keyboard's place stays. */
function renew(group, wanted) {
  const have = new Map([...group.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const { tag, key, words, ...attributes } of wanted) {
    const node = have.get(key) ?? document.createElementNS(SVG, tag);
    have.delete(key);
    for (const { name } of [...node.attributes]) name === "data-key" || name in attributes || node.removeAttribute(name);
    put(node, { "data-key": key, ...attributes });
    if (words !== undefined && node.textContent !== words) node.textContent = words;
    const place = before ? before.nextSibling : group.firstChild;
    if (node !== place) group.insertBefore(node, place);
    before = node;
  }
  for (const node of have.values()) node.remove();
}
