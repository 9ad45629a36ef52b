"""What an actor's neighbours heard: an address that writes down, and a place for snapshots."""

from typing import Generic, TypeVar

M = TypeVar("M")


class Heard(Generic[M]):
    """An address that remembers."""

    def __init__(self) -> None:
        self.messages: list[M] = []

    def tell(self, message: M) -> None:
        self.messages.append(message)
