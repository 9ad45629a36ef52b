"""Registering, refreshing, failing, coming back, leaving."""

import pytest

from gateway.sip.agent import Account
from gateway.sip.events import Registered, RegistrationFailed, Unregistered
from gateway.sip.registration.authentication import read_credentials
from gateway.sip.registration.registration import MOST_DEMANDS
from tests.sip.lab import Lab
from tests.sip.registrar import REGISTRAR


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_challenge_is_answered_and_the_binding_stands(transport: str) -> None:
    lab = Lab(transport=transport)
    lab.register()
    first, second = lab.requests
    assert str(first.uri) == "sip:lab.example"
    assert first.headers["To"] == "<sip:ann@lab.example>"
    suffix = ";transport=tcp" if transport == "tcp" else ""
    assert first.headers["Contact"] == f"<sip:ann@192.0.2.1:5060{suffix}>;expires=300"
    assert first.headers["Call-ID"] == second.headers["Call-ID"]
    assert (first.headers["CSeq"], second.headers["CSeq"]) == ("1 REGISTER", "2 REGISTER")
    (credentials,) = read_credentials(second.headers, "Authorization")
    assert credentials.parameters is not None
    assert credentials.parameters["algorithm"] == "SHA-256"
    assert lab.wire.the("ann", Registered) == Registered(lab.account, 300)


def test_it_is_refreshed_before_it_expires_without_being_asked_again() -> None:
    lab = Lab(expires_s=100)
    lab.register(95)
    assert len(lab.requests) == 3
    (credentials,) = read_credentials(lab.requests[2].headers, "Authorization")
    assert credentials.parameters is not None and credentials.parameters["nc"] == "00000002"
    assert len(lab.wire.told("ann", Registered)) == 2


def test_a_nonce_that_ran_out_is_replaced() -> None:
    lab = Lab(expires_s=400)
    lab.register(390)
    assert len(lab.requests) == 4  # the third with the old nonce, the fourth with a fresh one
    assert len(lab.wire.told("ann", Registered)) == 2
    assert lab.statuses == []


def test_the_expiry_of_our_own_contact_counts() -> None:
    lab = Lab()
    lab.registrar.answer_with = {
        "Contact": '<sip:ann@10.9.9.9>;expires=9999, "x" <sip:ann@192.0.2.1:5060>;q=1;expires=60, junk <',
        "Expires": "7777",
    }
    lab.register()
    assert lab.wire.the("ann", Registered).expires_s == 60


def test_without_our_contact_the_general_expiry_counts_and_without_that_ours() -> None:
    for headers, expected in (({"Contact": "*", "Expires": "90"}, 90), ({"Contact": "<sip:x@y>", "Expires": "-"}, 300)):
        lab = Lab()
        lab.registrar.answer_with = headers
        lab.register()
        assert lab.wire.the("ann", Registered).expires_s == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("<sip:ann@203.0.113.7:31000>;expires=120", 120),
        ("<sip:ann@203.0.113.7:31000>;expires=120, <sip:ann@203.0.113.7:31001>;expires=90", 90),
        ("<sip:ann@203.0.113.7:31000>;expires=0, <sip:ann@203.0.113.7:31001>;expires=90", 90),
        ("<sip:ann@192.0.2.1;transport=tcp>;expires=70, <sip:ann@192.0.2.1>;expires=200", 200),
        ("<sip:ann@192.0.2.1;transport=tcp>;expires=200, <sip:ann@192.0.2.1;transport=UDP>;expires=70", 70),
    ],
)
def test_behind_a_translation_the_binding_that_goes_first_counts(listed: str, expected: int) -> None:
    lab = Lab()
    lab.registrar.answer_with = {"Contact": listed, "Expires": "7777"}
    lab.register()
    assert lab.wire.the("ann", Registered).expires_s == expected


def test_a_wrong_password_is_tried_once_and_not_again() -> None:
    lab = Lab(password="wrong")
    lab.register(5000)
    assert len(lab.requests) == 2
    failure = lab.wire.the("ann", RegistrationFailed)
    assert (failure.account, failure.status, failure.retry_at) == (lab.account, 401, None)
    assert failure.reason == "401 Unauthorized"


def test_after_a_refusal_it_can_be_tried_with_the_right_password() -> None:
    lab = Lab(password="wrong")
    lab.register()
    lab.account = Account("sip:ann@lab.example", lab.account.registrar, password="secret")
    lab.register()
    assert lab.wire.the("ann", Registered).account == lab.account


