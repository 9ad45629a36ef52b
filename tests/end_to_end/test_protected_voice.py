"""Two legs that talk as offer and answer came to: SRTP by SDES and DTLS, ICE, one port or two, on real sockets."""

# ruff: noqa: SLF001 - sockets are taken away from the inside

import asyncio
import itertools
import os
import random
import socket
from dataclasses import replace

import pytest

from gateway.legs.rtp import RtpLeg
from gateway.legs.voice_policy import VoicePolicy
from gateway.sdp.media import DtlsSession, MediaSession, SdesSession, Srtp
from gateway.sdp.negotiation import Negotiation
from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import LOOPBACK, until
from tests.end_to_end.peers.ticker import Ticker
from tests.end_to_end.speech import Voice, speech
from tests.end_to_end.test_webrtc_leg import nothing_remains

NOWHERE = "1 1 udp 2130706431 127.0.0.1 9 typ host"
"""a candidate where nobody answers"""
ALLISON, JUNE = speech(Voice.ALLISON, 3), speech(Voice.JUNE, 3)

PROTECTIONS = {
    "plain": VoicePolicy(),
    "sdes": VoicePolicy(srtp=Srtp.MANDATORY),
    "dtls": VoicePolicy(srtp=Srtp.MANDATORY, dtls=True),
}
COMBINATIONS = [
    pytest.param(replace(policy, ice=ice, rtcp_mux=mux, xr=True), id=f"{name}{'-ice' * ice}{'-mux' * mux}")
    for (name, policy), ice, mux in itertools.product(PROTECTIONS.items(), (False, True), (False, True))
]


def meet(near: RtpLeg, far: RtpLeg) -> tuple[MediaSession, MediaSession]:
    """Offer of the one, answer of the other, and both start."""
    here, there = negotiated(near, far)
    far.start(there)
    near.start(here)
    return here, there


def negotiated(near: RtpLeg, far: RtpLeg) -> tuple[MediaSession, MediaSession]:
    """The same, but nobody starts."""
    offerer, answerer = Negotiation(near.media(), 1), Negotiation(far.media(), 2)
    answer = answerer.answer(offerer.offer())
    assert answerer.agreed is not None
    return offerer.answered(answer), answerer.agreed


@pytest.mark.parametrize("policy", COMBINATIONS)
async def test_both_hear_each_other(policy: VoicePolicy) -> None:
    with nothing_remains():
        async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
            failures: list[str] = []
            near.on_failed = far.on_failed = failures.append
            left: list[bool] = []
            far.on_left = lambda: left.append(True)
            agreed, _ = meet(near, far)
            async with Ticker(near, ALLISON) as here, Ticker(far, JUNE) as there:
                await asyncio.sleep(1.7)
            figures = near.figures
            near.close()
            await until(lambda: left == [True], "the goodbye in RTCP came")
    assert hears(here.heard, JUNE) > HEARD
    assert hears(there.heard, ALLISON) > HEARD
    assert failures == []
    assert agreed.rtcp_mux is policy.rtcp_mux
    assert (agreed.ice is not None) is policy.ice
    assert figures is not None
    assert (figures.junk, figures.replayed, figures.unauthentic) == (0, 0, 0)
    match agreed.security:
        case None:
            assert (policy.srtp, figures.srtp) == (Srtp.OFF, "")
        case SdesSession():
            assert (policy.dtls, figures.srtp) == (False, "AES_CM_128_HMAC_SHA1_80")
        case DtlsSession():
            assert (policy.dtls, figures.srtp) == (True, "AEAD_AES_256_GCM")


async def test_each_end_with_its_own_policy_finds_what_both_can() -> None:
    """ICE, one port and encryption are wanted by one end only: plain voice between two pairs of ports."""
    wants = VoicePolicy(srtp=Srtp.OPTIONAL, ice=True, rtcp_mux=True, xr=True)
    with nothing_remains():
        for offers, answers in ((wants, VoicePolicy()), (VoicePolicy(), wants)):
            async with RtpLeg(LOOPBACK, policy=offers) as near, RtpLeg(LOOPBACK, policy=answers) as far:
                agreed, _ = meet(near, far)
                assert (agreed.ice, agreed.rtcp_mux, agreed.security) == (None, False, None)
                async with Ticker(near, ALLISON) as here, Ticker(far, JUNE) as there:
                    await asyncio.sleep(1.5)
            assert hears(here.heard, JUNE) > HEARD
            assert hears(there.heard, ALLISON) > HEARD


