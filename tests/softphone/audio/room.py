"""A room for the tests: what the loudspeaker plays comes back into the microphones of the room, with other voices.

Voices are made here (no files): pitch, formants that glide, syllables and pauses, of as many people as seeds.
"""

import math

import numpy as np
from numpy.typing import NDArray

from softphone.audio.conference import Conference
from softphone.audio.echo import EchoGuard, MakeCanceller, no_canceller
from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, Frame
from softphone.audio.routing import Member, Room, routing
from softphone.messages import CallSnapshot, CallState, EarpieceSnapshot, HandsetSnapshot, PhoneSnapshot, Place
from softphone.tone import Levels, Tone

FAR, HANDSET, EARPIECE = Member.FAR, Member.HANDSET, Member.EARPIECE
Sound = NDArray[np.float64]


def speech(seed: int, seconds: float, dbov: float = -26.0) -> Sound:
    """A voice, its active level `dbov`: words of 0.2 to 0.9 s, pauses of 0.05 to 0.6 s, some of its sounds hissed."""
    random = np.random.default_rng(seed)
    samples = int(seconds * SAMPLE_RATE)
    pieces: list[Sound] = []
    base = random.uniform(85, 230)
    while sum(map(len, pieces)) < samples:
        pieces.append(_word(random, base, random.uniform(0.2, 0.9)))
        pieces.append(np.zeros(int(random.uniform(0.05, 0.6) * SAMPLE_RATE)))
    sound = np.concatenate(pieces)[:samples]
    spoken = np.abs(sound) > 1e-6
    return sound * (32_768 * 10 ** (dbov / 20) / math.sqrt(np.mean(sound[spoken] ** 2)))


