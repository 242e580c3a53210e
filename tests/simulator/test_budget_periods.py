"""The simulated treasury says of each month that it is published whole, and how many lines it has."""

from collections import Counter

from schemas.events.budget import BudgetPeriodPublishedV1, BudgetStatementV1
from services.simulator import country
from services.simulator.publications import SPENDERS, budget_statements


def test_each_month_ends_with_its_marker() -> None:
    events = list(budget_statements(7, country.BEGINS_ON))
    lines = Counter(event.data.period_end for event in events if isinstance(event.data, BudgetStatementV1))
    said = [(place, event) for place, event in enumerate(events) if isinstance(event.data, BudgetPeriodPublishedV1)]
    assert len(said) == len(lines) >= 11
    for place, event in said:
        data = event.data
        assert isinstance(data, BudgetPeriodPublishedV1)
        assert data.lines == lines[data.period_end] == len(SPENDERS) + 1
        month = {before.data.model_dump()["period_end"] for before in events[place - data.lines : place]}
        assert month == {data.period_end}
        assert event.subject == f"kz-demo/republican/administrator/-/{data.period_end:%Y-%m}"
        assert event.simulation == country.SIMULATION
