"""The built-in stores keep the store's contract: in a folder, in memory, and in two S3 servers' buckets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import pytest

from codek7.plugins import store_fsspec
from codek7.testing.store import StoreContract
from tests.servers import S3Server


class TestLocalStore(StoreContract):
    @pytest.fixture
    def plugin(self) -> object:
        return store_fsspec

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return (tmp_path / "a folder, ünïcode & 100%").as_uri()


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def plugin(self) -> object:
        return store_fsspec

    @pytest.fixture
    def url(self) -> str:
        return f"memory://{secrets.token_hex(8)}"


class TestS3StoreOnRclone(StoreContract):
    # rclone keeps objects in folders, and may remove one that another request just wrote to, but none that
    # always has something in it
    meeting_key = "stays/{turn}-{writer}"

    @pytest.fixture
    def plugin(self) -> object:
        return store_fsspec

    @pytest.fixture
    def url(self, rclone_s3: S3Server) -> str:
        return rclone_s3.new_url()

    @pytest.fixture
    def options(self, rclone_s3: S3Server) -> Mapping[str, str]:
        return rclone_s3.options


class TestS3StoreOnMoto(StoreContract):
    @pytest.fixture
    def plugin(self) -> object:
        return store_fsspec

    @pytest.fixture
    def url(self, moto_s3: S3Server) -> str:
        return moto_s3.new_url()

    @pytest.fixture
    def options(self, moto_s3: S3Server) -> Mapping[str, str]:
        return moto_s3.options
