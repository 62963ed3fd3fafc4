// Renews the page each second without reloading it. Only what is marked data-live changes; in a data-list,
// only the children that changed, by their ids. So nothing that is typed is lost, and the keyboard's place stays.
"use strict";

function merge(have, want) {
  if (have.isEqualNode(want)) return;
  if (have.tagName !== want.tagName) return have.replaceWith(want);
  for (const { name } of [...have.attributes]) want.hasAttribute(name) || have.removeAttribute(name);
  for (const { name, value } of want.attributes) have.setAttribute(name, value);
  if (!("list" in want.dataset)) return have.replaceChildren(...want.childNodes);
  const ids = new Set([...want.children].map((child) => child.id));
  [...have.children].filter((child) => !ids.has(child.id)).forEach((child) => child.remove());
  [...want.children].forEach((child, index) => {
    const old = [...have.children].find((other) => other.id === child.id);
    old ? merge(old, child) : have.insertBefore(child, have.children[index] ?? null);
  });
}

async function renew() {
  try {
    const answer = await fetch("/main", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const place = document.activeElement?.id;
    if ("ended" in main.dataset) document.querySelector("main").replaceWith(main);
    for (const want of main.querySelectorAll("[data-live]")) {
      const have = document.getElementById(want.id);
      if (have && have !== want) merge(have, want);
    }
    if (place && document.activeElement === document.body) document.getElementById(place)?.focus();
    delete document.body.dataset.gone;
    return !("ended" in main.dataset);
  } catch {
    document.body.dataset.gone = "";
    return true;
  }
}

async function watch() {
  if (await renew()) setTimeout(watch, 1000);
}

addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  const answer = await fetch("/do", { method: "POST", body }).catch(() => null);
  answer?.ok ? renew() : event.target.submit();
});

watch();
