"""Chooses who writes: a name of the settings or of the command line becomes a writer that works here."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.checks.judge import Judge, SupportCheck
from assistant.checks.support_model import SupportModel
from assistant.settings import JudgeChoice, Settings
from assistant.writers.chat import ChatWriter, open_chat_model
from assistant.writers.draft import Writer, WriterStatus
from assistant.writers.local import local_reason, open_local
from assistant.writers.quotes import QuotesWriter
from ingest.errors import WriterUnavailable
from ingest.index import Index

if TYPE_CHECKING:  # LangChain is imported only when a chat model is opened
    from langchain_core.language_models import BaseChatModel


@dataclass
class Writers:
    """The writers of one home; each is opened once."""

    settings: Settings
    home: Path
    index: Index
    _opened: dict[str, Writer] = field(default_factory=dict)

    def open(self, name: str | None = None) -> Writer:
        """The writer of this name, or of the settings; raises `WriterUnavailable` with the reason.

        `auto` is the chat model of the settings where one is named and works, else quotes: on a machine without a GPU
        the local model takes some ten seconds for what quotes answer immediately (docs/decisions/0010).
        """
        wanted = name or self.settings.answers.writer
        if wanted == "auto":
            chat = self.settings.answers.chat
            wanted = chat if chat and self._chat_reason(chat) is None else "quotes"
        if wanted not in self._opened:
            self._opened[wanted] = self._open_writer(wanted)
        return self._opened[wanted]

    def warm_up(self) -> None:
        """Start the local model in the background where the settings choose it, so that the first answer need not wait."""
        if self.settings.answers.writer == "local" and local_reason(self.settings.local.model) is None:
            threading.Thread(target=self._try_writer, args=("local",), daemon=True).start()

    def _try_writer(self, name: str) -> None:
        with suppress(WriterUnavailable):  # the error says why to the caller who asks for the writer
            self.open(name)

    def _open_writer(self, name: str) -> Writer:
        if name == "quotes":
            return QuotesWriter(self.index)
        answers = self.settings.answers
        model = self.chat_model(name)
        judged = answers.judge is JudgeChoice.ALWAYS or (answers.judge is JudgeChoice.AUTO and name != "local")
        judges: list[SupportCheck] = [SupportModel(answers.support_model)] if answers.support_model else []
        judges += [Judge(model, seconds=answers.seconds)] if judged else []
        return ChatWriter(name, model, seconds=answers.seconds, trusted=name != "local", judges=judges)

    def chat_model(self, name: str) -> "BaseChatModel":
        """The local model or one as `provider:model`; raises `WriterUnavailable` with the reason."""
        if name == "local":
            local = self.settings.local
            return open_local(local.model, local.threads, self.home / "models")
        if ":" not in name:
            raise WriterUnavailable(
                f"There is no writer {name!r}. Use auto, quotes, local, or a model as provider:model."
            )
        return open_chat_model(name)

    def _chat_reason(self, name: str) -> str | None:
        """Why a chat model cannot be used, or None when it can be opened."""
        try:
            open_chat_model(name)
        except WriterUnavailable as error:
            return str(error)
        return None

    def status(self) -> list[WriterStatus]:
        """Every writer and whether it works here."""
        local = local_reason(self.settings.local.model)
        chat = self.settings.answers.chat
        status = [
            WriterStatus("quotes", True, "needs no model"),
            WriterStatus("local", local is None, local or "a language model on this machine, takes some ten seconds"),
        ]
        if chat:
            reason = self._chat_reason(chat)
            status.append(WriterStatus(chat, reason is None, reason or "the chat model of study.toml"))
        return status
