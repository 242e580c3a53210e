"""IO at the edge: codec, clock, config, logs, Kafka, the journal. Nothing here knows the domain."""
