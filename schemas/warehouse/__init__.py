"""The warehouse as SQL: ``migrations`` make the stored tables (forward only), ``views`` define every published figure.

Run by ``services.adapters.clickhouse.migrate``; nothing here is executed on import.
"""
