"""Colour of what is made: which description a rung gets, and the filters that bring a picture to it."""

from __future__ import annotations

from codek7.core.ladder import Rung
from codek7.core.media import Colour, VideoTrack
from codek7.core.tasks import Filter

_YUV_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg", "smpte240m", "fcc"})
_HDR_TRANSFERS = {"hdr10": "smpte2084", "hlg": "arib-std-b67"}
_BT709 = Colour(range="tv", primaries="bt709", transfer="bt709", matrix="bt709")
_NOMINAL_PEAK_NITS = "100"


def output_colour(rung: Rung, track: VideoTrack) -> Colour:
    """The colour description of a rung made from a track: never silent, so that all rungs look alike.

    SDR pictures keep their matrix; a silent source means BT.709 in HD and BT.601 below, as players assume.
    """
    if rung.dynamic_range != "sdr":
        transfer = _HDR_TRANSFERS[rung.dynamic_range]
        return Colour(range="tv", primaries="bt2020", transfer=transfer, matrix="bt2020nc")
    if is_wide(track):
        return _BT709
    source = track.colour
    assumed = "bt709" if min(track.display_size) >= 720 else "smpte170m"
    matrix = source.matrix if source.matrix in _YUV_MATRICES else assumed
    return Colour(
        range="tv",
        primaries=matrix if source.primaries == "unknown" else source.primaries,
        transfer=matrix if source.transfer == "unknown" else source.transfer,
        matrix=matrix,
    )


def scaling(rung: Rung, track: VideoTrack) -> tuple[Filter, ...]:
    """Filters from the decoded, upright picture to the rung's size, pixel format and colour."""
    format_ = "yuv420p10le" if rung.bit_depth == 10 else "yuv420p"
    if rung.dynamic_range == "sdr" and is_wide(track):
        return (
            *tone_mapping(rung.width, rung.height, track),
            Filter(name="format", options={"pix_fmts": format_}),
        )
    size = {"w": str(rung.width), "h": str(rung.height), "flags": "bicubic", "out_range": "tv"}
    return (
        Filter(name="scale", options=size | _input_colour(rung, track)),
        Filter(name="format", options={"pix_fmts": format_}),
    )


def tagging(rung: Rung, track: VideoTrack) -> tuple[Filter, ...]:
    """The last filters of a rung: square pixels and its colour description, whatever came before."""
    colour = output_colour(rung, track)
    tags = {
        "range": colour.range,
        "color_primaries": colour.primaries,
        "color_trc": colour.transfer,
        "colorspace": colour.matrix,
        "field_mode": "prog",
    }
    return (Filter(name="setsar", options={"sar": "1"}), Filter(name="setparams", options=tags))


def tone_mapping(width: int, height: int, track: VideoTrack) -> tuple[Filter, ...]:
    """Filters from a wide-gamut or HDR picture to BT.709 SDR of a size.

    Scaled first, in linear light of fewer pixels; the curve is Hable's, which keeps detail in the highlights.
    """
    transfer = track.colour.transfer if track.colour.transfer != "unknown" else "bt709"
    first = {
        "w": str(width), "h": str(height), "filter": "bicubic", "tin": transfer, "t": "linear",
        "pin": "bt2020" if track.colour.primaries == "unknown" else track.colour.primaries,
        "min": "bt2020nc" if track.colour.matrix == "unknown" else _zimg(track.colour.matrix),
        "rin": "full" if track.colour.range == "pc" else "limited",
        "npl": _NOMINAL_PEAK_NITS,
    }  # fmt: skip
    last = {"t": "bt709", "m": "bt709", "r": "limited", "p": "bt709"}
    linear = Filter(name="zscale", options=first)
    floats = Filter(name="format", options={"pix_fmts": "gbrpf32le"})
    primaries = Filter(name="zscale", options={"p": "bt709"})
    curve = Filter(name="tonemap", options={"tonemap": "hable", "desat": "0"})
    return (
        linear,
        floats,
        primaries,
        *((curve,) if _is_hdr(track) else ()),
        Filter(name="zscale", options=last),
    )


def is_wide(track: VideoTrack) -> bool:
    """Whether an SDR picture of this track needs more than a matrix: HDR transfer or BT.2020 primaries."""
    return _is_hdr(track) or track.colour.primaries == "bt2020"


def _is_hdr(track: VideoTrack) -> bool:
    return track.colour.transfer in _HDR_TRANSFERS.values()


def _zimg(matrix: str) -> str:
    return {"bt2020nc": "2020_ncl", "bt2020c": "2020_cl", "smpte170m": "170m", "bt470bg": "470bg"}.get(
        matrix, matrix
    )


def _input_colour(rung: Rung, track: VideoTrack) -> dict[str, str]:
    in_range = {"in_range": "pc" if track.colour.range == "pc" else "tv"}
    return in_range if not _is_rgb(track) else {"out_color_matrix": output_colour(rung, track).matrix}


def _is_rgb(track: VideoTrack) -> bool:
    return track.pixel_format.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal8", "0rgb", "0bgr"))
