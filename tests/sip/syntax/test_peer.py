"""What a far end says it can do."""

from gateway.sip.syntax.peer import Peer
from tests.sip.messages import request


def test_the_latest_word_counts_and_silence_changes_nothing() -> None:
    peer = Peer()
    assert not peer.allows("UPDATE") and not peer.supports("timer")
    peer.read(request(more="Allow: INVITE, update\nAllow: BYE\nSupported: Timer, 100rel").headers)
    assert peer.allows("UPDATE") and peer.allows("BYE") and peer.supports("timer")
    peer.read(request().headers)
    assert peer.allows("UPDATE") and peer.supports("100rel")
    peer.read(request(more="Allow: INVITE\nSupported:").headers)
    assert not peer.allows("UPDATE") and not peer.supports("timer")


def test_what_it_requires_it_supports() -> None:
    peer = Peer()
    peer.read(request(more="Require: timer").headers)
    assert peer.supports("timer")


def test_what_it_refused_it_does_not_allow() -> None:
    peer = Peer()
    peer.read(request(more="Allow: UPDATE").headers)
    peer.refuses("UPDATE")
    assert not peer.allows("UPDATE")
