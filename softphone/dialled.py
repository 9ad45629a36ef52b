"""What a person dialled so far: whether it is a number yet, whether it may be called, what is sent."""

from softphone.call_table import Input
from softphone.digit_map import MAX_DIGITS
from softphone.market import Market
from softphone.messages import DialKind
from softphone.numbering import NumberError, Numbering, Reading, Verdict, as_dialled, is_uri
from softphone.remark import Remark
from softphone.settings import PhoneSettings


class Dialled:
    """Digits, one after the other, or a whole number at once."""

    def __init__(self, market: Market, settings: PhoneSettings) -> None:
        """Raises :exc:`~softphone.digit_map.DigitMapError` for an extension that is no rule."""
        self._market = market
        self._settings = settings
        self._numbering = Numbering(market, settings.extensions)
        self._reading = Reading(Verdict.PARTIAL, "")
        self._rotary = False
        self.digits = ""
        """so far, as they were dialled; of a whole number what is sent"""
        self.remarks: list[Remark] = []
        """what is to be said of it; for the owner to take"""

    @property
    def number(self) -> str:
        """What to send."""
        return self._reading.number

    @property
    def wait_s(self) -> float:
        """How long to wait for the next digit."""
        timers = self._market.timers
        if not self.digits:
            return timers.first_digit_s
        wait = timers.partial_s if self._reading.verdict is Verdict.PARTIAL else timers.critical_s
        return wait + (timers.rotary_extra_s if self._rotary else 0)

    def forget(self) -> None:
        self.digits, self._reading = "", Reading(Verdict.PARTIAL, "")

    def digit(self, digit: str, kind: DialKind) -> Input | None:
        """One more. None: more than any number has."""
        digits = self.digits + digit
        if len(digits) > MAX_DIGITS:
            return None
        self.digits, self._rotary = digits, kind is DialKind.ROTARY
        self._reading = self._numbering.read(digits)
        match self._reading.verdict:
            case Verdict.EMERGENCY:
                return self._emergency(Input.NUMBER)
            case Verdict.COMPLETE:
                return self.checked(Input.NUMBER)
            case Verdict.UNLISTED if self._settings.unlisted_numbers == "refuse":
                self._remark(f"{digits}: no number of {self._market.name} begins like this; nothing was sent")
                return Input.NO_NUMBER
            case Verdict.UNLISTED | Verdict.PARTIAL | Verdict.CRITICAL:
                return Input.DIGIT

    def whole(self, text: str, number: Input = Input.NUMBER) -> Input:
        """A whole number at once; ``number`` is what happens when it is one that may be called."""
        try:
            dialled = as_dialled(text, self._market)
        except NumberError as error:
            self._remark(str(error))
            return Input.NO_NUMBER
        self.digits = dialled if is_uri(dialled) else self._numbering.read(dialled).number
        self._reading = Reading(Verdict.COMPLETE, self.digits)
        return self.checked(number)

    def checked(self, number: Input) -> Input:
        """The last look at what is about to be sent: no extension and no foreign plan is a way around the rule."""
        return self._emergency(number) if self._numbering.is_emergency(self._reading.number) else number

    def may_follow(self, number: str) -> bool:
        """Whether a far end may send us there: for help a person calls, nobody else makes this phone do it."""
        if not self._numbering.is_emergency(number):
            return True
        self._remark(f"the far end wants us to call {number}, an emergency number: refused; nothing was sent", True)
        return False

    def _emergency(self, number: Input) -> Input:
        dialled = self._reading.number
        if self._settings.allow_emergency_calls:
            self._remark(f"emergency call to {dialled}", warns=True)
            return number
        self._remark(
            f"emergency number {dialled} refused: allow_emergency_calls is not set; nothing was sent", warns=True
        )
        return Input.EMERGENCY

    def _remark(self, sentence: str, warns: bool = False) -> None:
        self.remarks.append(Remark(sentence, warns=warns))
