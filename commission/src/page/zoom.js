// Nearer to the drawing and back: the stage grows inside a container that scrolls.

import { byId, number } from "./texts.js";

const STEPS = [1, 1.5, 2, 3, 4, 6, 8];

export function makeZoom(board, scroller, stage) {
  let step = 0;

  /** The middle of what is seen stays where it is. */
  function set(next) {
    const [wide, high] = [scroller.clientWidth, scroller.clientHeight];
    const middle = [(scroller.scrollLeft + wide / 2) / stage.offsetWidth, (scroller.scrollTop + high / 2) / stage.offsetHeight];
    step = Math.min(Math.max(next, 0), STEPS.length - 1);
    stage.style.width = `${STEPS[step] * 100}%`;
    scroller.classList.toggle("near", step > 0);
    scroller.scrollTo(middle[0] * stage.offsetWidth - wide / 2, middle[1] * stage.offsetHeight - high / 2);
    byId("zoom-now").textContent = `${number(STEPS[step] * 100, 0)}\u00a0%`;
    board.render();
  }

  function shape() {
    const { width, height } = board.model.frame;
    for (const box of [scroller, stage]) box.style.aspectRatio = `${width} / ${height}`;
  }

  /** Scrolls so that a place of the frame is seen. */
  function follow({ x, y }) {
    if (step === 0) return;
    const [left, top] = [x / board.unit, y / board.unit];
    const edge = 48;
    const near = (now, size, at) => Math.min(Math.max(now, at - size + edge), at - edge);
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = scroller;
    scroller.scrollTo(near(scrollLeft, clientWidth, left), near(scrollTop, clientHeight, top));
  }

  byId("zoom-in").addEventListener("click", () => set(step + 1));
  byId("zoom-out").addEventListener("click", () => set(step - 1));
  byId("zoom-fit").addEventListener("click", () => set(0));
  board.model.addEventListener("change", shape);
  shape();
  return { by: (steps) => set(step + steps), fit: () => set(0), follow };
}
