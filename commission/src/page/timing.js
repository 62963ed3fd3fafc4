// When after an arrival the picture is taken, for how long the vehicle stays, and how wide the smaller pictures are.

import { byId, element, number, seconds, text } from "./texts.js";

const FIELDS = { delay: "delay_ms", within: "within_ms", dwell: "dwell_ms" };
/** What the server takes as a width, in pixels. */
const LEAST_WIDTH = 64;

export function makeTiming(model) {
  /** What each field was last filled with: only another value of the draft fills it anew, so typing is left alone. */
  const filled = {};

  function fill(field, value, words) {
    if (field.id in filled && filled[field.id] === value) return;
    filled[field.id] = value;
    field.value = words;
    field.setAttribute("aria-invalid", false);
  }

  function typed(field, change) {
    for (const moment of ["input", "change"]) field.addEventListener(moment, change);
  }

  for (const [id, key] of Object.entries(FIELDS)) {
    const field = byId(id);
    typed(field, () => {
      const isNone = field.value === "" && !field.validity.badInput;
      const value = isNone && key === "dwell_ms" ? null : Math.round(field.valueAsNumber * 1000);
      const isWrong = value !== null && !(value >= 0);
      if (!isWrong && value !== model.draft[key]) {
        filled[id] = value;
        model.change({ [key]: value }, id);
      }
      field.setAttribute("aria-invalid", isWrong);
      render();
    });
  }

  const sizes = byId("sizes");
  typed(sizes, () => {
    const widths = sizes.value.split(/[\s,;]+/).filter(Boolean).map(Number);
    const isWrong = !widths.every(Number.isInteger);
    if (!isWrong && JSON.stringify(widths) !== JSON.stringify(model.draft.sizes ?? [])) {
      filled.sizes = widths;
      model.change({ sizes: widths }, "sizes");
    }
    sizes.setAttribute("aria-invalid", isWrong);
    render();
  });

  function ownWidth() {
    const [left, , right] = model.draft.crop ?? [0, 0, 1, 1];
    // A hair more, for 0.95 - 0.05 is a little less than 0.9.
    return Math.floor((right - left) * model.frame.width + 1e-6);
  }

  function render() {
    const { draft, station } = model;
    for (const [id, key] of Object.entries(FIELDS)) {
      fill(byId(id), draft[key], draft[key] === null ? "" : String(draft[key] / 1000));
    }
    fill(sizes, draft.sizes, (draft.sizes ?? []).join(", "));
    byId("sizes-note").textContent = text("sizes-note", { width: number(ownWidth(), 0) });

    const { delay_ms: delay, within_ms: within, dwell_ms: dwell } = draft;
    const latency = station.latency_ms ?? 0;
    const age = station.max_age_ms ?? 0;
    // The arrival may have been so long on its way: only the rest of the stay is sure.
    const sure = dwell === null ? null : Math.max(dwell - age, 0);
    const last = delay + within;
    const said = [text("timing-between", { from: seconds(delay), to: seconds(last) })];
    if (dwell === null) said.push(text("timing-no-dwell"));
    else if (age) said.push(text("timing-stay", { dwell: seconds(dwell), age: seconds(age), sure: seconds(sure) }));
    else said.push(text("timing-stay-only", { dwell: seconds(dwell) }));
    if (sure !== null && sure < last && sure > delay + latency) said.push(text("timing-cut", { sure: seconds(sure) }));
    if (station.latency_ms) said.push(text("timing-latency", { latency: seconds(latency) }));
    renew(byId("timing-said"), said.join(" "));

    const warnings = [];
    if (dwell !== null && delay + latency + age >= dwell) {
      warnings.push(text("timing-too-late", { sum: seconds(delay + latency + age), dwell: seconds(dwell) }));
    }
    const isWrong = [...Object.keys(FIELDS), "sizes"].some((id) => byId(id).getAttribute("aria-invalid") === "true");
    if (isWrong) warnings.push(text("timing-no-value"));
    if (latency >= within) warnings.push(text("timing-too-short", { latency: seconds(latency) }));
    const own = ownWidth();
    const isOff = (width, at, all) => width < LEAST_WIDTH || width >= own || all.indexOf(width) < at;
    const off = (draft.sizes ?? []).filter(isOff);
    if (off.length) {
      warnings.push(text("sizes-wrong", { widths: off.join(", "), least: LEAST_WIDTH, width: number(own, 0) }));
    }
    const list = byId("timing-warn");
    if ([...list.children].map((item) => item.textContent).join() !== warnings.join()) {
      list.replaceChildren(...warnings.map((warning) => element("li", {}, warning)));
    }
    renderBar(delay, last, sure);
  }

  function renderBar(delay, last, sure) {
    const whole = Math.max(last, sure ?? 0, 1) * 1.04;
    const at = (value) => `${Math.min(value / whole, 1) * 100}%`;
    const stretch = (name, from, to) => {
      const part = element("span", { class: `stretch ${name}` });
      Object.assign(part.style, { left: at(from), width: at(Math.max(to - from, 0)) });
      return part;
    };
    const marks = [["arrival", 0], ["earliest", delay], ["latest", last], ...(sure === null ? [] : [["gone", sure]])];
    const pins = marks.map(([name, value], index) => {
      const pin = element("span", { class: `pin ${name}`, "data-number": index + 1 });
      pin.style.left = at(value);
      return pin;
    });
    const parts = sure === null ? [] : [stretch("stay", 0, sure)];
    byId("bar").replaceChildren(...parts, stretch("frames", delay, last), ...pins);
    byId("marks").replaceChildren(...marks.map(([name, value]) =>
      element("li", {}, element("span", {}, text(`mark-${name}`)), " ", element("b", {}, seconds(value)))));
  }

  model.addEventListener("change", render);
  render();
}

/** A live region that is not changed says nothing. */
function renew(region, sentence) {
  if (region.textContent !== sentence) region.textContent = sentence;
}
