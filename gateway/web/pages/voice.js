// This browser as the microphone and receiver of one part, over WebRTC: one offer with all its candidates, one answer.

import { API, send } from "./base.js";
import { notice, settle } from "./notices.js";
import { word } from "./words.js";

const GATHERING_MS = 1000; // on pure loopback Chromium never says that it has all its candidates
const RETRY_MS = [500, 1500, 4000];
const LINGER_MS = 3000; // "disconnected" often heals by itself

const raw = new URLSearchParams(location.search).has("raw");
const MICROPHONE = { audio: { echoCancellation: !raw, noiseSuppression: !raw, autoGainControl: !raw, channelCount: 1 } };

export class Voice {
  /** part: "handset" or "earpiece"; changed() is called whenever state is another. */
  constructor(part, audio, changed) {
    this.part = part;
    this.state = "off"; // off, connecting, on, listening (without a microphone)
    this.wanted = false;
    this.muted = false;
    this.audio = audio;
    this.changed = changed;
    addEventListener("pagehide", () => {
      // whether it arrives is nothing that a page which is leaving can see to: the base misses us soon enough
      if (this.leg) fetch(this.#path(), { method: "DELETE", keepalive: true }).catch(() => {});
    });
  }

  /** Become the part's voice, until leave(). */
  async join() {
    if (this.wanted) return;
    this.wanted = true;
    await this.#connect(0);
  }

  async leave() {
    if (!this.wanted) return;
    this.wanted = false;
    this.#drop();
    this.#become("off");
    for (const matter of ["microphone", "voice", "silent"]) settle(matter);
    this.#release(this.leg);
    this.leg = null;
  }

  /** The microphone is off in the browser too, not only in the base. */
  mute(on) {
    this.muted = on;
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !on;
  }

  async #connect(attempt) {
    this.#drop();
    this.#become("connecting");
    this.microphone = await microphone();
    if (!this.wanted) return this.#drop();
    this.mute(this.muted);
    const peer = (this.peer = new RTCPeerConnection({ iceServers: [] }));
    peer.ontrack = (event) => this.#play(event.streams[0] ?? new MediaStream([event.track]));
    peer.onconnectionstatechange = () => this.peer === peer && this.#watch(peer, attempt);
    const track = this.microphone?.getAudioTracks()[0];
    peer.addTransceiver(track ?? "audio", track ? { direction: "sendrecv", streams: [this.microphone] } : { direction: "recvonly" });
    await peer.setLocalDescription();
    await gathered(peer);
    if (this.peer !== peer) return;
    let fault = "";
    const offer = { sdp: peer.localDescription.sdp, type: "offer" };
    const answer = await send("POST", `${this.part}/webrtc`, offer, (words) => (fault = words));
    if (this.peer !== peer) return this.#release(answer?.leg);
    if (answer === null) return this.#again(attempt, fault);
    this.leg = answer.leg;
    await peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type }).catch(() => this.#again(attempt));
  }

  #watch(peer, attempt) {
    clearTimeout(this.timer);
    if (peer.connectionState === "connected") {
      settle("voice");
      this.#become(this.microphone ? "on" : "listening");
    } else if (peer.connectionState === "failed") this.#again(this.state === "connecting" ? attempt : 0);
    else if (peer.connectionState === "disconnected") this.timer = setTimeout(() => this.#again(0), LINGER_MS);
  }

  #again(attempt, fault = "") {
    if (!this.wanted) return;
    this.#drop();
    this.#become("connecting");
    const now = () => this.wanted && this.#connect(0);
    notice("voice", [word("voiceLost"), fault].join(" "), { action: { text: word("retry"), run: now } });
    if (attempt < RETRY_MS.length) this.timer = setTimeout(() => this.wanted && this.#connect(attempt + 1), RETRY_MS[attempt]);
  }

  async #play(stream) {
    this.audio.srcObject = stream; // a remote track is decoded only where a media element wants it
    await this.audio.play().catch(() =>
      notice("silent", word("silent"), { mild: true, action: { text: word("listen"), run: () => this.audio.play() } }));
  }

  #drop() {
    clearTimeout(this.timer);
    this.peer?.close();
    this.peer = null;
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.microphone = null;
    this.audio.srcObject = null;
  }

  #become(state) {
    this.state = state;
    this.changed();
  }

  #release(leg) {
    if (leg) send("DELETE", `${this.part}/webrtc?leg=${leg}`);
  }

  #path() {
    return `${API}/${this.part}/webrtc?leg=${this.leg}`;
  }
}

/** The microphone; null, with a notice that says why and what to do, where there is none: one can still listen. */
async function microphone() {
  settle("microphone");
  if (!navigator.mediaDevices) return notice("microphone", word("insecure")), null;
  try {
    return await navigator.mediaDevices.getUserMedia(MICROPHONE);
  } catch (fault) {
    const refused = fault.name === "NotAllowedError" || fault.name === "SecurityError";
    notice("microphone", word(refused ? "microphoneRefused" : "microphoneMissing"));
    return null;
  }
}

function gathered(peer) {
  return new Promise((done) => {
    if (peer.iceGatheringState === "complete") return done();
    const timer = setTimeout(done, GATHERING_MS);
    peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && (clearTimeout(timer), done()));
  });
}
