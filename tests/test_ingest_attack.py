"""What an attacker typed and packed, found by hand: each is a sentence, and costs nothing but itself."""

import io
import json
import os
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from assistant.progress.exchange import parse_json
from ingest.errors import MaterialError, ProgressError
from ingest.files import free_name, shown
from ingest.records import Catalog, SourceRecord
from ingest.settings import ReadingSettings
from ingest.snapshots import FOLDER, Snapshot, read_ledger, save_snapshot
from ingest.sources import DEEPEST_FOLDER, MOST_PARTS, check_size, find_candidates, list_files, named_path, unpack
from ingest.web import Bounds, fetch, is_public
from tests.conftest import NOW
from ui.console import plain


@pytest.mark.parametrize("address", [
    "http://[x", "http://[::1", "https://youtube.com]/watch", "http://a..b/x", f"http://{'a' * 70}.com/", "http://a\x00b/",
    "http://x:99999999/", "http:///etc/passwd", "http://\ud800.com/",
])  # fmt: skip
def test_an_address_that_is_none_is_a_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(MaterialError):
        fetch(address, tmp_path, now=NOW, bounds=Bounds(seconds=1))


@pytest.mark.parametrize(
    "inside",
    [
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "::127.0.0.1",
        "fec0::1",
        "64:ff9b:1::7f00:1",
        "::ffff:0:7f00:1",
        "192.0.0.8",
    ],
)
def test_addresses_that_lead_inside_by_a_translator_are_not_public(inside: str) -> None:
    assert not is_public(inside)


@pytest.mark.parametrize("named", ["~nosuchuser/a.md", "a" * 300, "x/" * 3000, "a\x00b.md", "\ud800" * 300, "", "  "])
def test_a_path_that_cannot_be_is_a_sentence(named: str) -> None:
    with pytest.raises(MaterialError):
        named_path(named)


def test_a_path_that_is_not_there_may_be_a_pattern() -> None:
    assert named_path("notes/**/*.pdf") == Path("notes/**/*.pdf")


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_names_that_are_no_text_are_shown_and_kept_with_a_sign_in_place(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.md", b"a\nb\x1b]0;owned\x07.md", "\u202egnp.md".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("# Yak\n\nThe yak gate closes at 17.\n")
    found, _ = find_candidates(tmp_path, lambda path: True)
    names = [candidate.name for candidate in found]
    assert sorted(names) == sorted(["\ufffd\ufffd.md", "a\ufffdb\ufffd]0;owned\ufffd.md", "\ufffdgnp.md"])
    for candidate in found:
        record = SourceRecord(candidate.name, str(candidate.path), str(tmp_path), "", "", 1, 1, "")
        Catalog(tmp_path).write([record])
        assert Catalog(tmp_path).read() == [record]


def test_names_in_every_script_stay_as_they_are() -> None:
    for name in ("ü ä 日本 😀.md", "👨\u200d👩\u200d👧.md", "नमस्ते.md", "a b/c.md"):
        assert shown(name) == name


