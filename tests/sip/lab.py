"""One phone, one registrar, and the time between them."""

from typing import Any

from sipmessage import Request

from gateway.sip.agent import Account
from gateway.sip.events import RegistrationFailed
from gateway.sip.transport.flow import Flow
from tests.sip.pair import ANN, agent
from tests.sip.registrar import REGISTRAR, Registrar
from tests.sip.wire import Wire


class Lab:
    """One phone, one registrar."""

    def __init__(
        self,
        password: str = "secret",
        expires_s: int = 300,
        transport: str = "udp",
        limits: int = 2000,
        keep_alive_s: float = 0.0,
        **more: Any,
    ) -> None:
        """:param limits: most registrations :param more: of the account"""
        self.wire = Wire()
        self.agent = agent(ANN, registrations=limits, keep_alive_s=keep_alive_s)
        self.registrar = Registrar({"ann": "secret"})
        self.wire.attach("ann", ANN, self.agent)
        self.wire.attach("registrar", REGISTRAR, self.registrar)
        host, port = REGISTRAR
        self.account = Account(
            "sip:ann@lab.example",
            f"sip:{host}:{port};transport={transport}",
            password=password,
            expires_s=expires_s,
            **more,
        )

    def register(self, seconds: float = 1.0) -> None:
        self.agent.register(self.account, self.wire.now)
        self.wire.run(seconds)

    @property
    def requests(self) -> list[Request]:
        return self.registrar.requests

    @property
    def statuses(self) -> list[int]:
        return [failure.status for failure in self.wire.told("ann", RegistrationFailed)]

    @property
    def contacts(self) -> list[str]:
        """Of every REGISTER that came."""
        return [request.headers["Contact"] for request in self.requests]

    def closes(self) -> None:
        """The connection to the registrar breaks."""
        host, port = REGISTRAR
        self.agent.stream_closed(Flow("TCP", host, port, 1), self.wire.now)
