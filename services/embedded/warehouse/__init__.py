"""The warehouse of the embedded home: ClickHouse's HTTP interface over one in-process ClickHouse engine.

From socket to engine: ``endpoint`` (HTTP) → ``request`` and ``statement`` (what is asked) → ``reader`` (what a reading
account may ask) → ``engine`` (chDB). ``python -m services.embedded.warehouse`` starts it; services reach it by HTTP only.
"""
