"""What the far end of a dialog says it can do: Allow and Supported (:rfc:`3261#section-20.5`)."""

from sipmessage import Headers

from gateway.sip.syntax.fields import tokens


class Peer:
    """The latest word counts; nothing said means nothing new."""

    def __init__(self) -> None:
        self._methods: frozenset[str] = frozenset()
        self._extensions: frozenset[str] = frozenset()

    def read(self, headers: Headers) -> None:
        if methods := tokens(headers, "Allow"):
            self._methods = frozenset(method.upper() for method in methods)
        if headers.getlist("Supported"):
            self._extensions = frozenset(tag.lower() for tag in tokens(headers, "Supported"))
        self._extensions |= {tag.lower() for tag in tokens(headers, "Require")}

    def allows(self, method: str) -> bool:
        """Only what was said: a method that nobody named may not be known (:rfc:`3311#section-4`)."""
        return method in self._methods

    def supports(self, option: str) -> bool:
        return option in self._extensions

    def refuses(self, method: str) -> None:
        """It said 405 or 501 to it."""
        self._methods -= {method}
