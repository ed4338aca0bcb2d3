"""Encoder options, one function per encoder, a reason beside each flag that is not self-evident."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from codek7.core.ladder import Rung

Options = dict[str, str]
FAR = "infinite"
_X264_REORDER: tuple[Options, ...] = ({"bframes": "0"}, {"b-pyramid": "none"}, {})
_X265_REORDER: tuple[Options, ...] = ({"bframes": "0"}, {"b-pyramid": "0"}, {})
"""By the frames that pictures may be out of order: none, one, and the two that a pyramid takes."""


def video_options(rung: Rung, rate: Fraction, reorder: int) -> Options:
    """FFmpeg output options that encode a rung at `rate` frames a second, pictures out of order by at most
    `reorder` of them.

    Key frames come only where they are forced; equal options give byte-equal init sections on any machine.
    """
    options = _ENCODERS[rung.codec](rung, rate, reorder)
    return options | {
        "maxrate": str(rung.ceiling_bps),
        "bufsize": str(rung.ceiling_bps),
        "flags:v": "+bitexact",
    }


def _x264(rung: Rung, rate: Fraction, reorder: int) -> Options:
    params = {
        "keyint": FAR,
        "scenecut": "0",
        "open-gop": "0",
        "stitchable": "1",  # headers do not depend on the chunk's pictures
        "fps": _ratio(rate),  # rate control and level, where the graph knows no rate
    }
    return {
        "c:v": "libx264",
        "preset": rung.preset,
        "crf": f"{rung.crf:g}",
        "profile:v": "high" if rung.bit_depth == 8 else "high10",
        "forced-idr": "1",  # a forced key frame is an IDR, not just an I picture
        "threads": str(rung.threads),
        "x264-params": _params(params | _X264_REORDER[reorder] | rung.options),
    }


def _x265(rung: Rung, rate: Fraction, reorder: int) -> Options:
    params = {
        "keyint": "-1",
        "min-keyint": "1",
        "scenecut": "0",
        "open-gop": "0",
        "info": "0",  # no SEI with the build and the pool size
        "repeat-headers": "0",
        "hrd": "0",
        "frame-threads": "1",
        "pools": "none" if rung.threads == 1 else str(rung.threads),
        "fps": _ratio(rate),
        "log-level": "error",
    }
    if rung.dynamic_range == "hdr10":
        params["hdr10"] = "1"
    return {
        "c:v": "libx265",
        "preset": rung.preset,
        "crf": f"{rung.crf:g}",
        "profile:v": "main10" if rung.bit_depth == 10 else "main",
        "forced-idr": "1",
        "tag:v": "hvc1",  # parameter sets in the init section only; what Apple's players ask for
        "x265-params": _params(params | _X265_REORDER[reorder] | rung.options),
    }


def _svt_av1(rung: Rung, rate: Fraction, _: int) -> Options:
    params = {
        "keyint": "-1",
        "scd": "0",
        "lp": str(rung.threads),
        "fps-num": str(rate.numerator),
        "fps-denom": str(rate.denominator),
    }
    return {
        "c:v": "libsvtav1",
        "preset": rung.preset,
        "crf": f"{rung.crf:g}",
        "svtav1-params": _params(params | rung.options),
    }


_ENCODERS: dict[str, Callable[[Rung, Fraction, int], Options]] = {
    "h264": _x264,
    "hevc": _x265,
    "av1": _svt_av1,
}


def _params(params: dict[str, str]) -> str:
    return ":".join(f"{name}={value}" for name, value in params.items())


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
