"""Chromium: a person's browser with a microphone of its own and a recording of what it receives (Debian: chromium).

One browser a page, because the fake microphone belongs to the browser. The page under test is not touched: before it
loads, ``RTCPeerConnection`` is wrapped, and every remote track is recorded beside what the page does with it.
"""

import base64
import json
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soxr
from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

from tests.end_to_end.lab import Lab, eventually, program
from tests.end_to_end.speech import RATE, Samples, to_int16, write_wav

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
]
_RECORDED_HZ = 16_000

# A ScriptProcessor and no worklet: it needs no second script, which the page's content policy might refuse.
_RECORDER = """
(() => {
  const heard = [];
  const connections = [];
  const Native = window.RTCPeerConnection;
  const record = track => {
    const context = new AudioContext({sampleRate: RATE});
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const tap = context.createScriptProcessor(4096, 1, 1);
    tap.onaudioprocess = event => {
      const samples = event.inputBuffer.getChannelData(0);
      const chunk = new Int16Array(samples.length);
      for (let i = 0; i < samples.length; i++) {
        chunk[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32767)));
      }
      heard.push(chunk);
    };
    source.connect(tap);
    tap.connect(context.destination);
    track.__recorder = [context, source, tap];
  };
  window.RTCPeerConnection = class extends Native {
    constructor(...configuration) {
      super(...configuration);
      connections.push(this);
      this.addEventListener('track', event => record(event.track));
    }
  };
  window.__lab = {
    connections,
    seconds: () => heard.reduce((sum, chunk) => sum + chunk.length, 0) / RATE,
    forget: () => { heard.length = 0; },
    heard: () => {
      const all = new Int16Array(heard.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of heard) { all.set(chunk, at); at += chunk.length; }
      const bytes = new Uint8Array(all.buffer);
      let text = '';
      for (let i = 0; i < bytes.length; i += 32768) {
        text += String.fromCharCode.apply(null, bytes.subarray(i, i + 32768));
      }
      return btoa(text);
    },
  };
})();
""".replace("RATE", str(_RECORDED_HZ))


class Chromium:
    """``async with Chromium(lab, "handset", microphone) as browser: await browser.page.goto(...)``"""

    page: Page

    def __init__(
        self, lab: Lab, name: str, microphone: Samples, *, size: tuple[int, int] = (1000, 900), touch: bool = False
    ) -> None:
        self._folder = lab.place(f"chromium-{name}")
        self._microphone = write_wav(self._folder / "microphone.wav", microphone, rate=48_000)
        self._size = size
        self._touch = touch
        self._stack = AsyncExitStack()
        self.errors: list[str] = []
        """uncaught exceptions of the page"""

    async def __aenter__(self) -> Self:
        path = program("chromium", "chromium")
        try:
            driver = await self._stack.enter_async_context(async_playwright())
            browser = await driver.chromium.launch(
                executable_path=path,
                headless=True,
                args=[*_FLAGS, f"--use-file-for-fake-audio-capture={self._microphone}"],
            )
            self._stack.push_async_callback(_close, browser)
            width, height = self._size
            context = await browser.new_context(
                viewport={"width": width, "height": height}, has_touch=self._touch, permissions=["microphone"]
            )
            await context.add_init_script(_RECORDER)
            self.page = await context.new_page()
        except BaseException:
            await self._stack.aclose()
            raise
        self.page.on("console", self._console)
        self.page.on("pageerror", self._page_error)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def connected(self, seconds: float = 15) -> None:
        """Wait until a peer connection of the page stands."""
        states = "window.__lab.connections.map(connection => connection.connectionState)"

        async def stands() -> bool:
            return "connected" in await self.page.evaluate(states)

        await eventually(stands, "the page's peer connection is connected", seconds)

    async def has_heard(self, seconds: float, within: float | None = None) -> None:
        """Wait until so many seconds were recorded (since ``forget``)."""

        async def enough() -> bool:
            return float(await self.page.evaluate("window.__lab.seconds()")) >= seconds

        await eventually(enough, f"the page recorded {seconds:g} s", within or seconds + 15)

    async def forget(self) -> None:
        """Drop what was recorded so far."""
        await self.page.evaluate("window.__lab.forget()")

    async def heard(self) -> Samples:
        """What the page received, 8 kHz."""
        data = base64.b64decode(await self.page.evaluate("window.__lab.heard()"))
        samples = np.frombuffer(data, "<i2").astype(np.float32)
        narrow = soxr.resample(samples, _RECORDED_HZ, RATE)
        return to_int16(narrow)

    def vanish(self) -> None:
        """The browser dies at once, as when a laptop is closed: nothing is said to anybody."""
        for pid in _browsers_with(f"--use-file-for-fake-audio-capture={self._microphone}"):
            os.kill(pid, signal.SIGKILL)

    async def screenshot(self, path: Path) -> None:
        await self.page.screenshot(path=path, full_page=True)

    def _write(self, line: str) -> None:
        with (self._folder / "log").open("a") as log:
            log.write(line + "\n")

    def _console(self, message: ConsoleMessage) -> None:
        self._write(f"{message.type}: {message.text}  {json.dumps(message.location)}")

    def _page_error(self, error: Error) -> None:
        self.errors.append(str(error))
        self._write(f"uncaught: {error.stack or error}")


def _browsers_with(flag: str) -> list[int]:
    """The main processes of the browsers started with a flag that only ours have."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            arguments = (entry / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            continue
        if flag in arguments and not any(argument.startswith("--type=") for argument in arguments):
            found.append(int(entry.name))
    return found


async def _close(browser: Browser) -> None:
    try:
        await browser.close()
    except Error as error:
        if browser.is_connected():
            raise AssertionError(f"the browser would not close: {error}") from error
