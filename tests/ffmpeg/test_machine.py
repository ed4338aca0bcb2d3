from pathlib import Path

import pytest

from codek7.ffmpeg.machine import free_bytes, memory_bytes, usable_cores


@pytest.mark.parametrize(
    ("limit", "most"), [("max 100000", 10**6), ("150000 100000", 2), ("10000 100000", 1), ("", 10**6)]
)
def test_a_containers_quota_limits_the_cores(tmp_path: Path, limit: str, most: int) -> None:
    (tmp_path / "cpu.max").write_text(f"{limit}\n")
    assert usable_cores(tmp_path) == min(most, usable_cores(tmp_path / "none"))


def test_a_containers_limit_limits_the_memory(tmp_path: Path) -> None:
    whole = memory_bytes(tmp_path)
    assert whole > 100_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_bytes(tmp_path) == whole
    (tmp_path / "memory.max").write_text("1000000\n")
    assert memory_bytes(tmp_path) == 1_000_000


def test_the_disk_of_a_folder_to_be(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0
