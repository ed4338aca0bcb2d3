"""What is said of uploads that are over, too long, or no media."""

from __future__ import annotations

from codek7.core.errors import Codek7Error, MediaRefused, UploadGone, UploadTooBig
from codek7.ffmpeg.sniff import is_media, never_media
from codek7_server.uploads.record import Upload

ENOUGH = 2048
"""First bytes from which a format can be told."""


def no_media(head: bytes, *, whole: bool) -> MediaRefused | None:
    """Told from the first bytes that have come; None where it may be media. `whole`: there are no more."""
    what = never_media(head)
    if what is None and (whole or len(head) >= ENOUGH) and not is_media(head):
        what = "in none of the formats that are taken in" if head else "empty"
    if what is None:
        return None
    return MediaRefused(f"the file is {what}", hint="send a media file: MP4, MOV, Matroska, WebM, MPEG-TS, …")


def gone(upload: Upload) -> Codek7Error:
    """What to say of an upload that is over."""
    if upload.state == "taken":
        return UploadGone("the upload is complete", hint=f"it became the asset {upload.asset_id}")
    if upload.state == "refused":
        return UploadGone(f"the upload was refused: {upload.reason}", hint=upload.hint)
    return UploadGone(
        "the upload has expired" if upload.state == "expired" else "the upload was ended",
        hint="begin a new one",
    )


def too_long(size_bytes: int) -> UploadTooBig:
    """More bytes come than were announced."""
    return UploadTooBig(
        f"more bytes come than the {size_bytes} that were announced",
        hint="begin again with the right Upload-Length",
    )
