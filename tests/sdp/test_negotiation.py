"""The offers and answers of one call: hold, versions, lines that come and go, and offers that come to nothing."""

from dataclasses import replace

import pytest

from gateway.sdp.description import SessionDescription
from gateway.sdp.media import Direction, LocalMedia, MediaSession, Srtp
from gateway.sdp.negotiation import Negotiation, Pending
from gateway.sdp.offer import make_offer
from gateway.sdp.offer_answer import UnacceptableOffer
from tests.sdp.descriptions import an_offer, keys
from tests.sip.pair import ANN, BOB, media


def origin(description: bytes) -> bytes:
    return next(line for line in description.splitlines() if line.startswith(b"o="))


def test_offer_and_answer_lead_to_the_same_media() -> None:
    ann, bob = Negotiation(media(ANN), 7), Negotiation(media(BOB), 8)
    offer = ann.offer()
    answer = bob.answer(offer)
    early, agreed = ann.peek(answer), ann.answered(answer)
    assert early == agreed == ann.agreed
    assert agreed.remote == (BOB[0], 4000)
    assert bob.agreed is not None and bob.agreed.remote == (ANN[0], 4000)


def test_the_same_description_keeps_its_version_and_another_gets_the_next() -> None:
    bob = Negotiation(media(BOB), 8)
    offer = Negotiation(media(ANN), 7).offer()
    first, same = bob.answer(offer), bob.answer(offer)
    held = bob.answer(offer.replace(b"a=sendrecv", b"a=sendonly"))
    assert origin(first) == origin(same) == b"o=- 8 8 IN IP4 192.0.2.2"
    assert origin(held) == b"o=- 8 9 IN IP4 192.0.2.2"


def test_what_cannot_be_agreed_on_changes_nothing() -> None:
    bob = Negotiation(media(BOB), 8)
    offer = Negotiation(media(ANN), 7).offer()
    bob.answer(offer)
    before = bob.agreed
    with pytest.raises(UnacceptableOffer):
        bob.answer(b"v=0\r\nnonsense")
    assert bob.agreed is before
    assert bob.peek(b"nonsense") is None
    with pytest.raises(UnacceptableOffer):
        bob.answered(b"")
    assert bob.agreed is before


def media_lines(description: bytes) -> list[str]:
    return [line.decode() for line in description.splitlines() if line.startswith((b"m=", b"a=rtpmap"))]


def test_a_later_offer_keeps_every_media_line_in_its_place() -> None:
    bob = Negotiation(media(BOB), 8)
    video = b"m=video 5000 RTP/AVP 31\r\n"
    head, voice = Negotiation(media(ANN), 7).offer().split(b"m=", 1)
    bob.answer(head + video + b"m=" + voice + b"m=image 6000 udptl t38\r\n")
    offer = bob.offer()
    assert [line for line in media_lines(offer) if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 31",
        "m=audio 4000 RTP/AVP 0 8 101",
        "m=image 0 udptl t38",
    ]
    answer = Negotiation(media(ANN), 7).answer(offer)
    assert bob.answered(answer).remote == (ANN[0], 4000)


def test_a_later_offer_means_by_a_payload_type_what_it_meant_before() -> None:
    bob = Negotiation(media(BOB, ("OPUS", "PCMU", "G722")), 8)
    offer = Negotiation(media(ANN, ("OPUS", "PCMU")), 7).offer()
    for old, new in ((b"101", b"110"), (b"102", b"96"), (b" 96 0", b" 107 0"), (b":96 opus", b":107 opus")):
        offer = offer.replace(old, new)
    offer = offer.replace(b"fmtp:96 use", b"fmtp:107 use")
    bob.answer(offer)
    assert bob.agreed is not None and bob.agreed.send.payload_type == 107
    lines = media_lines(bob.offer())
    assert "a=rtpmap:107 opus/48000/2" in lines and "a=rtpmap:96 telephone-event/48000" in lines
    assert "a=rtpmap:0 PCMU/8000" in lines
    numbers = lines[0].split()[3:]
    assert len(numbers) == len(set(numbers)) == 5


