"""What README.md and docs/ say is true: their code runs, quotes are the files' own words, links lead somewhere."""

import re
from pathlib import Path

import pytest

import graphrt as tf

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
QUOTE = re.compile(r"# (\S+\.py)\n")


def blocks(path: Path) -> list[str]:
    """The Python blocks of a document."""
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_runs_or_is_quoted(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, object] = {}
    with tf.Graph().as_default():
        for block in blocks(path):
            quote = QUOTE.match(block)
            if quote:
                assert block[quote.end() :].strip("\n") in quoted(quote[1]), f"not in {quote[1]}:\n{block}"
            else:
                exec(compile(block, str(path), "exec"), namespace)


def quoted(name: str) -> str:
    """A file without the lines that a document need not repeat."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return text.replace("from __future__ import annotations\n\n", "")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


def test_every_example_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "examples").glob("[0-9]*.py")):
        assert f"(examples/{path.name})" in readme


def test_the_readme_gives_the_test_command_of_ci() -> None:
    assert "python -m pytest -n 2 " in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\npython -m pytest -n 2 ||" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
