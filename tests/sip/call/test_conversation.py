"""What may happen within a call that stands."""

import pytest

from gateway.sdp.negotiation import Negotiation
from gateway.sip.capabilities import METHODS
from gateway.sip.events import Answered, Ended, MediaChanged
from gateway.sip.transport.flow import Flow
from tests.sip.messages import name, request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, FAR, OFFER, SDP, Scripted, response


class Standing(Scripted):
    """A call of the far end's that stands."""

    def __init__(self) -> None:
        super().__init__()
        self.call = self.invites()
        self.agent.accept(self.call, media(ANN), self.now)
        self.tag = self.sent()[-1].headers["To"].rpartition(";tag=")[2]
        self.asks("ACK", to_tag=self.tag)
        self.the(Answered)

    def modifies(self, cseq: int, body: str, contact: str = CONTACT) -> bytes:
        """A re-INVITE of theirs, and our answer, acknowledged."""
        data = request_bytes(branch=f"z9hG4bKre{cseq}", cseq=cseq, to_tag=self.tag, body=body, more=f"{contact}\n{SDP}")
        (answer,) = self.says(data)
        assert name(answer) == "200"
        self.asks("ACK", to_tag=self.tag, cseq=cseq)
        return answer.body


def directed(direction: str) -> str:
    return OFFER.replace("a=sendrecv", f"a={direction}")


def test_hold_and_resume_are_answered_and_told() -> None:
    far = Standing()
    assert b"a=recvonly" in far.modifies(2, directed("sendonly"))
    assert b"a=inactive" in far.modifies(3, directed("inactive"))
    assert b"a=sendrecv" in far.modifies(4, OFFER)
    assert [event.media.direction for event in far.all(MediaChanged)] == ["recvonly", "inactive", "sendrecv"]
    assert far.passes(100) == []


def test_a_mere_sign_of_life_is_answered_and_not_told() -> None:
    far = Standing()
    assert far.modifies(2, OFFER) == far.modifies(3, OFFER)
    assert far.all(MediaChanged) == []


def test_another_address_or_codec_is_told() -> None:
    far = Standing()
    far.modifies(2, OFFER.replace("192.0.2.9", "192.0.2.10").replace("RTP/AVP 0 8 101", "RTP/AVP 8 101"))
    changed = far.the(MediaChanged)
    assert changed.media.remote == ("192.0.2.10", 4000)
    assert changed.media.send.name == "PCMA"


def test_a_reinvite_without_an_offer_gets_ours() -> None:
    far = Standing()
    (ok,) = far.says(request_bytes(branch="z9hG4bKre2", cseq=2, to_tag=far.tag, more=CONTACT))
    answer = Negotiation(media(FAR, direction="sendonly"), 9).answer(ok.body).decode()
    far.asks("ACK", to_tag=far.tag, cseq=2, body=answer, more=SDP)
    assert far.the(MediaChanged).media.direction == "recvonly"


def test_a_reinvite_without_an_offer_and_without_an_answer_leaves_all_as_it_was() -> None:
    far = Standing()
    far.says(request_bytes(branch="z9hG4bKre2", cseq=2, to_tag=far.tag, more=CONTACT))
    assert far.asks("ACK", to_tag=far.tag, cseq=2) == []
    assert far.all(MediaChanged) == []
    assert far.all(Ended) == []


@pytest.mark.parametrize(("body", "status"), [("v=0\r\n", "400"), (OFFER.replace("AVP 0 8 101", "AVP 3"), "488")])
def test_an_offer_we_cannot_take_leaves_the_call_as_it_was(body: str, status: str) -> None:
    far = Standing()
    (refusal,) = far.says(request_bytes(branch="z9hG4bKre2", cseq=2, to_tag=far.tag, body=body, more=SDP))
    assert name(refusal) == status
    assert "Warning" in refusal.headers.keys()
    assert far.all(Ended) == []
    far.modifies(3, directed("sendonly"))


