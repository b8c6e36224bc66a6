"""Structured logs: one JSON line a record, with ids and without personal data."""

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from oms_service.kernel.masking import without_traces

#: Keys that may hold what a customer typed or is; a caller that logs one by mistake logs a mask.
PERSONAL: Final = frozenset(
    {"mail", "email", "phone", "name", "address", "postal_code", "text", "body", "token", "code"}
)

#: What every line begins with, made by us.
_OURS: Final = frozenset({"timestamp", "level", "logger", "process", "request_id"})


def mask_personal(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    """Replace the values of personal keys."""
    for key in PERSONAL & record.keys():
        record[key] = "***"
    return record


def without_words(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    """Replace an error by its kind and place: its text may quote a row or what was typed."""
    given = record.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        record["exception"] = "\n".join(_told(error))
    return record


def without_people(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    """The last net: what looks like an address or a number of somebody goes from every text."""
    for key, value in record.items():
        if key not in _OURS:
            record[key] = _caught(value)
    return record


def _caught(value: object) -> object:
    if isinstance(value, str):
        return without_traces(value)
    if isinstance(value, Mapping):
        return {name: "***" if name in PERSONAL else _caught(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_caught(one) for one in value]
    return value


def _told(error: BaseException) -> Iterator[str]:
    """The error's frames, those of what led to it first, as tracebacks are read."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}"


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
                without_words,
                without_people,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each time it is asked
    structlog.contextvars.bind_contextvars(process=process)
