"""A transfer that we ask for, against a far end that is written out by hand."""

import pytest
from sipmessage import Request, Response

from gateway.sip.events import Ended, TransferProgress
from tests.sip.messages import name, request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, Scripted, answer_to, response, tag_in
from tests.sip.standing import Calling

CARL = "sip:carl@192.0.2.3"
FRAGMENT = "Content-Type: message/sipfrag;version=2.0"
ACTIVE = "Subscription-State: active;expires=60"
DONE = "Subscription-State: terminated;reason=noresource"


class Transferring(Calling):
    """We called the far end, and want it to call carl."""

    def __init__(self, *, subscribe: bool = True) -> None:
        super().__init__()
        self.agent.transfer(self.call, CARL, self.now, subscribe=subscribe)
        (refer,) = self.sent()
        assert isinstance(refer, Request)
        self.refer = refer
        self.cseq = 0
        self.rest: list[str] = []

    def notifies(
        self, body: str, state: str = ACTIVE, *, event: str = "Event: refer", kind: str = FRAGMENT
    ) -> Response:
        """Our answer to it; what else we say is `rest`."""
        self.cseq += 1
        more = "\n".join([event, state, CONTACT, *([kind] if body else [])])
        data = request_bytes(
            "NOTIFY",
            branch=f"z9hG4bKn{self.cseq}",
            cseq=self.cseq,
            call_id=self.invite.headers["Call-ID"],
            to_tag=self.invite.headers["From"].rpartition(";tag=")[2],
            from_tag="far",
            more=more,
            body=body,
        )
        answer, *rest = self.says(data)
        assert isinstance(answer, Response)
        self.rest = [name(message) for message in rest]
        return answer

    def progress(self) -> list[tuple[int, bool]]:
        return [(event.status, event.final) for event in self.all(TransferProgress)]


def test_refer_says_whom_to_call_and_who_asks() -> None:
    refer = Transferring().refer
    assert refer.method == "REFER"
    assert refer.headers["Refer-To"] == f"<{CARL}>"
    assert refer.headers["Referred-By"] == "<sip:phone@192.0.2.1:5060>"
    assert refer.headers["Contact"] == "<sip:phone@192.0.2.1:5060>"
    assert refer.headers.get("Refer-Sub", None) is None


@pytest.mark.parametrize("status", [200, 202])
def test_200_and_202_are_the_same_and_success_is_followed_by_our_bye(status: int) -> None:
    far = Transferring()
    far.says(response(far.refer, status))
    assert far.notifies("SIP/2.0 100 Trying\r\n").code == 200
    assert far.notifies("SIP/2.0 200 OK\r\n", DONE).code == 200
    assert far.rest == ["BYE"]
    assert far.progress() == [(100, False), (200, True)]
    assert far.the(Ended).by_far is False


def test_a_notify_before_the_answer_counts() -> None:
    far = Transferring()
    assert far.notifies("SIP/2.0 200 OK\r\n", DONE).code == 200
    assert far.rest == ["BYE"]
    assert far.says(response(far.refer, 202)) == []
    assert far.progress() == [(200, True)]


@pytest.mark.parametrize("status", [403, 405, 603, 501])
def test_a_refused_refer_leaves_the_call_as_it_was(status: int) -> None:
    far = Transferring()
    assert far.says(response(far.refer, status)) == []
    assert far.progress() == [(status, True)]
    assert far.all(Ended) == []
    assert far.notifies("SIP/2.0 200 OK\r\n").code == 481


def test_silence_to_refer_is_a_failure() -> None:
    far = Transferring()
    far.passes(33)
    assert far.progress() == [(408, True)]


def test_a_transfer_of_which_nothing_is_heard_has_failed() -> None:
    far = Transferring()
    far.says(response(far.refer, 202))
    far.passes(31)
    assert far.progress() == []
    far.passes(2)
    assert far.progress() == [(408, True)]
    assert far.all(Ended) == []


def test_a_subscription_that_runs_out_is_a_failure() -> None:
    far = Transferring()
    far.says(response(far.refer, 202))
    far.notifies("SIP/2.0 180 Ringing\r\n")
    far.passes(61)
    assert far.progress() == [(180, False), (408, True)]


def test_one_that_ends_without_an_outcome_is_a_failure() -> None:
    far = Transferring()
    far.says(response(far.refer, 202))
    assert far.notifies("SIP/2.0 100 Trying\r\n", DONE).code == 200
    assert far.progress() == [(408, True)]
    assert far.all(Ended) == []


def test_an_outcome_that_does_not_end_the_subscription_is_final_all_the_same() -> None:
    far = Transferring()
    far.says(response(far.refer, 202))
    assert far.notifies("SIP/2.0 486 Busy Here\r\n").code == 200
    assert far.notifies("SIP/2.0 486 Busy Here\r\n", DONE).code == 200
    assert far.notifies("SIP/2.0 486 Busy Here\r\n", DONE).code == 481
    assert far.progress() == [(486, True)]


@pytest.mark.parametrize(
    ("body", "how", "status"),
    [
        ("SIP/2.0 100 Trying", {"event": ""}, 400),
        ("SIP/2.0 100 Trying", {"event": "Event: presence"}, 489),
        ("SIP/2.0 100 Trying", {"event": "Event: message-summary"}, 481),
        ("SIP/2.0 100 Trying", {"event": "Event: refer;id=0"}, 481),
        ("SIP/2.0 100 Trying", {"event": "Event: refer;id=x"}, 481),
        ("SIP/2.0 100 Trying", {"state": ""}, 400),
        ("SIP/2.0 100 Trying", {"kind": "Content-Type: text/plain"}, 415),
        ("To: x", {}, 400),
        ("", {}, 200),
    ],
)
def test_a_notify_that_says_nothing_leaves_the_transfer_as_it_was(body: str, how: dict[str, str], status: int) -> None:
    far = Transferring()
    far.says(response(far.refer, 202))
    assert far.notifies(body, **how).code == status
    assert far.progress() == []


