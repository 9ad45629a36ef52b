"""What ``neoretro`` can be told to do: one module a command."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes that scripts rely on."""

    DONE = 0
    USAGE = 2
    """bad usage or configuration"""
    NOT_REGISTERED = 3
    REFUSED = 4
    """refused, busy or unreachable"""
    NO_ANSWER = 5
    """not answered in time"""


class CommandFault(Exception):
    """A command cannot go on: one sentence for the person, one code for the script."""

    def __init__(self, exit_code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
