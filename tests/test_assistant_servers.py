"""The chat writer against real HTTP servers that speak the OpenAI protocol or Ollama's: a good one and misbehaving ones."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assistant.checks.judge import Judge
from assistant.session import Session
from assistant.writers.chat import ChatWriter, open_chat_model
from assistant.writers.draft import Writer
from ingest.errors import WriterUnavailable

langchain_openai = pytest.importorskip("langchain_openai")

QUESTION = "What is concept drift?"
SENTENCE = "Concept drift means that the relation between the features and the label changes"
Behaviour = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """Answers every POST as the server's behaviour says."""

    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.behave(self, body)  # type: ignore[attr-defined]

    def log_message(self, *arguments: Any) -> None:
        pass

    def start(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def say(self, text: str) -> None:
        piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        piece |= {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]}
        self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
        self.wfile.flush()


def marker_in(body: dict[str, Any]) -> int:
    """The number of the passage that holds the sentence, as a model would find it in its prompt."""
    prompt = body["messages"][-1]["content"]
    before = prompt[: prompt.index("Concept drift means")]
    return int(before.rsplit('number="', 1)[1].split('"', 1)[0])


def well(handler: Handler, body: dict[str, Any]) -> None:
    handler.start(200, "text/event-stream")
    for word in f"{SENTENCE} [{marker_in(body)}].".split(" "):
        handler.say(word + " ")
    handler.wfile.write(b"data: [DONE]\n\n")


def cut_off(handler: Handler, body: dict[str, Any]) -> None:
    handler.start(200, "text/event-stream")
    handler.say("Concept drift ")
    handler.wfile.write(b'data: {"choices": [{"del')


def slow(handler: Handler, body: dict[str, Any]) -> None:
    handler.start(200, "text/event-stream")
    for _ in range(40):
        handler.say("word ")
        time.sleep(0.05)


def silent(handler: Handler, body: dict[str, Any]) -> None:
    handler.start(200, "text/event-stream")
    time.sleep(2)


def wrong_json(handler: Handler, body: dict[str, Any]) -> None:
    handler.start(200, "text/event-stream")
    handler.wfile.write(b"data: <html>gateway</html>\n\n")


def status(code: int) -> Behaviour:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        handler.start(code, "application/json")
        handler.wfile.write(json.dumps({"error": {"message": f"refused with {code}"}}).encode())

    return behave


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], str]]:
    servers: list[ThreadingHTTPServer] = []

    def start(behave: Behaviour) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.behave = behave  # type: ignore[attr-defined]
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ollama_well(handler: Handler, body: dict[str, Any]) -> None:
    handler.start(200, "application/x-ndjson")
    for word in [*f"{SENTENCE} [{marker_in(body)}].".split(" "), ""]:
        line = {
            "model": "m",
            "created_at": "2026-06-01T00:00:00Z",
            "message": {"role": "assistant", "content": f"{word} "},
        }
        handler.wfile.write(json.dumps(line | {"done": not word}).encode() + b"\n")


def writer_at(url: str, seconds: float = 10) -> Writer:
    model = langchain_openai.ChatOpenAI(model="m", base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=5)
    return ChatWriter("openai:m", model, seconds=seconds)


def test_a_server_that_behaves_is_answered_from(corpus: Session, serve: Callable[[Behaviour], str]) -> None:
    answer = corpus.assistant.ask(QUESTION, writer_at(serve(well)))
    assert (answer.writer, answer.sentences[0].supported) == ("openai:m", "checked")
    assert answer.sentences[0].text == f"{SENTENCE}."


def test_a_server_that_speaks_ollamas_protocol_is_answered_from(
    corpus: Session, serve: Callable[[Behaviour], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_ollama")
    monkeypatch.setenv("OLLAMA_HOST", serve(ollama_well))
    answer = corpus.assistant.ask(QUESTION, ChatWriter("ollama:m", open_chat_model("ollama:m"), seconds=10))
    assert (answer.writer, answer.sentences[0].text) == ("ollama:m", f"{SENTENCE}.")


@pytest.mark.parametrize(
    ("behave", "says"),
    [
        (status(429), "429"),
        (status(500), "500"),
        (slow, "took longer than"),
        (silent, "took longer than"),
        (wrong_json, "failed"),
    ],
    ids=["429", "500", "slow", "silent", "wrong JSON"],
)
def test_a_server_that_misbehaves_is_one_clear_sentence(
    corpus: Session, serve: Callable[[Behaviour], str], behave: Behaviour, says: str
) -> None:
    with pytest.raises(WriterUnavailable, match=says) as raised:
        corpus.assistant.ask(QUESTION, writer_at(serve(behave), seconds=0.5))
    assert "\n" not in str(raised.value)


def test_a_sentence_that_the_server_cut_off_is_not_shown(corpus: Session, serve: Callable[[Behaviour], str]) -> None:
    answer = corpus.assistant.ask(QUESTION, writer_at(serve(cut_off)))
    assert (answer.writer, len(answer.notes)) == ("quotes", 1)


@pytest.mark.parametrize(("model", "asked"), [("gpt-4o", True), ("gpt-5", False)])
def test_a_judge_asks_for_probabilities_only_where_the_model_tells_them(
    serve: Callable[[Behaviour], str], model: str, asked: bool
) -> None:
    bodies: list[dict[str, Any]] = []

    def answer_yes(handler: Handler, body: dict[str, Any]) -> None:
        bodies.append(body)
        handler.start(200, "application/json")
        choice = {"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
        said = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        handler.wfile.write(json.dumps(said).encode())

    url = serve(answer_yes)
    judge = Judge(langchain_openai.ChatOpenAI(model=model, base_url=f"{url}/v1", api_key="none", max_retries=0))
    assert judge.supports("Drift changes the relation.", ["Concept drift means that the relation changes."])
    assert ("logprobs" in bodies[0]) is asked


def test_a_judge_that_says_nothing_is_given_up(serve: Callable[[Behaviour], str]) -> None:
    model = langchain_openai.ChatOpenAI(model="m", base_url=f"{serve(silent)}/v1", api_key="none", max_retries=0)
    with pytest.raises(WriterUnavailable, match="checks sentences took longer than"):
        Judge(model, seconds=0.3).supports("Drift changes the relation.", ["Concept drift changes it."])


def test_a_server_that_is_not_there_is_named(corpus: Session) -> None:
    with pytest.raises(WriterUnavailable, match="openai:m failed"):
        corpus.assistant.ask(QUESTION, writer_at("http://127.0.0.1:9"))
