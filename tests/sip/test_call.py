import random

from sipmessage import Headers

from gateway.sip.call import Call
from gateway.sip.core import Core
from gateway.sip.events import Ended, Progress
from gateway.sip.settings import AgentSettings
from tests.sip.messages import SENT_BY


def test_the_end_is_told_once_and_nothing_after_it() -> None:
    core = Core(AgentSettings(SENT_BY), random.Random(1))
    call = Call(core, "c")
    headers = Headers()
    headers.set("Reason", "Q.850;cause=31")
    call.tell(Progress("c", 180, "Ringing", None))
    call.end(480, "gone", by_far=True, headers=headers)
    call.end(200, "again", by_far=False)
    call.tell(Progress("c", 180, "Ringing", None))
    assert list(core.events) == [Progress("c", 180, "Ringing", None), Ended("c", True, 480, "gone", 31)]
