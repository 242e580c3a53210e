"""The vocabularies of an obligation's three axes, shared by snapshots, rows and pages.

Values are stable strings: they stand in events, tables, URLs and translations.
"""

from enum import StrEnum


class Lifecycle(StrEnum):
    """Where the obligation stands in its own life."""

    OPEN = "open"
    PARTLY_FULFILLED = "partly_fulfilled"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    RETRACTED = "retracted"


class Timeliness(StrEnum):
    """How it stands against its deadline. ``expired`` is a term that was the applicant's to use: nobody is late."""

    NO_LEGAL_DEADLINE = "no_legal_deadline"
    NOT_DUE = "not_due"
    DUE_SOON = "due_soon"
    DUE_UNOBSERVED = "due_unobserved"
    LATE = "late"
    VERY_LATE = "very_late"
    IN_TIME = "in_time"
    FULFILLED_LATE = "fulfilled_late"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Claim(StrEnum):
    """Whether Esep may say in public that the body is or was late."""

    NONE = "none"
    PUBLISHABLE = "publishable"
    WITHHELD = "withheld"


class WithheldReason(StrEnum):
    """Why a claim of lateness is not published. ``not_reported``: no source shows whether such a duty is done.

    ``holder_uncertain``: it changed hands around the due date, and the source does not say on which side of it.
    """

    UNVERIFIED_RULE = "unverified_rule"
    CONVENTION = "convention"
    SOURCE_BEHIND = "source_behind"
    DISPUTED = "disputed"
    CONTEST_UPHELD = "contest_upheld"
    SOURCE_FINDING = "source_finding"
    GRACE = "grace"
    NOT_REPORTED = "not_reported"
    HOLDER_UNCERTAIN = "holder_uncertain"


class Force(StrEnum):
    """What kind of norm a rule is; a convention never accuses."""

    STATUTE = "statute"
    STANDING_ORDER = "standing_order"
    CONVENTION = "convention"


class Confidence(StrEnum):
    """How well a rule is established: text seen, quoted by others, or neither."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"
