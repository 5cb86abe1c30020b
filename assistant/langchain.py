"""Our retrieval for LangChain users: a retriever that returns `Document`s with their places."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant.answer import Assistant


class GroundworkRetriever(BaseRetriever):
    """`invoke(question)` returns up to `k` passages, best first, with source, page, heading and offsets as metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    k: int = 8
    section: int | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=passage.chunk.text,
                metadata={
                    "source": passage.chunk.source,
                    "page": passage.chunk.page,
                    "heading": passage.chunk.heading,
                    "start": passage.chunk.start,
                    "end": passage.chunk.end,
                    "score": passage.score,
                },
            )
            for passage in self.assistant.search(query, k=self.k, section=self.section)
        ]
