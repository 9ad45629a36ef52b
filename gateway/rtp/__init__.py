"""RTP without a socket: bytes and `now` in, bytes, events and 20 ms frames out.

`session.RtpSession` is one voice path of SIP; `playout.Playout` is its receiving half, which WebRTC legs use
alone. A codec comes in from outside, through the Protocols of :mod:`gateway.rtp.codec`.
"""
