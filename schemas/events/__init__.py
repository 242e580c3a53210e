"""One module per event family; importing this package registers every event type.

Readers look types up in ``schemas.events.registry``; nothing here knows a broker or a table.
"""

from schemas.events import (
    alerts,
    appeals,
    budget,
    clock,
    deadletters,
    deadlines,
    deliveries,
    findings,
    inquiries,
    obligations,
    reports,
    sources,
)

__all__ = [
    "alerts",
    "appeals",
    "budget",
    "clock",
    "deadletters",
    "deadlines",
    "deliveries",
    "findings",
    "inquiries",
    "obligations",
    "reports",
    "sources",
]
