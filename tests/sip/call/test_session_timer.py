"""Session timers, without a call around them (RFC 4028)."""

import pytest
from sipmessage import Headers

from gateway.sip.call.session_timer import Due, SessionInterval, SessionTimer, read_interval
from gateway.sip.settings import CallPolicy


def headers(**lines: str) -> Headers:
    made = Headers()
    for name, value in lines.items():
        made.set(name.replace("_", "-"), value)
    return made


def agreed(policy: CallPolicy, **lines: str) -> Headers:
    """What our 2xx says to a request with these lines."""
    response = Headers()
    SessionTimer(policy).agree(headers(**lines), response, 0.0)
    return response


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("1800", SessionInterval(1800)),
        ("90;refresher=uas", SessionInterval(90, "uas")),
        ("90 ; Refresher=UAC;x=y", SessionInterval(90, "uac")),
        ("90;refresher=both", SessionInterval(90)),
        ("soon", None),
        ("", None),
    ],
)
def test_an_interval_is_read(text: str, interval: SessionInterval | None) -> None:
    assert read_interval(headers(Session_Expires=text)) == interval


def test_we_ask_for_what_the_policy_says() -> None:
    asked = Headers()
    SessionTimer(CallPolicy(session_timer_s=600, min_se_s=120, refresher="uas")).ask(asked)
    assert (asked["Session-Expires"], asked["Min-SE"]) == ("600;refresher=uas", "120")


def test_without_a_policy_nothing_is_said_or_kept() -> None:
    timer, said = SessionTimer(CallPolicy(session_timer_s=0)), Headers()
    timer.ask(said)
    timer.agree(headers(Session_Expires="90", Supported="timer"), said, 0.0)
    timer.accepted(headers(Session_Expires="90"), 0.0)
    assert said.keys() == []
    assert timer.get_timer() is None
    assert timer.objection(headers(Session_Expires="10", Supported="timer")) == 0


@pytest.mark.parametrize(
    ("asked", "policy", "interval", "required"),
    [
        ({"Session_Expires": "600", "Supported": "timer"}, CallPolicy(), "600;refresher=uac", True),
        ({"Session_Expires": "600;refresher=uas", "Supported": "timer"}, CallPolicy(), "600;refresher=uas", True),
        ({"Session_Expires": "9000", "Supported": "timer"}, CallPolicy(), "1800;refresher=uac", True),
        ({"Session_Expires": "9000", "Min_SE": "5000", "Supported": "timer"}, CallPolicy(), "5000;refresher=uac", True),
        ({"Supported": "timer"}, CallPolicy(refresher="uas"), "1800;refresher=uas", True),
        ({"Supported": "100rel, timer"}, CallPolicy(), "1800;refresher=uac", True),
        ({}, CallPolicy(), "1800;refresher=uas", False),
        ({"Session_Expires": "600"}, CallPolicy(), "600;refresher=uas", False),
    ],
)
def test_who_refreshes_and_how_often_is_agreed_as_table_2_has_it(
    asked: dict[str, str], policy: CallPolicy, interval: str, required: bool
) -> None:
    said = agreed(policy, **asked)
    assert said["Session-Expires"] == interval
    assert said.get("Require") == ("timer" if required else None)


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        ({"Session_Expires": "60", "Supported": "timer"}, 90),
        ({"Session_Expires": "90", "Supported": "timer"}, 0),
        ({"Session_Expires": "60"}, 0),
        ({"Supported": "timer"}, 0),
    ],
)
def test_too_short_an_interval_is_objected_to_where_that_is_understood(asked: dict[str, str], least: int) -> None:
    assert SessionTimer(CallPolicy()).objection(headers(**asked)) == least


def test_a_422_is_obeyed_while_it_asks_for_more() -> None:
    timer, asked = SessionTimer(CallPolicy(session_timer_s=600)), Headers()
    assert timer.too_small(headers(Min_SE="900"))
    timer.ask(asked)
    assert (asked["Session-Expires"], asked["Min-SE"]) == ("900", "900")
    assert not timer.too_small(headers(Min_SE="900"))
    assert not timer.too_small(headers())


def test_the_refresher_refreshes_at_half_and_gives_up_before_the_end() -> None:
    timer = SessionTimer(CallPolicy())
    timer.accepted(headers(Session_Expires="600;refresher=uac"), 100.0)
    assert timer.get_timer() == 400.0
    assert timer.handle_timer(400.0) is Due.REFRESH
    timer.refresh_failed(402.0)
    assert timer.get_timer() == 402 + (668 - 402) / 2
    assert timer.handle_timer(668.0) is Due.EXPIRED
    assert timer.get_timer() is None


def test_the_other_end_only_waits() -> None:
    timer = SessionTimer(CallPolicy())
    timer.accepted(headers(Session_Expires="90;refresher=uas"), 0.0)
    assert timer.get_timer() == 60.0  # a third of the interval before its end
    assert timer.handle_timer(59.9) is Due.NOTHING
    assert timer.handle_timer(60.0) is Due.EXPIRED


def test_a_refresh_begins_the_time_anew_and_keeps_its_roles() -> None:
    timer, asked = SessionTimer(CallPolicy()), Headers()
    timer.accepted(headers(Session_Expires="600;refresher=uas"), 0.0)
    timer.ask(asked)
    assert asked["Session-Expires"] == "600;refresher=uas"
    response = Headers()
    timer.agree(headers(Session_Expires="600;refresher=uac", Supported="timer"), response, 300.0)
    assert response["Session-Expires"] == "600;refresher=uac"
    assert timer.get_timer() == 868.0


def test_an_answer_without_an_interval_means_no_end() -> None:
    timer = SessionTimer(CallPolicy())
    timer.accepted(headers(Session_Expires="600"), 0.0)
    timer.accepted(headers(), 10.0)
    assert not timer.running
    assert timer.get_timer() is None


def test_an_interval_below_that_of_the_rfc_is_made_that_long() -> None:
    assert agreed(CallPolicy(), Session_Expires="1")["Session-Expires"] == "90;refresher=uas"
    timer = SessionTimer(CallPolicy())
    timer.accepted(headers(Session_Expires="1;refresher=uac"), 0.0)
    assert timer.get_timer() == 45.0
