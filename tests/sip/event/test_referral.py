"""A transfer that the far end asks for, against a far end that is written out by hand."""

import pytest
from sipmessage import Request, Response

from gateway.sip.events import Ended, TransferRequested
from gateway.sip.settings import CallPolicy
from tests.sip.messages import name, request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, answer_to, response
from tests.sip.standing import Called

TO = "Refer-To: <sip:carl@192.0.2.3>"
BY = "Referred-By: <sip:boss@lab.example>;x=y"


class Referred(Called):
    """It called us, and wants us to call somebody else."""

    def refers(self, *lines: str) -> list[Request | Response]:
        self.cseq += 1
        more = "\n".join([CONTACT, *lines])
        return self.says(
            request_bytes("REFER", branch=f"z9hG4bKr{self.cseq}", cseq=self.cseq, to_tag=self.tag, more=more)
        )

    def subscribes(self, more: str) -> list[Request | Response]:
        self.cseq += 1
        lines = "\n".join([CONTACT, more])
        return self.says(
            request_bytes("SUBSCRIBE", branch=f"z9hG4bKs{self.cseq}", cseq=self.cseq, to_tag=self.tag, more=lines)
        )

    def follows(self) -> dict[str, Request | Response]:
        """What we say when we follow, by its name."""
        self.new = self.agent.follow_transfer(self.call, media(ANN), self.now)
        said = {name(message): message for message in self.sent()}
        invite, notify = said["INVITE"], said["NOTIFY"]
        assert isinstance(invite, Request)
        assert isinstance(notify, Request)
        self.invite, self.notify = invite, notify
        return said

    def hears(self, status: int = 200) -> list[Request | Response]:
        """It answers our last NOTIFY; what we say to that."""
        said = self.says(response(self.notify, status))
        self.keeps(said)
        return said

    def carl(self, status: int) -> list[Request | Response]:
        """carl answers our INVITE; what we say then."""
        body = answer_to(self.invite) if status == 200 else b""
        said = self.says(response(self.invite, status, tag="carl", body=body))
        self.keeps(said)
        return said

    def keeps(self, said: list[Request | Response]) -> None:
        for message in said:
            if isinstance(message, Request) and message.method == "NOTIFY":
                self.notify = message

    def told(self) -> tuple[str, str]:
        """Body and state of our last NOTIFY."""
        return self.notify.body.decode().strip(), self.notify.headers["Subscription-State"]


def test_a_refer_is_told_with_who_wants_it() -> None:
    far = Referred()
    assert far.refers(TO, BY) == []
    assert far.the(TransferRequested) == TransferRequested(far.call, "sip:carl@192.0.2.3", "sip:boss@lab.example")


def test_following_says_202_and_100_and_calls() -> None:
    far = Referred()
    far.refers(TO, BY)
    said = far.follows()
    assert list(said) == ["202", "NOTIFY", "INVITE"]
    assert far.told() == ("SIP/2.0 100 Trying", "active;expires=300")
    assert far.notify.headers["Event"] == "refer"
    assert far.notify.headers["Content-Type"] == "message/sipfrag;version=2.0"
    assert far.invite.headers["Referred-By"] == "<sip:boss@lab.example>;x=y"
    assert far.invite.headers.get("Replaces", None) is None


def test_one_notify_at_a_time_says_the_latest_news() -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    assert far.carl(180) == []
    assert far.carl(183) == []
    (notify,) = far.hears()
    assert far.told()[0] == "SIP/2.0 183 Session Progress"
    assert [name(message) for message in far.carl(200)] == ["ACK"]
    far.hears()
    assert far.told() == ("SIP/2.0 200 OK", "terminated;reason=noresource")
    assert far.hears() == []
    assert far.all(Ended) == []  # who referred us ends the old call
    assert notify is not far.notify


@pytest.mark.parametrize("status", [404, 486, 603])
def test_a_call_that_fails_is_told_and_the_old_one_goes_on(status: int) -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    far.hears()
    far.carl(status)
    body, state = far.told()
    assert body.startswith(f"SIP/2.0 {status} ")
    assert state == "terminated;reason=noresource"
    assert [event.call for event in far.all(Ended)] == [far.new]


def test_a_call_that_we_hang_up_is_told_as_terminated() -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    far.hears()
    far.agent.hang_up(far.new, far.now)
    far.keeps(far.sent())
    assert far.told()[0].startswith("SIP/2.0 487 ")


