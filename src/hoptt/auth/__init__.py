"""Who somebody is: keys, tokens, passwords, and the slowing of those who guess."""
