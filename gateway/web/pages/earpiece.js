// The page of the second person: one earpiece, its distance from the ear, and its voice.

import { follow } from "./base.js";
import { by, reader } from "./controls.js";
import { EarpieceCard } from "./earpiece-card.js";
import { light } from "./lamp.js";
import { matrix } from "./matrix.js";
import { notice, settle } from "./notices.js";
import { Quality } from "./quality.js";
import { ring } from "./sound.js";
import { grille } from "./svg.js";
import { speak, word } from "./words.js";

let snapshot = null;
let market = null;

const display = matrix(by("matrix"));
const quality = new Quality("earpiece");
const read = reader(by("display"));
const earpiece = new EarpieceCard(by("ear"), () => true, () => snapshot && see(snapshot));

function see(now) {
  snapshot = now;
  if (now.market !== market) speak((market = now.market));
  document.title = `${word("earpiece")} · ${now.name}`;
  const { classList } = document.body;
  classList.remove("lost");
  classList.toggle("ringing", now.ringer.bell);
  classList.toggle("muted", now.earpiece.muted);
  earpiece.show(now);
  quality.show(now);
  by("scene").style.setProperty("--away", Math.min(1, now.earpiece.distance_cm / Number(by("distance").max)));
  display.show(now.display.line1, now.display.line2);
  read(now.display);
  light(now.led.steps);
  by("lamp").setAttribute("aria-label", `${word("lamp")}: ${word(now.led.steps[0][0])}`);
  by("line-text").textContent = now.line.registered ? now.name : word("outOfService");
  ring(now.ringer.ringing ? now.ringer.cadence_ms : [], now.market);
  if (now.failed) notice("failed", `${word("failed")} ${now.failed}`);
  else settle("failed");
}

document.documentElement.dataset.colour = localStorage.getItem("colour") ?? "orange";
grille(by("grille"), [[21, 6], [42, 12], [63, 18]], 5.5);
by("phone-page").search = location.search;
speak("");
follow(see, () => document.body.classList.add("lost"));
