"""How every process logs: structlog, JSON lines or console, to standard error.

Levels are set here and nowhere else; no message text is written here.
"""

import logging
import sys
from typing import Literal

import structlog

# Their debug calls alone cost a third of a worker's time, or they chat about every request.
_QUIETED = (
    *("aiokafka", "faust", "mode", "asyncio", "httpx", "httpcore", "urllib3"),
    *("uvicorn.access", "clickhouse_connect", "apprise"),
)


def configure_logs(service: str, *, level: str = "info", style: Literal["json", "console"] = "json") -> None:
    """Set up logging of this process; every line carries ``service``, ``level`` and a UTC ``timestamp``.

    Also routes the standard library's loggers through the same form. Calling it again replaces the set-up.
    """

    def name_service(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {**line, "service": service}

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_service,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Plain tracebacks: the default one prints local variables, and with them tokens and passwords.
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    render: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if style == "json" else [console]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIETED:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It reports each failed reconnect as an error; our own deadline reports the failure once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def logger_of(module: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: ``log = logger_of(__name__)``; call it with a sentence and key-values."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(module)
    return logger
