"""Session timers: a call whose refreshes stop coming is over (:rfc:`4028`). Pure: headers and the time in."""

import re
from dataclasses import dataclass
from enum import Enum

from sipmessage import Headers

from gateway.sip.settings import LEAST_SESSION_INTERVAL_S, CallPolicy
from gateway.sip.syntax.fields import number, read_parameters, split_outside, tokens

OPTION = "timer"
"""its option tag"""

LONGEST_S = 2**31 - 1

_SECONDS = re.compile(r"[0-9]{1,10}\Z")


class Due(Enum):
    NOTHING = "nothing"
    REFRESH = "refresh"
    """it is on us to send a refresh"""
    EXPIRED = "expired"
    """no refresh in all that time: hang up"""


@dataclass(frozen=True, slots=True)
class SessionInterval:
    """What Session-Expires says."""

    seconds: int
    refresher: str = ""
    """``uac``, ``uas`` or empty"""


def read_interval(headers: Headers) -> SessionInterval | None:
    """The session interval; None when there is none, or none that can be read."""
    seconds, *rest = split_outside(headers.get("Session-Expires", "") or "", ";")
    if not _SECONDS.match(seconds):
        return None
    refresher = (read_parameters(rest).get("refresher") or "").lower()
    return SessionInterval(min(int(seconds), LONGEST_S), refresher if refresher in ("uac", "uas") else "")


class SessionTimer:
    """The timer of one dialog, whoever refreshes."""

    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._least = policy.min_se_s
        """the longest minimum that anybody on the way asked for"""
        self._seconds = 0
        """what was agreed on; 0: no timer runs"""
        self._ours = False
        """whether we refresh"""
        self._refresh_at: float | None = None
        self._expire_at: float | None = None

    @property
    def enabled(self) -> bool:
        return self._policy.session_timer_s > 0

    @property
    def running(self) -> bool:
        return self._seconds > 0

    # ------------------------------------------------------------ requests of ours

    def ask(self, headers: Headers) -> None:
        """What an INVITE or UPDATE of ours says. Who refreshed goes on refreshing (:rfc:`4028#section-7.4`)."""
        if not self.enabled:
            return
        refresher = self._policy.refresher
        if self.running:
            refresher = "uac" if self._ours else "uas"
        _write(headers, self._wanted, refresher)
        if self._least > LEAST_SESSION_INTERVAL_S:
            headers.set("Min-SE", str(self._least))

    def too_small(self, headers: Headers) -> bool:
        """A 422: whether asking for what it wants is of use (:rfc:`4028#section-7.3`)."""
        least = number(headers, "Min-SE")
        if not self.enabled or least is None or not self._wanted < least <= LONGEST_S:
            return False
        self._least = least
        return True

    def accepted(self, headers: Headers, now: float) -> None:
        """A 2xx to a request of ours; without an interval, the session never expires (:rfc:`4028#section-7.2`)."""
        interval = read_interval(headers)
        if not self.enabled or interval is None or not interval.seconds:
            self._stop()
        else:
            self._start(max(interval.seconds, LEAST_SESSION_INTERVAL_S), now, ours=interval.refresher != "uas")

    # ------------------------------------------------------------ requests of theirs

    def objection(self, headers: Headers) -> int:
        """Min-SE for a 422, when their interval is too short for us; 0 when it is not, or when they know nothing of
        session timers and so of 422 (:rfc:`4028#section-9`)."""
        interval = read_interval(headers)
        if not self.enabled or interval is None or interval.seconds >= self._policy.min_se_s:
            return 0
        return self._policy.min_se_s if _supported(headers) else 0

    def agree(self, request: Headers, response: Headers, now: float) -> None:
        """Write the interval into our 2xx to their INVITE or UPDATE, and begin anew (:rfc:`4028#section-9`)."""
        if not self.enabled:
            return
        interval = read_interval(request)
        self._least = max(self._least, min(number(request, "Min-SE") or 0, LONGEST_S))
        seconds = self._wanted
        if interval is not None and interval.seconds:
            seconds = min(max(interval.seconds, LEAST_SESSION_INTERVAL_S), seconds)
        refresher = self._choose(request, interval.refresher if interval is not None else "")
        _write(response, seconds, refresher)
        if _supported(request):  # it must know, to refresh or to end a call that nobody refreshes
            response.set("Require", ", ".join([*tokens(response, "Require"), OPTION]))
        self._start(seconds, now, ours=refresher == "uas")

    def _choose(self, request: Headers, wanted: str) -> str:
        """Table 2 of :rfc:`4028#section-9`: who knows nothing of it cannot refresh; who asked for it decides."""
        if not _supported(request):
            return "uas"
        if wanted:
            return wanted
        if self.running:
            return "uas" if self._ours else "uac"
        return self._policy.refresher or "uac"

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        times = (self._refresh_at, self._expire_at)
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> Due:
        if self._expire_at is not None and now >= self._expire_at:
            self._stop()
            return Due.EXPIRED
        if self._refresh_at is not None and now >= self._refresh_at:
            self._refresh_at = None
            return Due.REFRESH
        return Due.NOTHING

    def refresh_failed(self, now: float) -> None:
        """The session has not expired yet: try once more on half of the way there."""
        if self._ours and self._expire_at is not None:
            again = now + (self._expire_at - now) / 2
            self._refresh_at = again if again - now > 1 else None

    # ------------------------------------------------------------ inside

    @property
    def _wanted(self) -> int:
        return max(self._seconds or self._policy.session_timer_s, self._least)

    def _start(self, seconds: int, now: float, *, ours: bool) -> None:
        """Refresh at half; hang up a little before it is too late (:rfc:`4028#section-10`)."""
        self._seconds, self._ours = seconds, ours
        self._expire_at = now + seconds - min(32, seconds / 3)
        self._refresh_at = now + seconds / 2 if ours else None

    def _stop(self) -> None:
        self._seconds, self._ours = 0, False
        self._refresh_at = self._expire_at = None


def _supported(headers: Headers) -> bool:
    return OPTION in [tag.lower() for name in ("Supported", "Require") for tag in tokens(headers, name)]


def _write(headers: Headers, seconds: int, refresher: str) -> None:
    headers.set("Session-Expires", f"{seconds};refresher={refresher}" if refresher else str(seconds))
