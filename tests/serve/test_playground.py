"""The page to try layers in, driven as users drive it, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, sync_playwright

from tests.browser import CHROMIUM
from tests.serve.running import served

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

_PATIENCE = 20
_WITHOUT_PICTURE = re.compile(r"the server responded with a status of 4\d\d")
"""What browsers note of every refusal, which is an answer like any other here."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Serve on a port of its own for the tests of this module."""
    with served("--workers", "2", "--per-minute", "0") as server:
        yield server.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def tab(browser: Browser, host: str) -> Iterator[Page]:
    """Yield a tab for all tests of this module: each new one would take as long as half of them."""
    context = browser.new_context(base_url=host, reduced_motion="reduce", accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(_PATIENCE * 1000)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab: Page, host: str) -> Iterator[Page]:
    """Yield the tab as if it were fresh; it may ask nobody else for anything, and note no errors."""
    wrong: list[str] = []
    heard = {
        "console": lambda one: wrong.append(one.text) if one.type in ("error", "warning") else None,
        "pageerror": lambda error: wrong.append(str(error)),
        "request": lambda one: wrong.append(one.url) if not one.url.startswith((host, "data:", "blob:")) else None,
    }
    for event, note in heard.items():
        tab.on(event, note)  # type: ignore[call-overload]
    tab.set_viewport_size({"width": 1280, "height": 720})
    tab.emulate_media(color_scheme="light")
    yield tab
    tab.unroute_all()
    tab.evaluate("localStorage.clear()")
    tab.goto("about:blank")
    for event, note in heard.items():
        tab.remove_listener(event, note)
    assert [one for one in wrong if not _WITHOUT_PICTURE.search(one)] == []


def _open(page: Page, place: str = "", holds: str = "") -> None:
    page.goto(f"/{place}")
    _shows(page, holds or "/conv.html?i=5&k=3&p=1")


def _shows(page: Page, holds: str, panel: int = 0) -> None:
    """Wait until a picture is shown whose address holds some text."""
    page.wait_for_function(
        "([panel, holds]) => document.querySelectorAll('.picture')[panel]?.dataset.shown?.includes(holds)"
        " && !document.querySelectorAll('.picture')[panel].matches('.stale')",
        arg=[panel, holds],
    )


def _hash(page: Page, wanted: str) -> None:
    page.wait_for_function("wanted => location.hash === wanted", arg=wanted)


def _box(page: Page) -> Locator:
    return page.get_by_label("Type or paste a layer").first


def _field(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True).first


def test_typing_in_the_form_changes_the_picture_the_words_and_the_code(page: Page) -> None:
    _open(page)
    _field(page, "Stride").fill("2")
    _shows(page, "k=3&s=2&p=1")
    page.get_by_text("stride 2").first.wait_for()
    assert _box(page).input_value() == "conv k3 s2 p1"
    page.get_by_label("Written in").select_option(label="PyTorch")
    assert _box(page).input_value() == "nn.Conv2d(1, 1, kernel_size=3, stride=2, padding=1, bias=False)"


def test_pasted_code_fills_the_form_with_the_input_size_that_was_there(page: Page) -> None:
    _open(page)
    _box(page).fill("nn.ConvTranspose2d(1, 1, 3, stride=2)")
    _shows(page, "/layer.html?code=nn.ConvTranspose2d")
    assert page.get_by_label("Operation").input_value() == "conv-transpose"
    assert _field(page, "Stride").input_value() == "2"
    assert _field(page, "Input size").input_value() == "5"
    _field(page, "Input size").fill("4")
    _shows(page, "i=4")
    assert _box(page).input_value() == "nn.ConvTranspose2d(1, 1, 3, stride=2)"


def test_a_layer_of_one_axis_keeps_it_when_the_form_changes(page: Page) -> None:
    _open(page)
    _box(page).fill("nn.Conv1d(1, 1, 3, bias=False)")
    _shows(page, "/layer.html?code=nn.Conv1d")
    _field(page, "Padding").fill("1")
    _shows(page, "/conv.html?i=5&k=3&p=1&dims=1")


def test_the_short_form_makes_one_layer_or_several(page: Page) -> None:
    _open(page)
    _box(page).fill("max-pool k2")
    _shows(page, "/max-pool.html?i=5&k=2")
    _box(page).fill("conv k3 p1 > max-pool k2")
    _shows(page, "/chain.html?layer=conv+k3+p1&layer=max-pool+k2&i=5")
    assert page.get_by_label("Operation").input_value() == "chain"


def test_a_slider_moves_the_picture_in_one_step_of_the_history(page: Page) -> None:
    _open(page, "#/conv?i=5&k=3", "i=5&k=3")
    slider = page.get_by_label("Padding, slider")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    _shows(page, "p=3")
    assert _field(page, "Padding").input_value() == "3"
    page.go_back()
    _shows(page, "/conv.html?i=5&k=3")


def test_cells_are_edited_by_keys_and_by_pasted_rows(page: Page) -> None:
    _open(page, "#/conv?i=3&k=2", "/conv.html?i=3&k=2")
    first = page.get_by_label("Input, row 1, column 1")
    first.click()
    page.keyboard.type("9")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("-4")
    page.wait_for_function("() => location.hash.includes('input=9+-4')")
    _shows(page, "input=9+-4")
    page.evaluate("navigator.clipboard.writeText('1\\t2\\n3\\t4')")
    page.get_by_label("Input, row 2, column 2").click()
    page.keyboard.press("Control+V")
    page.wait_for_function("() => /input=9[+]-4[+]\\d;\\d[+]1[+]2;\\d[+]3[+]4/.test(location.hash)")
    page.get_by_label("Weights").select_option("sobel-x")
    _shows(page, "kernel=sobel-x")
    assert page.get_by_label("Kernel, row 2, column 1").input_value() == "2"


