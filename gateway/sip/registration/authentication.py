"""The authentication headers of a message (:rfc:`3261#section-20.7`), read generously.

`sipmessage` splits parameters at every comma, also at one inside quotes (``qop="auth,auth-int"``, ``realm="Paris,
Nord"``), and raises; so the reading of values that come off the wire is here. What is written is still its
:class:`AuthChallenge` and :class:`AuthCredentials`.
"""

from collections.abc import Iterable, Mapping

from sipmessage import AuthChallenge, AuthCredentials, AuthParameters, Headers

from gateway.sip.syntax.fields import entries, read_parameters, split_outside, unquoted


class DigestParameters(AuthParameters):
    """Parameters of credentials: here ``qop`` stands without quotes (:rfc:`3261#section-25.1`, message-qop)."""

    def __str__(self) -> str:
        qop = self.get("qop")
        text = super().__str__()
        return text if qop is None else text.replace(f'qop="{qop}"', f"qop={qop}")


def read_challenges(headers: Headers, name: str) -> list[AuthChallenge]:
    """The challenges in every header called `name`, in order; illegible ones are passed over."""
    return [AuthChallenge(scheme, AuthParameters(**parameters)) for scheme, parameters in _read_all(headers, name)]


def read_credentials(headers: Headers, name: str) -> list[AuthCredentials]:
    """The credentials in every header called `name` (one for each realm); illegible ones are passed over."""
    return [AuthCredentials(scheme, DigestParameters(**parameters)) for scheme, parameters in _read_all(headers, name)]


def read_information(headers: Headers, name: str) -> Mapping[str, str]:
    """The parameters of Authentication-Info (:rfc:`7616#section-3.5`), which names no scheme; empty without one."""
    return _parameters(entries(headers.getlist(name)))


def _read_all(headers: Headers, name: str) -> list[tuple[str, dict[str, str]]]:
    """Scheme, and parameters under names in small letters without their quotes.

    Each stands in a line of its own (:rfc:`3261#section-7.3.1`); some put several into one, as HTTP does.
    """
    found: list[tuple[str, list[str]]] = []
    for value in headers.getlist(name):
        pieces = split_outside(value, ",")
        for number, piece in enumerate(pieces):
            scheme, *rest = piece.split(None, 1) or [""]
            if rest and not rest[0].startswith("=") and "=" not in scheme:
                found.append((scheme, rest))
            elif number:
                found[-1][1].append(piece)
            else:
                found.append((scheme, []))
    read = ((scheme, _parameters(pieces)) for scheme, pieces in found)
    return [(scheme, parameters) for scheme, parameters in read if parameters]


def _parameters(pieces: Iterable[str]) -> dict[str, str]:
    parameters = {name: unquoted(text) for name, text in read_parameters(pieces).items() if text is not None}
    parameters.pop("self", None)  # AuthParameters takes them as keyword arguments
    return parameters
