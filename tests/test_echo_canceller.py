"""libwebrtc's canceller: where it is installed, where it is not, and where it breaks."""

import logging
import sys
import threading
import types
from collections.abc import Iterator

import numpy as np
import pytest

from gateway.echo_canceller import Library, WebRtcCanceller, canceller, prepare
from softphone.audio.echo import MakeCanceller, no_canceller
from softphone.audio.frame import FRAME_SAMPLES, Frame
from tests.softphone.audio.room import Air, House, Person, Sound, band, level_db, returned_db, speech


def span(sound: Sound, begin_s: float, end_s: float) -> Sound:
    return sound[int(begin_s * 16_000) : int(end_s * 16_000)]


@pytest.fixture(scope="module")
def webrtc() -> MakeCanceller:
    """The real one; the extra ``echo`` is part of the developers' environment."""
    library = Library()
    assert library.installed, "no livekit: pip install -e .[echo]"
    library.join()
    make = canceller("cancel", library)
    assert make is not None
    return make


def test_it_takes_the_echo_away_and_leaves_the_voice(webrtc: MakeCanceller) -> None:
    one = webrtc()
    assert one is not None
    far, own, air = band(speech(1, 12), 0, 1500), band(speech(2, 12), 1900, 8000), Air(-6, 40)
    heard, left = list[Frame](), list[Frame]()
    person = Person(own)
    person.airs.append(air)
    for frame in np.rint(far).astype(np.int16).reshape(-1, FRAME_SAMPLES):
        heard.append(person.pull(0.0))
        left.append(one.cancel(heard[-1]))
        one.play(frame)
        air.play(frame)
    before, after = (span(np.concatenate(run).astype(np.float64), 6, 12) for run in (heard, left))
    assert level_db(band(after, 0, 1450)) < level_db(band(before, 0, 1450)) - 20, "the echo"
    assert level_db(band(after, 1950, 8000)) > level_db(band(before, 1950, 8000)) - 6, "the voice"


@pytest.mark.parametrize("volume", [7, 10])
def test_with_it_the_far_end_s_voice_comes_back_30_db_down_too(webrtc: MakeCanceller, volume: int) -> None:
    far = speech(11, 8)
    house = House("same", far, volume=volume, canceller=webrtc).live(8)
    assert returned_db(house.far.ear, far) < -30
    assert level_db(house.earpiece.ear) > level_db(far) + 4


def test_with_it_both_speak_at_once(webrtc: MakeCanceller) -> None:
    """Bands of their own tell how much of the local voice reaches the far end while the far end speaks."""
    far = band(speech(21, 16), 0, 1500)
    own = np.concatenate((np.zeros(16_000 * 6), 2 * band(speech(22, 10), 1900, 8000)))
    shares = []
    for way in (webrtc, no_canceller):
        house = House("apart", far, earpiece=own, canceller=way).live(16)
        shares.append(level_db(band(span(house.far.ear, 6, 16), 1950, 8000)))
        assert level_db(band(span(house.far.ear, 1, 16), 0, 1450)) < level_db(far) - 30
        loud = level_db(band(span(house.earpiece.ear, 6, 16), 0, 1450)) - level_db(band(span(far, 6, 16), 0, 1450))
        shares.append(loud)
    assert shares[0] > level_db(span(own, 6, 16)) - 3, "the local voice, with the canceller"
    assert shares[1] > shares[3] + 1, "and the far end is heard more in the room than when they take turns"


