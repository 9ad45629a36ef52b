"""The real peers: each starts on free ports of 127.0.0.1, is waited for, and is stopped by its pid."""