def test_the_numbers_of_every_codec_stay_when_the_order_changes_in_mid_call() -> None:
    local = replace(media(ANN, ("opus", "G722", "L16", "PCMU")), comfort_noise=True)
    ann, bob = Negotiation(local, 7), Negotiation(replace(local, host=BOB[0], port=BOB[1]), 8)
    first = media_lines(ann.offer())
    ann.answered(bob.answer(ann.offer()))
    ann.local = replace(local, codecs=("PCMU", "L16", "opus", "G722"))
    second = media_lines(ann.offer())
    assert first[0].split()[3:] != second[0].split()[3:]
    assert {line for line in first if "rtpmap" in line} == {line for line in second if "rtpmap" in line}


def test_a_new_payload_type_takes_no_number_that_means_something_else() -> None:
    bob = Negotiation(media(BOB, ("PCMU", "OPUS")), 8)
    offer = Negotiation(media(ANN, ("PCMU",)), 7).offer().replace(b"101", b"96")
    bob.answer(offer)
    lines = media_lines(bob.offer())
    assert "a=rtpmap:96 telephone-event/8000" in lines and "a=rtpmap:97 opus/48000/2" in lines


def test_the_first_offer_that_is_repeated_stays_the_same() -> None:
    ann = Negotiation(media(ANN), 7)
    assert ann.offer() == ann.offer()


# -- hold and resume ------------------------------------------------------------------------------------------------


def two() -> tuple[Negotiation, Negotiation]:
    """A call that stands: ann called bob."""
    ann, bob = Negotiation(media(ANN), 7), Negotiation(media(BOB), 8)
    ann.answered(bob.answer(ann.offer()))
    return ann, bob


def exchange(offering: Negotiation, answering: Negotiation, direction: Direction | None = None) -> tuple[str, str]:
    """What both ends hear of it."""
    offering.answered(answering.answer(offering.offer(direction)))
    assert offering.agreed is not None and answering.agreed is not None
    return offering.agreed.direction, answering.agreed.direction


def test_each_end_holds_and_resumes_in_all_four_directions() -> None:
    ann, bob = two()
    assert exchange(ann, bob, Direction.SENDONLY) == ("sendonly", "recvonly")
    assert exchange(ann, bob, Direction.INACTIVE) == ("inactive", "inactive")
    assert exchange(ann, bob, Direction.RECVONLY) == ("recvonly", "sendonly")
    assert exchange(ann, bob, Direction.SENDRECV) == ("sendrecv", "sendrecv")


def test_both_hold_and_each_resumes_for_itself() -> None:
    ann, bob = two()
    exchange(ann, bob, Direction.SENDONLY)
    assert exchange(bob, ann, Direction.SENDONLY) == ("inactive", "inactive")
    assert exchange(ann, bob, Direction.SENDRECV) == ("recvonly", "sendonly")
    assert exchange(bob, ann, Direction.SENDRECV) == ("sendrecv", "sendrecv")


def test_an_end_on_hold_that_asks_for_something_else_stays_on_hold_and_says_what_it_wants() -> None:
    ann, bob = two()
    exchange(ann, bob, Direction.SENDONLY)
    assert b"a=sendrecv" in bob.offer()
    bob.rollback()
    assert exchange(bob, ann) == ("recvonly", "sendonly")
    assert exchange(ann, bob, Direction.SENDRECV) == ("sendrecv", "sendrecv")


def test_an_answer_on_hold_says_less_than_was_offered_and_never_more() -> None:
    ann, bob = two()
    exchange(bob, ann, Direction.SENDONLY)
    for offered, answer in (("sendrecv", "sendonly"), ("sendonly", "inactive"), ("recvonly", "sendonly")):
        offer = ann.offer(Direction(offered))
        assert f"a={answer}\r\n".encode() in bob.answer(offer)
    assert b"a=inactive\r\n" in bob.answer(ann.offer(Direction.INACTIVE))


# -- what is pending ------------------------------------------------------------------------------------------------


def test_it_is_known_whose_offer_waits() -> None:
    ann, bob = Negotiation(media(ANN), 7), Negotiation(media(BOB), 8)
    assert (ann.pending, bob.pending) == (Pending.NONE, Pending.NONE)
    offer = ann.offer()
    bob.receive(offer)
    assert (ann.pending, bob.pending) == (Pending.OURS, Pending.THEIRS)
    ann.answered(bob.answer(offer))
    assert (ann.pending, bob.pending) == (Pending.NONE, Pending.NONE)


