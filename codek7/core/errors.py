"""Every error codek7 raises on purpose.

Each leaf is also the matching builtin, has a stable `code`, says what was being done to what,
and carries a `hint`: what to do next.

    Codek7Error
    ├── UsageError (ValueError)              usage
    │   ├── SettingsInvalid                  settings-invalid
    │   ├── LadderInvalid                    ladder-invalid
    │   ├── PolicyUnknown (LookupError)      policy-unknown
    │   ├── SourceNotFound (LookupError)     source-not-found
    │   └── QueryInvalid                     query-invalid
    │       └── QueryTooBig                  query-too-big
    ├── MediaError (ValueError)
    │   ├── MediaUnreadable                  media-unreadable
    │   ├── MediaRefused                     media-refused
    │   ├── MediaTooBig                      media-too-big
    │   └── MediaEmpty                       media-empty
    ├── EncodeError (OSError)
    │   ├── EncodeFailed                     encode-failed
    │   ├── EncodeStalled (TimeoutError)     encode-stalled
    │   ├── FramesDiffer (ValueError)        frames-differ
    │   └── InitDiffers (ValueError)         init-differs
    ├── PresentationFaulty (ValueError)      presentation-faulty
    ├── StoreError (OSError)
    │   ├── ObjectNotFound (LookupError)     object-not-found
    │   ├── KeyInvalid (ValueError)          key-invalid
    │   ├── StoreUnavailable                 store-unavailable
    │   └── DiskFull                         disk-full
    ├── CatalogError (OSError)
    │   ├── CatalogBusy (TimeoutError)       catalog-busy
    │   ├── CatalogLost (ConnectionError)    catalog-lost
    │   ├── CatalogNewer                     catalog-newer
    │   ├── CatalogDamaged                   catalog-damaged
    │   └── AssetNotFound (LookupError)      asset-not-found
    ├── HomeFaulty (OSError)                 home-faulty
    ├── AccessError (PermissionError)
    │   ├── Unauthenticated                  unauthenticated
    │   ├── Forbidden                        forbidden
    │   ├── KeyNotFound (LookupError)        key-not-found
    │   └── TooManyRequests                  too-many-requests
    ├── RequestTooSlow (TimeoutError)        request-too-slow
    ├── ServerBusy (RuntimeError)            server-busy
    ├── UploadError (ValueError)
    │   ├── UploadNotFound (LookupError)     upload-not-found
    │   ├── UploadGone (LookupError)         upload-gone
    │   ├── UploadConflict                   upload-conflict
    │   ├── UploadLocked                     upload-locked
    │   ├── UploadStalled (TimeoutError)     upload-stalled
    │   ├── UploadTooBig                     upload-too-big
    │   ├── UploadTypeWrong                  upload-type-wrong
    │   ├── ChecksumMismatch                 checksum-mismatch
    │   ├── ProtocolVersionWrong             protocol-version-wrong
    │   └── QuotaReached                     quota-reached
    ├── OutboundError (OSError)
    │   ├── AddressRefused (ValueError)      address-refused
    │   └── FetchFailed                      fetch-failed
    ├── WebhookNotFound (LookupError)        webhook-not-found
    ├── JobNotFound (LookupError)            job-not-found
    ├── WorkerLost (RuntimeError)            worker-lost
    ├── StateConflict (ValueError)           state-conflict
    ├── EditConflict (ValueError)            edit-conflict
    ├── ServerUnreachable (ConnectionError)  server-unreachable
    ├── NotReady (RuntimeError)              not-ready
    ├── PluginFailed (RuntimeError)          plugin-failed
    ├── ToolMissing (LookupError)            tool-missing
    └── Interrupted (RuntimeError)           interrupted
"""

from __future__ import annotations

import errno

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says when no more can be written: to the disk, by the user, to the file."""


class Codek7Error(Exception):
    """The root: `except Codek7Error` catches everything codek7 raises on purpose."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.hint)


