"""The folder of a phone's recordings: how files are called there, which are there."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gateway.legs.wav import HEADER_BYTES, RATES
from gateway.web.recorder import RecordedFile

_TIME = "%Y%m%dT%H%M%SZ"
_MADE_BY_US = r"-\d{8}T\d{6}Z(-\d{1,4})?(-(far|handset|earpiece|mix)\.wav|\.json)"
_ENDS = (".json", "-far.wav", "-handset.wav", "-earpiece.wav", "-mix.wav")
_MOST_A_SECOND = 1000


class RecordingFolder:
    """Files named ``PHONE-TIME-LEG.wav``, and ``PHONE-TIME.json`` beside them; the time is that of the beginning, UTC.

    Every method may wait for the disk."""

    def __init__(self, folder: Path, phone: str) -> None:
        self.folder = folder
        self._phone = phone
        self._pattern = re.compile(re.escape(phone) + _MADE_BY_US, re.ASCII)

    def stem(self, began: datetime) -> str:
        """What the names of a new recording begin with: there is none of them yet."""
        stem = f"{self._phone}-{began.astimezone(UTC).strftime(_TIME)}"
        for another in range(1, _MOST_A_SECOND):
            new = stem if another == 1 else f"{stem}-{another}"
            if not any((self.folder / f"{new}{end}").exists() for end in _ENDS):
                return new
        raise FileExistsError(f"{_MOST_A_SECOND} recordings of one second")

    def find(self, name: str) -> Path | None:
        """A file that we made: nothing else in the folder, and nothing outside of it, has such a name.

        :raises OSError: when the folder cannot be looked into."""
        path = self.folder / name
        return path if self._pattern.fullmatch(name) and path.is_file() and not path.is_symlink() else None

    def files(self) -> list[RecordedFile]:
        """All of them, the oldest first. :raises OSError: when the folder cannot be read."""
        found = []
        for entry in sorted(self.folder.iterdir(), key=lambda path: path.name):
            with suppress(FileNotFoundError):  # somebody cleans up meanwhile
                if self.find(entry.name) is not None:
                    found.append(_described(entry))
        return found


def _described(path: Path) -> RecordedFile:
    size = path.stat().st_size
    seconds = max(0, size - HEADER_BYTES) / (2 * RATES[1]) if path.suffix == ".wav" else 0.0
    return RecordedFile(path.name, size, round(seconds, 2))
