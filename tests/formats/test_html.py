"""HTML pages, used as a reader uses them, in a real browser."""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from convanim import (
    Animation,
    Chain,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    animate,
    compare,
    plan,
)
from convanim.render.shared_paths import LINKS
from convanim.render.theme import find_theme
from tests.browser import CHROMIUM, Browser, Page

Open = Callable[..., Page]
Picture = NDArray[np.uint8]

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "plain": lambda: animate(Conv(5, 3, padding=1), width=320),
    "flat": lambda: animate(Conv(4, 3), view="flat"),
    "channels": lambda: animate(Conv(4, 3, in_channels=2, out_channels=2), width=360),
    "chain": lambda: animate(Chain([Conv(5, 3), Conv(3, 2)]), width=320),
    "scatter": lambda: animate(ConvTranspose(2, 3, stride=2), method="scatter"),
    "solid": lambda: animate(Conv((4, 4, 4), 3)),
}

VISIBLE = """[...document.querySelectorAll("[data-from]")].filter(
    (group) => group.checkVisibility({checkVisibilityCSS: true})
).map((group) => [Number(group.dataset.from), Number(group.dataset.to), "moment" in group.dataset])"""

HOSTILE = """</script><script>alert(1)</script> & "quotes" <img src=x onerror='alert(2)'> ${title}"""


@cache
def drawn(name: str) -> Animation:
    return ANIMATIONS[name]()


@cache
def written(name: str) -> str:
    return drawn(name).encode("html").decode()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """What opens an animation's page, or one of `ANIMATIONS`; no page may complain in the end."""
    pages: list[Page] = []

    def open_page(shown: Animation | Path | str, *args: Any, **looks: Any) -> Page:
        if isinstance(shown, Animation):
            shown = shown.encode("html").decode()
        elif isinstance(shown, str) and shown in ANIMATIONS:
            shown = written(shown)
        page = browser.page(shown, *args, **looks)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        complaints = page.console
        page.close()
        assert complaints == []


def text(page: Page, name: str) -> str:
    return str(page.evaluate(f"document.getElementById('{name}').textContent"))


def label(page: Page, name: str) -> str:
    return str(page.evaluate(f"document.getElementById('{name}').getAttribute('aria-label')"))


def cell(name: str) -> str:
    return f'polygon[aria-label="{name}"]'


def after_frames(page: Page, expression: str) -> Any:
    """Return what an expression is once the browser has drawn some frames more."""
    wait = "new Promise((done) => { let left = 12; (function next() { left -= 1; left ? requestAnimationFrame(next)"
    return page.evaluate(f"{wait} : done({expression}); }})(); }})")


def with_clock(page: Page) -> None:
    """Let a page that stands play from its start by a clock that `at` sets."""
    page.evaluate("void (window.requestAnimationFrame = (tick) => { window.tick = tick; })")
    page.press("Home")
    page.evaluate("play.click()")
    at(page, 0)


def at(page: Page, time: float) -> None:
    page.evaluate(f"void tick({time})")


def show(page: Page, step: int) -> None:
    scrub = f"document.getElementById('scrub').value = {step}; document.getElementById('scrub')"
    page.evaluate(f"{scrub}.dispatchEvent(new Event('input'))")


def pixels(png: bytes) -> Picture:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def picture(page: Page, animation: Animation) -> Picture:
    """Return the page's drawing alone, at its own size."""
    width, height = animation.size
    page.resize(width, height)
    place = f"position:fixed;left:0;top:0;width:{width}px;max-width:none;z-index:1"
    page.evaluate(f"document.querySelector('.stage').style.cssText = '{place}'; document.fonts.ready.then(() => 0)")
    return pixels(page.screenshot())[:height, :width]


def difference(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(np.int16) - other[..., :3]).mean())


