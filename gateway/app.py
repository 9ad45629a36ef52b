"""The composition root: a configuration becomes a line, a bridge, phones and pages."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import SystemRandom

from aiohttp import web

from gateway.base_station import BaseStation, StationSettings
from gateway.bridge import Bridge
from gateway.codecs import OpusSettings
from gateway.collector import Collector
from gateway.config import Config, ConfigFault, LocalLegSection, load_market, split_address, warnings
from gateway.echo_canceller import Library, canceller, prepare
from gateway.exchange.settings import ExchangeSettings, User
from gateway.host import bracketed, read_address
from gateway.legs.file import FileLeg, WaveFault
from gateway.legs.voice_policy import VoicePolicy
from gateway.line import Line, LineSettings
from gateway.local_address import route_from
from gateway.receivers import LocalLegs
from gateway.sdp.media import Srtp
from gateway.sip.agent import Account
from gateway.sip.call.target import over
from gateway.sip.registration.outbound import instance_of
from gateway.sip.settings import CallPolicy, Limits, Reliable
from gateway.sip.syntax.uri import read_uri
from gateway.tls import TlsFault, TlsSettings, client_context, server_context
from gateway.web.application import application
from gateway.web.settings import WebSettings, is_loopback
from softphone.audio.routing import Member
from softphone.digit_map import DigitMapError
from softphone.messages import DialKind
from softphone.numbering import Numbering
from softphone.proximity import Thresholds
from softphone.settings import PhoneSettings
from softphone.words import WORDS

logger = logging.getLogger(__name__)

DNS_PORT = 53

BEGIN_ANEW_S = 1.0
"""between the failure of a part of the process and its next beginning"""


@dataclass(frozen=True, slots=True)
class App:
    """What runs in this process."""

    line: Line
    bridge: Bridge
    stations: tuple[BaseStation, ...]


@asynccontextmanager
async def telephone(
    config: Config, phones: int = 1, local_legs: LocalLegs | None = None, reach: str = ""
) -> AsyncIterator[App]:
    """Open the line and put the phones in service; leaving hangs up, leaves the registrar and frees every port.

    :param phones: how many share the line, as one hunt group when more than one.
    :param local_legs: instead of the configuration's files.
    :param reach: where the call will go when there is no registrar: our address is the one seen from there.
    :raises LineFault: when the port cannot be had. :raises ConfigFault: when a market or a file is not good.
    """
    legs = configured_legs(config) if local_legs is None else local_legs
    names = [config.phone.name] if phones == 1 else [f"{config.phone.name}-{n}" for n in range(1, phones + 1)]
    for sentence in warnings(config):
        logger.warning("%s", sentence)
    bridge = Bridge(rest=Collector().rest)
    line = Line(line_settings(config, reach), SystemRandom())
    settings = station_settings(config, legs)
    stations = tuple(BaseStation(replace(settings, name=name), line, bridge) for name in names)
    async with AsyncExitStack() as stack:
        await line.open()
        stack.push_async_callback(line.close)
        tasks = [asyncio.create_task(_keep("bridge", bridge.run))]
        tasks += [asyncio.create_task(_keep(station.name, station.run)) for station in stations]
        stack.push_async_callback(_cancel, tasks)
        await asyncio.sleep(0)  # every station stands on the line before anybody looks at it
        yield App(line, bridge, stations)


async def _keep(name: str, run: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run until cancelled. What fails is our fault: it is logged and begun anew, and the others go on.

    What fails while it is cancelled tells of its failure only, and a TaskGroup cancels the task that it is in: so each
    life is a task of its own, and this one knows whether it is asked to end.
    """
    keeper = asyncio.current_task()
    while keeper is not None and not keeper.cancelling():
        try:
            await asyncio.create_task(run(), name=name)
        except Exception:
            logger.exception("%s: failed, begins anew in %g s", name, BEGIN_ANEW_S)
        if not keeper.cancelling():
            await asyncio.sleep(BEGIN_ANEW_S)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def line_settings(config: Config, reach: str = "") -> LineSettings:
    """:raises ConfigFault: for what only TLS or the name system can judge: certificates, name servers."""
    line = config.line
    host, port = split_address(line.bind)
    towards = host_of(line.outbound_proxy) or host_of(line.registrar) or host_of(reach)
    return LineSettings(
        host,
        port,
        line.advertise,
        towards,
        line.codecs,
        tls=tls_settings(config),
        tls_port=line.tls_port,
        nameservers=tuple(map(_nameserver, line.nameservers)),
        policy=call_policy(config),
        srtp=Srtp(line.srtp),
        dtls=line.dtls,
        keep_alive_s=line.keep_alive_s,
        limits=Limits(**line.limits.model_dump()),
    )