def test_a_replaces_is_passed_on_and_required() -> None:
    far = Referred()
    far.refers("Refer-To: <sip:carl@192.0.2.3?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>")
    far.follows()
    assert far.invite.headers["Replaces"] == "a@b;to-tag=1;from-tag=2"
    assert "replaces" in far.invite.headers["Require"]
    assert str(far.invite.uri) == "sip:carl@192.0.2.3"


def test_the_second_refer_has_an_id() -> None:
    far = Referred()
    far.refers(TO)
    far.agent.refuse_transfer(far.call, 603, far.now)
    assert [name(message) for message in far.sent()] == ["603"]
    far.refers(TO)
    far.follows()
    assert far.notify.headers["Event"] == f"refer;id={far.cseq}"


def test_a_refer_while_another_is_under_way_has_to_wait() -> None:
    far = Referred()
    far.refers(TO)
    assert [name(message) for message in far.refers(TO)] == ["491"]
    far.follows()
    assert [name(message) for message in far.refers(TO)] == ["491"]


def test_who_wants_to_hear_nothing_is_told_nothing() -> None:
    far = Referred()
    far.refers(TO, "Refer-Sub: false", "Require: norefersub")
    far.agent.follow_transfer(far.call, media(ANN), far.now)
    accepted, invite = far.sent()
    assert (name(accepted), accepted.headers["Refer-Sub"]) == ("202", "false")
    assert name(invite) == "INVITE"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([], "400"),
        ([TO, TO], "400"),
        (["Refer-To: bob"], "400"),
        (["Refer-To: <http://example.com>"], "416"),
        (["Refer-To: <sip:carl@192.0.2.3;method=BYE>"], "403"),
        ([TO, "Replaces: a;to-tag=1;from-tag=2"], "400"),
    ],
)
def test_a_bad_refer_is_refused_and_not_told(lines: list[str], status: str) -> None:
    far = Referred()
    assert [name(message) for message in far.refers(*lines)] == [status]
    assert far.all(TransferRequested) == []
    assert far.all(Ended) == []


def test_who_does_not_let_himself_be_transferred_says_403() -> None:
    far = Referred(CallPolicy(refer="refuse"))
    assert [name(message) for message in far.refers(TO)] == ["403"]
    assert far.all(TransferRequested) == []


def test_strangers_cannot_make_us_call() -> None:
    far = Referred()
    assert far.asks("REFER", call_id="other", more=TO) == ["403"]
    assert far.asks("REFER", call_id="other", to_tag="unknown", more=TO, branch="z9hG4bKx") == ["481"]


@pytest.mark.parametrize("status", [200, 299, 700])
def test_a_transfer_is_refused_with_a_refusal(status: int) -> None:
    far = Referred()
    far.refers(TO)
    with pytest.raises(ValueError, match=f"with a status from 300 to 699, not {status}"):
        far.agent.refuse_transfer(far.call, status, far.now)


def test_who_does_not_want_to_hear_more_is_told_no_more() -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    assert far.hears(481) == []
    assert [name(message) for message in far.carl(200)] == ["ACK"]


def test_a_subscription_is_refreshed_and_ended_by_subscribe() -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    far.hears()
    ok, notify = far.subscribes("Event: refer\nExpires: 500")
    assert (name(ok), ok.headers["Expires"]) == ("200", "500")
    assert notify.headers["Subscription-State"] == "active;expires=500"
    far.keeps([notify])
    far.hears()
    ok, notify = far.subscribes("Event: refer\nExpires: 0")
    assert notify.headers["Subscription-State"] == "terminated;reason=timeout"
    assert [name(message) for message in far.carl(200)] == ["ACK"]


@pytest.mark.parametrize(
    ("more", "status"),
    [("Event: refer", "481"), ("Event: refer;id=77", "481"), ("Event: presence", "489"), ("", "400")],
)
def test_nothing_else_is_subscribed_to_within_a_call(more: str, status: str) -> None:
    far = Referred()
    assert [name(message) for message in far.subscribes(more)] == [status]


def test_a_call_that_rings_too_long_outlives_its_subscription() -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    far.hears()
    far.carl(180)
    far.hears()
    said = [word for _, word in far.passes(301)]
    assert said[0] == "NOTIFY"


def test_who_referred_us_may_hang_up_at_once_and_is_told_all_the_same() -> None:
    far = Referred()
    far.refers(TO)
    far.follows()
    assert [name(message) for message in far.requests("BYE")] == ["200"]
    far.hears()
    far.carl(200)
    assert far.told()[0] == "SIP/2.0 200 OK"
    far.hears()
    far.agent.hang_up(far.new, far.now)
    (bye,) = far.sent()
    far.says(response(bye, 200))
    far.agent.close(far.now)
    assert far.agent.closed
