"""The device: a phone that knows no SIP, no WebRTC, no HTTP and no socket."""
