"""ICE in descriptions: who can do it, who cannot, and who chooses."""

from dataclasses import replace

import pytest

from gateway.sdp.answer import answer_offer, read_answer
from gateway.sdp.attribute import SdpError
from gateway.sdp.description import SessionDescription
from gateway.sdp.ice import Candidate, FarIce, read_ice
from gateway.sdp.media import Direction
from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer import make_offer
from gateway.sdp.offer_answer import UnacceptableOffer
from tests.sdp.descriptions import OURS, THEIRS, an_offer, answered, described, ice

HERE, THERE = replace(OURS, ice=ice(OURS, "o")), replace(THEIRS, ice=ice(THEIRS, "t"))
AUDIO = "m=audio 6000 RTP/AVP 0"
UFRAG, PWD = "a=ice-ufrag:tttt", f"a=ice-pwd:{'t' * 22}"
HOST = "a=candidate:1 1 udp 2130706431 203.0.113.9 6000 typ host"


def far(*lines: str) -> FarIce | None:
    return read_ice(*described(AUDIO, *lines))


def test_a_candidate_is_read() -> None:
    text = "a1+/ 2 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998 generation 0"
    assert Candidate.parse(text) == Candidate(2, "udp", "192.0.2.3", 45664)
    assert Candidate.parse("1 1 udp 1 0b1c.local 9 typ host").host == "0b1c.local"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 1 udp 1 192.0.2.3 9",
        "1 1 udp 1 192.0.2.3 9 kind host",
        "! 1 udp 1 192.0.2.3 9 typ host",
        "1 0 udp 1 192.0.2.3 9 typ host",
        "1 257 udp 1 192.0.2.3 9 typ host",
        "1 1 udp -1 192.0.2.3 9 typ host",
        "1 1 udp 1 192.0.2.3 65536 typ host",
        "1 1 udp 1 fe80::1%eth0 9 typ host",
    ],
)
def test_what_is_no_candidate_is_said_and_passed_over(text: str) -> None:
    with pytest.raises(SdpError, match="^SDP candidate "):
        Candidate.parse(text)
    read = far(UFRAG, PWD, f"a=candidate:{text}", HOST)
    assert read is not None and read.candidates == (HOST.partition(":")[2],)


def test_credentials_may_stand_at_the_session() -> None:
    theirs = SessionDescription.parse(an_offer(UFRAG, PWD, "a=ice-lite", AUDIO, HOST).decode())
    read = read_ice(theirs, theirs.media[0])
    assert read is not None and (read.ufrag, read.pwd, read.lite, read.mismatch) == ("tttt", "t" * 22, True, False)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (UFRAG, HOST),
        (PWD, HOST),
        ("a=ice-ufrag:abc", PWD, HOST),
        (UFRAG, "a=ice-pwd:short", HOST),
        ("a=ice-ufrag:tt tt", PWD, HOST),
        (UFRAG, PWD, HOST, "a=ice-mismatch"),
    ],
)
def test_an_end_without_ice_is_spoken_to_without(lines: tuple[str, ...]) -> None:
    assert far(*lines) is None
    description, session = answered(an_offer(AUDIO, *lines), HERE)
    assert session.ice is None and session.remote == ("203.0.113.9", 6000)
    assert not any(a.name.startswith(("ice", "candidate")) for a in description.media[0].attributes)


def test_a_changed_address_is_a_mismatch_and_is_said() -> None:
    offer = an_offer(AUDIO.replace("6000", "6002"), UFRAG, PWD, HOST)
    description, session = answered(offer, HERE)
    assert session.ice is None and session.remote == ("203.0.113.9", 6002)
    assert description.media[0].first("ice-mismatch") == "" and description.media[0].first("ice-ufrag") is None
    description, session = answered(offer, OURS)
    assert session.ice is None and description.media[0].first("ice-mismatch") is None


def test_an_end_that_trickles_has_no_address_yet_and_is_not_on_hold() -> None:
    lines = ("m=audio 9 RTP/AVP 0", "c=IN IP4 0.0.0.0", UFRAG, PWD, "a=ice-options:trickle ice2")
    _, session = answered(an_offer(*lines), HERE)
    assert session.ice is not None and session.direction == "sendrecv"
    _, session = answered(an_offer(*lines, HOST, "a=end-of-candidates"), HERE)
    assert session.ice is not None and session.direction == "sendrecv"
    _, session = answered(an_offer(*lines), OURS)
    assert session.ice is None and session.direction == "recvonly"


