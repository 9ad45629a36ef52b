"""``neoretro exchange``: the embedded registrar and proxy alone."""

import asyncio

from gateway.app import exchange_settings
from gateway.commands import Exit
from gateway.commands.progress import Progress
from gateway.config import Config
from gateway.exchange.shell import Exchange


async def exchange(config: Config, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Run until cancelled."""
    settings = exchange_settings(config)
    if not settings.users:
        progress.say("no exchange.subscribers in the configuration: nobody can register")
    async with Exchange(settings) as running:
        progress.say(f"exchange: sip:{running.host}:{running.port} (UDP and TCP), realm {config.exchange.realm!r}")
        await asyncio.Event().wait()
    return Exit.DONE, {"result": "done"}
