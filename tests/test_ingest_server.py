"""The index over a real Chroma server on loopback."""

from pathlib import Path

import httpx
import pytest

from ingest.embeddings import Embedder
from ingest.errors import IndexUnavailable, IndexUnreachable
from ingest.index import Index
from ingest.run import Ingest
from ingest.settings import IndexSettings, ReadingSettings
from tests.conftest import NOW


def open_index(url: str, home: Path, embedder: Embedder) -> Index:
    return Index.open(IndexSettings(url=url), home, embedder)


def test_two_homes_share_what_one_of_them_added(url: str, tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "drift.md").write_text("# Drift\n\nDrift means that data changes over time.\n")
    here, there = tmp_path / "here", tmp_path / "there"
    index = open_index(url, here, embedder)
    other = open_index(url, there, embedder)
    assert other.lexical().ids == []
    result = Ingest(index, embedder, ReadingSettings(), here).run([tmp_path / "drift.md"], now=NOW)
    assert result.added == ["drift.md"]
    assert other.lexical().ids == index.lexical().ids != []
    (nearest,) = other.nearest(embedder.encode(["data changes"])[0], k=1)
    assert other.fetch([nearest])[nearest][0].text == index.fetch([nearest])[nearest][0].text
    assert other.page_text("drift.md", 1) == (tmp_path / "drift.md").read_text()


def test_a_refresh_in_the_other_home_removes_nothing_it_cannot_see(
    url: str, tmp_path: Path, embedder: Embedder
) -> None:
    (tmp_path / "skew.md").write_text("# Skew\n\nSkew compares serving with training.\n")
    here = tmp_path / "here"
    Ingest(open_index(url, here, embedder), embedder, ReadingSettings(), here).run([tmp_path / "skew.md"], now=NOW)
    (tmp_path / "skew.md").unlink()
    there = tmp_path / "there"
    result = Ingest(open_index(url, there, embedder), embedder, ReadingSettings(), there).run([], now=NOW)
    assert result.removed == []
    assert "skew.md" in [record.name for record in open_index(url, there, embedder).records()]


@pytest.mark.parametrize(
    ("address", "says"), [("http://127.0.0.1:9", "does not answer"), ("nonsense", "is no address")]
)
def test_a_server_that_is_not_there_is_one_clear_sentence(
    tmp_path: Path, embedder: Embedder, address: str, says: str
) -> None:
    with pytest.raises(IndexUnavailable, match=says):
        open_index(address, tmp_path, embedder)


def test_a_call_is_tried_again_while_the_server_does_not_answer(
    url: str, tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(url, tmp_path, embedder)
    monkeypatch.setattr("ingest.index.FIRST_WAIT", 0.01)
    calls: list[int] = []
    real = index._chunks.count

    def drops_twice() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise httpx.ConnectError("dropped")
        return real()

    monkeypatch.setattr(index._chunks, "count", drops_twice)
    assert index.count() == real()
    assert len(calls) == 3
    calls.clear()
    monkeypatch.setattr(index._chunks, "count", lambda: exec("raise httpx.ConnectError('gone')", {"httpx": httpx}))
    with pytest.raises(IndexUnreachable, match="does not answer"):
        index.count()
