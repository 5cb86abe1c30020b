import asyncio
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from assistant.service.answers import AskResult
from assistant.service.langchain import as_runnable, as_tools
from assistant.service.service import Service
from assistant.session import Session
from tests.conftest import make_home

QUESTION = "What is concept drift?"


@pytest.fixture(scope="module")
def service(corpus: Session) -> Service:
    return Service(corpus)


def test_the_retriever_returns_documents_with_their_places(service: Service) -> None:
    documents = service.session.as_retriever(k=3).invoke(QUESTION)
    assert 1 <= len(documents) <= 3
    assert all(isinstance(one, Document) for one in documents)
    assert set(documents[0].metadata) >= {"source", "page", "heading", "start", "end", "score"}


def test_the_runnable_answers_alone_in_a_chain_in_a_batch_and_awaited(service: Service) -> None:
    runnable = as_runnable(service, writer="quotes")
    answer = runnable.invoke(QUESTION)
    assert isinstance(answer, AskResult)
    assert answer.citations
    chain = runnable | RunnableLambda(lambda found: len(found.citations))
    assert chain.invoke(QUESTION) == len(answer.citations)
    first, second = runnable.batch([QUESTION, "How do I bake bread?"])
    assert (first.refused, second.refused) == (False, True)
    assert asyncio.run(runnable.ainvoke(QUESTION)).answer == answer.answer


def test_the_tools_give_the_command_lines_json_and_their_faults_as_sentences(service: Service) -> None:
    tools = {tool.name: tool for tool in as_tools(service)}
    assert all(tool.description and tool.args for tool in tools.values())
    found = tools["search_study_material"].invoke({"query": QUESTION, "k": 2})
    assert found == service.search(QUESTION, k=2).as_json()
    assert tools["ask_study_material"].invoke({"question": QUESTION})["citations"]
    checked = tools["check_against_study_material"].invoke({"text": "Batch inference jobs do not autoscale."})
    assert checked["supported"] == 1
    assert "holds no words" in tools["ask_study_material"].invoke({"question": "???"})["error"]


def test_a_service_opens_the_library_of_a_folder(tmp_path: Path, models: Path) -> None:
    opened = Service.open(make_home(tmp_path / "library", models))
    assert opened.sources().sources == []
