"""One bucket at one endpoint: requests, and what went wrong with them as errors of the store."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from codek7.core.errors import DiskFull, ObjectNotFound, StoreError, StoreUnavailable, ToolMissing

ATTEMPTS = 4
"""How often a request is made in all; botocore's `standard` mode waits up to 1, 2, 4 s in between."""
CONNECT_S = 10
READ_S = 60
"""Silence after which a server counts as gone."""
UPLOAD_BYTES_PER_S = 50_000
"""A body that is sent more slowly than this, beyond the time for all attempts, is given up."""

_CREDENTIALS = "check the key, the secret and what they may do in the bucket"
_SERVER = "check endpoint_url and that the server runs"
_HINTS = {
    "NoSuchBucket": "create the bucket, or correct its name in the store's URL",
    "PermanentRedirect": "set the bucket's region in store_options",
    "AuthorizationHeaderMalformed": "set the bucket's region in store_options",
    "RequestTimeTooSkewed": "set this machine's clock",
}


class Access(NamedTuple):
    """How to reach a bucket. Empty fields are left to botocore: environment, profile, instance role."""

    endpoint_url: str = ""
    key: str = ""
    secret: str = ""
    token: str = ""
    profile: str = ""
    region: str = ""

    def __repr__(self) -> str:
        return f"Access(endpoint_url={self.endpoint_url!r})"