def test_a_refusal_stands_at_its_field_and_a_way_out_mends_it(page: Page) -> None:
    _open(page, "#/conv?i=3&k=3", "i=3&k=3")
    _field(page, "Input size").fill("2")
    page.locator(".picture.stale").wait_for()
    assert "reaches over 3 rows" in page.locator(".field:has(.refusal)").inner_text()
    assert _field(page, "Kernel size").get_attribute("aria-invalid") == "true"
    page.get_by_role("button", name="Use padding=0:1").click()
    _shows(page, "p=0:1")
    assert page.locator(".refusal").count() == 0


def test_code_that_is_not_understood_is_refused_at_the_box(page: Page) -> None:
    _open(page)
    _box(page).fill("nn.Conv2d(1, 1, <b>3")
    page.locator(".box .refusal").wait_for()
    assert page.locator(".box .refusal b").count() == 0
    page.get_by_role("link", name="Dilated").click()
    _shows(page, "d=2")


def test_a_link_brings_the_same_pictures_back_and_so_does_the_way_back(page: Page) -> None:
    _open(page, "#/conv?i=4&k=3|/max-pool?i=6&k=2", "/conv.html?i=4&k=3")
    _shows(page, "/max-pool.html?i=6&k=2", 1)
    page.get_by_role("link", name="Both in one").click()
    _shows(page, "/compare.html?layer=conv+k3&layer=max-pool+k2&i=4")
    page.go_back()
    _shows(page, "/conv.html?i=4&k=3")
    _shows(page, "/max-pool.html?i=6&k=2", 1)


def test_a_second_layer_is_added_and_removed(page: Page) -> None:
    _open(page)
    page.get_by_role("button", name="Add a second layer").click()
    _shows(page, "/conv.html?i=5&k=3&p=1", 1)
    page.get_by_label("Operation").nth(1).select_option("conv-transpose")
    _shows(page, "/conv-transpose.html", 1)
    page.get_by_role("button", name="Remove").first.click()
    page.wait_for_function("() => document.querySelectorAll('.panel').length === 1")
    assert page.evaluate("location.hash") == "#/conv-transpose?i=5&k=3&p=1"


def test_files_are_downloaded_by_telling_names(page: Page) -> None:
    _open(page)
    with page.expect_download() as found:
        page.get_by_role("link", name="SVG", exact=True).click()
    assert found.value.suggested_filename == "conv-5x5-kernel-3-stride-1-padding-1.svg"
    page.get_by_label("Place").select_option("marp")
    with page.expect_download() as found:
        page.get_by_role("button", name="Download").click()
    assert found.value.suggested_filename == "conv-5x5-kernel-3-stride-1-padding-1-marp.zip"


def test_what_is_copied_has_no_look_that_only_this_page_asked_for(page: Page, host: str) -> None:
    _open(page)
    wanted = {
        "Command": "convanim conv -i 5 -k 3 -p 1 -o ",
        "Address of the picture": f"{host}/conv.svg?i=5&k=3&p=1",
        "Markdown": "![A 3×3 kernel slides",
        "Link to this page": f"{host}/",
    }
    for name, start in wanted.items():
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_text(f"{name}: copied.").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(start)
        assert "background" not in copied


def test_dark_pages_have_dark_pictures_unless_a_theme_is_chosen(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    _open(page, "", "i=5&k=3&p=1&theme=dark")
    page.locator("summary", has_text="Looks").click()
    _field(page, "Theme").select_option("print")
    _shows(page, "theme=print")
    assert page.evaluate("location.hash").endswith("theme=print")


def test_an_exercise_is_for_the_page_and_no_other_file(page: Page) -> None:
    _open(page)
    is_known = page.evaluate("async () => (await (await fetch('/parameters.json')).text()).includes('\"exercise\"')")
    switch = page.get_by_label("Exercise")
    assert switch.count() == is_known
    if is_known:
        switch.check()
        _shows(page, "exercise=1")
        assert "exercise" not in str(page.get_by_role("link", name="SVG", exact=True).get_attribute("href"))
        assert "exercise=1" in str(page.get_by_role("link", name="HTML", exact=True).get_attribute("href"))


def test_an_answer_that_comes_late_is_dropped(page: Page) -> None:
    _open(page)
    held: list[Route] = []
    page.route(re.compile(r"/conv\.html.*s=2"), lambda route: held.append(route))
    _field(page, "Stride").fill("2")
    page.wait_for_function("() => location.hash.includes('s=2')")
    _field(page, "Stride").fill("3")
    _shows(page, "s=3")
    for one in held:
        one.continue_()
    _field(page, "Padding").fill("2")
    _shows(page, "s=3&p=2")
    assert _field(page, "Stride").input_value() == "3"


def test_code_typed_over_gradients_stays_with_gradients(page: Page) -> None:
    _open(page, "#/backward/conv?i=4&k=2", "/backward/conv.html?i=4&k=2")
    _box(page).fill("nn.AvgPool2d(2)")
    _shows(page, "/backward/layer.html?code=nn.AvgPool2d")
    assert page.get_by_label("Operation").input_value() == "backward avg-pool"


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    _open(page, "#/chain?layer=conv+k3&layer=max-pool+k2&i=8", "/chain.html")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_all_is_reached_by_keys_alone(page: Page) -> None:
    _open(page)
    page.evaluate("document.activeElement.blur()")
    reached = set[str]()
    for _ in range(150):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"))
        if page.evaluate("document.activeElement.matches('summary')"):
            page.keyboard.press("Enter")
        if "Input, row 1, column 1" in reached:
            break
    assert {"Input size, slider", "Written in", "Input, row 1, column 1", "Colours of the page"} <= reached
    assert page.locator("details[open]").count() == 4
