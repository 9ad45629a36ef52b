"""Reliable provisional responses of ours, and those who acknowledge them or do not (RFC 3262)."""

import pytest
from sipmessage import Request, Response

from gateway.sip.events import Answered, Ended, IncomingCall, Progress
from gateway.sip.settings import CallPolicy, Reliable
from tests.sip.messages import name, request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, OFFER, SDP, Scripted, tag_in
from tests.sip.standing import answering, directed

SUPPORTED = "Supported: 100rel"
REQUIRED = "Require: 100rel"


class Ringing(Scripted):
    """The far end calls us, and it rings."""

    def __init__(
        self, more: str = SUPPORTED, body: str = OFFER, policy: CallPolicy | None = None, *, early: bool = False
    ) -> None:
        super().__init__(policy)
        self.call = self.invites(body, more) if body else self._invites_without(more)
        self.agent.ring(self.call, self.now, media(ANN) if early else None)
        self.responses = self.sent()
        self.tag = tag_in(self.responses[-1]) if self.responses else ""
        self.cseq = 1

    def _invites_without(self, more: str) -> str:
        self.asks("INVITE", more=f"{CONTACT}\n{more}")
        return self.the(IncomingCall).call

    @property
    def rseq(self) -> int:
        return int(self.responses[-1].headers["RSeq"])

    def acknowledges(self, rack: str = "", body: str = "") -> list[Request | Response]:
        """PRACK; what we say."""
        self.cseq += 1
        more = f"RAck: {rack or f'{self.rseq} 1 INVITE'}\n{SDP if body else ''}"
        data = request_bytes(
            "PRACK", branch=f"z9hG4bKp{self.cseq}", cseq=self.cseq, to_tag=self.tag, more=more, body=body
        )
        return self.says(data)


def shortly(messages: list[Request | Response]) -> list[str]:
    return [name(message) for message in messages]


# ---------------------------------------------------------------- reliable or not


@pytest.mark.parametrize("more", [SUPPORTED, REQUIRED, "Supported: timer, 100REL"])
def test_it_rings_reliably_for_who_can_acknowledge_it(more: str) -> None:
    far = Ringing(more)
    (ringing,) = far.responses
    assert (name(ringing), ringing.headers["Require"]) == ("180", "100rel")
    assert 1 <= far.rseq < 2**31
    assert ringing.headers["Contact"] == "<sip:us@192.0.2.1:5060>"


@pytest.mark.parametrize(
    ("more", "policy"), [("", CallPolicy()), (SUPPORTED, CallPolicy(reliable=Reliable.OFF)), ("Supported: timer", None)]
)
def test_it_rings_unreliably_for_others(more: str, policy: CallPolicy | None) -> None:
    far = Ringing(more, policy=policy)
    (ringing,) = far.responses
    assert "RSeq" not in ringing.headers.keys() and "Require" not in ringing.headers.keys()
    assert far.passes(30) == []


def test_who_requires_what_the_policy_switches_off_is_refused() -> None:
    far = Scripted(CallPolicy(reliable=Reliable.OFF))
    (refusal,) = far.says(request_bytes(body=OFFER, more=f"{SDP}\n{REQUIRED}"))
    assert (name(refusal), refusal.headers["Unsupported"]) == ("420", "100rel")
    assert far.events() == []


def test_who_cannot_do_what_the_policy_requires_is_refused() -> None:
    far = Scripted(CallPolicy(reliable=Reliable.REQUIRED))
    said = far.says(request_bytes(body=OFFER, more=SDP))
    assert (shortly(said), said[1].headers["Require"]) == (["100", "421"], "100rel")
    assert far.events() == []


# ---------------------------------------------------------------- repeated until acknowledged


def test_it_is_repeated_with_growing_gaps_until_it_is_acknowledged() -> None:
    far = Ringing()
    assert far.passes(8) == [(0.5, "180"), (1.5, "180"), (3.5, "180"), (7.5, "180")]
    assert shortly(far.acknowledges()) == ["200"]
    assert far.passes(50) == []


def test_it_rings_again_with_the_next_number() -> None:
    far = Ringing()
    first = far.rseq
    far.acknowledges()
    far.now = 60.0
    far.agent.handle_timer(60.0)
    far.responses = far.sent()
    assert far.rseq == first + 1
    assert shortly(far.acknowledges()) == ["200"]