def cells_of(html: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the label of each cell of a page and what the page knows of it."""
    found = re.search('<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    labels = [unescape(name) for name in re.findall('<polygon [^>]*aria-label="([^"]*)"', html)]
    return list(zip(labels, json.loads(found[1])["cells"], strict=True))


def place(name: str, cell: list[int]) -> str:
    row, column = [0, *cell][-2:]
    return f"{name} row {row}, column {column}"


def reached(layer: Layer) -> dict[str, set[str]]:
    """Return which outputs the plan of a layer makes from each input, by their labels."""
    found: dict[str, set[str]] = {}
    for step in plan(layer).to_dict()["steps"]:
        for tap in step["taps"]:
            if tap["input"] is not None:
                found.setdefault(place("input", tap["input"]), set()).add(place("output", step["output"]))
    return found


# The file


@pytest.mark.parametrize("name", ANIMATIONS)
def test_nothing_in_the_page_is_elsewhere(name: str) -> None:
    html = written(name)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)
    assert not re.search(r"""(?:url\(|@import )["']?(?!["']?data:)""", html)
    assert not re.search("(?:https?|ftp|file):", html.replace(LINKS, ""))


def test_the_same_animation_gives_the_same_page() -> None:
    assert ANIMATIONS["flat"]().encode("html").decode() == written("flat")


@pytest.mark.parametrize("name", ANIMATIONS)
def test_no_two_cells_have_the_same_name(name: str) -> None:
    counts = Counter(label for label, _ in cells_of(written(name)))
    assert max(counts.values()) == 1


def test_cells_that_are_never_read_are_counted() -> None:
    labels = [label for label, _ in cells_of(animate(ConvTranspose(5, 2, padding=2)).encode("html").decode())]
    assert labels[0] == "input row 1, column 1"
    assert [label for label in labels if label.startswith("input")][-1] == "input row 3, column 3"


@pytest.mark.parametrize(
    "layer",
    [
        Conv(5, 3, padding=1),
        Conv(6, 3, stride=2, padding=1),
        Conv(7, 3, dilation=2),
        Conv(7, 1, stride=3),
        Conv(8, 2, stride=3),
        Conv(9, 2, stride=2, dilation=3),
        MaxPool(5, 2),
        ConvTranspose(3, 3, stride=2, padding=1, output_padding=1),
        ConvTranspose(5, 2, padding=2),
        Conv((8,), 3),
    ],
    ids=["padded", "strided", "dilated", "gaps", "wide gaps", "crossed", "left over", "inserted", "cropped", "line"],
)
def test_cells_reach_what_the_plan_makes_from_them(layer: Layer) -> None:
    cells = cells_of(animate(layer).encode("html").decode())
    found = {
        name: {label for label, other in cells if set(other["makes"]) & set(one["reads"])}
        for name, one in cells
        if one["reads"]
    }
    assert found == reached(layer)


@pytest.mark.parametrize("looks", [{"steps": (10, 15)}, {"steps": (12, None)}, {"every": 7}])
def test_cells_are_called_as_the_sentences_call_them_if_only_some_steps_show(looks: dict[str, Any]) -> None:
    animation = animate(Conv(5, 3, padding=1), **looks)
    made = {one["makes"][-1]: label for label, one in cells_of(animation.encode("html").decode()) if one["makes"]}
    for number, step in enumerate(animation.timeline.steps):
        assert made[number] in animation.told.step(step)


def test_the_cell_whose_field_shows_is_called_by_its_place() -> None:
    animation = animate(Chain([Conv(6, 3), Conv(4, 3)]), field=(1, 1))
    labels = [label for label, _ in cells_of(animation.encode("html").decode())]
    assert [label for label in labels if label.startswith("output")] == ["output row 1, column 1"]
    assert [label for label in labels if label.startswith("input")][-1] == "input row 5, column 5"


def test_each_cell_that_can_be_pointed_at_has_a_place_in_the_tab_order_of_its_grid() -> None:
    for html in map(written, ANIMATIONS):
        planes = Counter(one["plane"] for _, one in cells_of(html))
        assert html.count('tabindex="0"') == len(planes)


# Loading and playing


@needs_chromium
@pytest.mark.parametrize("name", ANIMATIONS)
def test_every_step_shows_and_nothing_is_asked_for(opened: Open, name: str) -> None:
    page = opened(name)
    last = len(drawn(name).timeline.steps)
    for step in range(last):
        show(page, step)
        assert text(page, "count") == f"{step + 1} / {last}"
        assert drawn(name).told.step(step) in text(page, "say")
        assert all(start <= step < end for start, end, _ in page.evaluate(VISIBLE))
    assert len(page.requests) == 1


@needs_chromium
@pytest.mark.parametrize("name", ANIMATIONS)
def test_the_drawing_is_that_of_other_formats(opened: Open, name: str) -> None:
    animation, page = drawn(name), opened(name, reduced_motion=True)
    frames = list(animation.frames())
    for step in {0, len(frames) // 2, len(frames) - 1}:
        show(page, step)
        shown = picture(page, animation)
        errors = [difference(shown, frame) for frame in frames]
        assert errors[step] < 3
        assert errors[step] == min(errors)


@needs_chromium
def test_it_plays_by_itself_until_it_is_paused(opened: Open) -> None:
    page = opened(animate(Conv(5, 3, padding=1), step_time=0.1))
    first = text(page, "count")
    page.wait_for(f"count.textContent !== '{first}'")
    assert label(page, "play") == "Pause"
    page.click("#play")
    assert label(page, "play") == "Play"
    stands = text(page, "count")
    assert after_frames(page, "count.textContent") == stands
    page.click("#play")
    page.wait_for(f"count.textContent !== '{stands}'")


@needs_chromium
def test_with_less_motion_it_stands_at_its_poster(opened: Open) -> None:
    page = opened(animate(ConvTranspose(2, 3, stride=2), method="scatter", step_time=0.02), reduced_motion=True)
    assert label(page, "play") == "Play"
    assert text(page, "count") == "4 / 5"
    assert after_frames(page, "count.textContent") == "4 / 5"
    page.click("#play")
    page.wait_for("count.textContent !== '4 / 5'")


@needs_chromium
def test_a_still_has_one_step_and_does_not_play(opened: Open) -> None:
    page = opened(animate(Conv(5, 3), still=3))
    assert text(page, "count") == "1 / 1"
    assert label(page, "play") == "Play"
    assert "Step 3" in text(page, "say")


@needs_chromium
def test_buttons_and_keys_go_from_step_to_step(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), step_time=100))
    for act, what, count in [
        (page.click, "#on", 2),
        (page.click, "#on", 3),
        (page.click, "#back", 2),
        (page.press, "ArrowRight", 3),
        (page.press, "ArrowLeft", 2),
        (page.press, "Home", 1),
        (page.press, "ArrowLeft", 1),
        (page.press, "End", 4),
        (page.press, "ArrowRight", 4),
    ]:
        act(what)
        assert text(page, "count") == f"{count} / 4"
        assert label(page, "play") == "Play"


@needs_chromium
def test_the_scrubber_goes_anywhere(opened: Open) -> None:
    page = opened("plain")
    page.click("#scrub")
    assert text(page, "count") == "13 / 25"
    assert page.evaluate("scrub.getAttribute('aria-valuetext')") == drawn("plain").told.step(12)
    page.press("ArrowRight")
    assert text(page, "count") == "14 / 25"
    page.press("End")
    assert page.evaluate("scrub.value") == "24"


@needs_chromium
def test_the_space_bar_plays_and_pauses(opened: Open) -> None:
    page = opened(animate(Conv(5, 3), step_time=100))
    assert label(page, "play") == "Pause"
    page.press("Space")
    assert label(page, "play") == "Play"
    page.press("Space")
    assert label(page, "play") == "Pause"
    page.click("#play")
    page.press("Space")
    assert label(page, "play") == "Pause"
    page.evaluate("loop.focus()")
    page.press("Space")
    assert (label(page, "play"), page.evaluate("loop.ariaPressed")) == ("Pause", "false")


@needs_chromium
@pytest.mark.parametrize(("speed", "steps"), [("0.25", 1), ("1", 4), ("2", 8)])
def test_speed_is_chosen(opened: Open, speed: str, steps: int) -> None:
    page = opened("plain", reduced_motion=True)
    with_clock(page)
    page.evaluate(f"void (document.getElementById('speed').value = '{speed}')")
    at(page, 4010)
    assert text(page, "count") == f"{steps + 1} / 25"


@needs_chromium
def test_it_plays_again_unless_the_loop_is_off(opened: Open) -> None:
    page = opened(animate(Conv(4, 3)), reduced_motion=True)
    assert page.evaluate("loop.ariaPressed") == "true"
    with_clock(page)
    at(page, 4500)
    assert (text(page, "count"), label(page, "play")) == ("1 / 4", "Pause")
    page.click("#loop")
    assert page.evaluate("loop.ariaPressed") == "false"
    at(page, 8600)
    assert (text(page, "count"), label(page, "play")) == ("4 / 4", "Play")
    page.click("#loop")
    assert page.evaluate("loop.ariaPressed") == "true"


@needs_chromium
def test_a_finite_loop_starts_with_the_loop_off_and_ends_at_the_last_step(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), loop=1, step_time=0.05))
    assert page.evaluate("loop.ariaPressed") == "false"
    page.wait_for("play.ariaLabel === 'Play'")
    assert text(page, "count") == "4 / 4"


