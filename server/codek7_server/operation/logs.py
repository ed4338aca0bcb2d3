"""Logs as one JSON object a line, with the request they belong to, and no secrets."""

from __future__ import annotations

import logging
import os
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import format_exception
from typing import Any, Final

import msgspec

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""Of the request that is being answered; "" outside of one."""

SECRETS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kept)
    for pattern, kept in (
        (r"\b(ck7_[0-9a-z]+)_\w+", r"\1_…"),  # of an API key the id, which is no secret
        (r"(/v/)[^/\s\"']+", r"\1…"),  # playback tokens
        (r"\b(bearer|basic)\s+[^\s\"',]+", r"\1 …"),
        (r"(://)[^/\s\"'@]+@", r"\1…@"),  # user and password of a URL
        (
            r"([?&;\s\"'](?:[\w-]*(?:token|secret|signature|password|credential|api[_-]?key)[\w-]*))"
            r"([\"']?\s*[=:]\s*[\"']?)[^&\s\"',;]+",
            r"\1\2…",
        ),
        (r"\b((?:__Host-)?codek7=)[^;\s\"']+", r"\1…"),  # the session cookie
    )
)


def redacted(text: str) -> str:
    """The text without keys, tokens, passwords and signatures."""
    for pattern, kept in SECRETS:
        text = pattern.sub(kept, text)
    return text


class JsonLines(logging.Formatter):
    """A record as a line. What a call passes as `extra={"fields": {…}}` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Of fields that are text, secrets are redacted too."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        fields = getattr(record, "fields", {})
        line |= {name: redacted(value) if isinstance(value, str) else value for name, value in fields.items()}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = redacted("".join(format_exception(*record.exc_info)))
        return msgspec.json.encode(line, enc_hook=str).decode()


def set_up() -> None:
    """All logging of this process, uvicorn's too, goes to standard error so. `CODEK7_LOG` is the level."""
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(JsonLines())
    logging.basicConfig(level=os.environ.get("CODEK7_LOG", "INFO").upper(), handlers=[to_stderr], force=True)
    for noisy in ("httpx", "httpcore", "botocore", "aiobotocore", "s3fs"):  # at INFO each says every request
        logging.getLogger(noisy).setLevel(logging.WARNING)
