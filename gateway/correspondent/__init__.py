"""The correspondent: somebody to call, by an implementation that nobody here wrote.

pyVoIP 1.6.8 in a process of its own (``python -m gateway.correspondent``): it is GPL-3, runs on threads, and does what
it likes with both. Nothing of it is imported elsewhere: :mod:`~gateway.correspondent.phone` is loaded by that process
only, :mod:`~gateway.correspondent.process` starts, watches and stops it.
"""
