"""The device's view of a voice path: where frames come from, where they go.

Voice never goes through a mailbox: the bridge pulls every source and pushes every sink on its own 20 ms clock.
"""

from typing import Protocol

from softphone.audio.frame import Frame


class AudioSource(Protocol):
    """A microphone, a far end, a file: something that is heard."""

    def pull(self, at: float) -> Frame:
        """The next 20 ms. Called once a tick; never blocks, never raises; silence where there is nothing.

        :param at: s, when the tick is due on the clock of the loop: 20 ms after the one before, even when a process
            that was held up serves it late. What a source decides by it, a stall does not disturb.
        """
        ...


class AudioSink(Protocol):
    """A receiver, a loudspeaker, a far end, a recording: something that hears."""

    def push(self, frame: Frame) -> None:
        """Take the next 20 ms. Called once a tick; never blocks, never raises; the frame is not to be modified."""
        ...


class AudioLeg(AudioSource, AudioSink, Protocol):
    """Both ways of one voice path."""
