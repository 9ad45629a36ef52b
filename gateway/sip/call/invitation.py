"""What an INVITE of ours says of itself, and what it leaves out once it was told to (:rfc:`3261#section-8.1.3.5`)."""

from collections.abc import Mapping

from sipmessage import Request, Response

from gateway.sip.call.invite_dialog import describe_body
from gateway.sip.call.reliable_provisional import OPTION as RELIABLE
from gateway.sip.call.session_timer import SessionTimer
from gateway.sip.capabilities import EXTENSIONS, introduce
from gateway.sip.settings import CallPolicy, Reliable
from gateway.sip.syntax.body import SDP
from gateway.sip.syntax.fields import entries, tokens

MOST_REPAIRS = 8
"""more than a path with a few proxies asks for; one that always finds something else is left alone"""


class Invitation:
    """Offer, extensions and session interval, the same in each INVITE of a call until somebody refuses one of them."""

    def __init__(self, policy: CallPolicy, offer: bytes, headers: Mapping[str, str]) -> None:
        self.offer = offer
        """empty: the called is to make it"""
        self._policy = policy
        self._headers = dict(headers)
        self._timer = SessionTimer(policy)
        self._unsupported: set[str] = set()
        """option tags that somebody on the way does not know"""
        self._repairs = 0

    def write(self, invite: Request) -> None:
        headers = invite.headers
        introduce(headers, self._policy)
        self._timer.ask(headers)
        if self._policy.reliable is Reliable.REQUIRED:
            headers.set("Require", RELIABLE)
        for name, value in self._headers.items():
            headers.set(name, ", ".join([*tokens(headers, name), value]) if name == "Require" else value)
        for name in ("Supported", "Require"):
            self._leave_out(invite, name)
        describe_body(invite, self.offer)

    def repair(self, response: Response) -> bool:
        """Leave out what a response says was not understood; False when it names nothing that we could do without."""
        self._repairs += 1
        if self._repairs > MOST_REPAIRS:
            return False
        match response.code:
            case 413 | 415:
                return self._without_offer(response)
            case 420:
                return self._without_extensions(response)
            case 422:
                return self._timer.too_small(response.headers)
            case _:
                return False

    def _without_offer(self, response: Response) -> bool:
        """Let the called offer, if it does not take a description from us, or not one of that length."""
        accepted = {entry.partition(";")[0].strip().lower() for entry in entries(response.headers.getlist("Accept"))}
        refused = response.code == 413 or (accepted and not accepted & {SDP, "application/*", "*/*"})
        if not self.offer or not refused:
            return False
        self.offer = b""
        return True

    def _without_extensions(self, response: Response) -> bool:
        named = {tag.lower() for tag in tokens(response.headers, "Unsupported")} & EXTENSIONS - self._unsupported
        required = {RELIABLE} if self._policy.reliable is Reliable.REQUIRED else set()
        required |= {tag.strip().lower() for tag in self._headers.get("Require", "").split(",") if tag.strip()}
        if not named or named & required:
            return False
        self._unsupported |= named
        return True

    def _leave_out(self, invite: Request, name: str) -> None:
        tags = tokens(invite.headers, name)
        left = [tag for tag in tags if tag.lower() not in self._unsupported]
        if tags:
            invite.headers.set(name, ", ".join(left))
            if not left:
                invite.headers.remove(name)
