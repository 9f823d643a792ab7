"""Synthetic participants: company for a newcomer, and something to see and hear for tests."""