def tls_settings(config: Config) -> TlsSettings:
    """:raises ConfigFault: for a file that is none of its kind."""
    line = config.line
    for key, path in (("ca_file", line.ca_file), ("certificate", line.certificate), ("key", line.key)):
        if path is not None and not path.is_file():
            raise ConfigFault(f"line.{key}: found {str(path)!r}, expected a file, and there is none")
    ca_file, certificate, key = (str(path or "") for path in (line.ca_file, line.certificate, line.key))
    settings = TlsSettings(ca_file, certificate, key, line.verify_clients)
    try:
        client_context(settings)
        server_context(settings)
    except TlsFault as fault:
        raise ConfigFault(f"line: {fault}") from None
    return settings


def _nameserver(text: str) -> tuple[str, int]:
    """``HOST`` or ``HOST:PORT``, HOST an IP address."""
    try:
        bare = text.strip("[]")
        host, port = split_address(text) if read_address(bare) is None else (bare, DNS_PORT)
    except ValueError:
        host, port = "", 0
    if read_address(host) is None or not port:
        raise ConfigFault(f"line.nameservers: found {text!r}, expected an IP address, with or without :PORT")
    return host, port


def call_policy(config: Config) -> CallPolicy:
    line = config.line
    return CallPolicy(
        reliable=Reliable(line.reliable),
        session_timer_s=line.session_timer_s,
        min_se_s=line.min_se_s,
        refresher=line.refresher,
        redirects=line.redirects,
        refer=line.refer,
    )


def voice_policy(config: Config) -> VoicePolicy:
    line = config.line
    wanted = line.opus.model_dump() | {"dtx": line.opus.dtx or line.silence_suppression}
    browsers = {key: wanted.pop(f"browser_{key}") for key in ("bitrate", "complexity")}
    opus = OpusSettings(**wanted)
    return VoicePolicy(
        Srtp(line.srtp),
        line.dtls,
        line.ice,
        line.rtcp_mux,
        line.xr,
        line.codec_order,
        line.silence_suppression,
        opus,
        replace(opus, **browsers),
    )


def host_of(uri: str) -> str:
    """The host of a SIP URI, IPv6 without brackets; empty for what is none."""
    read = read_uri(uri)
    return "" if read is None else read.host.strip("[]")


def station_settings(config: Config, local_legs: LocalLegs) -> StationSettings:
    """:raises ConfigFault: for what only the market or the line can judge: extensions, language, addresses."""
    market = load_market(config.phone.market)
    try:
        Numbering(market, config.phone.extensions)
    except DigitMapError as fault:
        raise ConfigFault(f"phone.extensions: {fault}") from None
    if config.phone.language and config.phone.language not in WORDS:
        known = ", ".join(sorted(WORDS))
        raise ConfigFault(f"phone.language: found {config.phone.language!r}, expected one of {known}")
    line, gain = config.line, config.phone.gain
    account = line_account(config)
    return StationSettings(
        name=config.phone.name,
        market=market,
        phone=phone_settings(config),
        account=account,
        domain=account.domain if account is not None else "",
        rtp_ports=line.rtp_ports,
        silence_s=line.silence_s,
        codecs=line.codecs,
        voice=voice_policy(config),
        transport=line.transport,
        digits=line.digits,
        voicemail=line.voicemail,
        canceller=canceller(config.phone.echo, Library()),
        gain_db={Member.FAR: gain.far_db, Member.HANDSET: gain.handset_db, Member.EARPIECE: gain.earpiece_db},
        local_legs=local_legs,
        recordings=recordings_folder(config),
    )


