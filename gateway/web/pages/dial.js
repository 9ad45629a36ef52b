// The round dial: plate, wheel, finger stop, and the hub with the display. Touched, or turned.

import { gesture } from "./base.js";
import { matrix } from "./matrix.js";
import * as sound from "./sound.js";
import { draw, onPress, polar } from "./svg.js";
import { Wheel, travel } from "./wheel.js";
import { word } from "./words.js";

const HOLES = "1234567890"; // counter-clockwise from two o'clock, as on every French dial
const LETTERS = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MN", 7: "PRS", 8: "TUV", 9: "WXY", 0: "OQ" };
const [PLATE, RIM, WHEEL, RING, HOLE, HUB] = [242, 230, 217, 179, 33, 139];
const STOP_DEG = 120;
const TAP_DEG = 5; // a finger that moved less has tapped

const angle = (digit) => 60 - 30 * HOLES.indexOf(digit);

export class Dial {
  constructor(root) {
    this.root = root;
    this.kind = "touch";
    this.finger = null; // {digit, pointer, from, wound, told}
    this.#drawPlate();
    this.wheel = new Wheel(
      (degrees) => this.disc.setAttribute("transform", `rotate(${degrees.toFixed(2)})`),
      sound.pulse,
      sound.whirr,
    );
    this.#drawWheel();
    this.#drawHub();
  }

  /** Show what the phone says of its dial and display. */
  show(snapshot) {
    const { dial, display, handset } = snapshot;
    this.kind = dial.kind;
    this.root.classList.toggle("rotary", dial.kind === "rotary");
    this.root.classList.toggle("touch", dial.kind === "touch");
    this.display.show(display.line1, display.line2);
    this.mute.setAttribute("aria-pressed", handset.muted);
    if (this.finger) return; // one's own finger is on it
    if (!dial.off_rest) this.wheel.home();
    else if (dial.pulses > 0) this.wheel.home();
    else if (this.turning !== dial.turning) this.wheel.wind(dial.turning);
    this.turning = dial.off_rest ? dial.turning : "";
  }

  /** Names in the page's language. */
  speak() {
    for (const [digit, hole] of Object.entries(this.holes))
      hole.setAttribute("aria-label", [word("hole"), digit, ...(LETTERS[digit] ?? "")].join(" "));
    this.keys["*"].setAttribute("aria-label", word("star"));
    this.keys["#"].setAttribute("aria-label", word("hash"));
    this.keys.R.setAttribute("aria-label", word("flashTitle"));
    this.mute.setAttribute("aria-label", word("mute"));
  }

  /** One key, however it was pressed. The turning dial turns by itself for a tap. */
  press(key) {
    if (this.kind === "rotary" && HOLES.includes(key)) gesture("dial/turn", { digits: key });
    else gesture("dial/touch", { keys: key });
    this.#flash(key);
  }

