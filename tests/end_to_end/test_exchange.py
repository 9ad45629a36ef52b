"""The embedded exchange on real sockets: phones nobody here wrote, and a port that is taken."""

import socket
from pathlib import Path

import pytest

from gateway.exchange.settings import ExchangeSettings, User
from gateway.exchange.shell import Exchange, ExchangeFault
from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.neoretro import Command, write_config
from tests.end_to_end.speech import Voice, speech, write_wav

USERS = (User("alice", "pw-a"), User("bob", "pw-b", ("0199000020",)))


@pytest.fixture
def voice(lab: Lab) -> Path:
    return write_wav(lab.folder / "voice.wav", speech(Voice.ALLISON, 20.0))


async def test_two_baresips_call_each_other(lab: Lab, voice: Path) -> None:
    async with Exchange(ExchangeSettings(port=0, users=USERS)) as exchange:
        registrar = f"{exchange.host}:{exchange.port}"
        async with (
            Baresip(lab, "alice", voice, registrar=registrar, password="pw-a") as alice,
            Baresip(lab, "bob", voice, registrar=registrar, password="pw-b") as bob,
        ):
            assert exchange.registered == {"alice", "bob"}
            await alice.dial(f"sip:0199000020@{registrar}")
            await until(lambda: "CALL_ESTABLISHED" in _events(bob), "the call stands at Bob's")
            await until(lambda: "CALL_ESTABLISHED" in _events(alice), "and at Alice's")
            assert exchange.calls == 1
            await bob.hang_up()
            await until(lambda: "CALL_CLOSED" in _events(alice), "Bob's hang-up reaches Alice")
            await until(lambda: exchange.calls == 0, "the exchange forgets the call")


def _events(phone: Baresip) -> list[str]:
    return [str(event.get("type")) for event in phone.events]


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["UDP", "TCP"])
async def test_a_port_that_is_taken_is_said(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ExchangeFault) as raised:
            await Exchange(ExchangeSettings(port=port)).__aenter__()
    name = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
    sentence = raised.value.strerror or ""
    assert sentence.startswith(f"exchange.bind: {name} 127.0.0.1:{port}: ")
    assert sentence.lower().endswith("address already in use")


async def test_the_command_runs_it_until_it_is_stopped(lab: Lab, tmp_path: Path, voice: Path) -> None:
    config = tmp_path / "exchange.toml"
    write_config(config, {"exchange": {"bind": "127.0.0.1:0", "realm": "lab"}})
    text = config.read_text() + '[[exchange.subscribers]]\nname = "alice"\npassword = "pw-a"\n'
    config.write_text(text)
    async with Command(lab, "exchange", config) as command:
        address = await command.says(r"sip:(127\.0\.0\.1:\d+)")
        async with Baresip(lab, "alice", voice, registrar=address, password="pw-a"):
            pass
        outcome = await command.stopped()
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
