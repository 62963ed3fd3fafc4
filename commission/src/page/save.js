// From the draft to the file: first the difference, with every warning looked at, then saving, then what to do next.

import { ask, readStation } from "./api.js";
import { byId, element, say, text } from "./texts.js";

export function makeSave(model) {
  const proposal = byId("proposal");
  const saved = byId("saved");
  const save = byId("save");
  /** The draft whose difference is shown, and the version of the file that it was compared with. */
  let shown = null;

  byId("difference").addEventListener("click", async () => {
    const { draft } = model;
    saved.hidden = true;
    say("save-message", text("comparing"));
    try {
      const answer = await ask("/difference", draft);
      if (model.draft !== draft) return hide(text("stale"));
      shown = { draft, version: answer.version };
      show(answer);
    } catch (error) {
      hide("");
      say("save-message", error.message, "bad");
    }
  });

  function show({ is_same: isSame, file, lines, problems, warnings }) {
    byId("file").textContent = file;
    const signs = { same: " ", old: "−", new: "+" };
    byId("lines").replaceChildren(...lines.map(({ kind, text: line }) => {
      const spoken = kind === "same" ? null : element("span", { class: "unseen" }, `${text(`line-${kind}`)} `);
      const sign = element("span", { class: "sign", "aria-hidden": "true" }, signs[kind]);
      return element("li", { class: kind }, sign, spoken, element("code", {}, line));
    }));
    byId("problems").hidden = !problems.length;
    byId("problems").querySelector("ul").replaceChildren(...problems.map((problem) => element("li", {}, problem)));
    const fields = byId("warnings");
    fields.hidden = !warnings.length;
    fields.querySelectorAll("label").forEach((label) => label.remove());
    fields.append(...warnings.map((warning) => element("label", { class: "tick" },
      element("input", { type: "checkbox", value: warning.code, "data-code": warning.code }),
      element("span", {}, warning.text, " ", element("b", {}, text("looked-at"))))));
    shown.hasProblems = problems.length > 0;
    proposal.hidden = false;
    allow();
    if (problems.length) say("save-message", text("has-problems"), "bad");
    else if (warnings.length) say("save-message", text("has-warnings"), "warn");
    else say("save-message", text(isSame ? "is-same" : "is-ready"));
    const first = byId("lines").querySelector(".old, .new");
    byId("lines").scrollTop = first ? first.offsetTop - 60 : 0;
  }

  const ticks = () => [...byId("warnings").querySelectorAll("input")];

  function allow() {
    save.disabled = !shown || shown.hasProblems || ticks().some((tick) => !tick.checked);
  }
  byId("warnings").addEventListener("change", allow);

  function hide(sentence) {
    shown = null;
    proposal.hidden = true;
    allow();
    say("save-message", sentence);
  }

  model.addEventListener("change", () => {
    if (shown && shown.draft !== model.draft) hide(text("stale"));
  });

  save.addEventListener("click", async () => {
    const confirmed = ticks().map((tick) => tick.value);
    const { draft, version } = shown;
    save.disabled = true;
    say("save-message", text("saving"));
    try {
      const answer = await ask("/save", { draft, version, confirmed });
      hide("");
      tell(answer);
      const { station } = await readStation();
      if (model.draft === draft) model.load(station);
      else say("save-message", text("changed-meanwhile"), "warn");
    } catch (error) {
      allow();
      say("save-message", error.message, "bad");
    }
  });

  function tell({ file, reload, release, release_error: failure }) {
    const parts = [element("h3", {}, text("saved-title")), element("p", {}, text("saved-file", { file }))];
    if (failure) parts.push(element("p", { class: "said bad" }, failure));
    if (release) {
      parts.push(element("p", {}, text("saved-release")));
      const papers = [release.document, release.sheet].map((path) => element("li", {}, element("code", {}, path)));
      parts.push(element("ul", { class: "papers" }, ...papers));
      parts.push(element("p", {}, text("saved-sign")), command(release.sign));
      parts.push(element("p", {}, text("saved-install")), command(release.install));
      parts.push(element("p", {}, text("saved-reload-signed")), command(reload));
    } else {
      parts.push(element("p", {}, text("saved-reload")), command(reload));
    }
    saved.replaceChildren(...parts);
    saved.hidden = false;
    saved.focus();
  }

  function command(words) {
    const code = element("code", { tabindex: "0" }, words);
    const label = text("copy-of", { command: words });
    const copy = element("button", { type: "button", class: "plain small", "aria-label": label }, text("copy"));
    const done = element("span", { class: "note", role: "status" });
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(words);
        say(done, text("copied"));
      } catch {
        getSelection().selectAllChildren(code);
        say(done, text("copy-yourself"));
      }
    });
    return element("p", { class: "command" }, code, copy, done);
  }
}
