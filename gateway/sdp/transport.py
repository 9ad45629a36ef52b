"""The protocol of a media line, and what the policy on encryption makes of it.

``RTP/AVP`` is plain (:rfc:`3551`), or encrypted if both can (:rfc:`8643`); ``RTP/SAVP`` has its keys in the
description (:rfc:`4568`), ``UDP/TLS/RTP/SAVP`` from a handshake (:rfc:`5764#section-8`). The same with an F (feedback,
:rfc:`4585`, :rfc:`5124`) is answered with an F; feedback itself is for pictures, and not sent.
"""

from gateway.sdp.attribute import Attribute, SdpError
from gateway.sdp.crypto import choose_crypto, offered_crypto, read_crypto
from gateway.sdp.description import SessionDescription
from gateway.sdp.fingerprint import read_fingerprints
from gateway.sdp.media import DtlsParameters, DtlsSession, LocalMedia, SdesSession, Srtp
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.setup import ROLES, answer_setup, read_setup

PLAIN = ("RTP/AVP", "RTP/AVPF")
SDES = ("RTP/SAVP", "RTP/SAVPF")
DTLS = ("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")

Security = SdesSession | DtlsSession | None
Agreed = tuple[Security, tuple[Attribute, ...]]
"""what protects the stream, and the lines of our answer that say so"""


def taken_protocols(local: LocalMedia) -> tuple[str, ...]:
    """Those an offer may have."""
    if local.srtp is Srtp.OFF:
        return PLAIN
    return (*PLAIN, *(SDES if local.keys or local.dtls else ()), *(DTLS if local.dtls else ()))


def offered_protocol(local: LocalMedia, before: str = "", agreed: Security = None) -> str:
    """What our offer has: in a call, what was agreed on, as long as the policy allows it.

    :raises ValueError: when encryption is mandatory and there is nothing to do it with
    """
    if local.srtp is Srtp.MANDATORY and not (local.keys or local.dtls):
        raise ValueError("SRTP is mandatory, and there is neither a key nor a certificate for it")
    if before in taken_protocols(local) and (agreed is not None or local.srtp is not Srtp.MANDATORY):
        return before
    if local.srtp is Srtp.MANDATORY:
        return DTLS[0] if local.dtls else SDES[0]
    return PLAIN[0]


def offered_security(local: LocalMedia, protocol: str, agreed: Security = None) -> tuple[Attribute, ...]:
    """The keys and fingerprints of our offer; in a call, of the kind that was agreed on only."""
    if local.srtp is Srtp.OFF:
        return ()
    sdes = protocol not in DTLS and not isinstance(agreed, DtlsSession)
    dtls = not isinstance(agreed, SdesSession) and (protocol not in SDES or not (sdes and local.keys))
    suite = agreed.send.suite if isinstance(agreed, SdesSession) else ""
    keys = sorted(local.keys, key=lambda key: key.suite != suite) if sdes else ()
    return (*offered_crypto(keys), *(_dtls_attributes(local.dtls, local.dtls.setup) if local.dtls and dtls else ()))


def answer_security(theirs: SessionDescription, media: MediaDescription, local: LocalMedia, before: Security) -> Agreed:
    """How the stream of an offered line is protected. Of two ways the handshake is the better one, since nobody
    who reads the description knows its keys; in a call the way that was agreed on stays.

    :raises SdpError: when the protocol or the policy needs a protection and there is none
    """
    if local.srtp is Srtp.OFF:
        return None, ()
    ways = []
    if local.dtls and theirs.values_of(media, "fingerprint"):
        ways.append(_answer_dtls)
    if local.keys and media.protocol not in DTLS and media.values("crypto"):
        ways.insert(0 if isinstance(before, SdesSession) else len(ways), _answer_sdes)
    faults = []
    for way in ways:
        try:
            return way(theirs, media, local, before)
        except SdpError as fault:
            faults.append(fault)
    if media.protocol in PLAIN and local.srtp is Srtp.OPTIONAL:
        return None, ()
    if faults:
        raise faults[0]
    if media.protocol in PLAIN:
        raise SdpError(f"SRTP is mandatory here, and {media.protocol} came without a key")
    raise SdpError(f"SDP has no {'fingerprint' if media.protocol in DTLS else 'crypto'} line for {media.protocol}")


def _answer_sdes(theirs: SessionDescription, media: MediaDescription, local: LocalMedia, before: Security) -> Agreed:
    session, line = choose_crypto(media.values("crypto"), local.keys)
    return session, (line,)


def _answer_dtls(theirs: SessionDescription, media: MediaDescription, local: LocalMedia, before: Security) -> Agreed:
    assert local.dtls is not None
    fingerprints = read_fingerprints(theirs.values_of(media, "fingerprint"))
    tls_id = media.first("tls-id") or ""
    kept = before.role if isinstance(before, DtlsSession) and before.same(fingerprints, tls_id) else ""
    setup = answer_setup(theirs.first_of(media, "setup"), kept)
    return DtlsSession(ROLES[setup], fingerprints, tls_id), _dtls_attributes(local.dtls, setup)


def _dtls_attributes(dtls: DtlsParameters, setup: str) -> tuple[Attribute, ...]:
    """Without ``tls-id``: our association ends with its certificate or role, as in :rfc:`5763#section-6.6`."""
    return (
        *(Attribute("fingerprint", f"{name} {digest}") for name, digest in dtls.fingerprints),
        Attribute("setup", setup),
    )


def read_security(
    theirs: SessionDescription, answered: MediaDescription, offered: MediaDescription, local: LocalMedia
) -> Security:
    """What an answer made of what we offered. :raises SdpError: when that is not what the policy allows"""
    fingerprints, crypto = theirs.values_of(answered, "fingerprint"), answered.values("crypto")
    if answered.protocol not in taken_protocols(local):
        raise SdpError(f"transport {answered.protocol} answers {offered.protocol}")
    if offered.values("fingerprint") and fingerprints:
        role = read_setup(theirs.first_of(answered, "setup"), offered.first("setup") or "actpass")
        return DtlsSession(role, read_fingerprints(fingerprints), answered.first("tls-id") or "")
    if offered.values("crypto") and crypto:
        return read_crypto(crypto, offered.values("crypto"))
    if answered.protocol not in PLAIN or offered.protocol not in PLAIN:
        raise SdpError(f"the answer has no key for {offered.protocol}")
    if local.srtp is Srtp.MANDATORY:
        raise SdpError("SRTP is mandatory here, and the answer has no key")
    return None
