"""What is told of a phone's voice."""

from gateway.beat import BeatFigures
from gateway.rtp.figures import PlayoutFigures, SessionFigures, WebRtcFigures
from gateway.station_figures import phone_figures
from softphone.audio.routing import Member


def test_every_leg_has_its_place_and_silence_is_a_number() -> None:
    far, handset = SessionFigures(PlayoutFigures()), WebRtcFigures(PlayoutFigures(), state="connected")
    levels = {Member.FAR: -20.04, Member.HANDSET: float("-inf")}
    figures = phone_figures(far, {Member.HANDSET: handset}, levels, BeatFigures(7), recording=True)
    assert (figures.legs.far, figures.legs.handset, figures.legs.earpiece) == (far, handset, None)
    assert figures.levels == {"far": -20.0, "handset": -127.0}
    assert (figures.bridge.ticks, figures.recording) == (7, True)
