"""Importing: what a connector reads goes into the fact log, in batches, and everything is counted.

Knows connectors by their port only; what a source looks like is theirs to know.
"""