class Fake(types.ModuleType):
    """A livekit whose module breaks where it is told to."""

    def __init__(self, breaks: str = "") -> None:
        super().__init__("fake_livekit")
        fake, self.calls = self, list[str]()

        class AudioFrame:
            def __init__(self, data: bytearray, rate: int, channels: int, samples: int) -> None:
                assert (len(data), rate, channels, samples) == (320, 16_000, 1, 160)
                self.data = memoryview(data).cast("h")

        class AudioProcessingModule:
            def __init__(self, echo_cancellation: bool) -> None:
                assert echo_cancellation
                fake.call("make", breaks)

            def set_stream_delay_ms(self, delay_ms: int) -> None:
                assert delay_ms == 20

            def process_stream(self, data: AudioFrame) -> None:
                fake.call("cancel", breaks)
                np.asarray(data.data)[:] //= 2

            def process_reverse_stream(self, data: AudioFrame) -> None:
                fake.call("play", breaks)

        self.AudioFrame = AudioFrame
        self.AudioProcessingModule = AudioProcessingModule

    def call(self, name: str, breaks: str) -> None:
        self.calls.append(name)
        if breaks == name:
            raise MemoryError(name)


@pytest.fixture
def library(request: pytest.FixtureRequest) -> Iterator[Library]:
    sys.modules["fake_livekit"] = Fake(request.param)
    yield Library("fake_livekit")
    del sys.modules["fake_livekit"]


VOICE = np.arange(0, 640, 2, dtype=np.int16)


@pytest.mark.parametrize("library", [""], indirect=True)
def test_until_it_is_loaded_the_voice_passes_as_it_is_and_then_it_is_given_10_ms_at_a_time(library: Library) -> None:
    one = WebRtcCanceller(library)
    library.join()
    assert (one.cancel(VOICE) == VOICE // 2).all()
    one.play(VOICE)
    calls = sys.modules["fake_livekit"].calls
    assert calls == ["make", "make", "cancel", "cancel", "play", "play"]
    assert (VOICE == np.arange(0, 640, 2)).all()


@pytest.mark.parametrize("library", ["make"], indirect=True)
def test_a_library_that_cannot_be_loaded_is_said_once_and_passes_everything(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        one = WebRtcCanceller(library)
        library.join()
        assert one.cancel(VOICE) is VOICE
        one.play(VOICE)
    assert [r.getMessage() for r in caplog.records] == ["the echo canceller cannot be loaded, the echo is only ducked"]


@pytest.mark.parametrize("library", ["cancel", "play"], indirect=True)
def test_whatever_the_library_raises_ends_in_ducking_with_one_line(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library.join()
    voice = speech(31, 5)
    house = House("same", voice, canceller=lambda: WebRtcCanceller(library)).live(5)
    assert returned_db(house.far.ear, voice) < -30
    (said,) = [r.getMessage() for r in caplog.records]
    assert said.startswith("the echo canceller failed, from here on the echo is only ducked: libwebrtc: MemoryError(")


def test_a_package_that_is_not_there_is_not_installed() -> None:
    assert not Library("no_such_package.rtc").installed
    assert Library("json.decoder").installed


@pytest.mark.parametrize(
    ("way", "package", "says"),
    [
        ("cancel", "json", "echo of the loudspeaker: cancelled by libwebrtc, and ducked where something is left"),
        (
            "cancel",
            "no_such_package",
            "echo of the loudspeaker: ducked (libwebrtc's canceller is in the extra 'echo', which is not installed)",
        ),
        ("duck", "json", "echo of the loudspeaker: ducked"),
        ("off", "json", "echo of the loudspeaker: left to whoever is at the earpiece"),
    ],
)
def test_it_says_at_the_start_what_is_done(way: str, package: str, says: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        make = canceller(way, Library(package))  # type: ignore[arg-type]
    assert [record.getMessage() for record in caplog.records] == [says]
    assert (make is None) == (way == "off")
    assert (make is no_canceller) == (way == "duck" or package == "no_such_package")


@pytest.mark.parametrize(
    ("way", "package", "loads"),
    [("cancel", "json.decoder", True), ("cancel", "no_such_package.rtc", False), ("duck", "json.decoder", False)],
)
def test_a_service_loads_it_at_its_beginning(
    way: str, package: str, loads: bool, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(way, Library(package))  # type: ignore[arg-type]
    for thread in threading.enumerate():
        if thread.name == "echo canceller":
            thread.join(10)
    assert ("cannot be loaded" in caplog.text) == loads, "json has no canceller: that it was asked is in the log"
