"""Names of lines are repeated; a bundle is answered with what is left of it."""

from gateway.sdp.attribute import values
from gateway.sdp.description import SessionDescription
from gateway.sdp.negotiation import Negotiation
from tests.sdp.descriptions import OURS, an_offer, answered

VIDEO, AUDIO = "m=video 7000 RTP/AVP 31", "m=audio 6000 RTP/AVP 0"


def test_every_line_keeps_its_name() -> None:
    description, _ = answered(an_offer(VIDEO, "a=mid:v", AUDIO, "a=mid:a"))
    assert [media.first("mid") for media in description.media] == ["v", "a"]
    assert values(description.attributes, "group") == ()


def test_our_line_is_all_that_is_left_of_a_bundle() -> None:
    description, _ = answered(an_offer("a=group:LS v a", "a=group:BUNDLE v a", VIDEO, "a=mid:v", AUDIO, "a=mid:a"))
    assert values(description.attributes, "group") == ("BUNDLE a",)


def test_a_bundle_without_our_line_is_not_answered() -> None:
    for group in ("BUNDLE v", "LS v a", "BUNDLE", ""):
        description, _ = answered(an_offer(f"a=group:{group}", VIDEO, "a=mid:v", AUDIO, "a=mid:a"))
        assert values(description.attributes, "group") == ()
    description, _ = answered(an_offer("a=group:BUNDLE a", AUDIO))
    assert values(description.attributes, "group") == () and description.media[0].first("mid") is None


def test_our_later_offers_keep_names_and_bundle() -> None:
    ours = Negotiation(OURS, 8)
    ours.answer(an_offer("a=group:BUNDLE v a", VIDEO, "a=mid:v", AUDIO, "a=mid:a"))
    later = SessionDescription.parse(ours.offer().decode())
    assert [media.first("mid") for media in later.media] == ["v", "a"]
    assert values(later.attributes, "group") == ("BUNDLE a",)
