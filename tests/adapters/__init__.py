"""Adapters, each against its own promises."""
