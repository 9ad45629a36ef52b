"""The words of the display: complete in every language, and never too long."""

import pytest

from softphone.words import ENGLISH, WORDS, words


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_all_words_and_each_fits_a_line(language: str) -> None:
    assert WORDS[language].texts.keys() == ENGLISH.texts.keys()
    too_long = {key: text for key, text in WORDS[language].texts.items() if len(text.format(99)) > 16}
    assert too_long == {}


@pytest.mark.parametrize("language", WORDS)
def test_every_language_names_seven_days_and_twelve_months(language: str) -> None:
    assert len(set(WORDS[language].weekdays)) == 7
    assert len(set(WORDS[language].months)) == 12


def test_a_failure_nobody_has_words_for_is_a_failed_call() -> None:
    assert words("fr").text("brand_new_failure") == "Échec de l'appel"


def test_a_language_nobody_translated_is_english() -> None:
    assert words("xx") is ENGLISH


def test_the_loudspeaker_is_called_as_the_design_says() -> None:
    assert words("fr").text("loudspeaker") == "Haut-parleur"
