"""Builds every object of the control plane and closes them in reverse order."""
