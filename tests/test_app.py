"""What only the machine can judge of a configuration."""

from pathlib import Path

import pytest

from gateway.app import recordings_folder, station_settings
from gateway.config import ConfigFault, parse


def test_without_a_folder_nothing_can_be_recorded() -> None:
    assert recordings_folder(parse({}, "phone.toml", {})) is None


def test_the_folder_of_recordings_reaches_the_phone(tmp_path: Path) -> None:
    config = parse({"recordings": {"folder": str(tmp_path)}}, "phone.toml", {})
    assert station_settings(config, {}).recordings == tmp_path


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for found in (file, tmp_path / "nowhere"):
        config = parse({"recordings": {"folder": str(found)}}, "phone.toml", {})
        with pytest.raises(ConfigFault) as fault:
            station_settings(config, {})
        assert str(fault.value) == f"recordings.folder: found {str(found)!r}, expected a folder, and there is none"
