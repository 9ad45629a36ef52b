"""``neoretro exchange``: the embedded registrar and proxy alone."""

import asyncio

from gateway.commands import Exit
from gateway.commands.progress import Progress
from gateway.config import Config, split_address
from gateway.exchange.settings import ExchangeSettings, User
from gateway.exchange.shell import Exchange


async def exchange(config: Config, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Run until cancelled."""
    host, port = split_address(config.exchange.bind)
    users = tuple(User(s.name, s.password, s.numbers) for s in config.exchange.subscribers)
    if not users:
        progress.say("no exchange.subscribers in the configuration: nobody can register")
    async with Exchange(ExchangeSettings(host, port, config.exchange.realm, users)) as running:
        progress.say(f"exchange: sip:{running.host}:{running.port} (UDP and TCP), realm {config.exchange.realm!r}")
        await asyncio.Event().wait()
    return Exit.DONE, {"result": "done"}
