// Mouse, pen and finger on the drawing. Clicking without moving never changes a point.

import { MOST_POINTS } from "./shapes.js";

/** How near is meant, in CSS pixels: a finger covers more than a mouse shows. */
const REACH = { mouse: 12, pen: 14, touch: 22 };
/** How far a click may slip before it is a drag. */
const SLACK = { mouse: 3, pen: 5, touch: 9 };

export function hand(board) {
  const { svg, model } = board;
  let gesture = null;

  svg.addEventListener("mousedown", (event) => event.preventDefault());
  // Else the finger would scroll the page instead of dragging what it holds.
  svg.addEventListener("touchstart", (event) => gesture?.hit && event.preventDefault(), { passive: false });
  svg.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    delete svg.dataset.keys;
    svg.setPointerCapture(event.pointerId);
    const at = board.toFrame(event);
    gesture = { start: at, client: [event.clientX, event.clientY], isMoved: false, series: Symbol("drag") };
    if (board.isDrawing) {
      svg.focus({ preventScroll: true });
      board.hover = at;
      return board.renderPending();
    }
    gesture.hit = hitAt(board, at, (REACH[event.pointerType] ?? 12) * board.unit);
    if (gesture.hit?.shape.key) board.select(gesture.hit.shape.key);
    focusHit(board, gesture.hit);
  });

  svg.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    const at = board.toFrame(event);
    if (board.isDrawing) {
      board.hover = at;
      return board.renderPending();
    }
    if (!gesture?.hit) return;
    const [x, y] = gesture.client;
    gesture.isMoved ||= Math.hypot(event.clientX - x, event.clientY - y) > (SLACK[event.pointerType] ?? 3);
    if (gesture.isMoved) drag(gesture, at);
  });

  svg.addEventListener("pointerup", (event) => {
    if (!event.isPrimary || !gesture) return;
    const at = board.toFrame(event);
    if (board.isDrawing) {
      const unit = board.unit;
      board.hover = null;
      board.place(at, (REACH[event.pointerType] ?? 12) * unit, (event.pointerType === "touch" ? 14 : 6) * unit);
    } else if (gesture.hit?.middle !== undefined && !gesture.isMoved) {
      drag(gesture, gesture.start);
    } else if (!gesture.hit) {
      board.select(null);
    }
    gesture = null;
  });

  svg.addEventListener("pointercancel", () => {
    gesture = null;
    board.hover = null;
    board.renderPending();
  });
  svg.addEventListener("pointerleave", () => {
    board.hover = null;
    board.renderPending();
  });

  function drag(now, at) {
    const { hit, start, series } = now;
    const [dx, dy] = [at.x - start.x, at.y - start.y];
    if (hit.middle !== undefined) {
      hit.shape = { ...hit.shape, polygon: model.pointAdded(hit.shape.polygon, hit.middle) };
      hit.point = hit.middle + 1;
      hit.middle = undefined;
    }
    const { polygon } = hit.shape;
    const isPoint = hit.point !== undefined;
    const moved = isPoint ? model.pointMoved(polygon, hit.point, dx, dy) : model.polygonMoved(polygon, dx, dy);
    model.setPolygon(hit.shape, moved, series);
    if (isPoint) board.focus(`${hit.shape.key}-point-${hit.point}`);
    const spot = isPoint ? model.pixels(model.shape(hit.shape.key).polygon[hit.point]) : null;
    if (spot) board.say(board.spoken({ x: spot[0], y: spot[1] }));
  }
}

/** What lies there: the nearest corner, else an edge's middle, else the topmost polygon. */
function hitAt(board, at, reach) {
  const { model } = board;
  const shapes = model.shapes.sort((a, b) => (b.key === board.selected) - (a.key === board.selected));
  const nearest = { distance: reach };
  for (const shape of shapes) {
    shape.polygon.map(model.pixels).forEach(([x, y], point) => {
      const distance = Math.hypot(x - at.x, y - at.y);
      if (distance < nearest.distance) Object.assign(nearest, { distance, shape, point });
    });
    if (shape.key === board.selected && nearest.shape) break;
  }
  if (nearest.shape) return nearest;
  const chosen = model.shape(board.selected);
  if (chosen && chosen.polygon.length < MOST_POINTS) {
    const middle = board.middlesOf(chosen).findIndex(({ x, y }) => Math.hypot(x - at.x, y - at.y) < reach);
    if (middle >= 0) return { shape: chosen, middle };
  }
  const [x, y] = model.fractions(at.x, at.y);
  // Drawn later lies on top: masks over shown areas.
  const inside = model.shapes.reverse().find((shape) => holds(shape.polygon, x, y));
  return inside ? { shape: inside } : null;
}

function focusHit(board, hit) {
  if (!hit) return board.svg.focus({ preventScroll: true });
  board.focus(hit.point === undefined ? hit.shape.key : `${hit.shape.key}-point-${hit.point}`);
}

function holds(polygon, x, y) {
  let isInside = false;
  polygon.forEach(([ax, ay], index) => {
    const [bx, by] = polygon[(index + 1) % polygon.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
  });
  return isInside;
}
