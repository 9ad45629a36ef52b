"""Whose turn it is to register.

A thousand phones that all begin (or are all to be refreshed) in one moment would meet their registrar as an avalanche,
and the answers would meet our socket as one: what the kernel cannot keep of them is lost, and comes again much later.
"""

TURN_S = 2.0
"""seconds after which who has no answer yet holds up the others no longer: a registrar that is silent to some may not
keep those of another one waiting"""


class Turns:
    """A queue, and the few at its head that are under way."""

    def __init__(self, most: int) -> None:
        """:param most: under way at once"""
        self._most = most
        self._waiting: dict[str, None] = {}
        self._under_way: dict[str, float] = {}
        """by name, and until when each counts: the one that began first stands first"""

    def ask(self, name: str) -> None:
        """Stand at the end of the queue; who stands there already stays where he is."""
        self._under_way.pop(name, None)
        self._waiting.setdefault(name)

    def done(self, name: str) -> None:
        """Is under way no longer, and does not wait either."""
        self._waiting.pop(name, None)
        self._under_way.pop(name, None)

    def take(self, now: float) -> str | None:
        """The next one, who is under way from now on; None: nobody waits, or there is no room."""
        for name in [name for name, until in self._under_way.items() if until <= now]:
            del self._under_way[name]
        if not self._waiting or len(self._under_way) >= self._most:
            return None
        name = next(iter(self._waiting))
        del self._waiting[name]
        self._under_way[name] = now + TURN_S
        return name

    def get_timer(self) -> float | None:
        """When there will be room for who waits, whatever is answered; None: nobody waits."""
        return next(iter(self._under_way.values()), None) if self._waiting else None