def test_both_ends_learn_of_each_other_and_the_one_that_offers_chooses() -> None:
    offer = make_offer(THERE, 1, 1)
    answer, here = answer_offer(offer, HERE, 2, 1)
    there = read_answer(offer, answer, THERE)
    assert here.ice is not None and there.ice is not None
    assert (here.ice.ufrag, here.ice.pwd, here.ice.controlling) == ("tttt", "t" * 22, False)
    assert (there.ice.ufrag, there.ice.pwd, there.ice.controlling) == ("oooo", "o" * 22, True)
    assert here.ice.candidates == (HOST.partition(":")[2],)
    assert "t" * 22 not in repr(here) and "o" * 22 not in repr(HERE)


@pytest.mark.parametrize(
    ("here_lite", "there_lite", "here_controls", "there_controls"),
    [(False, False, False, True), (False, True, True, False), (True, False, False, True), (True, True, False, True)],
)
def test_a_lite_end_never_chooses_for_a_full_one(
    here_lite: bool, there_lite: bool, here_controls: bool, there_controls: bool
) -> None:
    local, remote = (
        replace(OURS, ice=ice(OURS, "o", lite=here_lite)),
        replace(THEIRS, ice=ice(THEIRS, "t", lite=there_lite)),
    )
    offer = make_offer(remote, 1, 1)
    answer, here = answer_offer(offer, local, 2, 1)
    there = read_answer(offer, answer, remote)
    assert here.ice is not None and there.ice is not None
    assert (here.ice.lite, there.ice.lite) == (there_lite, here_lite)
    assert (here.ice.controlling, there.ice.controlling) == (here_controls, there_controls)
    assert (b"a=ice-lite" in answer, b"a=ice-lite" in offer) == (here_lite, there_lite)


def test_a_restart_has_new_credentials_and_the_old_roles() -> None:
    ann, bob = Negotiation(THERE, 7), Negotiation(HERE, 8)
    ann.answered(bob.answer(ann.offer()))
    bob.local = replace(HERE, ice=ice(OURS, "n"))
    bob.answered(ann.answer(bob.offer()))
    assert ann.agreed is not None and ann.agreed.ice is not None and bob.agreed is not None and bob.agreed.ice
    assert ann.agreed.ice.ufrag == "nnnn" and ann.agreed.ice.controlling and not bob.agreed.ice.controlling


def said(description: bytes) -> tuple[str | None, str | None]:
    media = SessionDescription.parse(description.decode()).media[0]
    return media.first("ice-ufrag"), media.first("ice-pwd")


def test_who_answers_a_restart_begins_anew_as_well_and_stays_with_it() -> None:
    ann, bob = Negotiation(THERE, 7), Negotiation(HERE, 8)
    first = bob.answer(ann.offer())
    ann.answered(first)
    assert said(first) == ("oooo", "o" * 22)
    seen = [said(first)]
    for letter in "nmn":
        ann.local = replace(THERE, ice=ice(THEIRS, letter))
        answer = bob.answer(ann.offer())
        ann.answered(answer)
        assert ann.agreed is not None and ann.agreed.ice is not None
        assert bob.agreed is not None and bob.agreed.ice is not None
        assert said(answer) == (ann.agreed.ice.ufrag, ann.agreed.ice.pwd)
        assert said(answer) == (bob.agreed.ice.local_ufrag, bob.agreed.ice.local_pwd)
        assert bob.agreed.ice.local_pwd not in repr(bob.agreed)
        again = bob.offer(Direction.SENDONLY)
        bob.answered(ann.answer(again))
        assert said(again) == said(answer) == said(bob.answer(ann.offer())), "a hold is no restart"
        seen.append(said(answer))
    assert seen[1] == seen[3] and len({*seen}) == 3, "made of theirs"


def test_an_offer_that_is_refused_restarts_nothing() -> None:
    ann, bob = Negotiation(THERE, 7), Negotiation(HERE, 8)
    ann.answered(bob.answer(ann.offer()))
    restart = replace(THERE, ice=ice(THEIRS, "n"), codecs=("G722",))
    with pytest.raises(UnacceptableOffer):
        bob.answer(make_offer(restart, 9, 9))
    assert said(bob.offer()) == ("oooo", "o" * 22)


def test_our_lines_say_everything_the_leg_gathered() -> None:
    media = SessionDescription.parse(make_offer(HERE, 1, 1).decode()).media[0]
    assert (media.first("ice-ufrag"), media.first("ice-pwd")) == ("oooo", "o" * 22)
    assert media.values("candidate") == ("1 1 udp 2130706431 192.0.2.1 4000 typ host",)


def test_ice_bridges_two_kinds_of_address() -> None:
    lines = ("c=IN IP6 2001:db8::9", UFRAG, PWD, "a=candidate:1 1 udp 1 2001:db8::9 6000 typ host", HOST)
    _, session = answered(an_offer(AUDIO, *lines), HERE)
    assert session.ice is not None and len(session.ice.candidates) == 2
