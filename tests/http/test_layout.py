"""Where things stand on the page: right to left, and as it did before."""

import io
import os
import unittest
from pathlib import Path

from browser import CHROMIUM, Browser, analyse, needs_chromium, needs_fonts
from PIL import Image, ImageChops
from server import Server

SCREENS = Path(__file__).parent / "screens"
# A mean difference of grey levels, 0 to 255: fonts and browsers differ in the edges of letters; paragraphs that are
# aligned the other way differ by twice this.
DIFFERENCE_MAX = 3.5
TEXT = """مياه دجلة بين بغداد وأنقرة
وصل وفد من UNDP إلى البصرة يوم 14 تشرين الأول، وبحث مع سالم العبيدي مشروعاً قيمته 12.5 مليون دولار.
The delegation of وزارة الموارد المائية then flew to Ankara."""
NAMES = {
    "ENTITY_TYPE_PERSON": ["سالم العبيدي"],
    "ENTITY_TYPE_ORGANIZATION": ["UNDP", "وزارة الموارد المائية"],
    "ENTITY_TYPE_LOCATION": ["بغداد", "أنقرة", "البصرة", "Ankara"],
}


def answer():
    """What a service that knows these names would say: the layout is not to depend on what a model finds."""
    mentions = [
        {
            "span": {"begin": TEXT.index(name), "end": TEXT.index(name) + len(name)},
            "type": type_,
            "surface": name,
            "normalized": name,
            "score": 0.9,
        }
        for type_, names in NAMES.items()
        for name in names
    ]
    mentions.sort(key=lambda mention: mention["span"]["begin"])
    latin = TEXT.index("The delegation")
    segments = [
        {"span": {"begin": 0, "end": latin}, "tag": "ar", "score": 0.9},
        {"span": {"begin": latin, "end": len(TEXT)}, "tag": "en", "score": 0.9},
    ]
    language = {
        "tag": "ar",
        "script": "Arab",
        "score": 0.97,
        "reliable": True,
        "alternatives": [],
        "segments": segments,
        "dialect": "",
    }
    water = TEXT.index("مياه")
    evidence = [{"span": {"begin": water, "end": water + 4}, "surface": "مياه", "weight": 1}]
    topics = [
        {"id": "water", "score": 0.82, "threshold": 0.38, "present": True, "evidence": evidence},
        {"id": "security", "score": 0.12, "threshold": 0.47, "present": False, "evidence": []},
    ]
    return {
        "id": "",
        "language": language,
        "entities": {"mentions": mentions, "sentences": []},
        "topics": {"topics": topics, "passages": []},
        "failures": [],
        "stageTimes": [],
        "cached": False,
    }


def setUpModule():
    global browser, server
    if CHROMIUM:
        browser, server = Browser(), Server()


def tearDownModule():
    if CHROMIUM:
        browser.close()
        server.kill()


