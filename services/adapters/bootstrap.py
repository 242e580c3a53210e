"""Which adapter a service gets, by its settings: the one place where a home and a cluster part ways.

It only chooses and opens; what the adapters do is in their own modules.
"""

from services.adapters.config import ConfigError, Settings
from services.adapters.factlog import FactLog
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import KafkaFactLog


def open_fact_log(settings: Settings) -> FactLog:
    """The journal of the embedded home when one is configured, else Kafka.

    Raises: ConfigError when neither is configured, FactLogUnavailableError when it cannot be opened.
    """
    if settings.journal is not None:
        return JournalFactLog(settings.journal)
    if settings.kafka_bootstrap is not None:
        return KafkaFactLog(settings.kafka_bootstrap)
    raise ConfigError(
        "no fact log is configured: set ESEP_JOURNAL (the file of a home) or ESEP_KAFKA_BOOTSTRAP (a cluster)"
    )
