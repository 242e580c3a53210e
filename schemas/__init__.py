"""Contracts of Esep: events, topics, warehouse rows, rules as data.

Only the standard library and pydantic are imported here. No IO and no clock.
"""
