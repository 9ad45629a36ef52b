"""The authentication headers of a message (:rfc:`3261#section-20.7`), read generously.

`sipmessage` splits parameters at every comma, also at one inside quotes (``qop="auth,auth-int"``, ``realm="Paris,
Nord"``), and raises; so the reading of values that come off the wire is here. What is written is still its
:class:`AuthChallenge` and :class:`AuthCredentials`.
"""

from sipmessage import AuthChallenge, AuthCredentials, AuthParameters, Headers

from gateway.sip.fields import read_parameters, split_outside, unquoted


class DigestParameters(AuthParameters):
    """Parameters of credentials: here ``qop`` stands without quotes (:rfc:`3261#section-25.1`, message-qop)."""

    def __str__(self) -> str:
        qop = self.get("qop")
        text = super().__str__()
        return text if qop is None else text.replace(f'qop="{qop}"', f"qop={qop}")


def read_challenges(headers: Headers, name: str) -> list[AuthChallenge]:
    """The challenges in every header called `name`, in order; illegible ones are passed over."""
    read = (_read(value) for value in headers.getlist(name))
    return [AuthChallenge(scheme, AuthParameters(**parameters)) for scheme, parameters in filter(None, read)]


def read_credentials(headers: Headers, name: str) -> list[AuthCredentials]:
    """The credentials in every header called `name` (one for each realm); illegible ones are passed over."""
    read = (_read(value) for value in headers.getlist(name))
    return [AuthCredentials(scheme, DigestParameters(**parameters)) for scheme, parameters in filter(None, read)]


def _read(value: str) -> tuple[str, dict[str, str]] | None:
    """Scheme, and parameters under names in small letters without their quotes."""
    scheme, *rest = value.split(None, 1)[:2] or [""]
    pieces = read_parameters(split_outside(rest[0], ",")) if rest else {}
    parameters = {name: unquoted(text) for name, text in pieces.items() if text is not None}
    parameters.pop("self", None)  # AuthParameters takes them as keyword arguments
    return (scheme, parameters) if parameters else None
