"""What Prometheus scrapes is there, and every alert rule names metrics, labels and services that exist."""

import re
from pathlib import Path

import pytest

from services.adapters.telemetry import COUNTERS, GAUGES, HISTOGRAMS, SIZES
from services.wording.words import all_words
from tests.deploy.files import DEPLOY, Yaml, compose, read_yaml

FOLDER = DEPLOY / "prometheus"
LABELS = {
    **{name: each.labels for group in (COUNTERS, GAUGES) for name, each in group.items()},
    **{
        f"{name}{end}": each.labels
        for group in (HISTOGRAMS, SIZES)
        for name, each in group.items()
        for end in ("_bucket", "_sum", "_count")
    },
    "up": (),
}
OF_THE_SCRAPE = {"job", "instance", "service"}
WORDS = {"sum", "by", "and", "or", "unless", "on", "max", "min", "increase", "time", "delta", "min_over_time"}


def rules() -> list[Yaml]:
    """Every alert rule."""
    return [rule for group in read_yaml(FOLDER / "alerts.yaml")["groups"] for rule in group["rules"]]


def test_there_are_rules_for_what_has_to_be_seen() -> None:
    used = " ".join(rule["expr"] for rule in rules())
    for name in ("_lag_records", "home_restarts_total", "_dead_letters_total", "source_age_seconds", "probes_total"):
        assert name in used


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_names_what_exists(rule: Yaml) -> None:
    expr = re.sub(r'"[^"]*"', "", rule["expr"])
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", "", expr)
    names = set(re.findall(r"[a-z_]{2,}", bare)) - WORDS
    assert names
    assert names <= LABELS.keys()
    known = OF_THE_SCRAPE | {label for name in names for label in LABELS[name]}
    matched = {label for part in re.findall(r"\{([^}]*)\}", expr) for label in re.findall(r"([a-z]+)\s*[!=]", part)}
    grouped = {label.strip() for part in re.findall(r"by \(([^)]*)\)", expr) for label in part.split(",")}
    assert matched | grouped <= known
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["do"].endswith(".")


def test_who_has_nothing_to_prove_or_waits_for_the_warehouse_is_not_to_be_started_again() -> None:
    (expr,) = (rule["expr"] for rule in rules() if rule["alert"] == "EsepQuiet")
    counted = set(re.findall(r'stage=~"([^"]*)"', expr)[0].split("|"))
    assert {"spare", "inserted"} <= counted
    assert all(f"progress_stages.{stage}" in all_words()["en"] for stage in counted)
    assert "unless" in expr
    assert "sink_put_off_total" in expr.partition("unless")[2]


def test_it_scrapes_services_where_they_tell_their_metrics() -> None:
    services = compose()["services"]
    for job in read_yaml(FOLDER / "prometheus.yaml")["scrape_configs"]:
        for target in job["static_configs"][0]["targets"]:
            host, _, port = target.partition(":")
            if job["job_name"] == "home":
                assert (host, port) == ("127.0.0.1", "8000")
                continue
            environment = services[host]["environment"]
            assert int(port) in {environment.get("ESEP_HEALTH_PORT"), environment.get(f"ESEP_{host.upper()}_PORT")}


def test_every_file_it_names_lies_beside_it() -> None:
    for name in read_yaml(FOLDER / "prometheus.yaml")["rule_files"]:
        assert Path(FOLDER / name).is_file()