@needs_chromium
def test_it_plays_as_often_as_the_file_says(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), loop=2), reduced_motion=True)
    with_clock(page)
    at(page, 4500)
    assert (text(page, "count"), label(page, "play")) == ("1 / 4", "Pause")
    at(page, 8500)
    assert (text(page, "count"), label(page, "play")) == ("4 / 4", "Play")


@needs_chromium
def test_what_has_ended_plays_again_from_its_start(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), loop=1), reduced_motion=True)
    with_clock(page)
    at(page, 4500)
    assert (text(page, "count"), label(page, "play")) == ("4 / 4", "Play")
    page.click("#play")
    at(page, 5000)
    at(page, 5100)
    assert (text(page, "count"), label(page, "play")) == ("1 / 4", "Pause")


@needs_chromium
def test_a_loop_that_the_reader_turns_on_goes_on(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), loop=1), reduced_motion=True)
    page.click("#loop")
    assert page.evaluate("loop.ariaPressed") == "true"
    with_clock(page)
    at(page, 4500)
    assert (text(page, "count"), label(page, "play")) == ("1 / 4", "Pause")


@needs_chromium
def test_what_moves_smoothly_is_seen_on_its_way(opened: Open) -> None:
    animation = animate(Conv(5, 3, padding=1), motion="smooth", fps=4, steps=(3, 7))
    page = opened(animation, reduced_motion=True)
    way = "document.querySelector('[data-way]:not(.off)')"
    assert page.evaluate(way) is None
    with_clock(page)
    here, on_its_way, there, between = list(animation.frames())[:4]
    for time, frame in ((400, here), (750, on_its_way), (1000, there), (1750, between)):
        at(page, time)
        shown = picture(page, animation)
        errors = [difference(shown, other) for other in (here, on_its_way, there, between)]
        assert min(errors) == difference(shown, frame) < 3
        assert (page.evaluate(way) is None) == (time in (400, 1000))
    transforms = page.evaluate(f"[...{way}.querySelectorAll('[data-by]')].map((one) => one.getAttribute('transform'))")
    assert any(re.fullmatch(r"translate\(-?\d+(\.\d+)? -?\d+(\.\d+)?\)", one) for one in transforms)
    paths = page.evaluate(f"[...{way}.querySelectorAll('[data-to-path]')].map((one) => one.getAttribute('d'))")
    assert all("." in one for one in paths)
    page.press("ArrowRight")
    assert page.evaluate(way) is None


