"""Clips for jobs: one that is done at once, one that takes some seconds and has several chunks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeClip


@pytest.fixture(scope="session")
def short(make_clip: MakeClip) -> Path:
    """Like no other clip of the tests: what a server has encoded it does not encode again."""
    return make_clip("job-short", seconds=2, width=288, height=162)


@pytest.fixture(scope="session")
def long(make_clip: MakeClip) -> Path:
    return make_clip("job-long", seconds=48, width=320, height=180)
