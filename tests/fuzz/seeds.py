"""Where fuzzing begins: messages and packets as they were on the wire of other tests."""

import numpy as np

from gateway.codecs import encoder
from gateway.rtp.packet import RtpPacket
from gateway.rtp.rtcp import Goodbye, ReceiverReport, ReportBlock, SenderReport, SourceDescription
from gateway.rtp.srtp import SUITES, Key, Srtp
from gateway.sip.transport import stun
from tests.fuzz.targets import BREAK, CODECS, pieces
from tests.sip.messages import request_bytes
from tests.sip.torture import VERDICTS, wire

ANSWER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
)
RICH = (
    b"v=0\r\no=- 1 1 IN IP6 2001:db8::9\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-lite\r\n"
    b"m=audio 4000 UDP/TLS/RTP/SAVP 96 9 8 101 102\r\nc=IN IP6 2001:db8::9\r\nb=AS:64\r\na=mid:0\r\na=rtcp-mux\r\n"
    b"a=rtcp:4001 IN IP6 2001:db8::9\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"
    b"a=rtpmap:9 G722/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=rtpmap:102 telephone-event/48000\r\na=maxptime:40\r\na=sendonly\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|2^20|1:4\r\n"
    b"a=fingerprint:sha-256 " + b":".join([b"AB"] * 32) + b"\r\na=setup:actpass\r\na=tls-id:abcdefghijklmnopqrst\r\n"
    b"a=ice-ufrag:abcd\r\na=ice-pwd:pppppppppppppppppppppp\r\n"
    b"a=candidate:1 1 UDP 2130706431 2001:db8::9 4000 typ host\r\n"
    b"a=end-of-candidates\r\nm=video 0 RTP/AVP 31\r\nm=application 9 TCP/MSRP *\r\n"
)
SAVP = ANSWER.replace(b"RTP/AVP", b"RTP/SAVP") + (
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\n"
    b"a=crypto:2 AEAD_AES_256_GCM inline:" + b"A" * 59 + b"=\r\n"
)
OFFERED = "Content-Type: application/sdp"


