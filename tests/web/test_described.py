"""The line under a field as its description."""

from gateway.web import described
from softphone import snapshots


def test_the_line_under_a_field_describes_it_and_a_field_without_one_says_it_all() -> None:
    fields = described.fields(snapshots)
    assert fields["LineSnapshot"]["messages"] == "voicemail messages waiting"
    assert fields["HandsetSnapshot"] == {}


def test_a_description_of_two_lines_is_one_sentence() -> None:
    texts = [text for fields in described.fields(snapshots).values() for text in fields.values()]
    assert len(texts) > 30
    assert not any("\n" in text or "  " in text for text in texts)