@needs_chromium
def test_smooth_motion_plays_by_itself(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), motion="smooth", step_time=0.4))
    page.wait_for("document.querySelector('[data-way]:not(.off) [transform]')")


# Pointing


@needs_chromium
@pytest.mark.parametrize(("name", "step"), [("output row 0, column 0", 0), ("output row 3, column 2", 17)])
def test_hovering_an_output_shows_its_step_and_leaving_goes_back(opened: Open, name: str, step: int) -> None:
    page = opened("plain")
    page.press("Home")
    page.press("ArrowRight")
    before = (text(page, "count"), text(page, "say"), page.evaluate(VISIBLE))
    page.move(cell(name))
    assert text(page, "count") == f"{step + 1} / 25"
    assert name in text(page, "say") == drawn("plain").told.step(step)
    shown = [(start, end) for start, end, is_moment in page.evaluate(VISIBLE) if is_moment]
    assert (step, step + 1) in shown
    assert all(start <= step < end for start, end in shown)
    page.move("h1")
    assert (text(page, "count"), text(page, "say"), page.evaluate(VISIBLE)) == before


@needs_chromium
@pytest.mark.parametrize("looks", [{"view": "flat"}, {"values": True}])
def test_hovering_an_output_writes_its_sum_with_the_numbers(opened: Open, looks: dict[str, Any]) -> None:
    given: dict[str, Any] = {"input": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "kernel": [[1, 0], [0, -1]]}
    page = opened(animate(Conv(3, 2), **given, **looks))
    page.move(cell("output row 1, column 0"))
    assert text(page, "say").endswith("4·1 + 5·0 + 7·0 + 8·(−1) = −4")


