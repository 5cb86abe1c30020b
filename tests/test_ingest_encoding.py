from pathlib import Path

import pytest

from ingest.encoding import decode
from ingest.errors import MaterialError
from ingest.pages import read_document, read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Der Käse reift höchstens 90 Tage – länger nie.", "cp1252"),
        ("naïve café “quotes” – dash", "cp1252"),
        ("Größe", "cp1252"),
        ("Czy można używać tej usługi? Tak, można. Właściwości są różne.", "cp1250"),
        ("Привет мир, это тест. Вопрос и ответ.", "cp1251"),
        ("Η πύλη ανοίγει στις έξι.", "cp1253"),
        ("倉庫は九時に開く。閉まるのは五時です。", "shift_jis"),
        ("Kubernetes のポッドは 3 つの node で動く。\n", "shift_jis"),
        ("これはテストです。会議は三時に始まる。", "euc-jp"),
        ("这是一个测试文件,会议三点开始。", "gb18030"),
        ("이것은 시험입니다. 회의는 세 시에 시작합니다.", "euc-kr"),
        ("Grüße aus Köln", "utf-8"),
        ("q;ü\n", "utf-16"),
        ("plain words without any mark", "utf-16-le"),
        ("plain words without any mark", "utf-16-be"),
        ("Grüße", "utf-32"),
    ],
)
def test_text_in_the_usual_encodings_is_read(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), name="a.txt").text == text


def test_bad_bytes_in_utf8_cost_those_places_and_are_counted() -> None:
    decoded = decode("Grüße aus Köln, schöne Wörter".encode() + b" \xe4 end", name="a.txt")
    assert decoded.text == "Grüße aus Köln, schöne Wörter \ufffd end"
    assert decoded.note == "1 unreadable places in utf-8 text"


def test_a_declared_encoding_is_believed_where_the_text_is_not_utf8() -> None:
    assert decode("Käse".encode("mac_roman"), name="a.html", declared="mac-roman").text == "Käse"
    assert decode("Käse".encode(), name="a.html", declared="cp1252").text == "Käse"
    assert decode("Käse".encode("cp1252"), name="a.html", declared="no-such-thing").text == "Käse"


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x00", bytes(range(256)) * 4, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"])
def test_bytes_that_are_no_text_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(MaterialError, match=r"a\.txt is not a text file"):
        decode(data, name="a.txt")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_subtitles_and_tables_are_decoded_like_any_text(tmp_path: Path, encoding: str) -> None:
    def text_of(name: str, text: str) -> str:
        (tmp_path / name).write_bytes(text.encode(encoding))
        return read_pages(Source(name, tmp_path / name, "0"), ReadingSettings())[0].text

    assert text_of("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nDrift heißt Änderung.\n") == "Drift heißt Änderung."
    assert (
        text_of("a.csv", "question;answer\nWas heißt Drift?;Eine Änderung.\n")
        == "## Was heißt Drift?\n\nEine Änderung."
    )


def test_a_guessed_encoding_is_noted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("倉庫は九時に開く。閉まるのは五時です。".encode("shift_jis"))
    document = read_document(Source("a.txt", tmp_path / "a.txt", "0"), ReadingSettings())
    assert document.pages[0].text == "倉庫は九時に開く。閉まるのは五時です。"
    assert document.notes == ("read as cp932 (guessed)",)
