"""What the tests of pages share: a browser, a tab that no trouble comes from."""

import importlib.resources
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
# The browser of the tests: "chromium" or "firefox".
NAME = os.environ.get("GRU_TEXTGEN_BROWSER", "chromium")
reads_the_clipboard = pytest.mark.skipif(
    NAME == "firefox", reason="Firefox lets no test read its clipboard"
)
SECONDS = 60_000  # milliseconds; machines may be busy
# The scripts of `pages/engine.js`.
ENGINE_SCRIPTS = "gru", "product", "matrix", "weights", "random", "prompt", "writer"


@contextmanager
def launched():
    """Debian's chromium, or Firefox: playwright's own, else the system's.

    The test is skipped where there is none.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        browser = _firefox(playwright) if NAME == "firefox" else _chromium(playwright)
        yield browser
        browser.close()


def _chromium(playwright):
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium")
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], timeout=SECONDS
    )


def _firefox(playwright):
    # As contexts ask for less motion, which not every driver can tell Firefox later.
    options = {
        "firefox_user_prefs": {"ui.prefersReducedMotion": 1},
        "timeout": 5 * SECONDS,
    }
    if Path(playwright.firefox.executable_path).exists():
        return playwright.firefox.launch(**options)
    if FIREFOX is None:
        pytest.skip("needs a Firefox: run `playwright install firefox`")
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=FIREFOX, **options
    )
    try:
        browser.new_context().close()
    except Exception as error:
        browser.close()
        pytest.skip(f"this playwright cannot drive {FIREFOX}: {error}")
    return browser


def described(tab, label):
    """What a field says of itself to whoever cannot see what stands around it."""
    ids = tab.get_by_label(label).get_attribute("aria-describedby").split()
    return " ".join(tab.locator(f"#{id}").text_content() for id in ids)


def contrast(one, other):
    """The ratio of WCAG 2.2 of two colours of sRGB."""

    def luminance(colour):
        c = np.array(colour) / 255
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722)

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class opened:
    """A tab on a file, which at its end has had no trouble: no error, and no request
    but for the file itself."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(reduced_motion="reduce", **options)
        self.path = path
        self.trouble = []

    def __enter__(self):
        tab = self.context.new_page()
        tab.set_default_timeout(SECONDS)
        tab.on("console", lambda message: self.trouble.append(message.text))
        tab.on("pageerror", lambda error: self.trouble.append(str(error)))
        tab.on("request", self.note)
        tab.goto(self.path.as_uri())
        return tab

    def note(self, request):
        address = request.url.partition("#")[0]
        if not address.startswith("blob:") and address != self.path.as_uri():
            self.trouble.append(request.url)

    def __exit__(self, *error):
        self.context.close()
        assert error[0] or not self.trouble


def add_scripts(tab, *names):
    """Let a blank tab run scripts of `pages/`."""
    folder = importlib.resources.files("gru_textgen") / "pages"
    for name in names:
        tab.add_script_tag(content=(folder / f"{name}.js").read_text(encoding="utf-8"))
