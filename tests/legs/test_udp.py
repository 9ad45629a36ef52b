"""When a UDP socket is read: by the loop, or by the one who polls. With real ones: tests/end_to_end/test_rtp_leg.py."""

import asyncio
import errno
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from gateway.legs.arrival import SO_TIMESTAMPNS
from gateway.legs.udp import MOST_AT_ONCE, UNPOLLED_S, Address, UdpSocket, bound

SOURCE = ("192.0.2.1", 4_000)


class FakeSocket:
    """A socket with datagrams in it, or an error."""

    def __init__(self) -> None:
        self.family = socket.AF_INET
        self.waiting: deque[bytes | OSError] = deque()
        self.sent: list[tuple[bytes, Address]] = []
        self.refuses: Exception | None = None
        self.closed = 0
        self.waited_s = 0.0
        self.looks = 0

    def getsockname(self) -> tuple[str, int, int, int]:
        return ("2001:db8::1", 9, 0, 0)

    def fileno(self) -> int:
        return 4_711

    def recvmsg(self, size: int, ancillary: int) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any]:
        self.looks += 1
        if not self.waiting:
            raise BlockingIOError
        item = self.waiting.popleft()
        if isinstance(item, OSError):
            raise item
        noted = time.time() - self.waited_s
        note = struct.pack("@qq", int(noted), int(noted % 1 * 1e9))
        return item[:size], [(socket.SOL_SOCKET, SO_TIMESTAMPNS, note)], 0, (*SOURCE, 0, 0)

    def sendto(self, data: bytes, to: Address) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append((data, to))

    def close(self) -> None:
        self.closed += 1
        if self.closed > 1:
            raise OSError(errno.EBADF, "closed already")


class Bench:
    """A UDP socket on a loop whose clock, timer and readers are in the test's hands."""

    def __init__(self, patch: pytest.MonkeyPatch, family: socket.AddressFamily = socket.AF_INET) -> None:
        self.loop = asyncio.get_running_loop()
        self.now = 100.0
        self.reader: Callable[[], None] | None = None
        self.timer: tuple[float, Callable[[], None]] | None = None
        self.cancelled = 0
        patch.setattr(self.loop, "time", lambda: self.now)
        patch.setattr(self.loop, "add_reader", self._add_reader)
        patch.setattr(self.loop, "remove_reader", self._remove_reader)
        patch.setattr(self.loop, "call_at", self._call_at)
        self.fake = FakeSocket()
        self.fake.family = family
        self.came: list[tuple[bytes, Address, float]] = []
        self.errors: list[OSError] = []
        self.socket = UdpSocket(self.fake, self._receive, self.errors.append)  # type: ignore[arg-type]
        self.on_receive: Callable[[], None] = lambda: None

    def watched(self) -> bool:
        """Whether the loop reads."""
        return self.reader is not None

    def _receive(self, data: bytes, source: Address, arrival: float) -> None:
        self.came.append((data, source, arrival))
        self.on_receive()

    def _add_reader(self, descriptor: int, reader: Callable[[], None]) -> None:
        assert descriptor == 4_711
        self.reader = reader

    def _remove_reader(self, descriptor: int) -> None:
        assert descriptor == 4_711
        self.reader = None

    def _call_at(self, when: float, callback: Callable[[], None]) -> Any:
        self.timer = (when, callback)
        bench = self

        class Handle:
            def cancel(self) -> None:
                bench.timer = None
                bench.cancelled += 1

        return Handle()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        if self.timer is not None and self.timer[0] <= self.now:
            (_, callback), self.timer = self.timer, None
            callback()


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


async def test_the_loop_reads_what_nobody_polls(bench: Bench) -> None:
    bench.fake.waiting.extend([b"one", b"two"])
    assert bench.reader is not None
    bench.reader()
    assert [data for data, _, _ in bench.came] == [b"one", b"two"]
    assert {source for _, source, _ in bench.came} == {SOURCE}


async def test_a_polled_socket_does_not_wake_the_loop(bench: Bench) -> None:
    bench.socket.poll()
    assert not bench.watched()
    bench.fake.waiting.extend([b"one", b"two"])
    bench.socket.poll()
    assert [data for data, _, _ in bench.came] == [b"one", b"two"]


