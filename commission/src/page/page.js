// The page's beginning and end: reads the station, puts the parts together, and leaves no picture behind.

import { ask, readStation } from "./api.js";
import { makeArrival } from "./arrival.js";
import { makeCamera } from "./camera.js";
import { Board } from "./draw.js";
import { hand } from "./hand.js";
import { keys } from "./keys.js";
import { makeList } from "./list.js";
import { makePictures } from "./pictures.js";
import { makeSave } from "./save.js";
import { Model } from "./shapes.js";
import { byId, element, say, text } from "./texts.js";
import { makeTiming } from "./timing.js";
import { makeWeek } from "./week.js";
import { makeZoom } from "./zoom.js";

function name({ name: called, station, view, person, trial }, { width, height }) {
  document.title = `${called} (${view}) – ${text("title")}`;
  byId("place").textContent = called;
  const fact = (label, value) => element("span", {}, `${label} `, element("b", {}, value));
  byId("facts").replaceChildren(
    fact(text("fact-station"), `${station}/${view}`),
    fact(text("fact-person"), person),
    fact(text("fact-frame"), `${width}\u00a0×\u00a0${height}`),
    ...(trial ? [element("span", { class: "badge" }, text("trial"))] : []),
  );
}

/** Undo and redo from anywhere but a field, where they are the field's own. */
function shortcuts(board) {
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.target.matches?.("input:not([type=checkbox]), select, textarea")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) board.redo();
    else board.undo();
  });
}

function ending(model, pictures) {
  let isSure = false;
  let isOver = false;
  byId("end").addEventListener("click", async () => {
    if (model.isTouched && !isSure) {
      isSure = true;
      return say("end-message", text("end-unsaved"), "warn");
    }
    try {
      await ask("/end");
    } catch (error) {
      return say("end-message", error.message, "bad");
    }
    isOver = true;
    pictures.drop();
    for (const id of ["main", "end"]) byId(id).hidden = true;
    say("end-message", "");
    byId("over").hidden = false;
    byId("over").focus();
  });
  model.addEventListener("change", () => {
    if (isSure) say("end-message", "");
    isSure = false;
  });
  addEventListener("beforeunload", (event) => {
    if (model.isTouched && !isOver) event.preventDefault();
  });
  // The browser may keep a page that was left: without pictures, and it begins anew when it comes back.
  addEventListener("pagehide", () => pictures.drop());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

try {
  const { station, ahead } = await readStation();
  const model = new Model(station);
  const board = new Board(byId("drawing"), model, (sentence, tone) => say("spot", sentence, tone));
  const zoom = makeZoom(board, byId("scroller"), byId("stage"));
  const title = () => name(model.station, model.frame);
  model.addEventListener("change", title);
  title();
  makeList(board);
  hand(board);
  keys(board, zoom);
  shortcuts(board);
  makeWeek(model);
  makeTiming(model);
  makeArrival(model);
  makeSave(model);
  const pictures = makePictures(model, ahead);
  makeCamera(model, () => pictures.dropStill());
  ending(model, pictures);
  window.lineshotDraft = () => structuredClone(model.draft);
} catch (error) {
  say("message", error.message, "bad");
}
