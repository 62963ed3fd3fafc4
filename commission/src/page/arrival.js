// A simulated arrival: what would be delivered with this draft, in the time that it really takes.

import { ask, getPicture } from "./api.js";
import { byId, element, number, say, seconds, text } from "./texts.js";

export function makeArrival(model) {
  const button = byId("arrival");
  const place = byId("arrival-pictures");

  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", true);
    place.replaceChildren();
    const { delay_ms: delay, within_ms: within } = model.draft;
    say("arrival-message", text("arrival-waiting", { from: seconds(delay), to: seconds(delay + within) }));
    try {
      const answer = await ask("/arrival", model.draft);
      if (answer.reason) refused(answer.reason);
      else await delivered(answer);
    } catch (error) {
      say("arrival-message", error.message, "bad");
    } finally {
      button.setAttribute("aria-disabled", false);
    }
  });

  async function delivered({ waited_ms: waited, pictures, proof }) {
    say("arrival-message", text("arrival-taken", { waited: seconds(waited) }));
    if (proof) place.append(element("p", { class: "proof" }, proof));
    const blobs = await Promise.all(pictures.map(({ url }) => getPicture(url)));
    const figures = pictures.map((picture, at) => {
      const { width, height, label } = picture;
      const src = URL.createObjectURL(blobs[at]);
      const image = element("img", { src, width, height, alt: text("picture-alt", { label }) });
      const kind = text(label === "full" ? "label-full" : "label-small");
      const title = `${kind}, ${width}\u00a0×\u00a0${height}`;
      const facts = element("figcaption", { class: "note" },
        element("b", {}, title), element("span", {}, `${number(picture.bytes / 1000, 0)}\u00a0kB`),
        element("code", { title: picture.sha256 }, `sha256 ${picture.sha256}`));
      // Once it is shown, nobody finds it by its address any more.
      image.decode().catch(() => {}).finally(() => URL.revokeObjectURL(src));
      // A small picture is not blown up.
      const figure = element("figure", { class: "sample-picture" }, image, facts);
      image.style.maxWidth = `${width}px`;
      return figure;
    });
    place.append(element("div", { class: "pictures" }, ...figures));
  }

  function refused({ code, text: sentence, mend }) {
    say("arrival-message", text("arrival-none"), "warn");
    const parts = [element("p", {}, element("b", {}, sentence))];
    if (mend) parts.push(element("p", {}, mend));
    if (code) parts.push(element("code", {}, code));
    place.append(element("div", { class: "said warn" }, ...parts));
  }
}
