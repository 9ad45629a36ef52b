"""A sentence for the log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """For the log: something went another way than a person or the line wanted."""

    sentence: str
    fault: bool = False
    """ours, or the line's; else a person's, or a rule's"""
    warns: bool = False
    """whoever runs the phone is to see it, though nothing is broken"""