def test_a_call_whose_ringing_is_never_acknowledged_is_refused() -> None:
    far = Ringing()
    said = far.passes(33)
    assert said[-1][1] == "500"
    assert (32.0, "500") in said
    assert far.the(Ended).reason == "the caller never acknowledged that it rings"


@pytest.mark.parametrize("rack", ["1 1 INVITE", "{} 2 INVITE", "{} 1 OPTIONS", "x", "{} 1", "99999999999 1 INVITE"])
def test_an_acknowledgement_of_something_else_is_refused(rack: str) -> None:
    far = Ringing()
    assert shortly(far.acknowledges(rack.format(far.rseq))) == ["481"]
    assert far.passes(0.6)[0][1] == "180"
    assert shortly(far.acknowledges()) == ["200"]
    assert shortly(far.acknowledges()) == ["481"]


def test_a_prack_in_no_dialog_is_refused() -> None:
    far = Ringing()
    assert far.asks("PRACK", cseq=9, to_tag="nobody", more=f"RAck: {far.rseq} 1 INVITE") == ["481"]
    assert far.asks("PRACK", cseq=9, more=f"RAck: {far.rseq} 1 INVITE") == ["481"]


def test_a_second_one_waits_for_the_acknowledgement_of_the_first() -> None:
    far = Ringing()
    far.agent.ring(far.call, far.now, media(ANN))
    assert far.sent() == []
    ok, progress = far.acknowledges()
    assert (name(ok), name(progress)) == ("200", "183")
    assert int(progress.headers["RSeq"]) == far.rseq + 1


# ---------------------------------------------------------------- the answer after it


def test_the_answer_need_not_wait_for_a_ringing_without_a_description() -> None:
    far = Ringing()
    far.agent.accept(far.call, media(ANN), far.now)
    (ok,) = far.sent()
    assert (name(ok), ok.body != b"") == ("200", True)
    assert shortly(far.acknowledges()) == ["200"]
    far.asks("ACK", to_tag=far.tag)
    assert far.passes(40) == []


def test_the_answer_waits_until_the_description_before_it_is_acknowledged() -> None:
    far = Ringing(early=True)
    (progress,) = far.responses
    assert (name(progress), b"m=audio 4000" in progress.body) == ("183", True)
    far.agent.accept(far.call, media(ANN), far.now)
    assert far.sent() == []
    assert far.all(Answered) == []
    prack_ok, ok = far.acknowledges()
    assert (name(prack_ok), name(ok)) == ("200", "200")
    assert ok.headers["CSeq"] == "1 INVITE"
    assert ok.body == b""  # it was said, and acknowledged
    assert far.the(Answered).media == far.the(Progress).media


def test_an_unreliable_description_is_said_again_in_the_answer() -> None:
    far = Ringing("", early=True)
    (progress,) = far.responses
    far.agent.accept(far.call, media(ANN), far.now)
    (ok,) = far.sent()
    assert ok.body == progress.body != b""


def test_other_media_than_were_promised_are_asked_for_afterwards() -> None:
    far = Ringing(early=True)
    far.acknowledges()
    far.agent.accept(far.call, media(("192.0.2.50", 1)), far.now)
    far.sent()
    (invite,) = far.says(request_bytes("ACK", branch="z9hG4bKa", to_tag=far.tag))
    assert name(invite) == "INVITE"
    assert b"c=IN IP4 192.0.2.50" in invite.body


# ---------------------------------------------------------------- offers and answers in every place (RFC 6337, table 1)


def test_our_offer_goes_into_the_first_reliable_response_and_its_answer_into_the_prack() -> None:
    far = Ringing(body="", early=True)
    (ringing,) = far.responses
    assert name(ringing) == "180"
    (ok,) = far.acknowledges(body=answering(ringing.body, "sendonly").decode())
    assert (name(ok), ok.body) == ("200", b"")
    assert far.the(Progress).media is not None
    far.agent.accept(far.call, media(ANN), far.now)
    (accepted,) = far.sent()
    assert accepted.body == b""
    assert far.the(Answered).media.direction == "recvonly"


@pytest.mark.parametrize(
    ("more", "body", "policy", "wants"),
    [
        (REQUIRED, "", None, True),
        (REQUIRED, OFFER, None, False),
        (SUPPORTED, "", None, False),
        (SUPPORTED, "", CallPolicy(reliable=Reliable.REQUIRED), True),
        ("", "", None, False),
    ],
)
def test_it_is_told_whether_it_can_ring_only_with_our_offer(
    more: str, body: str, policy: CallPolicy | None, wants: bool
) -> None:
    far = Ringing(more, body, policy)
    assert far.the(IncomingCall).wants_offer is wants
    assert (far.responses == []) is wants  # it did not have one


