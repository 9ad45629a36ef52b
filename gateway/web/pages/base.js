// The base station as this page has it: gestures go out as POSTs, in order; its state comes in by the event socket.

import { notice, settle } from "./notices.js";
import { word } from "./words.js";

const name = new URLSearchParams(location.search).get("phone");

export const API = name ? `/api/v1/phones/${encodeURIComponent(name)}` : "/api/v1/phone";

const TIMEOUT_MS = 5000;
const BACK_OFF_MS = [250, 500, 1000, 2000, 4000, 8000];
const SILENCE_MS = 4000; // a socket that opens and says nothing is no connection

let last = Promise.resolve();

/** Tell the phone one gesture, after those before it. Resolves to true when it was told. */
export function gesture(path, body = null) {
  last = last.then(() => send("POST", path, body, (fault) => notice("gesture", fault))).then((answer) => {
    if (answer !== null) settle("gesture");
    return answer !== null;
  });
  return last;
}

/** One request. Resolves to what was answered; to null, after failed(words), when it was refused or nobody answered. */
export async function send(method, path, body = null, failed = () => {}) {
  const request = { method, signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body !== null) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(`${API}/${path}`, request);
    const answer = response.status === 204 ? {} : await response.json();
    if (response.ok) return answer;
    failed(response.status === 401 ? word("token") : `${word("refused")} ${answer.detail}`);
  } catch {
    failed(word("unreachable"));
  }
  return null;
}

/** Follow the phone for as long as the page lives. see(snapshot), lost(). */
export function follow(see, lost) {
  let attempt = 0;
  let socket = null;
  let timer = 0;
  const connect = () => {
    clearTimeout(timer);
    socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${API}/events`);
    timer = setTimeout(() => socket.close(), SILENCE_MS);
    socket.onmessage = (message) => {
      clearTimeout(timer);
      attempt = 0;
      settle("lost");
      see(JSON.parse(message.data).phone);
    };
    socket.onclose = async () => {
      clearTimeout(timer);
      lost();
      // a socket does not say why it was refused; the state's own route does
      const refused = attempt > 0 && (await fetch(API).then((r) => r.status === 401, () => false));
      notice("lost", word(refused ? "token" : "lost"), { action: { text: word("retry"), run: connect } });
      timer = setTimeout(connect, BACK_OFF_MS[Math.min(attempt++, BACK_OFF_MS.length - 1)] * (0.75 + Math.random() / 2));
    };
  };
  connect();
  // a tab that slept, a network that came back: no need to wait for the next attempt
  for (const moment of ["online", "visibilitychange"])
    addEventListener(moment, () => document.visibilityState === "visible" && socket.readyState === WebSocket.CLOSED && connect());
}
