// The keyboard alone does everything on the drawing: a crosshair that draws, and points and polygons that move.

import { MOST_POINTS, clamp } from "./shapes.js";
import { text } from "./texts.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** How far an arrow goes, in pixels of the frame. */
function stepOf({ shiftKey, ctrlKey, altKey }) {
  if (shiftKey) return 1;
  return ctrlKey || altKey ? 64 : 8;
}

export function keys(board, zoom) {
  const { svg, model } = board;

  svg.addEventListener("focus", () => {
    if (svg.matches(":focus-visible")) svg.dataset.keys = "";
    board.say(board.spoken(board.cursor));
  });

  // A finger has no Delete key: the list offers it for the point that was touched last.
  svg.addEventListener("focusin", (event) => {
    const hit = hitOf(board, event.target);
    board.chosen = hit && hit.point !== null ? { key: hit.shape.key, point: hit.point } : null;
    board.onstate();
  });

  svg.addEventListener("keydown", (event) => {
    const hit = hitOf(board, event.target);
    const isDone = hit ? onShape(event, hit) : onGround(event);
    if (isDone || onBoth(event, hit)) event.preventDefault();
  });

  function onBoth(event, hit) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const [x, y] = hit ? model.pixels(hit.shape.polygon[hit.point ?? 0]) : [board.cursor.x, board.cursor.y];
    if (event.key === "Escape") board.cancel();
    else if (event.key === "+") zoom.by(1);
    else if (event.key === "-") zoom.by(-1);
    else if (event.key === "0") zoom.fit();
    else return false;
    zoom.follow({ x, y });
    return true;
  }

  function onGround(event) {
    svg.dataset.keys = "";
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = stepOf(event);
      const { width, height } = model.frame;
      const [x, y] = [board.cursor.x + arrow[0] * step, board.cursor.y + arrow[1] * step];
      board.cursor = { x: clamp(x, 0, width), y: clamp(y, 0, height) };
      board.hover = board.isDrawing ? board.cursor : null;
      board.renderPending();
      zoom.follow(board.cursor);
      board.say(board.spoken(board.cursor));
      return true;
    }
    if (event.key === "c" && board.isDrawing && !event.ctrlKey && !event.metaKey) {
      board.finish();
      return true;
    }
    if (event.key !== "Enter" && event.key !== " ") return false;
    board.hover = null;
    // Half a pixel: closed only by a crosshair that stands on the point.
    if (board.isDrawing) board.place(board.cursor, 0.5, 0.5);
    else if (model.shapes.length) board.focus(board.selected ?? model.shapes[0].key);
    return true;
  }

  function onShape(event, { shape, point }) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [dx, dy] = arrow.map((part) => part * stepOf(event));
      const { polygon } = shape;
      const moved = point === null ? model.polygonMoved(polygon, dx, dy) : model.pointMoved(polygon, point, dx, dy);
      const series = `keys-${shape.key}-${point}`;
      model.setPolygon(shape, moved, series);
      const [x, y] = model.pixels(moved[point ?? 0]);
      zoom.follow({ x, y });
      board.say(point === null ? board.spoken({ x, y }) : board.pointLabel(model.shape(shape.key), point));
      return true;
    }
    if (event.key === "Delete" || event.key === "Backspace") {
      remove(board, shape, point);
      return true;
    }
    if (event.key === "Insert" && point !== null) {
      addAfter(board, shape, point);
      return true;
    }
    if (event.key !== "Enter" && event.key !== " ") return false;
    board.select(shape.key);
    if (point === null) board.focus(`${shape.key}-point-0`);
    return true;
  }
}

function hitOf(board, target) {
  const key = target.dataset?.key ?? "";
  const [, shapeKey, point] = /^(\w+-\d+)(?:-point-(\d+))?$/.exec(key) ?? [];
  const shape = shapeKey ? board.model.shape(shapeKey) : null;
  return shape && { shape, point: point === undefined ? null : Number(point) };
}

/** Deletes the point, or the whole polygon. */
export function remove(board, shape, point) {
  const { model } = board;
  if (point === null) {
    const name = board.nameOf(shape);
    model.remove(shape);
    board.svg.focus({ preventScroll: true });
    return board.say(text("deleted", { shape: name }));
  }
  if (shape.polygon.length <= 3) return board.say(text("three-stay"), "warn");
  model.setPolygon(shape, shape.polygon.filter((_, index) => index !== point));
  board.focus(`${shape.key}-point-${Math.max(point - 1, 0)}`);
  return board.say(text("point-deleted", { count: shape.polygon.length - 1, shape: board.nameOf(shape) }));
}

/** A new point on the edge after `point`; it gets the keyboard. */
export function addAfter(board, shape, point) {
  const { model } = board;
  if (shape.polygon.length >= MOST_POINTS) return board.say(text("too-many", { most: MOST_POINTS }), "warn");
  model.setPolygon(shape, model.pointAdded(shape.polygon, point));
  board.select(shape.key);
  board.focus(`${shape.key}-point-${point + 1}`);
  return board.say(board.pointLabel(model.shape(shape.key), point + 1));
}
