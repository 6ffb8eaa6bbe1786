"""Log lines as events with fields: JSON to a file that is rotated, warnings also to the terminal."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

FILE_BYTES_MAX = 20_000_000
FILES_KEPT = 5

_SECRET_NAME = re.compile(
    r"(secret|token|password|cookie|authorization|signature|^key$|_key$)", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"(jts_[A-Za-z0-9]+_)[A-Za-z0-9_\-]+|(token=)[^\s&\"']+|(Bearer )\S+")


def start_logging(path: Path, *, level: str = "INFO") -> None:
    """Send everything to `path`, and warnings to standard error. A log that cannot be written stops
    nothing."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    to_file = logging.handlers.RotatingFileHandler(
        path, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8", delay=True
    )
    to_file.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False), foreign_pre_chain=shared
        )
    )
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setLevel(logging.WARNING)
    to_screen.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [to_file, to_screen]
    root.setLevel(level)
    logging.raiseExceptions = False
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def scrub(text: str) -> str:
    """The text with everything that looks like one of our secrets made unreadable."""
    return _SECRET_VALUE.sub(lambda found: (found[1] or found[2] or found[3] or "") + "***", text)


def _without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if _SECRET_NAME.search(name):
            event[name] = "***"
        elif isinstance(value, str):
            event[name] = scrub(value)
    return event
