"""What every test gets: the markers for programs Python cannot install, property tests without deadlines, and brokers.

Fixtures of one part of the project belong to the conftest.py of that part's folder.
"""

import os

import pytest
from hypothesis import settings

from tests.kafka.fixtures import apache_jars, apache_kafka, broker, clients_collected, embedded, session_kafka
from tests.programs import NEEDED_BY_MARKER, require

__all__ = ["apache_jars", "apache_kafka", "broker", "clients_collected", "embedded", "session_kafka"]

# No deadline: slow is not wrong. In CI the same examples every time, so that a red run can be repeated.
settings.register_profile("home", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "home")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a marked test at home, and fails it in CI, when its program is missing."""
    for marker, program in NEEDED_BY_MARKER.items():
        if item.get_closest_marker(marker) is not None:
            require(program)
