"""What schemathesis has to be told: how tus's bodies are sent."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def bytes_of_an_upload(context: Any, value: Any) -> bytes:
    """Any body is bytes of the file."""
    return value if isinstance(value, bytes) else str(value).encode()
