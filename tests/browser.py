"""A real headless Chromium that tests drive over the Chrome DevTools Protocol, with the standard library alone."""

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

CHROMIUM: str | None = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

_OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # A sandboxed frame in a process of its own starts before its requests can be seen.
    "--disable-features=IsolateSandboxedIframes",
    "--remote-debugging-pipe",
]

# What the name of a key stands for: its value, its code, its Windows number and the text that it types.
_KEYS = {
    "Space": (" ", "Space", 32, " "),
    "Enter": ("Enter", "Enter", 13, "\r"),
    **{
        name: (name, name, number, "")
        for name, number in {
            "Tab": 9,
            "Escape": 27,
            "PageUp": 33,
            "PageDown": 34,
            "End": 35,
            "Home": 36,
            "ArrowLeft": 37,
            "ArrowUp": 38,
            "ArrowRight": 39,
            "ArrowDown": 40,
        }.items()
    },
}

_MIDDLE = """(selector => {
    const element = document.querySelector(selector);
    if (!element) throw new Error(`no element is ${selector}`);
    element.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
    const box = element.getBoundingClientRect();
    if (!box.width && !box.height) throw new Error(`${selector} is not on the page`);
    return [box.x + box.width / 2, box.y + box.height / 2];
})"""


class Browser:
    """One process of Chromium, alive inside a ``with`` block."""

    def __init__(self, timeout: float = 120) -> None:
        self.timeout = timeout
        self.sessions: dict[str, Page] = {}
        self.idle: list[Page] = []
        self._cleanup = contextlib.ExitStack()
        self._replies: dict[int, dict[str, Any]] = {}
        self._rest = bytearray()
        self._sent = 0
        self._files = 0

    def __enter__(self) -> Self:
        assert CHROMIUM, "no Chromium is installed"
        with contextlib.ExitStack() as cleanup:
            temporary = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
            self._folder = Path(cleanup.enter_context(temporary))
            self._errors = self._folder / "stderr.txt"
            read, write = os.pipe()
            self._to = cleanup.enter_context(os.fdopen(write, "wb", buffering=0))
            with os.fdopen(read, "rb") as theirs:
                self._from, write = os.pipe()
                cleanup.callback(os.close, self._from)
                with os.fdopen(write, "wb") as answers, self._errors.open("wb") as errors:
                    ends = theirs.fileno(), answers.fileno()
                    # Chromium speaks on descriptors 3 and 4, which only a shell can choose for it.
                    shell = ["bash", "-c", f'exec "$0" "$@" 3<&{ends[0]} 4>&{ends[1]}', CHROMIUM]
                    self._process = subprocess.Popen(
                        [*shell, *_OPTIONS, f"--user-data-dir={self._folder / 'profile'}", "about:blank"],
                        pass_fds=ends,
                        stdin=subprocess.DEVNULL,
                        stdout=errors,
                        stderr=errors,
                        start_new_session=True,
                    )
                    cleanup.callback(self._end)
            self.send("Browser.getVersion")
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def page(
        self,
        path_or_html: Path | str,
        width: int = 800,
        height: int = 600,
        dark: bool = False,
        reduced_motion: bool = False,
        touch: bool = False,
    ) -> "Page":
        """Open a file, or a text of HTML, in a tab that knows nothing of earlier ones, and wait until it has loaded.

        A tab that was closed serves again, since a new one takes several times as long as all that most tests do in it.
        """
        if isinstance(path_or_html, str):
            self._files += 1
            path = self._folder / f"page-{self._files}.html"
            # The mark at its start says that the file is UTF-8, whatever the HTML says.
            path.write_text(path_or_html, encoding="utf-8-sig")
        else:
            path = path_or_html.resolve(strict=True)
        page = self.idle.pop() if self.idle else Page(self)
        page.resize(width, height)
        page.media(dark, reduced_motion)
        page.send("Emulation.setTouchEmulationEnabled", enabled=touch, maxTouchPoints=1)
        page.begin(path.as_uri())
        return page

    def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and give its result."""
        number = self.post(method, session, **parameters)
        self.wait(lambda: number in self._replies, method)
        reply = self._replies.pop(number)
        assert "error" not in reply, f"{method}: {reply['error']['message']}"
        result: dict[str, Any] = reply["result"]
        return result

    def post(self, method: str, session: str = "", **parameters: Any) -> int:
        """Call a method of the protocol without waiting, and give the number of the call."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        try:
            self._to.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        except BrokenPipeError:
            raise AssertionError(f"{method}: {self._last_words()}") from None
        return self._sent

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Take in messages until something is so."""
        end = time.monotonic() + self.timeout
        while not ready():
            left = end - time.monotonic()
            assert left > 0, f"{what} took more than {self.timeout} seconds"
            self.receive(left)

    def receive(self, seconds: float) -> None:
        """Take in the messages that are there, and wait for the first of them for some seconds at most."""
        poll = select.poll()
        poll.register(self._from, select.POLLIN)
        if not poll.poll(max(0, seconds) * 1000):
            return
        data = os.read(self._from, 1 << 20)
        assert data, self._last_words()
        self._rest += data
        # Most of a long message has no end in sight, and is not worth another look from its start.
        if b"\0" not in data:
            return
        *messages, self._rest = self._rest.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._replies[message["id"]] = message
            elif page := self.sessions.get(message.get("sessionId", "")):
                page.hear(message["method"], message["params"], message["sessionId"])

    def _last_words(self) -> str:
        return f"Chromium has ended: {self._errors.read_text(errors='replace')[-2000:]}"

    def _end(self) -> None:
        # A Chromium that ends by itself leaves no child behind that still writes into the folder.
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            self.post("Browser.close")
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Page:
    """One tab, made by `Browser.page`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._console: list[str] = []
        self._requests: list[str] = []
        self._dark = self._reduced_motion = self._closed = False
        self._loader = self._loaded = ""
        target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self._session: str = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._listen(self._session)
        self.send("Page.enable")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)

    @property
    def console(self) -> list[str]:
        """Every error and warning so far: of the console, of the browser, or an exception that nothing caught."""
        self._catch_up()
        return self._console

    @property
    def requests(self) -> list[str]:
        """The address of everything that the page has asked for, itself first, but for ``data:`` addresses."""
        self._catch_up()
        return self._requests

    def evaluate(self, expression: str) -> Any:
        """Give the value of an expression of JavaScript, or that of the promise that it is."""
        reply = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in reply:
            raise AssertionError(_exception(reply["exceptionDetails"]))
        special = reply["result"].get("unserializableValue")
        if special is None:
            return reply["result"].get("value")
        return int(special[:-1]) if special.endswith("n") else float(special)

    def wait_for(self, expression: str, seconds: float = 60) -> None:
        """Wait until an expression of JavaScript is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"(async () => Boolean(await ({expression})))()"):
            assert time.monotonic() < end, f"not so within {seconds} seconds: {expression}"
            self._browser.receive(0.02)

    def move_to(self, x: float, y: float) -> None:
        """Move the mouse to a point of the viewport."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def move(self, selector: str) -> None:
        """Move the mouse to the middle of an element."""
        self.move_to(*self._middle(selector))

    def click(self, selector: str) -> None:
        """Move the mouse to the middle of an element and click there."""
        x, y = self._middle(selector)
        self.move_to(x, y)
        for kind, buttons in (("mousePressed", 1), ("mouseReleased", 0)):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=buttons, clickCount=1)

    def tap(self, selector: str) -> None:
        """Touch the middle of an element with a finger and let go."""
        x, y = self._middle(selector)
        self.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, key: str) -> None:
        """Press a key, by its name or its letter or digit, and let go."""
        if len(key) == 1 and key.isascii() and key.isalnum():
            code = f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"
            value, number, text = key, ord(key.upper()), key
        else:
            value, code, number, text = _KEYS["Space" if key == " " else key]
        same: dict[str, Any] = {"key": value, "code": code, "windowsVirtualKeyCode": number}
        same["modifiers"] = 8 if key.isupper() else 0
        typed = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.send("Input.dispatchKeyEvent", **same, **typed)
        self.send("Input.dispatchKeyEvent", **same, type="keyUp")

    def screenshot(self) -> bytes:
        """Give the viewport as a PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def media(self, dark: bool | None = None, reduced_motion: bool | None = None) -> None:
        """Change what the reader of the page prefers; what is not given stays."""
        self._dark = self._dark if dark is None else dark
        self._reduced_motion = self._reduced_motion if reduced_motion is None else reduced_motion
        features = {
            "prefers-color-scheme": "dark" if self._dark else "light",
            "prefers-reduced-motion": "reduce" if self._reduced_motion else "no-preference",
        }
        pairs = [{"name": name, "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", features=pairs)

    def resize(self, width: int, height: int) -> None:
        """Give the viewport another size."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.wait_for(f"innerWidth === {width} && innerHeight === {height}")

    def open(self, url: str) -> None:
        """Go to an address and wait until it has loaded."""
        reply = self.send("Page.navigate", url=url)
        assert not reply.get("errorText"), f"{url}: {reply['errorText']}"
        self._browser.wait(lambda: self._loaded == reply["loaderId"], f"Page.loadEventFired of {url}")

    def begin(self, url: str) -> None:
        """Go to a first address, with nothing heard so far."""
        self._closed = False
        self._console, self._requests = [], []
        self.open(url)

    def close(self) -> None:
        """Close the tab: it forgets all, and lies idle."""
        if self._closed:
            return
        self._catch_up()
        self._closed = True
        self.open("about:blank")
        self.send("Page.resetNavigationHistory")
        self.send("Storage.clearDataForOrigin", origin="file://", storageTypes="all")
        sessions = self._browser.sessions
        self._browser.sessions = {
            session: page for session, page in sessions.items() if page is not self or session == self._session
        }
        self._browser.idle.append(self)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol on this page and give its result."""
        return self._browser.send(method, self._session, **parameters)

    def hear(self, method: str, event: dict[str, Any], session: str) -> None:
        """Take note of an event in the page, or in a frame or a worker of it that has a session of its own."""
        match method:
            case "Runtime.consoleAPICalled" if event["type"] in ("error", "warning", "assert"):
                self._console.append(" ".join(map(_text, event["args"])))
            case "Runtime.exceptionThrown":
                self._console.append(_exception(event["exceptionDetails"]))
            case "Log.entryAdded" if event["entry"]["level"] == "error":
                self._console.append(" ".join(filter(None, (event["entry"]["text"], event["entry"].get("url")))))
            case "Network.requestWillBeSent" if not event["request"]["url"].startswith("data:"):
                self._requests.append(event["request"]["url"])
            case "Network.webSocketCreated":
                self._requests.append(event["url"])
            case "Target.attachedToTarget":
                self._listen(event["sessionId"])
            case "Page.frameNavigated" if session == self._session and "parentId" not in event["frame"]:
                self._loader = event["frame"]["loaderId"]
            case "Page.loadEventFired" if session == self._session:
                self._loaded = self._loader

    def _listen(self, session: str) -> None:
        self._browser.sessions[session] = self
        for domain in ("Runtime", "Log", "Network"):
            self._browser.post(f"{domain}.enable", session)
        # Frames and workers wait until they are listened to as well, so that none of their requests is missed.
        self._browser.post("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self._browser.post("Runtime.runIfWaitingForDebugger", session)

    def _catch_up(self) -> None:
        # What happened in the page before it answers has been told before its answer.
        if not self._closed:
            self.evaluate("0")

    def _middle(self, selector: str) -> tuple[float, float]:
        x, y = self.evaluate(f"{_MIDDLE}({json.dumps(selector)})")
        return x, y


def _exception(details: dict[str, Any]) -> str:
    return f"{details['text']} {_text(details['exception'])}" if "exception" in details else str(details["text"])


def _text(value: dict[str, Any]) -> str:
    return str(value.get("value", value.get("description", value.get("unserializableValue", value["type"]))))
