// Making and pressing drawn things.

const SVG = "http://www.w3.org/2000/svg";

/** A new element in parent. */
export function draw(parent, tag, attributes = {}, text = "") {
  const el = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text) el.textContent = text;
  return el;
}

/** Call run on a click, on Enter and on the space bar. */
export function onPress(el, run) {
  el.addEventListener("click", run);
  el.addEventListener("keydown", (event) => {
    if ((event.key !== "Enter" && event.key !== " ") || event.repeat) return;
    event.preventDefault();
    run(event);
  });
}

/** Point at `radius` and clockwise `degrees` from the top. */
export function polar(radius, degrees) {
  const turn = (degrees * Math.PI) / 180;
  return [radius * Math.sin(turn), -radius * Math.cos(turn)];
}

/** A rosette of holes, as of an old receiver. */
export function grille(parent, rings, size) {
  draw(parent, "circle", { r: size });
  rings.forEach(([radius, count], ring) => {
    for (let n = 0; n < count; n++) {
      const [cx, cy] = polar(radius, (360 * n) / count + ring * 15);
      draw(parent, "circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: size });
    }
  });
}
