"""SVG files, read as XML and drawn by a real browser."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image

from convanim import Animation, Chain, Conv, ConvTranspose, animate
from convanim.animations.presets import GUIDE_PRESETS, PRESETS
from convanim.render.shared_paths import LINKS
from tests.browser import CHROMIUM, Browser, Page

Picture = NDArray[np.uint8]
Opened = Callable[..., Page]

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = """</text></svg><script>alert(1)</script> & "quotes" <img src=x onerror='alert(2)'> ]]>"""

ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "plain": lambda: animate(Conv(5, 3, padding=1), width=320),
    "classic": lambda: animate(Conv(4, 3), width=200, classic=True),
    "flat": lambda: animate(Conv(4, 3), view="flat"),
    "channels": lambda: animate(Conv(4, 3, in_channels=2, out_channels=2), width=360),
    "chain": lambda: animate(Chain([Conv(5, 3), Conv(3, 2)]), width=320),
    "scatter": lambda: animate(ConvTranspose(2, 3, stride=2), method="scatter"),
    "dark": lambda: animate(Conv(4, 3, padding=1), theme="dark", steps=(2, 8), legend=True),
    "print": lambda: animate(Conv(4, 3, padding=1), theme="print", every=3),
    "smooth": lambda: animate(Conv(4, 3), motion="smooth"),
    "ids": lambda: animate(Conv(4, 3, padding=1), ids=True, values=True, caption=True),
}


@cache
def drawn(name: str) -> Animation:
    return ANIMATIONS[name]()


@cache
def written(name: str) -> bytes:
    return drawn(name).encode("svg")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """What opens a file, or HTML in which it is ``a.svg``; no page may complain in the end."""
    pages: list[Page] = []

    def open_page(content: bytes, html: str | None = None, **looks: Any) -> Page:
        path = tmp_path / "a.svg"
        path.write_bytes(content)
        width, height = (int(side) for side in re.findall(rb' (?:width|height)="(\d+)"', content)[:2])
        page = browser.page(path if html is None else html.format(path.as_uri()), width, height, **looks)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        complaints = page.console
        page.close()
        assert complaints == []


def at(page: Page, time: float) -> Picture:
    """Return what a file that is open shows at a time, in milliseconds."""
    # A pause takes effect some time after it is asked for, and what is seen follows a frame later.
    page.evaluate(f"""(async () => {{
      const all = document.getAnimations();
      all.forEach((one) => one.pause());
      await Promise.all(all.map((one) => one.ready));
      all.forEach((one) => {{ one.currentTime = {time}; }});
      await document.fonts.ready;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }})()""")
    return pixels(page.screenshot())


def pixels(png: bytes) -> Picture:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def difference(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(np.int16) - other[..., :3]).mean())


def nearest(shown: Picture, frames: list[Picture]) -> int:
    """Return which of some frames a picture is."""
    errors = [difference(shown, frame) for frame in frames]
    assert min(errors) < 3
    return errors.index(min(errors))


def poster(animation: Animation) -> int:
    """Return the last step at which the kernel is at work."""
    at_work = [
        number
        for number, step in enumerate(animation.timeline.steps)
        if any(getattr(shape, "shaded", False) for shape in animation.scene.moment(step))
    ]
    return at_work[-1]


def texts(content: bytes) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(content).iter(f"{SVG}text")]


def fonts(content: bytes) -> list[TTFont]:
    """Return the fonts that are part of a file."""
    found = re.findall(rb'url\("data:font/woff;base64,([^"]*)"\)', content)
    return [TTFont(io.BytesIO(base64.b64decode(font, validate=True))) for font in found]


# The file


@pytest.mark.parametrize("name", ANIMATIONS)
def test_files_are_xml_with_a_title_and_a_description(name: str) -> None:
    root = ElementTree.fromstring(written(name))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert (root.get("width"), root.get("height")) == tuple(map(str, drawn(name).size))
    title, about = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert about is not None
    assert (title.text, about.text) == (drawn(name).told.title, drawn(name).alt)
    assert root.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}"


@pytest.mark.parametrize("name", ANIMATIONS)
def test_nothing_in_a_file_is_a_program_or_elsewhere(name: str) -> None:
    ids = set()
    references = set()
    for one in ElementTree.fromstring(written(name)).iter():
        assert one.tag not in (f"{SVG}script", f"{SVG}foreignObject", f"{SVG}image")
        assert not any(attribute.startswith("on") for attribute in one.attrib)
        ids.add(one.get("id"))
        references |= {value for attribute, value in one.items() if attribute.endswith("href")}
    assert {reference.removeprefix("#") for reference in references} <= ids
    rest = written(name).replace(b'xmlns="http://www.w3.org/2000/svg"', b"").replace(LINKS.encode(), b"")
    assert not re.search(rb"https?:|@import|javascript:", rest)
    assert set(re.findall(rb"url\(\W?(.{5})", rest)) <= {b"data:"}


def test_words_are_text() -> None:
    animation = animate(Conv(3, 2), input=[[11, 12, 13], [14, 15, 16], [17, 18, 19]], view="flat", caption="own words")
    words = texts(animation.encode("svg"))
    assert {"input", "kernel", "output", "own words", *map(str, range(11, 20))} <= set(words)


def test_hostile_words_stay_words() -> None:
    content = animate(Conv(4, 3), caption=HOSTILE, width=1200).encode("svg")
    assert HOSTILE in " ".join(texts(content))
    tags = {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(content).iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "path", "g", "text", "tspan", "use"}


@pytest.mark.parametrize("name", ["plain", "flat", "smooth"])
def test_the_same_animation_gives_the_same_bytes(name: str) -> None:
    assert ANIMATIONS[name]().encode("svg") == written(name)


@pytest.mark.parametrize("name", GUIDE_PRESETS)
def test_the_guides_pictures_are_small(name: str) -> None:
    assert len(animate(PRESETS[name].layer, classic=True).encode("svg")) < 30_000


def test_smooth_motion_does_not_cost_much() -> None:
    assert len(animate(Conv(5, 3, padding=1), motion="smooth", width=320).encode("svg")) < 4 * len(written("plain"))


def test_a_still_does_not_move() -> None:
    for name in ("plain", "flat", "smooth"):
        content = drawn(name).still(3).encode("svg")
        assert not re.search(rb"animation|@keyframes|visibility|hidden", content)
    # At the last step no caption says what is still to come.
    assert animate(Conv(5, 3, padding=1), still=24, width=320).encode("svg") == drawn("plain").still(24).encode("svg")


@cache
def named() -> dict[str, list[str]]:
    """Return the elements of a file with ids by each of their classes and ids."""
    found: dict[str, list[str]] = {}
    for one in ElementTree.fromstring(written("ids")).iter():
        for name in (*one.get("class", "").split(), f"#{one.get('id')}"):
            found.setdefault(name, []).append(one.tag.removeprefix(SVG))
    return found


def test_cells_at_rest_have_ids_that_are_there_once() -> None:
    for grid in ("input", "output"):
        for row in range(4):
            for column in range(4):
                assert named()[f"#{grid}-{row}-{column}"] == ["path"]
    assert max(map(len, (found for name, found in named().items() if name[0] == "#" and name != "#None"))) == 1


def test_cells_have_a_class_whatever_happens_to_them() -> None:
    # At rest, and under the kernel at nine places.
    content = written("ids").decode()
    assert len(re.findall(r'class="\w+ input input-1-1"', content)) == 1
    assert len(re.findall(r'class="\w+ window input-1-1"', content)) == 9
    assert {"window", "ray", "made", "padding", "caption", "input-words", "window-outline"} <= set(named())


def test_what_glides_has_its_classes_on_the_way() -> None:
    content = animate(Conv(4, 3), ids=True, motion="smooth", fps=5).encode("svg")
    assert re.search(rb'<g class="move"[^>]*><path class="\w+ window-outline"', content)


def test_the_selectors_of_the_handbook_select_something() -> None:
    text = (Path(__file__).parents[2] / "gallery" / "handbook" / "forms.md").read_text(encoding="utf-8")
    (style,) = re.findall(r"```css\n(.*?)```", text, re.DOTALL)
    selectors = re.findall(r"^svg (\S+) \{", style, re.MULTILINE)
    assert len(selectors) > 3
    assert {selector.removeprefix(".") for selector in selectors} <= set(named())


def test_ids_are_only_there_where_they_are_asked_for() -> None:
    assert b"#input" not in written("plain")
    assert not re.search(rb' id="(?!title|about|p)', written("plain"))
    assert animate(Conv(3, 2), ids=True).encode("pdf") == animate(Conv(3, 2)).encode("pdf")


@pytest.mark.parametrize("name", ["flat", "scatter", "dark"])
def test_the_font_has_the_letters_that_are_written_and_no_others(name: str) -> None:
    letters = {chr(code) for font in fonts(written(name)) for code in font.getBestCmap()}
    assert letters == set("".join(texts(written(name))))


def test_without_words_there_is_no_font() -> None:
    assert texts(written("classic")) == []
    assert b"font" not in written("classic")


# In a browser


@needs_chromium
@pytest.mark.parametrize("name", ["plain", "flat", "channels", "chain", "scatter", "dark", "ids"])
def test_each_step_shows_at_its_time(opened: Opened, name: str) -> None:
    animation, page = drawn(name), opened(written(name))
    frames, starts = list(animation.frames()), animation.timeline.starts
    for number in {0, *range(1, len(frames), 1 + len(frames) // 8), len(frames) - 1}:
        assert nearest(at(page, (starts[number] + starts[number + 1]) / 2), frames) == number
    assert len(page.requests) == 1


@needs_chromium
def test_steps_begin_and_end_with_their_times(opened: Opened) -> None:
    animation = animate(Conv(4, 3), step_time=0.5, hold=2, hold_first=1)
    page, frames = opened(animation.encode("svg")), list(animation.frames())
    times = [10, 1490, 1510, 1990, 2010, 2490, 2510, 4990]
    assert [nearest(at(page, time), frames) for time in times] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert nearest(at(page, 5010), frames) == 0


@needs_chromium
@pytest.mark.parametrize("name", ["plain", "flat", "scatter", "smooth"])
def test_with_less_motion_the_poster_shows(opened: Opened, name: str) -> None:
    animation = drawn(name)
    page = opened(written(name), reduced_motion=True)
    frames = [next(iter(animation.still(step).frames())) for step in animation.timeline.steps]
    assert page.evaluate("document.getAnimations().length") == 0
    assert nearest(at(page, 0), frames) == poster(animation)


@needs_chromium
@pytest.mark.parametrize("name", ["plain", "scatter", "smooth"])
def test_where_nothing_can_move_the_poster_shows(opened: Opened, name: str) -> None:
    animation = drawn(name)
    page = opened(written(name).replace(b"animation:", b"unknown:"))
    frames = [next(iter(animation.still(step).frames())) for step in animation.timeline.steps]
    assert nearest(at(page, 0), frames) == poster(animation)


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not installed")
@pytest.mark.parametrize("name", ["plain", "flat", "channels", "scatter", "dark", "print", "smooth"])
def test_a_program_that_knows_no_animation_draws_the_poster(name: str, tmp_path: Path) -> None:
    animation = drawn(name)
    path = tmp_path / "a.svg"
    path.write_bytes(written(name))
    shown = pixels(subprocess.run(["rsvg-convert", path], check=True, capture_output=True).stdout)
    frames = [next(iter(animation.still(step).frames())) for step in animation.timeline.steps]
    assert nearest(shown, frames) == poster(animation)


@needs_chromium
@pytest.mark.parametrize("loop", [1, 3])
def test_a_finite_loop_ends_with_the_last_step(opened: Opened, loop: int) -> None:
    animation = animate(Conv(4, 3), loop=loop)
    page, frames = opened(animation.encode("svg")), list(animation.frames())
    assert nearest(at(page, 4000 * loop - 3500), frames) == 0
    assert nearest(at(page, 4000 * loop), frames) == 3
    assert nearest(at(page, 4000 * loop + 1500), frames) == 3


@needs_chromium
@pytest.mark.parametrize(
    ("layer", "looks"),
    [
        (Conv(4, 3, padding=1), {"steps": (2, 6), "width": 320}),
        (Conv(4, 3), {"view": "flat"}),
        (Conv(4, 3, in_channels=2, out_channels=2), {"steps": (2, 6), "width": 360}),
        (ConvTranspose(2, 3, stride=2), {"method": "scatter", "easing": "out"}),
        (Conv(4, 3), {"theme": "dark", "easing": "linear", "width": 320}),
    ],
    ids=["plain", "flat", "channels", "scatter", "dark"],
)
def test_what_moves_smoothly_is_halfway_in_the_middle_of_its_way(
    opened: Opened, layer: Any, looks: dict[str, Any]
) -> None:
    # Four frames a second make one in the middle of each way.
    animation = animate(layer, motion="smooth", fps=4, **looks)
    page, frames = opened(animation.encode("svg")), list(animation.frames())
    count = len(animation.timeline.steps)
    assert len(frames) == 2 * count - 1
    for number in range(count):
        assert nearest(at(page, 1000 * number + 250), frames) == 2 * number
        if number + 1 < count:
            assert nearest(at(page, 1000 * number + 750), frames) == 2 * number + 1


@needs_chromium
def test_a_still_shows_its_step(opened: Opened) -> None:
    frames = [next(iter(drawn("plain").still(step).frames())) for step in range(25)]
    page = opened(drawn("plain").still(7).encode("svg"))
    assert nearest(at(page, 0), frames) == 7


@needs_chromium
def test_an_image_plays(opened: Opened) -> None:
    animation = animate(Conv(4, 3), step_time=0.1)
    page = opened(animation.encode("svg"), '<body style="margin:0"><img style="display:block" src="{}">')
    frames, shown = list(animation.frames()), set()
    for _ in range(100):
        shown.add(nearest(pixels(page.screenshot()), frames))
        if len(shown) > 1:
            break
    assert len(shown) > 1


@needs_chromium
@pytest.mark.parametrize("looks", [{"step_time": 100}, {"still": 0}], ids=lambda looks: next(iter(looks)))
def test_what_is_transparent_shows_what_lies_behind(opened: Opened, looks: dict[str, Any]) -> None:
    animation = animate(Conv(4, 3, padding=1), background="transparent", **looks)
    page = opened(animation.encode("svg"), '<body style="margin:0;background:#fedcba"><img src="{}">')
    page.evaluate("document.images[0].decode()")
    shown, opacity = pixels(page.screenshot()), next(iter(animation.frames()))[..., 3]
    behind = (shown == (0xFE, 0xDC, 0xBA)).all(axis=-1)
    assert behind[2, 2]
    assert behind[-3, -3]
    assert (behind == (opacity == 0)).mean() > 0.97


@needs_chromium
def test_letters_are_drawn_in_the_files_own_font(opened: Opened) -> None:
    page = opened(written("flat"))
    assert at(page, 0).shape
    faces = page.evaluate("[...document.fonts].map((face) => [face.family, face.status])")
    assert faces
    assert all(face == ["convanim", "loaded"] for face in faces)