def test_a_reinvite_before_the_ack_of_the_last_has_to_wait() -> None:
    far = Standing()
    far.says(request_bytes(branch="z9hG4bKre2", cseq=2, to_tag=far.tag, body=OFFER, more=SDP))
    (refusal,) = far.says(request_bytes(branch="z9hG4bKre3", cseq=3, to_tag=far.tag, body=OFFER, more=SDP))
    assert name(refusal) == "500"
    assert 0 <= int(refusal.headers["Retry-After"]) <= 10


def test_an_answered_reinvite_that_is_never_acknowledged_ends_the_call() -> None:
    far = Standing()
    far.says(request_bytes(branch="z9hG4bKre2", cseq=2, to_tag=far.tag, body=OFFER, more=SDP))
    said = far.passes(33)
    assert said[-1][1] == "BYE"
    assert far.the(Ended).status == 408


def test_the_target_follows_the_contact_of_a_reinvite() -> None:
    far = Standing()
    far.modifies(2, OFFER, "Contact: <sip:peer@192.0.2.44:5099;transport=tcp>")
    far.agent.hang_up(far.call, far.now)
    far.sent()
    assert far.transmissions[0].flow == Flow("TCP", "192.0.2.44", 5099)


def test_a_request_with_a_lower_number_is_out_of_order() -> None:
    far = Standing()
    far.modifies(5, OFFER)
    assert far.asks("BYE", cseq=4, to_tag=far.tag) == ["500"]
    assert far.asks("BYE", cseq=6, to_tag=far.tag) == ["200"]


def test_options_within_a_call_are_answered() -> None:
    far = Standing()
    (ok,) = far.says(request_bytes("OPTIONS", branch="z9hG4bKo", cseq=2, to_tag=far.tag))
    assert name(ok) == "200"
    assert ok.headers["Allow"] == ", ".join(METHODS)


@pytest.mark.parametrize("method", ["REGISTER", "PUBLISH"])
def test_what_we_do_not_do_does_not_hurt_the_call(method: str) -> None:
    far = Standing()
    assert far.asks(method, cseq=2, to_tag=far.tag) == ["405"]
    assert far.asks("BYE", cseq=3, to_tag=far.tag) == ["200"]


def test_their_bye_tells_its_cause() -> None:
    far = Standing()
    far.asks("BYE", cseq=2, to_tag=far.tag, more="Reason: Q.850;cause=16")
    assert far.the(Ended) == Ended(far.call, True, 200, "the far end hung up", 16)
    assert far.asks("BYE", cseq=3, to_tag=far.tag) == ["481"]


def test_a_bye_of_a_stranger_with_our_tag_is_refused() -> None:
    far = Standing()
    assert far.asks("BYE", cseq=2, to_tag=far.tag, from_tag="stranger") == ["481"]
    assert far.all(Ended) == []


def test_two_byes_that_cross_are_both_answered() -> None:
    far = Standing()
    far.agent.hang_up(far.call, far.now)
    (bye,) = far.sent()
    assert far.asks("BYE", cseq=2, to_tag=far.tag) == ["200"]
    far.says(response(bye, 481))
    assert far.the(Ended).reason == "we hung up"
    far.agent.close(far.now)
    assert far.agent.closed


def test_after_our_bye_nothing_but_a_bye_is_heard() -> None:
    far = Standing()
    far.agent.hang_up(far.call, far.now)
    far.sent()
    assert far.asks("OPTIONS", cseq=2, to_tag=far.tag) == ["481"]


@pytest.mark.parametrize("status", [200, 404, 481, 500])
def test_whatever_is_said_to_our_bye_the_call_is_over(status: int) -> None:
    far = Standing()
    far.agent.hang_up(far.call, far.now)
    (bye,) = far.sent()
    far.says(response(bye, 100))
    far.says(response(bye, status))
    far.agent.close(far.now)
    assert far.agent.closed


def test_a_bye_that_nobody_answers_is_given_up() -> None:
    far = Standing()
    far.agent.hang_up(far.call, far.now)
    far.agent.close(far.now)
    closed = [far.agent.closed]
    far.passes(32)
    closed.append(far.agent.closed)
    assert closed == [False, True]
