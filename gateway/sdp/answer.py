"""The answer to an offer (:rfc:`3264#section-6`), and the reading of one (:rfc:`3264#section-7`).

Every media line of an offer is answered, in its place: the first one we can do is taken, all others are
refused with port 0. We answer with one voice codec, the first of the offer we have or the dearest to us
(:attr:`LocalMedia.codec_order`, as :rfc:`3264#section-6.1` leaves it to us), so that nobody changes it in mid-call;
what we offer may be answered with several, of which we send the first.
"""

from dataclasses import replace

from gateway.sdp.attribute import Attribute, SdpError
from gateway.sdp.connection import address_type
from gateway.sdp.crypto import SUITES
from gateway.sdp.description import SessionDescription
from gateway.sdp.formats import by_our_order, is_comfort, is_event, is_voice, key, own_parameters
from gateway.sdp.grouping import bundle, mid
from gateway.sdp.ice import MISMATCH, agree_ice, read_ice
from gateway.sdp.match import MEDIA_TYPE, MISCELLANEOUS, Match, Unfit, match
from gateway.sdp.media import Direction, LocalMedia, MasterKey, MediaSession, Srtp
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.offer_answer import (
    NOTHING,
    Before,
    UnacceptableOffer,
    origin_of,
    read_description,
    refused,
    stream,
    why_none,
    write,
)
from gateway.sdp.rtcp import wants_mux
from gateway.sdp.transport import Agreed, answer_security, read_security


def answer_offer(
    offer: bytes, local: LocalMedia, session_id: int, version: int, before: Before = NOTHING
) -> tuple[bytes, MediaSession]:
    """The answer and what it agrees to. :raises UnacceptableOffer: when there is no stream for us in it"""
    theirs = read_description(offer, "offer")
    _check_lines(theirs, before)
    origin = origin_of(local, session_id, version, before)
    if before.agreed is not None and _gone(theirs):
        gone = replace(before.agreed, direction=Direction.INACTIVE)
        return write(local, origin, tuple(map(refused, theirs.media)), theirs.times, ()), gone
    found, security = _take(theirs, local, before)
    ours, session = _answer_line(found, security, local, before)
    streams = tuple(ours if media is found.media else refused(media) for media in theirs.media)
    return write(local, origin, streams, theirs.times, bundle(theirs, found.media)), session


def decline_offer(offer: bytes, local: LocalMedia, session_id: int, version: int, before: Before = NOTHING) -> bytes:
    """An answer that takes no line of an offer, for one that has to be answered all the same
    (:rfc:`3261#section-13.2.2.4`). :raises UnacceptableOffer: for what is no description"""
    theirs = read_description(offer, "offer")
    streams = tuple(map(refused, theirs.media))
    return write(local, origin_of(local, session_id, version, before), streams, theirs.times, ())


def check_offer(offer: bytes, local: LocalMedia, before: Before = NOTHING) -> str:
    """Whether there is a stream for us in it, before there is a port: `local` may lack host, port and keys.

    :returns: the kind of address to have for it, ``IP4`` or ``IP6``
    :raises UnacceptableOffer: as :func:`answer_offer` would
    """
    local = replace(local, host="")
    if local.srtp is not Srtp.OFF and not local.keys:
        local = replace(local, keys=tuple(MasterKey(suite, bytes(length)) for suite, length in SUITES.items()))
    theirs = read_description(offer, "offer")
    _check_lines(theirs, before)
    if before.agreed is not None and _gone(theirs):
        return address_type(before.agreed.remote[0])
    found, _ = _take(theirs, local, before)
    return address_type(found.connection.host)


def _gone(theirs: SessionDescription) -> bool:
    """Whether the far end takes the voice away; it may bring it back (:rfc:`3264#section-8.2`)."""
    return not any(media.port for media in theirs.media)


