"""Họp thử: simulated bridge points with scripted incidents, so that a chair can practise (ui 9)."""