def packed(path: Path, members: dict[str, str], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_an_archive_of_more_files_than_anybody_keeps_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    many = packed(tmp_path / "many.zip", {f"d/{number}.md": "" for number in range(MOST_PARTS + 1)})
    with pytest.raises(MaterialError, match=f"holds {MOST_PARTS + 1} parts"):
        unpack(many, tmp_path / "out", 10)
    inner = packed(tmp_path / "inner.zip", {f"{number}.md": "" for number in range(MOST_PARTS)})
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(inner, "inner.zip")
    with pytest.raises(MaterialError, match="files"):
        unpack(tmp_path / "outer.zip", tmp_path / "out", 10)


def test_one_name_thousands_of_times_is_told_apart_in_a_few_looks() -> None:
    class Looks(set[str]):
        count = 0

        def __contains__(self, name: object) -> bool:
            self.count += 1
            return super().__contains__(name)

    taken = Looks(["a.md", *(f"a ({number}).md" for number in range(2, 10_000))])
    assert free_name("a.md", taken) == "a (10000).md"
    assert taken.count < 50


@pytest.mark.parametrize("depth", [DEEPEST_FOLDER, 900, 1500])
def test_a_member_a_thousand_folders_deep_is_left_out_alone(tmp_path: Path, depth: int) -> None:
    path = packed(tmp_path / "deep.zip", {"a/" * depth + "x.md": "deep", "good.md": "good"})
    folder, left_out = unpack(path, tmp_path / "materials", 10)
    assert len(left_out) == 1
    assert [file.name for file in list_files(folder)] == ["good.md"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_damaged_anywhere_is_unpacked_or_a_sentence(tmp_path: Path, method: int) -> None:
    whole = packed(tmp_path / "whole.zip", {"x.md": "# Deep\n\nDeep.\n" * 50}, method).read_bytes()
    for at in range(0, len(whole), 7):
        data = bytearray(whole)
        data[at : at + 6] = b"\xa5" * len(data[at : at + 6])
        (path := tmp_path / f"{at}.zip").write_bytes(data)
        try:
            unpack(path, tmp_path / "materials", 10)
        except MaterialError as error:
            assert path.name in str(error)  # noqa: PT017 - some damage does no harm


ATTEMPT = (
    '{"attempts": [{"sitting": "s", "question": "q", "section": 1, "objective": "1.1", "consideration": "1.1a", "origin": "bank",'
    ' "chosen": [0], "correct": true, "credit": 1.0, "at": "2026-05-01T10:00:00Z"}]}'
)


@pytest.mark.parametrize(("good", "bad"), [
    (ATTEMPT, "[" * 100_000), ("10:00:00Z", "10:00:00"), ("2026-", "9999-"), ("2026-", "0001-"), ("1.0", "NaN"), ("1.0", "1e308"),
    ("[0]", "[9999999999999999999999]"), ("[0]", "[-1]"), ('"section": 1', '"section": 99'),
    ('{"attempts"', '{"exam_date": "x", "attempts"'), ("q", "\\ud800"),
])  # fmt: skip
def test_an_export_that_nobody_exported_is_a_sentence(good: str, bad: str) -> None:
    assert len(parse_json(ATTEMPT.encode(), "a.json").attempts) == 1
    with pytest.raises(ProgressError, match="is not an export"):
        parse_json(ATTEMPT.replace(good, bad, 1).encode(), "a.json")


def kept(choices: int = 2, right: int = 1, official: str = "", **changed: object) -> str:
    """An export with one question that was made from material, with something changed."""
    citation = {"source": "a.md", "page": 1, "quote": "Drift is change.", "official": official}
    told = [{"text": f"{at}", "correct": at < right, "why": "so", "citation": citation} for at in range(choices)]
    question = {
        "id": "made-1", "section": None, "objective": None, "consideration": None, "kind": "single", "difficulty": 1,
        "origin": "generated", "prompt": "What is drift?", "choices": told,
    }  # fmt: skip
    return json.dumps({"kept_questions": [question | changed]})


@pytest.mark.parametrize("bad", [
    kept(0, 0), kept(1), kept(12), kept(right=0), kept(3, right=2), kept(section=99), kept(difficulty=10**30),
    kept(id="s1-b-letter-categories"), kept(origin="bank"), kept(prompt="\ud800"),
    kept(official="https://cloud.google.com.evil.example/docs"), kept(official="javascript:alert(1)"),
])  # fmt: skip
def test_a_question_that_nobody_kept_is_not_imported(bad: str) -> None:
    page = "https://docs.cloud.google.com/bigquery/docs/xai-overview"
    assert len(parse_json(kept(official=page).encode(), "a.json").kept_questions) == 1
    with pytest.raises(ProgressError, match="is not an export"):
        parse_json(bad.encode(), "a.json")


def test_a_file_without_disk_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "sparse.md").open("wb") as sparse:
        sparse.truncate(30_000_000_000)
    with pytest.raises(MaterialError, match="larger than 200 MB"):
        check_size(tmp_path / "sparse.md", "sparse.md", ReadingSettings())


def test_fetches_at_once_all_stand_in_the_ledger(tmp_path: Path) -> None:
    def save(number: int) -> None:
        save_snapshot(tmp_path, Snapshot(f"https://a.example/{number}", "Page", NOW.isoformat(), ".md"), b"# Page")

    people = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    ledger = read_ledger(tmp_path / FOLDER)
    assert {one.address for one in ledger.values()} == {f"https://a.example/{number}" for number in range(8)}
    assert all((tmp_path / FOLDER / name).is_file() for name in ledger)


def test_nothing_that_is_printed_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from ui.console import print_json, say

    hostile = "a\x1b]0;owned\x07b\x9b31mc\rd\x08\u202ee\ud800"
    say(hostile)
    print_json({"a": "\x1b[31m\ud800"})
    printed = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\r\x08\u202e\ud800") & set(printed)
    assert plain("a\tb\nc é 日本 😀") == "a\tb\nc é 日本 😀"
    assert io.TextIOWrapper(io.BytesIO(), encoding="utf-8").write(printed)
