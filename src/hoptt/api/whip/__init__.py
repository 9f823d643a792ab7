"""Encoders and players of others, participants as pages are: WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep)."""
