"""Questions to the name system: asked once, believed for a while."""

from collections import deque

from gateway.sip.records import Answer, Query

SHORTEST_BELIEF, LONGEST_BELIEF = 5.0, 3_600.0
"""seconds for which an answer is believed, whatever it says of itself"""

MOST_ANSWERS = 1_024
"""answers remembered; the far end chooses some of the questions"""


class Lookups:
    """What was asked, by whom, and what was answered."""

    def __init__(self) -> None:
        self._answers: dict[Query, tuple[Answer, float]] = {}
        self._asking: dict[Query, list[str]] = {}
        self._queries: deque[Query] = deque()

    def ask(self, query: Query, name: str) -> None:
        """`name` wants to know."""
        asking = self._asking.get(query)
        if asking is None:
            asking = self._asking[query] = []
            self._queries.append(query)
        if name not in asking:
            asking.append(name)

    def queries(self) -> list[Query]:
        """What is to be asked; each once, until it is answered."""
        asked = list(self._queries)
        self._queries.clear()
        return asked

    def receive(self, query: Query, answer: Answer, now: float) -> list[str]:
        """An answer, and who wanted it."""
        belief = SHORTEST_BELIEF if answer.fault else min(max(answer.ttl_s, SHORTEST_BELIEF), LONGEST_BELIEF)
        if len(self._answers) >= MOST_ANSWERS:
            self._answers.clear()
        self._answers[query] = (answer, now + belief)
        return self._asking.pop(query, [])

    def known(self, query: Query, now: float) -> Answer | None:
        """What was answered before and is still to be believed."""
        answer, until = self._answers.get(query, (None, 0.0))
        return answer if now < until else None


class Known:
    """The answers for one search: what it was told itself counts to its end, however short its life."""

    def __init__(self, lookups: Lookups, told: dict[Query, Answer], now: float) -> None:
        self._lookups = lookups
        self._told = told
        self._now = now

    def get(self, query: Query, /) -> Answer | None:
        answer = self._told.get(query) or self._lookups.known(query, self._now)
        if answer is not None:
            self._told[query] = answer
        return answer
