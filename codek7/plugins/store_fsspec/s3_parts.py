"""Objects too large for one request: uploads and copies in parts, which end whole or not at all."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from codek7.core.errors import StoreError, StoreUnavailable
from codek7.plugins.store_fsspec.s3_client import Bucket

PART_BYTES = 16 << 20
COPY_PART_BYTES = 1 << 30
MAX_PARTS = 10_000
AT_ONCE = 4
STALE_S = 7 * 86_400
"""An upload that was begun so long ago was left behind by a crash."""

_Send = Callable[[str, int], dict[str, Any]]


def upload_in_parts(
    bucket: Bucket, name: str, file: int, size: int, prefix: str, described: dict[str, Any]
) -> None:
    """Upload an open file of `size` bytes, several parts at a time. Raises `StoreError`."""
    _sweep(bucket, prefix)
    part_bytes = _part_bytes(size, PART_BYTES)

    def send(upload: str, number: int) -> dict[str, Any]:
        body = os.pread(file, part_bytes, (number - 1) * part_bytes)
        answer = bucket.call("upload_part", Key=name, UploadId=upload, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    _in_parts(bucket, name, -(-size // part_bytes), send, described)


def copy_in_parts(bucket: Bucket, name: str, new: str, size: int, described: dict[str, Any]) -> None:
    """Let the service copy an object of `size` bytes. Raises `StoreError`."""
    part_bytes = _part_bytes(size, COPY_PART_BYTES)

    def send(upload: str, number: int) -> dict[str, Any]:
        first = (number - 1) * part_bytes
        answer = bucket.call(
            "upload_part_copy",
            Key=new,
            UploadId=upload,
            PartNumber=number,
            CopySource={"Bucket": bucket.name, "Key": name},
            CopySourceRange=f"bytes={first}-{min(first + part_bytes, size) - 1}",
        )
        etag = answer.get("CopyPartResult", {}).get("ETag")
        if etag is None:  # took the request for the upload of an empty part
            raise StoreUnavailable(
                f"the server of s3://{bucket.name} cannot copy {size} bytes: only smaller ones"
            )
        return {"PartNumber": number, "ETag": etag}

    _in_parts(bucket, new, -(-size // part_bytes), send, described)


def _part_bytes(size: int, least: int) -> int:
    return max(least, -(-size // MAX_PARTS))


def _in_parts(bucket: Bucket, name: str, count: int, send: _Send, described: dict[str, Any]) -> None:
    with _upload(bucket, name, described) as upload:
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="codek7-upload")
        try:
            parts = list(pool.map(lambda number: send(upload, number), range(1, count + 1)))
        finally:
            pool.shutdown(cancel_futures=True)
        bucket.call("complete_multipart_upload", Key=name, UploadId=upload, MultipartUpload={"Parts": parts})


@contextlib.contextmanager
def _upload(bucket: Bucket, name: str, described: dict[str, Any]) -> Iterator[str]:
    """A multipart upload; whatever ends it early, Ctrl-C too, drops its parts: they are paid for."""
    upload = str(bucket.call("create_multipart_upload", Key=name, **described)["UploadId"])
    try:
        yield upload
    except BaseException:
        with contextlib.suppress(StoreError):
            bucket.call("abort_multipart_upload", Key=name, UploadId=upload)
        raise


def _sweep(bucket: Bucket, prefix: str) -> None:
    """Drop uploads that crashed writers left. A server that cannot list them keeps them."""
    with contextlib.suppress(StoreError):
        begun = bucket.call("list_multipart_uploads", Prefix=prefix).get("Uploads", ())
        for upload in begun:
            if upload["Initiated"].timestamp() < time.time() - STALE_S:
                bucket.call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