@needs_chromium
def test_hovering_an_input_marks_what_it_reaches_and_nothing_else(opened: Open) -> None:
    layer = Conv(5, 3, stride=2, padding=1)
    page = opened(animate(layer), reduced_motion=True)
    marked = "[...document.querySelectorAll('.reached')].map((one) => one.ariaLabel)"
    for name, outputs in reached(layer).items():
        page.move(cell(name))
        assert set(page.evaluate(marked)) == outputs
        count = "1 cell" if len(outputs) == 1 else f"{len(outputs)} cells"
        assert text(page, "say") == f"{name[0].upper()}{name[1:]} reaches {count} of what is made from it."
    page.move("h1")
    assert page.evaluate(marked) == []
    assert text(page, "say").startswith("Step ")


@needs_chromium
def test_what_an_input_reaches_is_said_while_it_plays_too(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), step_time=0.05))
    page.move(cell("input row 1, column 1"))
    assert " reaches 4 cells " in after_frames(page, "say.textContent")


@needs_chromium
def test_hovering_an_output_halts_what_plays(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), step_time=0.02))
    page.move(cell("output row 1, column 0"))
    assert after_frames(page, "count.textContent") == "3 / 4"
    page.move("h1")
    page.wait_for("count.textContent !== '3 / 4'")


@needs_chromium
@pytest.mark.parametrize("unpin", ["click", "Escape"])
def test_a_click_pins_until_the_next_or_escape(opened: Open, unpin: str) -> None:
    page = opened("plain")
    name = cell("output row 2, column 2")
    page.click(name)
    page.move("h1")
    assert text(page, "count") == "13 / 25"
    assert label(page, "play") == "Play"
    assert page.evaluate(f"document.querySelector('{name}').ariaPressed") == "true"
    page.move(cell("output row 0, column 1"))
    assert text(page, "count") == "2 / 25"
    page.move("h1")
    assert text(page, "count") == "13 / 25"
    if unpin == "click":
        page.click(name)
        page.move("h1")
    else:
        page.press(unpin)
    assert page.evaluate("document.querySelectorAll('.pinned, [aria-pressed=true]:not(#loop)').length") == 0
    page.press("Home")
    assert text(page, "count") == "1 / 25"


@needs_chromium
def test_a_pinned_input_stays_marked_until_it_is_unpinned(opened: Open) -> None:
    page = opened("plain")
    page.click(cell("input row 0, column 0"))
    page.move("h1")
    assert page.evaluate("document.querySelectorAll('.reached').length") == 4
    assert "reaches 4 cells" in text(page, "say")
    page.press("Escape")
    assert page.evaluate("document.querySelectorAll('.reached').length") == 0


