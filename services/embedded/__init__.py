"""The embedded home: broker, warehouse, relay and the supervisor that runs them and the services."""
