"""What a base station is told once, when it is made."""

from dataclasses import dataclass, field
from typing import Literal

from gateway.legs.voice_policy import VoicePolicy
from gateway.receivers import LocalLegs
from gateway.sip.account import Account
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
    local_legs: LocalLegs = field(default_factory=dict)
