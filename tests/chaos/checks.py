"""What is checked after every fault, each check a pure comparison of what must be with what the warehouse says.

Reading the warehouse is here too; what must be comes from ``oracle``. When to look is the campaign's business.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.adapters.clickhouse import Warehouse, connect
from tests.chaos.oracle import HISTORY, FinalState, LogFold
from tests.chaos.stacks import Stack, esep

SHOWN: Final = 5

LOST: Final = "lost"
DOUBLED: Final = "doubled"
WRONG: Final = "wrong"
FALSE_CLAIM: Final = "false claim"
KINDS: Final = (LOST, DOUBLED, WRONG, FALSE_CLAIM)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be."""

    kind: str
    what: str

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.kind}: {self.what}"


@dataclass(slots=True)
class Findings:
    """What was checked, how much of it, and everything that was not as it must be."""

    checked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def take(self, check: str, count: int, faults: Iterable[Fault]) -> None:
        """Note a check over ``count`` things and what it found."""
        self.checked[check] += count
        self.faults.extend(faults)

    def add(self, other: "Findings") -> None:
        """Take over what another round of checks found."""
        self.checked.update(other.checked)
        self.faults.extend(other.faults)

    def count(self, kind: str) -> int:
        """How many faults of one kind."""
        return sum(1 for fault in self.faults if fault.kind == kind)

    def __str__(self) -> str:
        """The first faults, one a line."""
        shown = "\n".join(map(str, self.faults[:SHOWN]))
        return f"{shown}\n… {len(self.faults)} in all" if len(self.faults) > SHOWN else shown


def once_each(view: str, expected: Collection[str], found: Iterable[str]) -> Iterator[Fault]:
    """Every expected id stands in a view once, and nothing else does."""
    times = Counter(found)
    for missing in sorted(set(expected) - times.keys()):
        yield Fault(LOST, f"{view}: {missing} was accepted and is not there")
    for extra in sorted(times.keys() - set(expected)):
        yield Fault(WRONG, f"{view}: {extra} is there, and nothing in the log leads to it")
    for each, count in sorted(times.items()):
        if count > 1:
            yield Fault(DOUBLED, f"{view}: {each} is there {count} times")


def acknowledged_is_logged(acknowledged: Collection[str], logged: Collection[str]) -> Iterator[Fault]:
    """Whatever a writer was told is accepted lies in the log."""
    for missing in sorted(set(acknowledged) - set(logged)):
        yield Fault(LOST, f"log: {missing} was acknowledged and is not there")


def raised_once(expected: Collection[str], raised: Mapping[str, int]) -> Iterator[Fault]:
    """Every alert that the log leads to was raised, once; any other accuses somebody falsely."""
    for missing in sorted(set(expected) - raised.keys()):
        yield Fault(LOST, f"alert {missing} was never raised")
    for extra in sorted(raised.keys() - set(expected)):
        yield Fault(FALSE_CLAIM, f"alert {extra} was raised, and nothing in the log leads to it")
    for each, times in sorted(raised.items()):
        if times > 1:
            yield Fault(DOUBLED, f"alert {each} was raised {times} times")


def never_refuted_before(fold: LogFold) -> Iterator[Fault]:
    """No claim was raised that a fact refutes which had been accepted before it."""
    for each in fold.refuted:
        if each.was_false:
            where = f"record {each.fact_index} of partition {each.claim.partition}"
            yield Fault(
                FALSE_CLAIM,
                f"claim {each.claim.event_id} at record {each.claim.index} is refuted by {each.fact} at {where}",
            )


def no_claim_of_its_own(expected: Collection[str], missed: Iterable[str]) -> Iterator[Fault]:
    """Every ``missed`` in the warehouse follows from the log in its order: none came from a clock that ran ahead of facts."""
    for extra in sorted(set(missed) - set(expected)):
        yield Fault(FALSE_CLAIM, f"claim {extra} was raised, and nothing in the log leads to it")


