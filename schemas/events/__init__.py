"""One module per event family; importing this package registers every event type.

Readers look types up in ``schemas.events.registry``; nothing here knows a broker or a table.
"""

from schemas.events import (
    acts,
    alerts,
    appeals,
    budget,
    clock,
    deadletters,
    deadlines,
    deliveries,
    disputes,
    duties,
    findings,
    inquiries,
    obligations,
    petitions,
    probes,
    reports,
    rules,
    sources,
)

__all__ = [
    "acts",
    "alerts",
    "appeals",
    "budget",
    "clock",
    "deadletters",
    "deadlines",
    "deliveries",
    "disputes",
    "duties",
    "findings",
    "inquiries",
    "obligations",
    "petitions",
    "probes",
    "reports",
    "rules",
    "sources",
]
