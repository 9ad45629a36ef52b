// What the base itself sounds like: its bell, and the dial's pulses and governor. Heard after the first gesture.

import { notice, settle } from "./notices.js";
import { word } from "./words.js";

const GOVERNOR_GAIN = 9; // the file is as the receiver hears it; the room hears the dial itself
const PULSE_GAIN = 0.9;
const BELL_GAIN = 0.7;

let context = null;
const files = new Map();
let bell = null;
let governor = null;

function awake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, awake, { capture: true });

async function load(path) {
  if (!files.has(path)) files.set(path, fetch(path).then((r) => r.arrayBuffer()).then((data) => context.decodeAudioData(data)));
  return files.get(path);
}

async function start(path, gain, loop) {
  const volume = context.createGain();
  volume.gain.value = gain;
  volume.connect(context.destination);
  const source = context.createBufferSource();
  source.buffer = await load(path);
  source.loop = loop;
  source.connect(volume);
  source.start();
  return source;
}

/** Ring in this cadence until it is called with an empty one. */
export function ring(cadence) {
  const key = cadence.join("-");
  if (bell?.key === key) return;
  bell?.stop();
  bell = null;
  settle("bell");
  if (key === "") return;
  context ??= new AudioContext();
  if (context.state !== "running")
    notice("bell", word("silent"), { mild: true, action: { text: word("listen"), run: () => (awake(), ring(cadence)) } });
  const ringing = { key, over: false, stop() { this.over = true; this.source?.stop(); } };
  bell = ringing;
  start(`/sounds/bell.wav?cadence=${key}`, BELL_GAIN, true).then((source) => {
    ringing.source = source;
    if (ringing.over) source.stop();
  });
}

/** One break of the dial's contact. */
export function pulse() {
  if (context?.state === "running") start("/sounds/pulse.wav", PULSE_GAIN, false);
}

/** The governor whirrs while the dial comes home. */
export function whirr(on) {
  if (!on) {
    governor?.then((source) => source.stop());
    governor = null;
  } else if (context?.state === "running") governor ??= start("/sounds/governor.wav", GOVERNOR_GAIN, true);
}
