// How well voice passes: bars and a word, and for who opens them the figures behind. Asked for while a call stands.

import { send } from "./base.js";
import { by } from "./controls.js";
import { word } from "./words.js";

const EVERY_MS = 2000;
const STANDS = new Set(["talking", "held"]);
const STEPS = [[4.03, "excellent"], [3.6, "good"], [3.1, "fair"], [0, "poor"]]; // R of 80, 70 and 60: ITU-T G.107, annex B

/** The part of this page: its voice is shown beside the line's. */
export class Quality {
  constructor(part) {
    this.part = part;
    this.timer = 0;
    this.stands = false;
    addEventListener("visibilitychange", () => this.#ask());
  }

  show({ call }) {
    const stands = STANDS.has(call.state);
    if (stands === this.stands) return;
    this.stands = stands;
    by("quality").hidden = true;
    this.#ask();
  }

  async #ask() {
    clearTimeout(this.timer);
    if (!this.stands || document.visibilityState !== "visible") return;
    const figures = await send("GET", "figures");
    clearTimeout(this.timer);
    if (!this.stands) return;
    if (figures) this.#tell(figures);
    this.timer = setTimeout(() => this.#ask(), EVERY_MS);
  }

  #tell({ legs, recording }) {
    const heard = [["lineLeg", legs.far], ["browserLeg", legs[this.part]]].filter(([, leg]) => leg?.quality);
    const panel = by("quality");
    panel.hidden = !heard.length;
    if (!heard.length) return;
    const worst = Math.min(...heard.map(([, leg]) => now(leg).mos_cq));
    const at = STEPS.findIndex(([least]) => worst >= least);
    panel.dataset.bars = STEPS.length - at;
    by("quality-word").textContent = word(STEPS[at][1]);
    by("quality-recorded").hidden = !recording;
    by("quality-figures").replaceChildren(
      row("th", "", heard.map(([name]) => word(name))),
      ...ROWS.map(([name, say]) => row("td", word(name), heard.map(([, leg]) => say(leg)))),
    );
  }
}

const now = (leg) => leg.recent_quality ?? leg.quality;
const number = (value, digits = 0) => value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const ms = (value) => (value === null ? "–" : `${number(value)} ms`);
const codec = (leg) => `${{ PCMU: "G.711 µ", PCMA: "G.711 A", G722: "G.722", opus: "Opus" }[leg.codec] ?? leg.codec}${leg.quality.wideband ? " HD" : ""}`;

const ROWS = [
  ["opinion", (leg) => number(now(leg).mos_cq, 1)],
  ["codec", codec],
  ["loss", (leg) => `${number(100 * now(leg).loss, 1)} %`],
  ["jitter", (leg) => ms(leg.jitter_ms)],
  ["delay", (leg) => ms(leg.mouth_to_ear_ms)],
  ["roundTrip", (leg) => ms(leg.round_trip_ms)],
];

function row(kind, name, values) {
  const line = document.createElement("tr");
  const head = document.createElement(name ? "th" : "td"); // the corner names nothing
  if (name) head.scope = "row";
  head.textContent = name;
  line.append(head, ...values.map((value) => {
    const cell = document.createElement(kind);
    if (kind === "th") cell.scope = "col";
    cell.textContent = value;
    return cell;
  }));
  return line;
}
