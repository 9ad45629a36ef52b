"""The offer of all we have (:rfc:`3264#section-5`), and of all that is left of a call (:rfc:`3264#section-8`)."""

from gateway.sdp.formats import formats_of
from gateway.sdp.grouping import bundle, mid
from gateway.sdp.ice import standing
from gateway.sdp.media import Direction, LocalMedia
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.offer_answer import NOTHING, Before, origin_of, refused, stream, write
from gateway.sdp.transport import offered_protocol, offered_security


def make_offer(local: LocalMedia, session_id: int, version: int, before: Before = NOTHING) -> bytes:
    """:raises ValueError: for no codec, one that has no format, or encryption that is wanted without a key

    No media line of the call may go, and no payload type change its meaning: ours stays in its place, the others stay
    refused. The direction is what we want, whatever the far end wants for now: its answer limits it, and once it
    resumes nothing of its hold is left in what we say.
    """
    last, place = before.description, before.place
    slot = last.media[place] if last is not None and place is not None else None
    protocol = offered_protocol(local, slot.protocol if slot is not None else "", before.security)
    ours = stream(
        local,
        protocol,
        formats_of(local, before.formats),
        Direction(local.direction),
        mux=local.rtcp_mux,
        ice=standing(local.ice, before.ice) if local.ice is not None else None,
        more=(
            *(mid(slot) if slot is not None else ()),
            *offered_security(local, protocol, before.security),
        ),
    )
    origin = origin_of(local, session_id, version, before)
    if last is None:
        return write(local, origin, (ours,), ("0 0",), ())
    group = bundle(last, slot) if slot is not None else ()
    return write(local, origin, _in_place(last.media, ours, place), last.times, group)


def _in_place(
    lines: tuple[MediaDescription, ...], ours: MediaDescription, place: int | None
) -> tuple[MediaDescription, ...]:
    """In its place; when the call has lost it, in that of an audio line that is gone, or as a new one
    (:rfc:`3264#section-8.1`)."""
    if place is None:
        place = next((i for i, media in enumerate(lines) if media.media == "audio"), len(lines))
    kept = [refused(media) for media in lines]
    kept[place : place + 1] = [ours]
    return tuple(kept)
