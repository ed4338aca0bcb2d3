"""Playlists with signed addresses of the bucket."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from codek7.core.settings import Delivery as How
from codek7_server.delivery.signing import rewrite
from tests.server.delivery.asking import ask
from tests.server.delivery.conftest import FOLDER, MEDIA, make_place
from tests.server.delivery.test_freshness import in_bucket
from tests.servers import S3Server

MEDIA_PLAYLIST = """#EXTM3U
#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"
#EXTINF:6.0,
#EXT-X-BYTERANGE:100@5
00000.m4s
#EXTINF:6.0,
../../other/secret.m4s
#EXT-X-ENDLIST
"""
MAIN = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1
video-0/index.m3u8
"""


def test_every_uri_is_exchanged_and_nothing_else() -> None:
    signed = rewrite(MEDIA_PLAYLIST, lambda uri: f"<{uri}>")
    assert signed.replace("<", "").replace(">", "") == MEDIA_PLAYLIST
    assert re.findall("<(.*?)>", signed) == ["init.mp4", "00000.m4s", "../../other/secret.m4s"]


def test_media_is_fetched_from_the_bucket_without_keys(rclone_s3: S3Server, tmp_path: Path) -> None:
    place = in_bucket(rclone_s3, tmp_path, How(signed_urls=True, token_ttl_s=60))
    place.store.put(f"{FOLDER}/video-0/index.m3u8", MEDIA_PLAYLIST.encode())
    place.store.put(f"{FOLDER}/main.m3u8", MAIN.encode())
    assert ask(place.delivery, place.url("main.m3u8")).body == MAIN.encode(), "playlists stay with the server"
    answer = ask(place.delivery, place.url("video-0/index.m3u8"))
    lines = answer.body.decode().splitlines()
    assert lines[6] == "../../other/secret.m4s", "nothing outside of the playlist's folder is signed"
    address = lines[4]
    assert address.startswith(f"{rclone_s3.endpoint_url}/")
    with urllib.request.urlopen(address) as got:
        assert got.read() == MEDIA
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address.replace("00000.m4s", "init.mp4"))
    again = ask(place.delivery, place.url("video-0/index.m3u8"))
    assert (again.body, again["etag"]) == (answer.body, answer["etag"]), "for all who watch the same"
    assert ask(place.delivery, place.url("video-0/00000.m4s")).body == MEDIA, "the server still has it too"


def test_folders_sign_nothing(tmp_path: Path) -> None:
    place = make_place((tmp_path / "store").as_uri(), tmp_path, How(signed_urls=True))
    place.store.put(f"{FOLDER}/video-0/index.m3u8", MEDIA_PLAYLIST.encode())
    assert ask(place.delivery, place.url("video-0/index.m3u8")).body == MEDIA_PLAYLIST.encode()
