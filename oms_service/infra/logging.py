"""Structured logs: one JSON line a record, with ids and without personal data."""

import logging
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, WrappedLogger

#: Keys that may hold what a customer typed or is; a caller that logs one by mistake logs a mask.
PERSONAL: Final = frozenset(
    {"mail", "email", "phone", "name", "address", "postal_code", "text", "body", "token", "code"}
)


def mask_personal(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    """Replace the values of personal keys."""
    for key in PERSONAL & record.keys():
        record[key] = "***"
    return record


def set_up(*, level: str, process: str) -> None:
    """Send every log line of this process to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each time it is asked
    structlog.contextvars.bind_contextvars(process=process)
