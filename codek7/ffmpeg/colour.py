"""Colour of what is made: which description a rung gets, and the filters that bring a picture to it."""

from __future__ import annotations

from codek7.core.ladder import Rung
from codek7.core.media import Colour, VideoTrack
from codek7.core.tasks import Filter

_YUV_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg", "smpte240m", "fcc"})
_HDR_TRANSFERS = {"hdr10": "smpte2084", "hlg": "arib-std-b67"}
_BT709 = Colour(range="tv", primaries="bt709", transfer="bt709", matrix="bt709")
_NOMINAL_PEAK_NITS = "100"
_ZIMG = {"bt2020nc": "2020_ncl", "bt2020c": "2020_cl", "smpte170m": "170m", "bt470bg": "470bg"}


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
    """Filters from the picture (decoded and upright, tone-mapped if need be) to a rung's size and format."""
    size = {"w": str(rung.width), "h": str(rung.height), "flags": "bicubic", "out_range": "tv"}
    formats = {"pix_fmts": "yuv420p10le" if rung.bit_depth == 10 else "yuv420p"}
    colour = {"in_range": "tv"} if is_tone_mapped(rung, track) else _input_colour(rung, track)
    return (Filter(name="scale", options=size | colour), Filter(name="format", options=formats))


def is_tone_mapped(rung: Rung, track: VideoTrack) -> bool:
    """Whether a rung is made from the tone-mapped picture."""
    return rung.dynamic_range == "sdr" and is_wide(track)


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


def tone_mapping(track: VideoTrack) -> tuple[Filter, ...]:
    """Filters from a wide-gamut or HDR picture to BT.709 SDR, at its own size: once for all rungs.

    In linear light; the curve is Hable's, which keeps detail in the highlights.
    """
    colour = track.colour
    source = {
        "tin": "bt709" if colour.transfer == "unknown" else colour.transfer,
        "pin": "bt2020" if colour.primaries == "unknown" else colour.primaries,
        "min": "2020_ncl" if colour.matrix == "unknown" else _ZIMG.get(colour.matrix, colour.matrix),
        "rin": "full" if colour.range == "pc" else "limited",
        "t": "linear",
        "npl": _NOMINAL_PEAK_NITS,
    }
    steps = [
        Filter(name="zscale", options=source),
        Filter(name="format", options={"pix_fmts": "gbrpf32le"}),
        Filter(name="zscale", options={"p": "bt709"}),
        Filter(name="zscale", options={"t": "bt709", "m": "bt709", "r": "limited", "p": "bt709"}),
        Filter(name="format", options={"pix_fmts": "yuv420p10le"}),
    ]
    if _is_hdr(track):
        steps.insert(3, Filter(name="tonemap", options={"tonemap": "hable", "desat": "0"}))
    return tuple(steps)


def is_wide(track: VideoTrack) -> bool:
    """Whether an SDR picture of this track needs more than a matrix: HDR transfer or BT.2020 primaries."""
    return _is_hdr(track) or track.colour.primaries == "bt2020"


def _is_hdr(track: VideoTrack) -> bool:
    return track.colour.transfer in _HDR_TRANSFERS.values()


def _input_colour(rung: Rung, track: VideoTrack) -> dict[str, str]:
    in_range = {"in_range": "pc" if track.colour.range == "pc" else "tv"}
    return in_range if not _is_rgb(track) else {"out_color_matrix": output_colour(rung, track).matrix}


def _is_rgb(track: VideoTrack) -> bool:
    return track.pixel_format.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal8", "0rgb", "0bgr"))
