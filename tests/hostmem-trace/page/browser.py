"""Chromium, driven by ChromeDriver over the WebDriver protocol; the standard library is all it needs."""
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ", "PageUp": "\ue00e", "PageDown": "\ue00f",
        "End": "\ue010", "Home": "\ue011", "Left": "\ue012", "Up": "\ue013", "Right": "\ue014", "Down": "\ue015"}
# Seconds that only a browser that hangs takes. The driver has shorter timeouts for scripts and for its start.
PATIENCE = 300
STARTS = 5
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
         "--force-device-scale-factor=1", "--disable-dev-shm-usage"]


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="report-browser-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                break
        self.url = f"http://127.0.0.1:{port[1]}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.url += "/session/" + self.start()["sessionId"]
        self.shape = self.features = None

    def start(self):
        options = {"args": FLAGS + [f"--user-data-dir={self.profile}"]}
        wanted = {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": PATIENCE * 1000, "pageLoad": PATIENCE * 1000}}}}
        for _ in range(STARTS - 1):
            try:
                return self.request("POST", "/session", wanted)
            except RuntimeError as error:  # on a busy machine the browser may take longer than the driver waits
                if "session not created" not in str(error):
                    raise
        return self.request("POST", "/session", wanted)

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self.opener.open(asked, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"].split("\n")[0]) from None

    def post(self, path, **body):
        return self.request("POST", path, body)

    def close(self):
        try:
            self.request("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(PATIENCE)
            shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, url):
        self.post("/url", url=url)

    def run(self, script, *arguments):
        """The value of a function body in the page."""
        return self.post("/execute/sync", script=script, args=list(arguments))

    def wait(self, script):
        """Until the value of a function body is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(script):
            if time.monotonic() > end:
                raise RuntimeError(f"not true after {PATIENCE} s: {script}")
            time.sleep(0.02)

    def frame(self):
        """Waits until the page has been drawn."""
        self.post("/execute/async", script="const done = arguments[0];"
                  "requestAnimationFrame(() => requestAnimationFrame(() => done(0)));", args=[])

    def cdp(self, command, **parameters):
        return self.post("/goog/cdp/execute", cmd=command, params=parameters)

    def console(self):
        """Errors and warnings since the last call, except advice about speed."""
        return [entry for entry in self.post("/se/log", type="browser")
                if entry["level"] in ("SEVERE", "WARNING") and entry["source"] != "rendering"]

    def keys(self, *names):
        """Presses keys, named as in KEYS or as characters, at the focus."""
        actions = []
        for name in names:
            key = KEYS.get(name, name)
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])
        self.frame()

    def pointer(self, *steps):
        """Moves the mouse through steps, (x, y) in the window, "down" or "up"."""
        move = {"type": "pointerMove", "duration": 0}
        actions = [dict(move, x=round(step[0]), y=round(step[1])) if isinstance(step, tuple)
                   else {"type": "pointer" + step.capitalize(), "button": 0} for step in steps]
        self.post("/actions", actions=[{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
                                        "actions": actions}])
        self.frame()

    def wheel(self, x, y, by, ctrl=False):
        keys = [{"type": "keyDown", "value": "\ue009"}] if ctrl else [{"type": "pause"}]
        turn = {"type": "scroll", "x": round(x), "y": round(y), "deltaX": 0, "deltaY": by, "duration": 0}
        self.post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": keys},
                                       {"type": "wheel", "id": "wheel", "actions": [{"type": "pause"}, turn]}])
        self.request("DELETE", "/actions")
        self.frame()

    def size(self, width, height):
        if self.shape != (width, height):
            self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                     mobile=False)
            self.shape = (width, height)
            self.frame()

    def media(self, kind="", **features):
        if self.features != (kind, features):
            self.cdp("Emulation.setEmulatedMedia", media=kind,
                     features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])
            self.features = (kind, features)
            self.frame()
