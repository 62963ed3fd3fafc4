// Asks the server. Pictures of it live only as blob: URLs, and only as long as they are shown.

import { text } from "./texts.js";

/** The server's sentence on why not; `wait` in seconds where it may be asked again. */
export class Refused extends Error {
  constructor(sentence, status, wait = 0) {
    super(sentence);
    Object.assign(this, { status, wait });
  }
}

/** Another server of this machine could collect our cookie, but not this. It came behind the #, once. */
const SECRET = "lineshot-page";
if (location.hash.length > 1) {
  sessionStorage.setItem(SECRET, location.hash.slice(1));
  history.replaceState(null, "", "/");
}

const shown = () => ({ "X-Lineshot-Page": sessionStorage.getItem(SECRET) ?? "" });

async function send(path, body, signal) {
  let answer;
  try {
    const headers = { "Content-Type": "application/json", ...shown() };
    answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), cache: "no-store", signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(text("no-answer"), 0);
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  throw new Refused(said.error ?? text("refused", { status: answer.status }), answer.status, wait);
}

export const ask = async (path, body = {}, signal = undefined) => (await send(path, body, signal)).json();

export const askPicture = async (path, body = {}, signal = undefined) => (await send(path, body, signal)).blob();

/** A picture that the server has made. */
export async function getPicture(path) {
  const answer = await fetch(path, { cache: "no-store", headers: shown() });
  if (!answer.ok) throw new Refused(text("refused", { status: answer.status }), answer.status);
  return answer.blob();
}

/** The station, and how much the server's clock is ahead of this one in milliseconds. */
export async function readStation() {
  let answer;
  try {
    answer = await fetch("/station.json", { cache: "no-store", headers: shown() });
  } catch {
    throw new Refused(text("no-answer"), 0);
  }
  if (!answer.ok) throw new Refused(text("refused", { status: answer.status }), answer.status);
  const ahead = Date.parse(answer.headers.get("Date") ?? "") - Date.now();
  // The header has whole seconds: what is less is no difference.
  return { station: await answer.json(), ahead: Math.abs(ahead) > 2000 ? ahead : 0 };
}

/** Some <img>s that show one picture; the one before is forgotten at once. */
export class Place {
  #address = null;
  #images;

  constructor(...images) {
    this.#images = images;
  }

  async show(blob) {
    const before = this.#address;
    this.#address = URL.createObjectURL(blob);
    for (const image of this.#images) {
      image.src = this.#address;
      image.hidden = false;
    }
    if (before) URL.revokeObjectURL(before);
    await this.#images[0].decode().catch(() => {});
  }

  clear() {
    for (const image of this.#images) {
      image.removeAttribute("src");
      image.hidden = true;
    }
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }

  get address() {
    return this.#address;
  }
}
