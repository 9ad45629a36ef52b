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

/** A decoded file; null, and asked for again next time, when the base did not give it. */
async function load(path) {
  if (!files.has(path)) {
    const file = fetch(path).then((answer) => answer.arrayBuffer()).then((data) => context.decodeAudioData(data));
    files.set(path, file.catch(() => (files.delete(path), null)));
  }
  return files.get(path);
}

/** Play a file; stop() ends it, or keeps it from beginning. */
function start(path, gain, loop) {
  const playing = { over: false, source: null, stop() { this.over = true; this.source?.stop(); } };
  load(path).then((buffer) => {
    if (playing.over || buffer === null) return;
    const volume = new GainNode(context, { gain });
    volume.connect(context.destination);
    playing.source = new AudioBufferSourceNode(context, { buffer, loop });
    playing.source.connect(volume);
    playing.source.start();
  });
  return playing;
}

/** Ring in this cadence, with the market's clapper, until it is called with an empty one. */
export function ring(cadence, market) {
  const key = cadence.join("-");
  if (bell?.key === key) return;
  bell?.stop();
  bell = null;
  settle("bell");
  if (key === "") return;
  context ??= new AudioContext();
  if (context.state !== "running")
    notice("bell", word("silent"), { mild: true, action: { text: word("listen"), run: () => (awake(), ring(cadence, market)) } });
  bell = start(`/sounds/bell.wav?cadence=${key}&market=${market}`, BELL_GAIN, true);
  bell.key = key;
}

/** One break of the dial's contact. */
export function pulse() {
  if (context?.state === "running") start("/sounds/pulse.wav", PULSE_GAIN, false);
}

/** The governor whirrs while the dial comes home. */
export function whirr(on) {
  if (!on) {
    governor?.stop();
    governor = null;
  } else if (context?.state === "running") governor ??= start("/sounds/governor.wav", GOVERNOR_GAIN, true);
}
