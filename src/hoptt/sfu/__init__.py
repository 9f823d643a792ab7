"""The media engine seen from Python: its frames, its process, its SDP."""
