"""A small simulated world for tests of the whole home: its own clock, a source read continuously, one that is not.

Events go in through the gateway, as a real source would send them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from schemas.envelope import Event
from schemas.events.inquiries import InquiryAnsweredV1, InquiryFiledV1
from schemas.events.registry import EventData
from schemas.events.sources import SourceObservedV1
from services.adapters.clock import SimulatedClock, SystemClock
from services.adapters.codec import encode
from services.domain.deadlines import due_instant
from services.domain.identity import new_event

WORLD = "kz-watched"
TOKEN = "a-token-for-tests"
NAMED_ON = date(2026, 4, 15)
DUE_AT = due_instant(NAMED_ON, "Europe/London")
READ = f"/sources/watched/{WORLD}"
BEHIND = f"/sources/behind/{WORLD}"


@dataclass
class WatchedWorld:
    """The world of one home: its clock file and its gateway."""

    clock: SimulatedClock

    @classmethod
    def prepare(cls, data: Path, due_in: timedelta) -> "WatchedWorld":
        """Lay clock and token into a data folder, before its home starts; the due instant comes ``due_in`` from now."""
        data.mkdir(parents=True)
        now = SystemClock().now()
        clock = SimulatedClock(WORLD, now, DUE_AT - due_in, 1.0, SystemClock())
        clock.save(data / "simulation.json")
        grant = {"name": "watched", "sources": ["/sources"], "families": ["inquiries", "sources"], "simulation": WORLD}
        (data / "tokens.yaml").write_text(json.dumps({hashlib.sha256(TOKEN.encode()).hexdigest(): grant}))
        return cls(clock)

    def filed(self, number: int, source: str = READ) -> Event:
        """A named-day question that is due at ``DUE_AT``."""
        data = InquiryFiledV1(
            occurred_on=NAMED_ON - timedelta(days=5),
            kind="inquiry.written_question",
            jurisdiction="gb",
            rule="gb.wq.named_day",
            owed_by="gb.dept.900",
            owed_by_name="Department of Tests",
            named_on=NAMED_ON,
            title=f"A watched question, number {number}",
            reference=f"SIM-{number}",
        )
        return self._event(data, subject(number), source)

    def answered(self, number: int, on: date = NAMED_ON) -> Event:
        """An answer dated ``on``, whenever it arrives."""
        return self._event(InquiryAnsweredV1(occurred_on=on), subject(number), READ)

    def read_up_to_now(self) -> Event:
        """The watched source has been read up to this moment of its world."""
        now = self.clock.now()
        return self._event(SourceObservedV1(read_up_to=now, lag_s=0), READ, READ, version=now.isoformat())

    def _event(self, data: EventData, about: str, source: str, version: str = "1") -> Event:
        now = self.clock.now()
        return new_event(
            data,
            source=source,
            subject=about,
            time=now,
            observed_at=now,
            native_id=about,
            version=version,
            simulation=WORLD,
        )


def subject(number: int) -> str:
    """The obligation id of watched question ``number``."""
    return f"{WORLD}.question:{number}"


def post(url: str, *events: Event) -> None:
    """Hand events to the gateway; anything but acceptance is an error."""
    response = httpx.post(
        f"{url}/v1/events",
        content=b"\n".join(encode(event) for event in events),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-ndjson"},
        timeout=10,
    )
    if response.status_code != 202 or response.json()["rejected"]:
        raise AssertionError(f"{response.status_code} {response.text}")


def seconds_late(clock: SimulatedClock) -> float:
    """How long ago the due instant was, in the world's own seconds."""
    return (clock.now() - DUE_AT).total_seconds()


def as_utc(text: str) -> datetime:
    """An instant as the warehouse prints it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
