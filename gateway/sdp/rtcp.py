"""Where reports go and which: ``a=rtcp`` (:rfc:`3605`), ``a=rtcp-mux`` (:rfc:`5761`, :rfc:`8858`), ``a=rtcp-xr``
(:rfc:`3611#section-5`), ``b=RS`` and ``b=RR`` (:rfc:`3556`)."""

from gateway.host import read_address
from gateway.sdp.attribute import Attribute, is_number
from gateway.sdp.connection import address_type
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import LocalMedia
from gateway.sdp.media_description import MediaDescription


def rtcp_address(media: MediaDescription, host: str) -> tuple[str, int]:
    """The port above RTP's, unless ``a=rtcp`` says another (:rfc:`3605#section-2.1`).

    Its address counts when it is of the kind of `host`, RTP's: our socket sends to no other. Browsers say
    ``9 IN IP4 0.0.0.0``, which is nowhere, and counts as nothing said.
    """
    port, *address = (media.first("rtcp") or "").split() or [""]
    said = read_address(address[2]) if len(address) == 3 else None
    nowhere = said is not None and said.is_unspecified
    if nowhere or not (is_number(port, 5) and 0 < int(port) < 65536):
        return host, min(media.port + 1, 65535)
    if said is None or said.is_multicast or address_type(host) != f"IP{said.version}":
        return host, int(port)
    return address[2], int(port)


def wants_mux(media: MediaDescription) -> bool:
    """Whether RTCP may come on the port of RTP."""
    return media.first("rtcp-mux") is not None or insists_on_mux(media)


def insists_on_mux(media: MediaDescription) -> bool:
    """Whether there is no port for RTCP but that of RTP (:rfc:`8858#section-3`)."""
    return media.first("rtcp-mux-only") is not None


def takes_voip_metrics(theirs: SessionDescription, media: MediaDescription) -> bool:
    """A format may have a value, ``voip-metrics`` has none; an empty ``rtcp-xr`` takes nothing."""
    return any("voip-metrics" in line.split() for line in theirs.values_of(media, "rtcp-xr"))


def takes_reports(theirs: SessionDescription, media: MediaDescription) -> bool:
    """No bandwidth for senders and none for receivers means: no RTCP (:rfc:`3556#section-2`)."""
    said = dict(line.replace(" ", "").partition(":")[::2] for line in (*theirs.bandwidths, *media.bandwidths))
    return not (said.get("RS") == "0" and said.get("RR") == "0")


def rtcp_attributes(local: LocalMedia, *, mux: bool) -> tuple[Attribute, ...]:
    """Those of our media line. VoIP metrics are asked for by each end on its own (:rfc:`3611#section-5.2`)."""
    return (
        *((Attribute("rtcp-mux"),) if mux else ()),
        *((Attribute("rtcp-xr", "voip-metrics"),) if local.xr else ()),
    )
