"""What an owner may set, and what holds when nobody did."""

from softphone.messages import DialKind
from softphone.proximity import Thresholds
from softphone.settings import PhoneSettings


def test_nobody_s_phone_calls_for_help_unless_somebody_decided_so() -> None:
    assert PhoneSettings().allow_emergency_calls is False


def test_by_default_it_is_the_real_phone_between_two_browsers() -> None:
    settings = PhoneSettings()
    assert (settings.room, settings.dial, settings.language) == ("apart", DialKind.TOUCH, "")
    assert settings.proximity == Thresholds(near_cm=4, near_s=0.1, far_cm=8, far_s=0.25)


def test_by_default_a_private_exchange_can_be_called() -> None:
    assert (PhoneSettings().extensions, PhoneSettings().unlisted_numbers) == ((), "send")
