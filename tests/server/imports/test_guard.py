"""The guard, with names that resolve to what a test says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import httpcore
import pytest

from codek7.core.errors import AddressRefused, FetchFailed, SettingsInvalid
from codek7.core.settings import Outbound
from codek7_server.imports.fetching import fetching
from codek7_server.outbound.guard import Guard
from tests.server.imports.conftest import Origin, file, redirect

LOCAL = Outbound(allow=("127.0.0.0/8",))
STRICT = Outbound()


class Names:
    """Resolves names to the addresses of a table, one entry after the other for the same name."""

    def __init__(self, **table: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): iter(answers) for name, answers in table.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host in self._answers:
            return next(self._answers[host])
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in found]


def fetch(guard: Guard, url: str) -> bytes:
    """The whole body."""

    async def run() -> bytes:
        async with fetching(guard, url) as answer:
            return b"".join([piece async for piece in answer.body])

    return asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://example.org/x", "data:,x", "//example.org/x", "x",
        "http://", "http:///x", "http://user:pass@example.org/", "http://user@example.org/", "http://2130706433/",
        "http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://127.1/", "http://example.org:22/",
        "http://example.org:8080/", "https://example.org:0x50/", "http://exa mple.org/",
        "http://example.org/\r\nX: y", "http://exam\\ple.org/",
        "http://ex\u0430mple.org/", "http://[::1", "http://example.org:99999/", "http://" + "x" * 5000,
    ],
)  # fmt: skip
def test_urls_that_are_not_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        Guard(STRICT, Names()).check_url(url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "[fe80::1]", "10.1.2.3",
     "[64:ff9b::7f00:1]", "localhost", "LOCALHOST"],
)  # fmt: skip
def test_addresses_and_names_inside(host: str) -> None:
    with pytest.raises(AddressRefused, match="not public"):
        fetch(Guard(STRICT), f"http://{host}/")


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::1"], ["2002:7f00:1::"], ["::ffff:1.1.1.1"]],
)
def test_names_that_lead_inside(addresses: list[str]) -> None:
    """One address inside is enough."""
    with pytest.raises(AddressRefused, match="leads to an address that is not public"):
        fetch(Guard(STRICT, Names(rebind_example=[addresses])), "http://rebind.example/")


@pytest.mark.parametrize("answer", [[], None])
def test_names_that_lead_nowhere(answer: list[str] | None) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if answer is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answer

    with pytest.raises(FetchFailed):
        fetch(Guard(STRICT, resolve), "http://nowhere.example/")


def test_what_was_checked_is_what_is_asked(origin: Origin) -> None:
    """A name that means something else the second time (DNS rebinding) is resolved once for a connection."""
    origin.answer = file(b"here")
    names = Names(once_example=[["127.0.0.1"], ["169.254.169.254"]])
    assert fetch(Guard(LOCAL, names), f"http://once.example:{origin.port}/a?b=c#d") == b"here"
    assert names.asked == ["once.example"]
    assert origin.asked == [("/a?b=c", f"once.example:{origin.port}")], "asked by its name"
    with pytest.raises(AddressRefused):
        fetch(Guard(LOCAL, names), f"http://once.example:{origin.port}/")


def test_another_address_of_the_name_is_tried(origin: Origin) -> None:
    origin.answer = file(b"second")
    guard = Guard(LOCAL, Names(two_example=[["127.77.0.1", "127.0.0.1"]]))
    assert fetch(guard, f"http://two.example:{origin.port}/") == b"second"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_redirect_is_checked(origin: Origin, inner: Origin, status: int) -> None:
    inner.answer = file(b"secret")
    guard = Guard(Outbound(allow=("127.0.0.1/32",)), Names(inner_example=[["127.0.0.2"]]))
    for target in (
        f"http://inner.example:{inner.port}/", f"http://127.0.0.2:{inner.port}/", "file:///etc/passwd",
        f"http://[::1]:{inner.port}/", f"http://2130706434:{inner.port}/", "http://169.254.169.254/latest/",
    ):  # fmt: skip
        guard = Guard(Outbound(allow=("127.0.0.1/32",)), Names(inner_example=[["127.0.0.2"]]))
        origin.answer = redirect(target, status)
        with pytest.raises(AddressRefused):
            fetch(guard, origin.url)
    assert inner.asked == []


def test_redirects_are_followed_but_not_for_ever(origin: Origin) -> None:
    origin.answer = lambda to: (redirect("/b/c") if to.path == "/a" else file(b"moved"))(to)
    assert fetch(Guard(LOCAL), f"{origin.url}/a") == b"moved"
    assert [path for path, _ in origin.asked] == ["/a", "/b/c"]
    origin.answer = redirect("/again")
    with pytest.raises(FetchFailed, match="more than 5 times"):
        fetch(Guard(LOCAL), origin.url)
    origin.answer = redirect("")
    with pytest.raises(FetchFailed, match="does not say where"):
        fetch(Guard(LOCAL), origin.url)


@pytest.mark.parametrize("status", [204, 206, 304, 403, 404, 500])
def test_other_answers_are_not_taken(origin: Origin, status: int) -> None:
    origin.answer = lambda to: to.send_error(status)
    with pytest.raises(FetchFailed, match=f"answers {status}"):
        fetch(Guard(LOCAL), origin.url)


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(FetchFailed, match="connection failed"):
            fetch(Guard(LOCAL), f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_name_that_is_allowed_is_still_held_to_the_ports() -> None:
    with pytest.raises(AddressRefused, match="port 22"):
        fetch(Guard(LOCAL, Names(far_example=[["93.184.215.14"]])), "http://far.example:22/")


def test_settings_that_are_no_networks() -> None:
    with pytest.raises(SettingsInvalid, match=r"server\.outbound\.allow"):
        Guard(Outbound(allow=("everything",)))


def test_no_way_around_through_unix_sockets() -> None:
    async def run() -> None:
        async with httpcore.AsyncConnectionPool(uds="/tmp/x", network_backend=Guard(LOCAL).backend) as pool:
            await pool.request("GET", "http://x/")

    with pytest.raises(AddressRefused):
        asyncio.run(run())
