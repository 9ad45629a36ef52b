import pytest
from sipmessage import Headers

from gateway.sip.syntax.reason import q850_cause, warning


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (['Q.850;cause=16;text="Normal, clearing"'], 16),
        (["SIP;cause=487", "q.850 ; cause=17"], 17),
        (["SIP;cause=600, Q.850;cause=127"], 127),
        (["SIP;cause=487"], None),
        (["Q.850"], None),
        (["Q.850;cause=abc"], None),
        (["Q.850;cause=²"], None),
        (["Q.850;cause=128"], None),
        (["Q.850;cause=" + "9" * 5000], None),
        ([], None),
    ],
)
def test_the_q850_cause_is_found_or_none(values: list[str], cause: int | None) -> None:
    headers = Headers()
    headers.setlist("Reason", values)
    assert q850_cause(headers) == cause


def test_a_warning_is_one_quoted_string() -> None:
    assert warning("192.0.2.1:5060", 'no "codec"\r\nX: \\y') == '305 192.0.2.1:5060 "no codecX: y"'
    assert warning("192.0.2.1:5060", "no key", 399) == '399 192.0.2.1:5060 "no key"'
