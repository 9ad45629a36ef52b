"""libwebrtc's echo canceller, from the ``livekit`` package, where it is installed (the extra ``echo``).

The library is loaded in a thread of its own: when a service begins (:func:`prepare`), else when the first loudspeaker
comes on. That takes half a second. Until it is there, and if it fails, the echo is ducked, as without it.
"""

import importlib
import importlib.util
import logging
import threading
from collections.abc import Callable
from typing import Any, Final, Literal, Protocol, TypeAlias, cast

import numpy as np

from softphone.audio.echo import MakeCanceller, no_canceller
from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, Frame, Samples

logger = logging.getLogger(__name__)

Way: TypeAlias = Literal["cancel", "duck", "off"]

PIECE: Final = SAMPLE_RATE // 100
"""10 ms: what the library takes at a time."""

DELAY_MS: Final = 20
"""From what is played to its echo, at the least: what the library is told. It finds out the rest."""

WAYS: Final = {
    "cancel": "echo of the loudspeaker: cancelled by libwebrtc, and ducked where something is left",
    "duck": "echo of the loudspeaker: ducked",
    "off": "echo of the loudspeaker: left to whoever is at the earpiece",
}
NOT_INSTALLED: Final = "%s (libwebrtc's canceller is in the extra 'echo', which is not installed)"


class AudioFrame(Protocol):
    """livekit's, as far as we use it."""

    @property
    def data(self) -> memoryview:
        """its samples, int16, changed in place"""
        ...


class Processing(Protocol):
    """livekit's AudioProcessingModule, as far as we use it."""

    def process_reverse_stream(self, data: AudioFrame) -> None: ...
    def process_stream(self, data: AudioFrame) -> None: ...
    def set_stream_delay_ms(self, delay_ms: int) -> None: ...


class Library:
    """The package: not asked for yet, being loaded, there, or failed, which is said once."""

    def __init__(self, name: str = "livekit.rtc") -> None:
        self._name = name
        self._module: Any = None
        self._loading: threading.Thread | None = None

    @property
    def installed(self) -> bool:
        """Whether it can be found; it is not loaded for that."""
        try:
            return importlib.util.find_spec(self._name.partition(".")[0]) is not None
        except (ImportError, ValueError):
            return False

    def load(self) -> None:
        """Begin to load it, once."""
        if self._loading is None:
            self._loading = threading.Thread(target=self._load, name="echo canceller", daemon=True)
            self._loading.start()

    def join(self) -> None:
        """Wait until it is there, or failed."""
        self.load()
        cast(threading.Thread, self._loading).join()

    def _load(self) -> None:
        try:
            module = importlib.import_module(self._name)
            module.AudioProcessingModule(echo_cancellation=True)  # the first one starts the library, which takes time
        except Exception:
            logger.exception("the echo canceller cannot be loaded, the echo is only ducked")
        else:
            self._module = module

    def processing(self) -> Processing | None:
        """A canceller; None as long as the library is not there."""
        if self._module is None:
            return None
        made = cast(Processing, self._module.AudioProcessingModule(echo_cancellation=True))
        made.set_stream_delay_ms(DELAY_MS)
        return made

    def frame(self) -> AudioFrame:
        """A silent one."""
        return cast(AudioFrame, self._module.AudioFrame(bytearray(2 * PIECE), SAMPLE_RATE, 1, PIECE))


class WebRtcCanceller:
    """Of one microphone. As long as the library is not there, everything passes as it is."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._processing: Processing | None = None
        library.load()

    def play(self, frame: Frame) -> None:
        """What the loudspeaker gets in this tick. :raises RuntimeError: for whatever the library raises."""
        processing = self._ready()
        if processing is not None:
            self._process(processing.process_reverse_stream, frame)

    def cancel(self, frame: Frame) -> Frame:
        """The microphone's next frame without the loudspeaker. :raises RuntimeError: as above."""
        processing = self._ready()
        return frame if processing is None else self._process(processing.process_stream, frame)

    def _ready(self) -> Processing | None:
        if self._processing is None:
            try:
                self._processing = self._library.processing()
                if self._processing is not None:
                    self._piece = self._library.frame()
                    self._samples: Samples = np.asarray(self._piece.data)
            except Exception as fault:
                raise RuntimeError(f"libwebrtc: {fault!r}") from fault
        return self._processing

    def _process(self, process: Callable[[AudioFrame], None], frame: Frame) -> Frame:
        done = np.empty(FRAME_SAMPLES, np.int16)
        try:
            for start in range(0, FRAME_SAMPLES, PIECE):
                piece = slice(start, start + PIECE)
                self._samples[:] = frame[piece]
                process(self._piece)
                done[piece] = self._samples
        except Exception as fault:
            raise RuntimeError(f"libwebrtc: {fault!r}") from fault
        return done


def prepare(way: Way, library: Library) -> None:
    """Load the library now, while nobody speaks: to import it holds the interpreter, and every voice, for 0.2 s."""
    if way == "cancel" and library.installed:
        library.load()


def canceller(way: Way, library: Library) -> MakeCanceller | None:
    """How the microphones of a room get theirs; None: nothing is done about the echo. Logs what is done."""
    if way == "cancel" and library.installed:
        logger.info("%s", WAYS["cancel"])
        return lambda: WebRtcCanceller(library)
    if way == "cancel":
        logger.info(NOT_INSTALLED, WAYS["duck"])
    else:
        logger.info("%s", WAYS[way])
    return None if way == "off" else no_canceller
