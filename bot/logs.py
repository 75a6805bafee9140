"""Logs: one JSON object a line, its `action` out of a closed set; no number, name, text or key."""

import logging
import sys
from enum import StrEnum
from typing import Any

import structlog

from bot.metrics import ACTIONS


class Action(StrEnum):
    """Everything that the log speaks of."""

    STARTED = "started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    MIGRATED = "migrated"
    REFUSED_REQUEST = "refused_request"
    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    CALL_MOVED = "call_moved"
    CAMPAIGN_MOVED = "campaign_moved"
    CAMPAIGN_READ = "campaign_read"
    CAMPAIGN_WENT_OVER = "campaign_went_over"
    CAMPAIGN_STOPPED = "campaign_stopped"
    CALL_LOST = "call_lost"
    DATABASE_AWAY = "database_away"
    STATUS_TAKEN = "status_taken"
    STATUS_UNMATCHED = "status_unmatched"
    TEXT_RECEIVED = "text_received"
    HANG_UP = "hang_up"
    CHECKOUT_MOVED = "checkout_moved"
    PAYMENT_CREDITED = "payment_credited"
    PAYMENT_DISAGREES = "payment_disagrees"
    STRIPE_AWAY = "stripe_away"
    EVENT_TAKEN = "event_taken"
    EVENT_KNOWN = "event_known"
    EVENT_BROKEN = "event_broken"
    FACT = "fact"
    EVENT_UNWANTED = "event_unwanted"
    POSTED = "posted"
    POST_FAILED = "post_failed"
    POST_UNWRITTEN = "post_unwritten"
    CARD_MOVED = "card_moved"
    CARD_LOST = "card_lost"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a word of the log
    ERASED = "erased"
    RETENTION = "retention"
    WORKSPACE_ERASED = "workspace_erased"
    TASK_FAILED = "task_failed"
    AUDIT_HEAD = "audit_head"
    AUDIT_BROKEN = "audit_broken"
    SLACK_CONNECTED = "slack_connected"
    SLACK_UNREACHABLE = "slack_unreachable"
    INSTALLED = "installed"
    INSTALL_FAILED = "install_failed"
    INSTALLATION_LEFT = "installation_left"
    LIBRARY = "library"


def set_up(level: str) -> None:
    """Sends everything, libraries' records too, to standard output as JSON.

    A library's record carries its logger, level and exception type only, below WARNING nothing:
    their messages hold whole URLs and payloads, which hold keys and people's data.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Libraries()]
    root.setLevel(logging.WARNING)


class _Libraries(logging.Handler):
    """Says that a library complained, never what with."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line, without the message."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log(
            Action.LIBRARY,
            level=record.levelname.lower(),
            library=record.name,
            where=f"{record.module}:{record.lineno}",
            error=kind,
        )


def log(action: Action, *, level: str = "info", **values: Any) -> None:
    """Writes one line. `values` are ids, counts, durations and words of ours."""
    ACTIONS.labels(action.value).inc()
    logger = structlog.get_logger()
    getattr(logger, "warning" if level == "critical" else level)(action.value, **values)