def _word(random: np.random.Generator, base: float, seconds: float) -> Sound:
    n = int(seconds * SAMPLE_RATE)
    t = np.arange(n) / SAMPLE_RATE
    pitch = base * (1 + 0.12 * np.sin(2 * np.pi * random.uniform(1, 4) * t + random.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    formants = [random.uniform(300, 800), random.uniform(900, 2300), random.uniform(2400, 3400)]
    glide = [1 + random.uniform(-0.25, 0.25) * t / seconds for _ in formants]
    voiced = np.zeros(n)
    for k in range(1, 30):
        at = k * pitch
        strength = sum(
            np.exp(-(((at - f * g) / 180) ** 2)) / (i + 1) for i, (f, g) in enumerate(zip(formants, glide, strict=True))
        )
        voiced += np.where(at < 7000, (strength + 0.02 / k) * np.sin(k * phase), 0)
    hiss = np.diff(random.standard_normal(n + 1)) * 0.15
    mix = np.clip(np.sin(2 * np.pi * random.uniform(2, 5) * t + random.uniform(0, 6)) * 3, -1, 1)
    sound = np.where(mix > -0.6, voiced, hiss)
    syllables = 0.35 + 0.65 * np.abs(np.sin(2 * np.pi * random.uniform(1.5, 3.5) * t + random.uniform(0, 3)))
    edge = min(n // 4, 400)
    syllables[:edge] *= np.linspace(0, 1, edge)
    syllables[-edge:] *= np.linspace(1, 0, edge)
    return np.asarray(sound * syllables)


class Air:
    """From a loudspeaker to a microphone: late, weaker, and, where there are walls, smeared."""

    def __init__(self, db: float, ms: float, tail_ms: float = 0.0, seed: int = 0) -> None:
        delay = int(ms * SAMPLE_RATE / 1000)
        assert delay >= FRAME_SAMPLES, "what is played in a tick is heard in the next one at the earliest"
        tail = int(tail_ms * SAMPLE_RATE / 1000)
        response = np.zeros(delay + tail + 1)
        response[delay] = 1.0
        if tail:
            reverb = np.random.default_rng(seed).standard_normal(tail) * np.exp(-6.9 * np.arange(tail) / tail)
            response[delay + 1 :] = reverb * 0.6 / math.sqrt(np.sum(reverb**2))
            response /= math.sqrt(np.sum(response**2))
        self._response = response * 10 ** (db / 20)
        self._played = np.zeros(len(response) + FRAME_SAMPLES - 1)
        self._walls = tail > 0
        self._size = 1 << (len(self._played) + len(response) - 1).bit_length()
        self._spectrum = np.fft.rfft(self._response, self._size)

    def play(self, frame: Frame) -> None:
        self._played = np.concatenate((self._played[FRAME_SAMPLES:], frame))

    def hear(self) -> Sound:
        """20 ms at the microphone, of the tick after the last that was played."""
        if not self._walls:
            return np.asarray(self._response[-1] * self._played[FRAME_SAMPLES : 2 * FRAME_SAMPLES])
        played = np.concatenate((self._played[FRAME_SAMPLES:], np.zeros(FRAME_SAMPLES)))
        whole = np.fft.irfft(np.fft.rfft(played, self._size) * self._spectrum, self._size)
        return np.asarray(whole[len(played) - FRAME_SAMPLES : len(played)])


class Person:
    """A leg: somebody's voice, what the air brings to the microphone, and what was heard at the ear."""

    def __init__(self, voice: Sound, noise_dbov: float = -75.0, seed: int = 99) -> None:
        self.voice = voice
        self.airs: list[Air] = []
        """that end at this microphone"""
        self.plays_into: list[Air] = []
        """that begin at this ear"""
        self.others: list[tuple[Sound, float]] = []
        """voices that reach the microphone through the air, and their factors"""
        self.heard: list[Frame] = []
        self.said: list[Frame] = []
        self.at = 0
        self._noise = np.random.default_rng(seed).standard_normal(SAMPLE_RATE) * 32_768 * 10 ** (noise_dbov / 20)

    def pull(self, at: float) -> Frame:
        span = slice(self.at * FRAME_SAMPLES, (self.at + 1) * FRAME_SAMPLES)
        sound = _part(self.voice, span) + self._noise[(self.at % 50) * FRAME_SAMPLES :][:FRAME_SAMPLES]
        for voice, factor in self.others:
            sound = sound + factor * _part(voice, span)
        for air in self.airs:
            sound = sound + air.hear()
        self.at += 1
        self.said.append(np.clip(np.rint(sound), -32_768, 32_767).astype(np.int16))
        return self.said[-1]

    def push(self, frame: Frame) -> None:
        self.heard.append(frame)
        for air in self.plays_into:
            air.play(frame)

    @property
    def ear(self) -> Sound:
        return np.concatenate(self.heard).astype(np.float64)


def _part(voice: Sound, span: slice) -> Sound:
    part = voice[span]
    return part if len(part) == FRAME_SAMPLES else np.concatenate((part, np.zeros(FRAME_SAMPLES - len(part))))


class Book:
    levels = Levels(single_dbm0=-12, component_dbm0=-15, howler_cap_dbm0=-10, ramp_ms=5)

    def tone(self, name: str) -> Tone:
        raise LookupError(name)


def snapshot(place: Place = Place.FAR, volume: int = 7, muted: bool = False) -> PhoneSnapshot:
    loud = place in (Place.FAR, Place.TABLE)
    return PhoneSnapshot(
        "p",
        "FR",
        handset=HandsetSnapshot(lifted=True, volume=volume),
        earpiece=EarpieceSnapshot(place=place, loudspeaker=loud, volume=volume, muted=muted),
        call=CallSnapshot(state=CallState.TALKING),
    )


def connect(person: Person, other: Person, air: Air) -> None:
    """What `person` hears comes into the microphone of `other`."""
    person.plays_into.append(air)
    other.airs.append(air)


def returned_db(heard: Sound, voice: Sound, most_ms: int = 700) -> float:
    """How loud a voice is in what is heard, to the voice itself, at whatever delay: what correlates."""
    n = min(len(heard), len(voice))
    size = 1 << (2 * n - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard[:n], size) * np.fft.rfft(voice[:n], size).conj(), size)
    best = float(np.abs(product[: most_ms * SAMPLE_RATE // 1000]).max())
    return 20 * math.log10(best / float(voice[:n] @ voice[:n]) + 1e-9)


def band(sound: Sound, low_hz: float, high_hz: float) -> Sound:
    """What of a sound is between two frequencies: voices in bands of their own can be told apart to the end."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    spectrum *= np.clip((hz - low_hz) / 100 + 0.5, 0, 1) * np.clip((high_hz - hz) / 100 + 0.5, 0, 1)
    return np.asarray(np.fft.irfft(spectrum, len(sound)))


def level_db(sound: Sound) -> float:
    return 20 * math.log10(math.sqrt(float(np.mean(sound**2))) / 32_768 + 1e-9)


NOTHING: Sound = np.zeros(1)


class House:
    """A phone whose earpiece is a loudspeaker in a room, and somebody at the far end."""

    def __init__(
        self,
        room: Room,
        far: Sound = NOTHING,
        handset: Sound = NOTHING,
        earpiece: Sound = NOTHING,
        db: float = -6,
        ms: float = 40,
        tail_ms: float = 0,
        volume: int = 7,
        canceller: MakeCanceller | None = no_canceller,
        far_room: Air | None = None,
        place: Place = Place.FAR,
    ) -> None:
        """:param canceller: None for a phone that does nothing about the echo.
        :param far_room: from the far end's loudspeaker to its microphone."""
        self.far, self.handset, self.earpiece = Person(far, seed=1), Person(handset, seed=2), Person(earpiece, seed=3)
        connect(self.earpiece, self.earpiece, Air(db, ms, tail_ms, 1))
        self.earpiece.others.append((handset, 0.25))
        if room == "same":
            connect(self.earpiece, self.handset, Air(db - 6, ms + 3, tail_ms, 2))
            self.handset.others.append((earpiece, 0.25))
        if far_room is not None:
            connect(self.far, self.far, far_room)
        self.conference = Conference("p", Book(), None if canceller is None else EchoGuard[Member](canceller))
        for member, person in ((FAR, self.far), (HANDSET, self.handset), (EARPIECE, self.earpiece)):
            self.conference.attach(member, person)
        self._room: Room = room
        self._volume = volume
        self.put(place)

    def put(self, place: Place, muted: bool = False) -> None:
        self.conference.follow(routing(snapshot(place, self._volume, muted), self._room))

    def live(self, seconds: float) -> "House":
        for _ in range(round(seconds * 50)):
            self.conference.tick(0.0)
        return self
