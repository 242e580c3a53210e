"""Recounts everything from the truth with a plain fold and holds the warehouse against it.

It reads only: the journal or Kafka on one side, the warehouse's views on the other.
"""
