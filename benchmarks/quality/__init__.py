"""What lines carry, in real time: browsers on a line that changes, with hoptt and without a server between them."""
