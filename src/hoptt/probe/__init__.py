"""A line tried from outside, as a browser would use it, without a browser: `hoptt probe`."""
