"""Makes the picture of the page in the README, docs/page.png."""

import io

from browser import Browser, answered
from PIL import Image
from server import ROOT, Server

BYTES_MAX = 200_000


def main():
    server, browser = Server(), Browser()
    page = browser.page(width=1240, height=880)
    page.goto(server.url)
    answered(page)
    page.locator("#topics .topic > button").first.click()
    page.mouse.move(0, 0)
    page.locator("#topics .topic > button").first.blur()
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = ROOT / "docs" / "page.png"
    picture.quantize(128).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size} bytes")
    browser.close()
    server.kill()
    if size >= BYTES_MAX:
        raise SystemExit(f"the picture has {size} bytes; the limit is {BYTES_MAX}")


if __name__ == "__main__":
    main()
