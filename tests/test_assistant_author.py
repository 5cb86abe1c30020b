from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.practice.author import (
    Author,
    ConstraintMap,
    Distractor,
    Distractors,
    Dropped,
    KeyOption,
    NoForm,
    Passage,
    Reasons,
    Stem,
    distractors_fault,
    map_fault,
    reasons_fault,
    stem_fault,
)  # fmt: skip
from assistant.practice.facts import Place
from assistant.practice.questions import Origin
from assistant.practice.structured import structured
from ingest.errors import WriterUnavailable

QUOTES = (
    "Batch inference jobs do not autoscale.",
    "An online endpoint adds replicas when the load grows, and removes them when it falls.",
    "A flex-start endpoint waits for capacity and is removed after its run.",
    "A pipeline schedule starts one run at each of its times.",
    "Shadow traffic copies requests to a second model whose answers are not returned.",
)
PASSAGE = Passage(
    tuple(Place("n.md", 1, at * 100, quote, ("Serving",)) for at, quote in enumerate(QUOTES)), 4, "4.1", "4.1a"
)
CLAUSES = ["answers within a second", "no replica may stay up at night"]
MAP = {"industry": "A hotel chain", "task": "Rooms get a price.", "constraints": CLAUSES}
KEY = {"text": "Deploy the model to an online endpoint, and let its replicas grow and fall with the load.", "quote": 2}
WRONG = {
    "options": [
        {
            "text": "Run a batch inference job each night, and store the prices of all rooms in a table.",
            "breaks": 1,
            "quote": 1,
        },
        {
            "text": "Keep ten replicas of an online endpoint up, so that each request meets a warm server.",
            "breaks": 2,
            "quote": 2,
        },
        {
            "text": "Start a pipeline run on a schedule every hour, and read the newest price of each room.",
            "breaks": 1,
            "quote": 4,
        },
    ]
}
STEM = {
    "text": "You work for a hotel chain that sells rooms in forty towns, and your team has trained a model that "
    "gives each room a "
    "price from the date, the town and the rooms still free. The booking page asks for a price whenever a"
    " guest opens a room, and "
    "answers within a second are promised to every guest. The load is high in the evening and falls to "
    "nothing afterwards. To keep "
    "the bill low, no replica may stay up at night. What should you do?"
}
REASONS = {
    "reasons": [
        "An online endpoint adds replicas when the load grows and removes them when it falls, so guests get "
        "answers within a second "
        "in the evening and no replica may stay up at night without requests to serve.",
        "A batch inference job works through a whole table and does not autoscale, so a guest who opens a "
        "room gets no answers within "
        "a second for the state of this moment. It would be right for prices that change once a day.",
        "Warm servers answer at once, but ten replicas that are always up break the rule that no replica may "
        "stay up at night. It "
        "would be right for a load that is steady by day and by night.",
        "A pipeline schedule starts one run at each of its times, so a price can be an hour old and is not "
        "among the answers within a "
        "second that guests are promised. It would be right for retraining the model.",
    ]
}
RIGHT = KEY["text"]


class Scripted(BaseChatModel):
    """Fills each form as the script says, through LangChain's own tool calls; solves by looking for the key."""

    script: dict[str, Sequence[dict[str, Any]]]
    knows: Sequence[str] = ("quotes",)
    prompts: list[str] = []  # noqa: RUF012 - a field of pydantic
    form: str = ""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        name = tools[0]["function"]["name"] if isinstance(tools[0], dict) else tools[0].__name__
        return self.model_copy(update={"form": name})

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        prompt = str(messages[-1].content)
        self.prompts.append(prompt)
        call = {"name": self.form, "args": self._filled(prompt), "id": "1"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="", tool_calls=[call]))])

    def _filled(self, prompt: str) -> dict[str, Any]:
        if self.form == "Pick":
            seen = "quotes" if prompt.startswith("Use these quotes") else "options"
            lines = [line for line in prompt.splitlines() if line[1:3] == ". "]
            letters = {line[3:]: line[0] for line in lines}
            other = next(letter for text, letter in letters.items() if text != RIGHT)
            return {"letter": letters[RIGHT] if seen in self.knows else other}
        return self.script[self.form][0]


def scripted(**changed: Sequence[dict[str, Any]]) -> Scripted:
    script = {"ConstraintMap": [MAP], "KeyOption": [KEY], "Distractors": [WRONG], "Stem": [STEM], "Reasons": [REASONS]}
    return Scripted(script=script | changed, prompts=[])


def author(model: BaseChatModel) -> Author:
    return Author(structured(model, "test:model", 20))


def test_a_model_writes_a_scenario_step_by_step_and_every_option_cites_a_quote_word_for_word() -> None:
    question = author(scripted()).write(PASSAGE)
    assert (question.origin, question.difficulty, question.objective) == (Origin.GENERATED, 2, "4.1")
    assert question.prompt == STEM["text"]
    assert {choice.citation.quote for choice in question.choices} <= set(QUOTES)
    (key,) = [choice for choice in question.choices if choice.correct]
    assert (key.text, key.citation.quote) == (RIGHT, QUOTES[1])
    assert {choice.text for choice in question.choices} == {RIGHT, *(one["text"] for one in WRONG["options"])}


