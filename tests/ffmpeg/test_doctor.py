from pathlib import Path

import pytest

from codek7.core.measurement import VMAF, Meter, Metric
from codek7.core.settings import Settings
from codek7.ffmpeg.doctor import Finding, examine
from codek7.ffmpeg.machine import usable_cores

PSNR = Metric(name="psnr")
METERS = (
    Meter(signature="broken@2", trouble="gives nonsense"),
    Meter(signature="good@1", metrics=(Metric(name="vmaf", model=VMAF), PSNR)),
)
pytestmark = pytest.mark.media


def by_topic(settings: Settings, home: Path) -> dict[str, Finding]:
    findings = examine(settings, home, METERS)
    topics = {finding.topic: finding for finding in findings}
    assert len(topics) == len(findings)
    for finding in findings:
        assert finding.found
        assert bool(finding.advice) == (finding.status != "ok"), finding
    return topics


def test_here_nothing_is_missing(tmp_path: Path) -> None:
    found = by_topic(Settings(), tmp_path / "home")
    assert not [finding for finding in found.values() if finding.status == "missing"]
    assert "libx264" in found["H.264"].found
    assert found["measuring"].found == "VMAF by good@1"
    assert found["meter good"].found == "1: VMAF (vmaf_v0.6.1), PSNR"
    assert found["meter broken"] == Finding(
        topic="meter broken", status="limited", found="2: measures nothing", advice="gives nonsense"
    )
    assert str(tmp_path / "home") in found["disk"].found
    assert "working here:" in found["hardware encoders"].found


def test_without_ffmpeg_the_rest_is_still_told(tmp_path: Path) -> None:
    found = by_topic(Settings(ffmpeg="/no/such/ffmpeg"), tmp_path)
    assert found["ffmpeg"].status == "missing"
    assert {"Python", "PyAV", "cores", "memory", "disk"} <= found.keys()


def test_what_a_program_lacks_is_named_by_what_it_is_for(tmp_path: Path) -> None:
    bare = tmp_path / "ffmpeg"
    listed = " V....D libx264 an encoder\\n A....D aac an encoder\\n"
    bare.write_text(f"#!/bin/sh\nprintf 'ffmpeg version 7.0 of ours\\n{listed}'\n")
    bare.chmod(0o755)
    found = by_topic(Settings(ffmpeg=str(bare), sandbox=False), tmp_path)
    assert (found["H.264"].status, found["AAC"].status) == ("ok", "ok")
    assert (found["AV1"].status, found["pictures"].status) == ("limited", "missing")
    assert "libsvtav1" in found["AV1"].found
    assert found["sandbox"].status == "limited"


def test_more_cores_than_there_are(tmp_path: Path) -> None:
    found = by_topic(Settings(cores=usable_cores() + 1, ffmpeg="/no/such/ffmpeg"), tmp_path)
    assert found["cores"].status == "limited"


def test_without_vmaf_measuring_is_limited(tmp_path: Path) -> None:
    findings = examine(
        Settings(ffmpeg="/no/such/ffmpeg"), tmp_path, [Meter(signature="a@1", metrics=(PSNR,))]
    )
    (measuring,) = (finding for finding in findings if finding.topic == "measuring")
    assert (measuring.status, measuring.found) == ("limited", "nothing here has VMAF")
