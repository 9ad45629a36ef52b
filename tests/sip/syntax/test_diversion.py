"""Who sent a call on."""

import pytest

from gateway.sip.syntax.diversion import diverted_by
from tests.sip.messages import request


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Diversion: <sip:0143@net.example>;reason=unconditional", "0143"),
        ('Diversion: "Bob" <tel:+33-1-43>;reason=user-busy, <sip:0144@net.example>', "+33143"),
        ("Diversion: <sip:0143@net.example>;reason=unknown;privacy=full", ""),
        ("Diversion: <sip:0143@net.example>;privacy=off", "0143"),
        ("Diversion: nonsense>", ""),
        ("History-Info: <sip:0143@net.example>;index=1, <sip:us@net.example>;index=1.1;mp=1", "0143"),
        ("History-Info: <sip:0143@n.example>;index=1, <sip:us@n.example;cause=302>;index=1.1", "0143"),
        (
            "History-Info: <sip:0143@n>;index=1, <sip:0144@n>;index=1.1;mp=1, <sip:us@192.0.2.1>;index=1.1.1;rc=1.1",
            "0143",
        ),
        (
            "History-Info: <sip:0143@n>;index=1, <sip:0144@n;cause=486>;index=1.1;mp=1, <sip:us@n>;index=1.2;mp=1.1",
            "0144",
        ),
        ("History-Info: <sip:0143@n?Privacy=history>;index=1, <sip:us@n;cause=302>;index=1.1;mp=1", ""),
        ("History-Info: <sip:us@net.example>;index=1", ""),
        ("History-Info: <sip:us@net.example>;index=1, <sip:us@192.0.2.1>;index=1.1;rc=1", ""),
        ("History-Info: ,;,<>", ""),
        ("Subject: none", ""),
    ],
)
def test_the_last_one_who_sent_the_call_on_is_named(line: str, number: str) -> None:
    assert diverted_by(request(more=line).headers) == number


def test_history_comes_before_diversion() -> None:
    history = "History-Info: <sip:0143@n>;index=1, <sip:us@n>;index=1.1;mp=1"
    assert diverted_by(request(more=f"Diversion: <sip:0999@n>\n{history}").headers) == "0143"
