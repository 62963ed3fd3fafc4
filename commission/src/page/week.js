// The hours: a grid to paint and exact rows, both views of the draft's windows.

import { replaced } from "./shapes.js";
import { byId, element, say, text } from "./texts.js";
import { DAYS, daysOf, isWindow, minutesOf, openIn, weekOf, windowsOf, withHour } from "./windows.js";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export function makeWeek(model) {
  const table = byId("week");
  const rows = byId("rows");
  let lastWindows = null;
  let paint = null;

  const numbers = HOURS.map((hour) => element("th", { scope: "col" }, String(hour)));
  table.tHead.append(element("tr", {}, element("td"), ...numbers));
  const cells = DAYS.map((day) => HOURS.map((hour) =>
    element("button", { type: "button", class: "hour", "data-day": day, "data-hour": hour, tabindex: -1 })));
  DAYS.forEach((day, at) => {
    const name = element("th", { scope: "row" }, element("abbr", { title: text(day) }, text(`${day}-short`)));
    table.tBodies[0].append(element("tr", {}, name, ...cells[at].map((cell) => element("td", {}, cell))));
  });
  cells[0][6].tabIndex = 0;

  const placeOf = (cell) => [DAYS.indexOf(cell.dataset.day), Number(cell.dataset.hour)];
  const isFull = (cell) => cell.getAttribute("aria-pressed") === "true";

  function set(cell, isOpen, series = null) {
    const [day, hour] = placeOf(cell);
    const windows = windowsOf(withHour(weekOf(model.draft.windows), day, hour, isOpen));
    model.change({ windows }, series);
  }

  function stand(cell) {
    for (const other of table.querySelectorAll('.hour[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
  }

  table.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest(".hour");
    if (!cell || event.button !== 0) return;
    if (cell.hasPointerCapture(event.pointerId)) cell.releasePointerCapture(event.pointerId);
    paint = { isOpen: !isFull(cell), series: Symbol("paint") };
    stand(cell);
    set(cell, paint.isOpen, paint.series);
  });
  table.addEventListener("pointermove", (event) => {
    if (!paint) return;
    if (!event.buttons) return (paint = null);
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("#week .hour");
    if (cell && isFull(cell) !== paint.isOpen) set(cell, paint.isOpen, paint.series);
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (paint = null));
  // By the keyboard or a screen reader; a pointer's click was done when it went down.
  table.addEventListener("click", (event) => {
    const cell = event.target.closest(".hour");
    if (cell && event.detail === 0) set(cell, !isFull(cell));
  });

  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".hour");
    if (!cell) return;
    const [day, hour] = placeOf(cell);
    const next = {
      ArrowLeft: [day, hour - 1], ArrowRight: [day, hour + 1], ArrowUp: [day - 1, hour], ArrowDown: [day + 1, hour],
      Home: [day, 0], End: [day, 23],
    }[event.key];
    if (!next) return;
    event.preventDefault();
    const [to, at] = next;
    if (cells[to]?.[at]) stand(cells[to][at]);
  });

  byId("always").addEventListener("change", (event) => {
    if (event.target.checked) {
      lastWindows = model.draft.windows;
      model.change({ windows: null });
    } else {
      model.change({ windows: lastWindows ?? [{ days: "daily", from: "00:00", to: "24:00" }] });
    }
  });

  byId("row-add").addEventListener("click", () => {
    const windows = [...(model.draft.windows ?? []), { days: "mon-fri", from: "06:00", to: "14:00" }];
    model.change({ windows });
    rows.lastElementChild.querySelector("input").focus();
  });

  const typed = (event) => {
    const at = [...rows.children].indexOf(event.target.closest("li"));
    const { key } = event.target.dataset;
    const { windows } = model.draft;
    if (event.target.value === windows[at][key]) return;
    model.change({ windows: replaced(windows, at, { ...windows[at], [key]: event.target.value }) }, `row-${at}-${key}`);
  };
  for (const moment of ["input", "change"]) rows.addEventListener(moment, typed);
  rows.addEventListener("click", (event) => {
    if (!event.target.closest("button")) return;
    const at = [...rows.children].indexOf(event.target.closest("li"));
    model.change({ windows: model.draft.windows.filter((_, index) => index !== at) });
    (rows.children[at] ?? rows.lastElementChild)?.querySelector("button").focus();
    if (!rows.children.length) byId("row-add").focus();
  });

  function row() {
    const plain = { type: "text", autocomplete: "off", spellcheck: "false" };
    const field = (key, size) =>
      element("label", {}, `${text(`row-${key}`)} `, element("input", { ...plain, size, "data-key": key }));
    const away = element("button", { type: "button", class: "plain small" }, text("delete"));
    return element("li", {}, field("days", 12), field("from", 5), field("to", 5), away, element("span", { class: "note" }));
  }

  function renderRows(windows) {
    while (rows.children.length > windows.length) rows.lastElementChild.remove();
    while (rows.children.length < windows.length) rows.append(row());
    windows.forEach((one, at) => {
      const item = rows.children[at];
      const [start, end] = [minutesOf(one.from), minutesOf(one.to)];
      const isWrong = {
        days: daysOf(one.days) === null,
        from: start === null || start === end || start === 1440,
        to: end === null || start === end,
      };
      for (const input of item.querySelectorAll("input")) {
        const { key } = input.dataset;
        if (input.value !== one[key]) input.value = one[key];
        input.setAttribute("aria-invalid", isWrong[key]);
      }
      item.querySelector("button").setAttribute("aria-label", text("row-delete", one));
      const goesOver = isWindow(one) && end < start;
      item.querySelector(".note").textContent = goesOver ? text("over-midnight") : "";
    });
  }

  function renderGrid(week) {
    DAYS.forEach((day, at) => HOURS.forEach((hour) => {
      const cell = cells[at][hour];
      const [from, to, parts] = openIn(week, at, hour);
      const state = to - from === 0 ? "closed" : to - from === 60 && parts === 1 ? "open" : "partly";
      cell.dataset.state = state;
      cell.setAttribute("aria-pressed", { closed: "false", open: "true", partly: "mixed" }[state]);
      cell.setAttribute("aria-label", text(`hour-${state}`, { day: text(day), from: hour, to: hour + 1 }));
      cell.style.setProperty("--from", `${(from / 60) * 100}%`);
      cell.style.setProperty("--to", `${(to / 60) * 100}%`);
    }));
  }

  let rendered = undefined;

  function render() {
    const { windows } = model.draft;
    // A drag on the drawing changes the draft often, and these 168 cells not at all.
    if (windows === rendered) return;
    rendered = windows;
    const isAlways = windows === null;
    byId("always").checked = isAlways;
    renderGrid(weekOf(windows));
    renderRows(windows ?? []);
    const wrong = (windows ?? []).find((one) => !isWindow(one));
    say("hours-message", wrong ? text("row-wrong") : windows?.length === 0 ? text("never-open") : "", "warn");
  }

  byId("timezone").textContent = model.station.timezone ? text("timezone", { zone: model.station.timezone }) : "";
  model.addEventListener("change", render);
  render();
}
