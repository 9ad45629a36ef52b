"""Our Contact: where requests find us (:rfc:`3261#section-8.1.1.8`)."""

from dataclasses import dataclass

from sipmessage import URI

from gateway.host import bracketed
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.sent_by import SentBy


@dataclass(frozen=True, slots=True)
class ContactForm:
    """What a Contact of ours says beside the address, which depends on the way that its message takes."""

    user: str = ""
    """user part; empty for none"""
    uri_parameters: str = ""
    """within the brackets, such as ``;ob``"""
    parameters: str = ""
    """after the brackets, such as ``;expires=300``"""
    secure: bool = False
    """``sips:``, also where the request itself is none (:rfc:`5630#section-3.2`)"""
    gone: tuple[str, ...] = ()
    """addresses that were ours, in brackets, to be taken away by the same REGISTER (:rfc:`3261#section-10.2.2`)"""

    def write(self, sent_by: SentBy, flow: Flow, *, secure: bool = False) -> str:
        """The header's value for a message that goes to `flow`.

        :param secure: the request is for a ``sips:`` URI, so the Contact must be one, too (:rfc:`5630#section-3.1.1`)
        """
        host, port = sent_by.contact(flow)
        sips = (secure or self.secure) and flow.transport == "TLS"
        uri = URI(scheme="sips" if sips else "sip", user=self.user or None, host=bracketed(host), port=port)
        transport = "" if sips or flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        address = f"<{uri}{transport}{self.uri_parameters}>"
        gone = [f"{other};expires=0" for other in self.gone if other != address]
        return ", ".join([address + self.parameters, *gone])
