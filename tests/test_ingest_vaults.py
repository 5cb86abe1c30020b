"""Folders and archives as note-taking programs keep and export them."""

import io
import zipfile
from pathlib import Path

from assistant.session import Session
from ingest.sources import list_files, unpack
from tests.conftest import NOW

ID = "0123456789abcdef0123456789abcdef"


def zipped(members: dict[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def notion_export(path: Path) -> Path:
    """An export as Notion makes it: an archive in an archive, ids behind all names, each database twice as CSV."""
    rows = "Name,Filled by,Size\nEmber,feeder,512\n"
    inner = zipped(
        {
            f"Study {ID}.md": "# Study\n\nStatus: Open\nOwner: Ann\n\n<aside>\n💡 Drift is watched every hour.\n</aside>\n",
            f"Study {ID}/Caches {ID}.csv": rows,
            f"Study {ID}/Caches {ID}_all.csv": rows + "Cinder,stream,64\n",
            f"Study {ID}/Caches/Ember {ID}.md": "# Ember\n\nEmber drops the oldest entry.\n",
        }
    )
    path.write_bytes(zipped({f"ExportBlock-{ID[:8]}-Part-1.zip": inner}))
    return path


def test_a_notion_export_is_unpacked_whole_and_without_its_ids(tmp_path: Path) -> None:
    folder, left_out = unpack(notion_export(tmp_path / "Export.zip"), tmp_path / "home", 10)
    names = [file.relative_to(folder).as_posix() for file in list_files(folder)]
    assert names == ["Study/Caches/Ember.md", "Study/Caches_all.csv", "Study.md"]
    assert left_out == []


def test_a_damaged_archive_inside_costs_that_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"b.zip": b"PK\x03\x04 no", "c.md": "# C\n"}))
    folder, left_out = unpack(tmp_path / "a.zip", tmp_path / "home", 10)
    assert (folder / "c.md").exists()
    assert [one.name for one in left_out] == ["b.zip"]


def test_archives_inside_share_the_bound_on_what_is_unpacked(tmp_path: Path) -> None:
    import pytest

    from ingest.errors import MaterialError

    bomb = zipped({f"{number}.md": "0" * 900_000 for number in range(3)})
    (tmp_path / "a.zip").write_bytes(zipped({f"{number}.zip": bomb for number in range(3)}))
    with pytest.raises(MaterialError, match="max_expanded_megabytes"):
        unpack(tmp_path / "a.zip", tmp_path / "home", 5)


def test_a_notion_export_answers_from_pages_and_databases(home: Path, tmp_path: Path) -> None:
    session = Session(home)
    session.library.add([notion_export(tmp_path / "Export.zip")], now=NOW, report=lambda progress: None)
    writer = session.writers.open("quotes")
    assert "Size: 64" in session.assistant.ask("What is the size of Cinder?", writer).text
    assert "every hour" in session.assistant.ask("How often is drift watched?", writer).text


def test_an_obsidian_vault_is_read_with_its_links_tags_and_names(home: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    (vault / ".obsidian").mkdir(parents=True)
    (vault / ".obsidian" / "app.json").write_text("{}")
    (vault / "Drift Lantern.md").write_text(
        "---\naliases:\n  - Lamp of drift\ntags: [exam/section6]\n---\nCompares the inputs of [[Serving|today]] with training.\n"
        "%% todo %%\n"
    )
    session = Session(home)
    session.library.add([vault], now=NOW, report=lambda progress: None)
    assert [record.name for record in session.index.records()] == ["Drift Lantern.md"]
    answer = session.assistant.ask("What is Drift Lantern?", session.writers.open("quotes"))
    assert "Compares the inputs of today with training." in answer.text
    assert session.assistant.search("exam section6", k=1)[0].chunk.source == "Drift Lantern.md"
