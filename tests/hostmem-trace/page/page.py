"""A page in the browser, and queries for its tests. The test programs' command lines end with -- and the
program hostmem-trace, after its emulator if it needs one.
"""
import os
import re
import subprocess
import sys
import unittest

from browser import Browser

_at = sys.argv.index("--")
ARGUMENTS, PROGRAM = sys.argv[1:_at], sys.argv[_at + 1:]
# One for each test: several of them have a scene "pages", and run at the same time.
FOLDER = os.path.join(os.path.abspath(ARGUMENTS[0]), os.path.basename(sys.argv[0]).removesuffix(".py"))
os.makedirs(FOLDER, exist_ok=True)
AUDIT = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "audit.js")).read()


def write_page(trace, exit_codes=(0,), options=()):
    """The address of the page of a trace."""
    page = os.path.join(FOLDER, os.path.basename(trace).removesuffix(".trace") + ".html")
    done = subprocess.run(PROGRAM + ["report", trace, "-o", page, *options], capture_output=True, text=True)
    if done.returncode not in exit_codes:
        raise RuntimeError(f"{trace}: exit code {done.returncode}: {done.stderr}")
    return "file://" + page


class PageCase(unittest.TestCase):
    """made: a page's name to its address and what is known of it."""
    made = {}

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def open(self, name, width=1280, height=900, scheme="light"):
        url, known = self.made[name]
        self.browser.size(width, height)
        self.browser.media(prefers_color_scheme=scheme)
        self.browser.open(url)
        self.addCleanup(lambda: self.assertEqual(self.browser.console(), []))
        return known

    def js(self, expression, *arguments):
        return self.browser.run("return " + expression, *arguments)

    def text(self, selector):
        return self.js("document.querySelector(arguments[0]).innerText", selector).replace("\u00a0", " ")

    def box(self, selector):
        """Left, top, width and height in the window, into which it is scrolled."""
        self.js("document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})", selector)
        self.browser.frame()
        box = self.js("document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector)
        return box["x"], box["y"], box["width"], box["height"]

    def rows(self, table):
        """The texts of the cells, row by row."""
        return self.js("[...document.querySelectorAll(arguments[0] + ' tbody tr')].map(row => "
                       "[...row.children].map(cell => cell.innerText))", table)

    def exact(self, tile):
        title = self.js("document.querySelector(arguments[0] + ' .value').title", "#tile-" + tile)
        return int(re.sub(r"\D", "", title))

    def number(self, tile):
        return int(re.sub(r"\D", "", self.text(f"#tile-{tile} .value")))

    def window(self):
        return self.js("[view.from, view.until]")



def main():
    unittest.main(module="__main__", argv=[sys.argv[0], "-v"])