def sent_once(deliveries: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """No alert event went to the same channel twice with success."""
    for (event, channel), times in Counter(deliveries).items():
        if times > 1:
            yield Fault(DOUBLED, f"alert event {event} was sent to {channel} {times} times")


def same_versions(expected: Mapping[str, int], found: Mapping[str, int]) -> Iterator[Fault]:
    """The latest snapshot of every obligation stands in the warehouse, and no other obligation."""
    yield from same_columns(
        "obligations",
        {key: {"version": version} for key, version in expected.items()},
        {key: {"version": version} for key, version in found.items()},
    )


def same_columns(
    view: str, expected: Mapping[str, Mapping[str, object]], found: Mapping[str, Mapping[str, object]]
) -> Iterator[Fault]:
    """Every row is there and says in every column what it must."""
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            yield Fault(LOST, f"{view}: {key} is not there")
        elif key not in expected:
            yield Fault(WRONG, f"{view}: {key} is there, and nothing leads to it")
        else:
            for column, value in expected[key].items():
                if found[key].get(column) != value:
                    yield Fault(WRONG, f"{view}: {key}: {column} is {found[key].get(column)!r}, not {value!r}")


@dataclass(slots=True)
class Seen:
    """What the warehouse says, read once: ids as text."""

    events: list[str]
    history: dict[str, list[str]]
    missed: list[str]
    raised: dict[str, int]
    versions: dict[str, int]
    deliveries: list[tuple[str, str]]


def look(url: str) -> Seen:
    """Read from the views what the checks need.

    Raises: WarehouseError.
    """
    with closing(connect(url)) as warehouse:
        raised = warehouse.rows(
            "SELECT alert_id, count() AS n FROM alert_events WHERE state = 'raised' GROUP BY alert_id"
        )
        sent = warehouse.rows("SELECT alert_event_id, channel FROM deliveries WHERE state = 'sent'")
        versions = warehouse.rows("SELECT obligation_id, version FROM obligations_rows FINAL")
        return Seen(
            events=_ids(warehouse, "events"),
            history={view: _ids(warehouse, view) for view in HISTORY},
            missed=_ids(warehouse, "deadline_events", "type = 'missed'"),
            raised={str(row["alert_id"]): int(row["n"]) for row in raised},
            versions={row["obligation_id"]: row["version"] for row in versions},
            deliveries=[(str(row["alert_event_id"]), row["channel"]) for row in sent],
        )


def counts(url: str) -> dict[str, int]:
    """How many rows the views have that grow with the log; cheap enough to be asked again and again.

    Raises: WarehouseError.
    """
    views = ("events", *HISTORY)
    with closing(connect(url)) as warehouse:
        asked = ", ".join(f"(SELECT count() FROM {view}) AS {view}" for view in views)
        (row,) = warehouse.rows(f"SELECT {asked}, (SELECT sum(version) FROM obligations_rows FINAL) AS versions")
    return {name: int(value or 0) for name, value in row.items()}


def counts_of(fold: LogFold) -> dict[str, int]:
    """What ``counts`` must say."""
    history = {view: len(ids) for view, ids in fold.history.items()}
    # Snapshot versions are of 64 bits, and so is their sum.
    return {"events": len(fold.accepted), **history, "versions": sum(fold.versions.values()) % 2**64}


def check(fold: LogFold, acknowledged: Collection[str], seen: Seen) -> Findings:
    """Hold everything read from the warehouse against the fold of the log."""
    found = Findings()
    found.take("acknowledged facts", len(acknowledged), acknowledged_is_logged(acknowledged, fold.accepted))
    found.take("events", len(fold.accepted), once_each("events", fold.accepted, seen.events))
    for view, ids in fold.history.items():
        found.take(view, len(ids), once_each(view, ids, seen.history[view]))
    found.take("alerts raised", len(fold.raised), raised_once(fold.raised, seen.raised))
    found.take("claims", len(seen.missed), no_claim_of_its_own(fold.history["deadline_events"], seen.missed))
    found.take("claims taken back", len(fold.refuted), never_refuted_before(fold))
    found.take("snapshots", len(fold.versions), same_versions(fold.versions, seen.versions))
    found.take("deliveries", len(seen.deliveries), sent_once(seen.deliveries))
    return found


def check_final(expected: FinalState, url: str) -> Findings:
    """Hold every obligation and statement of the warehouse against the fold of the inputs.

    Raises: WarehouseError.
    """
    found = Findings()
    with closing(connect(url)) as warehouse:
        obligations = _rows(warehouse, "obligations", ("obligation_id",))
        statements = _rows(warehouse, "budget_statements", ("line_id", "period_end"))
    for view, must, says in (
        ("obligations", expected.obligations, obligations),
        ("budget_statements", expected.statements, statements),
    ):
        shown = next(iter(says.values()), {}).keys()
        # What is stored and not shown is no reader's business; that every view shows every column has its own test.
        plain = {key: _plain({name: columns[name] for name in columns.keys() & shown}) for key, columns in must.items()}
        found.take(f"{view} at the end", len(plain), same_columns(view, plain, says))
    return found


def verify(stack: Stack) -> Findings:
    """What ``esep verify`` says."""
    done = esep(stack, "verify", "--json")
    found = Findings()
    try:
        report = json.loads(done.stdout)
    except ValueError:
        found.take(
            "verify", 1, [Fault(WRONG, f"esep verify: {done.returncode}: {(done.stderr or done.stdout)[-500:]}")]
        )
        return found
    differences = [Fault(WRONG, f"esep verify: {each}") for each in report["differences"]]
    if not report["holds"] and not differences:
        differences = [Fault(WRONG, "esep verify does not hold and names nothing")]
    found.take("verify", 1, differences)
    return found


def _ids(warehouse: Warehouse, view: str, where: str = "1") -> list[str]:
    pieces = warehouse.stream(f"SELECT event_id FROM {view} WHERE {where}", "TabSeparated")
    return b"".join(pieces).decode().split()


def _rows(warehouse: Warehouse, view: str, key: tuple[str, ...]) -> dict[str, dict[str, object]]:
    return {" ".join(str(row[name]) for name in key): _plain(row) for row in warehouse.rows(f"SELECT * FROM {view}")}


def _plain(row: Mapping[str, Any]) -> dict[str, object]:
    """Values as the warehouse keeps them: ids as text, instants to the millisecond."""
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value
