"""The views as people have them: in JupyterLab, in Chromium, with a kernel that answers.

One server, one notebook and one kernel for all. What the tests look at is put into tests/web/screenshots.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from codek7.core.events import AssetPublished
from codek7.hub import Hub
from codek7.jobs import ingest_source
from tests.conftest import MakeClip
from tests.lab.views.jupyter import IDLE, Jupyter, Kernel, open_notebook, set_theme
from tests.servers import running

if TYPE_CHECKING:
    from tests.web.browser import Browser

pytest_plugins = ["tests.web.browser"]
pytestmark = [pytest.mark.media, pytest.mark.alone, pytest.mark.timeout(600)]

SHOTS = Path(__file__).resolve().parents[2] / "web" / "screenshots"
SECONDS = 8
VIEWS = ("explorer", "compare", "timeline", "editor", "player", "storyboard")
HOSTS = "[...document.querySelectorAll('.codek7-view')]"


class Lab(NamedTuple):
    """The page and the kernel behind it."""

    browser: Browser
    kernel: Kernel
    jupyter: Jupyter

    def show(self, view: str) -> str:
        """Scroll to a view; a selector of it."""
        at = VIEWS.index(view)
        self.browser.evaluate(f"{HOSTS}[{at}].scrollIntoView({{block: 'start'}})")
        return f".codek7-view >> nth={at}"

    def part(self, view: str, selector: str) -> str:
        """An expression: the first such element within a view."""
        return f"{HOSTS}[{VIEWS.index(view)}].shadowRoot.querySelector({selector!r})"

    def text(self, view: str, selector: str) -> str:
        return str(self.browser.evaluate(f"{self.part(view, selector)}.innerText"))

    def figure(self, view: str, name: str) -> str:
        """An expression: the number of this name above a view."""
        figures = f"[...{HOSTS}[{VIEWS.index(view)}].shadowRoot.querySelectorAll('.figure')]"
        return f"{figures}.find((f) => f.firstChild.textContent.startsWith('{name}'))?.lastChild.textContent"


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """The server, running."""
    jupyter = Jupyter(tmp_path_factory.mktemp("jupyter"))
    with running(jupyter.argv, jupyter.port, jupyter.folder / "log", jupyter.env):
        yield jupyter


@pytest.fixture(scope="module")
def clip(real_clip: MakeClip, ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of a film."""
    film = real_clip("bbb_480p_30s.mp4", width=854, height=480, seconds=SECONDS + 11)
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    argv = [ffmpeg, "-v", "error", "-ss", "11", "-t", str(SECONDS), "-i", str(film), "-c:a", "aac"]
    subprocess.run([*argv, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", str(path)], check=True)
    return path


CELLS = (
    """
import subprocess
from codek7.core.ladder import Ladder, Policy
from codek7.lab.views.compare import Compare
from codek7.lab.views.editor import LadderEditor
from codek7.lab.views.explorer import RDExplorer
from codek7.lab.views.judged import Judged, sums
from codek7.lab.views.player import Player
from codek7.lab.views.storyboard import Shot, Storyboard
from codek7.lab.views.timeline import Timeline
from codek7.testing.frames import sample
from tests.lab.views.made import *

def encoded(name, *options):
    path = work / name
    argv = [ffmpeg, '-v', 'error', '-y', '-t', '2', '-i', str(clip), '-an', '-c:v', 'libx264', *options]
    subprocess.run([*argv, str(path)], check=True)
    return path

def judge(points):
    stored = sums(points).storage_bytes_per_hour
    return Judged(bd_rate=len(points) - 29.4, storage_bytes_per_hour=stored)

reference, trial = encoded('reference.mp4', '-crf', '10'), encoded('trial.mp4', '-crf', '40')
pairs = FilePairs(reference, trial, 'h264 480p · CRF 40')
""",
    """
explorer = RDExplorer(
    curves(), front(), ladder(), metric=METRIC, rival=rival(), judge=judge,
    frames=lambda point, number: pairs.pair(number, 480), frame_count=pairs.frames)
explorer""",
    """
sent = []
class Weighed(Compare):
    def answer(self, ask):
        answer = super().answer(ask)
        sent.append(sum(map(len, answer.buffers)))
        return answer
compare = Weighed(pairs, title='Big Buck Bunny')
compare""",
    """
timeline = Timeline(series(), query=lambda first, last: [first, last], statement='SELECT $first, $last')
timeline""",
    """
production = Ladder(rungs=tuple(point.rung for point in rival()[1]))
editor = LadderEditor(
    front(), ladder(), Policy(name='small', max_rungs=8, max_bps=9_000_000, max_height=1080),
    metric=METRIC, duration_us=5_400_000_000, production=production, judge=judge, rival='fixed ladder')
editor""",
    """
asked = []
def read(path, start, length):
    asked.append(path)
    return store.get(f'{folder}/{path}', start, length)
player = Player(read, title='Big Buck Bunny', poster=store.get(f'{folder}/image/poster.jpg'))
player""",
    """
pictures = sample(clip, ffmpeg, work)
cuts = [0, 0.9, 1.7, 2.8, 3.6, 4.5, 5.2, 6.1, 6.9, 8]
shots = [
    Shot(start_us=round(a * 1e6), end_us=round(b * 1e6), average_bps=round(9e5 * (2 + math.sin(3 * a))),
         complexity=1.4 + math.sin(2 * a))
    for a, b in zip(cuts, cuts[1:])]
storyboard = Storyboard(pictures, shots)
storyboard""",
)


@pytest.fixture(scope="module")
def lab(
    jupyter: Jupyter,
    clip: Path,
    ffmpeg: str,
    browser_process: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    """The notebook, run from top to bottom."""
    work = tmp_path_factory.mktemp("work")
    home = work / "home"
    with Hub.open(home) as hub:
        *_, ending = ingest_source(hub, str(clip))
    assert isinstance(ending, AssetPublished), ending
    setting = f"""
from pathlib import Path
from codek7.hub import Hub
work, clip, ffmpeg = Path({str(work)!r}), Path({str(clip)!r}), {ffmpeg!r}
store, folder = Hub.open(Path({str(home)!r})).store, {Path(ending.playlist).parent.as_posix()!r}
"""
    jupyter.write("views.ipynb", [setting.strip() + CELLS[0], *(cell.strip() for cell in CELLS[1:])])
    open_notebook(browser_process, jupyter, "views.ipynb", "Light")
    browser_process.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    browser_process.until(f"{HOSTS}.length === {len(VIEWS)}", "all views")
    [connection] = (jupyter.folder / "runtime").glob("kernel-*.json")
    kernel = Kernel(connection)
    yield Lab(browser_process, kernel, jupyter)
    kernel.close()


def test_rungs_move_along_the_front_by_keyboard(lab: Lab, browser: Browser) -> None:
    lab.show("explorer")
    browser.until(f"{lab.figure('explorer', 'BD-rate')} === '−21.4 %'", "the judgement")
    before = lab.kernel.value("[front().index(point) for point in explorer.chosen]")
    browser.evaluate(f"{lab.part('explorer', '.rung:nth-of-type(4)')}.focus()")
    selected = lab.part("explorer", ".rung[data-selected]")
    at = browser.evaluate(f"Number({selected}.getAttribute('aria-valuenow'))")
    assert at in before
    browser.press("ArrowRight", "ArrowRight", "Shift+ArrowUp", "ArrowLeft")
    browser.until(f"Number({selected}.getAttribute('aria-valuenow')) === {at + 11}", "eleven places on")
    wanted = sorted([*(place for place in before if place != at), at + 11])
    lab.kernel.until(
        f"sorted(front().index(p) for p in explorer.chosen) == {wanted}", "the same ladder in Python"
    )
    browser.press("+")
    lab.kernel.until(f"len(explorer.chosen) == {len(before) + 1}", "a rung more")
    browser.until(f"{lab.figure('explorer', 'BD-rate')} === '−20.4 %'", "the new judgement")
    browser.press("Delete")
    lab.kernel.until(
        f"sorted(front().index(p) for p in explorer.chosen) == {wanted}", "the ladder without it"
    )
    words = browser.evaluate(f"{selected}.getAttribute('aria-valuetext')")
    assert "VMAF" in words


def test_rungs_are_dragged_and_trials_show_their_frames(lab: Lab, browser: Browser) -> None:
    explorer = lab.show("explorer")
    before = lab.kernel.value("[point.average_bps for point in explorer.chosen]")
    place = f"""(() => {{
        const box = {lab.part("explorer", ".chart")}.getBoundingClientRect();
        const dot = {lab.part("explorer", ".rung:last-of-type .dot")}.getBoundingClientRect();
        return [dot.x + dot.width / 2 - box.x, dot.y + dot.height / 2 - box.y];
    }})()"""
    x, y = browser.evaluate(place)
    browser.drag(".codek7-view .chart", (x, y), (x - 70, y + 60))
    lab.kernel.until(f"[point.average_bps for point in explorer.chosen] != {before}", "another ladder")
    assert lab.kernel.value("all(point in front() for point in explorer.chosen)")
    browser.press("End")
    lab.kernel.until("explorer.chosen[-1] == front()[-1]", "the end of the front")
    # The first trial of 234p costs least: it is the point at the lower left.
    low = browser.evaluate(f"""(() => {{
        const chart = {lab.part("explorer", ".chart")};
        for (let px = 50; px < 400; px += 2) for (let py = chart.clientHeight - 60; py > 150; py -= 4) {{
            const at = chart.getBoundingClientRect();
            const where = {{ clientX: at.x + px, clientY: at.y + py, bubbles: true }};
            chart.dispatchEvent(new PointerEvent('pointermove', where));
            if (!{lab.part("explorer", ".tip")}.hidden) {{
                chart.dispatchEvent(new MouseEvent('click', where));
                return {lab.part("explorer", ".tip")}.innerText;
            }}
        }}
    }})()""")
    assert "CRF" in low
    browser.until(f"{lab.part('explorer', '.frames output')}.value.startsWith('frame 0')", "its frames")
    assert lab.text("explorer", ".frames h3").split(" · ")[0] in low
    browser.click(f"{explorer} >> .frames button")


def test_frames_are_compared_by_keyboard(lab: Lab, browser: Browser) -> None:
    compare = lab.show("compare")
    shown = f"{lab.part('compare', '.view')}.dataset.shown"
    browser.until(f"{shown} === '0'", "the first frame")
    browser.click(f"{compare} >> .stage")
    browser.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowLeft")
    browser.until(f"{shown} === '11'", "frame 11")
    lab.kernel.until("compare.number == 11", "the same in Python")
    for key, mode in (("d", "difference"), ("s", "side"), (" ", "flip"), ("w", "wipe")):
        browser.press(key)
        assert browser.evaluate(f"{lab.part('compare', '.stage')}.dataset.mode") == mode
    browser.press("1")
    worst = lab.kernel.value("compare.worst[0]")
    browser.until(f"{shown} === '{worst}'", "the worst frame")
    assert browser.evaluate(f"{lab.part('compare', '.worst [aria-current] strong')}.innerText")
    browser.press("+", "+", "+")
    browser.until(f"{lab.part('compare', '.zoom')}.value === '195 %'", "zoomed in")
    browser.press("Escape")
    lab.kernel.run("compare.number = 30")
    browser.until(f"{shown} === '30'", "where Python wants it")
    assert lab.kernel.value("max(sent)") <= 200_000


def test_neighbours_are_there_before_they_are_asked_for(lab: Lab, browser: Browser) -> None:
    compare = lab.show("compare")
    shown = f"{lab.part('compare', '.view')}.dataset.shown"
    browser.click(f"{compare} >> .stage")
    browser.press("Home")
    browser.until(f"{shown} === '0'", "the first frame")
    asked = "{number for number, _ in pairs.asked}"
    lab.kernel.until(f"{{0, 1, 2, 3}} <= {asked}", "the neighbours")
    browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    browser.until(f"window.{IDLE}", "all that the kernel had to say")
    many = lab.kernel.value("len(pairs.asked)")
    browser.evaluate("performance.clearMeasures()")
    browser.press("ArrowRight")
    measures = "performance.getEntriesByName('codek7:pair')"
    browser.until(f"{shown} === '1' && {measures}.length === 1")
    assert browser.evaluate(f"{measures}[0].detail") == {"cached": True, "number": 1}
    lab.kernel.until("len(pairs.asked) >= 0")
    assert lab.kernel.value(f"[number for number, _ in pairs.asked[{many}:] if number == 1]") == []


def test_what_differs_is_four_times_as_bright(lab: Lab, browser: Browser) -> None:
    compare = lab.show("compare")
    lab.kernel.run("compare.number = 24")
    browser.until(f"{lab.part('compare', '.view')}.dataset.shown === '24'")
    browser.click(f"{compare} >> .stage")
    brightness = f"""(() => {{
        const canvas = {lab.part("compare", ".stage canvas")};
        const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, part, at) => sum + (at % 4 === 3 ? 0 : part), 0) / data.length;
    }})()"""
    browser.press("d")
    dark = browser.evaluate(brightness)
    browser.press("w")
    assert 0 < dark < browser.evaluate(brightness) / 3
    expected = lab.kernel.value(
        "(lambda a, b: sum(min(255, 4 * abs(x - y)) for x, y in zip(a, b)) / len(a) * 0.75)"
        "(*(p[24].resize((214, 120)).tobytes() for p in pairs._files))"
    )
    assert dark == pytest.approx(expected, rel=0.5)


def test_a_span_is_brushed_and_asked_for(lab: Lab, browser: Browser) -> None:
    lab.show("timeline")
    assert lab.kernel.value("timeline.selected") == []
    browser.drag(".codek7-view .plot", (300, 100), (620, 140))
    first, last = map(int, re.findall(r"frames (\d+) – (\d+)", lab.text("timeline", ".header p"))[0])
    assert 0 < first < last < 479
    lab.kernel.until(f"timeline.selected == ({first}, {last})", "the selection")
    assert lab.kernel.value("timeline.rows") == [first, last]
    assert lab.kernel.value("timeline.sql") == f"SELECT {first}, {last}"
    browser.press("z", "Escape", "Home", "Shift+ArrowRight", "Shift+PageDown")
    lab.kernel.until("timeline.selected == (0, 25)", "a selection by keyboard")
    lab.kernel.run("timeline.select(48, 95)")
    browser.until(
        f"{lab.part('timeline', '.header p')}.innerText.includes('frames 48 – 95')", "Python's selection"
    )


def test_a_ladder_is_edited_under_a_policy(lab: Lab, browser: Browser) -> None:
    editor = lab.show("editor")
    browser.until(f"{lab.part('editor', '.broken li')}", "a review")
    assert "Keeps to the policy" in lab.text("editor", ".broken")
    chips = f"[...{HOSTS}[3].shadowRoot.querySelectorAll('.chip')].map((chip) => chip.innerText)"
    assert {"added", "changed"} <= set(browser.evaluate(chips))
    before = lab.kernel.value("[front().index(point) for point in editor.chosen]")
    browser.evaluate(f"{lab.part('editor', 'tbody tr:first-child input')}.focus()")
    browser.press("ArrowRight", "ArrowRight")
    lab.kernel.until(f"front().index(editor.chosen[-1]) == {before[-1] + 2}", "two places on")
    browser.press("+")
    browser.until(
        f"{lab.part('editor', '.broken')}.innerText.includes('the policy allows 8')", "what it breaks"
    )
    lab.kernel.until(f"len(editor.ladder.rungs) == {len(before) + 1}", "a rung more")
    browser.press("Delete")
    browser.until(
        f"!{lab.part('editor', '.broken')}.innerText.includes('the policy allows')", "nothing broken"
    )
    browser.click(f"{editor} >> tbody tr:first-child >> .lock")
    lab.kernel.until("editor.locked == (editor.chosen[-1],)", "a locked rung")
    assert browser.evaluate(f"{lab.part('editor', 'tbody tr:first-child input')}.disabled")
    assert lab.figure("editor", "This title") != "–"


def test_what_is_published_plays_through_the_kernel(lab: Lab, browser: Browser) -> None:
    lab.show("player")
    video = lab.part("player", "video")
    browser.until(f"{lab.part('player', '.view')}.hls.levels.length >= 2", "levels")
    browser.evaluate(f"{video}.muted = true, {video}.play()")
    browser.until(f"{video}.currentTime > 0.6", "playing")
    quality = lab.part("player", "select")
    assert browser.evaluate(f"{quality}.options.length") >= 3
    browser.evaluate(f"{quality}.selectedIndex = 1, {quality}.dispatchEvent(new Event('change'))")
    browser.until(f"{lab.part('player', '.view')}.hls.nextLevel === 0", "the level that was chosen")
    browser.until(f"parseFloat({lab.figure('player', 'Buffer')}) > 1", "seconds in the buffer")
    assert lab.kernel.value("[p for p in asked if p.endswith('.m4s')] != []")
    assert browser.evaluate(f"{lab.part('player', '.trouble')}.hidden")
    browser.evaluate(f"{video}.pause()")


def test_shots_are_looked_at_and_clicked(lab: Lab, browser: Browser) -> None:
    lab.show("storyboard")
    images = f"[...{HOSTS}[5].shadowRoot.querySelectorAll('.tile img')]"
    browser.until(f"{images}.every((image) => image.naturalWidth > 0)", "all pictures")
    browser.click(".codek7-view .tile >> nth=2")
    lab.kernel.until("storyboard.clicked_us == 1_700_000", "the time of the third shot")
    browser.press("ArrowRight", "Enter")
    lab.kernel.until("storyboard.clicked_us == 2_800_000", "the time of the fourth")
    lab.kernel.run("storyboard.clicked_us = 0")
    browser.until(
        f"{lab.part('storyboard', '.tile')}.getAttribute('aria-pressed') === 'true'", "Python's shot"
    )


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_they_look_well_and_are_accessible(lab: Lab, browser: Browser, theme: str) -> None:
    set_theme(browser, theme)
    browser.evaluate("document.fonts.ready.then(() => true)")
    for view in VIEWS:
        lab.show(view)
        browser.evaluate("new Promise((done) => setTimeout(done, 350))")
        browser.shot(SHOTS / f"lab-{view}-{theme.lower()}.png")
    faults = browser.axe(".codek7-view")
    assert faults == [], "\n".join(faults)


def test_where_no_kernel_answers_there_are_pictures(lab: Lab, browser: Browser) -> None:
    """In what nbconvert makes of the notebook, without a network and without the widgets' state."""
    browser.evaluate("jupyterapp.commands.execute('docmanager:save')")
    browser.until("!jupyterapp.shell.currentWidget.context.model.dirty", "saving")
    page = lab.jupyter.convert("views.ipynb")
    html = page.read_text()
    assert "application/vnd.jupyter.widget-view+json" not in html
    browser.profile(page.parent.as_uri())
    browser.goto(f"/{page.name}")
    browser.until("[...document.images].every((image) => image.complete)", "all pictures")
    assert browser.evaluate("document.querySelectorAll('.jp-RenderedSVG img').length") == 3
    assert browser.evaluate("document.querySelectorAll('.jp-RenderedImage img').length") == 3
    browser.shot(SHOTS / "lab-without-a-kernel.png", whole=True)
