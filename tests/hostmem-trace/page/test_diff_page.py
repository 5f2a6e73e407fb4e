#!/usr/bin/env python3
"""Pages of diff in a real browser: test_diff_page.py FOLDER -- PROGRAM...

What they show is compared with what diff says as JSON, and with what is known of the traces (scenarios.py).
"""
import json
import os
import subprocess
import sys

import scenarios
from page import AUDIT, FOLDER, PROGRAM, PageCase, main

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from nettrace_file import write_nettrace

SHAPES = [(1280, "light"), (390, "dark"), (768, "dark"), (320, "light")]


def run(traces, expected, *options):
    done = subprocess.run(PROGRAM + ["diff", *traces, *options], capture_output=True, text=True)
    if done.returncode != expected:
        raise RuntimeError(f"{traces} {options}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def make(name, traces, expected=5, options=()):
    """A page's address, and what is known: the JSON, and figures of both traces."""
    files = [os.path.join(FOLDER, f"{name}_{side}.trace") for side in "ab"]
    known = [write(file, **more) for file, (write, more) in zip(files, traces)]
    methods = []
    for i, file in enumerate(files):
        path = file.replace(".trace", ".nettrace")
        write_nettrace(path, scenarios.METHOD + traces[i][1].get("shift", 0))
        methods += ["--methods", path]
    page = os.path.join(FOLDER, name + ".html")
    run(files, expected, "--html", "-o", page, *options, *methods)
    return "file://" + page, (json.loads(run(files, expected, "--json", *options, *methods)), known)


class DiffPage(PageCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        paths, deep, cut_off = scenarios.paths, scenarios.deep, scenarios.cut_off
        cls.made = {
            "grown": make("grown", [(paths, {}), (paths, {"more": 3, "shift": 0x100000})]),
            "shrunk": make("shrunk", [(paths, {"more": 3}), (paths, {})], 5),  # one path grows
            "same": make("same", [(paths, {}), (paths, {})], 0, ["--threshold", "1K"]),
            "many": make("many", [(scenarios.empty, {}), (deep, {})]),
            "pages": make("pages", [(scenarios.pages, {}), (scenarios.pages, {"more": 2})]),
            "cut_off": make("cut_off_both", [(cut_off, {}), (cut_off, {})], 3),
        }
        super().setUpClass()

    def nodes(self):
        """By path: bytes and blocks of A and of B, and growth."""
        found = self.js("(function walk(node, path) { return [[path, node.values], ...[...node.below.values()].flatMap("
                        "one => walk(one, [...path, one.text]))]; })(paths.root, [])")
        return {tuple(path): values for path, values in found}

    def test_call_paths_are_those_of_both_traces(self):
        for name in ("grown", "shrunk", "pages"):
            with self.subTest(name):
                _, (before, after) = self.open(name)
                expected = {}
                for path in set(before["paths"]) | set(after["paths"]):
                    a, b = before["paths"].get(path, [0] * 4), after["paths"].get(path, [0] * 4)
                    expected[tuple(self.shown(part) for part in path)] = [a[0], a[1], b[0], b[1]]
                nodes = self.nodes()
                self.assertEqual({path: values[:4] for path, values in nodes.items()}, expected)
                ends = lambda values: {path: [values[path][i] - sum(values[one][i] for one in values if one[:-1] == path and one)
                                              for i in range(4)] for path in values}
                grown = {path: [0, 0] for path in expected}
                for path, (a, a_blocks, b, b_blocks) in ends(expected).items():
                    for length in range(len(path) + 1 if b > a else 0):
                        grown[path[:length]][0] += b - a
                        grown[path[:length]][1] += b_blocks - a_blocks
                self.assertEqual({path: values[4:] for path, values in nodes.items()}, grown)
                self.assertGreater(sum(values[4] > 0 for values in nodes.values()), 1)

    @staticmethod
    def shown(text):
        other = {"(not recorded)": "not known", "origin 0x4d, not described": "not described in the trace"}
        return other.get(text, text).replace("\ufffd", "?")

    def test_tables_have_the_rows_of_the_json(self):
        comparison, _ = self.open("grown")
        for table, key in (("figures", "figures"), ("origins", "origins"), ("sizes", "sizes"), ("grown", "paths")):
            with self.subTest(table):
                rows = self.rows(f"#{table}-table")
                self.assertEqual(len(rows), len(comparison[key]))
                bars = self.js(f"[...document.querySelectorAll('#{table}-table td:nth-child(2)')].map("
                               "cell => +(cell.querySelector('[title]')?.title ?? '0').replace(/\\D/g, ''))")
                self.assertEqual(bars, [row["grew"] for row in comparison[key]])
                if key == "paths":
                    self.assertIn("Stack of 3", self.text("#grown-table"))
                elif key != "sizes":
                    self.assertEqual([row[0] for row in rows], [row["name"] for row in comparison[key]])
                if key != "figures":
                    self.assertEqual([int(row[4].replace("\u2212", "-").replace("+", "").replace(",", "")) for row in rows],
                                     [row["after"]["blocks"] - row["before"]["blocks"] for row in comparison[key]])
        heap = next(row for row in comparison["figures"] if row["name"] == "heap, last")
        self.assertEqual(self.exact("heap"), heap["grew"])
        self.assertEqual(self.exact("left"), heap["grew"])
        self.assertIn("alert", self.js("document.getElementById('tile-heap').className"))

    def test_pages_have_a_table_of_their_own(self):
        comparison, _ = self.open("pages")
        rows = self.rows("#pages-table")
        self.assertEqual([(row["name"], row["grew"]) for row in comparison["pages"]][0], ("clr.dll+0x200 < host.exe+0x700", 2 * 32 * 4096))
        self.assertEqual(len(rows), len(comparison["pages"]))
        self.assertIn("Stack of 2", rows[0][0])
        self.assertEqual(self.exact("left"), 0)  # blocks only
        self.open("grown")
        self.assertFalse(self.js("document.getElementById('pages').checkVisibility()"))

    def test_paths_that_are_too_many_are_others(self):
        comparison, _ = self.open("many")
        self.assertEqual(self.js("[data.paths.length, data.otherPaths.rows]"), [4096, 5000 - 4096])
        self.assertEqual(self.js("paths.root.values.slice(2, 4)"),
                         [sum(row["after"][key] for row in comparison["paths"] + comparison["origins"]) for key in ("bytes", "blocks")])
        self.assertEqual(len(self.rows("#grown-table")), 200)
        self.assertIn("The 200 that grew most; 4,800 others grew by less", self.text("#grown-table caption"))

    def test_what_is_missing_is_said(self):
        self.open("cut_off")
        notices = self.text("#notices")
        for words in ("The end of A is missing", "The end of B is missing", "Nothing grew"):
            self.assertIn(words, notices)
        self.open("same")
        self.assertIn("Nothing grew by more than 1 KiB", self.text("#notices"))
        self.assertTrue(self.js("document.querySelector('input[value=growth]').disabled"))
        self.assertIn("were left at the end of B", self.text("#paths-sub"))
        self.open("grown")
        self.assertEqual(self.text("#notices"), "")
        self.assertIn("grown_a.trace to grown_b.trace", self.text("h1"))

    def test_hostile_names_are_text(self):
        self.open("grown")
        self.assertIn("script><img src=x onerror=window.broken=2>", " ".join(" ".join(path) for path in self.nodes()))
        self.assertIsNone(self.js("window.broken ?? null"))
        self.assertEqual(self.js("document.querySelectorAll('img, iframe, object, link, script[src]').length"), 0)
        self.assertEqual(self.js("performance.getEntriesByType('resource').length"), 0)

    def test_keyboard(self):
        self.open("grown")
        self.js("document.querySelector('input[name=path-value]:checked').focus()")
        self.browser.keys("Tab")
        self.assertTrue(self.js("document.activeElement.getAttribute('aria-label')").startswith("all call paths, grew by "))
        self.browser.keys("Down", "Enter")
        self.assertEqual(self.js("flame.shown.text"), "host.exe+0x700")
        self.browser.keys("Escape")
        self.js("document.querySelector('input[name=path-value]:checked').focus()")
        for value, words in (("after", "were left at the end of B"), ("before", "were left at the end of A")):
            self.browser.keys("Right")
            self.assertEqual(self.js("document.activeElement.value"), value)
            self.assertIn(words, self.text("#paths-sub"))
        nodes = self.browser.cdp("Accessibility.getFullAXTree")["nodes"]
        value = lambda node, key: node.get(key, {}).get("value", "")
        unnamed = [value(node, "role") for node in nodes if not node.get("ignored") and not value(node, "name").strip() and
                   value(node, "role") in ("button", "link", "radio", "treeitem", "DisclosureTriangle", "tree", "region")]
        self.assertEqual(unnamed, [])

    def test_contrast_overlap_and_fit(self):
        for name in self.made:
            for width, scheme in SHAPES[:4 if name == "grown" else 2]:
                with self.subTest(f"{name} {width} {scheme}"):
                    self.open(name, width, scheme=scheme)
                    if self.js("paths.isKnown"):
                        self.js("document.getElementById('paths-details').open = true")
                    self.browser.frame()
                    self.assertEqual(self.browser.run(AUDIT), [])

    def test_paper(self):
        self.open("grown", scheme="dark")
        self.browser.media("print")
        self.assertFalse(self.js("document.querySelector('.choice').checkVisibility()"))
        self.assertTrue(self.js("document.getElementById('flame').checkVisibility()"))


if __name__ == "__main__":
    main()