async def test_a_socket_that_is_polled_no_more_is_watched_again(bench: Bench) -> None:
    for _ in range(100):
        bench.socket.poll()
        bench.advance(0.02)
    assert not bench.watched()
    bench.advance(UNPOLLED_S - 0.03)
    assert not bench.watched()
    bench.advance(0.04)
    assert bench.watched()
    assert bench.timer is None
    bench.socket.poll()
    assert not bench.watched()


async def test_the_arrival_is_the_kernels_however_late_we_read(bench: Bench) -> None:
    bench.fake.waited_s = 0.3
    bench.fake.waiting.append(b"late")
    bench.socket.poll()
    assert bench.came[0][2] == pytest.approx(99.7, abs=0.05)


async def test_a_flood_is_taken_in_portions(bench: Bench) -> None:
    bench.fake.waiting.extend([b"flood"] * (MOST_AT_ONCE + 10))
    bench.socket.poll()
    assert len(bench.came) == MOST_AT_ONCE
    bench.socket.poll()
    assert len(bench.came) == MOST_AT_ONCE + 10


class Voice:
    """A far end that sends as told, and a beat of 20 ms that polls."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def poll(self, *datagrams: bytes, waited_s: float, after_s: float = 0.02) -> int:
        """So many looks did it take."""
        self.bench.advance(after_s)
        self.bench.fake.waited_s = waited_s
        self.bench.fake.waiting.extend(datagrams)
        looks = self.bench.fake.looks
        self.bench.socket.poll()
        return self.bench.fake.looks - looks


@pytest.mark.parametrize("waited_s", [0.0, 0.004, 0.012])
async def test_behind_a_packet_that_comes_as_voice_does_none_is_looked_for(bench: Bench, waited_s: float) -> None:
    voice = Voice(bench)
    assert voice.poll(b"first", waited_s=waited_s) == 2
    assert [voice.poll(b"voice", waited_s=waited_s) for _ in range(5)] == [1] * 5
    assert len(bench.came) == 6


@pytest.mark.parametrize("waited_s", [0.016, 0.019])
async def test_behind_one_that_waited_for_long_the_next_may_be_there(bench: Bench, waited_s: float) -> None:
    voice = Voice(bench)
    assert [voice.poll(b"voice", waited_s=waited_s) for _ in range(5)] == [2] * 5


@pytest.mark.parametrize("after_s", [0.01, 0.03, 0.06])
async def test_behind_one_that_comes_at_another_time_the_next_may_be_there(bench: Bench, after_s: float) -> None:
    voice = Voice(bench)
    assert [voice.poll(b"voice", waited_s=0.004, after_s=after_s) for _ in range(5)] == [2] * 5


@pytest.mark.parametrize("held_up", [2, 3, 30])
async def test_what_the_network_held_up_is_taken_at_once(bench: Bench, held_up: int) -> None:
    voice = Voice(bench)
    for _ in range(5):
        voice.poll(b"voice", waited_s=0.004)
    voice.poll(*[b"late"] * held_up, waited_s=0.004, after_s=0.02 * held_up)
    assert len(bench.came) == 5 + held_up


async def test_a_packet_that_is_overlooked_comes_with_the_next_poll_and_keeps_its_time(bench: Bench) -> None:
    voice = Voice(bench)
    for _ in range(5):
        voice.poll(b"voice", waited_s=0.004)
    voice.poll(b"voice", b"early", waited_s=0.004)
    assert len(bench.came) == 6
    early = bench.now - 0.004
    voice.poll(waited_s=0.024)
    assert bench.came[-1][0] == b"early"
    assert bench.came[-1][2] == pytest.approx(early, abs=0.002)


async def test_an_error_is_told_and_ends_the_portion(bench: Bench) -> None:
    refused = OSError(errno.ECONNREFUSED, "refused")
    bench.fake.waiting.extend([refused, b"after"])
    bench.socket.poll()
    assert bench.errors == [refused]
    assert bench.came == []
    bench.socket.poll()
    assert [data for data, _, _ in bench.came] == [b"after"]


async def test_what_is_closed_while_it_is_read_is_read_no_further(bench: Bench) -> None:
    bench.fake.waiting.extend([b"last", b"never"])
    bench.on_receive = bench.socket.close
    bench.socket.poll()
    assert [data for data, _, _ in bench.came] == [b"last"]
    bench.socket.poll()
    assert len(bench.came) == 1


async def test_closing_frees_the_port_once(bench: Bench) -> None:
    bench.socket.poll()
    bench.socket.close()
    bench.socket.close()
    assert bench.fake.closed == 1
    assert not bench.watched()
    assert bench.timer is None


async def test_a_socket_that_somebody_else_closed_closes_quietly(bench: Bench) -> None:
    bench.fake.closed = 1
    bench.socket.close()
    assert not bench.watched()


async def test_sending_never_raises(bench: Bench) -> None:
    bench.socket.send(b"voice", SOURCE)
    assert bench.fake.sent == [(b"voice", SOURCE)]
    for refusal in (OSError(errno.ENETUNREACH, "no way"), OverflowError("port must be 0-65535")):
        bench.fake.refuses = refusal
        bench.socket.send(b"voice", SOURCE)
    assert [error.errno for error in bench.errors] == [errno.ENETUNREACH, None]
    assert str(bench.errors[1]) == "port must be 0-65535"


@pytest.mark.parametrize(
    ("family", "host", "sentence"),
    [
        (socket.AF_INET, "voice.example.com", "'voice.example.com' is no IPv4 address to send to"),
        (socket.AF_INET, "", "'' is no IPv4 address to send to"),
        (socket.AF_INET, "<broadcast>", "'<broadcast>' is no IPv4 address to send to"),
        (socket.AF_INET, "192.0.2.1\0", r"'192.0.2.1\x00' is no IPv4 address to send to"),
        (socket.AF_INET, "é.example.com", r"'\xe9.example.com' is no IPv4 address to send to"),
        (socket.AF_INET, None, "None is no IPv4 address to send to"),
        (socket.AF_INET, "2001:db8::9", "'2001:db8::9' is no IPv4 address to send to"),
        (socket.AF_INET6, "192.0.2.1", "'192.0.2.1' is no IPv6 address to send to"),
        (socket.AF_INET6, "fe80::1%é", r"'fe80::1%\xe9' is no IPv6 address to send to"),
    ],
)
async def test_no_name_is_ever_looked_up(
    monkeypatch: pytest.MonkeyPatch, family: socket.AddressFamily, host: str, sentence: str
) -> None:
    bench = Bench(monkeypatch, family)
    bench.socket.send(b"voice", (host, 4_000))
    assert bench.fake.sent == []
    assert [str(error) for error in bench.errors] == [sentence]


async def test_a_name_as_long_as_a_packet_does_not_fill_the_log(bench: Bench) -> None:
    bench.socket.send(b"voice", ("x" * 1_000, 4_000))
    assert len(str(bench.errors[0])) < 120


async def test_an_ipv6_socket_sends_to_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, socket.AF_INET6)
    bench.socket.send(b"voice", ("2001:db8::9", 4_000))
    assert bench.fake.sent == [(b"voice", ("2001:db8::9", 4_000))]


async def test_a_port_that_is_none_is_an_error_like_another(bench: Bench) -> None:
    bench.fake.refuses = TypeError("'str' object cannot be interpreted as an integer")
    bench.socket.send(b"voice", SOURCE)
    assert [str(error) for error in bench.errors] == ["'str' object cannot be interpreted as an integer"]


async def test_an_address_has_two_parts_whatever_the_family(bench: Bench) -> None:
    assert bench.socket.address == ("2001:db8::1", 9)


def test_a_socket_that_cannot_be_bound_is_not_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class Unbound:
        def __init__(self, family: int, kind: int) -> None:
            self.family, self.closed = family, False
            made.append(self)

        def setblocking(self, on: bool) -> None:
            assert not on

        def setsockopt(self, *option: int) -> None:
            pass

        def bind(self, address: Address) -> None:
            raise OSError(errno.EADDRINUSE, "taken")

        def close(self) -> None:
            self.closed = True

    monkeypatch.setattr("gateway.legs.udp.socket.socket", Unbound)
    for host in ("192.0.2.1", "2001:db8::1"):
        with pytest.raises(OSError, match="taken"):
            bound(host, 9)
    assert [(each.family, each.closed) for each in made] == [(socket.AF_INET, True), (socket.AF_INET6, True)]
