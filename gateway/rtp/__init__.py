"""RTP without a socket: bytes and `now` in, bytes, events and 20 ms frames out.

`session.RtpSession` is one voice path of SIP; a browser has one format and its own books, so that its leg uses a
`relay.Relay` alone. A codec comes in from outside, through the Protocols of :mod:`gateway.rtp.codec`.

- Whom we listen to, and where we send: `route`, `latch`; in SRTP `path`, `protection`.
- What comes in, by payload type: `receiving`. A change of format: `handover`, and `relay`, the playout of one format.
- The place of a packet on the line of time: `placing`; `tempo` for senders that count wrongly, `surplus` for
  packets longer than usual; `shelf` holds it.
- How much delay: `arrival` says what the network asks for, `pace` what is wanted and when to act, `stretch` whether the
  voice allows it here, `timescale` does it. `playout` measures it (`Playout._keep_delay`).
- A gap: `course` says whether it is loss, lateness or a pause, `playout` what to do (`Playout._more`); `concealment`
  makes voice (with `continuation`, `prediction`, `pitch`), `background` the noise of a pause, and `lapse` takes a
  decoder over it.
- What goes out: `sending`, `packing`; pauses in `silence` and `activity`; `expected_loss` for codecs with redundancy.
- The books: `reception`, `losses`, `rtcp`, `reports`, `xr`, `metrics`, `emodel`, `passage`, `figures`.
"""
