"""A store in a bucket, through s3fs.

s3fs gives the session, the credentials and the client; requests are made one for one, because its file
system calls list, cache and translate more than a store may: other processes write to the bucket too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from codek7.core.errors import ObjectNotFound, StoreUnavailable
from codek7.core.keys import check_key, check_prefix, check_range
from codek7.core.ports import Stat
from codek7.plugins.store_fsspec.s3_client import Bucket
from codek7.plugins.store_fsspec.s3_parts import copy_in_parts, upload_in_parts

WHOLE_BYTES = 16 << 20
"""A file up to this size is sent in one request."""
COPY_BYTES = 5 << 30
"""What the service copies in one request (S3's `CopyObject`)."""
SIGNED_S = 604_800
"""The longest life of a signed address (AWS Signature Version 4)."""
REMOVED_AT_ONCE = 1000
"""Keys that one `DeleteObjects` takes."""

_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".mp4": "video/mp4",
    ".vtt": "text/vtt", ".json": "application/json", ".jpg": "image/jpeg", ".png": "image/png",
    ".webp": "image/webp",
}  # fmt: skip


class S3Store:
    """Objects of a bucket whose names begin with the prefix (empty, or ending in a slash)."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def __repr__(self) -> str:
        return f"S3Store({self.url!r})"

    @property
    def url(self) -> str:
        """`s3://bucket/prefix`."""
        return f"s3://{self._bucket.name}/{self._prefix}".rstrip("/")

    def put(self, key: str, body: bytes) -> None:
        """See `Store.put`."""
        name = self._name(key)
        self._bucket.call("put_object", Key=name, Body=bytes(body), **_content_type(key))

    def put_file(self, key: str, path: Path) -> None:
        """See `Store.put_file`; the file stays where it is. A large one is uploaded in parts, which are
        dropped where the upload does not end well."""
        name = self._name(key)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size <= WHOLE_BYTES:
                    self._bucket.call("put_object", Key=name, Body=file.read(), **_content_type(key))
                else:
                    upload_in_parts(self._bucket, name, file.fileno(), size, self._prefix, _content_type(key))
        except StoreUnavailable:
            raise
        except OSError as error:
            raise StoreUnavailable(
                f"cannot store {os.fspath(path)!r} as {key!r}: {error.strerror}"
            ) from error

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See `Store.get`."""
        name = self._name(key)
        check_range(start, length)
        if length == 0:
            self._found(key)
            return b""
        wanted = {} if start == 0 and length is None else {"Range": _range(start, length)}
        answer = self._bucket.call("get_object", empty_status=416, Key=name, **wanted)
        return bytes(answer.get("Body", b""))

    def stat(self, key: str) -> Stat | None:
        """See `Store.stat`."""
        name = self._name(key)
        try:
            answer = self._bucket.call("head_object", Key=name)
        except ObjectNotFound:
            return None
        modified = int(answer["LastModified"].timestamp() * 1_000_000)
        return Stat(int(answer["ContentLength"]), str(answer["ETag"]).strip('"'), modified)

    def copy(self, key: str, to: str) -> None:
        """See `Store.copy`: the service copies."""
        name, new = self._name(key), self._name(to)
        found = self._found(key)
        if key == to:
            return
        if found.size_bytes > COPY_BYTES:
            copy_in_parts(self._bucket, name, new, found.size_bytes, _content_type(to))
        else:
            source = {"Bucket": self._bucket.name, "Key": name}
            described = {"MetadataDirective": "REPLACE", **_content_type(to)}
            self._bucket.call("copy_object", Key=new, CopySource=source, **described)

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Store.keys`. Asks page by page; names that are no keys are somebody else's."""
        check_prefix(prefix)
        return self._pages(self._prefix + prefix)

    def remove(self, keys: Sequence[str]) -> None:
        """See `Store.remove`."""
        names = [self._name(key) for key in keys]
        for at in range(0, len(names), REMOVED_AT_ONCE):
            some = [{"Key": name} for name in names[at : at + REMOVED_AT_ONCE]]
            answer = self._bucket.call("delete_objects", Delete={"Objects": some, "Quiet": True})
            self._check_gone(answer.get("Errors", ()))

    def local_path(self, key: str) -> Path | None:
        """None: these are no files."""
        check_key(key)
        return None

    def public_url(self, key: str) -> str:
        """The object's plain address at the endpoint."""
        return f"{self._bucket.public_url}/{self._name(key)}"

    def signed_url(self, key: str, ttl_s: int) -> str:
        """See `SigningStore.signed_url`; S3 grants seven days at most."""
        return self._bucket.signed_url(self._name(key), min(ttl_s, SIGNED_S))

    def _name(self, key: str) -> str:
        check_key(key)
        return self._prefix + key

    def _found(self, key: str) -> Stat:
        found = self.stat(key)
        if found is None:
            raise ObjectNotFound(f"no object {key!r} in {self.url}")
        return found

    def _check_gone(self, failed: Sequence[dict[str, Any]]) -> None:
        """Servers over folders fail to remove what is a folder: no object, so no matter."""
        for name in failed:
            key = str(name.get("Key", "")).removeprefix(self._prefix)
            if self.stat(key) is not None:
                raise StoreUnavailable(
                    f"cannot remove {key!r} from {self.url}: {name.get('Code')}",
                    hint="check that the credentials may delete objects",
                )

    def _pages(self, begins: str) -> Iterator[str]:
        more: dict[str, Any] = {}
        while True:
            page = self._bucket.call("list_objects_v2", Prefix=begins, **more)
            for listed in page.get("Contents", ()):
                key = str(listed["Key"]).removeprefix(self._prefix)
                with contextlib.suppress(ValueError):
                    check_key(key)
                    yield key
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}


def _range(start: int, length: int | None) -> str:
    return f"bytes={start}-" if length is None else f"bytes={start}-{start + length - 1}"


def _content_type(key: str) -> dict[str, Any]:
    """A bucket that serves what it holds says what it is."""
    return {"ContentType": _TYPES.get(Path(key).suffix, "application/octet-stream")}
