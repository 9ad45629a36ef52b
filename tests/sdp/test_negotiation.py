import pytest

from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer_answer import UnacceptableOffer
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


def test_a_new_payload_type_takes_no_number_that_means_something_else() -> None:
    bob = Negotiation(media(BOB, ("PCMU", "OPUS")), 8)
    offer = Negotiation(media(ANN, ("PCMU",)), 7).offer().replace(b"101", b"96")
    bob.answer(offer)
    lines = media_lines(bob.offer())
    assert "a=rtpmap:96 telephone-event/8000" in lines and "a=rtpmap:97 opus/48000/2" in lines


def test_the_first_offer_that_is_repeated_stays_the_same() -> None:
    ann = Negotiation(media(ANN), 7)
    assert ann.offer() == ann.offer()