def test_an_interval_too_brief_is_made_longer_once_and_as_far_as_sensible() -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(423, {"Min-Expires": "1800"})]
    lab.register()
    assert lab.wire.the("ann", Registered).expires_s == 1800
    for demanded in (
        {"Min-Expires": "60"},
        {"Min-Expires": "99999999"},
        {},
        {"Min-Expires": "soon"},
        {"Min-Expires": "-1"},
    ):
        lab = Lab()
        lab.registrar.refuse_with = [(423, demanded)]
        lab.register()
        assert lab.statuses == [423]
        assert lab.wire.told("ann", Registered) == []


def test_a_registrar_that_demands_a_little_more_each_time_is_not_followed_for_ever() -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(423, {"Min-Expires": str(400 + n)}) for n in range(50)]
    lab.register(2)
    assert len(lab.requests) == MOST_DEMANDS + 1
    assert lab.statuses == [423]


def test_a_binding_that_is_taken_away_at_once_is_no_registration_and_no_reason_to_hurry() -> None:
    lab = Lab()
    lab.registrar.answer_with = {"Contact": "<sip:ann@192.0.2.1:5060>;expires=0"}
    lab.register(29)
    failure = lab.wire.the("ann", RegistrationFailed)
    assert failure.reason == "the registrar took our binding away at once"
    assert lab.wire.told("ann", Registered) == [] and len(lab.requests) == 2


def test_who_takes_us_without_knowing_the_password_is_not_our_registrar() -> None:
    lab = Lab()
    lab.registrar.answer_with = {"Authentication-Info": 'rspauth="0123", qop=auth'}
    lab.register(29)
    failure = lab.wire.the("ann", RegistrationFailed)
    assert failure.reason == "who answers does not know our password"
    assert lab.wire.told("ann", Registered) == []


def test_the_next_nonce_that_the_registrar_names_is_used_for_the_refresh() -> None:
    lab = Lab(expires_s=100)
    lab.registrar.answer_with = {"Authentication-Info": 'nextnonce="soon"'}
    lab.register(95)
    (credentials,) = read_credentials(lab.requests[2].headers, "Authorization")
    assert credentials.parameters is not None
    assert (credentials.parameters["nonce"], credentials.parameters["nc"]) == ("soon", "00000001")
    assert len(lab.wire.told("ann", Registered)) == 2, "it was none of its own: a fresh challenge is answered"


@pytest.mark.parametrize("status", [403, 404, 600])
def test_a_refusal_that_will_not_pass_is_not_tried_again(status: int) -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(status, {})]
    lab.register(5000)
    assert len(lab.requests) == 1
    assert lab.wire.the("ann", RegistrationFailed).retry_at is None


@pytest.mark.parametrize("status", [408, 480, 500, 503])
def test_a_refusal_that_may_pass_is_tried_again(status: int) -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(status, {})]
    lab.register(61)
    assert lab.statuses == [status]
    assert lab.wire.told("ann", Registered)


def test_retry_after_is_respected() -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(503, {"Retry-After": "120 (maintenance)"})]
    lab.register()
    failure = lab.wire.the("ann", RegistrationFailed)
    assert failure.retry_at is not None
    assert failure.retry_at - lab.wire.now > 118


def test_who_asks_us_to_wait_for_years_is_asked_again_after_an_hour() -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(503, {"Retry-After": "9999999999"})]
    lab.register(0.5)
    failure = lab.wire.the("ann", RegistrationFailed)
    assert failure.retry_at is not None
    assert 3590 < failure.retry_at - lab.wire.now <= 3600
    lab.wire.run(3601)
    assert lab.wire.told("ann", Registered)


def test_a_silent_registrar_is_asked_more_and_more_seldom_and_found_again() -> None:
    lab = Lab()
    lab.wire.detach(REGISTRAR)
    lab.register(3000)
    failures = lab.wire.told("ann", RegistrationFailed)
    assert {(failure.status, failure.reason) for failure in failures} == {(408, "no answer to REGISTER")}
    assert 4 <= len(failures) <= 7
    lab.wire.attach("registrar", REGISTRAR, lab.registrar)
    lab.wire.run(1900)
    assert lab.wire.told("ann", Registered)


def test_the_pauses_double_up_to_a_limit_and_vary() -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(500, {})] * 12
    lab.agent.register(lab.account, lab.wire.now)
    pauses = []
    for _ in range(12):
        before = len(lab.wire.told("ann", RegistrationFailed))
        while len(failures := lab.wire.told("ann", RegistrationFailed)) == before:
            lab.wire.run(1)
        retry_at = failures[-1].retry_at
        assert retry_at is not None
        pauses.append(retry_at - lab.wire.now)
        lab.wire.run(retry_at - lab.wire.now)
    for failures_in_a_row, pause in enumerate(pauses, 1):
        longest = min(1800, 30 * 2**failures_in_a_row)
        assert longest / 2 - 2 <= pause <= longest, pauses
    assert len({round(pause) for pause in pauses[6:]}) > 3


