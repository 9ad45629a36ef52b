"""Whether a certificate is for the domain that was asked for (:rfc:`5922`)."""

from collections.abc import Mapping
from typing import Any

from gateway.host import read_address
from gateway.sip.syntax.uri import read_uri

Certificate = Mapping[str, Any]
"""as :meth:`ssl.SSLObject.getpeercert` has it: ``subjectAltName`` of pairs, ``subject`` of lists of pairs"""


def identities(certificate: Certificate) -> list[str]:
    """The domains and addresses a certificate is for, in lower case (:rfc:`5922#section-7.1`).

    ``sip:`` URIs without a user count before DNS names, those before addresses; a common name only where there is no
    alternative name at all.
    """
    names: list[tuple[str, str]] = [(kind, str(value)) for kind, value in certificate.get("subjectAltName", ())]
    uris = [read_uri(value) for kind, value in names if kind == "URI"]
    domains = [uri.host.strip("[]").lower() for uri in uris if uri is not None and _of_a_domain(uri.scheme, uri.user)]
    addresses = [value.strip().lower() for kind, value in names if kind == "IP Address"]
    domains = domains or [value.lower() for kind, value in names if kind == "DNS"]
    if names:
        return domains + addresses
    return [str(value).lower() for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]


def fault_of(certificate: Certificate, domain: str) -> str:
    """Why this certificate is not one for `domain`, in words; empty when it is.

    Names are compared whole: a wildcard matches nothing (:rfc:`5922#section-7.2`).
    """
    named = identities(certificate)
    if any(_same(name, domain) for name in named):
        return ""
    return f"its certificate is for {', '.join(named) or 'nobody'}, not for {domain}"


def _of_a_domain(scheme: str, user: str | None) -> bool:
    return scheme in ("sip", "sips") and not user


def _same(name: str, domain: str) -> bool:
    address = read_address(domain)
    if address is not None:
        return read_address(name) == address
    return name.removesuffix(".") == domain.lower().removesuffix(".")
