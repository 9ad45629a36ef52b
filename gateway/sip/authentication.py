"""The authentication headers of a message (:rfc:`3261#section-20.7`), read generously.

`sipmessage` splits parameters at every comma, also at one inside quotes (``qop="auth,auth-int"``, ``realm="Paris,
Nord"``), and raises; so the reading of values that come off the wire is here. What is written is still its
:class:`AuthChallenge` and :class:`AuthCredentials`.
"""

import re

from sipmessage import AuthChallenge, AuthCredentials, AuthParameters, Headers

SCHEME = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s+")
PARAMETER = re.compile(r'\s*([^\s=,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)', re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class DigestParameters(AuthParameters):
    """Parameters of credentials: here ``qop`` stands without quotes (:rfc:`3261#section-25.1`, message-qop)."""

    def __str__(self) -> str:
        qop = self.get("qop")
        text = super().__str__()
        return text if qop is None else text.replace(f'qop="{qop}"', f"qop={qop}")


def read_challenges(headers: Headers, name: str) -> list[AuthChallenge]:
    """The challenges in every header called `name`, in order; illegible ones are passed over."""
    read = (_read(value) for value in headers.getlist(name))
    return [AuthChallenge(scheme, parameters) for scheme, parameters in filter(None, read)]


def read_credentials(headers: Headers, name: str) -> list[AuthCredentials]:
    """The credentials in every header called `name` (one for each realm); illegible ones are passed over."""
    read = (_read(value) for value in headers.getlist(name))
    return [AuthCredentials(scheme, DigestParameters(**parameters)) for scheme, parameters in filter(None, read)]


def _read(value: str) -> tuple[str, AuthParameters] | None:
    """Scheme, and parameters under names in small letters; of a repeated one the first counts."""
    scheme = SCHEME.match(value)
    if scheme is None:
        return None
    parameters: dict[str, str] = {}
    position, end = scheme.end(), len(value.rstrip())
    while position < end:
        found = PARAMETER.match(value, position)
        if found is None:
            return None
        name, quoted, plain = found.groups()
        parameters.setdefault(name.lower(), plain if quoted is None else ESCAPE.sub(r"\1", quoted))
        position = found.end()
    return (scheme.group(1), AuthParameters(**parameters)) if parameters else None
