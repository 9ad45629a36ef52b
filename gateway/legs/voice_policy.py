"""What the voice path of an account or a call may be."""

from dataclasses import dataclass
from typing import Literal

from gateway.codecs import OpusSettings
from gateway.sdp.media import Srtp


@dataclass(frozen=True)
class VoicePolicy:
    """The defaults are plain RTP, as every phone speaks it."""

    srtp: Srtp = Srtp.OFF
    """whether voice is encrypted: off, when the far end can, or always"""
    dtls: bool = False
    """whether keys may come from a DTLS handshake (:rfc:`5763`); without it, from the SDP (:rfc:`4568`)"""
    ice: bool = False
    """whether we check which addresses work (:rfc:`8445`) with a far end that does so, too"""
    rtcp_mux: bool = False
    """whether RTCP may share the port of RTP (:rfc:`5761`)"""
    xr: bool = False
    """whether VoIP metrics are told and taken (:rfc:`3611#section-4.7`)"""
    codec_order: Literal["theirs", "ours"] = "theirs"
    """whose order decides which codec of an offer is taken (:rfc:`3264#section-6.1`)"""
    silence_suppression: bool = False
    """whether silence may be described instead of sent (:rfc:`3389`)"""
    opus: OpusSettings = OpusSettings()  # noqa: RUF009 - frozen
    """what we want of Opus"""
    browser_opus: OpusSettings = OpusSettings(bitrate=80_000, complexity=0)  # noqa: RUF009 - frozen
    """how browsers are spoken to"""