def test_an_offer_that_can_never_be_answered_is_refused_when_it_comes() -> None:
    bob = Negotiation(media(BOB), 8)
    with pytest.raises(UnacceptableOffer):
        bob.receive(an_offer("m=video 7000 RTP/AVP 31"))
    assert bob.pending is Pending.NONE


def test_an_offer_is_received_before_there_are_ports_and_keys_to_answer_it_with() -> None:
    bob = Negotiation(LocalMedia("", 0, srtp=Srtp.MANDATORY), 8)
    offer = make_offer(replace(media(ANN), srtp=Srtp.MANDATORY, keys=keys(1)), 1, 1)
    bob.receive(offer)
    bob.local = replace(media(BOB), srtp=Srtp.MANDATORY, keys=keys(2))
    assert b"m=audio 4000 RTP/SAVP 0 101" in bob.answer(offer)
    assert bob.agreed is not None and bob.agreed.security is not None


def test_a_refused_offer_does_not_wait_any_longer() -> None:
    _, bob = two()
    bob.receive(an_offer("m=audio 6000 RTP/AVP 0"))
    bob.local = replace(bob.local, codecs=("G722",))
    with pytest.raises(UnacceptableOffer):
        bob.answer(an_offer("m=audio 6000 RTP/AVP 0"))
    assert bob.pending is Pending.NONE


def test_a_refused_offer_of_ours_leaves_everything_as_it_was() -> None:
    ann, bob = two()
    before, local = ann.agreed, ann.local
    ann.local = replace(local, host="192.0.2.77", codecs=("G722",))
    held = ann.offer(Direction.SENDONLY)
    ann.rollback()
    assert (ann.agreed, ann.local, ann.pending) == (before, local, Pending.NONE)
    again = ann.offer()
    assert b"a=sendrecv" in again and b"G722" not in again
    assert (origin(held), origin(again)) == (b"o=- 7 8 IN IP4 192.0.2.1", b"o=- 7 9 IN IP4 192.0.2.1")
    assert ann.answered(bob.answer(again)) == before


def test_rollback_without_an_offer_changes_nothing() -> None:
    ann, bob = two()
    exchange(ann, bob, Direction.SENDONLY)
    ann.rollback()
    assert ann.agreed is not None and ann.agreed.direction == "sendonly"


def test_an_answer_in_a_provisional_response_can_be_taken_back_when_the_invite_fails() -> None:
    ann, bob = two()
    before = bob.agreed
    bob.answer(ann.offer(Direction.INACTIVE))
    assert bob.agreed != before
    bob.rollback(answered=True)
    assert bob.agreed == before


def test_an_offer_we_cannot_make_leaves_everything_as_it_was() -> None:
    ann, _ = two()
    ann.local = replace(ann.local, codecs=("iLBC",))
    with pytest.raises(ValueError):
        ann.offer(Direction.SENDONLY)
    assert ann.pending is Pending.NONE and ann.local.direction == "sendrecv"


def test_each_branch_of_a_fork_has_an_answer_of_its_own() -> None:
    ann = Negotiation(media(ANN), 7)
    offer = ann.offer()
    first, second = ann.fork(), ann.fork()
    one = first.answered(Negotiation(media(BOB), 8).answer(offer))
    two = second.answered(Negotiation(media(("192.0.2.3", 5060), ("PCMA",)), 9).answer(offer))
    assert (one.remote[0], two.remote[0]) == ("192.0.2.2", "192.0.2.3")
    assert one.send.name == "PCMU" and two.send.name == "PCMA"
    assert ann.agreed is None and ann.pending is Pending.OURS


# -- lines and versions ---------------------------------------------------------------------------------------------

AUDIO, VIDEO = "m=audio 6000 RTP/AVP 0", "m=video 7000 RTP/AVP 31"


def ports(description: bytes) -> list[tuple[str, int]]:
    return [(m.media, m.port) for m in SessionDescription.parse(description.decode()).media]