async def test_ipv6_is_checked_and_protected_as_well() -> None:
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=True, ice=True, xr=True)
    with nothing_remains():
        async with RtpLeg("::1", policy=policy) as near, RtpLeg("::1", policy=policy) as far:
            agreed, _ = meet(near, far)
            assert agreed.remote == ("::1", far.media().port)
            async with Ticker(near, ALLISON) as here, Ticker(far, JUNE) as there:
                await asyncio.sleep(1.5)
    assert hears(here.heard, JUNE) > HEARD
    assert hears(there.heard, ALLISON) > HEARD


async def test_ice_may_go_with_a_re_invite_and_come_back() -> None:
    policy = VoicePolicy(ice=True)
    with nothing_remains():
        async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
            failures: list[str] = []
            near.on_failed = far.on_failed = failures.append
            here, there = meet(near, far)
            async with Ticker(near, ALLISON), Ticker(far, JUNE):
                for checked in (True, False, True):
                    near.start(here if checked else replace(here, ice=None))
                    far.start(there if checked else replace(there, ice=None))
                    before = received(near), received(far)
                    await until(lambda before=before: received(near) > before[0] + 15, "voice comes")  # type: ignore[misc]
                    await until(lambda before=before: received(far) > before[1] + 15, "voice goes")  # type: ignore[misc]
    assert failures == []


async def test_while_ice_begins_anew_voice_stays_on_the_pair_that_works() -> None:
    policy, ufrag, pwd = VoicePolicy(ice=True), "n" * 8, "n" * 24
    with nothing_remains():
        async with (
            RtpLeg(LOOPBACK, policy=policy) as near,
            RtpLeg(LOOPBACK, policy=policy) as far,
            RtpLeg(LOOPBACK, policy=policy) as moved,
        ):
            async with Ticker(near, ALLISON), Ticker(far, JUNE), Ticker(moved, JUNE):
                meet(near, far)
                await until(lambda: received(far) > 15, "voice goes")
                here, there = negotiated(near, moved)
                assert here.ice is not None and there.ice is not None
                # it finds nobody by itself until the far end asks
                anew = replace(here.ice, local_ufrag=ufrag, local_pwd=pwd, renewed=True, candidates=(NOWHERE,))
                near.start(replace(here, ice=anew))
                before = received(far)
                await until(lambda: received(far) > before + 15, "voice still goes")
                moved.start(replace(there, ice=replace(there.ice, ufrag=ufrag, pwd=pwd)))
                await until(lambda: received(moved) > 15, "voice goes there")


async def test_optional_is_encrypted_where_both_can() -> None:
    policy = VoicePolicy(srtp=Srtp.OPTIONAL)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        meet(near, far)
        async with Ticker(near, ALLISON), Ticker(far, JUNE):
            await until(lambda: received(far) > 10, "voice came")
        assert far.figures is not None
        assert far.figures.srtp == "AES_CM_128_HMAC_SHA1_80"


@pytest.mark.parametrize("dtls", [False, True])
async def test_early_media_and_the_answer_are_one_protected_voice(dtls: bool) -> None:
    """The same answer in a 183 and in the 200: nothing begins anew."""
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=dtls, ice=True)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        secured: list[str] = []
        near.on_secured = secured.append
        here, there = meet(near, far)
        async with Ticker(near, ALLISON), Ticker(far, JUNE):
            await until(lambda: received(near) > 10, "early media came")
            near.start(here)
            far.start(there)
            before = received(near)
            await until(lambda: received(near) > before + 10, "voice goes on")
        figures = near.figures
    assert figures is not None
    assert (figures.lost, figures.unauthentic, figures.playout.restarts) == (0, 0, 0)
    assert len(secured) == dtls


async def test_new_keys_in_mid_call_are_not_heard() -> None:
    policy = VoicePolicy(srtp=Srtp.MANDATORY)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        here, there = meet(near, far)
        assert isinstance(here.security, SdesSession)
        assert isinstance(there.security, SdesSession)
        other = replace(here.security.send, key_and_salt=bytes(range(30)))
        async with Ticker(near, ALLISON), Ticker(far, JUNE):
            await until(lambda: received(far) > 20, "voice came")
            far.start(replace(there, security=replace(there.security, receive=other)))
            await asyncio.sleep(0.1)
            near.start(replace(here, security=replace(here.security, send=other)))
            before = received(far)
            await until(lambda: received(far) > before + 30, "voice goes on")
        figures = far.figures
    assert figures is not None
    assert (figures.unauthentic, figures.replayed, figures.lost) == (0, 0, 0)


