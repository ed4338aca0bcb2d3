"""What a main playlist's own text must agree on (RFC 8216bis section 4.4.6, Apple section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from codek7.check.codecs import VIDEO_ENTRIES
from codek7.check.playlist import MainPlaylist, Variant
from codek7.check.report import Finding, Rule

_GROUPS = ("AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS")
_NOT_FOR_I_FRAMES = ("FRAME-RATE", "AUDIO", "SUBTITLES", "CLOSED-CAPTIONS")
CELLULAR_BPS = 192_000


def _at(main: MainPlaylist, variant: Variant, said: str, found: str) -> Finding:
    return Finding(playlist=main.uri, line=variant.line, said=said, found=found, spot=variant.uri or "")


def says_video(variant: Variant) -> bool:
    """Whether a variant's own text says that it holds video."""
    if variant.resolution or variant.i_frame:
        return True
    return any(codec.lower().startswith(VIDEO_ENTRIES) for codec in variant.codecs or ())


def has_variants(main: MainPlaylist) -> Iterator[Finding]:
    """A main playlist has something to play."""
    if not main.variants:
        yield Finding(playlist=main.uri, said="an #EXT-X-STREAM-INF", found="none")


def groups_exist(main: MainPlaylist) -> Iterator[Finding]:
    """Every group that a variant names has members of that type."""
    for variant in (*main.variants, *main.i_frame_variants):
        for type_ in _GROUPS:
            attribute = variant.tag.attributes.get(type_)
            if attribute is None or not attribute.quoted:  # NONE without quotes is not a group
                continue
            if not main.group(type_, attribute.value):
                said = f'{type_}="{attribute.value}" names a group'
                yield _at(main, variant, said, f"no EXT-X-MEDIA TYPE={type_} in it")


def captions_none_is_all(main: MainPlaylist) -> Iterator[Finding]:
    """CLOSED-CAPTIONS=NONE stands on all variants or on none."""
    without = [v for v in main.variants if v.tag.text("CLOSED-CAPTIONS") != "NONE"]
    if without and len(without) < len(main.variants):
        for variant in without:
            found = variant.tag.text("CLOSED-CAPTIONS") or "no CLOSED-CAPTIONS"
            yield _at(main, variant, "CLOSED-CAPTIONS=NONE, as on other variants", found)


def i_frame_attributes(main: MainPlaylist) -> Iterator[Finding]:
    """I-frame variants have no frame rate, sound or text."""
    for variant in main.i_frame_variants:
        extra = [name for name in _NOT_FOR_I_FRAMES if name in variant.tag.attributes]
        if extra:
            yield _at(main, variant, "no such attribute on EXT-X-I-FRAME-STREAM-INF", ", ".join(extra))


def session_data_consistent(main: MainPlaylist) -> Iterator[Finding]:
    """Session data is a value or a URI, and one per id and language."""
    seen: dict[tuple[str | None, str | None], int] = {}
    for tag in main.named("EXT-X-SESSION-DATA"):
        if ("VALUE" in tag.attributes) == ("URI" in tag.attributes):
            found = "both" if "URI" in tag.attributes else "neither"
            yield Finding(playlist=main.uri, line=tag.line, said="VALUE or URI", found=found)
        key = (tag.text("DATA-ID"), tag.text("LANGUAGE"))
        if key in seen:
            said = f"DATA-ID {key[0]} once for a language"
            yield Finding(playlist=main.uri, line=tag.line, said=said, found=f"also on line {seen[key]}")
        seen.setdefault(key, tag.line)


def session_keys_consistent(main: MainPlaylist) -> Iterator[Finding]:
    """A session key is a key (not NONE), and stands once."""
    seen: dict[tuple[str | None, ...], int] = {}
    for tag in main.named("EXT-X-SESSION-KEY"):
        if tag.text("METHOD") == "NONE":
            yield Finding(playlist=main.uri, line=tag.line, said="a METHOD other than NONE", found="NONE")
        elif "METHOD" in tag.attributes and "URI" not in tag.attributes:
            yield Finding(playlist=main.uri, line=tag.line, said="URI", found="none")
        key = tuple(tag.text(name) for name in ("METHOD", "URI", "IV", "KEYFORMAT", "KEYFORMATVERSIONS"))
        if key in seen:
            said = "each EXT-X-SESSION-KEY once"
            yield Finding(playlist=main.uri, line=tag.line, said=said, found=f"also on line {seen[key]}")
        seen.setdefault(key, tag.line)


def _lacking(main: MainPlaylist, variants: tuple[Variant, ...], name: str) -> Iterator[Finding]:
    for variant in variants:
        if name not in variant.tag.attributes:
            yield _at(main, variant, name, "none")


def codecs_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every variant has CODECS."""
    return _lacking(main, main.variants, "CODECS")


def resolution_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every variant with video has RESOLUTION."""
    return _lacking(main, tuple(v for v in main.variants if says_video(v)), "RESOLUTION")


def frame_rate_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every variant with video has FRAME-RATE."""
    return _lacking(main, tuple(v for v in main.variants if says_video(v)), "FRAME-RATE")


def average_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every variant has AVERAGE-BANDWIDTH."""
    return _lacking(main, main.variants, "AVERAGE-BANDWIDTH")


def i_frame_codecs_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every I-frame variant has CODECS."""
    return _lacking(main, main.i_frame_variants, "CODECS")


def i_frame_resolution_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every I-frame variant has RESOLUTION."""
    return _lacking(main, main.i_frame_variants, "RESOLUTION")


