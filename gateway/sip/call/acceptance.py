"""The 2xx to an INVITE, repeated until its ACK comes (:rfc:`3261#section-13.3.1.4`)."""

from sipmessage import Response

from gateway.sip.core import Core


class Acceptance:
    """Repeats over reliable transports, too: a hop on the way may be none."""

    def __init__(self, core: Core, transaction: str, response: Response, sequence: int, now: float) -> None:
        """Send the 2xx.

        :param sequence: CSeq number of the INVITE, which the ACK bears
        """
        self.sequence = sequence
        self._core = core
        self._transaction = transaction
        self._response = response
        timers = core.settings.timers
        self._interval = timers.t1
        self._repeat_at = now + timers.t1
        self._give_up_at = now + timers.give_up
        core.respond(transaction, response, now)

    def get_timer(self) -> float:
        return min(self._repeat_at, self._give_up_at)

    def handle_timer(self, now: float) -> bool:
        """Repeat what is due; True when it is no longer worth while."""
        if now >= self._give_up_at:
            return True
        if now >= self._repeat_at:
            self._core.respond(self._transaction, self._response, now)
            self._interval = min(2 * self._interval, self._core.settings.timers.t2)
            self._repeat_at = now + self._interval
        return False
