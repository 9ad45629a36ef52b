"""The Alert-Info header: how a caller wants the phone to ring (:rfc:`3261#section-20.4`, :rfc:`7462`).

Three habits say the same: the URNs of :rfc:`7462`, the ``info=alert-internal`` of proxies older than it, and the names
of Bellcore's distinctive ringing (GR-506). A sound that is to be fetched from somewhere never is: a bell has its own.
"""

import re

_HABITS = (
    re.compile(r"urn:alert:source:(internal|external)\b", re.IGNORECASE),
    re.compile(r";\s*info\s*=\s*\"?alert-(internal|external)\b", re.IGNORECASE),
    re.compile(r"\b(bellcore-)d?r([1-8])\b", re.IGNORECASE),
)


def ringing(alert_info: str) -> str:
    """``internal``, ``external``, ``bellcore-dr2``, ...: what its text asks for; empty for none of these."""
    for habit in _HABITS:
        found = habit.search(alert_info)
        if found is not None:
            return "dr".join(found.groups()).lower()
    return ""
