"""Messages of RFC 4475 that bent the reader in some way; the others are another day's work."""

import pytest
from sipmessage import Request

from gateway.sip.dialog import contact_of
from gateway.sip.events import IncomingCall
from gateway.sip.fields import name_address, tag_of
from gateway.sip.message import read_cseq
from gateway.sip.via import top_via
from tests.sip.messages import UDP, messages, names, read
from tests.sip.pair import ANN, agent

SDP = (
    "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n"
    "m=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"
)

WSINV = (
    "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
    "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
    'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
    "MaX-fOrWaRdS: 0068\r\n"
    "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
    "Content-Length   : 150\r\n"
    "cseq: 0009\r\n  INVITE\r\n"
    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
    "s :\r\n"
    "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
    "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
    "Content-Type: application/sdp\r\n"
    "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
    "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
    'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n'
    "      newvalue ;\r\n  secondparam ; q = 0.33\r\n"
    "\r\n" + SDP
)

INTMETH = (
    "!interesting-Method0123456789_*+`.%indeed'~ "
    "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com "
    "SIP/2.0\r\n"
    "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
    'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>\r\n'
    "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>"
    ";fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.\r\n"
    "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
    "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\n"
    "Max-Forwards: 255\r\n"
    "extensionHeader-!.%*+_`'~:\ufeff大停電\r\n"
    "Content-Length: 0\r\n\r\n"
)

LWSDISP = (
    "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\n"
    "From: caller<sip:caller@example.com>;tag=323\r\nMax-Forwards: 70\r\n"
    "Call-ID: lwsdisp.1234abcd@funky.example.com\r\n"
    "CSeq: 60 OPTIONS\r\nVia: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw\r\nl: 0\r\n\r\n"
)

SEMIURI = (
    "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\r\nTo: sip:j_user@example.com\r\n"
    "From: sip:caller@example.org;tag=33242\r\nMax-Forwards: 3\r\nCall-ID: semiuri.0ha0isndaksdj\r\n"
    "CSeq: 8 OPTIONS\r\nAccept: application/sdp, application/pkcs7-mime,\r\n"
    "        multipart/mixed, multipart/signed,\r\n"
    "        message/sip, message/sipfrag\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw\r\nl: 0\r\n\r\n"
)

TRANSPORTS = (
    "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\nFrom: <sip:caller@example.com>;tag=323\r\n"
    "Max-Forwards: 70\r\nCall-ID:  transports.kijh4akdnaqjkwendsasfdj\r\nAccept: application/sdp\r\n"
    "CSeq: 60 OPTIONS\r\n"
    "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw\r\nVia: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\r\n"
    "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj\r\n"
    "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n"
    "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee\r\n"
    "l: 0\r\n\r\n"
)

INV2543 = (
    "INVITE sip:UserB@example.com SIP/2.0\r\nVia: SIP/2.0/UDP iftgw.example.com\r\n"
    "From: <sip:+13035551111@ift.client.example.net;user=phone>\r\n"
    "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>\r\nTo: sip:+16505552222@ss1.example.net;user=phone\r\n"
    "Call-ID: inv2543.1717@ift.client.example.com\r\nCSeq: 56 INVITE\r\nContent-Type: application/sdp\r\n\r\n" + SDP
)


def test_a_short_tortuous_invite_is_understood() -> None:
    invite = read(WSINV.encode())
    assert isinstance(invite, Request)
    assert invite.body == SDP.encode()
    assert tag_of(invite.headers, "To") == "1918181833n"
    assert tag_of(invite.headers, "From") == "98asjd8"
    sender = name_address(invite.headers["From"])
    assert sender is not None and sender.name == 'J Rosenberg \\"'
    assert read_cseq(invite.headers) == (9, "INVITE")
    via = top_via(invite.headers)
    assert via is not None and (via.host, via.branch) == ("192.0.2.2", "390skdjuw")
    assert str(contact_of(invite.headers)) == "sip:jdrosen@example.com"


def test_every_character_that_a_token_may_hold_comes_back_in_the_answer() -> None:
    ours = agent(ANN)
    asked = read(INTMETH.encode())
    ours.receive_datagram(INTMETH.encode(), UDP, 0.0)
    (refusal,) = messages(ours.datagrams_to_send())
    assert getattr(refusal, "code", 0) == 501
    for name in ("From", "Call-ID", "CSeq"):
        assert refusal.headers[name] == asked.headers[name]
    assert "branch=z9hG4bK-.!%66*_+`'~" in refusal.headers["Via"]


@pytest.mark.parametrize("text", [LWSDISP, SEMIURI, TRANSPORTS])
def test_unusual_requests_are_answered(text: str) -> None:
    ours = agent(ANN)
    ours.receive_datagram(text.encode(), UDP, 0.0)
    (ok,) = messages(ours.datagrams_to_send())
    assert getattr(ok, "code", 0) == 200
    assert len(ok.headers.getlist("Via")) == text.count("Via: ")


def test_a_call_of_rfc_2543_rings_when_it_says_where_it_comes_from() -> None:
    ours = agent(ANN)
    ours.receive_datagram(INV2543.encode(), UDP, 0.0)
    assert names(ours.datagrams_to_send()) == ["400"]
    ours.receive_datagram(INV2543.replace("CSeq: ", "Contact: <sip:a@b.example>\r\nCSeq: 1", 1).encode(), UDP, 0.0)
    arrivals = [event for event in iter(ours.next_event, None) if isinstance(event, IncomingCall)]
    assert [(arrival.caller_number, arrival.called) for arrival in arrivals] == [("+13035551111", "UserB")]
