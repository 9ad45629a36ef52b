"""What pyVoIP is helped with: which number, which answer, which codec. Its sockets stay closed."""

from collections.abc import Callable
from typing import Any

import pytest

from pyVoIP.VoIP import CallState, PhoneStatus  # isort: skip
from pyVoIP.RTP import PayloadType
from pyVoIP.SIP import SIPMessage

from gateway.correspondent.phone import (
    CorrespondentSettings,
    LabPhone,
    announcement,
    bare_contact,
    choose_codec,
    dialled,
    is_acceptable,
)
from gateway.correspondent.voices import load

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + (
    "m=audio 4000 RTP/AVP 0 8\r\na=sendrecv\r\n"
)


def message(method: str, number: str = "0199000001", body: str = SDP, **headers: str) -> SIPMessage:
    lines = [
        f"{method} sip:correspondent@127.0.0.1:5070 SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport",
        "From: <sip:phone@127.0.0.1>;tag=a",
        f"To: <sip:{number}@127.0.0.1>",
        "Call-ID: call",
        f"CSeq: 1 {method}",
        "Contact: <sip:phone@127.0.0.1:5080>;+sip.instance=x",
        f"P-Called-Party-ID: <sip:{number}@127.0.0.1>",
        "Content-Type: application/sdp",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return SIPMessage(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


class Wire:
    """In the place of pyVoIP's socket."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        assert address == ("127.0.0.1", 5060)
        self.sent.append(data.decode())

    def codes(self) -> list[int]:
        return [int(text.split()[1]) for text in self.sent]


class Started:
    """In the place of the timer that calls back a second later."""

    def __init__(self, _seconds: float, callback: Callable[..., None], arguments: list[Any] | None = None) -> None:
        self.name = ""
        self.callback = callback
        self.arguments = arguments

    def start(self) -> None:
        pass

    def is_alive(self) -> bool:
        return True


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def lab(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> LabPhone:
    monkeypatch.setattr("pyVoIP.VoIP.VoIP.Timer", Started)
    settings = CorrespondentSettings("127.0.0.1", 5060, "correspondent", "pw", "127.0.0.1", 5070, (42_000, 42_100))
    lab = LabPhone(settings)
    vars(lab.phone.sip)["out"] = wire
    return lab


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("0199000001", [180]),
        ("0199000004", [486]),
        ("0199000005", [180]),
        ("0199000006", [404]),
        ("0123456789", [404]),
        ("echo", [180]),
    ],
)
def test_each_number_has_its_answer(lab: LabPhone, wire: Wire, number: str, codes: list[int]) -> None:
    lab.heard(message("INVITE", number))
    assert wire.codes() == codes
    assert ("call" in lab.phone.calls) is (codes == [180])


@pytest.mark.parametrize(
    "body",
    [
        "",
        SDP.replace("0 8", "18 9"),
        SDP.replace("m=audio 4000", "m=audio 0"),
        SDP + "m=video 5000 RTP/AVP 31\r\n",
        SDP.replace("c=IN IP4 127.0.0.1\r\n", ""),
    ],
)
def test_what_pyvoip_cannot_answer_is_refused(lab: LabPhone, wire: Wire, body: str) -> None:
    lab.heard(message("INVITE", body=body))
    assert wire.codes() == [488]
    assert "Warning" not in wire.sent[0]


def test_a_cancelled_call_ends_with_487(lab: LabPhone, wire: Wire) -> None:
    lab.heard(message("INVITE"))
    call = lab.phone.calls["call"]
    lab.heard(message("CANCEL", body=""))
    assert wire.codes() == [180, 487] and call.state is CallState.ENDED
    assert "CSeq: 1 INVITE\r\n" in wire.sent[1]


def test_a_cancel_of_nothing_does_nothing_of_ours(lab: LabPhone, wire: Wire) -> None:
    lab.heard(message("CANCEL", body=""))
    assert wire.codes() == []


def test_a_repeated_invite_is_not_a_second_call(lab: LabPhone, wire: Wire) -> None:
    lab.heard(message("INVITE"))
    lab.heard(message("INVITE"))
    assert wire.codes() == [180]


@pytest.mark.parametrize(("theirs", "ours"), [("sendonly", "recvonly"), ("recvonly", "sendonly"), ("sendrecv",) * 2])
def test_hold_is_answered_on_the_same_port(lab: LabPhone, wire: Wire, theirs: str, ours: str) -> None:
    lab.heard(message("INVITE"))
    call = lab.phone.calls["call"]
    call.state = CallState.ANSWERED
    lab.heard(message("INVITE", body=SDP.replace("4000", "4444").replace("sendrecv", theirs)))
    assert wire.codes() == [180, 200]
    assert f"m=audio {call.RTPClients[0].inPort} RTP/AVP 0 8\r\n" in wire.sent[1]
    assert f"a={ours}\r\n" in wire.sent[1]
    assert (call.RTPClients[0].outIP, call.RTPClients[0].outPort) == ("127.0.0.1", 4444)


def test_its_bye_goes_to_the_bare_contact(lab: LabPhone) -> None:
    lab.heard(message("INVITE"))
    bye = lab.phone.sip.gen_bye(lab.phone.calls["call"].request)
    assert bye.startswith("BYE sip:phone@127.0.0.1:5080 SIP/2.0\r\n")


def test_the_state_of_the_registration_is_shown(lab: LabPhone) -> None:
    assert not lab.registered and not lab.failed
    lab.phone.callback(message("BYE", body=""))
    for status, registered, failed in ((PhoneStatus.REGISTERED, True, False), (PhoneStatus.FAILED, False, True)):
        vars(lab.phone)["_status"] = status
        assert (lab.registered, lab.failed) == (registered, failed)


@pytest.mark.parametrize(
    ("headers", "heading", "number"),
    [
        ({"P-Called-Party-ID": "<sip:3699@h>", "To": {"address": "1@h"}}, "INVITE sip:x@h SIP/2.0", "3699"),
        ({"P-Called-Party-ID": "<tel:3699>"}, "INVITE sip:x@h SIP/2.0", "3699"),
        ({"To": {"address": "0199000001@h:5060"}}, "INVITE sip:x@h SIP/2.0", "0199000001"),
        ({"To": {"address": "host.only"}}, "INVITE sip:x@h SIP/2.0", "host.only"),
        ({}, "INVITE sip:echo@h;transport=udp SIP/2.0", "echo"),
        ({}, "INVITE nonsense SIP/2.0", ""),
    ],
)
def test_the_number_that_was_dialled(headers: dict[str, Any], heading: str, number: str) -> None:
    assert dialled(heading, headers) == number


@pytest.mark.parametrize(
    ("contact", "uri"),
    [('"A" <sip:a@b;x=1>;q=1', "sip:a@b;x=1"), ("sip:a@b;q=1", "sip:a@b"), ("< sip:a@b >", "sip:a@b"), ("", "")],
)
def test_a_contact_without_ornaments(contact: str, uri: str) -> None:
    assert bare_contact(contact) == uri


def test_an_offer_without_media_is_not_acceptable() -> None:
    assert not is_acceptable({})


class Client:
    """pyVoIP's RTP client, as far as the choice of codec sees it."""

    preference: Any = None
    encode_packet: Any = None
    encode_pcma = "the A-law encoder"

    def __init__(self, *codecs: PayloadType) -> None:
        self.assoc = dict(enumerate(codecs))


def test_u_law_is_chosen_where_it_may_be() -> None:
    client = Client(PayloadType.PCMA, PayloadType.PCMU)
    choose_codec(client)
    assert client.preference is PayloadType.PCMU and client.encode_packet is None


def test_a_law_alone_is_encoded_as_a_law() -> None:
    client = Client(PayloadType.PCMA, PayloadType.EVENT)
    choose_codec(client)
    assert client.preference is PayloadType.PCMA and client.encode_packet == "the A-law encoder"


@pytest.mark.parametrize("language", ["de", "en", "es", "fr"])
def test_every_announcement_is_a_few_seconds_of_speech(language: str) -> None:
    samples = load(announcement(language))
    assert announcement(language).stem == language
    assert 4 * 8000 < len(samples) < 10 * 8000
    assert max(samples) > 200 and min(samples) < 56


def test_other_languages_hear_english() -> None:
    assert announcement("it").stem == "en"
