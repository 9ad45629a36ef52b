"""Who begins the DTLS handshake: ``a=setup`` (:rfc:`4145#section-4`, :rfc:`8842#section-5`)."""

from gateway.sdp.attribute import SdpError

ANSWERS = {"active": "passive", "passive": "active"}
"""what an answer says to what an offer says, where there is no choice"""

ROLES = {"active": "client", "passive": "server"}
"""in the handshake, of the end that says it"""


def answer_setup(offered: str | None, role: str = "") -> str:
    """What our answer says. With the choice (``actpass``) we begin (:rfc:`5763#section-5`), unless the association
    stays as it is and with it our `role` (:rfc:`8842#section-5.5`).

    :raises SdpError: for ``holdconn`` and what is no value of it
    """
    offered = (offered or "active").lower()  # the default of RFC 4145, section 4.1
    if offered == "actpass":
        return "passive" if role == "server" else "active"
    if offered not in ANSWERS:
        raise SdpError(f"SDP setup is not actpass, active or passive: {offered[:20]!r}")
    return ANSWERS[offered]


def read_setup(answered: str | None, offered: str) -> str:
    """Our role, from what an answer says. :raises SdpError: for what answers nothing we offered"""
    answered = (answered or ("active" if offered == "passive" else "passive")).lower()
    if answered not in ANSWERS or offered == answered:
        raise SdpError(f"SDP setup {answered[:20]!r} is no answer to {offered!r}")
    return ROLES[ANSWERS[answered]]
