// The earpiece as both pages handle it: take, dock, distance, lay, mute, volume, and the voice that goes with it.

import { gesture } from "./base.js";
import { by, slider, toggle } from "./controls.js";
import { Voice } from "./voice.js";
import { word } from "./words.js";

/** joins(): whether taking it here makes this browser its voice. */
export class EarpieceCard {
  constructor(audio, joins, changed) {
    this.joins = joins;
    this.voice = new Voice("earpiece", audio, changed);
    this.taken = false;
    by("dock").addEventListener("click", () => this.swap());
    by("lay").addEventListener("click", () => gesture("earpiece/lay"));
    by("earpiece-here").addEventListener("click", () => this.voice.join());
    this.showMute = toggle(by("earpiece-mute"), "earpiece/mute");
    this.showVolume = slider(by("earpiece-volume"), by("earpiece-level"), "earpiece/volume", "level", String);
    this.showDistance = slider(by("distance"), by("distance-cm"), "earpiece/distance", "distance_cm",
      (cm) => `${cm.toLocaleString(document.documentElement.lang)} cm`);
  }

  /** Take it, or put it back. */
  swap() {
    if (!this.taken && this.joins()) this.voice.join();
    gesture(this.taken ? "earpiece/dock" : "earpiece/take");
  }

  show({ earpiece, ringer }) {
    const was = this.taken;
    this.taken = earpiece.place !== "docked";
    if (was && !this.taken) this.voice.leave();
    this.voice.mute(earpiece.muted);
    const { classList } = document.body;
    classList.toggle("taken", this.taken);
    classList.toggle("table", earpiece.place === "table");
    classList.toggle("loud", earpiece.loudspeaker);
    by("dock").textContent = word(this.taken ? "dock" : ringer.ringing ? "answer" : "take");
    by("dock").classList.toggle("on", this.taken);
    by("loudspeaker").hidden = !earpiece.loudspeaker;
    by("earpiece-here").hidden = !this.taken || this.voice.state !== "off";
    for (const id of ["lay", "distance", "earpiece-mute"]) by(id).disabled = !this.taken;
    by("lay").disabled ||= earpiece.place === "table";
    by("earpiece-state").textContent = stateOf(word(earpiece.place), earpiece.muted, this.voice.state);
    this.showMute(earpiece.muted);
    this.showVolume(earpiece.volume);
    this.showDistance(this.taken ? earpiece.distance_cm : 0);
  }
}

/** "At the ear · this browser · microphone off" */
export function stateOf(where, muted, voice) {
  const mine = { off: "", connecting: word("connecting"), on: word("here"), listening: word("listening") }[voice];
  return [where, mine, muted ? word("muted") : ""].filter(Boolean).join(" · ");
}
