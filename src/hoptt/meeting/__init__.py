"""The rules of a meeting: decide and evolve, without clock, loop or I/O."""
