"""What is kept: the event log, and the tables of rooms, meetings and invitations."""
