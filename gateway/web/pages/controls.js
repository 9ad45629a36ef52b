// Sliders and switches: they send what a hand does, and show what the phone says.

import { gesture } from "./base.js";

const SAMPLE_MS = 60;
const HAND_MS = 700; // after a hand let go of a slider, what the phone says of it counts again

export const by = (id) => document.getElementById(id);

/** A slider; returns show(value). Samples go out at most every 60 ms, and the last one always does. */
export function slider(input, output, path, field, written) {
  let timer = 0;
  let touched = -Infinity;
  let sent = null;
  const paint = () => {
    input.style.setProperty("--fill", `${((input.value - input.min) / (input.max - input.min)) * 100}%`);
    output.textContent = written(Number(input.value));
  };
  const post = () => {
    timer = 0;
    if (sent === input.value) return;
    sent = input.value;
    gesture(path, { [field]: Number(input.value) });
    timer = setTimeout(post, SAMPLE_MS);
  };
  input.addEventListener("input", () => {
    touched = performance.now();
    paint();
    if (!timer) post();
  });
  paint();
  return (value) => {
    if (performance.now() - touched < HAND_MS) return;
    sent = null;
    input.value = value;
    paint();
  };
}

/** A switch; returns show(on). */
export function toggle(button, path) {
  button.addEventListener("click", () => gesture(path, { on: button.getAttribute("aria-pressed") !== "true" }));
  return (on) => button.setAttribute("aria-pressed", on);
}

/** Read the display out, but not its clocks: they change too often to be listened to. */
export function reader(el) {
  let before = "";
  return ({ line1, line2 }) => {
    const text = [line1, line2].map((line) => line.replace(/\b\d{1,2}:\d{2}(:\d{2})?\b/g, "").trim()).filter(Boolean).join(", ");
    if (text !== before) el.textContent = before = text;
  };
}
