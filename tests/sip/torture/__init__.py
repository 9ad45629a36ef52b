"""The messages of RFC 4475 and RFC 5118, and the verdict their RFC gives for a user agent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

RINGS = 180
"""a call arrives"""

DROPPED = 0
"""nothing is said back"""


@dataclass(frozen=True)
class Verdict:
    status: int
    """of the only final response, :data:`RINGS` or :data:`DROPPED`"""
    headers: Mapping[str, str] = field(default_factory=dict)
    """what the response says"""
    on_stream: tuple[int, ...] | None = None
    """all responses over TCP, where framing decides otherwise; None: the same"""
    hangs_up: bool = False
    """TCP is closed, as nobody knows where the next message begins (:rfc:`3261#section-18.3`)"""


ALLOW = {"Allow": "INVITE"}
NOT_A_REGISTRAR = Verdict(405, ALLOW)
NO_SUCH_DIALOG = Verdict(481)
MALFORMED = Verdict(400)
UNKNOWN_SCHEME = Verdict(416)
SHOWN = Verdict(200)

VERDICTS: dict[str, Verdict] = {
    # RFC 4475, section 3.1.1: valid
    "wsinv": NO_SUCH_DIALOG,  # To has a tag
    "intmeth": Verdict(501, ALLOW),
    "esc01": Verdict(RINGS),
    "escnull": NOT_A_REGISTRAR,
    "esc02": Verdict(501, ALLOW),
    "lwsdisp": Verdict(200, ALLOW),
    "longreq": Verdict(RINGS),
    # over TCP what follows is a message of its own, an INVITE without Contact,
    "dblreq": Verdict(405, ALLOW, on_stream=(405, 400)),
    "semiuri": Verdict(200, ALLOW),
    "transports": Verdict(200, ALLOW),
    "mpart01": SHOWN,
    "unreason": Verdict(DROPPED),
    "noreason": Verdict(DROPPED),
    # 3.1.2: invalid
    "badinv01": MALFORMED,
    "clerr": Verdict(400, on_stream=()),  # the rest may still come
    "ncl": Verdict(400, hangs_up=True),
    "scalar02": MALFORMED,
    "scalarlg": Verdict(DROPPED),
    "quotbal": MALFORMED,
    "ltgtruri": MALFORMED,
    "lwsruri": MALFORMED,
    "lwsstart": MALFORMED,
    "trws": MALFORMED,
    "escruri": MALFORMED,
    "baddate": Verdict(RINGS),  # we do nothing with Date
    "regbadct": NOT_A_REGISTRAR,
    "badaspec": MALFORMED,
    "baddn": Verdict(200, ALLOW, on_stream=()),  # quotes are inferred; its header is not ended, so a stream waits
    "badvers": Verdict(505),
    "mismatch01": MALFORMED,
    "mismatch02": MALFORMED,
    "bigcode": Verdict(DROPPED),
    # 3.2: transaction layer
    "badbranch": Verdict(200, ALLOW),
    # 3.3: application layer
    "insuf": MALFORMED,
    "unkscm": UNKNOWN_SCHEME,
    "novelsc": UNKNOWN_SCHEME,
    "unksm2": NOT_A_REGISTRAR,
    "bext01": Verdict(420, {"Unsupported": "nothingSupportsThis, nothingSupportsThisEither"}),
    "invut": Verdict(415, {"Accept": "application/sdp"}),
    "regaut01": NOT_A_REGISTRAR,
    "multi01": MALFORMED,
    "mcl01": Verdict(400, hangs_up=True),
    "bcast": Verdict(DROPPED),
    "zeromf": Verdict(200, ALLOW),
    "cparam01": NOT_A_REGISTRAR,
    "cparam02": NOT_A_REGISTRAR,
    "regescrt": NOT_A_REGISTRAR,
    "sdp01": Verdict(406, {"Accept": "application/sdp"}),
    # 3.4: backward compatibility; a stream needs a Content-Length
    "inv2543": Verdict(RINGS, on_stream=(400,), hangs_up=True),
    # RFC 5118, section 4
    "ipv6-good": NOT_A_REGISTRAR,
    "ipv6-bad": MALFORMED,
    "port-ambiguous": NOT_A_REGISTRAR,
    "port-unambiguous": NOT_A_REGISTRAR,
    "via-received-param-with-delim": NO_SUCH_DIALOG,
    "via-received-param-no-delim": Verdict(200, ALLOW),
    "ipv6-in-sdp": Verdict(488, {"Warning": "305"}),  # read, but we have no G.726
    "mult-ip-in-header": NO_SUCH_DIALOG,
    "mult-ip-in-sdp": Verdict(RINGS),
    "ipv4-mapped-ipv6": Verdict(488, {"Warning": "305"}),
    "ipv6-bug-abnf-3-colons": Verdict(200, ALLOW),
    "ipv6-correct-abnf-2-colons": Verdict(200, ALLOW),
}

NAMES_4475, NAMES_5118 = list(VERDICTS)[:49], list(VERDICTS)[49:]


def wire(name: str) -> bytes:
    """The message as it travels."""
    return (Path(__file__).parent / f"{name}.dat").read_bytes()
