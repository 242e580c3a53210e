"""The catalogue of published figures: real views, three languages, minimum n where it matters."""

from schemas.metrics import METRICS, MINIMUM_N, MetricUnit
from services.adapters.clickhouse import sql_files
from services.portal.figures import SHARES


def test_every_metric_is_read_from_a_view_that_exists() -> None:
    views = {file.name.split("_", 1)[1].removesuffix(".sql") for file in sql_files("views")}
    assert sorted(metric.view for metric in METRICS.values() if metric.view not in views) == []


def test_figures_of_conduct_have_a_minimum_n_and_counts_have_none() -> None:
    for metric in METRICS.values():
        of_conduct = metric.unit in (MetricUnit.SHARE, MetricUnit.WEEKDAYS) and metric.id.startswith("timeliness.")
        assert metric.minimum_n == (MINIMUM_N if of_conduct else 0)


def test_every_share_that_is_published_is_defined() -> None:
    assert set(SHARES) <= set(METRICS)
