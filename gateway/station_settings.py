"""What a base station is told once, when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from gateway.legs.voice_policy import VoicePolicy
from gateway.receivers import LocalLegs
from gateway.sip.account import Account
from gateway.sip.call.target import over
from softphone.audio.echo import MakeCanceller, no_canceller
from softphone.audio.routing import Member
from softphone.market import Market
from softphone.settings import PhoneSettings


@dataclass(frozen=True, slots=True)
class StationSettings:
    name: str
    market: Market
    phone: PhoneSettings
    account: Account | None = None
    """None: direct calls only"""
    domain: str = ""
    """host[:port][;parameters] of the registrar, to which dialled digits belong"""
    voicemail: bool = False
    """whether the registrar is asked to tell of messages that wait (:rfc:`3842`)"""
    rtp_ports: tuple[int, int] = (16_384, 32_766)
    silence_s: float = 60.0
    """a call whose far end sends nothing for so long, though it should, is ended; 0 for never"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    voice: VoicePolicy = VoicePolicy()  # noqa: RUF009 - frozen
    """whether voice is encrypted, how addresses are found, what RTCP tells"""
    transport: str = "udp"
    """``udp``, ``tcp`` or ``tls``: towards who is called straight, where the address called names none"""
    digits: Literal["voice", "info"] = "voice"
    """see :class:`~gateway.calls.VoiceSettings`"""
    canceller: MakeCanceller | None = no_canceller
    """of the loudspeaker's echo, beside which it is ducked; None: nothing is done about it"""
    gain_db: Mapping[Member, float] = field(default_factory=dict)
    """what a voice is turned up by before it is mixed"""
    local_legs: LocalLegs = field(default_factory=dict)
    recordings: Path | None = None
    """folder that calls are recorded into, when asked; None: they cannot be"""

    def target(self, number: str) -> str:
        """What to call: a SIP address as it is, digits at our registrar. :raises ValueError: digits without one."""
        if number.startswith(("sip:", "sips:")):
            return over(self.transport, number) if self.account is None else number
        if not self.domain:
            raise ValueError(f"{number}: no registrar is configured, so only SIP addresses can be called")
        scheme = "sip" if self.account is None else self.account.uri.scheme
        return f"{scheme}:{quote(number, safe='*+')}@{self.domain}"
