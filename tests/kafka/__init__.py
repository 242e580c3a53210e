"""A real Apache Kafka on this machine, for tests and for `make kafka`; and what only it can show."""
