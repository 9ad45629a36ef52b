"""``neoretro demo``: everything on this machine: an exchange, somebody to call, the phone and its page."""

import asyncio
import secrets

from gateway.app import pages, telephone, web_token
from gateway.commands import CommandFault, Exit
from gateway.commands.progress import Progress
from gateway.config import Config, load_market, parse
from gateway.correspondent.numbers import LAB_NUMBERS, Service, numbers_of
from gateway.correspondent.process import (
    Correspondent,
    CorrespondentFault,
    CorrespondentMissing,
    CorrespondentSettings,
)
from gateway.exchange.settings import ExchangeSettings, User
from gateway.exchange.shell import Exchange

WORDS = {
    Service.ECHO: "echo: hear yourself",
    Service.CLOCK: "speaking clock",
    Service.ANNOUNCEMENT: "recorded announcement",
    Service.BUSY: "always busy",
    Service.NO_ANSWER: "never answers",
    Service.NOT_IN_SERVICE: "not in service",
}


async def demo(config: Config, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Run until cancelled. :raises CommandFault: when the correspondent cannot be had."""
    password, correspondents = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    exchange = ExchangeSettings(
        port=0,
        users=(User("phone", password), User("correspondent", correspondents)),
        lab_numbers=dict.fromkeys(LAB_NUMBERS, "correspondent"),
    )
    try:
        async with Exchange(exchange) as running:
            language = config.phone.language or load_market(config.phone.market).languages[0]
            who = CorrespondentSettings(running.address, correspondents, language=language)
            progress.say("starting the exchange and the correspondent (pyVoIP, in a process of its own)")
            async with Correspondent(who):
                host, port = running.address
                await _phone(_at(config, f"sip:{host}:{port}", password), progress)
    except (CorrespondentMissing, CorrespondentFault) as fault:
        raise CommandFault(Exit.USAGE, str(fault)) from None
    return Exit.DONE, {"result": "done"}


def _at(config: Config, registrar: str, password: str) -> Config:
    """The same phone, on the exchange of this process."""
    line = {"bind": "127.0.0.1:0", "registrar": registrar, "user": "phone", "password": password, "expires_s": 60}
    return parse({**config.model_dump(exclude={"line"}, exclude_defaults=True), "line": line}, "demo", {})


async def _phone(config: Config, progress: Progress) -> None:
    async with telephone(config) as app:
        station = app.stations[0]
        station.phone.subscribe(progress)
        token = web_token(config)
        async with pages(config, {station.name: station}, token) as address:
            progress.paragraph(invitation(address, config.phone.market, token))
            await asyncio.Event().wait()


def invitation(address: str, market: str, token: str = "") -> str:
    """What to open, and what to dial there."""
    query = f"?token={token}" if token else ""
    rows = [f"    {number:<13} {WORDS[service]}" for service, number in numbers_of(market).items()]
    head, foot = f"  Open  {address}{query}  and lift the handset. Dial", f"  Second earpiece: {address}earpiece{query}"
    return "\n".join(["", head, "", *rows, "", foot, ""])
