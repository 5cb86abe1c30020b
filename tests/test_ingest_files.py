"""Foreign names become safe ones, and nothing is removed outside the folder that was named or that we did not make."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import MaterialError
from ingest.files import LONGEST_NAME, free_name, remove, safe_name
from ingest.sources import list_files, unpack

HOSTILE = [
    "..",
    ".",
    "",
    "...",
    "....",
    "..zip",
    " . ",
    "a/../b",
    "..\\..\\b",
    "/etc",
    "C:\\x",
    "con",
    "NUL.md",
    "a\nb",
]


@given(st.one_of(st.text(max_size=300), st.sampled_from(HOSTILE)))
def test_a_safe_name_is_one_visible_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert Path("folder", safe).parent == Path("folder")
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert len(safe.encode()) <= LONGEST_NAME
    assert safe_name(safe) == safe


@pytest.mark.parametrize("name", ["notes.md", "ü ä 日本 😀.md", "' OR 1=1 --.md", "--json.md", "v1.2 final.pdf"])
def test_an_ordinary_name_stays(name: str) -> None:
    assert safe_name(name) == name


def test_a_long_name_keeps_its_suffix() -> None:
    assert safe_name("a" * 251 + ".md").endswith("aaa.md")


def test_names_that_differ_in_case_alone_are_told_apart() -> None:
    assert free_name("Notes.md", {"notes.md", "notes (2).md"}) == "Notes (3).md"


@pytest.mark.parametrize("place", ["", ".", "..", "../beside", "inside/../..", "/"])
def test_nothing_outside_its_folder_is_removed(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "home"
    (folder / "inside").mkdir(parents=True)
    (tmp_path / "beside").mkdir()
    with pytest.raises(MaterialError, match="was not removed"):
        remove(folder / place, within=folder)
    assert (folder / "inside").exists()
    assert (tmp_path / "beside").exists()


def test_a_link_is_removed_and_not_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "link").symlink_to(tmp_path / "kept")
    remove(tmp_path / "home" / "link", within=tmp_path / "home")
    assert (tmp_path / "kept").exists()
    assert not (tmp_path / "home" / "link").exists()


def archive(path: Path, *members: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as made:
        for member in members:
            made.writestr(member, f"# {member}")
    return path


@pytest.mark.parametrize(
    "name", ["...zip", "..zip", ".zip", "....zip", " .zip", "...ZIP", "materials.zip", ".index.zip"]
)
def test_unpacking_an_archive_of_any_name_leaves_everything_else(tmp_path: Path, name: str) -> None:
    materials = tmp_path / "home" / "materials"
    materials.mkdir(parents=True)
    kept = [tmp_path / "home" / "progress.sqlite3", materials / "own.md"]
    for file in kept:
        file.write_text("kept")
    folder, _ = unpack(archive(tmp_path / name, "a.md"), materials, 10)
    assert folder.parent == materials
    assert not folder.name.startswith(".")
    assert [file.name for file in list_files(folder)] == ["a.md"]
    assert [file.read_text() for file in kept] == ["kept", "kept"]


def test_only_what_the_same_archive_left_is_replaced(tmp_path: Path) -> None:
    materials = tmp_path / "materials"
    (materials / "notes").mkdir(parents=True)
    (materials / "notes" / "own.md").write_text("mine")
    first, _ = unpack(archive(tmp_path / "a" / "notes.zip", "old.md"), materials, 10)
    other, _ = unpack(archive(tmp_path / "b" / "notes.zip", "other.md"), materials, 10)
    again, _ = unpack(archive(tmp_path / "a" / "notes.zip", "new.md"), materials, 10)
    assert (materials / "notes" / "own.md").read_text() == "mine"
    assert first == again
    assert other not in (first, materials / "notes")
    assert [file.name for file in list_files(again)] == ["new.md"]
    assert [file.name for file in list_files(other)] == ["other.md"]


def test_one_member_that_cannot_be_written_costs_itself_alone(tmp_path: Path) -> None:
    path = archive(tmp_path / "odd.zip", "a", "a/b.md", "good.md", "n" * 300 + ".md", "Good.md")
    folder, left_out = unpack(path, tmp_path / "materials", 10)
    assert [one.name for one in left_out] == ["a/b.md"]
    assert {"a", "good.md", "Good (2).md"} <= {file.name for file in list_files(folder)}
    assert len(list_files(folder)) == 4
