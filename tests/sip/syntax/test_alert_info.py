"""How a caller wants the phone to ring, in every habit of saying so."""

import pytest

from gateway.sip.syntax.alert_info import ringing


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("<urn:alert:source:internal>", "internal"),
        ("urn:alert:source:external", "external"),
        ("<urn:alert:source:internal@example.com>", "internal"),
        ("<http://127.0.0.1/ring.wav>;info=alert-internal", "internal"),
        ('<http://127.0.0.1>; info="alert-external";x-line-id=0', "external"),
        ("<http://127.0.0.1/Bellcore-dr2>", "bellcore-dr2"),
        ("Bellcore-r3", "bellcore-dr3"),
        ("<urn:alert:priority:high>, <urn:alert:source:internal>", "internal"),
    ],
)
def test_what_is_asked_for_is_understood(text: str, asked: str) -> None:
    assert ringing(text) == asked


@pytest.mark.parametrize(
    "text",
    ["", "<http://example.com/moo.wav>", "<urn:alert:service:normal>", "<urn:alert:source:internals>", "bellcore-dr9"],
)
def test_anything_else_rings_as_usual(text: str) -> None:
    assert ringing(text) == ""
