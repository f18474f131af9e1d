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
    for target, section in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            there = path.parent / target if target else path
            assert there.exists(), target
            assert not section or section in sections(there), f"{target}#{section}"


def sections(path: Path) -> list[str]:
    """The names that links may give the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("*.md")):
        assert path.name == "README.md" or f"]({path.name})" in index, f"docs/README.md lacks {path.name}"
    decisions = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        assert f"]({path.name})" in decisions, f"docs/decisions/README.md lacks {path.name}"


def test_the_table_of_environment_variables_has_each_that_the_code_reads() -> None:
    variable = re.compile(r"\bGRAPHRT_[A-Z][A-Z0-9_]*\b")
    read = set()
    for folder in ("graphrt", "graphrt_ops", "tests", "tools", "benchmarks"):
        # Tests also name variables that they make up.
        used = re.compile(r'(?<=os\.environ\.get\(")\w+') if folder == "tests" else variable
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(used.findall(path.read_text(encoding="utf-8")))
    page = (ROOT / "docs" / "environment-variables.md").read_text(encoding="utf-8")
    assert set(variable.findall(page)) == {name for name in read if variable.fullmatch(name)}


# What docs/bring-your-script.md says that you see, and what makes it.
SYMPTOMS = {
    "is not in graphrt": "tf.data",
    "does not exist in TensorFlow 1.15 or graphrt": "tf.no_such_name",
    "You must feed a value for placeholder tensor": "tf.Session().run(tf.placeholder(tf.float32))",
    "Cannot feed value of shape": "p = tf.placeholder(tf.float32, [2]); tf.Session().run(p, {p: [1.0]})",
    "Attempting to use uninitialized value": "tf.Session().run(tf.get_variable('v', [1]))",
    "already exists, disallowed": "tf.get_variable('v', [1]); tf.get_variable('v', [1])",
    "Dimensions must be equal": "tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]))",
    "that does not match type": "tf.constant(1.0) + tf.constant(1)",
    "Using a `tf.Tensor` as a Python `bool` is not allowed": "bool(tf.constant(True))",
    "Fetch argument None has invalid type": "tf.Session().run(tf.gradients(tf.constant(1.0), tf.constant(2.0)))",
    "The Session graph is empty": "g = tf.Graph(); tf.Session(graph=g).run(tf.constant(1))",
    "Attempted to use a closed Session": "s = tf.Session(); s.close(); s.run(tf.constant(1))",
    "resource variables are not supported": "tf.get_variable('v', [1], use_resource=True)",
    "the graph grows with every run": "s = tf.Session(); [s.run(tf.constant(1.0) + 1.0) for _ in range(120)]",
}


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_symptoms_are_in_the_words_of_the_messages(symptom: str) -> None:
    assert f"`{symptom}`" in (ROOT / "docs" / "bring-your-script.md").read_text(encoding="utf-8")
    with tf.Graph().as_default(), pytest.raises((Exception, Warning), match=re.escape(symptom)):
        exec(compile(SYMPTOMS[symptom], "symptom.py", "exec"), {"tf": tf})


def test_every_example_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "examples").glob("[0-9]*.py")):
        assert f"(examples/{path.name})" in readme


def test_the_readme_gives_the_test_command_of_ci() -> None:
    assert "python -m pytest -n 2 " in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\npython -m pytest -n 2 ||" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_changelog_says_everything_once() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = [" ".join(entry.split()) for entry in re.findall(r"^- .*(?:\n  .*)*", text, re.MULTILINE)]
    beginnings = [entry[:60] for entry in entries]
    assert sorted(beginnings) == sorted(set(beginnings)), "an old version of the list has come back in a merge"
    for number in re.findall(r"\[(\d{4})\]", text):
        assert list((ROOT / "docs" / "decisions").glob(f"{number}-*.md")), f"no decision {number}"
