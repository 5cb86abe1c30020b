"""What an assistant can read and start over MCP: notes, documents, sections and the syllabus as resources, and prompts."""

import json
from functools import partial
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource
from pydantic import Field

from assistant.syllabus import CORPUS, SHIPPED, Section, Syllabus, load_syllabus
from ingest.errors import StudyError
from ui.connect.opening import Opening

SCHEME = "groundwork"

SESSION = """You run a study session for the Google Cloud Professional Machine Learning Engineer exam{about}. Use
the groundwork tools only.

1. Call `due` and `progress`; say in two sentences where the learner stands, and propose a topic{topic_hint}.
2. `search` the topic, `read` the best section, and explain the three things that matter most, in your words, in at most 150
   words. Run `check` on your explanation first and correct every sentence that is not supported.
3. Ask one question with `quiz` on the topic. Show stem and options as they are, wait for the answer, then `grade` it.
4. For each wrong option, say why it is wrong in one sentence, with the quote from the grade.
5. Go on with step 3 until five questions are answered, then say what to review and when.

Never answer for the learner. When the material does not say something, say so."""
EXPLAIN = """Explain {topic} for the Google Cloud Professional Machine Learning Engineer exam, at most 200 words, with an example.

Call `search` and `ask` first and build on what they return. Then run `check` on every sentence you wrote. Correct what is
contradicted, and mark with "(not in the material)" what is not supported. Cite after each sentence as (source, page)."""
EXAMINE = """Examine the learner for the Google Cloud Professional Machine Learning Engineer exam: {count} questions{about}.

Get each question with `quiz` ({focus}). Show stem and options as they are, without comment, and wait for the answer.
`grade` it, say only right or wrong and go on. After the last question give the result by section, and for each miss the
key, the reason and the quote. Do not help during the questions."""


def add_resources(server: MCPServer, calls: Opening) -> None:
    """Register the syllabus, its sections, the shipped notes, and every document of the library."""

    @server.resource(f"{SCHEME}://syllabus", title="Exam syllabus", mime_type="application/json")
    def whole_syllabus() -> str:
        """Sections, objectives and considerations of the exam guide with their weights."""
        syllabus = calls().session.syllabus
        guide = {"guide": syllabus.guide.name, "sections": [_section(one) for one in syllabus.sections]}
        return json.dumps(guide, ensure_ascii=False, indent=1)

    @server.resource(f"{SCHEME}://sections/{{number}}", title="Exam section", mime_type="application/json")
    def section(number: int) -> str:
        """One section of the exam guide, 1 to 6."""
        try:
            return json.dumps(_section(calls().session.syllabus.section(number)), ensure_ascii=False, indent=1)
        except StudyError as error:
            raise ResourceNotFoundError(str(error)) from error

    @server.resource(f"{SCHEME}://documents/{{+source}}", title="Document of the library", mime_type="text/plain")
    def document(source: str) -> str:
        """The whole text of a source in the library, page after page."""
        return _document(calls, source)

    _add_notes(server)


def _section(section: Section) -> dict[str, object]:
    return section.model_dump(mode="json")


def _document(calls: Opening, source: str) -> str:
    try:
        return calls().document(source)
    except StudyError as error:
        raise ResourceNotFoundError(str(error)) from error


def _add_notes(server: MCPServer) -> None:
    """Each shipped note as a resource that a client can list."""
    notes = CORPUS / "notes"
    assert notes in SHIPPED
    for path in sorted(notes.rglob("*.md")):
        name = path.relative_to(notes).as_posix()
        first = path.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ").strip()
        server.add_resource(
            FunctionResource(
                uri=f"{SCHEME}://notes/{name}",
                name=name,
                title=first or name,
                description=f"Note that ships with Groundwork: {first or name}",
                mime_type="text/markdown",
                fn=partial(path.read_text, encoding="utf-8"),
            )
        )


def add_prompts(server: MCPServer) -> None:
    """Register the prompts a person can start."""
    syllabus: Syllabus = load_syllabus()

    @server.prompt(title="Study session")
    def study_session(
        topic: Annotated[str, Field(description="What to study; leave out for what is due or weakest.")] = "",
    ) -> str:
        """Review what is due, learn one topic from the material, and answer five questions on it."""
        about = f" on {topic}" if topic else ""
        return SESSION.format(about=about, topic_hint="" if topic else " from what is due or weakest")

    @server.prompt(title="Explain and check")
    def explain_and_check(topic: Annotated[str, Field(description="What to explain.")]) -> str:
        """Explain a topic, with every sentence checked against the material."""
        return EXPLAIN.format(topic=topic)

    @server.prompt(title="Examine me")
    def examine_me(
        count: Annotated[str, Field(description="How many questions.")] = "10",
        section: Annotated[str, Field(description="A section of the exam, 1 to 6; leave out for all.")] = "",
    ) -> str:
        """Ask practice questions one after the other, and give the result at the end."""
        about = f" on section {section}, {syllabus.section(int(section)).title}" if section.isdigit() else ""
        focus = f"section={section}" if section.isdigit() else "focus fresh, sections in turn"
        return EXAMINE.format(count=count, about=about, focus=focus)
