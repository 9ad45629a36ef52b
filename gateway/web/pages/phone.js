// The page of the phone. It shows what the phone says and tells it what hands do: nothing is decided here.

import { follow, gesture } from "./base.js";
import { by, reader, slider, toggle } from "./controls.js";
import { Dial } from "./dial.js";
import { EarpieceCard, stateOf } from "./earpiece-card.js";
import { light } from "./lamp.js";
import { notice, settle } from "./notices.js";
import { Quality } from "./quality.js";
import { ring } from "./sound.js";
import { grille, onPress } from "./svg.js";
import { Voice } from "./voice.js";
import { speak, word } from "./words.js";

const DRAG_PX = 24; // a hand that moved the handset so far has lifted it, or put it back
const COLOURS = ["orange", "ivory", "grey", "blue", "brown"];

const dial = new Dial(by("dial"));
const voice = new Voice("handset", by("ear"), () => snapshot && see(snapshot));
// one browser is one person: it is the earpiece by itself only when it is not the handset already
const earpiece = new EarpieceCard(by("second-ear"), () => voice.state === "off", () => snapshot && see(snapshot));
const quality = new Quality("handset");
const read = reader(by("display"));
const showMute = toggle(by("handset-mute"), "handset/mute");
const showVolume = slider(by("handset-volume"), by("handset-level"), "handset/volume", "level", String);

let snapshot = null;
let market = null;

function see(now) {
  const was = snapshot;
  snapshot = now;
  if (now.market !== market) {
    speak((market = now.market));
    dial.speak();
    paint(localStorage.getItem("colour") ?? COLOURS[0]);
  }
  document.body.classList.remove("lost");
  if (was?.handset.lifted && !now.handset.lifted) voice.leave();
  voice.mute(now.handset.muted);
  showHandset(now);
  showLine(now);
  showSecondCall(now.call);
  showMessage(now.line.text);
  earpiece.show(now);
  quality.show(now);
  dial.show(now);
  for (const choice of document.querySelectorAll("[data-kind]")) choice.setAttribute("aria-checked", choice.dataset.kind === now.dial.kind);
  read(now.display);
  light(now.led.steps);
  by("lamp").setAttribute("aria-label", `${word("lamp")}: ${word(now.led.steps[0][0])}`);
  ring(now.ringer.ringing ? now.ringer.cadence_ms : [], now.market);
  if (now.failed) notice("failed", `${word("failed")} ${now.failed}`);
  else settle("failed");
}

function showHandset({ handset, ringer }) {
  document.body.classList.toggle("lifted", handset.lifted);
  document.body.classList.toggle("ringing", ringer.bell);
  const action = word(handset.lifted ? "hangUp" : ringer.ringing ? "answer" : "lift");
  by("hook").textContent = action;
  by("hook").classList.toggle("on", handset.lifted);
  by("handset").setAttribute("aria-label", `${word("handset")}: ${action}`);
  by("earpiece").setAttribute("aria-label", `${word("earpiece")}: ${word(earpiece.taken ? "dock" : "take")}`);
  by("handset-state").textContent = stateOf(word(handset.lifted ? "offHook" : "onHook"), handset.muted, voice.state);
  by("handset-here").hidden = !handset.lifted || voice.state !== "off";
  by("flash").disabled = by("handset-mute").disabled = !handset.lifted;
  showMute(handset.muted);
  showVolume(handset.volume);
}

const party = ({ caller, number }) => caller?.name || caller?.number || number || word("withheld");

function showSecondCall({ other, state }) {
  const line = by("second-call");
  line.hidden = !other;
  by("transfer").hidden = !other || other.waiting || state === "transferring";
  if (other) line.textContent = `${word(other.waiting ? "callWaiting" : "onHold")}: ${party(other)}`;
}

/** What somebody wrote is text and nothing else, whatever it looks like. */
function showMessage(message) {
  by("message").hidden = !message;
  if (!message) return;
  by("message-from").textContent = party({ caller: message.sender });
  by("message-text").textContent = message.text;
}

function showLine({ name, line }) {
  by("line-lamp").className = line.registered ? "lamp good" : "lamp bad";
  const where = line.registered ? line.address.replace(/^sips?:/, "") || word("registered") : line.reason;
  by("line-text").textContent = line.registered ? where : [word("outOfService"), where].filter(Boolean).join(": ");
  document.title = `${name} · NeoRetro`;
}

function swapHandset() {
  if (!snapshot) return;
  if (snapshot.handset.lifted) return gesture("handset/hang-up");
  voice.join();
  return gesture("handset/lift");
}

function drag(el, start) {
  let from = null;
  let moved = false;
  el.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    moved = false;
    el.setPointerCapture(event.pointerId);
  });
  el.addEventListener("pointerup", (event) => {
    const way = from === null ? 0 : from - event.clientY;
    from = null;
    moved = Math.abs(way) > DRAG_PX;
    if (moved && way > 0 !== snapshot?.handset.lifted) start();
  });
  el.addEventListener("pointercancel", () => (from = null));
  onPress(el, (event) => (event.type === "keydown" || !moved) && start());
}

function paint(colour) {
  document.documentElement.dataset.colour = colour;
  localStorage.setItem("colour", colour);
  by("swatches").replaceChildren(...COLOURS.map((name) => {
    const swatch = document.createElement("button");
    Object.assign(swatch, { type: "button", title: word(name === "blue" ? "blueColour" : name) });
    swatch.setAttribute("role", "radio");
    swatch.setAttribute("aria-checked", name === colour);
    swatch.setAttribute("aria-label", swatch.title);
    swatch.dataset.colour = name;
    swatch.addEventListener("click", () => (paint(name), by("swatches").querySelector("[aria-checked=true]").focus()));
    return swatch;
  }));
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !snapshot) return;
  if (event.target.matches?.("input:not([type=range]), textarea, select")) return;
  if (/^[0-9*#]$/.test(event.key)) dial.press(event.key);
  else if (event.key === "l" || event.key === "L") swapHandset();
  else if (event.key === "e" || event.key === "E") earpiece.swap();
  else if ((event.key === "m" || event.key === "M") && snapshot.handset.lifted) gesture("handset/mute", { on: !snapshot.handset.muted });
  else return;
  event.preventDefault();
}

grille(by("grille"), [[16, 6], [32, 12], [48, 18]], 4.2);
drag(by("handset"), swapHandset);
onPress(by("earpiece"), () => earpiece.swap());
by("hook").addEventListener("click", swapHandset);
by("flash").addEventListener("click", () => gesture("handset/flash"));
by("transfer").addEventListener("click", () => gesture("call/transfer"));
by("handset-here").addEventListener("click", () => voice.join());
by("earpiece-page").search = location.search;
for (const choice of document.querySelectorAll("[data-kind]"))
  choice.addEventListener("click", () => gesture("dial/kind", { kind: choice.dataset.kind }));
addEventListener("keydown", key);
speak("");
paint(localStorage.getItem("colour") ?? COLOURS[0]);
follow(see, () => document.body.classList.add("lost"));
