"""SIP over TLS on loopback: who is believed, who is not, and what is said of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest

from gateway.line import Line, LineSettings
from gateway.sdp.media import LocalMedia
from gateway.sip.events import Answered, Ended, IncomingCall
from gateway.sip.transport.flow import Flow
from gateway.tls import TlsFault, TlsSettings
from tests.end_to_end.lab import LOOPBACK, until
from tests.end_to_end.peers.authority import Authority
from tests.end_to_end.test_resolver import Phone
from tests.end_to_end.test_sockets import End

Open = Callable[..., Awaitable[End]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Ends with TLS, closed after the test."""
    async with AsyncExitStack() as stack:

        async def open_end(**tls: str | bool) -> End:
            end = End(TlsSettings(**tls))  # type: ignore[arg-type]
            await end.open(LOOPBACK, 0)
            stack.push_async_callback(end.close)
            return end

        yield open_end


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def shown(authority: Authority, owner: str, *names: str) -> dict[str, str]:
    """A certificate of its own, as settings."""
    certificate, key = authority.certificate(owner, *names)
    return {"certificate": str(certificate), "key": str(key)}


def at(end: End, name: str = "") -> Flow:
    return Flow("TLS", LOOPBACK, end.tls_port, name=name)


async def failure(end: End) -> str:
    await until(lambda: bool(end.ear.failed), "the failure is told")
    return end.ear.failed[0][1]