def test_an_id_is_the_number_of_our_refer_also_after_a_challenge() -> None:
    far = Transferring()
    number = far.refer.headers["CSeq"].partition(" ")[0]
    far.says(response(far.refer, 202))
    assert far.notifies("SIP/2.0 180 Ringing", event=f"Event: refer;id={number}").code == 200
    assert far.progress() == [(180, False)]


def test_without_subscription_being_taken_is_the_outcome() -> None:
    far = Transferring(subscribe=False)
    assert far.refer.headers["Refer-Sub"] == "false"
    assert "norefersub" in far.refer.headers["Supported"]
    assert [name(message) for message in far.says(response(far.refer, 202, more="Refer-Sub: false"))] == ["BYE"]
    assert far.progress() == [(202, True)]


def test_a_far_end_that_subscribes_us_all_the_same_is_listened_to() -> None:
    far = Transferring(subscribe=False)
    assert far.says(response(far.refer, 202)) == []
    far.notifies("SIP/2.0 200 OK", DONE)
    assert far.progress() == [(200, True)]


def test_the_far_end_may_hang_up_first() -> None:
    far = Transferring()
    far.says(response(far.refer, 202))
    headers = far.invite.headers
    tag = headers["From"].rpartition(";tag=")[2]
    assert far.asks("BYE", call_id=headers["Call-ID"], to_tag=tag, from_tag="far", cseq=1) == ["200"]
    assert far.the(Ended).by_far
    far.cseq = 1
    assert far.notifies("SIP/2.0 200 OK", DONE).code == 200
    assert far.progress() == []
    far.agent.close(far.now)
    assert far.agent.closed


def refers_to(far: Scripted, call: str, other: str) -> str:
    far.agent.transfer_to(call, other, far.now)
    (refer,) = far.sent()
    return refer.headers["Refer-To"]


def test_an_attended_transfer_names_the_other_call_as_its_far_end_knows_it() -> None:
    far = Calling()
    other, invite = far.calls()
    assert isinstance(invite, Request)
    far.says(response(invite, 200, tag="a", body=answer_to(invite)))
    ours = invite.headers["From"].rpartition(";tag=")[2]
    replaces = f"{invite.headers['Call-ID']}%3Bto-tag%3Da%3Bfrom-tag%3D{ours}"
    assert refers_to(far, far.call, other) == f"<sip:peer@192.0.2.9:5060?Replaces={replaces}&Require=replaces>"


def test_a_call_that_came_through_proxies_is_named_by_its_address_of_record() -> None:
    far = Calling()
    more = "Record-Route: <sip:192.0.2.77;lr>"
    other = far.invites(more=more, branch="z9hG4bKother", call_id="other@peer")
    far.agent.accept(other, media(ANN), far.now)
    ok = far.sent()[-1]
    far.asks("ACK", to_tag=tag_in(ok), call_id="other@peer")
    assert refers_to(far, far.call, other).startswith("<sip:peer@192.0.2.9?Replaces=other%40peer%3Bto-tag%3Dpeer")


# ---------------------------------------------------------------- a subscription that is too short for the ringing


def followed(far: Transferring) -> Request:
    """The far end rings carl for so long that we ask it to go on telling us."""
    far.says(response(far.refer, 202))
    number = far.refer.headers["CSeq"].partition(" ")[0]
    far.notifies("SIP/2.0 180 Ringing\r\n", event=f"Event: refer;id={number}")
    said: list[Request | Response] = []
    while not said:
        at = far.agent.get_timer()
        assert at is not None
        far.now = at
        far.agent.handle_timer(at)
        said = far.sent()
    (subscribe,) = said
    assert isinstance(subscribe, Request) and subscribe.method == "SUBSCRIBE"
    return subscribe


def test_it_is_refreshed_before_it_runs_out() -> None:
    far = Transferring()
    subscribe = followed(far)
    assert far.now == 48.0
    headers = subscribe.headers
    number = far.refer.headers["CSeq"].partition(" ")[0]
    assert (headers["Event"], headers["Expires"]) == (f"refer;id={number}", "552")
    assert headers["Contact"] == far.refer.headers["Contact"]
    far.says(response(subscribe, 200, more="Expires: 300"))
    assert far.passes(100) == []
    far.notifies("SIP/2.0 200 OK\r\n", DONE)
    assert far.progress() == [(180, False), (200, True)]


@pytest.mark.parametrize("status", [481, 489, 405, 403])
def test_where_it_cannot_be_refreshed_it_lasts_as_long_as_was_said(status: int) -> None:
    far = Transferring()
    far.says(response(followed(far), status))
    far.passes(11)
    assert far.progress() == [(180, False)]
    far.passes(2)
    assert far.progress() == [(180, False), (408, True)]


def test_no_transfer_is_waited_for_longer_than_ten_minutes() -> None:
    far = Transferring()
    far.says(response(followed(far), 200, more="Expires: 100000"))
    far.passes(550)
    assert far.progress() == [(180, False)]
    far.passes(3)
    assert far.progress() == [(180, False), (408, True)]