def test_a_key_that_the_solver_does_not_find_from_the_quotes_drops_the_question() -> None:
    model = scripted()
    model.knows = ()
    with pytest.raises(Dropped, match="not found from the quotes"):
        author(model).write(PASSAGE)


def test_a_key_that_the_solver_finds_from_the_options_alone_drops_the_question() -> None:
    model = scripted()
    model.knows = ("quotes", "options")
    with pytest.raises(Dropped, match="found from the options alone"):
        author(model).write(PASSAGE)


@pytest.mark.parametrize(
    ("step", "filled", "says"),
    [
        (
            "ConstraintMap",
            MAP | {"constraints": ["soon", "no replica may stay up at night"]},
            "constraint map: a constraint",
        ),
        ("KeyOption", KEY | {"quote": 9}, "key: there is no quote"),
        ("KeyOption", KEY | {"text": "Use an endpoint."}, "key: an option does not have"),
        ("Stem", {"text": STEM["text"].replace("within a second", "soon")}, "stem: a constraint does not stand"),
        ("Stem", {"text": "You sell rooms. What should you do?"}, "stem: the stem does not have"),
        ("Reasons", {"reasons": ["It is right."] * 4}, "reasons: a reason does not have"),
        ("Reasons", {"wrong": 1}, "reasons: the form was not filled"),
    ],
)
def test_a_step_that_fails_its_check_twice_drops_the_question_with_the_reason(
    step: str, filled: dict[str, Any], says: str
) -> None:
    model = scripted(**{step: [filled]})
    with pytest.raises(Dropped, match=says):
        author(model).write(PASSAGE)
    assert "A first try was refused" in model.prompts[-1]


def test_a_step_is_asked_for_once_more_with_its_fault() -> None:
    answers = iter([ConstraintMap(**MAP | {"constraints": ["soon", "later"]}), ConstraintMap(**MAP)])
    rest = author(scripted())
    prompts: list[str] = []

    def ask(prompt: str, form: Any) -> Any:
        prompts.append(prompt)
        return next(answers) if form is ConstraintMap else rest._ask(prompt, form)

    assert Author(ask).write(PASSAGE).prompt == STEM["text"]
    assert "refused: a constraint does not have" in prompts[1]


def test_each_distractor_breaks_one_constraint_and_each_constraint_is_broken() -> None:
    mapped, key = ConstraintMap(**MAP), KeyOption(**KEY)
    assert distractors_fault(Distractors(**WRONG), key, mapped, PASSAGE) is None
    ones = [Distractor(**one | {"breaks": 1}) for one in WRONG["options"]]
    assert "each constraint is broken" in (distractors_fault(Distractors(options=ones), key, mapped, PASSAGE) or "")
    same = [Distractor(**WRONG["options"][0]), *(Distractor(**one) for one in WRONG["options"][:2])]
    assert distractors_fault(Distractors(options=same), key, mapped, PASSAGE) == "two options are the same"


def test_a_stem_may_not_name_what_only_the_key_names_and_reasons_bring_nothing_from_elsewhere() -> None:
    mapped = ConstraintMap(**MAP)
    options = [
        "Deploy to Cloud Run with a container.",
        "Deploy to an endpoint.",
        "Run a batch job.",
        "Start a pipeline.",
    ]
    named = Stem(text=STEM["text"].replace("The load", "Cloud Run is known to you, and the load"))
    assert "only the right option names" in (stem_fault(named.text, mapped, options) or "")
    clauses = [None, CLAUSES[0], CLAUSES[1], CLAUSES[0]]
    item = STEM["text"]
    assert reasons_fault(Reasons(**REASONS), clauses, item, PASSAGE) is None
    figure = [REASONS["reasons"][0].replace("replicas", "37 replicas"), *REASONS["reasons"][1:]]
    assert (
        reasons_fault(Reasons(reasons=figure), clauses, item, PASSAGE) == "a reason holds a figure that no quote holds"
    )
    name = [REASONS["reasons"][0].replace("the load", "Apache Kafka"), *REASONS["reasons"][1:]]
    assert reasons_fault(Reasons(reasons=name), clauses, item, PASSAGE) == "a reason names what no quote names"


def test_two_constraints_that_are_one_are_none() -> None:
    assert (
        map_fault(ConstraintMap(**MAP | {"constraints": [CLAUSES[0], CLAUSES[0].upper()]}))
        == "two constraints are the same"
    )


def test_a_model_that_cannot_fill_forms_or_fails_says_so_in_a_sentence() -> None:
    class Plain(Scripted):
        def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
            raise NotImplementedError

    class Broken(Scripted):
        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
            raise RuntimeError("no connection")

    with pytest.raises(WriterUnavailable, match="cannot fill forms"):
        author(Plain(script={})).write(PASSAGE)
    with pytest.raises(WriterUnavailable, match="no connection"):
        author(Broken(script={})).write(PASSAGE)
    with pytest.raises(NoForm):
        structured(scripted(KeyOption=[{"quote": "x"}]), "test:model", 20)("Fill it.", KeyOption)