def difference(one, other):
    """The mean difference of two pictures, of grey levels at a quarter of the size."""
    small = [
        picture.convert("L").resize((one.width // 4, one.height // 4), Image.Resampling.BOX) for picture in (one, other)
    ]
    levels = ImageChops.difference(*small).histogram()
    return sum(level * times for level, times in enumerate(levels)) / sum(levels)


class Layout(unittest.TestCase):
    def open(self, **how):
        page = browser.page(**how)
        self.addCleanup(page.close)
        page.route("**/v1/enrich", lambda route: route.fulfill(json=answer()))
        page.goto(server.url)
        analyse(page, TEXT)
        return page

    def places(self, page, words):
        """The edges of `words` on the screen, from the left."""
        return page.evaluate(
            """words => words.map(word => {
                const walk = document.createTreeWalker(document.getElementById('reading-body'), NodeFilter.SHOW_TEXT);
                for (let node; (node = walk.nextNode()); ) {
                    const at = node.data.indexOf(word);
                    if (at < 0) continue;
                    const range = new Range();
                    range.setStart(node, at);
                    range.setEnd(node, at + word.length);
                    const {left, right, top} = range.getBoundingClientRect();
                    return {left, right, top};
                }
                return null;
            })""",
            words,
        )

    @needs_chromium
    def test_paragraphs_run_in_the_direction_of_their_first_letter(self):
        page = self.open()
        directions = page.locator("#reading-body p").evaluate_all("all => all.map(p => getComputedStyle(p).direction)")
        self.assertEqual(directions, ["rtl", "rtl", "ltr"])
        languages = page.locator("#reading-body p").evaluate_all("all => all.map(p => p.lang)")
        self.assertEqual(languages, ["ar", "ar", "en"])
        body = page.locator("#reading-body").bounding_box()
        first, flew = self.places(page, ["مياه", "The delegation"])
        self.assertAlmostEqual(first["right"], body["x"] + body["width"], delta=4)
        self.assertAlmostEqual(flew["left"], body["x"], delta=4)

    @needs_chromium
    def test_numbers_and_latin_names_within_arabic_run_left_to_right_in_their_place(self):
        page = self.open(width=1600)
        before, latin, behind = self.places(page, ["وفد من", "UNDP", "إلى"])
        self.assertGreater(before["left"], latin["right"] - 1)
        self.assertGreater(latin["left"], behind["right"] - 1)
        undp = self.places(page, ["U", "N", "DP"])
        self.assertLess(undp[0]["left"], undp[1]["left"])
        self.assertLess(undp[1]["left"], undp[2]["left"])
        whole, part = self.places(page, ["12", ".5"])
        self.assertLess(whole["left"], part["left"])

    @needs_chromium
    def test_marks_do_not_overlap_and_labels_stand_behind_their_names(self):
        page = self.open()
        marks = page.locator("#reading mark")
        self.assertEqual(marks.count(), sum(map(len, NAMES.values())))
        boxes = marks.evaluate_all(
            "all => all.flatMap(mark => [...mark.getClientRects()].map(r => [r.left, r.right, r.top, r.bottom]))"
        )
        for i, (left, right, top, bottom) in enumerate(boxes):
            for other in boxes[i + 1 :]:
                apart = right <= other[0] + 1 or other[1] <= left + 1 or bottom <= other[2] + 1 or other[3] <= top + 1
                self.assertTrue(apart, (boxes[i], other))
        labels = marks.evaluate_all("all => all.map(mark => getComputedStyle(mark, '::after').content)")
        self.assertTrue(all(label.startswith('"') and len(label) > 4 for label in labels), labels)

    @needs_fonts
    def test_the_page_looks_as_it_did(self):
        for name, how in {
            "phone-light": {"width": 360, "height": 740},
            "desktop-dark": {"width": 1280, "scheme": "dark"},
        }.items():
            page = self.open(**how)
            found = Image.open(io.BytesIO(page.locator("#reading").screenshot()))
            kept = SCREENS / f"{name}.png"
            if os.environ.get("ENRICH_WRITE_SCREENS"):
                kept.parent.mkdir(exist_ok=True)
                found.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(kept, optimize=True)
            expected = Image.open(kept).convert("RGB")
            self.assertLessEqual(abs(found.height - expected.height), 8, name)
            found = found.convert("RGB").crop((0, 0, expected.width, expected.height))
            self.assertLess(difference(found, expected), DIFFERENCE_MAX, name)
            # The comparison sees what it is for.
            page.evaluate(
                "for (const p of document.querySelectorAll('#reading-body p')) p.dir = p.dir === 'auto' ? 'ltr' : p.dir"
            )
            turned = Image.open(io.BytesIO(page.locator("#reading").screenshot())).convert("RGB")
            turned = turned.crop((0, 0, expected.width, expected.height))
            self.assertGreater(difference(turned, expected), DIFFERENCE_MAX, name)


if __name__ == "__main__":
    unittest.main()
