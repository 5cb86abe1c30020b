from pathlib import Path

import bm25s

from ingest.lexical import METHOD, Analyzer, LexicalIndex

TEXTS = ["ML.PREDICT makes predictions", "the cat sat on the mat", "real-time prediction on endpoints"]


def build(texts: list[str]) -> LexicalIndex:
    ids = [str(number) for number in range(len(texts))]
    return LexicalIndex.build(ids, ["s"] * len(texts), [""] * len(texts), texts)


def test_words_are_found_in_another_form_and_compounds_by_their_parts() -> None:
    index = build(TEXTS)
    assert (index.scores(index.tokens("predicted")) > 0).tolist() == [True, False, True]
    assert (index.scores(index.tokens("time")) > 0).tolist() == [False, False, True]


def test_rare_words_weigh_more_and_unknown_words_most() -> None:
    index = build(TEXTS)
    predict, cat, unknown = (index.weight(index.tokens(word)[0]) for word in ("predict", "cat", "zebra"))
    assert predict < cat < unknown


def test_unknown_words_and_an_empty_index_score_nothing() -> None:
    assert not build(TEXTS).scores(["zebra"]).any()
    assert build([]).scores(["cat"]).tolist() == []


def test_a_saved_index_scores_as_before_and_replaces_older_ones(tmp_path: Path) -> None:
    index = build(TEXTS)
    index.save(tmp_path / "old")
    index.save(tmp_path / "new")
    loaded = LexicalIndex.load(tmp_path / "new")
    assert loaded is not None
    assert loaded.scores(["cat"]).tolist() == index.scores(["cat"]).tolist()
    assert LexicalIndex.load(tmp_path / "old") is None


def test_a_damaged_index_is_not_loaded(tmp_path: Path) -> None:
    build(TEXTS).save(tmp_path / "one")
    (tmp_path / "one" / "rows.json").write_text("{")
    assert LexicalIndex.load(tmp_path / "one") is None


def test_stop_words_are_no_terms() -> None:
    assert Analyzer().tokens("What is the limit?") == ["limit"]


def test_scores_are_those_of_bm25s(tmp_path: Path) -> None:
    build(TEXTS).save(tmp_path / "one")
    loaded = LexicalIndex.load(tmp_path / "one")
    assert loaded is not None
    library = bm25s.BM25(method=METHOD)
    library.index([Analyzer().tokens(text) for text in TEXTS], show_progress=False)
    words = ["cat", "predict", "predict"]
    assert loaded.scores(words).tolist() == library.get_scores(words).tolist()


def test_an_empty_index_can_be_kept(tmp_path: Path) -> None:
    build([]).save(tmp_path / "none")
    loaded = LexicalIndex.load(tmp_path / "none")
    assert loaded is not None
    assert loaded.weight("cat") > 0


def test_languages_without_spaces_have_terms_that_a_question_shares() -> None:
    from ingest.lexical import Analyzer

    tokens = Analyzer().tokens
    assert set(tokens("倉庫はいつ開きますか?")) <= set(tokens("倉庫は九時に開く。"))
    assert tokens("Kubernetes のポッド") == ["kubernet", "ポッド"]
    assert tokens("수도는 서울") == ["수도", "도는", "서울"]
