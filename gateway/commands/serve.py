"""``neoretro serve``: the phone as a service, with its pages and its API."""

import asyncio

from gateway.app import pages, telephone, web_token
from gateway.commands import Exit
from gateway.commands.progress import Progress
from gateway.config import Config


async def serve(config: Config, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Serve until cancelled."""
    token = web_token(config)
    async with telephone(config) as app:
        for station in app.stations:
            station.phone.subscribe(progress)
        stations = {station.settings.name: station for station in app.stations}
        async with pages(config, stations, token) as address:
            progress.say(f"phone: {address}{f'?token={token}' if token else ''}")
            progress.say(f"line: {app.line.address_of(config.phone.name)}")
            await asyncio.Event().wait()
    return Exit.DONE, {"result": "done"}
