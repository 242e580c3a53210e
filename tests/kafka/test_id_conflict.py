"""An id used again on Kafka, where no writer sees it: from the topic to the warehouse, and what ``esep verify`` says of it."""

import json
from contextlib import ExitStack, closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.topics import partitions_for
from services.adapters.clickhouse import connect, migrate
from services.adapters.codec import content_digest
from services.adapters.factlog import entries_of
from services.adapters.kafka import KafkaFactLog, ensure_topics
from tests.adapters.samples import question, statement
from tests.homes import running_warehouse
from tests.kafka.server import ApacheKafka
from tests.kafka.test_slice import esep, service, settings
from tests.running_home import until

pytestmark = pytest.mark.needs_java


def observed_earlier(event: Event) -> Event:
    """The same message, observed before: what is observed first would win between copies."""
    return event.model_copy(update={"observedat": event.observedat - timedelta(days=1)})


def test_the_first_content_stands_everywhere_and_the_other_is_a_dead_letter(
    apache_kafka: ApacheKafka, tmp_path: Path
) -> None:
    fact, money = question(1), statement(1)
    other_fact = observed_earlier(question(1, title="Another question"))
    other_money = observed_earlier(statement(1, paid="999"))
    with ExitStack() as stack:
        url = stack.enter_context(running_warehouse(tmp_path / "warehouse"))
        environment = settings(apache_kafka.bootstrap, url, tmp_path)
        warehouse = stack.enter_context(closing(connect(f"{url}/esep")))
        migrate(warehouse)
        ensure_topics(apache_kafka.bootstrap)
        for name in ("tracker", "sink"):
            stack.enter_context(service(name, environment))
        with KafkaFactLog(apache_kafka.bootstrap) as log:
            log.append([entry for event in (fact, money, other_fact, other_money) for entry in entries_of(event)])

        letters = "SELECT origin, refused_id, refused_sha256 FROM dead_letters WHERE code = 'id_conflict'"
        until(lambda: len(warehouse.rows(letters)) == 2, "both have their letter")
        kept = warehouse.rows(letters)
        assert {(row["origin"].rpartition("/")[0], row["refused_id"], row["refused_sha256"]) for row in kept} == {
            (f"esep.facts/{partition(fact)}", str(fact.id), content_digest(other_fact)),
            (f"esep.budget/{partition(money)}", str(money.id), content_digest(other_money)),
        }
        report = json.loads(esep(environment, "verify", "--json"))
        assert report["holds"], report["differences"]
        shown = warehouse.rows("SELECT sha256 FROM events WHERE family != 'clock'")
        assert sorted(row["sha256"] for row in shown) == sorted(map(content_digest, (fact, money)))
        assert warehouse.rows("SELECT paid FROM budget_statements") == [{"paid": Decimal("1250.75")}]
        assert warehouse.rows("SELECT title FROM obligations") == [{"title": "Prisons: Drinking Water"}]


def partition(event: Event) -> int:
    """Where an event goes."""
    (place,) = partitions_for(event.data, event.subject)
    return place
