#!/usr/bin/env python3
"""Reports of made-up traces in a real browser: test_page.py FOLDER -- PROGRAM...

Traces and pages are written to FOLDER. What the pages show is compared with what is known about the traces (scenarios.py).
The pages are used as people use them: with a pointer, with the keyboard alone, in both themes, on narrow screens, on paper.
"""
import os
import sys

import scenarios
import trace_file
from page import AUDIT, FOLDER, PageCase, main, write_page

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from nettrace_file import write_nettrace

EXIT_CODES = {"cut_off": 3}
SHAPES = [(1280, "light"), (390, "dark"), (768, "dark"), (320, "light")]
SECTIONS = ["overview", "timeline", "space", "sizes", "origins", "calls"]


def make(name):
    trace = os.path.join(FOLDER, name + ".trace")
    known = getattr(scenarios, name)(trace)
    methods = os.path.join(FOLDER, "methods.nettrace")
    write_nettrace(methods, scenarios.METHOD)
    return write_page(trace, [EXIT_CODES.get(name, 0)], ["--methods", methods]), known


class Page(PageCase):
    @classmethod
    def setUpClass(cls):
        cls.made = {name: make(name) for name in ("full", "short", "empty", "one_event", "cut_off", "storm", "paths", "deep", "growing",
                                                            "many_origins", "pages")}
        super().setUpClass()

    # --- What is shown is right ---

    def test_figures(self):
        for name in self.made:
            with self.subTest(name):
                known = self.open(name)
                for section in SECTIONS:
                    self.assertTrue(self.js("document.getElementById(arguments[0]).checkVisibility()", section), section)
                for of_paths in ("#paths", "#paths-link"):
                    self.assertEqual(self.js("document.querySelector(arguments[0]).checkVisibility()", of_paths),
                                     "sites" in known or "paths" in known)
                self.assertEqual(self.exact("used"), known["peak_used"])
                self.assertEqual(self.exact("committed"), known["peak_committed"])
                self.assertEqual(self.exact("heap"), known["peak_heap"])
                self.assertEqual(self.number("refused"), known["refused"])
                self.assertEqual(self.number("events"), known["events"])
                low, neutral, high = known["notifications"]
                notes = self.text("#tile-notifications .note").replace(",", "")
                self.assertEqual(notes, f"Low {low} Neutral {neutral} High {high}")
                live = self.js("data.live")
                self.assertEqual(live["committed"], known["live_committed"])
                self.assertEqual(live["heap"], known["live_heap"])
                self.assertEqual(live["blocks"], known["live_blocks"])
                self.assertAlmostEqual(self.js("data.seconds"), known["seconds"])
                self.assertIn(f"{known['bits']}-bit", self.text("#about"))
                self.assertEqual(self.js("document.title"), f"Memory of {name}.trace")

    def test_tables_have_every_call(self):
        known = self.open("full")
        rows = self.rows("#calls-table")
        counts = {}
        for method, _, count, *_ in rows:
            counts[method] = counts.get(method, 0) + int(count.replace(",", ""))
        self.assertEqual(sorted(counts.values()), sorted(known["counts"].values()))
        self.assertEqual(counts["VirtualAlloc"], known["counts"][1])
        self.assertEqual(counts["Free"], known["counts"][8])
        results = " ".join(row[1] for row in rows)
        for words in ("E_OUTOFMEMORY not enough memory", "HOST_E_TIMEOUT timed out", "HOST_E_INVALIDOPERATION not the"):
            self.assertIn(words, results)
        origins = self.js("data.origins")
        self.assertEqual(len(origins), known["sites"])
        self.assertEqual(sum(one["count"] for one in origins), known["counts"][6] + known["counts"][7] - 1)
        self.assertEqual(sum(one["liveBytes"] for one in origins), known["live_heap"])
        self.assertIn("clr.dll+0x123f0", self.text("#origins-table"))
        self.assertIn("loaderallocator.cpp:412", self.text("#origins-table"))
        sizes = [sum(self.js(f"data.histograms.{name}.count")) for name in ("reserved", "committed", "blocks")]
        self.assertEqual(sizes[2], known["counts"][6] + known["counts"][7] - 1)
        self.assertEqual(sizes[0] + sizes[1], known["counts"][1] - (known["refused"] - known["refused_blocks"]))

    def test_call_paths_have_the_totals_of_the_origins(self):
        for name in ("full", "paths", "deep"):
            with self.subTest(name):
                self.open(name)
                origins = self.js("[...data.origins, data.otherOrigins]")
                sums = [sum(one[key] for one in origins) for key in ("liveBytes", "liveCount", "bytes", "count")]
                self.assertEqual(self.js("paths.root.values.slice(0, 4)"), sums)
                self.assertIn(f"{sums[1] or sums[3]:,} block", self.text("#paths-sub"))

    def test_call_paths_are_merged_by_name(self):
        known = self.open("paths")
        found = self.js("(function walk(node, path) { return [[path, node.values.slice(0, 4)], ...[...node.below.values()].flatMap("
                        "one => walk(one, [...path, one.text]))]; })(paths.root, [])")
        self.assertEqual({tuple(path): values for path, values in found}, known["paths"])
        bars = self.browser.run(
            "const path = node => node.above ? [...path(node.above), node.text] : [];"
            "return [...flame.bars].map(([node, bar]) => [path(node), bar.getBoundingClientRect().toJSON()]);")
        boxes = {tuple(path): box for path, box in bars}
        left = {path: values[0] for path, values in known["paths"].items() if values[0]}
        self.assertEqual(set(boxes), set(left))  # none is too narrow here
        whole = self.js("document.getElementById('flame').clientWidth")
        ends = {}
        for path, box in boxes.items():  # in the order of the picture: each begins where the one before it ends
            self.assertAlmostEqual(box["width"] / whole, left[path] / left[()], delta=0.001, msg=path)
            if path:
                above = boxes[path[:-1]]
                self.assertAlmostEqual(box["left"], ends.get(path[:-1], above["left"]), delta=0.1, msg=path)
                self.assertAlmostEqual(box["top"], above["top"] + 20, delta=0.1, msg=path)
                ends[path[:-1]] = box["right"]

    def test_paths_that_are_too_many_are_others(self):
        self.open("deep")
        self.assertEqual(self.js("data.paths.rows.length"), 4096)
        self.assertEqual(self.js("data.paths.otherOrigins"), 5000 - 4096)
        self.js("document.querySelector('input[value=allocated]').click()")
        labels = self.js("[...document.querySelectorAll('.flame .bar')].map(bar => bar.getAttribute('aria-label'))")
        self.assertTrue(any(label.startswith("904 other origins, ") for label in labels))
        self.assertLess(len(labels), self.js("flame.most"))
        self.js("(flame.most = 100, flame.draw())")
        self.assertLessEqual(self.js("flame.bars.size"), 100)
        self.assertGreater(self.js("flame.bars.size"), 10)

    def grown(self, known):
        """By path: what the page says of the growth between its two moments, and what it should say."""
        width = round(self.js("data.paths.live.width") * trace_file.TICKS)
        moments = [round(one) * width for one in self.js("flame.moments")]
        said = {tuple(path): values for path, values in self.js(
            "(function walk(node, path) { return [[path, node.values.slice(4)], ...[...node.below.values()].flatMap("
            "one => walk(one, [...path, one.text]))]; })(paths.root, [])") if values != [0, 0]}
        own, expected, shrunk = {}, {}, 0
        for ticks, path, size, count in known["changes"]:
            if moments[0] <= ticks < moments[1]:
                own[path] = [sum(one) for one in zip(own.get(path, [0, 0]), (size, count))]
        for path, (size, count) in own.items():
            shrunk += max(0, -size)
            for length in range(len(path) + 1 if size > 0 else 0):
                values = expected.setdefault(path[:length], [0, 0])
                values[0] += size
                values[1] += count
        self.assertEqual(self.js("flame.shrunk"), shrunk)
        return said, expected

    def test_growth_between_any_two_moments(self):
        known, last = self.open("growing"), self.js("paths.lastMoment")
        self.assertGreater(last, 32)
        self.js("document.querySelector('input[value=growth]').click()")
        seen = set()
        for moments in ((0, last), (0, 1), (last - 1, last), (last // 2, last), (last // 5, 2 * last // 5), (last // 3, last // 2)):
            self.js("flame.compare(arguments[0], arguments[1], true)", *moments)
            said, expected = self.grown(known)
            self.assertEqual(said, expected)
            seen.add(tuple(sorted(expected)))
            whole, bars = self.js("document.getElementById('flame').clientWidth"), self.browser.run(
                "const path = node => node.above ? [...path(node.above), node.text] : [];"
                "return [...flame.bars].map(([node, bar]) => [path(node), bar.getBoundingClientRect().width]);")
            self.assertEqual({tuple(path) for path, _ in bars}, set(expected) | {()})
            for path, width in bars:
                if expected:
                    self.assertAlmostEqual(width / whole, expected[tuple(path)][0] / expected[()][0], delta=0.001)
        self.assertGreater(len(seen), 3)

    def test_origins_beyond_those_kept_are_said_to_be_others(self):
        self.open("many_origins")
        first = self.rows("#origins-table")[0]
        self.assertEqual(first[0], "(beyond the first 65,536 origins)")
        self.assertEqual(int(first[1]), 66000 - (65536 - 3))  # three are for what is not known, for pages, and for these
        self.assertNotIn("(not recorded)", self.text("#origins-table"))

    def test_others_grow_too(self):
        known = self.open("deep")
        self.js("flame.compare(0, paths.lastMoment, true)")
        others = [self.js(f"paths.root.below.get('904 other origins').values[{i}]") for i in (0, 4, 1, 5)]
        self.assertEqual(others[0::2], others[1::2])
        self.assertEqual(self.js("paths.root.values[4]"), known["live_heap"])

    def test_moments_of_growth_with_the_keyboard(self):
        known, last = self.open("growing"), self.js("paths.lastMoment")
        self.assertFalse(self.js("document.getElementById('paths-moments').checkVisibility()"))
        self.js("document.querySelector('input[name=path-value]:checked').focus()")
        self.browser.keys("Right", "Right")
        self.assertEqual(self.js("document.activeElement.value"), "growth")
        self.assertEqual(self.js("flame.moments"), [last // 2, last])
        self.browser.keys("Tab")  # the button for the whole is disabled
        self.assertEqual(self.js("document.activeElement.id"), "growth-from")
        self.browser.keys("Home", "Right", "Right")
        self.assertEqual(self.js("flame.moments"), [2, last])
        at = self.js("paths.seconds(2)")
        self.assertIn(f"{at:.3f}", self.js("document.activeElement.getAttribute('aria-valuetext')"))
        self.assertIn(f"From {at:.3f} s to {known['seconds']:.3f} s call paths grew by", self.text("#paths-sub"))
        self.browser.post("/execute/async", script="setTimeout(arguments[0], 250)", args=[])
        self.assertIn("call paths grew by", self.js("document.getElementById('live').textContent"))
        self.browser.keys("End")  # the other one stays after it
        self.assertEqual(self.js("flame.moments"), [last - 1, last])
        self.browser.keys("Tab", "Home")
        self.assertEqual(self.js("flame.moments"), [0, 1])
        self.js("view.set(1.1, 2.1)")
        self.browser.keys("Tab", "Enter")
        width = self.js("data.paths.live.width")
        self.assertEqual(self.js("flame.moments"), [int(1.1 / width), -int(-2.1 // width)])
        said, expected = self.grown(known)
        self.assertEqual(said, expected)
        self.assertEqual(self.js("[...document.querySelectorAll('#paths-moments input')].map(one => +one.value)"),
                         self.js("flame.moments"))
        self.js("document.getElementById('paths-details').open = true")
        self.browser.frame()
        self.assertEqual(self.js("document.querySelectorAll('#paths-table th')[2].innerText"), "Grew by")
        self.assertEqual(self.rows("#paths-table")[0][3], str(expected[tuple(self.rows("#paths-table")[0][:1])][1]))

    def test_refusals_by_level_and_other_marks(self):
        known = self.open("full")
        self.assertEqual(self.js("data.marks.refused"), known["refused_by_level"])
        budget, system = known["refused_by"]
        self.assertIn(f"by the budget {budget}, by Windows {system}; last error 8", self.text("#tile-refused .note"))
        self.assertEqual(self.js("marks.reduce((sum, mark) => sum + mark.refusedBy[0], 0)"), budget)
        self.assertEqual(self.js("marks.reduce((sum, mark) => sum + mark.refusedBy[1], 0)"), system)
        self.assertEqual(self.number("waited"), known["waits"])
        self.assertEqual(self.number("injected"), known["injected"])
        labels = self.js("[...document.querySelectorAll('#timeline .mark')].map(mark => mark.getAttribute('aria-label'))")
        for words in ("notification: Low", "notification: Neutral", "notification: High", "refusal", "wait", "change of the limit",
                      "injected fault", "VirtualFree", "for an application domain", "by Windows"):
            self.assertTrue(any(words in label for label in labels), words)

    def test_map(self):
        self.open("full")
        rows = self.js("[space.rows.length, space.chunk]")
        self.assertGreater(rows[0], 100)
        state = "(address, at) => { const part = space.parts().find(part => part.from <= address && part.until > address);" \
                "return part ? space.describe(part, at)[0] : null; }"
        segment = 0x1C200000000
        self.assertIn("committed at", self.js(f"({state})({segment}, 3)")[1])
        self.assertIn("in a reservation of 256\u00a0MiB at 0x01C200000000", self.js(f"({state})({segment}, 3)")[2])
        self.assertIn("reserved at", self.js(f"({state})({segment + (200 << 20)}, 3)")[1])
        self.assertIn("executable", self.js(f"({state})({0x7FFA31000000}, 5)")[1])
        self.assertIn("freed", self.js(f"({state})({0x7FFA31000000}, 9.95)")[1])
        self.assertIn("mapped", self.js(f"({state})({0x7FFB00000000}, 9.9)")[1])
        painted = self.browser.run(
            "const {width, height} = space.canvas;"
            "const pixels = [...space.canvas.getContext('2d').getImageData(0, 0, width, height).data];"
            "return pixels.filter((value, i) => i % 4 === 3 && value > 0).length / width / height;")
        self.assertGreater(painted, 0.3)

    def test_cut_off_is_said(self):
        self.open("cut_off")
        self.assertIn("The end is missing", self.text("#notices"))
        self.open("empty")
        self.assertIn("no events", self.text("#notices"))
        self.open("short")
        self.assertEqual(self.text("#notices"), "")

    # --- Nothing gets out of the data, and nothing is loaded ---

    def test_hostile_names_are_text(self):
        self.open("full")
        self.assertIn("</script><script>window.broken=1</script><img src=x", self.text("#origins-table"))
        self.assertIn("\u27e8U+202E\u27e9.cpp:13", self.text("#origins-table"))
        self.assertIn("\u27e8U+202E\u27e9", self.js("threadText(104)"))
        self.assertIsNone(self.js("window.broken ?? null"))
        self.assertEqual(self.js("document.querySelectorAll('img, iframe, object, link, script[src]').length"), 0)
        self.assertEqual(self.js("document.querySelectorAll('script').length"), 2)
        self.assertEqual(self.js("performance.getEntriesByType('resource').length"), 0)

    def test_hostile_names_in_call_paths_are_text(self):
        self.open("paths")
        bar = self.js("[...flame.bars].find(([node]) => node.text.startsWith('script>'))[1].innerText")
        self.assertIn("script><img src=x onerror=window.broken=2>", bar)
        self.assertIn("\u27e8U+202E\u27e9.cpp+0x30", bar)
        self.assertIsNone(self.js("window.broken ?? null"))
        self.assertEqual(self.js("document.querySelectorAll('img').length"), 0)

    def test_policy_stops_what_is_not_the_page_s_own(self):
        self.open("short")
        self.js("(document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.broken=3\"></b>'),"
                "document.body.lastElementChild.click(), 0)")
        self.browser.run("const node = document.createElement('script');"
                         "node.textContent = 'window.broken = 4'; document.body.append(node);")
        self.assertIsNone(self.js("window.broken ?? null"))
        refused = self.browser.console()
        self.assertEqual(len(refused), 2, refused)
        self.assertIn("Content Security Policy", refused[0]["message"])

    # --- It can be used ---

    def test_pointer_reads_and_zooms(self):
        known = self.open("full")
        left, top, width, height = self.box("#timeline-catch")
        self.browser.pointer((left + width * 0.35, top + 50))
        legend = self.text("#legend")
        self.assertIn("3.50", legend)
        self.assertIn("MiB", legend)
        self.assertIn("% of the limit", legend)
        self.browser.pointer((left + width * 0.2, top + 50), "down", (left + width * 0.4, top + 50), "up")
        first, last = self.window()
        self.assertAlmostEqual(first, 0.2 * known["seconds"], delta=0.05)
        self.assertAlmostEqual(last, 0.4 * known["seconds"], delta=0.05)
        self.browser.wheel(left + width / 2, top + 50, -300, ctrl=True)
        closer = self.window()
        self.assertLess(closer[1] - closer[0], (last - first) * 0.8)
        self.browser.wheel(left + width / 2, top + 50, 120) # the page's own, not the picture's
        self.assertEqual(self.window(), closer)
        self.js("document.getElementById('zoom-reset').click()")
        self.assertEqual(self.window(), [0, known["seconds"]])

    def test_marks_and_map_show_details(self):
        self.open("full")
        box = self.box("#timeline .mark")
        self.browser.pointer((box[0] + box[2] / 2, box[1] + box[3] / 2))
        self.assertTrue(self.js("document.getElementById('tip').checkVisibility()"))
        self.assertIn("notification: Low", self.text("#tip"))
        left, top, width, height = self.box("#space-catch")
        self.browser.pointer((left + width * 0.3, top + height * 0.66))
        self.assertIn("in a reservation of 256 MiB", self.text("#tip"))
        self.assertRegex(self.text("#space-read"), r"made at .* by thread 100 \(\.NET Finalizer\)")
        self.assertEqual(self.js("threadText(112)"), "thread 112")
        self.assertEqual(self.js("space.outline.getAttribute('visibility')"), "visible")
        box = self.box("#histograms .column")
        self.browser.pointer((box[0] + box[2] / 2, box[1] + box[3] / 2))
        self.assertIn("in all", self.text("#tip"))

    def test_keyboard_reads_and_zooms(self):
        known = self.open("full")
        self.js("document.getElementById('zoom-out').focus()")
        self.js("document.getElementById('zoom-reset').focus()")
        self.js("document.getElementById('zoom-in').focus()")
        self.browser.keys("Tab") # the others are disabled
        self.assertEqual(self.js("document.activeElement.id"), "timeline-catch")
        self.browser.keys("Home", "Right", "Right")
        self.assertAlmostEqual(self.js("view.moment"), known["seconds"] / 50, delta=0.001)
        self.browser.keys("+", "+")
        self.assertAlmostEqual(self.window()[1] - self.window()[0], known["seconds"] / 4, delta=0.001)
        self.assertIn("used", self.text("#legend"))
        self.browser.keys("-")
        self.assertAlmostEqual(self.window()[1] - self.window()[0], known["seconds"] / 2, delta=0.001)
        self.browser.keys("n")
        self.assertIn("notification: Low", self.text("#tip"))
        self.assertAlmostEqual(self.js("view.moment"), self.js("marks.find(mark => mark.kind === MARK.low).first"))
        self.browser.keys("0", "End")
        self.assertEqual(self.window(), [0, known["seconds"]])
        self.assertEqual(self.js("view.moment"), known["seconds"])
        self.browser.post("/execute/async", script="setTimeout(arguments[0], 250)", args=[])
        self.assertIn("committed", self.js("document.getElementById('live').textContent"))
        self.assertIn("10.00", self.js("document.getElementById('timeline-catch').getAttribute('aria-valuetext')"))
        # One stop for each lane of marks; arrows within it, Enter zooms.
        self.browser.keys("Tab")
        self.assertIn("Low", self.js("document.activeElement.getAttribute('aria-label')"))
        self.assertTrue(self.js("document.getElementById('tip').checkVisibility()"))
        self.browser.keys("Right")
        self.assertIn("Neutral", self.js("document.activeElement.getAttribute('aria-label')"))
        self.browser.keys("Enter")
        self.assertLess(self.window()[1] - self.window()[0], 1)
        self.js("document.getElementById('space-catch').focus()")
        self.browser.keys("Up", "Up")
        self.assertRegex(self.text("#space-read"), "0x[0-9A-F]{12} .* at ")

    def bar(self, text):
        """Left, top, width and height of the first bar of a function."""
        found = "[...flame.bars].find(([node]) => node.text === arguments[0])[1]"
        self.js(found + ".scrollIntoView({block: 'center', behavior: 'instant'})", text)
        self.browser.frame()
        box = self.js(found + ".getBoundingClientRect().toJSON()", text)
        return box["x"], box["y"], box["width"], box["height"]

    def click(self, text):
        left, top, width, height = self.bar(text)
        self.browser.pointer((left + width / 2, top + height / 2), "down", "up")

    def test_pages_stand_beside_blocks(self):
        known = self.open("pages")
        found = self.js("(function walk(node, path) { return [[path, node.values.slice(0, 4)], ...[...node.below.values()].flatMap("
                        "one => walk(one, [...path, one.text]))]; })(paths.root, [])")
        self.assertEqual({tuple(path): values for path, values in found}, known["paths"])
        self.assertIn("in 2 blocks, and pages were left at the end", self.text("#paths-sub"))
        self.bar("committed pages")
        self.click("committed pages")
        self.assertRegex(self.text("#paths-read"), r"^committed pages; 44 KiB; 98 % of all|^committed pages; 44.0 KiB; 98 % of all")
        rows = self.rows("#origins-table")
        self.assertEqual([row[1] for row in rows], ["committed pages"] * 3 + ["heap blocks"] * 2)
        self.assertEqual([row[4] for row in rows], [""] * 3 + ["1", "1"])

    def test_pointer_zooms_into_call_paths(self):
        known = self.open("paths")
        whole, before = self.bar("all call paths")[2], self.bar("Program.Main")[2]
        left, top, width, height = self.bar("Program.Main")
        self.browser.pointer((left + width / 2, top + height / 2))
        self.assertIn("Program.Main", self.text("#tip"))
        values = known["paths"]["host.exe+0x700", "Program.Main"]
        self.assertIn(f"in {values[1]} blocks; {values[0] / known['paths'][()][0] * 100:.0f} % of all", self.text("#paths-read"))
        self.assertTrue(self.js("document.getElementById('flame-reset').disabled"))
        self.click("Program.Main")
        self.assertLess(before, whole / 2)
        for text in ("all call paths", "host.exe+0x700", "Program.Main", "clr.dll+0x100"):
            self.assertAlmostEqual(self.bar(text)[2], whole, delta=0.1)
        self.assertEqual(self.js("flame.bars.size"), 4)
        self.click("host.exe+0x700")
        self.assertLess(self.bar("Program.Main")[2], whole)
        self.js("document.getElementById('flame-reset').click()")
        self.assertAlmostEqual(self.bar("Program.Main")[2], before, delta=0.1)

    def test_keyboard_walks_and_zooms_in_call_paths(self):
        known = self.open("paths")
        at = lambda: self.js("document.activeElement.getAttribute('aria-label')").split(", ")[0]
        self.bar("all call paths")  # scrolled into the window
        self.js("document.querySelector('input[name=path-value]:checked').focus({preventScroll: true})")
        self.browser.keys("Tab")  # the button is disabled
        self.assertEqual(at(), "all call paths")
        self.assertTrue(self.js("document.getElementById('tip').checkVisibility()"))
        for key, text in (("Down", "host.exe+0x700"), ("Down", "clr.dll+0x200"), ("Down", "clr.dll+0x100"),
                          ("Down", "clr.dll+0x100"), ("Right", "clr.dll+0x110"), ("Left", "clr.dll+0x100"),
                          ("Up", "clr.dll+0x200"), ("Right", "Program.Main"), ("Up", "host.exe+0x700"),
                          ("Right", "cache.cpp:10"), ("Home", "all call paths"), ("Up", "all call paths")):
            self.browser.keys(key)
            self.assertEqual(at(), text, key)
        self.browser.keys("Down", "Down", "Right", "Enter")
        self.assertEqual([at(), self.js("flame.shown.text")], ["Program.Main"] * 2)
        self.assertEqual(self.js("document.activeElement.getAttribute('aria-level')"), "3")
        self.browser.keys("Up", "Up", "Down", "Down", "Down")  # through those above it
        self.assertEqual(at(), "clr.dll+0x100")
        self.browser.keys("Escape")
        self.assertEqual([at(), self.js("flame.shown.text")], ["clr.dll+0x100", "all call paths"])
        self.js("document.querySelector('input[name=path-value]').focus()")
        self.browser.keys("Right")
        values = known["paths"][()]
        self.assertIn(f"in {values[3]} blocks were allocated", self.text("#paths-sub"))
        self.assertTrue(any("origin 0x4d, not described" in text for text in
                            self.js("[...flame.bars.keys()].map(node => node.text)")))

    def test_keyboard_reaches_the_end_of_a_deep_path(self):
        self.open("deep")
        self.js("document.querySelector('.flame [tabindex=\"0\"]').focus()")
        self.browser.keys(*["Down"] * 45, "Enter", *["Down"] * 17)
        self.assertEqual(self.js("document.activeElement.getAttribute('aria-level')"), "63")
        self.browser.keys("Escape")
        self.assertEqual(self.js("flame.shown === paths.root"), True)

    def test_call_paths_as_a_table(self):
        known = self.open("paths")
        self.js("document.getElementById('paths-details').open = true")
        self.browser.frame()
        rows = self.rows("#paths-table")
        left = {path: values for path, values in known["paths"].items() if path and values[0]}
        self.assertEqual(len(rows), len(left))
        self.assertEqual([row[0] for row in rows[:3]], ["host.exe+0x700", "clr.dll+0x200", "clr.dll+0x100"])
        self.assertEqual(rows[1][1], "2")
        self.assertEqual(rows[1][3], str(known["paths"]["host.exe+0x700", "clr.dll+0x200"][1]))
        self.js("document.querySelector('input[value=allocated]').click()")
        self.browser.frame()
        self.assertEqual(self.rows("#paths-table")[0][3], str(known["paths"]["host.exe+0x700",][3]))

    def test_tables_sort(self):
        self.open("full")
        head = "document.querySelectorAll('#origins-table thead th')"
        counts = lambda: [int(row[1].replace(",", "")) for row in self.rows("#origins-table")]
        self.assertEqual(self.js(head + "[2].getAttribute('aria-sort')"), "descending")
        self.js(head + "[1].firstChild.focus()")
        self.browser.keys("Enter")
        self.assertEqual(counts(), sorted(counts(), reverse=True))
        self.browser.keys("Space")
        self.assertEqual(counts(), sorted(counts()))
        self.assertEqual(self.js("[...%s].map(one => one.getAttribute('aria-sort'))" % head),
                         [None, "ascending", None, None, None, None])

    def test_live_bytes_have_a_bar(self):
        known = self.open("short")
        cells = "document.querySelector('#origins-table tbody tr').children[4]"
        self.assertEqual(self.js(cells + ".firstChild.title"), f"{known['live_heap']:,} bytes")
        self.assertEqual(self.js(cells + ".querySelector('.spark').style.width"), "100%")

    def test_bars_by_bytes(self):
        self.open("full")
        tallest = "[...document.querySelectorAll('figure[data-name=blocks] .bar')].map(bar => +bar.getAttribute('height'))"
        by_count = self.js(tallest)
        self.js("document.querySelector('input[value=bytes]').focus()")
        self.browser.keys("Space")
        by_bytes = self.js(tallest)
        self.assertGreater(by_bytes.index(max(by_bytes)), by_count.index(max(by_count)))

    def test_tables_beside_the_pictures(self):
        known = self.open("full")
        self.js("document.querySelectorAll('details').forEach(node => { node.open = true; })")
        self.browser.frame()
        rows = self.rows("#timeline-table")
        self.assertEqual(len(rows), 40)
        self.assertEqual(sum(int(row[5].replace(",", "")) for row in rows), known["events"])
        self.assertEqual(sum(int(row[6]) for row in rows), known["refused"])
        self.assertIn("256 MiB", self.text("#space-table"))

    # --- It looks right ---

    def test_contrast_overlap_and_fit(self):
        for name in self.made:
            for width, scheme in SHAPES[:{"full": 4, "storm": 1, "paths": 4, "growing": 4}.get(name, 2)]:
                with self.subTest(f"{name} {width} {scheme}"):
                    self.open(name, width, scheme=scheme)
                    for name_of_details in ("timeline-details", "space-details", "paths-details"):
                        self.js("document.getElementById(arguments[0]).open = true", name_of_details)
                    if name == "growing":
                        self.js("document.querySelector('input[value=growth]').click()")
                    self.browser.frame()
                    self.assertEqual(self.browser.run(AUDIT), [])

    def test_call_paths_fit_when_zoomed(self):
        for width, scheme in SHAPES:
            with self.subTest(f"{width} {scheme}"):
                self.open("deep", width, scheme=scheme)
                for text in ("host.exe+0x10", "host.exe+0x1e0"):
                    self.click(text)
                    self.assertEqual(self.browser.run(AUDIT), [])

    def test_theme(self):
        self.open("short", scheme="dark")
        self.assertEqual(self.js("document.documentElement.dataset.theme"), "dark")
        pixel = "[...space.canvas.getContext('2d').getImageData(20, space.canvas.height - 2, 900, 1).data].join()"
        seen = [(self.text("#theme"), self.js("getComputedStyle(document.body).backgroundColor"), self.js(pixel))]
        for _ in range(3):
            self.js("document.getElementById('theme').click()")
            self.browser.frame()
            seen.append((self.text("#theme"), self.js("getComputedStyle(document.body).backgroundColor"), self.js(pixel)))
        self.assertEqual([one[0] for one in seen], ["Theme: system", "Theme: light", "Theme: dark", "Theme: system"])
        self.assertNotEqual(seen[0][1:], seen[1][1:])
        self.assertNotEqual(seen[1][2], seen[2][2])
        self.assertEqual(seen[0][1:], seen[2][1:])
        self.assertEqual(seen[0], seen[3])

    def test_motion_and_paper(self):
        self.open("short")
        self.assertEqual(self.js("getComputedStyle(document.documentElement).scrollBehavior"), "smooth")
        self.browser.media(prefers_reduced_motion="reduce")
        self.assertEqual(self.js("getComputedStyle(document.documentElement).scrollBehavior"), "auto")
        self.browser.media("print")
        self.assertFalse(self.js("document.getElementById('theme').checkVisibility()"))
        self.assertTrue(self.js("document.getElementById('timeline-chart').checkVisibility()"))
        paper = self.browser.cdp("Page.printToPDF", printBackground=True)
        self.assertGreater(len(paper["data"]), 20000)

    def test_accessibility_tree(self):
        self.open("full")
        nodes = self.browser.cdp("Accessibility.getFullAXTree")["nodes"]
        value = lambda node, key: node.get(key, {}).get("value", "")
        interactive = {"button", "link", "slider", "radio", "DisclosureTriangle", "checkbox"}
        named, roles = [], set()
        for node in nodes:
            role = value(node, "role")
            if node.get("ignored"):
                continue
            roles.add(role)
            focusable = any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", []))
            if role in interactive or focusable and role not in ("RootWebArea",):
                named.append((role, value(node, "name")))
        self.assertEqual([one for one in named if not one[1].strip()], [])
        self.assertGreater(len(named), 40)
        for role in ("banner", "main", "contentinfo", "navigation", "slider", "table", "columnheader", "rowheader", "status", "tree",
                     "treeitem"):
            self.assertIn(role, roles)
        levels = self.js("[...document.querySelectorAll('h1, h2, h3')].map(node => +node.tagName[1])")
        self.assertEqual(levels.count(1), 1)
        self.assertTrue(all(after - before <= 1 for before, after in zip(levels, levels[1:])))
        self.assertEqual(self.js("document.documentElement.lang"), "en")



if __name__ == "__main__":
    main()
