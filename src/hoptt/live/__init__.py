"""The running meetings: one task and one inbox per meeting, the only owner of live state."""
