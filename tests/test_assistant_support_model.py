from pathlib import Path

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.checks.support_model import SupportModel
from assistant.search.retrieval import join_evidence
from assistant.session import Session
from assistant.writers.chat import ChatWriter
from assistant.writers.choose import Writers
from ingest.errors import WriterUnavailable

# The library copies a tensor the long way round.
pytestmark = pytest.mark.filterwarnings("ignore:To copy construct from a tensor:UserWarning")
QUESTION = "Does batch inference autoscale?"
QUOTE = "Batch inference jobs do not autoscale."


def save_token_classifier(folder: Path, *, doubts: bool) -> str:
    """A token classifier with one small layer whose bias calls every token doubtful, or none: real code, no knowledge."""
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizer

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "batch", "inference", "jobs", "do", "not", "autoscale", "."]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = BertForTokenClassification(BertConfig(vocab_size=len(words), num_labels=2, **shape))
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([0.0, 100.0] if doubts else [100.0, 0.0]))
    model.save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("doubts", [True, False])
def test_a_statement_is_supported_when_the_model_doubts_no_word_of_it(tmp_path: Path, doubts: bool) -> None:
    pytest.importorskip("lettucedetect")
    model = SupportModel(save_token_classifier(tmp_path / "tiny", doubts=doubts))
    assert model.supports("Batch inference does not autoscale.", [QUOTE, "Jobs run."]) is not doubts


@pytest.mark.parametrize("doubts", [True, False])
def test_the_settings_name_a_model_that_reads_what_a_writer_wrote(
    corpus: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doubts: bool
) -> None:
    pytest.importorskip("lettucedetect")
    name = save_token_classifier(tmp_path / "tiny", doubts=doubts)
    session = Session(corpus.home)
    session.settings = session.settings.model_copy(
        update={"answers": session.settings.answers.model_copy(update={"support_model": name, "judge": "never"})}
    )
    passages = join_evidence(session.assistant.find(QUESTION).evidence, k=5, characters=2000)
    marker = next(number for number, passage in enumerate(passages, 1) if QUOTE in passage.chunk.text)
    said = f"Batch inference jobs do not autoscale [{marker}]."
    monkeypatch.setattr(Writers, "chat_model", lambda self, name: FakeListChatModel(responses=[said]))
    writer = session.writers.open("test:model")
    assert isinstance(writer, ChatWriter)
    answer = session.assistant.ask(QUESTION, writer)
    assert {one.supported for one in answer.sentences} == {"verbatim" if doubts else "judged"}


def test_a_support_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    pytest.importorskip("lettucedetect")
    with pytest.raises(WriterUnavailable, match="no-such-model"):
        SupportModel(str(tmp_path / "no-such-model")).supports("a statement", ["a quote"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lettucedetect.models.inference", None)
    with pytest.raises(WriterUnavailable, match=r"groundwork-study\[support\]"):
        SupportModel("some/model").supports("a statement", ["a quote"])
