import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from assistant.people import People
from ingest.embeddings import Embedder
from ingest.errors import MaterialError, SettingsError
from tests.conftest import copy_of_home
from tests.test_ui_mcp import running
from ui.connect.guard import MOST_BYTES, Guard, is_loopback, token_for
from ui.connect.opening import Opening
from ui.connect.rest import rest_app

TOKEN = "0123456789abcdef0123"
QUESTION = {"question": "What is concept drift?", "writer": "quotes"}


@pytest.fixture
def home(tmp_path: Path, corpus_home: Path) -> Path:
    """The shipped notes, and progress of its own."""
    return copy_of_home(corpus_home, tmp_path / "home")


@pytest.fixture
def client(home: Path) -> TestClient:
    return TestClient(rest_app(home, local=True), base_url="http://localhost")


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    parts = [part.split("\n") for part in text.strip().split("\n\n")]
    return [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in parts]


def test_the_openapi_document_is_valid_and_describes_every_call(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    validate(described)
    paths = described["paths"]
    assert set(paths) == {
        "/health", "/search", "/ask", "/ask/stream", "/read", "/check", "/exam-scope", "/quiz", "/card", "/grade", "/due",
        "/progress", "/plan", "/sources", "/sources/{source}", "/material", "/material/stream", "/models",
    }  # fmt: skip
    for methods in paths.values():
        for call in methods.values():
            assert call.get("description") or call["summary"]
            assert "200" in call["responses"]


def test_the_page_on_the_calls_names_each_of_them_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        assert all(f"{method.upper()} {path}<" in page for method in methods)
    assert "<code>question</code>" in page
    assert not re.search(r"https?://|<script|src=", page)


def test_a_session_over_http(client: TestClient, tmp_path: Path) -> None:
    found = client.get("/search", params={"query": "canary release", "k": 2}).json()
    place = found["passages"][0]
    read = client.get(
        "/read", params={"source": place["source"], "page": place["page"], "start": place["start"]}
    ).json()
    assert place["text"].split()[0] in read["text"]
    assert not client.post("/ask", json=QUESTION).json()["refused"]
    checked = client.post("/check", json={"text": "Batch inference jobs do not autoscale."}).json()
    assert checked["supported"] == 1
    assert client.get("/exam-scope", params={"topic": "canary"}).json()["verdict"] == "yes"
    asked = client.post("/quiz", json={"section": 4}).json()
    graded = client.post("/grade", json={"attempt": asked["attempt"], "answer": "A"}).json()
    assert graded["id"] == asked["id"]
    card = client.post("/card", json={}).json()
    assert client.post("/grade", json={"attempt": card["attempt"], "answer": "forgot"}).json()["correct"] is False
    assert client.get("/progress").json()["attempts"] == 1  # flash cards are scheduled, but say nothing about the exam
    assert client.get("/due").json()["next"]
    (tmp_path / "drift.md").write_text("# Zebra drift\n\nZebra drift means that stripes change.\n")
    added = client.post("/material", json={"paths": [str(tmp_path / "drift.md")]}).json()
    assert added["added"] == ["drift.md"]
    assert "drift.md" in [one["source"] for one in client.get("/sources").json()["sources"]]
    assert client.delete("/sources/drift.md").json()["chunks"] == 1
    assert {"name": "quotes", "available": True, "reason": "needs no model"} in client.get("/models").json()["writers"]


def test_an_answer_is_streamed_passages_first_and_whole_at_the_end(client: TestClient) -> None:
    told = events(client.post("/ask/stream", json=QUESTION).text)
    assert next(event for event, _ in told) == "passages"
    assert told[-1][0] == "answer"
    sentences = [value["text"] for event, value in told if event == "sentence"]
    assert sentences == [one["text"] for one in told[-1][1]["sentences"]]  # type: ignore[attr-defined]


def test_a_fault_while_streaming_is_an_event(client: TestClient) -> None:
    ((event, value),) = events(client.post("/ask/stream", json={"question": "???"}).text)
    assert event == "error"
    assert "holds no words" in str(value["error"])


def test_adding_material_is_streamed_file_by_file(client: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(f"# Zebra {number}\n\nZebra {number} has stripes.\n")
    told = events(client.post("/material/stream", json={"paths": [str(folder)]}).text)
    assert [value["done"] for event, value in told if event == "progress"][-1] == 3
    assert told[-1][0] == "result"
    assert len(told[-1][1]["added"]) == 3  # type: ignore[arg-type]


def test_faults_are_sentences_with_a_status(client: TestClient) -> None:
    for answer, status, said in (
        (client.get("/read", params={"source": "nothing.md"}), 400, "no source"),
        (client.post("/grade", json={"attempt": "x", "answer": "A"}), 400, "Start a new one"),
        (client.post("/ask", json=QUESTION | {"writer": "nobody"}), 503, "There is no writer"),
        (client.post("/ask", json={}), 422, "question"),
    ):
        assert answer.status_code == status
        assert said in answer.text


def test_from_other_machines_only_the_librarys_own_folder_can_be_added(home: Path, tmp_path: Path) -> None:
    client = TestClient(rest_app(home, local=False))
    (tmp_path / "secret.md").write_text("# Secret\n\nThe password is zebra.\n")
    answer = client.post("/material", json={"paths": [str(tmp_path / "secret.md")]})
    assert answer.status_code == 400
    assert "outside the library's folder" in answer.json()["error"]
    (home / "materials").mkdir(exist_ok=True)
    (home / "materials" / "own.md").write_text("# Own\n\nZebras have stripes.\n")
    assert client.post("/material", json={"paths": [str(home / "materials" / "own.md")]}).status_code == 200


def test_a_server_beyond_this_machine_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDY_TOKEN", raising=False)
    assert token_for("127.0.0.1", None, insecure=False) is None
    assert token_for("0.0.0.0", None, insecure=True) is None
    with pytest.raises(SettingsError, match="needs a token"):
        token_for("0.0.0.0", None, insecure=False)
    with pytest.raises(SettingsError, match="Use at least 16"):
        token_for("0.0.0.0", "short", insecure=False)
    monkeypatch.setenv("STUDY_TOKEN", TOKEN)
    assert token_for("0.0.0.0", None, insecure=False) == TOKEN
    assert [is_loopback(host) for host in ("localhost", "::1", "127.8.8.8", "0.0.0.0", "example.org")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_the_guard_asks_for_the_token_but_not_to_say_that_it_is_well(home: Path) -> None:
    client = TestClient(Guard(rest_app(home, local=False), token=TOKEN, local=False))
    assert client.get("/health").status_code == 200
    assert client.get("/sources").status_code == 401
    assert client.get("/sources", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/sources", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_pages_of_other_sites_and_other_names_of_this_machine_are_refused(home: Path) -> None:
    client = TestClient(Guard(rest_app(home, local=True), token=None, local=True), base_url="http://localhost:8503")
    assert client.get("/sources").status_code == 200
    assert client.get("/sources", headers={"Origin": "http://localhost:8503"}).status_code == 200
    assert client.get("/sources", headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.get("/sources", headers={"Host": "rebound.example:8503"}).status_code == 421


def test_the_command_serves_and_refuses_to_be_open(home: Path) -> None:
    with running(["serve"], home) as address:
        assert httpx.get(f"{address}/health").json() == {"status": "ok"}
        answer = httpx.post(f"{address}/ask", json=QUESTION, timeout=120)
        assert answer.json()["citations"]


def test_the_mcp_server_over_http_is_guarded_too(home: Path) -> None:
    with running(["mcp", "--http"], home, STUDY_TOKEN=TOKEN) as address:
        assert httpx.post(f"{address}/mcp", json={}).status_code == 401
        wrong = {"Authorization": f"Bearer {TOKEN}", "Host": "rebound.example"}
        assert httpx.post(f"{address}/mcp", json={}, headers=wrong).status_code == 421


def test_a_persons_token_opens_their_own_library_and_no_other_folder(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (notes := tmp_path / "notes").mkdir()
    (notes / "common.md").write_text("# Common\n\nThe common gate opens at 6.\n")
    monkeypatch.setattr("assistant.library.SHIPPED", (notes,))
    monkeypatch.setattr("assistant.library.open_embedder", lambda model, models: embedder)
    home = tmp_path / "home"
    people = People(home)
    ann, bea = ({"Authorization": f"Bearer {people.add(name)}"} for name in ("Ann", "Bea"))
    app = Guard(rest_app(home, local=False), token=TOKEN, local=False, people=people)
    client = TestClient(app, base_url="http://server")
    assert client.get("/sources", headers=ann).json()["sources"][0]["source"] == "common.md"
    (own := people.folder(people.by_token(ann["Authorization"][7:]).key) / "materials").mkdir()  # type: ignore[union-attr]
    (own / "zebra.md").write_text("# Zebra\n\nThe zebra gate closes at 22.\n")
    assert client.get("/sources").status_code == 401
    assert client.post("/material", json={"paths": [str(own / "zebra.md")]}, headers=bea).status_code == 400
    assert client.post("/material", json={"paths": [str(home / "people.json")]}, headers=ann).status_code == 400
    assert client.post("/material", json={"paths": [str(own / "*.md")]}, headers=ann).json()["added"] == ["zebra.md"]
    asked = client.post("/quiz", json={}, headers=ann).json()
    client.post("/grade", json={"attempt": asked["attempt"], "answer": "knew"}, headers=ann)
    told = events(
        client.post("/ask/stream", json=QUESTION | {"question": "When does the zebra gate close?"}, headers=ann).text
    )
    assert "22" in str(told[-1][1])
    for who, attempts, sees in ((ann, 1, True), (bea, 0, False), ({"Authorization": f"Bearer {TOKEN}"}, 0, False)):
        assert client.get("/progress", headers=who).json()["attempts"] == attempts
        assert ("zebra.md" in client.get("/sources", headers=who).text) is sees


@pytest.mark.parametrize("pieces", [False, True])
def test_a_request_beyond_the_bound_is_not_read(pieces: bool) -> None:
    read: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        read.append(size)
        await JSONResponse({})(scope, receive, send)

    client = TestClient(Guard(app, token=None, local=True), base_url="http://localhost")
    assert client.post("/", content=b"x" * 1000).status_code == 200
    whole = b"x" * (MOST_BYTES + 1)
    said = client.post("/", content=iter([whole[:1000], whole[1000:]]) if pieces else whole)
    assert pieces or said.status_code == 413
    assert max(read) <= MOST_BYTES


def test_only_files_below_ones_own_materials_can_be_named_from_other_machines(tmp_path: Path) -> None:
    (tmp_path / "materials" / "a").mkdir(parents=True)
    (tmp_path / "outside.md").write_text("a")
    (tmp_path / "materials" / "link.md").symlink_to(tmp_path / "outside.md")
    inside = [str(tmp_path / "materials"), str(tmp_path / "materials" / "*.md"), "https://example.com/a"]
    assert Opening(tmp_path, local=False).allowed(inside) == inside
    assert Opening(tmp_path).allowed([str(tmp_path)]) == [str(tmp_path)]
    below = tmp_path / "materials"
    for other in (
        tmp_path,
        below / ".." / "outside.md",
        below / "link.md",
        below / "*" / ".." / ".." / "people",
        "/etc/passwd",
        "~",
    ):
        with pytest.raises(MaterialError, match="outside the library's folder"):
            Opening(tmp_path, local=False).allowed([str(other)])
    with pytest.raises(MaterialError):
        Opening(tmp_path, local=False).allowed(["a\x00b"])
