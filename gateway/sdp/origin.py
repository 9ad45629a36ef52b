"""Origin, ``o=``: who made this session, and which version of it this is (:rfc:`8866#section-5.2`)."""

from dataclasses import dataclass

from gateway.sdp.attribute import SdpError


@dataclass(frozen=True)
class Origin:
    """Names a session; only `version` changes while it lasts (:rfc:`3264#section-8`)."""

    session_id: str
    """digits"""
    version: str
    """digits; grows by one with each change"""
    host: str
    """address of its maker; it says nothing about where to send"""
    address_type: str = "IP4"
    username: str = "-"
    network_type: str = "IN"

    @classmethod
    def parse(cls, text: str) -> "Origin":
        fields = text.split()
        if len(fields) != 6:
            raise SdpError(f"SDP origin is not 'user id version network kind address': 'o={text[:60]}'")
        for field in fields[1:3]:
            if not (field.isascii() and field.isdigit()):
                raise SdpError(f"SDP origin has an id or version that is not digits: 'o={text[:60]}'")
        return cls(fields[1], fields[2], fields[5], fields[4], fields[0], fields[3])

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {self.network_type} {self.address_type} {self.host}"
