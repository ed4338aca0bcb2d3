"""/api/webhooks, for administrators."""

from __future__ import annotations

from typing import Annotated

import msgspec
from anyio import to_thread
from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from codek7.core.errors import AddressRefused, UsageError, WebhookNotFound
from codek7_server.access import authorise
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.live import Served
from codek7_server.outbound.guard import MAX_URL
from codek7_server.webhooks.events import EVENTS
from codek7_server.webhooks.outbox import Delivery, DeliveryState, Webhook
from codek7_server.webhooks.signing import new_secret

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_URL)]
Names = Annotated[list[str], msgspec.Meta(max_length=100)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Limit = Annotated[int, Parameter(ge=1, le=200, description="At most so many.")]


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell, and of what: names of events, all of them where none is given."""

    url: Url
    events: Names = []
    description: Text = ""


class WebhookEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change. One that is not `active` is told nothing, and what happens meanwhile is not made up
    for."""

    url: Url | msgspec.UnsetType = msgspec.UNSET
    events: Names | msgspec.UnsetType = msgspec.UNSET
    description: Text | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class MadeWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that was just made. `secret` signs its deliveries, and is never shown again."""

    secret: str
    webhook: Webhook


class WebhookList(msgspec.Struct, frozen=True, kw_only=True):
    """Every webhook, the oldest first."""

    items: list[Webhook]


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries, the newest first; `next` is the cursor of the next page, empty on the last one."""

    items: list[Delivery]
    next: str = ""


class WebhookRoutes(Controller):
    """Webhooks and what became of their deliveries."""

    path = "/api/webhooks"
    tags = ["webhooks"]  # noqa: RUF012  # as the framework declares it
    security = KEY

    @post("/", operation_id="makeWebhook", responses=fails_with(AddressRefused))
    async def make(self, identity: Identity, live: Served, data: NewWebhook) -> MadeWebhook:
        """Tell a URL what happens from now on. This response is the only one that shows the secret."""
        authorise(identity, "webhook:manage")
        _check(data.events)
        live.webhooks.check_url(data.url)
        secret = new_secret()
        last = await to_thread.run_sync(live.webhooks.last_event)
        made = await to_thread.run_sync(
            live.webhooks.outbox.add, data.url, data.events, data.description, secret, last
        )
        return MadeWebhook(secret=secret, webhook=made)

    @get("/", operation_id="listWebhooks")
    async def every(self, identity: Identity, live: Served) -> WebhookList:
        """All webhooks, without their secrets."""
        authorise(identity, "webhook:manage")
        return WebhookList(items=await to_thread.run_sync(live.webhooks.outbox.every))

    @get("/{webhook_id:str}", operation_id="getWebhook", responses=fails_with(WebhookNotFound))
    async def one(self, identity: Identity, live: Served, webhook_id: str) -> Webhook:
        """One of them."""
        authorise(identity, "webhook:manage")
        return await to_thread.run_sync(live.webhooks.outbox.one, webhook_id)

    @patch(
        "/{webhook_id:str}", operation_id="editWebhook", responses=fails_with(WebhookNotFound, AddressRefused)
    )
    async def edit(self, identity: Identity, live: Served, webhook_id: str, data: WebhookEdit) -> Webhook:
        """Change what is given."""
        authorise(identity, "webhook:manage")
        changes = {
            name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET
        }
        _check(changes.get("events", []))
        if "url" in changes:
            live.webhooks.check_url(changes["url"])
        found = await to_thread.run_sync(live.webhooks.outbox.one, webhook_id)
        changed = msgspec.structs.replace(found, **changes)
        await to_thread.run_sync(live.webhooks.outbox.change, changed)
        return changed

    @delete("/{webhook_id:str}", operation_id="removeWebhook", responses=fails_with(WebhookNotFound))
    async def remove(self, identity: Identity, live: Served, webhook_id: str) -> None:
        """Tell it nothing more; what waits for it is dropped."""
        authorise(identity, "webhook:manage")
        await to_thread.run_sync(live.webhooks.outbox.remove, webhook_id)

    @get("/{webhook_id:str}/deliveries", operation_id="listDeliveries", responses=fails_with(WebhookNotFound))
    async def deliveries(
        self,
        identity: Identity,
        live: Served,
        webhook_id: str,
        status: DeliveryState | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> DeliveryPage:
        """What was told, or waits to be, or was given up (`dead`), with the last answer's status."""
        authorise(identity, "webhook:manage")
        before = _place(cursor)
        found = await to_thread.run_sync(
            live.webhooks.outbox.deliveries, webhook_id, status, before, limit + 1
        )
        page = found[:limit]
        more = f"{page[-1].created_us}-{page[-1].id}" if len(found) > limit else ""
        return DeliveryPage(items=page, next=more)

    @post(
        "/{webhook_id:str}/deliveries/{delivery_id:str}/redeliver",
        status_code=202,
        operation_id="redeliver",
        responses=fails_with(WebhookNotFound),
    )
    async def redeliver(
        self, identity: Identity, live: Served, webhook_id: str, delivery_id: str
    ) -> Delivery:
        """Tell it again, now, whatever became of it."""
        authorise(identity, "webhook:manage")
        found = await to_thread.run_sync(live.webhooks.outbox.again, webhook_id, delivery_id)
        live.webhooks.nudge()
        return found


def _check(events: list[str]) -> None:
    unknown = sorted(set(events) - set(EVENTS))
    if unknown:
        raise UsageError(
            f"no event that webhooks are told is called {unknown[0][:80]!r}",
            hint=f"there are {', '.join(EVENTS)}",
        )


def _place(cursor: str) -> tuple[int, str] | None:
    """Raises `UsageError`."""
    at, _, last = cursor.partition("-")
    if not cursor:
        return None
    if not (at.isascii() and at.isdigit() and len(at) < 19 and last.isalnum()):
        raise UsageError("the cursor is none of ours", hint="begin without one")
    return int(at), last
