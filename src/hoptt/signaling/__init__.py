"""The WebSocket door: messages in, events out."""
