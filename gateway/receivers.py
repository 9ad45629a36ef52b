"""The handset and the earpiece as voice paths: browsers that came, or files that stand in for them."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from gateway.codecs import OpusSettings
from gateway.legs.file import FileLeg, WaveFault
from gateway.legs.offer import LegRefused
from gateway.legs.webrtc import WebRtcFigures, WebRtcLeg
from softphone.audio.conference import Conference
from softphone.audio.routing import Member

logger = logging.getLogger(__name__)

LEG_LOSS_S = 10.0
"""how long a part waits for its browser to come back before it is hung up"""

LocalLegs = Mapping[Member, Callable[[], FileLeg]]
"""What stands in for a browser: opened anew for every call."""


class Receivers:
    """Who is at the handset and at the earpiece of one phone."""

    def __init__(
        self,
        name: str,
        conference: Conference,
        local_legs: LocalLegs,
        abandoned: Callable[[Member], None],
        opus: OpusSettings,
    ) -> None:
        """:param opus: how browsers are spoken to.
        :param abandoned: called when a part's browser vanished and did not come back in time."""
        self.played_out = asyncio.Event()
        """set when every file of the call has been spoken to its end"""
        self._name = name
        self._conference = conference
        self._local_legs = local_legs
        self._abandoned = abandoned
        self._opus = opus
        self._files: dict[Member, FileLeg] = {}
        self._coming: dict[Member, WebRtcLeg] = {}
        """answered, not connected yet"""
        self._browsers: dict[Member, WebRtcLeg] = {}
        self._closing: set[asyncio.Future[None]] = set()
        self._waiting: dict[Member, asyncio.TimerHandle] = {}

    # ------------------------------------------------------------ files

    @property
    def has_files(self) -> bool:
        """Files speak and record."""
        return bool(self._files)

    def call_stands(self, stands: bool) -> None:
        """Files speak and record while a call stands."""
        if stands and not self._files:
            self._open_files()
        elif not stands and self._files:
            self._close_files()

    def _open_files(self) -> None:
        self.played_out.clear()
        for member, make in self._local_legs.items():
            if member in self._browsers:
                continue  # somebody is there
            try:
                leg = self._files[member] = make()
                leg.on_finished = self._played
            except WaveFault as fault:
                logger.error("%s: %s: %s", self._name, member, fault)
            else:
                self._conference.attach(member, leg)

    def _played(self) -> None:
        if all(leg.finished for leg in self._files.values()):
            self.played_out.set()

    def _close_files(self) -> None:
        """The last of a recording is written by a thread: a slow disk must not hold up anybody's voice."""
        loop = asyncio.get_running_loop()
        for member, leg in self._files.items():
            self._leave(member, leg)
            closing = loop.run_in_executor(None, leg.close)
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._files.clear()

    # ------------------------------------------------------------ browsers

    async def connect(self, member: Member, sdp: str, kind: str) -> str:
        """A browser is to be the part: its offer in, our answer out. Whoever was there stays until it is connected.

        :raises LegRefused: in one sentence, when the offer cannot be answered."""
        leg = WebRtcLeg(self._opus)
        leg.on_connected = lambda: self._come(member, leg)
        leg.on_closed = lambda: self._vanished(member, leg)
        answer = await leg.answer(sdp, kind)
        waiting, self._coming[member] = self._coming.get(member), leg
        if waiting is not None:
            await waiting.close()
        return answer

    def _come(self, member: Member, leg: WebRtcLeg) -> None:
        """The browser is connected: it takes the part over."""
        if self._coming.get(member) is not leg:
            return
        del self._coming[member]
        before, self._browsers[member] = self._browsers.get(member), leg
        self._conference.attach(member, leg)
        self._stop_waiting(member)
        if before is not None:
            closing = asyncio.get_running_loop().create_task(before.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def disconnect(self, member: Member) -> None:
        """The browser leaves. It may be a page that is loaded again: its part waits for the next one for a while."""
        coming = self._coming.pop(member, None)
        if coming is not None:
            await coming.close()
        leg = self._browsers.pop(member, None)
        if leg is not None:
            self._leave(member, leg)
            self._wait(member)
            await leg.close()

    def _vanished(self, member: Member, leg: WebRtcLeg) -> None:
        if self._coming.get(member) is leg:
            del self._coming[member]
        if self._browsers.get(member) is leg:
            logger.warning("%s: the browser at the %s vanished", self._name, member)
            del self._browsers[member]
            self._leave(member, leg)
            self._wait(member)

    def _wait(self, member: Member) -> None:
        self._stop_waiting(member)
        self._waiting[member] = asyncio.get_running_loop().call_later(LEG_LOSS_S, self._give_up, member)

    def _give_up(self, member: Member) -> None:
        del self._waiting[member]
        self._abandoned(member)

    def _stop_waiting(self, member: Member) -> None:
        if member in self._waiting:
            self._waiting.pop(member).cancel()

    def _leave(self, member: Member, leg: FileLeg | WebRtcLeg) -> None:
        """Detach, unless somebody else has the part by now."""
        if self._conference.legs[member] is leg:
            self._conference.detach(member)

    def figures(self) -> dict[Member, WebRtcFigures]:
        return {member: leg.figures for member, leg in self._browsers.items()}

    async def close(self) -> None:
        """Nobody is at the phone any more."""
        self._close_files()
        for member in tuple(Member):
            await self.disconnect(member)
            self._stop_waiting(member)
        await asyncio.gather(*self._closing, return_exceptions=True)


__all__ = ["LegRefused", "LocalLegs", "Receivers"]
