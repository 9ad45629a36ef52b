"""Every message of RFC 4475 and RFC 5118 over real sockets, one phone for all, and a good call after each."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from tests.end_to_end.lab import LOOPBACK, Lab
from tests.end_to_end.peers.caller import Caller
from tests.end_to_end.peers.neoretro import Answering
from tests.sip.torture import RINGS, VERDICTS, wire

TORTURER = "127.0.0.2"
"""an address of its own: answers go to the port that Via says, which may be 5060"""
PORTS = (5060, 5050, 6050, 19823)
"""those of the messages' Vias"""
SILENCE_S = 0.15
"""after which nothing more is expected on loopback"""
ANSWER_S = 5.0


async def test_over_udp_each_gets_its_verdict_and_the_phone_stays_usable(lab: Lab) -> None:
    async with Answering(lab, "--phones", "3") as phone:
        port = int(phone.address.rpartition(":")[2])
        with ExitStack() as stack:
            sockets = [stack.enter_context(_datagrams(at)) for at in PORTS]
            for name, verdict in VERDICTS.items():
                message = _told_apart(name)
                sockets[0].sendto(message, (LOOPBACK, port))
                said = await _answers(sockets, message, expected=bool(verdict.status))
                assert [_status(one) for one in said] == _final(verdict.status), (name, said)
                if verdict.status == RINGS:
                    for request in _ended_by_the_caller(said[-1]):
                        sockets[0].sendto(request, (LOOPBACK, port))
                    await _answers(sockets, said[-1], expected=True)
                await _good_call(port)
        outcome = await phone.stopped()
        assert "Traceback" not in outcome.story, outcome.story


async def test_over_tcp_each_gets_its_verdict_and_the_phone_stays_usable(lab: Lab) -> None:
    async with Answering(lab, "--phones", "3") as phone:
        port = int(phone.address.rpartition(":")[2])
        for name, verdict in VERDICTS.items():
            expected = list(verdict.on_stream) if verdict.on_stream is not None else _final(verdict.status)
            async with _stream(port) as (reader, writer):
                writer.write(wire(name))
                heard = b""
                while len(_finals(heard)) < len(expected):
                    async with asyncio.timeout(ANSWER_S):
                        heard += await reader.read(65_536)
                try:
                    async with asyncio.timeout(SILENCE_S):
                        heard += (more := await reader.read(65_536))
                    assert verdict.hangs_up == (more == b""), name
                except TimeoutError:
                    assert not verdict.hangs_up, name
                assert _finals(heard) == expected, (name, heard)
                if verdict.status == RINGS and verdict.on_stream is None:
                    for request in _ended_by_the_caller(heard[heard.index(b"SIP/2.0 200") :], "TCP"):
                        writer.write(request)
                    async with asyncio.timeout(ANSWER_S):
                        await reader.readuntil(b"BYE")
            await _good_call(port)
        outcome = await phone.stopped()
        assert "Traceback" not in outcome.story, outcome.story


def _told_apart(name: str) -> bytes:
    """Some have a sender and a branch in common, or even all that tells requests apart; one that comes later to the
    same phone would be a repetition (:rfc:`3261#section-17.2.3`) or merged (:rfc:`3261#section-8.2.2.2`)."""
    apart = name.encode()
    data = re.sub(rb"branch=z9hG4bK(kdjuw|as3-111)\r\n", rb"branch=z9hG4bK\1" + apart + rb"\r\n", wire(name), count=1)
    return data.replace(b"\r\nCall-ID: G", b"\r\nCall-ID: " + apart)


def _final(status: int) -> list[int]:
    """What the phone says: it answers every call."""
    return [] if not status else [200] if status == RINGS else [status]


def _datagrams(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((TORTURER, port))
    made.setblocking(False)
    return made


@asynccontextmanager
async def _stream(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _answers(sockets: list[socket.socket], to: bytes, *, expected: bool) -> list[bytes]:
    """The final responses of one Call-ID, or of anybody where there is none: the first, and what comes right after."""
    loop, found = asyncio.get_running_loop(), list[bytes]()
    asked = re.search(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*(\S+)", to)
    until = loop.time() + (ANSWER_S if expected else SILENCE_S)
    while loop.time() < until:
        await asyncio.sleep(0.005)
        for one in sockets:
            while data := _received(one):
                ours = re.search(rb"(?m)^Call-ID: (\S+)", data)
                mine = ours is None or asked is None or ours[1] == asked[1]
                if mine and _status(data) >= 200 and data not in found:
                    found.append(data)
                    until = loop.time() + SILENCE_S / 3
    return found


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(65_536)
    except BlockingIOError:
        return b""


def _status(data: bytes) -> int:
    match = re.match(rb"SIP/2\.0 (\d{3}) ", data)
    assert match is not None, data
    return int(match[1])


def _finals(heard: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"SIP/2\.0 ([2-6]\d\d) ", heard)]


def _ended_by_the_caller(ok: bytes, transport: str = "UDP") -> list[bytes]:
    """ACK and BYE of the call that a 200 made."""
    head = ok.decode("utf-8", "replace").partition("\r\n\r\n")[0]
    lines = [line for line in head.split("\r\n") if re.match("(From|To|Call-ID):", line)]
    number = re.search(r"(?m)^CSeq: *(\d+)", head)
    assert number is not None
    return [
        "\r\n".join(
            [
                f"{method} sip:phone@{LOOPBACK} SIP/2.0",
                f"Via: SIP/2.0/{transport} {TORTURER};branch=z9hG4bK{method}{number[1]}",
                *lines,
                f"CSeq: {int(number[1]) + more} {method}",
                "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            ]
        ).encode()
        for method, more in (("ACK", 0), ("BYE", 1))
    ]


async def _good_call(port: int) -> None:
    """It is answered, it stands, it is ended."""
    with Caller(port) as caller:
        caller.invite()
        await caller.hears("SIP/2.0 200")
        caller.ack()
        caller.bye()
        await caller.hears("SIP/2.0 200")