def _rebuild(kind: type[Codek7Error], message: str, hint: str) -> Codek7Error:
    """Errors cross process borders whole, hint included."""
    return kind(message, hint=hint)


class UsageError(Codek7Error, ValueError):
    """The request itself is wrong."""

    code = "usage"


class SettingsInvalid(UsageError):
    """A settings file, variable or flag holds a value that cannot be used."""

    code = "settings-invalid"


class LadderInvalid(UsageError):
    """A ladder that no source could be encoded with."""

    code = "ladder-invalid"


class PolicyUnknown(UsageError, LookupError):
    """No policy has this name, and no file either."""

    code = "policy-unknown"


class SourceNotFound(UsageError, LookupError):
    """Nothing is at the source's address."""

    code = "source-not-found"


class QueryInvalid(UsageError):
    """A catalog query that cannot be run."""

    code = "query-invalid"


class QueryTooBig(QueryInvalid):
    """A catalog query that takes more time or memory than one may."""

    code = "query-too-big"


class MediaError(Codek7Error, ValueError):
    """The media cannot be used; nothing was changed."""

    code = "media"


class MediaUnreadable(MediaError):
    """Damaged, truncated, empty or not media at all."""

    code = "media-unreadable"


class MediaRefused(MediaError):
    """A format or a reference that is never opened (playlists, scripts, external data)."""

    code = "media-refused"


class MediaTooBig(MediaError):
    """More pixels, tracks, frames or time than the limits allow."""

    code = "media-too-big"


class MediaEmpty(MediaError):
    """Media without a single picture or sound that could be played."""

    code = "media-empty"


class EncodeError(Codek7Error, OSError):
    """An encoder did not make what was planned."""

    code = "encode"


class EncodeFailed(EncodeError):
    """The encoder ended with an error."""

    code = "encode-failed"


class EncodeStalled(EncodeError, TimeoutError):
    """The encoder stopped making progress and was ended."""

    code = "encode-stalled"


class FramesDiffer(EncodeError, ValueError):
    """The encoded frames are not the planned ones."""

    code = "frames-differ"


class InitDiffers(EncodeError, ValueError):
    """A chunk's init section is not its rendition's."""

    code = "init-differs"


class PresentationFaulty(Codek7Error, ValueError):
    """The validator found faults in what was about to be published."""

    code = "presentation-faulty"


class StoreError(Codek7Error, OSError):
    """The store could not do what was asked."""

    code = "store"


class ObjectNotFound(StoreError, LookupError):
    """No object has this key."""

    code = "object-not-found"


class KeyInvalid(StoreError, ValueError):
    """Not a key: keys are plain relative paths that codek7 made."""

    code = "key-invalid"


class StoreUnavailable(StoreError):
    """The store does not answer, or refuses the credentials."""

    code = "store-unavailable"


class DiskFull(StoreError):
    """No space is left where the work or the store is."""

    code = "disk-full"


class CatalogError(Codek7Error, OSError):
    """The catalog could not do what was asked."""

    code = "catalog"


class CatalogBusy(CatalogError, TimeoutError):
    """Another process kept the catalog for too long."""

    code = "catalog-busy"


class CatalogLost(CatalogError, ConnectionError):
    """The server ended before it had answered; nobody knows what it still did."""

    code = "catalog-lost"


class CatalogNewer(CatalogError):
    """The home was written by a newer codek7."""

    code = "catalog-newer"


class CatalogDamaged(CatalogError):
    """The catalog's file cannot be read; it is never recreated silently."""

    code = "catalog-damaged"


class AssetNotFound(CatalogError, LookupError):
    """No asset has this id."""

    code = "asset-not-found"


class HomeFaulty(Codek7Error, OSError):
    """Something in the home is not what it has to be, and is left as it is."""

    code = "home-faulty"


class AccessError(Codek7Error, PermissionError):
    """Who asks may not have what they ask for."""

    code = "access"