  #flash(key) {
    const hole = this.holes[key] ?? this.keys[key];
    hole.classList.add("pressed");
    setTimeout(() => hole.classList.remove("pressed"), 160);
  }

  #drawPlate() {
    draw(this.root, "circle", { r: PLATE + 7, class: "bezel" });
    draw(this.root, "path", { d: `M-150 ${Math.sqrt((PLATE + 7) ** 2 - 150 ** 2)}A${PLATE + 7} ${PLATE + 7} 0 0 0 150 ${Math.sqrt((PLATE + 7) ** 2 - 150 ** 2)}`, class: "bezel-light" });
    draw(this.root, "circle", { r: PLATE, class: "plate" });
    for (const digit of HOLES) {
      const [x, y] = polar(RING, angle(digit));
      draw(this.root, "text", { x: x.toFixed(1), y: (y + 2).toFixed(1), class: "figure", "aria-hidden": true }, digit);
      if (!LETTERS[digit]) continue;
      const [lx, ly] = polar(RIM, angle(digit));
      const upright = Math.cos((angle(digit) * Math.PI) / 180) < -0.1 ? angle(digit) + 180 : angle(digit);
      const at = `translate(${lx.toFixed(1)} ${ly.toFixed(1)}) rotate(${upright})`;
      draw(this.root, "text", { transform: at, class: "letters", "aria-hidden": true }, LETTERS[digit]);
    }
  }

  #drawWheel() {
    this.disc = draw(this.root, "g", { class: "wheel", "aria-hidden": true });
    const ring = (r) => `M0 ${-r}A${r} ${r} 0 1 1 0 ${r}A${r} ${r} 0 1 1 0 ${-r}z`;
    let shape = ring(WHEEL) + ring(HUB - 1);
    for (const digit of HOLES) {
      const [x, y] = polar(RING, angle(digit));
      shape += `M${x + HOLE} ${y}a${HOLE} ${HOLE} 0 1 0 ${-2 * HOLE} 0a${HOLE} ${HOLE} 0 1 0 ${2 * HOLE} 0z`;
    }
    const face = draw(this.disc, "g", { filter: "url(#cast-near)" });
    draw(face, "path", { d: shape, class: "wheel-shape", "fill-rule": "evenodd" });
    draw(this.disc, "circle", { r: WHEEL - 1.5, class: "hole-light" });
    for (const digit of HOLES) {
      const [cx, cy] = polar(RING, angle(digit));
      draw(this.disc, "circle", { cx, cy, r: HOLE, class: "hole-edge" });
      draw(this.disc, "path", { d: `M${cx - HOLE - 1.5} ${cy + 6}A${HOLE + 2} ${HOLE + 2} 0 0 0 ${cx + HOLE + 1.5} ${cy + 6}`, class: "hole-light" });
    }
    this.holes = {};
    for (const digit of HOLES) {
      const [cx, cy] = polar(RING, angle(digit));
      const hole = draw(this.root, "circle", { cx, cy, r: HOLE + 2, class: "hole", role: "button", tabindex: 0, "data-digit": digit });
      this.holes[digit] = hole;
      hole.addEventListener("pointerdown", (event) => this.#fingerDown(event, digit));
      onPress(hole, (event) => (event.type === "keydown" || this.kind === "touch") && this.press(digit));
    }
    this.root.addEventListener("pointermove", (event) => this.#fingerMoves(event));
    for (const end of ["pointerup", "pointercancel"]) this.root.addEventListener(end, (event) => this.#fingerLeaves(event));
    const stop = draw(this.root, "g", { class: "stop", transform: `rotate(${STOP_DEG})`, filter: "url(#cast-near)", "aria-hidden": true });
    draw(stop, "path", { d: "M-10-250C-11-228-14-206-9-182A9 9 0 0 0 9-182C6-206 8-228 11-250Z", fill: "url(#steel)" });
  }

  #drawHub() {
    draw(this.root, "circle", { r: HUB, class: "hub" });
    draw(this.root, "circle", { r: HUB, class: "hub-ring" });
    draw(this.root, "rect", { x: -129, y: -38, width: 258, height: 76, rx: 8, class: "window" });
    this.display = matrix(draw(this.root, "g", { "aria-hidden": true }));
    draw(this.root, "path", { d: "M-112-66A130 130 0 0 1 112-66C60-92-60-92-112-66Z", class: "hub-gleam" });
    this.keys = {};
    for (const [key, x] of [["*", -56], ["R", 0], ["#", 56]]) {
      const el = this.#hubKey(x, 76);
      draw(el, "text", { y: key === "*" ? 6 : 1 }, key);
      this.keys[key] = el;
      onPress(el, () => (key === "R" ? gesture("handset/flash") : this.press(key)));
    }
    this.mute = this.#hubKey(0, -78);
    draw(this.mute, "path", { class: "mic", d: "M-5-8a5 5 0 0 1 10 0v6a5 5 0 0 1-10 0zM-10-3a10 10 0 0 0 20 0M0 7v6" });
    draw(this.mute, "path", { class: "mic slash", d: "M-12-12L12 12" });
    onPress(this.mute, () => gesture("handset/mute", { on: this.mute.getAttribute("aria-pressed") !== "true" }));
  }

  #hubKey(x, y) {
    const key = draw(this.root, "g", { class: "hub-key", role: "button", tabindex: 0, transform: `translate(${x} ${y})` });
    draw(key, "circle", { r: 28, fill: "transparent" });
    draw(key, "circle", { r: 23, class: "cap" });
    return key;
  }

  #fingerDown(event, digit) {
    if (this.kind !== "rotary" || this.finger || this.wheel.at > 0 || event.button !== 0) return;
    event.target.setPointerCapture(event.pointerId);
    this.finger = { digit, pointer: event.pointerId, last: this.#bearing(event), wound: 0, told: false };
  }

  #fingerMoves(event) {
    const finger = this.finger;
    if (finger?.pointer !== event.pointerId) return;
    const bearing = this.#bearing(event);
    const turned = ((bearing - finger.last + 540) % 360) - 180;
    finger.last = bearing;
    finger.wound = Math.min(travel(finger.digit), Math.max(0, finger.wound + turned));
    if (!finger.told && finger.wound > TAP_DEG) {
      finger.told = true;
      this.root.classList.add("turning");
      gesture("dial/wind", { digit: finger.digit });
    }
    if (finger.told) this.wheel.hold(finger.wound);
  }

  #fingerLeaves(event) {
    const finger = this.finger;
    if (finger?.pointer !== event.pointerId) return;
    this.finger = null;
    this.root.classList.remove("turning");
    if (!finger.told) return event.type === "pointerup" && this.press(finger.digit);
    this.turning = finger.digit;
    gesture("dial/let-go", { wound_deg: Math.round(finger.wound * 10) / 10 });
    this.wheel.home();
  }

  /** Degrees clockwise from the top at which the pointer stands, seen from the dial's middle. */
  #bearing(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.root.getScreenCTM().inverse());
    return (Math.atan2(at.x, -at.y) * 180) / Math.PI;
  }
}
