"""INVITEs by the thousand, in a process of its own: ``python -m tests.end_to_end.peers.flood PORT PER_S SECONDS``.

Every one has a branch and a Call-ID of its own. A third could be calls, the others are bent in every way that a reader
must survive. Prints how many were sent.
"""

import socket
import sys
import time
from random import Random

LOOPBACK = "127.0.0.1"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 8\r\n"
STEP_S = 0.005
"""between two handfuls"""


def junk(number: int, random: Random) -> bytes:
    invite = "\r\n".join(
        [
            f"INVITE sip:phone@{LOOPBACK} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:9;branch=z9hG4bK-flood-{number};rport",
            "Max-Forwards: 70",
            f"From: <sip:{random.randrange(10**9)}@{LOOPBACK}>;tag={random.randrange(10**9)}",
            f"To: <sip:phone@{LOOPBACK}>",
            f"Call-ID: flood-{number}-{random.randrange(10**9)}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:flood@{LOOPBACK}:9>",
            "Content-Type: application/sdp",
            f"Content-Length: {len(SDP)}",
            "",
            SDP,
        ]
    ).encode()
    match number % 12:
        case 0 | 3 | 6 | 9:
            return invite
        case 1:
            return invite[: random.randrange(len(invite))]
        case 2:
            return random.randbytes(random.randrange(1, 1400))
        case 4:
            return invite.replace(b"CSeq: 1 INVITE", b"CSeq: many")
        case 5:
            return invite.replace(b"To: <", b'To: "<')
        case 7:
            return invite.replace(b"m=audio", b"m=\xff")
        case 8:
            return invite.replace(b"Max-Forwards", b"X-%d: y\r\n" % number * 200 + b"Max-Forwards")
        case 10:
            return invite.replace(b"phone@127.0.0.1>\r\nCall", b"phone@127.0.0.1>;tag=unknown\r\nCall")
        case _:
            at = random.randrange(len(invite))
            return invite[:at] + random.randbytes(1) + invite[at + 1 :]


def main(port: int, per_s: int, seconds: float) -> int:
    random, sent, start = Random(7), 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.bind((LOOPBACK, 0))
        while (passed := time.monotonic() - start) < seconds:
            for number in range(sent, int(passed * per_s)):
                datagram.sendto(junk(number, random), (LOOPBACK, port))
            sent = int(passed * per_s)
            time.sleep(STEP_S)
    return sent


if __name__ == "__main__":
    sys.stdout.write(f"{main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))}\n")
