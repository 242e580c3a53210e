"""What was delivered before this process started, read from the record: the journal at home, else its Kafka topic.

Reading only; several notifiers on one topic may repeat a delivery around a rebalance, with the same event id.
"""

from collections.abc import Iterator

from schemas.topics import DELIVERIES
from services.adapters.codec import InvalidMessage, decode
from services.adapters.logs import logger_of
from services.adapters.truth import Message, read_journal, read_kafka
from services.notify.routing import Ledger
from services.notify.settings import NotifySettings

_log = logger_of(__name__)


def known_deliveries(settings: NotifySettings) -> Ledger:
    """Every delivery that is on record. It blocks while it reads.

    Raises: FactLogUnavailableError, TruthUnreadableError, ConfigError when no log is configured.
    """
    ledger = Ledger()
    for message in _on_record(settings):
        try:
            ledger.note(decode(message.value))
        except InvalidMessage as fault:
            # The sink keeps it as a dead letter; here it only means that one delivery may be repeated.
            _log.warning("delivery record not understood", code=fault.code)
    return ledger


def _on_record(settings: NotifySettings) -> Iterator[Message]:
    if settings.journal is not None:
        return read_journal(settings.journal, (DELIVERIES,))
    return read_kafka(settings.bootstrap, (DELIVERIES,))