@needs_chromium
def test_the_keyboard_points_and_pins_as_the_mouse_does(opened: Open) -> None:
    page = opened("plain", reduced_motion=True)
    focused = "document.activeElement.ariaLabel"
    page.press("Tab")
    assert page.evaluate(focused) == "input row 0, column 0"
    assert page.evaluate("document.querySelectorAll('.reached').length") == 4
    page.press("ArrowDown")
    page.press("ArrowRight")
    assert page.evaluate(focused) == "input row 1, column 1"
    assert page.evaluate("document.querySelectorAll('.reached').length") == 9
    page.press("Tab")
    assert page.evaluate(focused) == "output row 0, column 0"
    assert text(page, "count") == "1 / 25"
    page.press("ArrowUp")
    page.press("ArrowRight")
    page.press("ArrowDown")
    page.press("ArrowLeft")
    page.press("ArrowDown")
    assert page.evaluate(focused) == "output row 2, column 0"
    assert text(page, "count") == "11 / 25"
    page.press("Enter")
    assert page.evaluate("document.activeElement.ariaPressed") == "true"
    page.press("Tab")
    assert page.evaluate("document.activeElement.id") == "back"
    assert text(page, "count") == "11 / 25"
    page.press("Escape")
    assert page.evaluate("document.querySelectorAll('.pinned').length") == 0


@needs_chromium
def test_what_is_focused_can_be_seen(opened: Open) -> None:
    page = opened("plain", reduced_motion=True)
    page.press("Tab")
    stroke = page.evaluate("getComputedStyle(document.activeElement).stroke")
    assert stroke not in ("none", "rgb(255, 255, 255)")


@needs_chromium
def test_a_finger_pins(opened: Open) -> None:
    page = opened("plain", touch=True)
    page.tap(cell("output row 1, column 4"))
    page.wait_for("count.textContent === '10 / 25'")
    assert label(page, "play") == "Play"
    page.tap(cell("input row 2, column 2"))
    page.wait_for("document.querySelectorAll('.reached').length === 9")


@needs_chromium
def test_all_that_can_be_used_has_a_name(opened: Open) -> None:
    page = opened("channels")
    used = "button, input, select, [role=button], [role=toolbar], [role=group], [tabindex]"
    names = page.evaluate(f"[...document.querySelectorAll('{used}')].map((one) => one.ariaLabel)")
    assert len(names) > 40
    assert all(names)
    page.press("Space")
    assert page.evaluate("say.ariaLive") == "polite"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("document.title") == drawn("channels").told.title
    assert text(page, "about") == drawn("channels").alt


# Looks


@needs_chromium
@pytest.mark.parametrize(("dark", "theme"), [(False, "guide"), (True, "dark")])
def test_the_picture_is_as_dark_as_the_readers_system(opened: Open, dark: bool, theme: str) -> None:
    page = opened("plain", dark=dark, reduced_motion=True)
    shown = "[...document.querySelectorAll('.stage > svg:not(.cells)')].map((one) => getComputedStyle(one).display)"
    assert page.evaluate(shown) == (["none", "block"] if dark else ["block", "none"])
    screen = pixels(page.screenshot())
    left, top = page.evaluate("(({x, y}) => [x, y])(document.querySelector('.stage').getBoundingClientRect())")
    background = find_theme(theme).background
    assert tuple(screen[2, 2]) == background
    assert tuple(screen[int(top) + 5, int(left) + 5]) == background
    there = animate(Conv(5, 3, padding=1), theme=theme, width=320)
    step = int(text(page, "count").split()[0]) - 1
    assert difference(picture(page, there), next(iter(there.still(step).frames()))) < 3
    page.media(dark=not dark)
    assert page.evaluate(shown) == (["block", "none"] if dark else ["none", "block"])


@needs_chromium
@pytest.mark.parametrize("theme", ["dark", "print"])
def test_other_themes_have_one_picture(opened: Open, theme: str) -> None:
    page = opened(animate(Conv(4, 3), theme=theme))
    assert page.evaluate("document.querySelectorAll('.stage > svg:not(.cells)').length") == 1
    for dark in (False, True):
        page.media(dark=dark)
        assert page.evaluate("getComputedStyle(document.querySelector('.stage > svg')).display") == "block"
        assert tuple(pixels(page.screenshot())[2, 2]) == find_theme(theme).background


@needs_chromium
def test_a_background_of_ones_own_is_the_pages_too(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), background="#ffeecc"))
    assert tuple(pixels(page.screenshot())[2, 2]) == (0xFF, 0xEE, 0xCC)


