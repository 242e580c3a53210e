"""The lists about money: statements, execution, and what is wrong with the tables they come from.

How a list is asked and read on is in ``listings``; nothing here but names, filters and order.
"""

from typing import Final

from services.portal.budget_records import BudgetExecutionRecord, BudgetFindingRecord, BudgetLineRecord
from services.portal.listings import Filter, Key, Listing

_TABLE_FILTERS: Final = {
    "period_end": Filter("period_end = {period_end:Date32}"),
    "jurisdiction": Filter("jurisdiction = {jurisdiction:String}"),
    "level": Filter("level = {level:String}"),
    "region": Filter("region = {region:String}"),
    "classification": Filter("classification = {classification:String}"),
    "line": Filter("line_id = {line:String}"),
}
_LINE_FILTERS: Final = _TABLE_FILTERS | {
    "fiscal_year": Filter("fiscal_year = {fiscal_year:UInt32}"),
    "code": Filter("code = {code:String}"),
    "blocked": Filter("blocked = {blocked:Bool}"),
    "is_total": Filter("is_total = {is_total:Bool}"),
}
_LINE_KEYS: Final = (Key("period_end", "Date32", descending=True), Key("line_id", "String"))

BUDGET_LINES: Final = Listing(
    name="budget-lines",
    view="budget_execution",
    model=BudgetLineRecord,
    keys=_LINE_KEYS,
    filters=_LINE_FILTERS,
)
BUDGET_EXECUTION: Final = Listing(
    name="budget-execution",
    view="budget_execution",
    model=BudgetExecutionRecord,
    keys=_LINE_KEYS,
    filters=_LINE_FILTERS,
)
BUDGET_FINDINGS: Final = Listing(
    name="budget-findings",
    view="budget_findings",
    model=BudgetFindingRecord,
    keys=(Key("changed_at", "DateTime64(3, 'UTC')", descending=True), Key("finding_id", "String")),
    filters=_TABLE_FILTERS
    | {
        "finding": Filter("code = {finding:String}"),
        "blocks": Filter("blocks = {blocks:Bool}"),
        "code": Filter("line_code = {code:String}"),
    },
)
