"""A player as a picture: its poster, or what can be played."""

from __future__ import annotations

from codek7.check.parse import parse_playlist
from codek7.check.playlist import MainPlaylist
from codek7.lab.views import words
from codek7.lab.views.colours import ACCENT, MUTED, hue, size_colour
from codek7.lab.views.drawing import Drawing, Scale
from codek7.lab.views.pictures import jpeg, opened, scaled
from codek7.lab.views.view import Still

POSTER_WIDTH = 960
WIDTH, LEFT, TOP, ROW = 700, 28, 84, 32
BARS = (330, 660)


def poster_sheet(title: str, poster: bytes) -> Still:
    """The poster with the sign that says: this plays."""
    from PIL import Image, ImageDraw

    picture = opened(poster)
    if picture.width > POSTER_WIDTH:
        picture = scaled(picture, POSTER_WIDTH / picture.width)
    layer = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    x, y, radius = picture.width / 2, picture.height / 2, min(picture.size) / 8
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(20, 16, 12, 190))
    reach = radius * 0.42
    points = [(x - reach * 0.75, y - reach), (x - reach * 0.75, y + reach), (x + reach, y)]
    draw.polygon(points, fill=(255, 255, 255, 240))
    played = Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")
    return Still(
        "image/jpeg",
        jpeg(played, 88),
        f"{title}: a player, with a poster of {picture.width}×{picture.height}",
    )


def draw_renditions(title: str, playlist: str) -> Still:
    """The renditions of a main playlist, highest rate first."""
    parsed = parse_playlist(playlist, "main.m3u8")
    variants = [v for v in parsed.variants if not v.i_frame] if isinstance(parsed, MainPlaylist) else []
    rows = {
        (v.tag.text("RESOLUTION") or "", v.uri or ""): v
        for v in sorted(variants, key=lambda v: v.bandwidth_bps or 0)
    }
    named = [
        (resolution, words.rate(v.average_bandwidth_bps or v.bandwidth_bps or 0), v.tag.text("CODECS") or "")
        for (resolution, _), v in reversed(rows.items())
    ]
    drawing = Drawing(WIDTH, TOP + ROW * max(1, len(rows)) + 20, f"{title}: {len(rows)} renditions")
    drawing.heading(title, f"{len(rows)} renditions, played in the notebook")
    most = max((v.bandwidth_bps or 0 for v in rows.values()), default=0) or 1
    for row, ((resolution, _), v) in enumerate(reversed(rows.items())):
        _row(drawing, TOP + ROW * row, resolution, v.average_bandwidth_bps or 0, v.bandwidth_bps or 0, most)
    said = f"{title}: a player of {len(rows)} renditions"
    return Still("image/svg+xml", drawing.svg(), "\n  ".join([said, *(" ".join(each) for each in named)]))


def _row(drawing: Drawing, y: float, resolution: str, average_bps: int, peak_bps: int, most_bps: int) -> None:
    width, _, height = resolution.partition("x")
    known = width.isdecimal() and height.isdecimal() and len(resolution) < 12
    colour = size_colour(hue(max(1, int(width)), max(1, int(height)))) if known else ACCENT
    across = Scale(0, most_bps, *BARS)
    drawing.text((LEFT, y + 18), resolution.replace("x", " × ") or "sound only", weight="600")
    drawing.text((BARS[0] - 20, y + 18), words.rate(average_bps or peak_bps), anchor="end", fill=MUTED)
    drawing.box((BARS[0], y + 6), across(peak_bps) - BARS[0], 14, fill=colour, opacity="0.25", rx="3")
    drawing.box((BARS[0], y + 6), across(average_bps) - BARS[0], 14, fill=colour, rx="3")
