"""What calls have in common."""

from gateway.sip.events import Ended, Progress
from tests.sip.scripted import Scripted, response


def test_the_end_is_told_once_and_nothing_after_it() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180))
    far.says(response(invite, 480, more="Reason: Q.850;cause=31\nRetry-After: 60 (lunch);duration=5"))
    far.says(response(invite, 180))
    far.says(response(invite, 486))
    assert far.events() == [
        Progress(call, 180, "Ringing", None),
        Ended(call, True, 480, "Temporarily Unavailable", 31, 60),
    ]
