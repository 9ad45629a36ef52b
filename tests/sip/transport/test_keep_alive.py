import random

import pytest

from gateway.sip.events import Registered
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.keep_alive import KeepAlive
from gateway.sip.transport.stun import Binding, Kind, is_stun, read_binding
from tests.sip.lab import Lab
from tests.sip.registrar import REGISTRAR

UDP = Flow("UDP", "192.0.2.5", 5060)
TCP = Flow("TCP", "192.0.2.5", 5060, 3)


class Clock:
    def __init__(self, seed: int = 1) -> None:
        self.kept = KeepAlive(random.Random(seed))
        self.now = 0.0

    @property
    def first(self) -> float:
        """Seconds until something happens."""
        at = self.kept.get_timer()
        assert at is not None
        return at - self.now

    def passes(self, seconds: float) -> list[tuple[float, bytes]]:
        """What is sent, and when."""
        sent, end = [], self.now + seconds
        while (at := self.kept.get_timer()) is not None and at <= end:
            self.now = at
            self.kept.handle_timer(at)
            while self.kept.to_send:
                sent.append((at, self.kept.to_send.popleft().data))
        self.now = end
        return sent

    def answered(self, sent: tuple[float, bytes], mapped: tuple[str, int] | None, kind: Kind = Kind.SUCCESS) -> None:
        question = read_binding(sent[1])
        assert question is not None
        self.kept.receive(Binding(kind, question.transaction, mapped), UDP, self.now)


@pytest.mark.parametrize(("flow", "longest"), [(UDP, 29.0), (TCP, 120.0)])
def test_signs_come_at_eight_to_ten_tenths_of_the_interval(flow: Flow, longest: float) -> None:
    clock = Clock()
    clock.kept.keep("ann", flow, 0.0)
    times = [at for at, data in clock.passes(100 * longest) if data == b"\r\n\r\n"]
    gaps = [later - earlier for earlier, later in zip([0.0, *times], times, strict=False)]
    assert len(gaps) >= 100 and min(gaps) >= 0.8 * longest and max(gaps) <= longest
    assert len(set(gaps)) == len(gaps)


def test_the_server_may_name_the_interval() -> None:
    clock = Clock()
    clock.kept.keep("ann", UDP, 0.0, 10.0)
    assert 10 <= len(clock.passes(100.0)) <= 12


def test_a_ping_without_a_pong_is_the_end_of_a_stream() -> None:
    clock = Clock()
    clock.kept.keep("ann", TCP, 0.0, 100.0, answered=True)
    ((_, ping),) = clock.passes(clock.first)
    assert ping == b"\r\n\r\n" and clock.kept.awaits_pong(TCP)
    clock.passes(9.9)
    assert not clock.kept.failed
    clock.passes(0.2)
    assert list(clock.kept.failed) == [(TCP, "TCP 192.0.2.5:5060 does not answer our keep-alive")]
    assert clock.passes(1000.0) == []


def test_a_pong_keeps_a_stream() -> None:
    clock = Clock()
    clock.kept.keep("ann", TCP, 0.0, 100.0, answered=True)
    for _ in range(5):
        clock.passes(clock.first)
        clock.kept.ponged(TCP, clock.now)
    assert not clock.kept.failed and not clock.kept.awaits_pong(TCP)


def test_silence_of_who_never_promised_to_answer_says_nothing() -> None:
    clock = Clock()
    for flow in (UDP, TCP):
        clock.kept.keep("ann", flow, 0.0)
    assert clock.passes(1000.0)
    assert not clock.kept.failed and not clock.kept.awaits_pong(TCP)


def test_over_udp_a_binding_request_is_repeated_before_it_is_given_up() -> None:
    clock = Clock()
    clock.kept.keep("ann", UDP, 0.0, 25.0, answered=True)
    sent = clock.passes(25.0 + 60)
    assert all(is_stun(data) for _, data in sent) and len({data for _, data in sent}) == 1
    start = sent[0][0]
    assert [round(at - start, 3) for at, _ in sent] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert list(clock.kept.failed) == [(UDP, "UDP 192.0.2.5:5060 does not answer our keep-alive")]


def test_the_answer_says_how_we_look() -> None:
    clock = Clock()
    clock.kept.keep("ann", UDP, 0.0, 25.0, answered=True)
    clock.passes(20.0)
    first = clock.passes(5.0)[0]
    clock.answered(first, ("198.51.100.4", 7000))
    assert list(clock.kept.mapped) == [(UDP, ("198.51.100.4", 7000))]
    second = clock.passes(25.0)[0]
    assert second[1] != first[1]
    clock.answered(second, ("198.51.100.4", 7000))
    assert not clock.kept.failed
    clock.answered(clock.passes(25.0)[0], ("198.51.100.4", 7001))
    assert list(clock.kept.failed) == [(UDP, "UDP 192.0.2.5:5060 sees us at another address than before")]


def test_an_answer_to_something_else_is_none() -> None:
    clock = Clock()
    clock.kept.keep("ann", UDP, 0.0, 25.0, answered=True)
    sent = clock.passes(25.0)[0]
    clock.kept.receive(Binding(Kind.SUCCESS, b"x" * 12, ("198.51.100.4", 7000)), UDP, clock.now)
    assert not clock.kept.mapped
    clock.answered(sent, None, Kind.ERROR)
    assert list(clock.kept.failed) == [(UDP, "UDP 192.0.2.5:5060 refused our keep-alive")]


def test_a_flow_is_kept_while_anybody_wants_it() -> None:
    clock = Clock()
    clock.kept.keep("ann", TCP, 0.0)
    clock.kept.keep("bob", TCP, 0.0, 50.0)
    clock.kept.let_go("bob", TCP)
    clock.kept.let_go("nobody", TCP)
    assert clock.passes(1000.0)
    clock.kept.let_go("ann", TCP)
    assert clock.passes(1000.0) == [] and clock.kept.get_timer() is None


def test_wanting_it_again_changes_nothing() -> None:
    clock = Clock()
    clock.kept.keep("ann", TCP, 0.0)
    at = clock.kept.get_timer()
    clock.kept.keep("ann", TCP, 50.0)
    assert clock.kept.get_timer() == at


# ---------------------------------------------------------------- with a registrar at the other end


def kept(transport: str) -> Lab:
    """Registered at a registrar that keeps the flow and answers signs of life."""
    lab = Lab(transport=transport, expires_s=3600)
    lab.registrar.answer_with = {"Flow-Timer": "25", "Require": "outbound"}
    lab.register(10)
    return lab


@pytest.mark.parametrize(("transport", "sign"), [("udp", "stun"), ("tcp", "crlf")])
def test_a_registrar_that_answers_is_not_registered_at_again(transport: str, sign: str) -> None:
    lab = kept(transport)
    requests = len(lab.requests)
    lab.wire.run(250)
    assert lab.wire.sent("ann").count(sign) >= 10
    assert lab.wire.sent("registrar").count(sign) == lab.wire.sent("ann").count(sign)
    assert len(lab.requests) == requests


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_registrar_that_falls_silent_is_registered_at_anew(transport: str) -> None:
    lab = kept(transport)
    before = lab.wire.sent("ann").count("REGISTER")
    lab.wire.detach(REGISTRAR)
    lab.wire.run(20)
    assert lab.wire.sent("ann").count("REGISTER") == before
    lab.wire.run(60)
    assert lab.wire.sent("ann").count("REGISTER") > before
    lab.wire.attach("registrar", REGISTRAR, lab.registrar)
    lab.wire.run(120)
    assert len(lab.wire.told("ann", Registered)) >= 2
