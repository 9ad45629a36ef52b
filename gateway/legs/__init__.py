"""Voice paths: asyncio shells that give the bridge 20 ms and take 20 ms, over RTP, WebRTC or files."""
