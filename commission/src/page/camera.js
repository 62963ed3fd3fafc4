// Where the frames come from. The draft has a camera only once the server has looked at it.

import { ask } from "./api.js";
import { byId, say, text } from "./texts.js";

export function makeCamera(model, onchanged) {
  const kind = byId("camera-kind");
  const fields = Object.fromEntries(["address", "position", "fps", "size"].map((name) => [name, byId(`camera-${name}`)]));
  let shown = null;

  function fitKind() {
    for (const label of document.querySelectorAll("[data-kinds]")) {
      label.hidden = !label.dataset.kinds.split(" ").includes(kind.value);
    }
  }

  function render() {
    const { camera } = model.draft;
    if (camera === shown || !camera) return;
    shown = camera;
    // Only `lineshot cameras` tells what is plugged in; the page leaves such a camera as it is.
    kind.querySelector("option[value=usb]").disabled = camera.kind !== "usb";
    kind.value = camera.kind;
    for (const [name, field] of Object.entries(fields)) field.value = camera[name] ?? "";
    fitKind();
  }

  /** Only what was typed differs from the camera that came. */
  function typed() {
    const { camera } = model.draft;
    const wanted = { ...camera, kind: kind.value };
    for (const [name, field] of Object.entries(fields)) {
      if (field.value === String(camera[name] ?? "")) continue;
      wanted[name] = field.type === "number" ? (field.value === "" ? null : field.valueAsNumber) : field.value.trim();
    }
    return wanted;
  }

  kind.addEventListener("change", fitKind);
  byId("camera-use").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", true);
    say("camera-message", text("camera-looking"));
    try {
      const camera = typed();
      const { size } = await ask("/camera", { camera });
      const [width, height] = size.split("x").map(Number);
      const isSame = JSON.stringify({ ...camera, size }) === JSON.stringify(model.draft.camera);
      model.setCamera(isSame ? model.draft.camera : { ...camera, size }, { width, height });
      fields.size.value = size;
      say("camera-message", text("camera-used", { size: `${width} × ${height}` }));
      onchanged();
    } catch (error) {
      say("camera-message", error.message, "bad");
    } finally {
      button.setAttribute("aria-disabled", false);
    }
  });

  model.addEventListener("change", render);
  render();
}
