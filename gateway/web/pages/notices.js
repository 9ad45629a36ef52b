// What went wrong and what to do about it, one notice a matter, until it is over or closed.

import { word } from "./words.js";

const shown = new Map();

/** Show, or replace, the notice of one matter. action: {text, run}. */
export function notice(matter, text, { mild = false, action = null } = {}) {
  settle(matter);
  const box = document.createElement("div");
  box.className = mild ? "notice mild" : "notice";
  box.dataset.matter = matter;
  const line = document.createElement("p");
  line.textContent = text;
  box.append(line);
  if (action) box.append(button(action.text, () => (settle(matter), action.run())));
  else box.append(button(word("close"), () => settle(matter)));
  document.getElementById("notices").append(box);
  shown.set(matter, box);
}

/** The matter is over. */
export function settle(matter) {
  shown.get(matter)?.remove();
  shown.delete(matter);
}

function button(text, run) {
  const el = document.createElement("button");
  el.type = "button";
  el.textContent = text;
  el.addEventListener("click", run);
  return el;
}
