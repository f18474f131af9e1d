"""The pytest plugin: installs the stand-ins, ignores wrong numbers, and lists what CuPy refused."""

from __future__ import annotations

import collections
import re

import device
import numpy as np
import pytest

device.install()
for _name in ("assert_allclose", "assert_array_equal", "assert_almost_equal"):
    setattr(np.testing, _name, lambda *_, **__: None)

_FRAME = re.compile(r'\s*(?:E\s+)?(?:File "([^"]+)", line \d+|(\S+\.pyx?):\d+: in)')
_ERROR = re.compile(r"\s*(?:E\s+)?([\w.]*(?:Error|Warning)\b:? .*)")
_REFUSED: dict[str, list[str]] = collections.defaultdict(list)


def _refusal(text: str) -> str | None:
    """The first error of a report, if it is CuPy's own or one of a result's type."""
    frame = ""
    for line in text.splitlines():
        found = _FRAME.match(line)
        if found:
            frame = found[1] or found[2]
        error = _ERROR.match(line)
        if error:
            return error[1][:140] if "cupy" in frame or ": made " in error[1] else None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not report.failed:
        return
    refusal = _refusal(report.longreprtext)
    if refusal is not None:
        _REFUSED[refusal].append(report.nodeid)
    report.longrepr = refusal or "not CuPy's"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("refused by CuPy")
    for refusal, tests in sorted(_REFUSED.items(), key=lambda entry: -len(entry[1])):
        terminalreporter.write_line(f"{len(tests):5} {refusal}")
        for test in tests[:3]:
            terminalreporter.write_line(f"        {test}")
