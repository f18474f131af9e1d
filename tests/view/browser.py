"""A real headless Chromium for tests, driven through chromedriver's W3C protocol with nothing but urllib."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def missing() -> str:
    """Why no browser test can run here; '' where one can."""
    names = {"chromium": CHROMIUM, "chromedriver": DRIVER}
    return ", ".join(f"no {name} on the PATH" for name, path in names.items() if path is None)


class Browser:
    """One browser window; close it with `close` or use it in a `with`."""

    def __init__(self, width: int = 1400, height: int = 900, dark: bool = False) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        assert DRIVER is not None, missing()
        self.driver = subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        try:
            self._wait()
            arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},{height}"]
            arguments += ["--force-dark-mode", "--enable-features=WebContentsForceDark:0"] if dark else []
            options = {"binary": CHROMIUM, "args": arguments}
            wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
            self.session = self._call("POST", "/session", {"capabilities": wanted})["sessionId"]
        except BaseException:
            self._stop()
            raise

    def _wait(self) -> None:
        for _ in range(200):
            try:
                self._call("GET", "/status")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise TimeoutError("chromedriver did not answer within 10 seconds")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from error

    def command(self, path: str, **body: Any) -> Any:
        """POST one WebDriver command of this session."""
        return self._call("POST", f"/session/{self.session}/{path}", body)

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a local file."""
        self.command("url", url=path.as_uri() + fragment)

    def run(self, script: str, *args: Any) -> Any:
        """The value of a JavaScript function body."""
        return self.command("execute/sync", script=script, args=list(args))

    def keys(self, text: str) -> None:
        """Press keys on whatever has the focus (W3C key codes for the special ones)."""
        actions = [
            step for key in text for step in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})
        ]
        self.command("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def pointer(self, *steps: dict[str, Any]) -> None:
        """Mouse actions: move(x, y), DOWN, UP."""
        parameters = {"pointerType": "mouse"}
        self.command(
            "actions", actions=[{"type": "pointer", "id": "mouse", "parameters": parameters, "actions": list(steps)}]
        )

    def errors(self) -> list[str]:
        """What the page has logged as errors since the last call."""
        entries = self.command("se/log", type="browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def screenshot(self, path: Path) -> None:
        """Write the window as PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", f"/session/{self.session}/screenshot")))

    def close(self) -> None:
        """End the browser and its driver."""
        self._call("DELETE", f"/session/{self.session}")
        self._stop()

    def _stop(self) -> None:
        self.driver.terminate()
        self.driver.wait(timeout=10)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


DOWN = {"type": "pointerDown", "button": 0}
UP = {"type": "pointerUp", "button": 0}


def move(x: float, y: float, milliseconds: int = 0) -> dict[str, Any]:
    """A pointer move to a place in the window."""
    return {"type": "pointerMove", "x": round(x), "y": round(y), "duration": milliseconds}
