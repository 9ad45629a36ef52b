"""Two agents on a fake wire: whole calls, in simulated time."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sip.agent import Account, Agent, AgentSettings
from gateway.sip.events import Answered, Ended, IncomingCall, Progress, Registered, RegistrationFailed, Unregistered
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.trace import Trace
from tests.sip.messages import UDP, messages, names, request_bytes
from tests.sip.pair import ANN, BOB, Pair, agent, media
from tests.sip.registrar import REGISTRAR, Registrar
from tests.sip.wire import Wire, every_third

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, MESSAGE, NOTIFY, REFER, SUBSCRIBE"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_is_made_answered_and_ended(transport: str) -> None:
    pair = Pair(transport=transport)
    pair.talk()
    pair.hang_up()
    assert pair.wire.log == [
        "ann>INVITE", "bob>100", "bob>180", "ann>PRACK", "bob>200", "bob>200", "ann>ACK", "ann>BYE", "bob>200",
    ]  # fmt: skip
    assert pair.wire.the("ann", Progress).status == 180
    assert pair.wire.the("ann", Answered).media.remote == (BOB[0], 4000)
    assert pair.wire.the("bob", Answered).media.remote == (ANN[0], 4000)
    assert pair.wire.the("ann", Ended) == Ended(pair.call, False, 200, "we hung up")
    assert pair.wire.the("bob", Ended) == Ended(pair.arrived, True, 200, "the far end hung up")


def test_the_called_hangs_up() -> None:
    pair = Pair()
    pair.talk()
    pair.bob.hang_up(pair.arrived, pair.now)
    pair.wire.run(100)
    assert pair.wire.the("ann", Ended).by_far
    assert not pair.wire.the("bob", Ended).by_far


def test_a_call_completes_while_every_third_datagram_is_lost() -> None:
    pair = Pair(lose=every_third)
    registrar = Registrar({"ann": "secret", "bob": "hidden"})
    pair.wire.attach("registrar", REGISTRAR, registrar)
    pair.ann.register(account("ann", "secret"), pair.now)
    pair.bob.register(account("bob", "hidden"), pair.now)
    pair.wire.run(60)
    assert pair.wire.told("ann", Registered) and pair.wire.told("bob", Registered)
    pair.dial(40)
    pair.ring(40)
    pair.accept(40)
    pair.hang_up(100)
    assert len(pair.wire.told("ann", Answered)) == len(pair.wire.told("bob", Answered)) == 1
    assert pair.wire.the("ann", Ended).reason == "we hung up"
    assert pair.wire.the("bob", Ended).reason == "the far end hung up"
    assert sum(entry.endswith(" x") for entry in pair.wire.log) == sum(
        1 for number in range(1, len(pair.wire.log) + 1) if number % 3 == 0
    )


@pytest.mark.parametrize("phase", range(6))
def test_a_call_completes_whichever_are_lost_first(phase: int) -> None:
    pair = Pair(lose=lambda count, data: (count + phase) % 3 == 0 or (count + phase) % 2 == 0 and count < 6)
    pair.dial(40)
    pair.accept(40)
    pair.hang_up(100)
    assert len(pair.wire.told("ann", Answered)) == 1
    assert pair.wire.the("bob", Ended).by_far


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 64, 1460])
def test_a_call_over_tcp_survives_any_fragmentation(cut: int) -> None:
    pair = Pair(transport="tcp", cut=cut)
    pair.talk()
    pair.hang_up()
    assert pair.wire.the("bob", Ended).by_far


def test_many_calls_and_accounts_at_once() -> None:
    pair = Pair()
    registrar = Registrar({f"u{n}": "p" for n in range(5)})
    pair.wire.attach("registrar", REGISTRAR, registrar)
    for n in range(5):
        pair.ann.register(account(f"u{n}", "p"), pair.now)
    calls = [pair.ann.invite(f"sip:bob{n}@{BOB[0]}", media(ANN), pair.now) for n in range(10)]
    pair.wire.run(2)
    arrived = {event.called: event.call for event in pair.wire.told("bob", IncomingCall)}
    for called in arrived.values():
        pair.bob.accept(called, media(BOB), pair.now)
    pair.wire.run(2)
    pair.ann.hang_up(calls[3], pair.now)
    pair.wire.run(2)
    assert len(pair.wire.told("ann", Registered)) == 5
    assert len(pair.wire.told("ann", Answered)) == 10
    assert pair.wire.the("bob", Ended).call == arrived["bob3"]


def test_close_ends_every_call_and_leaves_the_registrar() -> None:
    pair = Pair()
    registrar = Registrar({"ann": "secret"})
    pair.wire.attach("registrar", REGISTRAR, registrar)
    pair.ann.register(account("ann", "secret"), pair.now)
    pair.talk()
    pair.ann.close(pair.now)
    closed = [pair.ann.closed]
    pair.wire.run(1)
    closed.append(pair.ann.closed)
    assert closed == [False, True]
    assert registrar.bindings == {}
    assert pair.wire.told("ann", Unregistered)
    assert pair.wire.the("bob", Ended).by_far


def test_after_close_callers_are_sent_away() -> None:
    ours = agent(ANN)
    ours.close(0.0)
    ours.receive_datagram(request_bytes(), UDP, 0.0)
    assert names(ours.datagrams_to_send()) == ["503"]


def test_an_idle_agent_is_closed_at_once_but_not_before_it_is_asked() -> None:
    ours = agent(ANN)
    closed = [ours.closed]
    ours.close(0.0)
    closed.append(ours.closed)
    assert closed == [False, True]


# ---------------------------------------------------------------- our own faults


EXPECTED = "target must be like sip:user@host:port;transport=tcp, not "


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("bob", f"{EXPECTED}'bob'"),
        ("", f"{EXPECTED}''"),
        ("sip:", f"{EXPECTED}'sip:'"),
        ("sip:bob@b.example:99999", f"{EXPECTED}'sip:bob@b.example:99999'"),
        ("sip:b@c.example\r\nX: y", f"{EXPECTED}'sip:b@c.example\\r\\nX: y'"),
        ("sips:bob@192.0.2.2", "target 'sips:bob@192.0.2.2' wants TLS, there is only UDP, TCP here"),
        ("sip:bob@192.0.2.2;transport=ws", "target: transport must be udp, tcp or tls, not 'ws'"),
    ],
)
def test_a_bad_target_is_said(target: str, sentence: str) -> None:
    with pytest.raises(ValueError) as fault:
        agent(ANN).invite(target, media(ANN), 0.0)
    assert str(fault.value) == sentence


def test_a_codec_nobody_knows_is_said_and_leaves_no_call_behind() -> None:
    ours = agent(ANN)
    with pytest.raises(ValueError, match="no RTP format is known for codec 'GSM'"):
        ours.invite("sip:bob@192.0.2.2", media(ANN, ("GSM",)), 0.0)
    ours.close(0.0)
    assert ours.closed


def test_a_transport_that_was_not_bound_is_said() -> None:
    ours = Agent(AgentSettings({"UDP": ANN}), random.Random(1))
    with pytest.raises(ValueError, match=r"wants TCP, there is only UDP here$"):
        ours.invite("sip:bob@192.0.2.2;transport=tcp", media(ANN), 0.0)
    with pytest.raises(ValueError, match=r"^registrar 'sip:192.0.2.5;transport=tcp' wants TCP, which is not here$"):
        ours.register(Account("sip:a@b.example", "sip:192.0.2.5;transport=tcp"), 0.0)


def test_an_unknown_call_is_said() -> None:
    ours = agent(ANN)
    for verb in (ours.hang_up, ours.ring):
        with pytest.raises(LookupError, match=r"^\"there is no call 'x'\"$|^there is no call 'x'$"):
            verb("x", 0.0)


def test_our_own_call_cannot_be_answered_by_us() -> None:
    pair = Pair()
    pair.dial()
    with pytest.raises(LookupError, match="is one of ours, it did not come in"):
        pair.ann.accept(pair.call, media(ANN), pair.now)


@pytest.mark.parametrize("status", [100, 200, 299, 700])
def test_a_refusal_needs_a_status_that_refuses(status: int) -> None:
    pair = Pair()
    pair.dial()
    with pytest.raises(ValueError, match=f"from 300 to 699, not {status}"):
        pair.bob.reject(pair.arrived, status, pair.now)


def test_a_verb_that_crosses_the_end_does_nothing_until_the_end_was_heard() -> None:
    ours = agent(ANN)
    ours.receive_datagram(request_bytes(), UDP, 0.0)
    arrival = next(event for event in iter(ours.next_event, None) if isinstance(event, IncomingCall))
    ours.receive_datagram(request_bytes("CANCEL"), UDP, 0.1)
    ours.ring(arrival.call, 0.1)
    ours.accept(arrival.call, media(ANN), 0.1)
    ours.reject(arrival.call, 486, 0.1)
    assert names(ours.datagrams_to_send()) == ["100", "200", "487"]
    assert any(isinstance(event, Ended) for event in iter(ours.next_event, None))
    with pytest.raises(LookupError):
        ours.hang_up(arrival.call, 0.2)


# ---------------------------------------------------------------- requests outside of calls


def test_options_are_answered_with_what_we_can_do() -> None:
    ours = agent(ANN)
    ours.receive_datagram(request_bytes("OPTIONS"), UDP, 0.0)
    (response,) = messages(ours.datagrams_to_send())
    assert response.headers["Allow"] == ALLOW
    assert response.headers["Accept"].split(", ")[0] == "application/sdp"
    assert response.headers["Supported"] == "100rel, norefersub, replaces, timer"
    assert response.headers["Server"] == "NeoRetro"
    assert ";tag=" in response.headers["To"]


@pytest.mark.parametrize(("uri", "status"), [("sip:us@192.0.2.1", "486"), ("tel:+49-30-1", "404")])
def test_options_get_the_status_that_an_invite_would_get(uri: str, status: str) -> None:
    users = {"us": 486, "+49301": 404}
    ours = Agent(AgentSettings({"UDP": ANN}, availability=users.__getitem__), random.Random(1))
    ours.receive_datagram(request_bytes("OPTIONS", uri=uri), UDP, 0.0)
    sent = ours.datagrams_to_send()
    assert names(sent) == [status]
    assert messages(sent)[0].headers["Allow"] == ALLOW


def test_options_above_the_limit_of_calls_are_asked_to_wait_as_a_call_is() -> None:
    ours = agent(ANN, calls=1)
    ours.receive_datagram(request_bytes(), UDP, 0.0)
    ours.datagrams_to_send()
    ours.receive_datagram(request_bytes("OPTIONS", branch="z9hG4bKb", call_id="other"), UDP, 0.0)
    sent = ours.datagrams_to_send()
    assert names(sent) == ["503"]
    assert messages(sent)[0].headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("data", "status", "header", "value"),
    [
        (request_bytes("PUBLISH"), "405", "Allow", ALLOW),
        (request_bytes("JUGGLE"), "501", "Allow", ALLOW),
        (request_bytes(more="Require: join, timer"), "420", "Unsupported", "join"),
        (request_bytes("OPTIONS", more="Require: nothing"), "420", "Unsupported", "nothing"),
        (request_bytes(more="Content-Type: text/plain", body="hello"), "415", "Accept-Encoding", "identity"),
        (request_bytes(uri="mailto:us@192.0.2.1"), "416", "CSeq", "1 INVITE"),
        (request_bytes("BYE", to_tag="unknown"), "481", "Server", "NeoRetro"),
        (request_bytes("BYE"), "481", "Server", "NeoRetro"),
        (request_bytes("CANCEL"), "481", "Server", "NeoRetro"),
        (request_bytes(to_tag="unknown"), "481", "Server", "NeoRetro"),
        (request_bytes("OPTIONS").replace(b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"), "505", "CSeq", "1 OPTIONS"),
        (request_bytes("ACK", to_tag="unknown"), "", "", ""),
    ],
)
def test_what_we_cannot_do_is_said(data: bytes, status: str, header: str, value: str) -> None:
    ours = agent(ANN)
    ours.receive_datagram(data, UDP, 0.0)
    responses = messages(ours.datagrams_to_send())
    assert [str(getattr(response, "code", "")) for response in responses] == ([status] if status else [])
    if responses:
        assert responses[0].headers[header] == value
    assert [event for event in iter(ours.next_event, None) if not isinstance(event, Trace)] == []


def test_an_invite_that_came_on_two_paths_rings_once() -> None:
    ours = agent(ANN)
    ours.receive_datagram(request_bytes(branch="z9hG4bKa"), UDP, 0.0)
    ours.receive_datagram(request_bytes(branch="z9hG4bKb"), UDP, 0.0)
    assert names(ours.datagrams_to_send()) == ["100", "482"]


def test_above_the_limit_of_calls_the_peer_is_told_503_and_the_others_go_on() -> None:
    ours = agent(ANN, calls=2)
    for number in range(3):
        ours.receive_datagram(request_bytes(branch=f"z9hG4bK{number}", call_id=f"c{number}"), UDP, 0.0)
    sent = messages(ours.datagrams_to_send())
    assert [getattr(message, "code", 0) for message in sent] == [100, 100, 503]
    assert sent[2].headers["Retry-After"] == "5"


def test_a_flood_of_made_up_dialogs_leaves_room_for_the_bye_of_a_call() -> None:
    pair = Pair()
    pair.bob = agent(BOB, 2, transactions=10)
    pair.wire.attach("bob", BOB, pair.bob)
    pair.talk()
    for number in range(50):
        flood = request_bytes("OPTIONS", branch=f"z9hG4bK{number}", to_tag="made-up", call_id=f"c{number}")
        pair.bob.receive_datagram(flood, UDP, pair.now)
    assert "481" in names(pair.bob.datagrams_to_send())
    pair.hang_up(1)
    assert pair.wire.the("bob", Ended).by_far


# ---------------------------------------------------------------- bytes of any kind


def still_works(ours: Agent, now: float) -> bool:
    ours.datagrams_to_send()
    ours.receive_datagram(request_bytes("OPTIONS", branch="z9hG4bKalive", call_id="alive"), UDP, now)
    return "200" in names(ours.datagrams_to_send())


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=400))
def test_junk_never_raises_and_never_stops_us(junk: bytes) -> None:
    ours = agent(ANN)
    ours.receive_datagram(junk, UDP, 0.0)
    ours.receive_stream(junk, Flow("TCP", "192.0.2.9", 4711, 1), 0.0)
    assert still_works(ours, 0.1)


OFFER = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER"]),
    st.integers(0, 600),
    st.binary(min_size=1, max_size=6),
    st.integers(0, 8),
)
def test_a_message_with_a_wound_never_raises_and_never_stops_us(method: str, at: int, wound: bytes, eaten: int) -> None:
    ours = agent(ANN)
    data = request_bytes(method, more="Contact: <sip:peer@192.0.2.9>\nContent-Type: application/sdp", body=OFFER)
    data = data[:at] + wound + data[at + eaten :]
    ours.receive_datagram(data, UDP, 0.0)
    for event in iter(ours.next_event, None):
        if isinstance(event, IncomingCall):
            ours.accept(event.call, media(ANN), 0.0)
    ours.receive_datagram(data, UDP, 0.1)
    assert still_works(ours, 0.1)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.integers(0, 500),
    st.binary(min_size=1, max_size=6),
    st.integers(0, 8),
    st.sampled_from([b"183", b"200", b"401", b"486"]),
)
def test_a_response_with_a_wound_never_raises(at: int, wound: bytes, eaten: int, status: bytes) -> None:
    ours = agent(ANN)
    ours.invite("sip:peer@192.0.2.9", media(ANN), 0.0, account("ann", "secret"))
    ours.invite("sip:peer@192.0.2.9", media(ANN), 0.0)
    for transmission in ours.datagrams_to_send():
        start, _, rest = transmission.data.partition(b"\r\n")
        challenge = b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\n'
        contact = b"Contact: <sip:peer@192.0.2.9>\r\nTo: <sip:x@y>;tag=1\r\n"
        data = b"SIP/2.0 " + status + b" So\r\n" + challenge + contact + rest.replace(b"To:", b"X:", 1)
        data = data[:at] + wound + data[at + eaten :]
        ours.receive_datagram(data, UDP, 0.1)
    assert still_works(ours, 0.2)


# ---------------------------------------------------------------- with a registrar


def account(user: str, password: str, **how: str) -> Account:
    registrar = how.get("registrar", f"sip:{REGISTRAR[0]}:{REGISTRAR[1]}")
    return Account(f"sip:{user}@lab.example", registrar, password=password)


def test_a_number_is_called_through_the_registrar_of_the_account() -> None:
    wire = Wire()
    ours = agent(ANN)
    registrar = Registrar({"ann": "secret"})
    wire.attach("ann", ANN, ours)
    wire.attach("registrar", REGISTRAR, registrar)
    ours.invite("0142*5#", media(ANN), wire.now, account("ann", "secret"))
    wire.run(1)
    invites = [request for request in registrar.requests if request.method == "INVITE"]
    assert [str(request.uri) for request in invites] == ["sip:0142*5%23@lab.example"] * 2
    assert "Proxy-Authorization" in invites[1].headers.keys()
    assert invites[0].headers["CSeq"] == "1 INVITE"
    assert invites[1].headers["CSeq"] == "2 INVITE"
    assert wire.the("ann", Ended).status == 404


def test_a_wrong_password_ends_the_call_after_one_try() -> None:
    wire = Wire()
    ours = agent(ANN)
    registrar = Registrar({"ann": "secret"})
    wire.attach("ann", ANN, ours)
    wire.attach("registrar", REGISTRAR, registrar)
    ours.invite("0142", media(ANN), wire.now, account("ann", "wrong"))
    ours.register(account("ann", "wrong"), wire.now)
    wire.run(1)
    assert wire.sent("ann").count("INVITE") == 2
    assert wire.the("ann", Ended).status == 407
    failure = wire.the("ann", RegistrationFailed)
    assert (failure.status, failure.retry_at) == (401, None)
    assert wire.sent("ann").count("REGISTER") == 2
