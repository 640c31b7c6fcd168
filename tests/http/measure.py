"""Measures the page: what a browser fetches, and how long it takes until an answer is shown. Prints a table."""

import statistics
import sys

from browser import CHROMIUM, Browser, answered
from server import Server

ROUNDS = 20
# In the page: from the click until the answer has been laid out.
CLICK = """async name => {
    const button = [...document.querySelectorAll('#samples button')].find(one => one.textContent === name);
    const told = document.getElementById('told');
    told.textContent = '';
    await new Promise(next => setTimeout(next));
    return new Promise(done => {
        const begun = performance.now();
        new MutationObserver((_, observer) => {
            observer.disconnect();
            document.body.getBoundingClientRect();
            done(performance.now() - begun);
        }).observe(told, {childList: true, characterData: true, subtree: true});
        button.click();
    });
}"""
# From the first byte asked for until the first sample's answer is shown, for a visitor who was never here.
LOADED = """() => new Promise(done => {
    const shown = () => document.getElementById('reading')?.hidden === false;
    const look = () => shown() ? done(performance.now()) : requestAnimationFrame(look);
    look();
})"""


def row(name, values, unit):
    values = sorted(values)
    print(f"| {name} | {statistics.median(values):.0f} | {values[0]:.0f} | {values[-1]:.0f} | {unit} |")


def answers(page):
    """The list that every answer to `page` goes into."""
    found = []
    page.on("response", lambda response: found.append(response))
    return found


def main():
    if not CHROMIUM:
        print("no Chromium: the page is not measured")
        return
    server, browser = Server(), Browser()
    loads, clicks, sizes = [], [], []
    for _ in range(ROUNDS):
        page = browser.page()
        bodies = answers(page)
        page.goto(server.url, wait_until="commit")
        loads.append(page.evaluate(LOADED))
        answered(page)
        page.wait_for_load_state("networkidle")
        sizes.append(sum(len(one.body()) for one in bodies if "/v1/" not in one.url))
        for name in ("English", "العربية"):
            clicks.append(page.evaluate(CLICK, name))
            answered(page)
        page.close()
    print("| the page | median | least | most | |\n|---|---|---|---|---|")
    row("files", sizes, "bytes")
    row("from the address to the first answer", loads, "ms")
    row("from the click on a sample to its answer", clicks, "ms")
    browser.close()
    server.kill()


if __name__ == "__main__":
    sys.exit(main())
