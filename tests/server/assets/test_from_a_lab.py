"""A notebook that looks at a server: its catalog, its assets, and what viewers see."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from codek7.core.errors import AssetNotFound, Forbidden, QueryInvalid
from codek7.lab import Lab
from codek7.lab.views.player import AskBytes
from tests.ffmpeg.processes import until
from tests.server.conftest import RunningServer

pytestmark = pytest.mark.media


def test_a_lab_reads_a_server(server: RunningServer, shared: dict[str, Any], tmp_path: Path) -> None:
    with Lab(tmp_path / "lab") as lab, closing(lab.connect(server.url, server.keys["admin"])) as there:
        until(lambda: shared["id"] in [asset.id for asset in there.assets(q="clip")], "lists to follow")
        asset = there.asset(shared["id"])
        assert (asset.state, asset.title) == ("published", "A clip")
        rungs = there.sql(f"SELECT name, average_bps FROM rendition WHERE asset_id = '{asset.id}'")
        assert rungs.filter("average_bps > 0").aggregate("count(*)").fetchall()[0][0] >= 1
        with pytest.raises(QueryInvalid):
            there.sql("DROP TABLE asset")
        with pytest.raises(AssetNotFound):
            there.asset("nothing")


def test_it_plays_what_viewers_see_piece_by_piece(
    server: RunningServer, shared: dict[str, Any], tmp_path: Path
) -> None:
    with Lab(tmp_path / "lab") as lab, closing(lab.connect(server.url, server.keys["viewer"])) as there:
        player = there.player(shared["id"])
        main = player.answer(AskBytes(path="main.m3u8")).buffers[0].decode()
        assert main.startswith("#EXTM3U")
        media = next(line for line in main.splitlines() if line and not line.startswith("#"))
        listed = player.answer(AskBytes(path=media)).buffers[0].decode()
        init = listed.partition('#EXT-X-MAP:URI="')[2].partition('"')[0]
        folder = media.rpartition("/")[0]
        (piece,) = player.answer(AskBytes(path=f"{folder}/{init}", start=4, length=4)).buffers
        assert piece == b"ftyp"
        assert "320x180" in player.still().words


def test_what_a_key_may_not_see_is_refused_with_a_reason(server: RunningServer, tmp_path: Path) -> None:
    with (
        Lab(tmp_path / "lab") as lab,
        closing(lab.connect(server.url, server.keys["viewer"])) as there,
        pytest.raises(Forbidden),
    ):
        there.sql("SELECT 1")