def recordings_folder(config: Config) -> Path | None:
    """:raises ConfigFault: for what is no folder that files can be put into."""
    folder = config.recordings.folder
    if folder is not None and not folder.is_dir():
        raise ConfigFault(f"recordings.folder: found {str(folder)!r}, expected a folder, and there is none")
    if folder is not None and not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigFault(f"recordings.folder: found {str(folder)!r}, expected a folder that we may write into")
    return folder


def line_account(config: Config) -> Account | None:
    """Who we are at the registrar; None without one. :raises ConfigFault: when an address is none."""
    line = config.line
    if not line.registrar:
        return None
    scheme, _, server = line.registrar.partition(":")
    address = line.address or f"{scheme}:{line.user}@{server.partition(';')[0]}"
    try:
        return Account(
            address=address,
            registrar=over(line.transport, line.registrar),
            user=line.user,
            password=line.password,
            expires_s=line.expires_s,
            display_name=line.display_name,
            outbound_proxy=over(line.transport, line.outbound_proxy),
            backup_registrars=tuple(over(line.transport, text) for text in line.backup_registrars),
            realms=line.realms,
            instance=line.instance or instance_of(address, socket.gethostname()),
        )
    except ValueError as fault:
        raise ConfigFault(f"line: {fault}") from None


def exchange_settings(config: Config) -> ExchangeSettings:
    """:raises ConfigFault: when two subscribers claim one number."""
    host, port = split_address(config.exchange.bind)
    users = tuple(User(s.name, s.password, s.numbers) for s in config.exchange.subscribers)
    try:
        return ExchangeSettings(host, port, config.exchange.realm, users)
    except ValueError as fault:
        raise ConfigFault(f"exchange.subscribers: {fault}") from None


def phone_settings(config: Config) -> PhoneSettings:
    phone = config.phone
    near_far = phone.proximity
    return PhoneSettings(
        room=phone.room,
        allow_emergency_calls=phone.allow_emergency_calls,
        dial=DialKind(phone.dial),
        language=phone.language,
        extensions=phone.extensions,
        unlisted_numbers=phone.unlisted_numbers,
        call_waiting=phone.call_waiting,
        proximity=Thresholds(
            near_cm=near_far.near_cm,
            near_s=near_far.near_ms / 1000,
            far_cm=near_far.far_cm,
            far_s=near_far.far_ms / 1000,
        ),
    )


def configured_legs(config: Config) -> LocalLegs:
    """The files that stand in for browsers. :raises ConfigFault: when one cannot be read."""
    sections = {Member.HANDSET: config.handset, Member.EARPIECE: config.earpiece}
    return {member: _maker(member, section) for member, section in sections.items() if section != LocalLegSection()}


def _maker(member: Member, section: LocalLegSection) -> Callable[[], FileLeg]:
    files = {"play": (section.play, None), "record": (None, section.record)}
    for key, (play, record) in files.items():
        try:
            FileLeg.check(play, record)
        except WaveFault as fault:
            raise ConfigFault(f"{member}.{key}: {fault}") from None
    return lambda: FileLeg(play=section.play, record=section.record, record_rate=section.record_rate)


def web_token(config: Config) -> str:
    """What other machines must show; empty on loopback, where nobody else comes."""
    host, _ = split_address(config.web.bind)
    if is_loopback(host):
        return ""
    return config.web.token or secrets.token_urlsafe(24)


@asynccontextmanager
async def pages(config: Config, stations: Mapping[str, BaseStation], token: str) -> AsyncIterator[str]:
    """Serve the pages and the API; yields the address to open. :raises OSError: naming ``web.bind``."""
    host, port = split_address(config.web.bind)
    settings = WebSettings(host=host, port=port, token=token)
    runner = web.AppRunner(application(stations, settings), access_log=None, shutdown_timeout=2)
    prepare(config.phone.echo, Library())
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as fault:
            words = os.strerror(fault.errno) if fault.errno else str(fault)
            raise OSError(fault.errno, f"web.bind: {host}:{port}: {words}") from None
        reachable = await asyncio.get_running_loop().run_in_executor(None, route_from, host, "")
        yield f"http://{bracketed(reachable)}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
