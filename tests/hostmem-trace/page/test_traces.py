#!/usr/bin/env python3
"""Reports of given traces in a real browser: test_traces.py FOLDER TRACE... -- PROGRAM...

The pages, written to FOLDER, are compared with the output of the other commands for these traces.
"""
import csv
import os
import subprocess

from page import ARGUMENTS, AUDIT, PROGRAM, PageCase, main, write_page

TRACES = {os.path.basename(trace).removesuffix(".trace"): os.path.abspath(trace) for trace in ARGUMENTS[1:]}
ASKING = ("VirtualAlloc", "CreateMalloc", "Alloc", "DebugAlloc")
REFUSALS = ("E_OUTOFMEMORY", "HOST_E_TIMEOUT", "HOST_E_ABANDONED", "HOST_E_CLRNOTAVAILABLE", "E_FAIL")


class Traces(PageCase):
    @classmethod
    def setUpClass(cls):
        cls.made = {name: (write_page(trace), None) for name, trace in TRACES.items()}
        super().setUpClass()

    def test_pages_say_what_csv_says(self):
        for name, trace in TRACES.items():
            with self.subTest(name):
                listed = subprocess.run(PROGRAM + ["csv", trace], check=True, capture_output=True, text=True)
                rows = list(csv.DictReader(listed.stdout.splitlines()))
                self.assertGreater(len(rows), 0)
                self.open(name)
                self.assertEqual(self.number("events"), len(rows))
                refused = sum(row["event"] in ASKING and row["result"] in REFUSALS for row in rows)
                self.assertEqual(self.number("refused"), refused)
                notes = self.text("#tile-notifications .note").lower()
                for word in ("low", "neutral", "high"):
                    count = sum(row["event"] == "notification" and row["value"] == word for row in rows)
                    self.assertIn(f"{word} {count}", notes)

    def test_pages_are_in_order(self):
        for name in TRACES:
            for width, scheme in ((1280, "light"), (390, "dark")):
                with self.subTest(f"{name} {width}"):
                    self.open(name, width, scheme=scheme)
                    self.assertEqual(self.browser.run(AUDIT), [])


if __name__ == "__main__":
    main()
