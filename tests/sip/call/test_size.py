"""How large an INVITE is: beyond 1300 bytes it goes over TCP (RFC 3261, section 18.1.1), which many do not take."""

import pytest

from gateway.codecs import OFFERED, PREFERRED, OpusSettings
from gateway.sdp.media import LocalMedia
from gateway.sip.agent import Account
from tests.sip.scripted import Scripted, response

CHALLENGE = (
    'Proxy-Authenticate: Digest realm="registrar.example.com", '
    'nonce="Zq7b0GauWqQzXh1mQk9v3tJcXc0mB5p2m7iV0h8sXg==", qop="auth", algorithm=MD5'
)
"""as Kamailio and Asterisk have them, with a long name"""

ACCOUNT = Account("sip:0199000010@registrar.example.com", "sip:192.0.2.9", password="secret")


def sizes(codecs: tuple[str, ...], **what: bool) -> tuple[int, int]:
    """Bytes of the first INVITE, and of the one with credentials."""
    local = LocalMedia("192.168.100.200", 16_384, codecs, opus=str(OpusSettings().parameters), **what)  # type: ignore[arg-type]
    far = Scripted()
    _, invite = far.calls(ACCOUNT, local)
    first = far.transmissions[-1]
    far.says(response(invite, 407, more=CHALLENGE))
    again = far.transmissions[-1]
    assert b"\r\nProxy-Authorization: " in again.data
    assert {first.flow.transport, again.flow.transport} == {"UDP"}
    return len(first.data), len(again.data)


@pytest.mark.parametrize("what", [{}, {"comfort_noise": True}, {"rtcp_mux": True, "xr": True}])
def test_the_invite_of_a_phone_that_was_told_nothing_is_a_datagram_with_credentials_and_all(
    what: dict[str, bool],
) -> None:
    first, again = sizes(PREFERRED, **what)
    assert first < 1_020 and again < 1_300


def test_even_with_every_codec_there_is_the_first_one_is() -> None:
    far = Scripted()
    far.calls(ACCOUNT, LocalMedia("192.168.100.200", 16_384, OFFERED))
    assert far.transmissions[-1].flow.transport == "UDP"
