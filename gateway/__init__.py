"""The wires: what carries the phone over SIP, RTP, WebRTC and HTTP."""