@needs_chromium
@pytest.mark.parametrize("name", ["plain", "flat", "scatter", "solid"])
def test_it_fits_a_small_phone(opened: Open, name: str) -> None:
    page = opened(name, 320, 568, touch=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = page.evaluate(
        "[...document.querySelectorAll('h1, .stage, .say, .bar > *')].map((one) => one.getBoundingClientRect())"
        ".map(({left, right, height}) => [left, right, height])"
    )
    assert all(left >= 0 and right <= 320 and height > 0 for left, right, height in boxes)


@pytest.mark.parametrize("name", ANIMATIONS)
def test_its_policy_names_its_own_style_and_script_and_nothing_else(name: str) -> None:
    page = written(name)
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    hashes = [b64encode(sha256(one.encode()).digest()).decode() for one in (style, script)]
    (policy,) = re.findall('Policy" content="(.*?)"', page)
    assert re.findall("'sha256-(.*?)'", policy) == hashes
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert page.count("<style") == 1


@needs_chromium
def test_a_style_and_a_script_of_others_do_not_count(browser: Browser) -> None:
    style, change = "color: rgb(255, 0, 0)", "document.title = 'foreign'"
    foreign = f"<style>body {{ {style} }}</style><script>{change}</script>"
    page = browser.page(written("plain").replace("<main>", f'{foreign}<main onclick="{change}" style="{style}">'))
    try:
        page.evaluate("document.querySelector('main').click()")
        assert page.evaluate("document.title") == drawn("plain").told.title
        for place in ("main", "body"):
            colour = page.evaluate(f"getComputedStyle(document.querySelector('{place}')).color")
            assert colour != "rgb(255, 0, 0)"
        # Whether each of the four is reported, or two at once, depends on the browser's version.
        assert page.console
    finally:
        page.close()


@needs_chromium
def test_it_works_in_a_frame_of_a_page(opened: Open) -> None:
    html = animate(Conv(4, 3), step_time=0.1).encode("html").decode()
    page = opened(f'<iframe id="frame" width="600" height="600" srcdoc="{escape(html)}"></iframe>', 640, 640)
    count = "frame.contentDocument.getElementById('count').textContent"
    first = page.evaluate(count)
    page.wait_for(f"{count} !== '{first}'")
    page.evaluate("frame.contentDocument.getElementById('on').click()")
    number = int(page.evaluate(count).split()[0])
    assert number > 1
    page.evaluate("frame.contentDocument.getElementById('back').click()")
    assert page.evaluate(count) == f"{number - 1} / 4"


@needs_chromium
def test_it_plays_in_a_frame_of_a_file(opened: Open, tmp_path: Path) -> None:
    animate(Conv(4, 3), step_time=0.1).save(tmp_path / "inner.html")
    outer = tmp_path / "outer.html"
    outer.write_text('<!DOCTYPE html><iframe src="inner.html" width="400" height="500"></iframe>', encoding="utf-8")
    page = opened(outer, 440, 540)
    first = page.screenshot()
    assert any(page.screenshot() != first for _ in range(50))
    assert len(page.requests) == 2


@needs_chromium
def test_hostile_words_stay_words(opened: Open) -> None:
    page = opened(animate(Conv(4, 3), caption=HOSTILE), reduced_motion=True)
    words = page.evaluate(
        "[...document.querySelectorAll('.light-picture text')].map((one) => one.textContent).join('')"
    )
    assert "".join(HOSTILE.split()) in "".join(words.split())
    assert page.evaluate("[document.images.length, document.scripts.length]") == [0, 2]


@needs_chromium
def test_hostile_titles_stay_words(opened: Open) -> None:
    title = "<img src=x onerror=alert(1)>"
    page = opened(compare([Conv(4, 3), Conv(4, 2)], titles=["</script><b>", title]), reduced_motion=True)
    assert title in str(page.evaluate("document.title"))
    assert title in text(page, "about")
    assert page.evaluate("[document.images.length, document.scripts.length]") == [0, 2]
    assert page.evaluate("document.querySelectorAll('b').length") == 0
