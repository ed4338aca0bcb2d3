"""Log lines: JSON, and without secrets."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7_server.operation.logs import REQUEST_ID, JsonLines, redacted


def line_of(message: str, *arguments: object, **fields: object) -> dict[str, object]:
    record = logging.LogRecord("codek7", logging.INFO, __file__, 1, message, arguments, None)
    record.fields = fields
    text = JsonLines().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert isinstance(line, dict)
    return line


@pytest.mark.parametrize(("text", "left"), [
    ("key ck7_abc123_s3cr3tS3CR3T came", "key ck7_abc123_… came"),
    ("GET /v/c2VjcmV0/1700000000/a/b/main.m3u8", "GET /v/…/1700000000/a/b/main.m3u8"),
    ("Authorization: Bearer s3cr3t", "Authorization: Bearer …"),
    ("https://user:s3cr3t@example.org/x", "https://…@example.org/x"),
    ("s3://b/k?X-Amz-Signature=s3cr3t&X-Amz-Date=1", "s3://b/k?X-Amz-Signature=…&X-Amz-Date=1"),
    ("Cookie: __Host-codek7=s3cr3t; theme=dark", "Cookie: __Host-codek7=…; theme=dark"),
    ("options {'key': 'AKID', 'secret': 's3cr3t'}", "options {'key': 'AKID', 'secret': '…'}"),
    ("nothing to hide: 12 tokens of a video", "nothing to hide: 12 tokens of a video"),
])  # fmt: skip
def test_secrets_are_redacted(text: str, left: str) -> None:
    assert redacted(text) == left
    assert line_of("%s", text, path=text)["message"] == left
    assert line_of("x", path=text)["path"] == left


def test_what_was_raised_is_told_without_secrets() -> None:
    try:
        raise ValueError("Bearer s3cr3t")
    except ValueError:
        record = logging.LogRecord("codek7", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert "ValueError" in line["exception"]
    assert "s3cr3t" not in line["exception"]


@given(st.text(), st.text())
def test_any_text_is_one_line_of_json(message: str, value: str) -> None:
    token = REQUEST_ID.set("r")
    try:
        line = line_of("%s", message, value=value)
    finally:
        REQUEST_ID.reset(token)
    assert line["request_id"] == "r"