class Unauthenticated(AccessError):
    """Nobody said who asks, or what they said is not true."""

    code = "unauthenticated"


class Forbidden(AccessError):
    """Known, and not allowed."""

    code = "forbidden"


class KeyNotFound(AccessError, LookupError):
    """No API key has this id."""

    code = "key-not-found"


class TooManyRequests(AccessError):
    """More often than the settings allow; `retry_s` says when to come back."""

    code = "too-many-requests"

    def __init__(self, message: str, *, hint: str = "", retry_s: int = 60) -> None:
        super().__init__(message, hint=hint)
        self.retry_s = retry_s


class RequestTooSlow(Codek7Error, TimeoutError):
    """The body of a request did not come in time."""

    code = "request-too-slow"


class ServerBusy(Codek7Error, RuntimeError):
    """As much of this as the server does at once is being done."""

    code = "server-busy"


class UploadError(Codek7Error, ValueError):
    """Something is wrong with an upload."""

    code = "upload"


class UploadNotFound(UploadError, LookupError):
    """No upload has this id, or it is over."""

    code = "upload-not-found"


class UploadGone(UploadError, LookupError):
    """The upload was ended: it expired, was removed, or held no media."""

    code = "upload-gone"


class UploadConflict(UploadError):
    """The upload is elsewhere than the request takes it to be."""

    code = "upload-conflict"


class UploadLocked(UploadError):
    """Somebody else is writing to the upload now."""

    code = "upload-locked"


class UploadStalled(UploadError, TimeoutError):
    """No byte came for too long; what came before is kept."""

    code = "upload-stalled"


class UploadTypeWrong(UploadError):
    """A body of another media type than uploads have."""

    code = "upload-type-wrong"


class ChecksumMismatch(UploadError):
    """The bytes are not those that the checksum was made of; none of them was kept."""

    code = "checksum-mismatch"


class ProtocolVersionWrong(UploadError):
    """Another version of the upload protocol than ours, or none."""

    code = "protocol-version-wrong"


class UploadTooBig(UploadError):
    """More bytes than one upload may have."""

    code = "upload-too-big"


class QuotaReached(UploadError):
    """No room is left: for this key, for all, or on the disk."""

    code = "quota-reached"


class OutboundError(Codek7Error, OSError):
    """A request to another server came to nothing."""

    code = "outbound"


class AddressRefused(OutboundError, ValueError):
    """A URL that the server asks nothing of: another scheme or port, or an address inside a network."""

    code = "address-refused"


class FetchFailed(OutboundError):
    """The other server could not be reached, or did not answer as it should."""

    code = "fetch-failed"


class WebhookNotFound(Codek7Error, LookupError):
    """No webhook, or no delivery of it, has this id."""

    code = "webhook-not-found"


class JobNotFound(Codek7Error, LookupError):
    """No job has this id."""

    code = "job-not-found"


class WorkerLost(Codek7Error, RuntimeError):
    """Every worker that took the job on ended without an answer."""

    code = "worker-lost"


class StateConflict(Codek7Error, ValueError):
    """The asset or job is not in a state in which this can be done."""

    code = "state-conflict"


class EditConflict(Codek7Error, ValueError):
    """Somebody else has edited the asset since it was read."""

    code = "edit-conflict"


class ServerUnreachable(Codek7Error, ConnectionError):
    """A codek7 server does not answer, or not as one."""

    code = "server-unreachable"


class NotReady(Codek7Error, RuntimeError):
    """The server lives, but cannot do its work, or no more of it, just now."""

    code = "not-ready"


class PluginFailed(Codek7Error, RuntimeError):
    """A plugin raised where its answer was needed; the message names it."""

    code = "plugin-failed"


class ToolMissing(Codek7Error, LookupError):
    """A program, encoder or optional package that the request needs is not there."""

    code = "tool-missing"


class Interrupted(Codek7Error, RuntimeError):
    """Stopped by the person who started it; running it again resumes."""

    code = "interrupted"
