"""The pure middle: facts become obligations, obligations get deadlines, deadlines become claims.

Imports ``schemas`` only: no IO, no clock, no randomness; the same input gives the same answer in ten years.
"""
