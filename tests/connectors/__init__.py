"""Connectors and importing: synthetic files in, golden events out, and every way a file can be wrong."""
