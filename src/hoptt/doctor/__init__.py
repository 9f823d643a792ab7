"""Is this machine ready for meetings, and if not, what is to be done? `hoptt doctor` changes nothing."""
