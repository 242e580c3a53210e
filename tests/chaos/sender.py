"""A steady sender: made-up inquiries to the gateway over HTTP, repeated until they are answered with success.

What it sends follows from the number of its round alone; whatever was answered 2xx counts as accepted.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Final

import httpx

from schemas.envelope import Event
from schemas.events.inquiries import InquiryAnsweredV1, InquiryFiledV1
from schemas.events.registry import EventData
from schemas.events.sources import SourceObservedV1
from services.adapters.codec import decode, encode
from services.domain.identity import new_event
from tests.chaos.stacks import SENDER_SOURCE, TOKEN

FILED: Final = timedelta(days=-8)
IN_TIME: Final = timedelta(days=-4)
NAMED: Final = timedelta(days=-3)
LATE: Final = timedelta(days=-2)
READ_UP_TO: Final = timedelta(days=-1)
"""All within the hours in which an alert is still sent, and not only recorded."""

INQUIRIES: Final = 8
ANSWER_S: Final = 20.0
AGAIN_S: Final = 0.2
MEDIA_TYPE: Final = "application/cloudevents-batch+json"


def round_of(number: int, today: date) -> list[list[Event]]:
    """The requests of one round, in their order, about days before ``today``.

    Filed, answered, the source read, and what became known too late: of eight inquiries three are answered in time and one
    late, one is answered in time and seen only after its claim, which is rightly taken back, and three never are.
    """
    source = f"{SENDER_SOURCE}/{number}"
    subjects = [f"gb.wq:made-up-{number}-{each}" for each in range(INQUIRIES)]

    def event(data: EventData, about: str, day: date) -> Event:
        at = datetime.combine(day, datetime.min.time(), UTC)
        return new_event(
            data,
            source=source,
            subject=about,
            time=at,
            observed_at=at + timedelta(hours=6),
            native_id=f"{about}/{day}/{data.type}",
            version="1",
        )

    def answered(about: str, day: date) -> Event:
        return event(InquiryAnsweredV1(occurred_on=day), about, day)

    filed = [event(_filed(about, today), about, today + FILED) for about in subjects]
    in_time = [answered(about, today + IN_TIME) for about in subjects[:4]]
    late = answered(subjects[4], today + LATE)
    read_up_to = datetime.combine(today + READ_UP_TO, datetime.min.time(), UTC)
    observed = event(SourceObservedV1(read_up_to=read_up_to, lag_s=0), source, today + READ_UP_TO)
    return [filed[:5], [*filed[5:], *in_time[:3]], [late, observed], in_time[3:]]


def _filed(about: str, today: date) -> InquiryFiledV1:
    return InquiryFiledV1(
        occurred_on=today + FILED,
        kind="inquiry.written_question",
        jurisdiction="gb",
        rule="gb.wq.named_day",
        owed_by="gb.dept.1",
        owed_by_name="Department One",
        named_on=today + NAMED,
        title="A made-up question",
        reference=about,
    )


class Sender:
    """Posts round after round in a thread; a request is repeated until the gateway answers 2xx."""

    def __init__(self, gateway: str, folder: Path, today: date, pause_s: float) -> None:
        """Go on behind what earlier senders of this folder were answered; paused until ``go``."""
        self._today = today
        self._gateway = gateway
        self._path = folder / "accepted.ndjson"
        self._pause_s = pause_s
        self._running = Flag()
        self._closed = Flag()
        self._busy = Lock()
        self.retries = 0
        self._requests = self._from(sum(1 for _ in self._accepted_requests()))
        self._thread = Thread(target=self._send_on, name="sender", daemon=True)
        self._thread.start()

    def go(self) -> None:
        """Send from now on."""
        self._running.set()

    def pause(self, timeout_s: float = 120.0) -> None:
        """Send no further request; return when the one under way was answered.

        Raises: AssertionError when the gateway does not take it in time.
        """
        self._running.clear()
        if not self._busy.acquire(timeout=timeout_s):
            raise AssertionError(f"the gateway answered no request with success for {timeout_s:.0f} s")
        self._busy.release()

    def close(self) -> None:
        """Send nothing more."""
        self._closed.set()
        self._running.set()
        self._thread.join(ANSWER_S)

    def accepted(self) -> list[Event]:
        """Every event that was answered with success, in the order sent."""
        return [event for request in self._accepted_requests() for event in request]

    def _accepted_requests(self) -> Iterator[list[Event]]:
        if self._path.exists():
            for line in self._path.read_bytes().split(b"\n")[:-1]:
                yield [decode(part) for part in line.split(b"\t")]

    def _from(self, requests: int) -> Iterator[list[Event]]:
        number, skipped = divmod(requests, len(round_of(0, self._today)))
        yield from round_of(number, self._today)[skipped:]
        while True:
            number += 1
            yield from round_of(number, self._today)

    def _send_on(self) -> None:
        with httpx.Client(timeout=ANSWER_S, headers={"authorization": f"Bearer {TOKEN}"}) as client:
            while True:
                self._running.wait()
                if self._closed.is_set():
                    return
                with self._busy:
                    self._deliver(client, next(self._requests))
                time.sleep(self._pause_s)

    def _deliver(self, client: httpx.Client, events: Sequence[Event]) -> None:
        values = [encode(event) for event in events]
        while not self._took(client, b"[" + b",".join(values) + b"]"):
            if self._closed.is_set():
                return
            self.retries += 1
            time.sleep(AGAIN_S)
        with self._path.open("ab") as file:
            file.write(b"\t".join(values) + b"\n")

    def _took(self, client: httpx.Client, body: bytes) -> bool:
        try:
            answer = client.post(f"{self._gateway}/v1/events", content=body, headers={"content-type": MEDIA_TYPE})
        except httpx.HTTPError:
            return False
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
            raise AssertionError(f"the gateway refuses what is right: {answer.status_code} {answer.text}")
        return answer.is_success
