"""Alert delivery: reads ``esep.alerts``, tells the configured channels, and records every delivery.

At least once: a receiver may get the same CloudEvent again after a crash, always with the same id.
"""
