"""The real engine for the tests of this folder; a session of it is shared with nobody."""

from tests.sql.conftest import empty, server, warehouse

__all__ = ["empty", "server", "warehouse"]