def _response(status: str, method: str, more: str = "", body: bytes = b"") -> bytes:
    """To a request of the agent, which the script knows by its names."""
    lines = (
        f"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=@B@\r\nFrom: <sip:a@b>;tag=@T@\r\n"
        f"To: <sip:peer@192.0.2.9>;tag=far\r\nCall-ID: @I@\r\nCSeq: 1 {method}\r\n{more}"
    )
    return (lines + f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def _request(method: str, cseq: int, more: str = "", body: str = "") -> bytes:
    """Within the dialog that the agent answered."""
    return request_bytes(method, branch=f"z9hG4bK{cseq}", cseq=cseq, to_tag="@T@", more=more, body=body)


INVITE = request_bytes(more=OFFERED, body=ANSWER.decode())
CONTACT = "Contact: <sip:peer@192.0.2.9:5060>\r\nContent-Type: application/sdp\r\n"
ACK = _request("ACK", 1)
BYE = _request("BYE", 9)
REINVITE = _request("INVITE", 2, OFFERED, ANSWER.decode() + "a=sendonly\r\n")

DIALOGS = [
    BREAK.join(steps)
    for steps in (
        (INVITE, b"!ring", b"!wait 1", b"!accept", ACK, b"!wait 5", REINVITE, _request("ACK", 2), BYE, b"!wait 60"),
        (INVITE, b"!ring", request_bytes("CANCEL"), b"!wait 40"),
        (request_bytes(more="Supported: 100rel, timer, replaces"), b"!accept", ACK, b"!hangup", b"!wait 40"),
        (INVITE, b"!accept", b"!wait 3", b"!hold", _response("491 Request Pending", "INVITE"), b"!wait 10", BYE),
        (INVITE, b"!accept", ACK, _request("UPDATE", 3, OFFERED, ANSWER.decode()), _request("INFO", 4), BYE),
        (INVITE, b"!accept", ACK, _request("REFER", 3, "Refer-To: <sip:else@192.0.2.9>"), b"!wait 4", BYE),
        (b"!tcp " + request_bytes(transport="TCP", more=OFFERED, body=ANSWER.decode()), b"!reject", b"!wait 40"),
        (b"!invite", _response("180 Ringing", "INVITE"), _response("200 OK", "INVITE", CONTACT, ANSWER), b"!hangup"),
        (b"!invite", _response("183 Progress", "INVITE", CONTACT, ANSWER), b"!hangup", b"!wait 40"),
        (
            b"!invite",
            _response("183 P", "INVITE", f"Require: 100rel\r\nRSeq: 1\r\n{CONTACT}", ANSWER),
            _response("200 OK", "PRACK"),
            _response("200 OK", "INVITE", CONTACT, ANSWER),
            b"!wait 2000",
        ),
        (b"!invite", _response("302 Moved", "INVITE", "Contact: <sip:x@192.0.2.9>\r\n"), b"!wait 40"),
        (b"!invite", _response("407 P", "INVITE", 'Proxy-Authenticate: Digest realm="a", nonce="b"\r\n'), b"!wait 40"),
        (b"!invite", _response("422 Too Small", "INVITE", "Min-SE: 200\r\n"), b"!wait 40"),
        (
            request_bytes("MESSAGE", more="Content-Type: text/plain", body="hello"),
            request_bytes("OPTIONS", branch="z9hG4bKo"),
        ),
        (
            request_bytes(
                "NOTIFY", more="Event: message-summary\nSubscription-State: active", body="Messages-Waiting: yes\r\n"
            ),
        ),
    )
]

VOICE = [
    RtpPacket(0, number, 160 * number, 7, b"\xff" * 160, marker=number == 0) for number in (0, 1, 2, 4, 3, 5, 5, 65_535)
]
DIGITS = [RtpPacket(101, 10 + n, 3200, 7, bytes((5, 0x0A | (n > 1) << 7, 0, 80 * n)), marker=n == 0) for n in range(4)]
BLOCK = ReportBlock(7, 3, 9, 70_000, 20, 1, 2)
RTCP = [
    bytes(SenderReport(7, 1 << 40, 160, 1, 160, (BLOCK,))) + bytes(SourceDescription(7, "a@b")),
    bytes(ReceiverReport(7, (BLOCK,))),
    bytes(Goodbye((7,))),
    bytes((0x80, 207, 0, 10)) + bytes(range(40)),
]


def _protected(name: str) -> bytes:
    key = Key(name, bytes(range(SUITES[name].key + SUITES[name].salt)))
    far = Srtp(key, key)
    packets = [far.protect_rtp(bytes(packet)) for packet in VOICE[:3]] + [
        far.protect_rtcp(packet) for packet in RTCP[:2]
    ]
    return pieces(*(packet for packet in packets if packet is not None))


TORTURE = [wire(name) for name in VERDICTS]

SEEDS: dict[str, list[bytes]] = {
    "message": [*TORTURE, INVITE, ACK, BYE, _response("200 OK", "INVITE", CONTACT, ANSWER)],
    "framing": [*TORTURE, INVITE + b"\r\n\r\n" + BYE, b"\r\n\r\n", b"\r\n" + ACK + b"\r\n" + BYE],
    "sdp": [ANSWER, RICH, SAVP, *(data.partition(b"\r\n\r\n")[2] for data in TORTURE if b"\r\nv=0" in data)],
    "stun": [
        request := stun.request(bytes(12)),
        stun.answer(stun.Binding(stun.Kind.REQUEST, bytes(12), fingerprint=True), ("2001:db8::1", 9)),
        stun.answer(stun.Binding(stun.Kind.REQUEST, bytes(12), unknown=(1, 2, 3)), ("192.0.2.1", 9)),
        request[:2] + b"\0\x08" + request[4:] + b"\x80\x28\0\x04abcd",
    ],
    "rtp": [pieces(*map(bytes, [*VOICE, *DIGITS])), *map(bytes, VOICE[:1] + DIGITS[:1]), b"\x9f\xe5" + bytes(100)],
    "payloads": [
        pieces(*(encoder(name, rate).encode(np.arange(0, 320 * 90, 90).astype(np.int16)) for name, rate in CODECS)),
        pieces(b"", b"\x28", bytes([40, 200, 30, 127]), b"minptime=10;useinbandfec=1;usedtx=1;cbr=0", b"\x4b\x83\xff"),
    ],
    "rtcp": [pieces(*RTCP), *RTCP],
    "srtp": [_protected(name) for name in SUITES],
    "dialogs": DIALOGS,
}
