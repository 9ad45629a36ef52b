"""Names of media lines and groups of them: ``a=mid``, ``a=group`` (:rfc:`5888`), BUNDLE (:rfc:`9143`)."""

from gateway.sdp.attribute import Attribute, values
from gateway.sdp.description import SessionDescription
from gateway.sdp.media_description import MediaDescription


def mid(media: MediaDescription) -> tuple[Attribute, ...]:
    """The name of a line is repeated in its answer and in every later description (:rfc:`5888#section-9`)."""
    name = media.first("mid")
    return (Attribute("mid", name),) if name else ()


def bundle(session: SessionDescription, taken: MediaDescription) -> tuple[Attribute, ...]:
    """Our line alone, when it is in a bundle: lines that are refused leave it (:rfc:`9143#section-7.3.3`)."""
    name = taken.first("mid")
    for group in values(session.attributes, "group"):
        semantics, *names = group.split() or [""]
        if semantics == "BUNDLE" and name in names:
            return (Attribute("group", f"BUNDLE {name}"),)
    return ()
