"""The web side: the page, its headers, the REST door, and the upgrade to a WebSocket."""