def score_is_all(main: MainPlaylist) -> Iterator[Finding]:
    """SCORE stands on every variant or on none."""
    scored = [v for v in main.variants if "SCORE" in v.tag.attributes]
    if scored:
        yield from _lacking(main, main.variants, "SCORE")


def i_frames_offered(main: MainPlaylist) -> Iterator[Finding]:
    """A presentation with video offers I-frame playlists."""
    if any(says_video(v) for v in main.variants) and not main.i_frame_variants:
        yield Finding(playlist=main.uri, said="an #EXT-X-I-FRAME-STREAM-INF", found="none")


def several_rates(main: MainPlaylist) -> Iterator[Finding]:
    """A presentation with video offers more than one rate."""
    video = {v.uri for v in main.variants if says_video(v)}
    if len(video) == 1:
        yield Finding(playlist=main.uri, said="more than one rate of video", found="one variant")


def same_shape(main: MainPlaylist) -> Iterator[Finding]:
    """All variants have the same aspect ratio, give or take the rounding of sizes."""
    video = [v for v in main.variants if v.resolution and all(v.resolution)]
    for variant in video[1:]:
        width, height = video[0].resolution or (1, 1)
        w, h = variant.resolution or (1, 1)
        # Sizes are rounded to even numbers, so each side may be off by up to two.
        if abs(w * height - h * width) > 2 * (width + height) * max(1, min(w / width, h / height)):
            yield _at(main, variant, f"the shape of {width}x{height}", f"{w}x{h}")


def sdr_offered(main: MainPlaylist) -> Iterator[Finding]:
    """Where there is HDR, there is SDR too, among I-frame variants as well."""
    for variants in (main.variants, main.i_frame_variants):
        video = [v for v in variants if says_video(v)]
        if video and all(v.video_range != "SDR" for v in video):
            kind = "an I-frame variant" if video[0].i_frame else "a variant"
            yield _at(main, video[0], f"{kind} with VIDEO-RANGE=SDR", video[0].video_range)


def cellular_rate(main: MainPlaylist) -> Iterator[Finding]:
    """For cellular networks, one variant needs at most 192 kbit/s."""
    rates = [v.bandwidth_bps for v in main.variants if v.bandwidth_bps is not None]
    if rates and min(rates) > CELLULAR_BPS:
        said = f"a variant with BANDWIDTH at most {CELLULAR_BPS} for cellular networks"
        yield Finding(playlist=main.uri, said=said, found=f"the lowest is {min(rates)}")


RULES: tuple[Rule[MainPlaylist], ...] = (
    Rule(id="codek7.no-variants", text="A main playlist has a variant.", check=has_variants),
    Rule(
        id="rfc8216bis.4.4.6.2-group-missing",
        text="Every group that a variant names exists.",
        check=groups_exist,
    ),
    Rule(
        id="rfc8216bis.4.4.6.2-captions-none",
        text="CLOSED-CAPTIONS=NONE stands on all variants or on none.",
        check=captions_none_is_all,
    ),
    Rule(
        id="rfc8216bis.4.4.6.3-attributes",
        text="EXT-X-I-FRAME-STREAM-INF has no FRAME-RATE, AUDIO, SUBTITLES or CLOSED-CAPTIONS.",
        check=i_frame_attributes,
    ),
    Rule(
        id="rfc8216bis.4.4.6.4-session-data",
        text="Session data has VALUE or URI, and stands once per DATA-ID and LANGUAGE.",
        check=session_data_consistent,
    ),
    Rule(
        id="rfc8216bis.4.4.6.5-session-key",
        text="A session key has a METHOD other than NONE and a URI, and stands once.",
        check=session_keys_consistent,
    ),
    Rule(id="apple.1.24-sdr", text="SDR streams are provided (6.16: trick play too).", check=sdr_offered),
    Rule(
        id="apple.1.33-aspect-ratio",
        text="All video variants have the same aspect ratio.",
        check=same_shape,
        level="should",
    ),
    Rule(id="apple.6.1-i-frame-playlists", text="I-frame playlists are provided.", check=i_frames_offered),
    Rule(id="apple.9.1-codecs", text="EXT-X-STREAM-INF has CODECS.", check=codecs_given),
    Rule(
        id="apple.9.2-resolution", text="EXT-X-STREAM-INF with video has RESOLUTION.", check=resolution_given
    ),
    Rule(
        id="apple.9.3-i-frame-codecs",
        text="EXT-X-I-FRAME-STREAM-INF has CODECS.",
        check=i_frame_codecs_given,
    ),
    Rule(
        id="apple.9.4-i-frame-resolution",
        text="EXT-X-I-FRAME-STREAM-INF has RESOLUTION.",
        check=i_frame_resolution_given,
    ),
    # A MUST of Apple's, but a single small source has no second rate that is not an upscale or a repeat.
    Rule(
        id="apple.9.9-several-rates",
        text="Several bit rates of video are provided.",
        check=several_rates,
        level="should",
    ),
    Rule(id="apple.9.14-average-bandwidth", text="AVERAGE-BANDWIDTH is there.", check=average_given),
    Rule(
        id="apple.9.15-frame-rate", text="EXT-X-STREAM-INF with video has FRAME-RATE.", check=frame_rate_given
    ),
    Rule(id="apple.9.19-score", text="SCORE is on every variant, or on none.", check=score_is_all),
    # Binding only over cellular networks, which a presentation cannot know.
    Rule(
        id="apple.9.21-cellular",
        text="For cellular networks a variant has BANDWIDTH at most 192 kbit/s.",
        check=cellular_rate,
        level="should",
    ),
)