def test_what_was_described_reliably_is_not_described_again() -> None:
    far = Ringing(body="", early=True)
    far.acknowledges(body=answering(far.responses[0].body).decode())
    far.agent.ring(far.call, far.now, media(ANN))
    (ringing,) = far.sent()
    assert (name(ringing), ringing.body) == ("180", b"")


def test_our_offer_waits_for_the_200_when_nobody_acknowledges() -> None:
    far = Ringing("", body="", early=True)
    assert far.responses[0].body == b""
    far.agent.accept(far.call, media(ANN), far.now)
    (ok,) = far.sent()
    far.asks("ACK", to_tag=far.tag, body=answering(ok.body).decode(), more=SDP)
    assert far.the(Answered).media.direction == "sendrecv"


def test_without_media_nothing_rings_for_who_requires_an_offer_in_it() -> None:
    far = Ringing(REQUIRED, body="")
    assert far.responses == []
    far.agent.accept(far.call, media(ANN), far.now)
    assert shortly(far.sent()) == ["200"]


@pytest.mark.parametrize("answer", ["", "nonsense"])
def test_a_prack_without_the_answer_ends_the_call(answer: str) -> None:
    far = Ringing(body="", early=True)
    said = far.acknowledges(body=answer)
    assert [name(message)[0] for message in said] == ["4", "4"]
    assert said[1].headers["CSeq"] == "1 INVITE"
    assert not far.the(Ended).by_far


def test_an_offer_in_the_prack_is_answered_in_its_200() -> None:
    far = Ringing(early=True)
    (ok,) = far.acknowledges(body=directed("inactive"))
    assert b"a=inactive" in ok.body
    assert [p.media.direction for p in far.all(Progress) if p.media] == ["sendrecv", "inactive"]


def test_an_offer_in_the_prack_with_nothing_for_us_is_refused_and_all_stays_as_it_was() -> None:
    far = Ringing(early=True)
    (refusal,) = far.acknowledges(body=OFFER.replace("RTP/AVP 0 8 101", "RTP/AVP 3"))
    assert name(refusal) == "488"
    assert far.passes(20) == []
    far.agent.accept(far.call, media(ANN), far.now)
    assert far.the(Answered).media.direction == "sendrecv"


def test_an_offer_with_nothing_for_the_media_of_the_ringing_ends_the_call() -> None:
    far = Ringing(early=False)
    far.acknowledges()
    far.agent.ring(far.call, far.now, media(ANN, ("G722",)))
    assert shortly(far.sent()) == ["488"]
    assert far.the(Ended).status == 488


# ---------------------------------------------------------------- races


def test_cancel_stops_the_repetition() -> None:
    far = Ringing(early=True)
    assert far.asks("CANCEL", branch="z9hG4bK-INVITE-1") == ["200", "487"]
    assert shortly(far.acknowledges()) == ["481"]
    assert {word for _, word in far.passes(40)} == {"487"}


def test_the_caller_may_say_bye_before_it_acknowledges() -> None:
    far = Ringing()
    assert far.asks("BYE", cseq=2, to_tag=far.tag) == ["200", "487"]
    assert {word for _, word in far.passes(40)} == {"487"}
    assert far.the(Ended).by_far


def test_a_refusal_stops_the_repetition() -> None:
    far = Ringing()
    far.agent.reject(far.call, 486, far.now)
    assert shortly(far.sent()) == ["486"]
    assert {word for _, word in far.passes(40)} == {"486"}


@pytest.mark.parametrize(("body", "status"), [("", "200"), (OFFER, "491")])
def test_an_acknowledgement_that_crosses_a_later_offer_of_ours_is_not_its_answer(body: str, status: str) -> None:
    far = Ringing()
    far.agent.accept(far.call, media(ANN), far.now)
    far.sent()
    far.asks("ACK", to_tag=far.tag)
    far.agent.hold(far.call, True, far.now)
    (invite,) = far.sent()
    assert name(invite) == "INVITE"
    assert shortly(far.acknowledges(body=body)) == [status]
    assert far.all(Ended) == []
