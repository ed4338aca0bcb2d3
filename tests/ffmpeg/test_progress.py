from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codek7.ffmpeg.progress import Report, Reports

# Said by FFmpeg 9 while it encoded with x264; the first block comes before anything is encoded.
SAID = b"""frame=0
fps=0.00
stream_0_0_q=0.0
bitrate=N/A
total_size=N/A
out_time_us=N/A
out_time_ms=N/A
out_time=N/A
dup_frames=0
drop_frames=0
speed=N/A
progress=continue
frame=14
fps=13.16
stream_0_0_q=28.0
bitrate=   0.8kbits/s
total_size=48
out_time_us=466667
out_time_ms=466667
out_time=00:00:00.466667
dup_frames=0
drop_frames=0
speed=0.372x
progress=continue
frame=120
fps=31.02
stream_0_0_q=-1.0
bitrate=2897.8kbits/s
total_size=1424783
out_time_us=3933333
out_time_ms=3933333
out_time=00:00:03.933333
dup_frames=0
drop_frames=0
speed=1.02e+03x
progress=end
"""
REPORTS = [
    Report(),
    Report(frame=14, out_time_us=466667, total_size=48, speed=0.372),
    Report(frame=120, out_time_us=3933333, total_size=1424783, speed=1020.0),
]


@given(st.lists(st.integers(0, len(SAID)), max_size=20))
def test_blocks_are_the_same_however_the_bytes_come(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(SAID)]
    reports = Reports()
    heard = [r for a, b in pairwise(edges) for r in reports.feed(SAID[a:b])]
    assert heard == REPORTS


@given(st.lists(st.binary() | st.sampled_from([b"progress=\n", b"frame=", b"speed=nan", b"-1\n", b"9" * 30])))
def test_whatever_is_said_a_report_holds_plain_numbers(parts: list[bytes]) -> None:
    reports = Reports()
    for part in parts:
        for report in reports.feed(part):
            assert 0 <= report.out_time_us < 2**63
            assert 0 <= report.speed < float("inf")


def test_a_block_without_its_last_line_is_no_report() -> None:
    assert Reports().feed(b"frame=1\nout_time_us=1\n") == []
