"""Logging as JSON lines on standard output: structlog for ours, the same shape for libraries'."""

import logging
import sys

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_configured = False


def configure() -> None:
    """Set structlog and the standard library's logging up, once per process."""
    global _configured  # noqa: PLW0603 - logging is the process's, not an object's
    if _configured:
        return
    _configured = True
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt=None, key="at"),
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
    ]
    structlog.configure(
        processors=[*shared, _render],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _render(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
