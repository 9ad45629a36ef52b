"""TLS for SIP: what we trust and who we are (:rfc:`3261#section-26.3`, :rfc:`5922`)."""

import os
import ssl
from dataclasses import dataclass

from gateway.sip.transport.certificate import fault_of


class TlsFault(OSError):
    """A file that TLS needs cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Files are PEM."""

    ca_file: str = ""
    """certificates of those we trust; empty: the system's"""
    certificate: str = ""
    """our own, with its chain; without one nobody can connect to us by TLS, only we to others"""
    key: str = ""
    """of our certificate; empty: in the same file"""
    verify_clients: bool = False
    """whether who connects to us must show a certificate that we trust; one that is shown is always checked"""


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """For connections of ours. Chain and time are verified by it, the name by :func:`server_fault`.

    :raises TlsFault: naming the file
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # it knows no sip: URIs and believes in wildcards
    context.verify_mode = ssl.CERT_REQUIRED
    _trust(context, settings)
    if settings.certificate:
        _own(context, settings)
    return context


def server_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """For connections to us; None without a certificate. :raises TlsFault: naming the file."""
    if not settings.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _own(context, settings)
    if settings.verify_clients:
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, settings)
    elif settings.ca_file:
        context.verify_mode = ssl.CERT_OPTIONAL
        _trust(context, settings)
    return context


def _trust(context: ssl.SSLContext, settings: TlsSettings) -> None:
    if not settings.ca_file:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(settings.ca_file)
    except OSError as fault:
        raise TlsFault(f"ca_file {settings.ca_file}: {words(fault)}") from None


def _own(context: ssl.SSLContext, settings: TlsSettings) -> None:
    try:
        context.load_cert_chain(settings.certificate, settings.key or None, password=lambda: "")
    except OSError as fault:
        file = f"certificate {settings.certificate}" + (f" with key {settings.key}" if settings.key else "")
        raise TlsFault(f"{file}: {words(fault)}") from None


def server_fault(connection: ssl.SSLObject, domain: str) -> str:
    """Why the one we are connected to is not the server of `domain`, in words; empty when it is."""
    return fault_of(connection.getpeercert() or {}, domain)


def words(fault: OSError) -> str:
    """What the library says of it, as a person would."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {fault.verify_message}"
    if isinstance(fault, ssl.SSLError):
        return (fault.reason or "TLS failed").lower().replace("_", " ")
    return os.strerror(fault.errno) if fault.errno else str(fault) or "no answer in time"