async def test_somebody_elses_certificate_ends_in_a_sentence_and_silence(caplog: pytest.LogCaptureFixture) -> None:
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=True)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        failures: list[str] = []
        near.on_failed = failures.append
        here, there = negotiated(near, far)
        assert isinstance(here.security, DtlsSession)
        digest = ":".join(["00"] * 32)
        near.start(replace(here, security=replace(here.security, fingerprints=(("sha-256", digest),))))
        far.start(there)
        async with Ticker(near, ALLISON), Ticker(far, JUNE):
            await until(lambda: failures != [], "the failure was told")
            await asyncio.sleep(0.2)
        assert received(near) == received(far) == 0
    assert failures[0].startswith("DTLS: the far end's certificate has sha-256 ")
    assert failures[0] in caplog.text


async def test_a_handshake_that_loses_its_first_flight_is_said_again() -> None:
    """On OpenSSL's own clock: after a second."""
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=True, rtcp_mux=True)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        here, there = negotiated(near, far)
        secured: list[str] = []
        near.on_secured = secured.append
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
            nobody.bind((LOOPBACK, 0))
            client, server = (near, far) if role(here) == "client" else (far, near)
            sessions = {near: here, far: there}
            client.start(replace(sessions[client], remote=nobody.getsockname(), remote_rtcp=nobody.getsockname()))
            assert nobody.recv(2_000)[0] == 22
        server.start(sessions[server])
        client.start(sessions[client])
        await until(lambda: secured != [], "there are keys")


async def test_a_client_hello_before_the_answer_waits_for_it() -> None:
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=True, rtcp_mux=True)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        here, there = negotiated(near, far)
        assert role(there) == "client", "who answers begins (RFC 5763, section 5)"
        secured: list[str] = []
        near.on_secured = secured.append
        far.start(there)
        await asyncio.sleep(0.1)
        near.start(here)
        started = asyncio.get_running_loop().time()
        await until(lambda: secured != [], "there are keys")
        assert asyncio.get_running_loop().time() - started < 0.5, "nothing had to be said again"


async def test_addresses_that_do_not_work_end_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.legs.ice.DEADLINE_S", 0.3)
    policy = VoicePolicy(ice=True)
    with nothing_remains():
        async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
            failures: list[str] = []
            near.on_failed = failures.append
            here, _ = negotiated(near, far)
            near.start(here)
            far.close()
            async with Ticker(near, ALLISON):
                await until(lambda: failures != [], "the failure was told")
            assert near.figures is not None
            assert near.figures.received == 0
    assert failures == ["ICE: no pair of addresses worked within 0.3 s"]


async def test_a_lost_socket_comes_back_protected() -> None:
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=True, ice=True, rtcp_mux=True)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        meet(near, far)
        pair = near._ports
        assert pair is not None
        async with Ticker(near, ALLISON), Ticker(far, JUNE):
            await until(lambda: received(near) > 10, "voice came")
            lost = pair._bound
            os.close(lost[0].fileno())
            await until(lambda: pair._bound is not lost, "the port is open again")
            before = received(near), received(far)
            await until(lambda: received(near) > before[0] + 20, "voice comes in again")
            await until(lambda: received(far) > before[1] + 20, "and goes out")


async def test_junk_of_every_kind_does_not_hurt_a_protected_call() -> None:
    random_ = random.Random(7)
    policy = VoicePolicy(srtp=Srtp.MANDATORY, dtls=True, ice=True, rtcp_mux=True)
    async with RtpLeg(LOOPBACK, policy=policy) as near, RtpLeg(LOOPBACK, policy=policy) as far:
        failures: list[str] = []
        near.on_failed = failures.append
        meet(near, far)
        port = near.media().port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            async with Ticker(near) as here, Ticker(far, JUNE):
                for n in range(150):
                    first = bytes([(0, 20, 22, 23, 64, 128, 128, 200)[n % 8]])
                    for size in (0, 11, 60, 172, 1_600):
                        stranger.sendto(first + random_.randbytes(size), (LOOPBACK, port))
                    await asyncio.sleep(0.01)
    assert hears(here.heard, JUNE) > HEARD
    assert failures == []


def role(media: MediaSession) -> str:
    assert isinstance(media.security, DtlsSession)
    return media.security.role


def received(leg: RtpLeg) -> int:
    return 0 if leg.figures is None else leg.figures.received
