"""What voicemail servers say."""

import pytest

from gateway.sip.syntax.message_summary import MessageSummary, read_message_summary

FULL = b"""Messages-Waiting: yes\r
Message-Account: sip:alice@vmail.example.com\r
Voice-Message: 4/8 (1/2)\r
Fax-Message: 9/9\r
\r
To: alice@atlanta.example.com\r
Voice-Message: 7/7\r
"""


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        (FULL, MessageSummary(True, 4, 8)),
        (b"Messages-Waiting: no\r\n", MessageSummary(False)),
        (b"messages-waiting:YES\nvoice-message:2/0(0/0)", MessageSummary(True, 2, 0)),
        (b"\r\n\r\n Messages-Waiting :  yes \r\nVoice-Message: 12 / 3\r\n", MessageSummary(True, 12, 3)),
        (b"Messages-Waiting: yes\r\nVoice-Message: many\r\n", MessageSummary(True)),
        (b"Messages-Waiting: yes\r\nnonsense\r\nVoice-Message: 1/1\r\n", MessageSummary(True, 1, 1)),
        (b"Messages-Waiting: yes\r\nVoice-Message: 9999999999/1\r\n", MessageSummary(True, 2**32 - 1, 1)),
        (b"Voice-Message: 2/8\r\n", None),
        (b"Messages-Waiting: perhaps\r\n", None),
        (b"\xff\xfe\x00", None),
        (b"", None),
    ],
)
def test_a_summary_is_read_generously(body: bytes, summary: MessageSummary | None) -> None:
    assert read_message_summary(body) == summary
