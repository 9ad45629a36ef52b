"""Why something ended: the Reason header (:rfc:`3326`) and warnings (:rfc:`3261#section-20.43`)."""

from sipmessage import Headers

from gateway.sip.syntax.fields import entries, read_parameters, split_outside

INCOMPATIBLE_MEDIA_FORMAT = 305
"""warn-code of :rfc:`3261#section-20.43`"""


def q850_cause(headers: Headers) -> int | None:
    """The ITU-T Q.850 cause, 0 to 127; None where none was given."""
    for entry in entries(headers.getlist("Reason")):
        protocol, *rest = split_outside(entry, ";")
        cause = read_parameters(rest).get("cause") or ""
        if protocol.strip().upper() == "Q.850" and cause.isascii() and cause.isdecimal() and int(cause[:4]) < 128:
            return int(cause[:4])
    return None


def warning(agent: str, text: str, code: int = INCOMPATIBLE_MEDIA_FORMAT) -> str:
    """A Warning header's value: what was incompatible, said by `agent` (host and port).

    :param code: warn-code
    """
    words = "".join(char for char in text if char.isprintable() and char not in '"\\')
    return f'{code} {agent} "{words}"'
