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
    const kind = element("span", { class: "kind" }, element("i", { class: `sample ${shape.kind}`, "aria-hidden": "true" }), text(`kind-${shape.kind}`));
    const acts = [button("select", text("select")), button("add", text("add-point")), button("delete", text("delete"))];
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

  function renderCrop() {
    SIDES.forEach((side, at) => {
      const field = byId(`crop-${side}`);
      const value = model.draft.crop ? String(Number((model.draft.crop[at] * 100).toFixed(4))) : "";
      if (document.activeElement !== field) field.value = value;
    });
    off("crop-whole", !model.draft.crop);
  }

  SIDES.forEach((side, at) => {
    const field = byId(`crop-${side}`);
    field.addEventListener("input", () => {
      const now = model.draft.crop ?? [0, 0, 1, 1];
      if (field.value === "" || !Number.isFinite(field.valueAsNumber)) return;
      const value = Number(Math.min(Math.max(field.valueAsNumber / 100, 0), 1).toFixed(6));
      if (value !== now[at]) model.change({ crop: replaced(now, at, value) }, `crop-${side}`);
    });
    field.addEventListener("blur", renderCrop);
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
