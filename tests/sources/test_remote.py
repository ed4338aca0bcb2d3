"""Sources that are elsewhere: fetched once, whole or not at all, from servers that break."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codek7.core.errors import (
    Codek7Error,
    DiskFull,
    Interrupted,
    MediaRefused,
    MediaTooBig,
    SourceNotFound,
    StoreUnavailable,
)
from codek7.core.media import Limits
from codek7.sources import open_local
from tests.ffmpeg.processes import until
from tests.servers import BUCKET, KEY, SECRET, S3Server
from tests.sources.conftest import BODY, Fetch, Question, Reply, Web, serve, stored

HASH = hashlib.sha256(BODY).hexdigest()


def test_it_is_fetched_once(fetch: Fetch, web: Web, cache: Path) -> None:
    heard: list[tuple[int, int]] = []
    source, path = fetch(web.url(), on_progress=lambda done, size: heard.append((done, size)))
    assert (source.uri, source.sha256, source.size_bytes) == (web.url(), HASH, len(BODY))
    assert path.read_bytes() == BODY
    assert heard[-1] == (len(BODY), len(BODY))
    heard.clear()
    assert fetch(web.url(), on_progress=lambda done, size: heard.append((done, size))) == (source, path)
    assert not heard, "nothing is read again"
    assert stored(cache) == [HASH]


def test_what_changed_there_is_fetched_again(fetch: Fetch, web: Web, cache: Path) -> None:
    fetch(web.url())
    web.reply = lambda question: serve(BODY[::-1], question, etag='"two"')
    source, path = fetch(web.url())
    assert path.read_bytes() == BODY[::-1]
    assert stored(cache) == sorted([HASH, source.sha256])


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_mark_it_is_fetched_each_time(fetch: Fetch, web: Web, etag: str) -> None:
    web.reply = lambda question: serve(BODY, question, etag=etag)
    fetch(web.url())
    web.reply = lambda question: serve(BODY[::-1], question, etag=etag)
    assert fetch(web.url())[1].read_bytes() == BODY[::-1]


@pytest.mark.parametrize(("changed", "again"), [("Thu, 01 Jan 2026 00:00:00 GMT", False), ("now", True)])
def test_the_time_of_the_last_change_is_a_mark_when_it_is_past(
    fetch: Fetch, web: Web, changed: str, again: bool
) -> None:
    def reply(_: Question) -> Reply:
        from email.utils import formatdate

        time_of_change = formatdate(usegmt=True) if changed == "now" else changed
        return Reply(200, BODY, (("Last-Modified", time_of_change),))

    web.reply = reply
    heard: list[int] = []
    for _ in range(2):
        heard.clear()
        fetch(web.url(), on_progress=lambda done, _: heard.append(done))
    assert bool(heard) is again


def test_a_broken_stream_goes_on_where_it_broke(fetch: Fetch, web: Web) -> None:
    web.reply = lambda question: serve(BODY, question, cut=3_000_000)
    source, path = fetch(web.url())
    assert (source.sha256, path.read_bytes()) == (HASH, BODY)
    starts = [question.headers.get("Range") for question in web.asked]
    assert starts == [None, "bytes=3000000-", "bytes=6000000-", "bytes=9000000-"]


def test_what_changes_between_two_parts_is_begun_again(fetch: Fetch, web: Web) -> None:
    other = BODY[::-1]
    web.reply = lambda question: (
        serve(other, question, etag='"two"') if question.number else serve(BODY, question, cut=3_000_000)
    )
    assert fetch(web.url())[1].read_bytes() == other


def test_a_server_without_ranges_is_asked_again_for_all(fetch: Fetch, web: Web) -> None:
    web.reply = lambda question: Reply(200, BODY, (), None if question.number == 2 else 3_000_000)
    assert fetch(web.url())[1].read_bytes() == BODY
    assert not any("Range" in question.headers for question in web.asked)


def test_a_server_that_goes_on_elsewhere_is_not_believed(fetch: Fetch, web: Web, cache: Path) -> None:
    def reply(question: Question) -> Reply:
        if "Range" not in question.headers:
            return serve(BODY, question, cut=3_000_000)
        return Reply(
            206, BODY[5:], (("ETag", '"one"'), ("Content-Range", f"bytes 5-{len(BODY) - 1}/{len(BODY)}"))
        )

    web.reply = reply
    with pytest.raises(StoreUnavailable):
        fetch(web.url())
    assert stored(cache) == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_passing_trouble_is_waited_out(fetch: Fetch, web: Web, status: int) -> None:
    web.reply = lambda question: serve(BODY, question) if question.number == 3 else Reply(status)
    assert fetch(web.url())[0].sha256 == HASH


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, SourceNotFound), (410, SourceNotFound), (401, StoreUnavailable), (403, StoreUnavailable)],
)
def test_refusals_are_final(fetch: Fetch, web: Web, status: int, error: type[Codek7Error]) -> None:
    web.reply = lambda _: Reply(status)
    with pytest.raises(error, match=str(status)):
        fetch(web.url())
    assert len(web.asked) == 1


def test_lasting_trouble_ends(fetch: Fetch, web: Web, cache: Path) -> None:
    web.reply = lambda _: Reply(200, BODY, (), 3_000_000)
    with pytest.raises(StoreUnavailable, match="ended after"):
        fetch(web.url())
    assert 2 <= len(web.asked) <= 6
    assert stored(cache) == []


def test_nobody_there(fetch: Fetch, web: Web) -> None:
    url = web.url()
    web.server.server_close()
    with pytest.raises(StoreUnavailable, match="refused"):
        fetch(url)


def test_no_length_is_no_trouble(fetch: Fetch, web: Web) -> None:
    web.reply = lambda _: Reply(200, BODY, (("Content-Length", ""),))
    heard: list[tuple[int, int]] = []
    source, _ = fetch(web.url(), on_progress=lambda done, size: heard.append((done, size)))
    assert source.sha256 == HASH
    assert heard[-1] == (len(BODY), 0)


@pytest.mark.parametrize("length", [None, ""])
def test_too_much_is_not_kept(fetch: Fetch, web: Web, cache: Path, length: str | None) -> None:
    """Announced or not."""
    web.reply = lambda _: Reply(200, BODY, () if length is None else (("Content-Length", ""),))
    fetch(web.url(), limits=Limits(max_size_bytes=len(BODY)))
    with pytest.raises(MediaTooBig):
        fetch(web.url("other"), limits=Limits(max_size_bytes=len(BODY) - 1))
    assert stored(cache) == [HASH]


def test_fetching_can_be_stopped(fetch: Fetch, web: Web, cache: Path) -> None:
    answers = iter([False] * 3)
    with pytest.raises(Interrupted):
        fetch(web.url(), cancelled=lambda: next(answers, True))
    assert stored(cache) == []


def test_redirects_lead_to_http_only_and_take_no_credentials(fetch: Fetch, web: Web) -> None:
    web.reply = lambda question: (
        Reply(302, b"", (("Location", web.url("there")),)) if question.number == 0 else serve(BODY, question)
    )
    assert fetch(f"http://user:pass@{web.host}/here")[0].sha256 == HASH
    assert [question.headers.get("Authorization") for question in web.asked] == [
        f"Basic {base64.b64encode(b'user:pass').decode()}", None,
    ]  # fmt: skip
    for place in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", web.url("round")):
        web.reply = lambda _, place=place: Reply(302, b"", (("Location", place),))  # type: ignore[misc]
        with pytest.raises(StoreUnavailable):
            fetch(web.url("round"))


def test_no_secret_is_kept_or_said(fetch: Fetch, web: Web, cache: Path) -> None:
    secrets = ("p4ssw0rd", "X-Signature", "s1gned")
    url = f"http://someone:p4ssw0rd@{web.host}/clip.mp4?X-Signature=s1gned#s1gned"
    source, _ = fetch(url)
    assert source.uri == web.url()
    assert web.asked[0].path == "/clip.mp4?X-Signature=s1gned"
    said = []
    for reply in (
        Reply(403),
        Reply(404),
        Reply(500),
        Reply(200, BODY, (), 10),
    ):
        web.reply = lambda _, reply=reply: reply  # type: ignore[misc]
        with pytest.raises(Codek7Error) as caught:
            fetch(url)
        said += [str(caught.value), repr(caught.value)]
    kept = [path.read_bytes().decode(errors="replace") for path in cache.rglob("*.json")]
    names = [str(path) for path in cache.rglob("*")]
    assert kept
    assert not any(secret in text for secret in secrets for text in (*said, *kept, *names))


def test_many_want_it_at_once(fetch: Fetch, web: Web) -> None:
    def reply(question: Question) -> Reply:
        time.sleep(0.2)
        return serve(BODY, question)

    web.reply = reply
    heard: list[int] = []
    with ThreadPoolExecutor(4) as pool:
        wanted = [
            pool.submit(fetch, web.url(), on_progress=lambda done, _: heard.append(done)) for _ in range(4)
        ]
        assert len({future.result() for future in wanted}) == 1
    assert heard == sorted(set(heard)), "read by one of them"


FETCHER = """
import sys
from pathlib import Path
from codek7.core.media import Limits
from codek7.sources import fetch_source
fetch_source(sys.argv[1], Path(sys.argv[2]), limits=Limits(), cache_bytes=10**9)
"""


def test_a_killed_fetch_leaves_nothing_that_counts(fetch: Fetch, web: Web, cache: Path) -> None:
    """It has a part, and gets no more before it is killed."""
    killed = threading.Event()

    def reply(question: Question) -> Reply:
        if question.number == 0:
            return serve(BODY, question, cut=1_000_000)
        assert killed.wait(60)
        return serve(BODY, question)

    web.reply = reply
    fetcher = subprocess.Popen([sys.executable, "-c", FETCHER, web.url(), str(cache)])
    until(lambda: len(web.asked) == 2 or fetcher.poll() is not None, "the fetch to go on")
    assert fetcher.poll() is None
    fetcher.send_signal(signal.SIGKILL)
    fetcher.wait()
    killed.set()
    left = stored(cache)
    assert [name for name in left if name.startswith(".part-")] == left != []
    assert fetch(web.url())[0].sha256 == HASH
    assert stored(cache) == [HASH]


def test_a_full_disk_is_said(fetch: Fetch, web: Web, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(BODY)
    web.reply = lambda _: Reply(200, b"", (("Content-Length", str(10**18)),))
    with pytest.raises(DiskFull):
        fetch(web.url(), limits=Limits(max_size_bytes=10**19))
    web.reply = lambda question: serve(BODY, question)

    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr("codek7.sources.download.os.write", full)
        with pytest.raises(DiskFull):
            fetch(web.url())
    assert stored(cache) == []
    assert fetch(web.url())[0].size_bytes == size


def test_opening_again(fetch: Fetch, web: Web, cache: Path) -> None:
    source, path = fetch(web.url())
    assert open_local(source, cache) == path
    assert len(web.asked) == 1
    for damage in (path.unlink, lambda: path.write_bytes(b"less")):
        damage()
        assert open_local(source, cache).read_bytes() == BODY
    path.unlink()
    for other in (BODY[::-1], BODY + b"more"):
        web.reply = lambda question, other=other: serve(other, question, etag="")  # type: ignore[misc]
        with pytest.raises(SourceNotFound, match="changed"):
            open_local(source, cache)


def test_objects_in_memory(fetch: Fetch) -> None:
    import fsspec

    files = fsspec.filesystem("memory")
    for body in (b"first", b"other"):
        files.pipe_file("/sources-test/a/clip", body)
        source, path = fetch("memory://sources-test/a/clip")
        assert (source.uri, path.read_bytes()) == ("memory://sources-test/a/clip", body)
    with pytest.raises(SourceNotFound):
        fetch("memory://sources-test/nothing")
    with pytest.raises(MediaRefused):
        fetch("memory://sources-test/a")


def test_objects_in_buckets(
    fetch: Fetch, moto_s3: S3Server, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    import s3fs

    files = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=moto_s3.endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_s3.endpoint_url)
    url = f"s3://{BUCKET}/sources/a clip?#.mp4"
    for body in (BODY, BODY[::-1]):
        files.pipe_file(url.removeprefix("s3://"), body)
        source, path = fetch(url)
        assert (source.uri, path.read_bytes()) == (url, body)
        assert fetch(url) == (source, path)
    assert len(stored(cache)) == 2
    with_login = url.replace("s3://", f"s3://{KEY}:{SECRET.replace('/', '%2F')}@")
    assert fetch(with_login) == (source, path)
    for missing in (f"s3://{BUCKET}/nothing", "s3://no-such-bucket/nothing"):
        with pytest.raises(SourceNotFound):
            fetch(missing)
    with pytest.raises(MediaRefused, match="folder"):
        fetch(f"s3://{BUCKET}/sources")


def test_wrong_credentials_are_said_without_them(
    fetch: Fetch, rclone_s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", rclone_s3.endpoint_url)
    with pytest.raises(StoreUnavailable) as caught:
        fetch(f"s3://{KEY}:wr0ngs3cret@{BUCKET}/clip")
    assert "wr0ngs3cret" not in str(caught.value) + repr(caught.value)


WITHOUT = """
import sys
from pathlib import Path
from codek7.core.errors import ToolMissing
from codek7.core.media import Limits
from codek7.sources import fetch_source
sys.modules |= {"s3fs": None, "gcsfs": None}
for url in ("s3://bucket/clip", "gs://bucket/clip"):
    try:
        fetch_source(url, Path(sys.argv[1]), limits=Limits(), cache_bytes=1)
    except ToolMissing as error:
        print(error.hint)
"""


def test_a_missing_package_is_named(cache: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(cache)], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first == "pip install 'codek7[s3]'"
    assert "gcsfs" in second
