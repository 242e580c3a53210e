"""The sink's client of the broker, as it is made."""

import asyncio
from pathlib import Path

from services.sink.__main__ import _consumer
from services.sink.settings import SinkSettings


def test_nothing_is_committed_but_by_the_sink_itself(tmp_path: Path) -> None:
    settings = SinkSettings(data=tmp_path, kafka_bootstrap="127.0.0.1:1", clickhouse_url="http://127.0.0.1:1/esep")

    async def commits_by_itself() -> bool:
        consumer = _consumer(settings, settings.bootstrap)
        await consumer.stop()
        return bool(consumer._enable_auto_commit)

    assert asyncio.run(commits_by_itself()) is False
