"""Rows of the warehouse: one model per stored table, and the pure mapping from events.

Definitions of published figures are not here: they are the views in ``schemas/warehouse/views``.
"""
