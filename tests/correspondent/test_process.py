"""How often a process that dies is started again, and what is said when it cannot start at all."""

import importlib.util

import pytest

from gateway.correspondent.process import Correspondent, CorrespondentMissing, CorrespondentSettings, Patience


def test_the_pause_doubles_until_patience_ends() -> None:
    patience, failures, pauses = Patience(attempts=7, longest_s=20.0), 0, []
    while True:
        failures, pause = patience.pause(failures, ran_s=1.0)
        pauses.append(pause)
        if pause is None:
            break
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, None]


def test_who_ran_long_enough_begins_with_a_clean_slate() -> None:
    assert Patience().pause(5, ran_s=61.0) == (1, 1.0)


async def test_without_pyvoip_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    correspondent = Correspondent(CorrespondentSettings(("127.0.0.1", 1), "secret"))
    with pytest.raises(CorrespondentMissing) as raised:
        await correspondent.__aenter__()
    assert str(raised.value) == "the correspondent needs pyVoIP: pip install 'neoretro[lab]'"
    assert correspondent.pid is None and correspondent.starts == 0


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(CorrespondentSettings(("127.0.0.1", 1), "secret"))
