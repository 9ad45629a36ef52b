"""What lies between a session and the wire: nothing, SRTP with keys out of the SDP, or SRTP with keys out of DTLS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.rtp.dtls import Dtls, Fingerprint, Identity, State
from gateway.rtp.srtp import MasterKey, Srtp

RTP: Final = 1
"""the component of a stream that has the RTP port (:rfc:`8445#section-3`); RTCP's, too, where they share it"""
RTCP: Final = 2


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a protection kept out."""

    suite: str = ""
    """of SRTP; empty: in the clear, or not yet"""
    replayed: int = 0
    """packets that were there before"""
    unauthentic: int = 0
    """packets that somebody else, or nobody, protected"""
    early: int = 0
    """packets, both ways, before there were keys"""


class Protection(Protocol):
    """One of those below. A packet that it keeps back is None."""

    failure: str
    """one sentence, when there will be no keys; empty until then"""

    @property
    def guarded(self) -> Guarded: ...

    @property
    def ready(self) -> bool:
        """Whether voice can flow."""
        ...

    @property
    def timer(self) -> float | None: ...

    def protect(self, data: bytes, component: int, rtcp: bool) -> bytes | None: ...

    def unprotect(self, data: bytes, component: int, rtcp: bool, now: float) -> bytes | None: ...

    def receive(self, data: bytes, component: int, now: float) -> None:
        """A datagram of DTLS came."""
        ...

    def to_send(self) -> list[tuple[int, bytes]]:
        """Datagrams of DTLS, each with its component."""
        ...

    def handle_timer(self, now: float) -> None: ...

    def close(self) -> None: ...


class Plain:
    """In the clear. Also all that the others have no need of."""

    failure = ""
    ready = True

    @property
    def guarded(self) -> Guarded:
        return Guarded()

    @property
    def timer(self) -> float | None:
        return None

    def protect(self, data: bytes, component: int, rtcp: bool) -> bytes | None:
        return data

    def unprotect(self, data: bytes, component: int, rtcp: bool, now: float) -> bytes | None:
        return data

    def receive(self, data: bytes, component: int, now: float) -> None:
        """Nobody expects it."""

    def to_send(self) -> list[tuple[int, bytes]]:
        return []

    def handle_timer(self, now: float) -> None:
        """There is none."""

    def close(self) -> None:
        """Nobody has to be told."""


class Sdes(Plain):
    """SRTP with the keys of offer and answer (:rfc:`4568`); one context for RTP and RTCP, which count by themselves."""

    def __init__(self, send: MasterKey, receive: MasterKey) -> None:
        """``ValueError`` for a key that cannot be."""
        self._srtp = Srtp(send, receive)

    def rekey(self, send: MasterKey, receive: MasterKey) -> None:
        """Other keys were agreed on, or the same again. ``ValueError`` as above: nothing changes then."""
        self._srtp.rekey(send, receive)

    @property
    def guarded(self) -> Guarded:
        return Guarded(self._srtp.suite, self._srtp.replayed, self._srtp.unauthentic)

    def protect(self, data: bytes, component: int, rtcp: bool) -> bytes | None:
        return self._srtp.protect_rtcp(data) if rtcp else self._srtp.protect_rtp(data)

    def unprotect(self, data: bytes, component: int, rtcp: bool, now: float) -> bytes | None:
        return self._srtp.unprotect_rtcp(data, now) if rtcp else self._srtp.unprotect_rtp(data, now)


class DtlsSrtp:
    """SRTP with the keys of a handshake for each component (:rfc:`5764#section-3`). Kept back until they are there."""

    def __init__(
        self, role: str, theirs: Sequence[Fingerprint], ours: Identity, components: Sequence[int], now: float
    ) -> None:
        self.failure = ""
        self._associations = {component: Dtls(role, theirs, ours, now) for component in components}
        self._contexts: dict[int, Srtp] = {}
        self._early = 0

    @property
    def guarded(self) -> Guarded:
        contexts = self._contexts.values()
        suite = self._contexts[RTP].suite if RTP in self._contexts else ""
        return Guarded(suite, sum(c.replayed for c in contexts), sum(c.unauthentic for c in contexts), self._early)

    @property
    def ready(self) -> bool:
        return RTP in self._contexts

    @property
    def timer(self) -> float | None:
        return min((t for d in self._associations.values() if (t := d.timer) is not None), default=None)

    def protect(self, data: bytes, component: int, rtcp: bool) -> bytes | None:
        srtp = self._contexts.get(component)
        if srtp is None:
            self._early += 1
            return None
        return srtp.protect_rtcp(data) if rtcp else srtp.protect_rtp(data)

    def unprotect(self, data: bytes, component: int, rtcp: bool, now: float) -> bytes | None:
        srtp = self._contexts.get(component)
        if srtp is None:
            self._early += 1
            return None
        return srtp.unprotect_rtcp(data, now) if rtcp else srtp.unprotect_rtp(data, now)

    def receive(self, data: bytes, component: int, now: float) -> None:
        association = self._associations.get(component)
        if association is not None:
            association.receive(data, now)
            self._look(component, association)

    def to_send(self) -> list[tuple[int, bytes]]:
        return [(component, data) for component, each in self._associations.items() for data in each.to_send()]

    def handle_timer(self, now: float) -> None:
        for component, association in self._associations.items():
            association.handle_timer(now)
            self._look(component, association)

    def close(self) -> None:
        for association in self._associations.values():
            association.close()

    def _look(self, component: int, association: Dtls) -> None:
        """What became of the handshake. Without keys for RTCP alone the voice goes on without reports."""
        if association.state is State.FAILED and component == RTP:
            self.failure = association.failure
        elif association.keys is not None and component not in self._contexts:
            self._contexts[component] = Srtp(*association.keys)
