"""All uploads of a server: begun, gone on with, finished, ended, expired."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from anyio import to_thread

from codek7.core.assets import Asset, new_id
from codek7.core.errors import (
    ChecksumMismatch,
    Codek7Error,
    MediaError,
    UploadConflict,
    UploadLocked,
    UploadNotFound,
    UploadTooBig,
    UsageError,
)
from codek7.core.folders import make_private
from codek7.core.settings import Uploads as Limits
from codek7_server.uploads import record
from codek7_server.uploads.going import Going, TakeIn, now_us
from codek7_server.uploads.incoming import Incoming
from codek7_server.uploads.record import Kind, Said, Upload
from codek7_server.uploads.refusals import gone, no_media, too_long
from codek7_server.uploads.room import Claim, check_disk, check_quotas, check_room, check_size
from codek7_server.uploads.stored import Stored
from codek7_server.uploads.tus import ALGORITHMS, Checksum

SILENT_S = 2.0
"""A request that has sent nothing for so long does not keep another one from going on with its upload: a
client whose network went away comes back long before the old connection is found dead."""
SENT_AWAY_S = 5.0
"""How long whoever is sent away may take to put down what it is at."""
KEEP_ENDED_US = 86_400_000_000
"""For so long who asks hears what became of an upload."""
MOST_OVER = 20_000
"""Of those that are over; each is a folder, and nobody counts them against a key."""

log = logging.getLogger("codek7.server.uploads")
in_thread = to_thread.run_sync


class Uploads:
    """Uploads by their ids; on disk, so that a restart changes nothing."""

    def __init__(self, home: Path, limits: Limits, kept: Callable[[], Mapping[str, int]]) -> None:
        """`kept`: how many bytes of sources each owner has; asked from a thread. Raises `HomeFaulty`."""
        self.root = home / "uploads"
        make_private(self.root)
        self.limits = limits
        self._kept = kept
        self._going: dict[str, Going] = {}
        self._over: dict[str, Upload] = {}
        self._take_in: TakeIn | None = None
        self._beginning = asyncio.Lock()

    async def load(self, take_in: TakeIn) -> None:
        """Find what an earlier server left. Uploads go on where they were."""
        self._take_in = take_in
        for upload, stored in await in_thread(self._on_disk):
            if stored is None:
                self._over[upload.id] = upload
            else:
                self._going[upload.id] = Going(upload, stored)

    def _on_disk(self) -> list[tuple[Upload, Stored | None]]:
        return [
            (upload, Stored(record.folder_of(self.root, upload.id)) if _goes_on(upload) else None)
            for upload in record.every(self.root)
        ]

    async def begin(
        self,
        owner: str,
        said: Said,
        size_bytes: int | None,
        *,
        kind: Kind = "tus",
        url: str = "",
        at_most: int = 0,
    ) -> Going:
        """A new upload. `at_most`: of one whose size nobody says. Raises `UploadTooBig`, `QuotaReached`."""
        async with self._beginning:  # of two that fit one by one, the second hears that there is no room
            wanted = at_most if size_bytes is None else size_bytes
            await in_thread(self._check_room, wanted, owner)
            now = now_us()
            upload = Upload(
                id=new_id(), owner=owner, kind=kind, size_bytes=size_bytes, said=said, url=url,
                created_us=now, changed_us=now,
            )  # fmt: skip
            await in_thread(record.save, self.root, upload)
            going = Going(upload, Stored(record.folder_of(self.root, upload.id)))
            self._going[upload.id] = going
        return going

    def find(self, upload_id: str) -> Upload:
        """What is known of an upload, over or not. Raises `UploadNotFound`."""
        going = self._going.get(upload_id)
        found = going.upload if going else self._over.get(upload_id)
        if found is None:
            raise UploadNotFound("there is no such upload", hint="it may have expired long ago: begin again")
        return found

    def going(self, upload_id: str) -> Going:
        """One that is not over. Raises `UploadNotFound`, `UploadGone`."""
        going = self._going.get(upload_id)
        if going is None:
            raise gone(self.find(upload_id))
        return going

    async def made_of(self, upload: Upload) -> Upload:
        """The upload; where it is whole and its asset is still to be made, that is done first."""
        going = self._going.get(upload.id)
        if going is None or not going.complete:
            return upload
        await self._try_again(going)
        return going.upload

    async def offset_of(self, upload: Upload) -> int:
        """How many bytes are on disk."""
        going = self._going.get(upload.id)
        if going is None or upload.state != "open":
            return self.received(upload)
        return await in_thread(going.stored.settle)

    def received(self, upload: Upload) -> int:
        """How many bytes have come, on disk for good or not."""
        going = self._going.get(upload.id)
        if going is not None and upload.state == "open":
            return going.stored.size
        return upload.size_bytes or 0 if upload.state in ("whole", "taken") else 0

    def expires_us(self, going: Going) -> int:
        """When it is abandoned unless something comes."""
        return going.active_us + self.limits.expire_s * 1_000_000

    async def receive(
        self, going: Going, incoming: Incoming, *, offset: int, length: int | None, checksum: Checksum | None
    ) -> Upload:
        """Go on at an offset with a request's body; `length` of it where known. Finishes the upload with its
        last byte. Raises `UploadConflict`, `UploadLocked`, `UploadTooBig`, `ChecksumMismatch`, `DiskFull`,
        `QuotaReached`, `MediaRefused`, `UploadStalled` and `Gone`."""
        await self._make_way(going)
        async with going.lock:
            self._check_open(going)
            if offset != going.stored.size:
                raise UploadConflict(
                    f"the upload is at {going.stored.size}, not at {offset}", hint="ask where it is (HEAD)"
                )
            size = going.upload.size_bytes
            if size is not None and length is not None and offset + length > size:
                raise too_long(size)
            going.incoming, going.active_us = incoming, now_us()
            self._catch_up(going)
            try:
                await self._append_all(going, incoming, checksum)
            finally:
                going.incoming, going.active_us = None, now_us()
                if self._going.get(going.upload.id) is not going:  # ended meanwhile
                    await in_thread(record.drop_bytes, self.root, going.upload.id)
            if going.stored.size == size:
                await self._finish(going)
        return going.upload

    async def finish(self, going: Going) -> Upload:
        """All bytes are here: make the asset. Raises `MediaRefused`, and what making it raises."""
        async with going.lock:
            self._check_open(going)
            await self._finish(going)
        return going.upload

    def check_room_of(self, going: Going, size_bytes: int) -> None:
        """How long it will be was said later than that it begins. Blocking. Raises `QuotaReached`."""
        self._check_room(max(0, size_bytes - going.stored.size), going.upload.owner)

    def describe(self, going: Going, said: Said) -> None:
        """What is said of it came later than its bytes. Blocking."""
        going.upload = msgspec.structs.replace(going.upload, said=said)
        record.save(self.root, going.upload)

    async def append(self, going: Going, block: bytes) -> None:
        """For who writes to an upload of their own. Raises `DiskFull`, `QuotaReached`, `MediaRefused`."""
        first = not going.stored.size
        await in_thread(self._append, going, block)
        going.active_us = now_us()
        if first:
            await self._refuse_what_is_no_media(going, whole=False)

    async def end(
        self, upload: Upload, state: record.State = "ended", why: Codek7Error | None = None
    ) -> None:
        """Its bytes go; what became of it is kept for a while. Ending what is over changes nothing."""
        going = self._going.pop(upload.id, None)
        if going is None:
            return
        if going.incoming:
            going.incoming.send_away()
        ended = msgspec.structs.replace(
            going.upload, state=state, changed_us=now_us(),
            code=why.code if why else "", reason=why.message if why else "", hint=why.hint if why else "",
        )  # fmt: skip
        await self._is_over(going, ended)

    async def sweep(self) -> None:
        """End what was abandoned, forget what has long been over, make the assets that could not be made."""
        now = now_us()
        for going in list(self._going.values()):
            if going.lock.locked():
                continue
            if going.complete:
                await self._try_again(going)
            elif going.upload.kind != "import" and now > self.expires_us(going):
                await self.end(going.upload, "expired")
        over = sorted(self._over.values(), key=lambda upload: upload.changed_us)
        long_ago = now - max(KEEP_ENDED_US, self.limits.expire_s * 1_000_000)
        for upload in over:
            if upload.changed_us < long_ago or len(self._over) > MOST_OVER:
                del self._over[upload.id]
                await in_thread(record.forget, self.root, upload.id)

    def every_going(self) -> list[Going]:
        """All that are not over."""
        return list(self._going.values())

    def every_upload(self) -> list[Upload]:
        """All that are known, over or not."""
        return [going.upload for going in self._going.values()] + list(self._over.values())

    async def _try_again(self, going: Going) -> None:
        try:
            async with going.lock:
                if going.complete:
                    await self._finish(going)
        except Codek7Error as error:
            log.warning("upload %s is whole, and no asset yet: %s", going.upload.id, error)

    def _check_open(self, going: Going) -> None:
        if self._going.get(going.upload.id) is not going:
            raise gone(self.find(going.upload.id))

    async def _make_way(self, going: Going) -> None:
        """Whoever sends nothing is sent away. Raises `UploadLocked`."""
        if going.incoming is not None and going.incoming.silent_s > SILENT_S:
            going.incoming.send_away()
            with suppress(TimeoutError):
                async with asyncio.timeout(SENT_AWAY_S), going.lock:
                    pass
        if going.lock.locked():
            raise UploadLocked("another request is sending this upload", hint="try again in a moment")

    async def _append_all(self, going: Going, incoming: Incoming, checksum: Checksum | None) -> None:
        """All of a body or, with a checksum that does not fit or bytes too many, nothing of it."""
        stored = going.stored
        before = stored.remember()
        try:
            if checksum:
                await in_thread(stored.doubt)
            digest = ALGORITHMS[checksum.algorithm]() if checksum else hashlib.sha256()
            async for block in incoming.blocks():
                if going.upload.size_bytes is not None and stored.size + len(block) > going.upload.size_bytes:
                    raise too_long(going.upload.size_bytes)
                if checksum:
                    await in_thread(digest.update, block)
                await self.append(going, block)
            if checksum and digest.digest() != checksum.digest:
                raise ChecksumMismatch(
                    f"the {checksum.algorithm} of what came is another", hint="send these bytes again"
                )
        except BaseException as error:
            lost = checksum or isinstance(error, UploadTooBig) or not going.stored.path.exists()
            await _shielded(in_thread(stored.undo, before) if lost else in_thread(stored.believe))
            raise
        await in_thread(stored.believe)

    def _catch_up(self, going: Going) -> None:
        """Hash beside what comes what came before this server."""
        if going.stored.behind and going.hashing is None:
            going.hashing = asyncio.ensure_future(in_thread(going.stored.catch_up))

    def _append(self, going: Going, block: bytes) -> None:
        check_disk(self.limits, self.root)
        check_size(going.stored.size + len(block), self.limits.max_bytes)
        if going.upload.size_bytes is None:  # nobody said how much it would be, so nothing was claimed
            check_quotas(len(block), going.upload.owner, self.limits, self._claims(), self._kept_now())
        going.stored.append(block)

    async def _finish(self, going: Going) -> None:
        """The lock is held."""
        if going.upload.state == "open":
            await self._refuse_what_is_no_media(going, whole=True)
            await self._is_whole(going)
        try:
            asset = await self._make_asset(going)
        except (UsageError, MediaError) as error:  # it would be refused the next time, too
            await self.end(going.upload, "refused", error)
            raise
        self._going.pop(going.upload.id, None)
        taken = msgspec.structs.replace(going.upload, state="taken", changed_us=now_us(), asset_id=asset.id)
        await self._is_over(going, taken)

    async def _is_whole(self, going: Going) -> None:
        """From here on the asset is made, by this server or by the next."""
        stored = going.stored
        sha256 = await in_thread(stored.sha256)
        await in_thread(stored.settle)
        whole = msgspec.structs.replace(
            going.upload, state="whole", changed_us=now_us(), size_bytes=stored.size, sha256=sha256,
            asset_id=new_id(),
        )  # fmt: skip
        await in_thread(record.save, self.root, whole)
        going.upload = whole

    async def _make_asset(self, going: Going) -> Asset:
        assert self._take_in is not None, "loaded before it answers"  # noqa: S101  # a fault of ours alone
        upload, said = going.upload, going.upload.said
        return await self._take_in(
            going.stored.path,
            filename=said.filename,
            title=said.title,
            visibility=said.visibility,
            owner=upload.owner,
            sha256=upload.sha256,
            size_bytes=upload.size_bytes or 0,
            policy=said.policy,
            metadata=said.more,
            asset_id=upload.asset_id,
        )

    async def _is_over(self, going: Going, upload: Upload) -> None:
        self._over[upload.id] = going.upload = upload
        await in_thread(record.save, self.root, upload)
        await in_thread(record.drop_bytes, self.root, upload.id)

    async def _refuse_what_is_no_media(self, going: Going, *, whole: bool) -> None:
        """Told from the first bytes. Raises `MediaRefused`; then the upload is over."""
        head = await in_thread(lambda: going.stored.head) if going.stored.size else b""
        error = no_media(head, whole=whole)
        if error is not None:
            await self.end(going.upload, "refused", error)
            raise error

    def _check_room(self, size_bytes: int, owner: str) -> None:
        make_private(self.root)
        check_room(size_bytes, owner, self.limits, self._claims(), self._kept_now(), self.root)

    def _claims(self) -> list[Claim]:
        return [_claim(going) for going in list(self._going.values())]

    def _kept_now(self) -> Mapping[str, int]:
        """Empty where nothing depends on it. Blocking."""
        return self._kept() if self.limits.max_key_bytes or self.limits.max_total_bytes else {}


def _goes_on(upload: Upload) -> bool:
    return upload.state in ("open", "whole")


def _claim(going: Going) -> Claim:
    here = going.stored.size
    size = here if going.upload.size_bytes is None else going.upload.size_bytes
    return Claim(going.upload.owner, size, max(size - here, 0))


async def _shielded(work: Any) -> None:
    """Done even where the request is cancelled meanwhile."""
    await asyncio.shield(asyncio.ensure_future(work))
