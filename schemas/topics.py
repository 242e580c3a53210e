"""Every topic, declared once: name, key, partitions, families, who writes and who reads it.

This is the only place a topic is named; deployment, tracker, sink and AsyncAPI read it from here.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.events.registry import EventData, event_types

FACT_PARTITIONS = 4
STAGE_MARK = "~"
"""Parts an obligation from a later stage of the same matter, ``origin~rule``: both live in one partition."""
BUCKETS = 16
INNER_FAMILIES = frozenset({"clock", "duties", "rules"})
"""Families of the input topics that only Esep itself writes: no source may tick, open duties or release rules."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. ``broadcast`` families are written to every partition."""

    name: str
    purpose: str
    key: str
    partitions: int
    families: tuple[str, ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    retention_s: int | None = None
    compacted: bool = False
    broadcast: tuple[str, ...] = ()

    @property
    def retention(self) -> str:
        """How long a message is kept, in words."""
        return "forever" if self.retention_s is None else f"{self.retention_s} s"


FACTS = Topic(
    name="esep.facts",
    purpose="Every fact about every obligation, watermarks of sources, and ticks: the truth.",
    key="obligation id",
    partitions=FACT_PARTITIONS,
    families=(
        "inquiries",
        "appeals",
        "petitions",
        "acts",
        "reports",
        "duties",
        "disputes",
        "sources",
        "rules",
        "clock",
    ),
    producers=("gateway", "import", "relay", "simulator", "tracker"),
    consumers=("tracker", "sink"),
    broadcast=("sources", "rules", "clock"),
)
BUDGET = Topic(
    name="esep.budget",
    purpose="Budget statements and transactions, as the treasury published them: the truth about money.",
    key="budget line id; all lines of one budget (jurisdiction, level, region) share a partition",
    partitions=FACT_PARTITIONS,
    families=("budget",),
    producers=("gateway", "import", "relay", "simulator"),
    consumers=("tracker", "sink"),
)
OBLIGATIONS = Topic(
    name="esep.obligations",
    purpose="The latest snapshot of every obligation.",
    key="obligation id",
    partitions=FACT_PARTITIONS,
    families=("obligations",),
    producers=("tracker",),
    consumers=("sink",),
    compacted=True,
)
DEADLINES = Topic(
    name="esep.deadlines",
    purpose="What became of every deadline, including each claim and each withdrawal.",
    key="obligation id",
    partitions=FACT_PARTITIONS,
    families=("deadlines",),
    producers=("tracker",),
    consumers=("sink",),
)
FINDINGS = Topic(
    name="esep.findings",
    purpose="Faults found in sources and records.",
    key="what the finding is about",
    partitions=FACT_PARTITIONS,
    families=("findings",),
    producers=("tracker",),
    consumers=("sink",),
)
ALERTS = Topic(
    name="esep.alerts",
    purpose="Alerts raised, escalated and cleared.",
    key="alert id",
    partitions=FACT_PARTITIONS,
    families=("alerts",),
    producers=("tracker",),
    consumers=("sink", "notify"),
)
DELIVERIES = Topic(
    name="esep.deliveries",
    purpose="What was sent to whom: the publication record.",
    key="alert id",
    partitions=FACT_PARTITIONS,
    families=("deliveries",),
    producers=("notify", "relay"),
    consumers=("sink",),
)
DEAD_LETTERS = Topic(
    name="esep.dead-letters",
    purpose="Everything that was not understood, with its original bytes.",
    key="sha256 of the original",
    partitions=FACT_PARTITIONS,
    families=("deadletters",),
    producers=("gateway", "import", "tracker", "sink", "relay"),
    consumers=("sink",),
)
PROBES = Topic(
    name="esep.probes",
    purpose="What a service sends itself to see that messages still come out; no part of the record.",
    key="partition",
    partitions=FACT_PARTITIONS,
    families=("probes",),
    producers=("tracker", "sink"),
    consumers=("tracker", "sink"),
    retention_s=3600,
)

TOPICS: Mapping[str, Topic] = MappingProxyType(
    {t.name: t for t in (FACTS, BUDGET, OBLIGATIONS, DEADLINES, FINDINGS, ALERTS, DELIVERIES, DEAD_LETTERS, PROBES)}
)
_BY_FAMILY = {family: topic for topic in TOPICS.values() for family in topic.families}


def topic_of(data: type[EventData] | EventData) -> Topic:
    """The topic that carries this event's family.

    Raises: KeyError for a family no topic declares.
    """
    return _BY_FAMILY[data.family]


def partition_of(subject: str, partitions: int) -> int:
    """The partition of a subject: the same for every writer, in every language (CRC-32 of the UTF-8 before any ``~``)."""
    return zlib.crc32(subject.partition(STAGE_MARK)[0].encode()) % partitions


def bucket_of(subject: str) -> int:
    """The warehouse bucket of a subject, 0 <= bucket < ``BUCKETS``; it never changes."""
    return zlib.crc32(subject.encode()) % BUCKETS


def partitions_for(data: EventData, subject: str) -> range | tuple[int]:
    """Where an event goes: one partition by its subject, or all of them for a broadcast family."""
    topic = topic_of(data)
    if data.family in topic.broadcast:
        return range(topic.partitions)
    return (partition_of(data.place(subject), topic.partitions),)


def undeclared_families() -> set[str]:
    """Families with event types but without a topic; a test keeps this empty."""
    return {model.family for model in event_types().values()} - set(_BY_FAMILY)
