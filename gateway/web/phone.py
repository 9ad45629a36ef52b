"""What the web needs of a phone, and nothing more. The base station is one; the tests have another."""

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from gateway.web.figures import PhoneFigures
from gateway.web.recorder import WebRecorder
from softphone.actor import Address
from softphone.messages import Dial, DialCommand, EarpieceCommand, HandsetCommand, PhoneSnapshot, Transfer

Part: TypeAlias = Literal["handset", "earpiece"]
"""What a browser can be the microphone and the receiver of."""


class LegRefused(Exception):  # noqa: N818  (named for what happened, as HTTP and SIP name it)
    """The phone does not take this browser as a part; the text is one sentence that says why."""


class WebPhone(Protocol):
    """One phone, as its pages see it."""

    @property
    def name(self) -> str: ...

    @property
    def snapshot(self) -> PhoneSnapshot:
        """Everything a person can see, now."""
        ...

    @property
    def handset(self) -> Address[HandsetCommand]: ...

    @property
    def earpiece(self) -> Address[EarpieceCommand]: ...

    @property
    def dial(self) -> Address[DialCommand]: ...

    @property
    def call_control(self) -> Address[Dial | Transfer]:
        """What a person can ask for beyond the parts' gestures."""
        ...

    def subscribe(self, listener: Callable[[PhoneSnapshot], None]) -> Callable[[], None]:
        """Call `listener` with every later snapshot, in the loop's thread, until the returned function is called."""
        ...

    async def connect(self, part: Part, sdp: str, kind: str) -> tuple[str, str]:
        """Make the browser that offers `sdp` the voice of a part, in place of any other.

        :returns: the answer: SDP and its type.
        :raises LegRefused: in one sentence, when the offer is no use or the part is not free.
        """
        ...

    async def disconnect(self, part: Part) -> None:
        """Let the browser of a part go. Nothing happens where there is none."""
        ...

    def figures(self) -> PhoneFigures:
        """How voice fares now."""
        ...

    @property
    def recorder(self) -> WebRecorder:
        """What records the phone's voice."""
        ...
