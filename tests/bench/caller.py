"""The far end of real calls, in a process of its own: calls phones that answer, speaks through bad networks, hangs up.

Each call has a thread that sleeps until its next packet is due; how late it woke is told, since a machine that is held
up measures itself and not the receiver. Signalling is the least that a phone without a registrar answers to: INVITE,
ACK, BYE over UDP, G.711 u-law.
"""

import asyncio
import functools
import random
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateway.codecs import encoder
from tests.bench.network import PACKET, TRACES, Clip, Samples, schedule
from tests.bench.pipe import serve

LOOPBACK = "127.0.0.1"
LEAD_S = 1.0
"""s of silence before the first word, over a quiet network"""
TAIL_S = 1.0
"""s of nothing after the last word"""
ANSWERED_WITHIN_S = 10.0
FRAME_S = 0.02


class Refused(OSError):
    """The phone did not answer with a 200."""


@dataclass(frozen=True)
class Answer:
    """What the phone said to our INVITE."""

    to: str
    """its To, with the tag"""
    target: str
    """URI of its Contact"""
    media: tuple[str, int]
    """where it wants RTP"""

    @classmethod
    def parse(cls, text: str) -> "Answer":
        """:raises Refused: with the status line, or with what is missing from a 200"""
        status = text.partition("\r\n")[0]
        if status.split(" ")[1:2] != ["200"]:
            raise Refused(f"the call was refused: {status}")
        found = (
            re.search(r"^(?:To|t)\s*:\s*(.+?)\s*$", text, re.M | re.I),
            re.search(r"^(?:Contact|m)\s*:[^<\r\n]*<([^>]+)>", text, re.M | re.I),
            re.search(r"^c=IN IP4 (\S+)", text, re.M),
            re.search(r"^m=audio (\d+)", text, re.M),
        )
        to, contact, host, port = found
        if to is None or contact is None or host is None or port is None:
            raise Refused("the 200 names no To, Contact, c= or m=")
        return cls(to.group(1), contact.group(1), (host.group(1), int(port.group(1))))


def is_final(text: str) -> bool:
    """A response that is not provisional."""
    return bool(re.match(r"SIP/2\.0 [2-6]\d\d ", text))


@dataclass(frozen=True)
class Due:
    """One packet of a call."""

    at_s: float
    """s after the first packet of silence"""
    packet: bytes


def packets(said: Samples, trace: str, seed: int, ssrc: int) -> list[Due]:
    """The packets of a call as the network delivers them: silence, then the voice with what happens to it."""
    coder, lead = encoder("PCMU"), round(LEAD_S / FRAME_S)
    silence = coder.encode(np.zeros(PACKET, np.int16))
    plan = [(n * FRAME_S, n, silence) for n in range(lead)]
    for arrival, n in schedule(len(said) // PACKET, TRACES[trace], seed):
        plan.append((LEAD_S + arrival, lead + n, coder.encode(said[n * PACKET : (n + 1) * PACKET])))
    return [Due(at_s, _header(n, ssrc) + payload) for at_s, n, payload in sorted(plan)]


def _header(n: int, ssrc: int) -> bytes:
    return b"".join(
        (
            b"\x80\x00",
            ((1000 + n) & 0xFFFF).to_bytes(2, "big"),
            ((5000 + PACKET * n) & 0xFFFFFFFF).to_bytes(4, "big"),
            ssrc.to_bytes(4, "big"),
        )
    )


class Call:
    """One call, from INVITE to BYE; every method blocks."""

    def __init__(self, port: int) -> None:
        self._phone = (LOOPBACK, port)
        self._sip, self.rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self._sip.bind((LOOPBACK, 0))
        self.rtp.bind((LOOPBACK, 0))
        self._id, self._tag = f"{random.getrandbits(64):x}", f"{random.getrandbits(32):x}"
        self._uri = f"sip:phone@{LOOPBACK}:{port}"
        self._answer: Answer | None = None

    def __enter__(self) -> "Call":
        return self

    def __exit__(self, *fault: object) -> None:
        self._sip.close()
        self.rtp.close()

    def dial(self) -> tuple[str, int]:
        """Where the phone wants RTP. :raises Refused: in one sentence; `TimeoutError` where nobody answers."""
        rtp_port = self.rtp.getsockname()[1]
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {LOOPBACK}\r\ns=-\r\nc=IN IP4 {LOOPBACK}\r\nt=0 0\r\n"
            f"m=audio {rtp_port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
            "a=ptime:20\r\na=sendrecv\r\n"
        )
        self._sip.sendto(self._request("INVITE", 1, f"<{self._uri}>", self._uri, sdp), self._phone)
        self._sip.settimeout(ANSWERED_WITHIN_S)
        while not is_final(text := self._sip.recv(65_535).decode(errors="replace")):
            pass
        self._answer = Answer.parse(text)
        self._sip.sendto(self._request("ACK", 1, self._answer.to, self._answer.target), self._phone)
        return self._answer.media

    def speak(self, plan: list[Due]) -> tuple[float, list[float]]:
        """Send every packet at its time; when the first was due (s of the machine's monotonic clock), and by how much
        each was late, s."""
        assert self._answer is not None, "speak() before dial()"
        start, late = time.monotonic(), []
        for due in plan:
            if (wait := start + due.at_s - time.monotonic()) > 0:
                time.sleep(wait)
            self.rtp.sendto(due.packet, self._answer.media)
            late.append(time.monotonic() - start - due.at_s)
        time.sleep(TAIL_S)
        return start, late

    def hang_up(self) -> None:
        assert self._answer is not None, "hang_up() before dial()"
        self._sip.sendto(self._request("BYE", 2, self._answer.to, self._answer.target), self._phone)

    def _request(self, method: str, number: int, to: str, target: str, body: str = "") -> bytes:
        here = f"{LOOPBACK}:{self._sip.getsockname()[1]}"
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{random.getrandbits(64):x}",
            "Max-Forwards: 70",
            f"From: <sip:far@{here}>;tag={self._tag}",
            f"To: {to}",
            f"Call-ID: {self._id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:far@{here}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Caller:
    """Calls as many phones at once as it is asked to."""

    async def call_all(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """Several calls side by side, each from beginning to end: when its first word was spoken (s, monotonic), and
        how late its packets left (ms); ``fault`` in place of these where one failed."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(len(calls)) as threads:
            calling = [loop.run_in_executor(threads, functools.partial(_call, **each)) for each in calls]
            done = await asyncio.gather(*calling, return_exceptions=True)
        return {"calls": [{"fault": repr(each)} if isinstance(each, BaseException) else each for each in done]}


def _call(port: int, voice: dict[str, Any], trace: str, seed: int) -> dict[str, Any]:
    plan = packets(Clip(**voice).samples(), trace, seed, random.getrandbits(32))
    with Call(port) as call:
        call.dial()
        start, late = call.speak(plan)
        call.hang_up()
    ms = np.array(late) * 1000
    return {
        "first_word_at": start + LEAD_S,
        "late_p99_ms": float(np.percentile(ms, 99)),
        "late_max_ms": float(ms.max()),
    }


async def _main() -> None:
    await serve(Caller())


if __name__ == "__main__":
    asyncio.run(_main())
