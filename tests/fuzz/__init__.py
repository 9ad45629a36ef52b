"""Bytes that nobody would send, for every reader: ``make fuzz`` looks for new ones, every test run replays the old."""