class Bucket:
    """Makes requests on one bucket, from any thread. Connects when first asked something."""

    def __init__(self, name: str, access: Access) -> None:
        self.name = name
        self._access = access
        self._fs = _file_system(access)

    def __repr__(self) -> str:
        return f"Bucket({self.name!r})"

    @property
    def public_url(self) -> str:
        """The bucket's plain address, without a slash at its end."""
        if self._access.endpoint_url:
            return f"{self._access.endpoint_url.rstrip('/')}/{self.name}"
        host = f"s3.{self._access.region}.amazonaws.com" if self._access.region else "s3.amazonaws.com"
        if "." in self.name:  # the wildcard certificate covers no second dot
            return f"https://{host}/{self.name}"
        return f"https://{self.name}.{host}"

    def call(self, operation: str, *, empty_status: int = 0, **request: Any) -> dict[str, Any]:
        """Make a request of botocore's S3 client; a body in its answer comes as bytes. An answer of
        `empty_status` counts as empty. Raises `ObjectNotFound`, `StoreUnavailable`, `DiskFull`."""
        for attempt in range(ATTEMPTS):
            try:
                return self._once(operation, request, empty_status)
            except _BrokenOff:  # botocore repeats what has no answer, not what has half of one
                time.sleep(0.1 * 2**attempt)
        raise self._unavailable(operation, request, "the answer broke off again and again", _SERVER)

    def signed_url(self, name: str, ttl_s: int) -> str:
        """An address at which anybody may read an object for so long. Asks nobody but, for credentials, where
        AWS tools find them. Raises `StoreUnavailable`."""
        from botocore.exceptions import BotoCoreError
        from fsspec.asyn import sync

        request = {"Key": name}
        try:
            url: str = sync(self._fs.loop, self._sign, request, ttl_s)
            return url
        except (BotoCoreError, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise self._unavailable("sign an address", request, reason, _CREDENTIALS) from None

    async def _sign(self, request: dict[str, Any], ttl_s: int) -> str:
        client = await self._fs.set_session()
        url: str = await client.generate_presigned_url(
            "get_object", Params={"Bucket": self.name, **request}, ExpiresIn=ttl_s
        )
        return url

    def _once(self, operation: str, request: dict[str, Any], empty_status: int) -> dict[str, Any]:
        from aiohttp import ClientError as BrokenAnswer
        from botocore.exceptions import BotoCoreError, ClientError
        from fsspec.asyn import sync

        try:
            answer: dict[str, Any] = sync(
                self._fs.loop, self._request, operation, request, timeout=_patience(request)
            )
            return answer
        except ClientError as error:
            if empty_status and _status(error) == empty_status:
                return {}
            raise self._refused(operation, request, error) from None
        except BrokenAnswer as error:
            raise _BrokenOff from error
        except (BotoCoreError, OSError, ValueError) as error:
            name = type(error).__name__
            hint = _CREDENTIALS if "Credential" in name or "Profile" in name else _SERVER
            raise self._unavailable(operation, request, str(error) or name, hint) from None

    async def _request(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Without `Expect: 100-continue`: for the leave to send a body, aiohttp waits without end."""
        from botocore.handlers import add_expect_header

        client = await self._fs.set_session()
        client.meta.events.unregister("before-call.s3", add_expect_header)
        answer: dict[str, Any] = await getattr(client, operation)(Bucket=self.name, **request)
        if "Body" in answer:
            answer["Body"] = await _whole(answer)
        return answer

    def _refused(self, operation: str, request: dict[str, Any], error: Any) -> StoreError:
        said = error.response.get("Error", {})
        code, message = str(said.get("Code", "")), str(said.get("Message", ""))
        status = _status(error)
        if status == 404 and code not in ("NoSuchBucket", "NoSuchUpload"):
            return ObjectNotFound(f"no object s3://{self.name}/{request.get('Key', '')}")
        reason = f"{code}: {message}" if message else code
        if status == 507:
            return DiskFull(self._sentence(operation, request, reason), hint="free some space there")
        hint = _HINTS.get(code, _CREDENTIALS if status == 403 else _SERVER)
        return self._unavailable(operation, request, reason, hint)

    def _unavailable(
        self, operation: str, request: dict[str, Any], reason: str, hint: str
    ) -> StoreUnavailable:
        """Raise it without its cause: what libraries and servers say may repeat what they were sent."""
        return StoreUnavailable(self._sentence(operation, request, reason), hint=hint)

    def _sentence(self, operation: str, request: dict[str, Any], reason: str) -> str:
        for secret in (self._access.secret, self._access.token):
            if secret:
                reason = reason.replace(secret, "***")
        where = f"s3://{self.name}/{request.get('Key', request.get('Prefix', ''))}"
        return f"{operation.replace('_', ' ')} failed for {where}: {reason}"


class _BrokenOff(Exception):
    """An answer ended before its length."""


async def _whole(answer: dict[str, Any]) -> bytes:
    from aiohttp import ClientError as BrokenAnswer
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    try:
        async with answer["Body"] as stream:
            body: bytes = await stream.read()
    except (BrokenAnswer, HTTPClientError, IncompleteReadError, OSError) as error:
        raise _BrokenOff from error
    if len(body) != answer.get("ContentLength", len(body)):
        raise _BrokenOff
    return body


def _patience(request: dict[str, Any]) -> float | None:
    """Seconds for a request with a body. aiohttp notices silence only while it reads."""
    if "Body" not in request:
        return None
    return ATTEMPTS * (CONNECT_S + READ_S) + len(request["Body"]) / UPLOAD_BYTES_PER_S


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _file_system(access: Access) -> Any:
    try:
        import s3fs
    except ImportError as error:
        raise ToolMissing("S3 needs the package s3fs", hint="pip install 'codek7[s3]'") from error
    config: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "read_timeout": READ_S,
        "signature_version": "s3v4",  # also of addresses
        "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
    }
    if access.endpoint_url:  # other servers often know neither bucket host names nor checksum trailers
        config["s3"] = {"addressing_style": "path"}
        config["request_checksum_calculation"] = "when_required"
        config["response_checksum_validation"] = "when_required"
    return s3fs.S3FileSystem(
        key=access.key or None,
        secret=access.secret or None,
        token=access.token or None,
        endpoint_url=access.endpoint_url or None,
        client_kwargs={"region_name": access.region} if access.region else {},
        config_kwargs=config,
        use_listings_cache=False,
        skip_instance_cache=True,
        **({"profile": access.profile} if access.profile else {}),
    )
