// The still behind the drawing and the covered result beside it. Holds: on a phone no still is asked for, and one that is
// there is dropped; nothing is kept; a still is gone as soon as another is shown or its time is over.

import { Place, askPicture } from "./api.js";
import { byId, say, text } from "./texts.js";

/** After a change, so that not every pixel of a drag is developed. */
const PAUSE = 250;
/** The server gives one still in this time, in seconds. */
const REST = 5;

export function makePictures(model, ahead) {
  const phone = matchMedia("(max-width: 640px)");
  const still = new Place(byId("raw"));
  const covered = new Place(byId("covered"), byId("behind"));
  const button = byId("still");
  let isAllowed = model.station.is_raw_allowed;
  let isOver = false;
  let rest = 0;

  const left = () => Date.parse(model.station.stills_end) - Date.now() - ahead;

  function tick() {
    if (isOver) return;
    if (rest > 0) rest -= 1;
    if (isAllowed && left() <= 0) noMore(text("stills-over"));
    button.setAttribute("aria-disabled", rest > 0 || !isAllowed);
    button.textContent = rest > 0 ? text("still-rest", { seconds: rest }) : text("still");
    const minutes = Math.ceil(left() / 60_000);
    byId("still-left").textContent = !isAllowed ? text("stills-none")
      : minutes > 1 ? text("still-left", { minutes }) : text("still-last");
  }

  function noMore(sentence) {
    isAllowed = false;
    still.clear();
    say("message", sentence, "warn");
  }

  /** The program is gone, or nobody may look any more. */
  function dropIfOver({ status }) {
    if ([0, 403, 410, 503].includes(status)) still.clear();
  }

  button.addEventListener("click", async () => {
    if (rest > 0 || !isAllowed || phone.matches || isOver) return;
    rest = REST + 1;
    tick();
    say("message", text("taking"));
    try {
      const blob = await askPicture("/still");
      if (isOver || phone.matches) return;
      await still.show(blob);
      say("message", text("taken"));
      renew();
    } catch (error) {
      dropIfOver(error);
      if (error.status === 410) noMore(error.message);
      else say("message", error.message, "bad");
      rest = error.status === 429 ? Math.max(error.wait, 1) : 1;
      tick();
    }
  });

  phone.addEventListener("change", () => {
    if (phone.matches) dropStill();
    else renew();
  });

  let timer = 0;
  let call = null;

  /** Shows what the darkroom makes of the draft; an earlier call is of no more interest. */
  async function renew() {
    clearTimeout(timer);
    call?.abort();
    if (isOver) return;
    const mine = new AbortController();
    call = mine;
    const { crop } = model.draft;
    byId("result").classList.add("busy");
    try {
      const blob = await askPicture("/covered", model.draft, mine.signal);
      if (mine.signal.aborted || isOver) return;
      await covered.show(blob);
      lieUnder(crop);
      for (const id of ["covered-open", "covered-note"]) byId(id).hidden = false;
      byId("covered-none").hidden = true;
      byId("result").classList.remove("stale");
      say("covered-message", "");
      if (byId("full").open) byId("full-picture").src = covered.address;
    } catch (error) {
      if (error.name === "AbortError") return;
      dropIfOver(error);
      // What is shown belongs to an earlier draft.
      byId("result").classList.add("stale");
      say("covered-message", error.message, "bad");
      // Too soon after the last: it comes by itself.
      if (error.status === 429) timer = setTimeout(renew, Math.max(error.wait, 2) * 1000);
    } finally {
      if (call === mine) byId("result").classList.remove("busy");
    }
  }

  /** The covered result lies where it belongs under the drawing: it is the whole frame or its crop. */
  function lieUnder(crop) {
    const { naturalWidth, naturalHeight } = byId("covered");
    const { width, height } = model.frame;
    const isWhole = !crop || (naturalWidth === width && naturalHeight === height);
    const [l, t, r, b] = isWhole ? [0, 0, 1, 1] : crop;
    const part = { left: l, top: t, width: r - l, height: b - t };
    for (const [side, value] of Object.entries(part)) byId("behind").style[side] = `${value * 100}%`;
  }

  let seen = null;
  model.addEventListener("change", () => {
    const { show, masks, crop, camera } = model.draft;
    const now = [show, masks, crop, camera];
    const isSame = seen?.every((value, at) => value === now[at]);
    seen = now;
    if (isSame || phone.matches || isOver) return;
    // What is shown is of an earlier draft from now on.
    byId("result").classList.add("busy");
    call?.abort();
    call = null;
    clearTimeout(timer);
    timer = setTimeout(renew, PAUSE);
  });

  byId("covered-view").addEventListener("click", renew);
  byId("covered-open").addEventListener("click", () => {
    byId("full-picture").src = covered.address;
    byId("full").showModal();
  });
  byId("full-close").addEventListener("click", () => byId("full").close());
  byId("full").addEventListener("close", () => byId("full-picture").removeAttribute("src"));

  function dropStill() {
    still.clear();
    say("message", "");
  }

  function drop() {
    isOver = true;
    call?.abort();
    clearTimeout(timer);
    still.clear();
    covered.clear();
    byId("full").close();
    byId("arrival-pictures").replaceChildren();
  }

  setInterval(tick, 1000);
  tick();
  if (!phone.matches) renew();
  return { drop, dropStill };
}
