"""Health of a service that follows the log: exit 0 when it keeps up or moves, 1 when it stands still behind.

Usage: progress.py tracker|sink. Run inside the service's container by its health check; it reads, and changes nothing.
A service that only waits for new facts is healthy; one that has not moved since the last check, with work left, is not.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from schemas.topics import TOPICS
from services.adapters.config import ConfigError, Settings
from services.adapters.progress import GROUPS, Place, ProgressUnknownError, committed, kafka_ends, lag

SEEN = Path("/tmp/esep-progress.json")  # noqa: S108  # the container's own tmpfs


def main(service: str, seen: Path = SEEN) -> int:
    """Compare with the last check, and remember this one."""
    try:
        bootstrap = Settings.load().kafka_bootstrap
        if bootstrap is None:
            raise ConfigError("ESEP_KAFKA_BOOTSTRAP is not set")
        offsets = committed(bootstrap, GROUPS[service])
        consumed = [topic for topic in TOPICS.values() if service in topic.consumers]
        behind = sum(lag(service, kafka_ends(bootstrap, consumed, offsets), offsets).values())
    except (ConfigError, ProgressUnknownError) as error:
        sys.stderr.write(f"{service}: {error}\n")
        return 1
    return judge(service, behind, offsets, seen)


def judge(service: str, behind: int, offsets: Mapping[Place, int], seen: Path) -> int:
    """0 when nothing is left to read or something was read since the last check."""
    now = {f"{topic}/{partition}": offset for (topic, partition), offset in sorted(offsets.items())}
    before = json.loads(seen.read_text()) if seen.exists() else None
    seen.write_text(json.dumps(now))
    if behind and now == before:
        sys.stderr.write(f"{service}: {behind} records behind, and nothing read since the last check\n")
        return 1
    sys.stdout.write(f"{service}: {behind} records behind\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
