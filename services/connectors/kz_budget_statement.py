"""What one row of the budget portal states: its cells become a budget statement, exactly as they are written.

Nothing is summed, mended or rounded here; where a row of a tree stands is found in ``kz_budget_tree``.
"""

import re
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from typing import Final

from pydantic import ValidationError

from schemas.events.budget import BudgetStatementV1
from services.adapters.validation_messages import faults_of
from services.connectors.kz_budget_table import Cells, FaultyRowError, Table, last_day_of

TOTAL_CODE: Final = "0"
UNIT: Final = "thousand KZT"

# Not read: the state of the portal's grid (isLeaf, loaded, expanded), and parentCode, which parent_id says better.
# Flat tables leave id and level unread too: an id is unique within a month only, and the level is always 0.
MEASURES: Final = {
    "approved": "utv",
    "specified": "utch",
    "adjusted": "plg",
    "period_plan_payments": "plgp",
    "period_plan_obligations": "plgo",
    "paid": "sumrg",
    "obligations_taken": "obz",
}

_AMOUNT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,31})(?:\.[0-9]{1,6})?")
_SHARE: Final = re.compile(r"-?[0-9]{1,32}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")
_NO_SHARE: Final = frozenset({"", "nan", "inf", "-inf"})
_SHARE_UNIT: Final = Decimal(1).scaleb(-20)
_EXACTLY: Final = Context(prec=200)
_CODE: Final = re.compile(r"[0-9]{1,10}")
_TREE_CODE: Final = re.compile(r"([0-9]{1,10})(?:\.0)?|")
_NUMBER: Final = re.compile(r"([0-9]{1,10})(?:\.0)?")


def statement_of(cells: Cells, table: Table, path: tuple[str, ...] | None) -> BudgetStatementV1:
    """What one row states; ``path`` is where a row of a tree stands.

    Raises: FaultyRowError naming line and column.
    """
    period_end = _period_end(cells)
    code = _code(cells, is_tree=path is not None)
    try:
        return BudgetStatementV1(
            jurisdiction="kz",
            level=table.level,
            classification=table.classification,
            region=table.region,
            code=code,
            name=name_of(cells),
            path=path,
            fiscal_year=period_end.year,
            unit=UNIT,
            period_end=period_end,
            # The roots of a tree are sections that add up to nothing, whatever their code is.
            is_total=path is None and code == TOTAL_CODE,
            **{measure: _amount(cells, column) for measure, column in MEASURES.items()},
            stated_of_period_plan=_share(cells, "plgpsumrg"),
            stated_of_adjusted=_share(cells, "plgsumrg"),
            stated_outstanding=_share(cells, "obzsumrg"),
        )
    except ValidationError as error:
        fault = faults_of(error)[0]
        reason = f"line {cells.row.line}: {fault.field}: {fault.text}"
        raise FaultyRowError("invalid_data", reason, fault.field) from error


def name_of(cells: Cells) -> str:
    """A name as the source writes it, prefixes and all; only its spaces are made single."""
    return " ".join(cells["name"].split())


def number_of(cells: Cells, column: str) -> str:
    """An id of the portal's grid in digits: an export through floats writes ``7.0`` for 7 where a column has blanks.

    Raises: FaultyRowError.
    """
    number = _NUMBER.fullmatch(cells[column])
    if number is None:
        raise cells.fault(column, f"invalid_{column}", f"{cells[column]!r} is not a whole number")
    return number[1]


def _code(cells: Cells, *, is_tree: bool) -> str:
    """A code in digits, or '' where a tree leaves it blank.

    Trees went through floats because of those blanks: ``1.0`` was 1, or 01, whose zero nothing can bring back.
    """
    code = (_TREE_CODE if is_tree else _CODE).fullmatch(cells["code"])
    if code is None:
        raise cells.fault("code", "invalid_code", f"{cells['code']!r} is not a code of digits")
    return (code[1] or "") if is_tree else code[0]


def _period_end(cells: Cells) -> date:
    last_day = last_day_of(cells["month"])
    if last_day is None:
        advice = "the file ends here; fetch it again" if cells.row.is_cut else "write MM.YYYY"
        raise cells.fault("month", "invalid_month", f"{cells['month']!r} is not a month; {advice}")
    return last_day


def _amount(cells: Cells, column: str) -> Decimal:
    written = cells[column]
    if not written:
        raise cells.fault(column, "missing_value", "is empty; nothing is assumed, so write the amount")
    if not _AMOUNT.fullmatch(written):
        advice = _advice(written) or "write digits, and at most six after the point"
        raise cells.fault(column, "invalid_amount", f"{written!r} is not an amount; {advice}")
    # Without the zeros at its end, so that an export which writes 5.0 for 5 states nothing new.
    digits = written.rstrip("0").rstrip(".") if "." in written else written
    return Decimal("0" if digits == "-0" else digits)


def _share(cells: Cells, column: str) -> Decimal | None:
    """What the portal computed, None where it could not; cut, not rounded, after 20 decimals.

    Small shares come as ``5.271333333333333e-06``, 21 decimals of a float that has 16 digits to it: what is cut was noise.
    """
    written = cells[column]
    if written.lower() in _NO_SHARE:
        return None
    if not _SHARE.fullmatch(written):
        advice = _advice(written) or "write a decimal number, or nothing"
        raise cells.fault(column, "invalid_share", f"{written!r} is not a number; {advice}")
    share = Decimal(written).quantize(_SHARE_UNIT, ROUND_DOWN, _EXACTLY)
    return Decimal(format(share, "f").rstrip("0").rstrip(".")) if share else Decimal(0)


def _advice(written: str) -> str | None:
    if any(letter.isspace() for letter in written):
        return "write thousands without spaces between them"
    return "the decimal sign is a point" if "," in written else None
