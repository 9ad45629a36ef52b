"""Messages as a log may show them: without what lets others pretend to be us, or listen.

A digest is no password, but who has it may guess the password without asking anybody (:rfc:`7616#section-5.2`); a key
in SDP opens the voice of a call (:rfc:`4568#section-7`).
"""

import re

HIDDEN = "(hidden)"

_SECRETS = (
    re.compile(
        r"^((?:Proxy-)?(?:Authorization|Authentication-Info)[ \t]*:[ \t]*)[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        r"((?:^|[;,\s])(?:response|cnonce|rspauth|nextnonce)[ \t]*=[ \t]*)(?:\"[^\"]*\"?|[^\s,;]+)", re.IGNORECASE
    ),
    re.compile(r"(\binline:)[^\s|;,]+", re.IGNORECASE),
    re.compile(r"^(a=ice-pwd:)[^\r\n]*", re.IGNORECASE | re.MULTILINE),
    re.compile(r"(\bsips?:[^\s:@<>;\"]+:)[^\s@<>;\"]+(?=@)", re.IGNORECASE),
)


def redacted(data: bytes) -> str:
    """One message, or a piece of a stream, as text; credentials and keys are shown as ``(hidden)``."""
    text = data.decode(errors="replace")
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{HIDDEN}", text)
    return text
