"""What shares one dialog with an INVITE: a REFER subscription, INFO, MESSAGE (:rfc:`5057#section-4`)."""

from collections.abc import Iterator
from typing import Protocol

from sipmessage import Request, Response


class Requester(Protocol):
    """Who sent a request within a dialog and is told how it went."""

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """Provisional and final ones; a challenge that could be answered is none of them."""
        ...

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No response (408), or no way there (503)."""
        ...


class Usage(Requester, Protocol):
    """One use of a dialog, beside others."""

    methods: frozenset[str]
    """of the requests it is asked for"""

    @property
    def over(self) -> bool:
        """Nothing of it is left; it is forgotten."""
        ...

    def receive_request(self, transaction: str, request: Request, now: float) -> bool:
        """A request in order, of one of its methods. False: it is not for this usage."""
        ...

    def get_timer(self) -> float | None: ...

    def handle_timer(self, now: float) -> None: ...


class Usages:
    """All uses of one dialog but that of INVITE."""

    def __init__(self) -> None:
        self._usages: list[Usage] = []

    def __iter__(self) -> Iterator[Usage]:
        return iter(list(self._usages))

    def add(self, usage: Usage) -> None:
        self._usages.append(usage)

    @property
    def over(self) -> bool:
        """A dialog stays while one of its usages does (:rfc:`5057#section-4.1`)."""
        return all(usage.over for usage in self._usages)

    def receive_request(self, transaction: str, request: Request, now: float) -> bool:
        """Offer a request to those of its method; False when none takes it."""
        wanted = [usage for usage in self if request.method in usage.methods]
        taken = any(usage.receive_request(transaction, request, now) for usage in wanted)
        self._tidy()
        return taken

    def get_timer(self) -> float | None:
        times = (usage.get_timer() for usage in self._usages)
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        for usage in self:
            if (at := usage.get_timer()) is not None and at <= now:
                usage.handle_timer(now)
        self._tidy()

    def _tidy(self) -> None:
        self._usages = [usage for usage in self._usages if not usage.over]
