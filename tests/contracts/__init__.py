"""The contracts: every example is read, every generated schema is current."""