async def test_tls_stands_one_port_above_and_works_both_ways(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server", "lab.example"))
    client = await opened(ca_file=str(authority.ca_file))
    assert server.tls_port == server.port + 1
    client.say(b"hello", at(server, "lab.example"))
    flow = await server.hears(b"hello")
    assert flow.transport == "TLS" and flow.connection and server.ear.opened == [flow]
    server.say(b"answer", flow)
    heard = await client.hears(b"answer")
    assert (heard.transport, heard.host, heard.port, heard.name) == ("TLS", LOOPBACK, server.tls_port, "lab.example")


async def test_an_address_is_verified_where_there_is_no_name(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server", LOOPBACK))
    client = await opened(ca_file=str(authority.ca_file))
    client.say(b"hello", at(server))
    await server.hears(b"hello")


async def test_who_is_signed_by_a_stranger_is_not_believed(opened: Open, authority: Authority, tmp_path: Path) -> None:
    server = await opened(**shown(Authority(tmp_path, "stranger"), "server", "lab.example"))
    client = await opened(ca_file=str(authority.ca_file))
    client.say(b"secret", at(server, "lab.example"))
    assert await failure(client) == (
        f"TLS lab.example ({LOOPBACK}:{server.tls_port}): its certificate is not trusted: "
        "unable to get local issuer certificate"
    )
    assert not server.ear.heard


async def test_who_is_somebody_else_is_told_nothing(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server", "other.example"))
    client = await opened(ca_file=str(authority.ca_file))
    client.say(b"secret", at(server, "lab.example"))
    assert await failure(client) == (
        f"TLS lab.example ({LOOPBACK}:{server.tls_port}): its certificate is for other.example, not for lab.example"
    )
    await asyncio.sleep(0.1)
    assert not server.ear.heard


async def test_a_wildcard_matches_nothing(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server", "*.example"))
    client = await opened(ca_file=str(authority.ca_file))
    client.say(b"secret", at(server, "lab.example"))
    assert (await failure(client)).endswith("its certificate is for *.example, not for lab.example")


async def test_a_connection_verified_for_one_name_serves_no_other(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server", "one.example", "two.example"))
    client = await opened(ca_file=str(authority.ca_file))
    for name in ("one.example", "two.example", "one.example"):
        client.say(b"x", at(server, name))
    await server.hears(b"xxx")
    assert len(server.ear.opened) == 2


async def test_a_verified_connection_serves_who_is_named_by_its_address(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server", "one.example"))
    client = await opened(ca_file=str(authority.ca_file))
    client.say(b"by name ", at(server, "one.example"))
    client.say(b"by address", at(server, LOOPBACK))
    await server.hears(b"by name by address")
    assert len(server.ear.opened) == 1


async def test_a_client_may_have_to_show_who_it_is(opened: Open, authority: Authority) -> None:
    ca_file = str(authority.ca_file)
    server = await opened(**shown(authority, "server"), ca_file=ca_file, verify_clients=True)
    nobody = await opened(ca_file=ca_file)
    nobody.say(b"let me in", at(server))
    assert (await failure(nobody)).removeprefix(f"TLS {LOOPBACK}:{server.tls_port}: ") in (
        "tlsv13 alert certificate required",
        "it closed the connection before it said anything",
    )
    somebody = await opened(**shown(authority, "client", "client.example"), ca_file=ca_file)
    somebody.say(b"let me in", at(server))
    await server.hears(b"let me in")


async def test_a_client_that_shows_a_wrong_certificate_is_refused_unasked(
    opened: Open, authority: Authority, tmp_path: Path
) -> None:
    ca_file = str(authority.ca_file)
    server = await opened(**shown(authority, "server"), ca_file=ca_file)
    impostor = await opened(**shown(Authority(tmp_path, "stranger"), "client", "x.example"), ca_file=ca_file)
    impostor.say(b"let me in", at(server))
    assert (await failure(impostor)).startswith(f"TLS {LOOPBACK}:{server.tls_port}: ")
    assert not server.ear.heard


async def test_nothing_below_tls_1_2_is_spoken(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server"))
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):  # asyncio resets the connection before or after the alert is read
        await asyncio.open_connection(LOOPBACK, server.tls_port, ssl=old)
    assert not server.ear.opened
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    _, writer = await asyncio.open_connection(LOOPBACK, server.tls_port, ssl=old)
    writer.write(b"1.2")
    await server.hears(b"1.2")
    writer.close()


async def test_without_a_certificate_nobody_can_connect_by_tls(opened: Open) -> None:
    end, client = await opened(), await opened()
    client.say(b"hello", at(end))
    assert await failure(client) == f"TLS {LOOPBACK}:{end.tls_port}: Connection refused"


async def test_a_stranger_that_speaks_no_tls_disturbs_nobody(opened: Open, authority: Authority) -> None:
    server = await opened(**shown(authority, "server"))
    reader, writer = await asyncio.open_connection(LOOPBACK, server.tls_port)
    writer.write(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
    await reader.read()
    writer.close()
    assert not server.ear.heard and not server.ear.opened
    client = await opened(ca_file=server_ca(authority))
    client.say(b"hello", at(server))
    await server.hears(b"hello")


def server_ca(authority: Authority) -> str:
    return str(authority.ca_file)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file /nowhere/ca.pem: No such file or directory"),
        ({"certificate": "/nowhere/c.pem"}, "certificate /nowhere/c.pem: No such file or directory"),
        (
            {"certificate": "/nowhere/c.pem", "key": "/nowhere/k.pem"},
            "certificate /nowhere/c.pem with key /nowhere/k.pem: No such file or directory",
        ),
    ],
)
async def test_a_file_that_is_not_there_is_named(settings: dict[str, str], text: str) -> None:
    with pytest.raises(TlsFault) as caught:
        await End(TlsSettings(**settings)).open(LOOPBACK, 0)  # type: ignore[arg-type]
    assert str(caught.value) == text


async def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("hello")
    with pytest.raises(TlsFault, match=rf"^certificate {empty}: "):
        await End(TlsSettings(certificate=str(empty))).open(LOOPBACK, 0)


async def test_a_call_by_sips_is_secure_at_each_end(authority: Authority) -> None:
    ca_file = str(authority.ca_file)
    async with AsyncExitStack() as stack:
        lines = []
        for owner in ("here", "there"):
            phone = Phone()
            certificate, key = map(str, authority.certificate(owner))
            made = Line(LineSettings(LOOPBACK, 0, tls=TlsSettings(ca_file, certificate, key)), Random(1))
            made.trace = phone.traced.append
            await made.open()
            stack.push_async_callback(made.close)
            made.attach(phone)
            lines.append((made, phone))
        (here, caller), (there, callee) = lines
        media = LocalMedia(LOOPBACK, 4000, ("PCMU",))
        target = f"sips:bob@{LOOPBACK}:{there.tls_port}"
        call = here.invite(caller, target, media)
        await until(lambda: bool(callee.all(IncomingCall)), "it rings")
        (arrival,) = callee.all(IncomingCall)
        assert isinstance(arrival, IncomingCall) and arrival.source.transport == "TLS"
        there.accept(arrival.call, media)
        await until(lambda: bool(caller.all(Answered)), "it is answered")
        here.hang_up(call)
        await until(lambda: bool(callee.all(Ended)), "it is over")
        assert {trace.flow.transport for trace in caller.traced + callee.traced} == {"TLS"}
        started = (b"INVITE", b"SIP/2.0 200")
        invite, ok = (next(t.data for t in caller.traced if t.data.startswith(start)) for start in started)
        assert f"Via: SIP/2.0/TLS {LOOPBACK}:{here.tls_port};".encode() in invite
        assert f"Contact: <sips:phone@{LOOPBACK}:{here.tls_port}".encode() in invite
        assert f"Contact: <sips:bob@{LOOPBACK}:{there.tls_port}".encode() in ok
