"""What a process inherits and what it invents: environment variables for children, and fresh names.

The only place besides ``config`` that touches the environment, and the only one that uses chance.
"""

import os
import secrets
from collections.abc import Mapping


def child_environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with ``more`` on top, in UTC, for a child process."""
    return os.environ | {"TZ": "UTC", "PYTHONUNBUFFERED": "1"} | dict(more)


def new_incarnation() -> str:
    """A name no broker start had before: it separates logs that begin again at offset 0."""
    return secrets.token_hex(8)


def new_password() -> str:
    """A password for a server on this machine, 32 hexadecimal digits."""
    return secrets.token_hex(16)


def is_running(pid: int) -> bool:
    """Whether a process of this id exists on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
