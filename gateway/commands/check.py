"""``neoretro check``: is this configuration good?"""

from pathlib import Path

from gateway.app import configured_legs, exchange_settings, line_settings, station_settings
from gateway.commands import Exit
from gateway.commands.progress import Progress
from gateway.config import load, warnings


def check(path: Path, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Read a configuration and everything it names. :raises ConfigFault: with every fault, a line each."""
    config = load(path)
    exchange_settings(config)
    station = station_settings(config, configured_legs(config))
    line_settings(config)
    warned = warnings(config)
    for sentence in warned:
        progress.say(f"{path}: {sentence}")
    progress.say(f"{path}: good")
    return Exit.DONE, {
        "result": "good",
        "file": str(path),
        "phone": config.phone.name,
        "market": station.market.name,
        "registrar": config.line.registrar,
        "warnings": warned,
    }
