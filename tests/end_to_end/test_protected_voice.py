"""Two legs that talk as offer and answer came to: SRTP by SDES and DTLS, ICE, one port or two, on real sockets."""

import asyncio
import itertools
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


def meet(near: RtpLeg, far: RtpLeg, codecs: tuple[str, ...] = ("PCMU",)) -> tuple[MediaSession, MediaSession]:
    """Offer of the one, answer of the other, and both start."""
    offerer, answerer = Negotiation(near.media(codecs), 1), Negotiation(far.media(codecs), 2)
    answer = answerer.answer(offerer.offer())
    assert answerer.agreed is not None
    far.start(answerer.agreed)
    agreed = offerer.answered(answer)
    near.start(agreed)
    return agreed, answerer.agreed


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
