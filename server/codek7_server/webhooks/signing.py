"""Signatures of deliveries, as Standard Webhooks has them (https://www.standardwebhooks.com)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A new key: 32 random bytes in Base64, behind the prefix by which it is recognised."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(secret: str, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """What a delivery is sent with. `message_id` stays the same however often it is tried."""
    signed = b".".join((message_id.encode(), str(at_s).encode(), body))
    key = b64decode(secret.removeprefix(PREFIX))
    signature = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }
