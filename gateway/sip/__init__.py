"""SIP without I/O: bytes and ``now`` in, bytes and events out (:rfc:`3261`)."""