def answering() -> tuple[Negotiation, MediaSession]:
    """Bob, in a call with a line of video he refused."""
    bob = Negotiation(media(BOB), 8)
    bob.answer(an_offer(VIDEO, AUDIO))
    assert bob.agreed is not None
    return bob, bob.agreed


def test_a_line_that_is_added_is_answered_and_the_voice_stays_where_it_is() -> None:
    bob, before = answering()
    added = an_offer("m=audio 8000 RTP/AVP 0", AUDIO, "m=audio 9000 RTP/AVP 8")
    assert ports(bob.answer(added)) == [("audio", 0), ("audio", 4000), ("audio", 0)]
    assert bob.agreed == before


def test_a_line_that_is_left_out_is_an_error() -> None:
    bob, before = answering()
    with pytest.raises(UnacceptableOffer) as raised:
        bob.answer(an_offer(AUDIO))
    assert raised.value.status == 488
    assert raised.value.reason == "the offer has 1 media lines, the call has 2: none may be left out"
    assert bob.agreed == before


def test_the_voice_moves_to_another_line_when_its_own_is_gone() -> None:
    bob, _ = answering()
    moved = an_offer(VIDEO, "m=audio 0 RTP/AVP 0", "m=audio 9000 RTP/AVP 8")
    assert ports(bob.answer(moved)) == [("video", 0), ("audio", 0), ("audio", 4000)]
    assert bob.agreed is not None and bob.agreed.remote[1] == 9000
    recycled = an_offer("m=audio 9002 RTP/AVP 8", "m=audio 0 RTP/AVP 0", "m=audio 0 RTP/AVP 8")
    assert ports(bob.answer(recycled)) == [("audio", 4000), ("audio", 0), ("audio", 0)]


def test_the_far_end_takes_the_voice_away_and_brings_it_back() -> None:
    bob, before = answering()
    gone = bob.answer(an_offer("m=video 0 RTP/AVP 31", "m=audio 0 RTP/AVP 0"))
    assert ports(gone) == [("video", 0), ("audio", 0)]
    assert bob.agreed == replace(before, direction=Direction.INACTIVE)
    assert ports(bob.offer()) == [("video", 0), ("audio", 4000)]
    bob.rollback()
    bob.answer(an_offer(VIDEO, AUDIO))
    assert bob.agreed == before


def test_a_call_that_becomes_a_fax_is_refused() -> None:
    bob, before = answering()
    with pytest.raises(UnacceptableOffer) as raised:
        bob.answer(an_offer("m=video 0 RTP/AVP 31", "m=image 6004 udptl t38"))
    assert (raised.value.status, raised.value.reason) == (488, "no audio stream in it")
    assert bob.agreed == before


def test_an_offer_that_has_to_be_answered_can_be_declined_line_by_line() -> None:
    bob, before = answering()
    declined = bob.decline(an_offer(VIDEO, AUDIO, "m=image 6004 udptl t38"))
    assert ports(declined) == [("video", 0), ("audio", 0), ("image", 0)]
    assert origin(declined) == b"o=- 8 9 IN IP4 192.0.2.2"
    assert bob.agreed == before and bob.decline(b"nonsense") == b""


def test_the_version_grows_by_one_with_each_change_and_the_rest_of_the_origin_stays() -> None:
    ann, bob = two()
    origins = [origin(ann.offer()), origin(ann.offer(Direction.SENDONLY)), origin(ann.offer())]
    ann.answered(bob.answer(ann.offer()))
    ann.local = replace(ann.local, host="192.0.2.77")
    origins.append(origin(offer := ann.offer()))
    assert origins == [b"o=- 7 %d IN IP4 192.0.2.1" % version for version in (7, 8, 8, 9)]
    assert b"c=IN IP4 192.0.2.77\r\n" in offer


@pytest.mark.parametrize("line", ["o=- 1 1 IN IP4 203.0.113.9", "o=x 99 0 IN IP6 ::1", "o=- 1 7 IN IP4 elsewhere"])
def test_what_the_far_end_says_in_its_origin_decides_nothing(line: str) -> None:
    bob, before = answering()
    held = an_offer(VIDEO, AUDIO, "a=sendonly").replace(b"o=- 1 1 IN IP4 203.0.113.9", line.encode())
    bob.answer(held)
    assert bob.agreed == replace(before, direction=Direction.RECVONLY)
