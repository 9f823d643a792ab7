"""The floor (R17): a queue of speaking requests, turns with a time, one file for each rule.

The right to speak comes with the start of a turn, which is the participant's own press, and goes with its end.
"""
