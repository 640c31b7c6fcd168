"""Debian's Chromium, as the tests of the page start it."""

import os
import shutil
import unittest
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Without the background networking, Chromium looks up hosts of its maker's.
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
FONTS = Path("/usr/share/fonts/truetype/noto")
needs_chromium = unittest.skipUnless(CHROMIUM, "needs Chromium (Debian: apt-get install chromium)")
needs_fonts = unittest.skipUnless(
    CHROMIUM and (FONTS / "NotoNaskhArabic-Regular.ttf").is_file(),
    "needs Chromium and the Noto fonts (Debian: apt-get install chromium fonts-noto-core)",
)


class Browser:
    """One browser for the tests of a module."""

    def __init__(self):
        self._playwright = sync_playwright().start()
        # Chromium has no sandbox for root.
        flags = FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
        self._browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=flags)

    def page(self, *, width=1280, height=900, scheme="light"):
        """A page of its own, which notes what goes wrong in it (`troubles`) and what it asks for (`asked`)."""
        page = self._browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        page.set_default_timeout(30_000)
        page.troubles, page.asked = [], []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda line: page.troubles.append(line.text) if line.type == "error" else None)
        page.on("dialog", lambda dialog: (page.troubles.append("a dialog opened"), dialog.dismiss()))
        page.on("request", lambda request: page.asked.append(request.url))
        return page

    def close(self):
        self._browser.close()
        self._playwright.stop()


def answered(page):
    """Waits until the page has its answer."""
    # By selectors: to look at a page by an expression again and again needs eval, which its policy forbids.
    page.locator("body:not(.working) #reading:not([hidden])").wait_for()


def analyse(page, text):
    """Puts `text` into the page, asks, and waits for the answer."""
    page.fill("#text", text)
    page.click("#go")
    answered(page)
