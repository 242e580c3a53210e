"""The sink: from every topic into the warehouse, inserting before it commits.

It knows batches and offsets, not meaning; what becomes of an event is decided in ``schemas.rows.mapping``.
"""