def _check_lines(theirs: SessionDescription, before: Before) -> None:
    """A later offer may add media lines, not take any away (:rfc:`3264#section-8`)."""
    count = len(before.description.media) if before.description is not None else 0
    if len(theirs.media) < count:
        raise UnacceptableOffer(
            488,
            f"the offer has {len(theirs.media)} media lines, the call has {count}: none may be left out",
            MEDIA_TYPE,
        )


def _take(theirs: SessionDescription, local: LocalMedia, before: Before) -> tuple[Match, Agreed]:
    """The line the voice is on already if it still is for us, else the first that is."""
    lines = list(theirs.media)
    if before.place is not None:
        lines.insert(0, lines.pop(before.place))
    faults = []
    for media in lines:
        try:
            found = match(theirs, media, local)
            if local.codec_order == "ours":
                found = replace(found, voices=by_our_order(found.voices, local))
            return found, answer_security(theirs, media, local, before.security)
        except Unfit as fault:
            faults.append(fault)
        except SdpError as error:
            faults.append(Unfit(MISCELLANEOUS, str(error)))
    raise why_none(faults)


def _answer_line(
    found: Match, agreed: Agreed, local: LocalMedia, before: Before
) -> tuple[MediaDescription, MediaSession]:
    media = found.media
    security, lines = agreed
    direction = found.direction.reversed.limited_to(Direction(local.direction))
    mux = local.rtcp_mux and wants_mux(media)
    ice = agree_ice(found.far_ice, local.ice, before.ice, we_offered=False)
    voices, comforts, events = (
        tuple(replace(f, fmtp=own_parameters(f, local)) for f in (each,) if f is not None)
        for each in (found.voices[0], found.comfort(local), found.event(local))
    )
    more: list[Attribute] = [*mid(media), *lines]
    if found.far_ice is not None and found.far_ice.mismatch:
        more.append(MISMATCH)
    said = replace(local.ice, ufrag=ice.local_ufrag, pwd=ice.local_pwd) if local.ice and ice else None
    ours = stream(local, media.protocol, (*voices, *comforts, *events), direction, mux=mux, ice=said, more=more)
    session = found.session(
        voices,
        events,
        direction,
        receive_comfort=comforts,
        security=security,
        ice=ice,
        mux=mux,
        local=local,
    )
    return ours, session


def read_answer(offer: bytes, answer: bytes, local: LocalMedia, before: Before = NOTHING) -> MediaSession:
    """What our `offer` and their `answer` agree to. :raises UnacceptableOffer: when that is nothing"""
    ours, theirs = read_description(offer, "offer"), read_description(answer, "answer")
    if len(theirs.media) != len(ours.media):
        raise UnacceptableOffer(
            488, f"the answer has {len(theirs.media)} media lines, the offer had {len(ours.media)}", MEDIA_TYPE
        )
    offered, taken = next(((o, t) for o, t in zip(ours.media, theirs.media, strict=True) if o.port), (None, None))
    if offered is None or taken is None:
        raise UnacceptableOffer(488, "no audio stream in it", MEDIA_TYPE)
    try:
        found = match(theirs, taken, local)
        security = read_security(theirs, taken, offered, local)
    except Unfit as fault:
        raise why_none([fault]) from fault
    except SdpError as error:
        raise UnacceptableOffer(488, str(error)) from error
    answered = {key(f) for f in taken.rtp_formats}
    receive = [f for f in offered.rtp_formats if is_voice(f) and key(f) in answered]
    receive.sort(key=lambda f: key(f) != key(found.voices[0]))
    asked_ice = local.ice if read_ice(ours, offered) is not None else None
    return found.session(
        tuple(receive),
        tuple(f for f in offered.rtp_formats if is_event(f)),
        found.direction.reversed.limited_to(ours.direction_of(offered)),
        receive_comfort=tuple(f for f in offered.rtp_formats if is_comfort(f)),
        security=security,
        ice=agree_ice(found.far_ice, asked_ice, before.ice, we_offered=True),
        mux=offered.first("rtcp-mux") is not None and wants_mux(taken),
        local=local,
    )
