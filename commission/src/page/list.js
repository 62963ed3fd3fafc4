// Beside the drawing: the list of its polygons, whether everything is shown, the crop, and the tools' buttons.

import { addAfter, remove } from "./keys.js";
import { cropAround, isCrossed, longestEdge, replaced } from "./shapes.js";
import { byId, element, say, text } from "./texts.js";

const TOOLS = ["show", "mask", "edit"];
const SIDES = ["left", "top", "right", "bottom"];

export function makeList(board) {
  const { model } = board;
  const list = byId("shapes");
  let lastShow = null;

  for (const tool of TOOLS) byId(`tool-${tool}`).addEventListener("click", () => choose(tool));
  byId("finish").addEventListener("click", () => board.finish());
  byId("cancel").addEventListener("click", () => board.cancel());
  byId("undo").addEventListener("click", () => board.undo());
  byId("redo").addEventListener("click", () => board.redo());

  function choose(tool) {
    board.setTool(tool);
    board.say(text(tool === "edit" ? "now-edit" : `now-${tool}`));
  }

  byId("show-all").addEventListener("change", (event) => {
    if (event.target.checked) {
      if (model.draft.show !== "all") lastShow = model.draft.show;
      model.change({ show: "all" });
    } else {
      model.change({ show: lastShow ?? [] });
    }
  });

  function entry(shape) {
    const button = (act, label) => element("button", { type: "button", class: "plain small", "data-act": act }, label);
    const name = shape.kind === "mask"
      ? element("input", { type: "text", autocomplete: "off", spellcheck: "false" })
      : element("span", { class: "called" });
    const sample = element("i", { class: `sample ${shape.kind}`, "aria-hidden": "true" });
    const kind = element("span", { class: "kind" }, sample, text(`kind-${shape.kind}`));
    const words = { select: "select", add: "add-point", point: "remove-point", delete: "delete" };
    const acts = Object.entries(words).map(([act, label]) => button(act, text(label)));
    return element("li", { "data-shape": shape.key }, kind, name, element("span", { class: "acts" }, ...acts));
  }

  function fill(item, shape) {
    const label = board.nameOf(shape);
    const isSelected = shape.key === board.selected;
    item.classList.toggle("selected", isSelected);
    const name = item.querySelector("input");
    if (name) {
      name.setAttribute("aria-label", text("name-of", { shape: text("mask-number", { count: shape.index + 1 }) }));
      if (name.value !== shape.name) name.value = shape.name;
    } else {
      item.querySelector(".called").textContent = label;
    }
    for (const button of item.querySelectorAll("button")) {
      const { act } = button.dataset;
      button.setAttribute("aria-label", text(`${act}-of`, { shape: label }));
      if (act === "point") button.hidden = board.chosen?.key !== shape.key || board.chosen.point >= shape.polygon.length;
      if (act === "select") button.setAttribute("aria-pressed", isSelected);
    }
  }

  for (const moment of ["input", "change"]) {
    list.addEventListener(moment, (event) => {
      const shape = model.shape(event.target.closest("li").dataset.shape);
      if (shape && shape.name !== event.target.value) model.rename(shape, event.target.value);
    });
  }

  list.addEventListener("click", (event) => {
    const shape = model.shape(event.target.closest("li")?.dataset.shape);
    const act = event.target.closest("button")?.dataset.act;
    if (!shape || !act) return;
    if (act === "select") board.select(board.selected === shape.key ? null : shape.key);
    if (act === "point") remove(board, shape, board.chosen.point);
    if (act === "delete") {
      remove(board, shape, null);
      (list.querySelector(`[data-shape="${shape.key}"] button`) ?? byId("show-all")).focus();
    }
    if (act === "add") {
      if (board.isDrawing) board.setTool("edit");
      addAfter(board, shape, longestEdge(shape.polygon, model.pixels));
    }
  });

  function render() {
    const { shapes, draft } = model;
    const have = new Map([...list.children].map((item) => [item.dataset.shape, item]));
    shapes.forEach((shape, at) => {
      const item = have.get(shape.key) ?? entry(shape);
      have.delete(shape.key);
      if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
      fill(item, shape);
    });
    for (const item of have.values()) item.remove();
    byId("shapes-none").hidden = shapes.length > 0;
    byId("show-all").checked = draft.show === "all";
    const crossed = shapes.find(({ polygon }) => isCrossed(polygon));
    const nameless = shapes.some(({ kind, name }) => kind === "mask" && !name.trim());
    say("shapes-message", crossed ? text("crossed", { shape: board.nameOf(crossed) })
      : nameless ? text("nameless") : draft.show !== "all" && !draft.show.length ? text("nothing-shown") : "", "warn");
    for (const tool of TOOLS) byId(`tool-${tool}`).setAttribute("aria-pressed", board.tool === tool);
    byId("help-draw").hidden = !board.isDrawing;
    byId("help-edit").hidden = board.isDrawing;
    const isBegun = board.pending.length > 0;
    off("finish", !board.isDrawing || board.pending.length < 3);
    off("cancel", !board.isDrawing);
    off("undo", !isBegun && !model.canUndo);
    off("redo", isBegun || !model.canRedo);
    renderCrop();
  }

  /** Filled only by another value than the last one, so that typing is left alone. */
  const filled = {};

  function renderCrop() {
    SIDES.forEach((side, at) => {
      const value = model.draft.crop?.[at] ?? null;
      if (side in filled && filled[side] === value) return;
      filled[side] = value;
      byId(`crop-${side}`).value = value === null ? "" : String(Number((value * 100).toFixed(4)));
      byId(`crop-${side}`).setAttribute("aria-invalid", false);
    });
    off("crop-whole", !model.draft.crop);
  }

  SIDES.forEach((side, at) => {
    const typed = ({ target }) => {
      const isNone = target.value === "" && !target.validity.badInput && !model.draft.crop;
      const isWrong = !isNone && !(target.valueAsNumber >= 0 && target.valueAsNumber <= 100);
      target.setAttribute("aria-invalid", isWrong);
      if (isNone || isWrong) return;
      const now = model.draft.crop ?? [0, 0, 1, 1];
      const value = Number((target.valueAsNumber / 100).toFixed(6));
      if (value === now[at]) return;
      filled[side] = value;
      model.change({ crop: replaced(now, at, value) }, `crop-${side}`);
    };
    for (const moment of ["input", "change"]) byId(`crop-${side}`).addEventListener(moment, typed);
  });
  byId("crop-fit").addEventListener("click", () => model.change({ crop: cropAround(model.draft.show) }));
  byId("crop-whole").addEventListener("click", () => model.draft.crop && model.change({ crop: null }));
  if (model.draft.crop) byId("crop").open = true;

  board.onstate = render;
  render();
}

/** Said and shown as not usable, yet reachable: the keyboard's place is not lost. */
function off(id, isOff) {
  byId(id).setAttribute("aria-disabled", isOff);
}