def test_a_way_that_is_broken_is_tried_again() -> None:
    lab = Lab()
    lab.agent.register(lab.account, lab.wire.now)
    lab.agent.datagrams_to_send()
    lab.agent.transport_failed(lab.account.flow, lab.wire.now, "registrar.lab: name not known")
    failure = lab.wire.the("ann", RegistrationFailed)
    assert (failure.status, failure.reason) == (503, "registrar.lab: name not known")
    lab.wire.run(61)
    assert lab.wire.told("ann", Registered)


# ---------------------------------------------------------------- leaving


def test_leaving_takes_the_binding_away() -> None:
    lab = Lab()
    lab.register()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(1000)
    last = lab.requests[-1]
    assert last.headers["Contact"].endswith(";expires=0")
    assert last.headers["Expires"] == "0"
    assert lab.registrar.bindings == {}
    assert lab.wire.the("ann", Unregistered) == Unregistered(lab.account)


def test_leaving_while_the_answer_is_under_way_waits_for_it() -> None:
    lab = Lab()
    lab.agent.register(lab.account, lab.wire.now)
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(1)
    assert [request.headers["Expires"] for request in lab.requests] == ["300", "300", "0"]
    assert lab.registrar.bindings == {}
    lab.wire.the("ann", Unregistered)


def test_coming_back_while_we_leave_happens_as_soon_as_we_have_left() -> None:
    lab = Lab()
    lab.register()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.agent.register(lab.account, lab.wire.now)
    lab.wire.run(1)
    assert [request.headers["Expires"] for request in lab.requests][2:] == ["0", "300"]
    assert len(lab.registrar.bindings) == 1
    lab.wire.the("ann", Unregistered)
    assert len(lab.wire.told("ann", Registered)) == 2


def test_coming_back_to_a_registrar_that_is_silent_happens_after_all() -> None:
    lab = Lab()
    lab.register()
    lab.wire.detach(REGISTRAR)
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.agent.register(lab.account, lab.wire.now)
    lab.wire.run(33)
    lab.wire.attach("registrar", REGISTRAR, lab.registrar)
    lab.wire.run(2)
    assert len(lab.registrar.bindings) == 1


def test_leaving_twice_sends_one_request_and_the_last_word_counts() -> None:
    lab = Lab()
    lab.register()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.agent.register(lab.account, lab.wire.now)
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.agent.close(lab.wire.now)
    lab.wire.run(1)
    assert [request.headers["Expires"] for request in lab.requests][2:] == ["0"]
    assert lab.registrar.bindings == {} and lab.agent.closed
    lab.wire.the("ann", Unregistered)


def test_leaving_a_registrar_that_is_silent_ends_after_all() -> None:
    lab = Lab()
    lab.register()
    lab.wire.detach(REGISTRAR)
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(33)
    lab.wire.the("ann", Unregistered)


def test_leaving_after_a_refresh_that_failed_still_takes_the_binding_away() -> None:
    lab = Lab()
    lab.register()
    lab.registrar.refuse_with = [(500, {})]
    lab.wire.run(271)
    assert lab.statuses == [500]
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(1)
    assert lab.registrar.bindings == {}


def test_leaving_a_registrar_that_never_said_a_word_waits_for_nothing() -> None:
    lab = Lab()
    lab.wire.detach(REGISTRAR)
    lab.register(10)
    lab.agent.close(lab.wire.now)
    lab.wire.run(0)
    lab.wire.the("ann", Unregistered)
    assert lab.agent.closed


def test_leaving_before_it_ever_worked_is_told_and_stops_the_attempts() -> None:
    lab = Lab()
    lab.registrar.refuse_with = [(500, {})]
    lab.register()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(5000)
    assert len(lab.requests) == 1
    lab.wire.the("ann", Unregistered)


def test_leaving_what_was_never_registered_is_told_at_once() -> None:
    lab = Lab()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.the("ann", Unregistered)


def test_registering_twice_at_once_sends_one_request() -> None:
    lab = Lab()
    lab.agent.register(lab.account, lab.wire.now)
    lab.register()
    assert len(lab.requests) == 2  # one, and one with credentials
    lab.wire.the("ann", Registered)
