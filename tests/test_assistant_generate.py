from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.practice.checks import item_faults, same_questions
from assistant.practice.facts import Definition, ListItem, NumberFact, TableRow, find_facts
from assistant.practice.generate import REQUIREMENT_STEM, QuestionMaker
from assistant.practice.questions import Origin, Question
from assistant.practice.scenario import ScenarioWriter
from assistant.progress.store import MadeStatus
from assistant.session import QuizWish, Session
from assistant.syllabus import load_syllabus
from ingest.embeddings import Embedder
from ingest.errors import PracticeError
from tests.conftest import NOW, SHARED

SYLLABUS = load_syllabus()
BIRDS = """# Birds of the coast

## Gulls

A herring gull is a large grey and white gull of harbours and roofs.
A tern is a slim white bird that dives for small fish.
A cormorant is a dark bird that dries its wings on rocks.
A heron is the tall grey wader of quiet shallow water.
It is a bird too, and this sentence leans on another one.
The tern flies about 35,000 kilometres; a herring gull lives for about 12 years in the wild.

## Ducks

| Requirement | Choose | Because | Not |
|---|---|---|---|
| Warm filling for a coat | eider down | the down holds most air | goose feathers, which are stiff |
| Eggs every day of the year | runner duck | bred for laying | mallard |
| A guard for the garden | muscovy duck | hisses at strangers | runner duck |
| Slugs gone from the salad | khaki campbell | hunts at night | hedgehog |

## Seen in winter

- Long-tailed ducks far out at sea
- Great northern divers in the bay

## Seen in summer

- Sandwich terns on the shingle
- Puffins on the cliffs of the island
- Swifts over the village roofs
"""

WOODWORK = {
    "A lathe": "round legs for tables and chairs",
    "A spokeshave": "curved handles and bows",
    "A drawknife": "rough staves for barrels",
    "A fretsaw": "thin patterns with tight corners",
    "A jointer": "boards with one straight edge",
    "A thicknesser": "boards of the same thickness",
    "A router": "edges with a moulded profile",
    "A dovetail saw": "joints for the corners of drawers",
    "A froe": "shingles split along the grain",
    "A hewing axe": "square beams from round logs",
}
PRAISE = """# Tools

A plane is a tool that takes thin shavings off a board.
Sharpix is the leading platform that sharpens every blade in the house.
The partnership is a programme that lends tools to schools in town.

## Marks

- Mark 1: The edge is straight and shows no nicks
- Mark 2: The handle sits tight and does not turn
- Ease of use: The handle fits a large hand as well as a small one
- Scalability: The plane comes in eight lengths from block plane to jointer
- How it works: The blade stands out a hair's breadth below the sole
- Reduced friction: The sole is waxed before it is sold to anybody
- LENGTH1: The number of millimetres from heel to toe of the sole
- Workability: How willingly a wood lets itself be cut, bored and planed
"""


@pytest.fixture
def birds(home: Path, tmp_path: Path) -> Session:
    path = tmp_path / "birds.md"
    path.write_text(BIRDS, encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    return session


def facts(session: Session) -> list[TableRow | Definition | NumberFact | ListItem]:
    return find_facts(session.index.all_chunks())


def test_facts_are_found_in_tables_sentences_numbers_and_lists(birds: Session) -> None:
    found = facts(birds)
    assert [fact.cells[1] for fact in found if isinstance(fact, TableRow)] == [
        "eider down",
        "runner duck",
        "muscovy duck",
        "khaki campbell",
    ]
    assert [fact.term for fact in found if isinstance(fact, Definition)] == [
        "A herring gull",
        "A tern",
        "A cormorant",
        "A heron",
    ]
    assert len([fact for fact in found if isinstance(fact, ListItem)]) == 5
    page = birds.index.page_text("birds.md", 1)
    for fact in found:
        assert page[fact.place.start : fact.place.start + len(fact.place.quote)] == fact.place.quote


def test_questions_are_made_from_material_that_has_nothing_to_do_with_the_exam(birds: Session) -> None:
    made = birds.generate(QuizWish(count=10, seed=1, origin=Origin.GENERATED), now=NOW).questions
    assert len(made) >= 8
    page = birds.index.page_text("birds.md", 1)
    for question in made:
        assert question.section is None
        assert item_faults(question) == []
        assert len(question.key) == 1
        for choice in question.choices:
            assert choice.citation.quote in page
    rows = [question for question in made if question.prompt.startswith(REQUIREMENT_STEM)]
    warm = next(question for question in rows if "warm filling" in question.prompt)
    assert [choice.text for choice in warm.choices if choice.correct] == ["Eider down"]
    assert "Goose feathers" in {choice.text for choice in warm.choices}


def test_the_same_seed_makes_the_same_quiz_and_another_seed_another(birds: Session) -> None:
    quizzes = [birds.generate(QuizWish(count=5, seed=seed), now=NOW).questions for seed in (1, 1, 2)]
    assert quizzes[0] == quizzes[1]
    assert quizzes[0] != quizzes[2]


def test_a_long_list_does_not_crowd_out_the_other_sources(birds: Session, tmp_path: Path) -> None:
    tools = "\n".join(f"{name} is a tool that turns wood into {thing}.\n" for name, thing in WOODWORK.items())
    path = tmp_path / "tools.md"
    path.write_text(f"# Tools\n\n{tools}", encoding="utf-8")
    birds.add_material([path], now=NOW, report=lambda progress: None)
    made = birds.generate(QuizWish(count=8, seed=3, origin=Origin.GENERATED), now=NOW).questions
    defined = [
        key.citation.source for one in made for key in one.choices if key.correct and "Which of these" in one.prompt
    ]
    assert {"birds.md", "tools.md"} <= set(defined)
    assert defined.count("tools.md") - defined.count("birds.md") <= 1


def test_praise_and_labels_are_no_facts(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "praise.md"
    path.write_text(PRAISE, encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    assert [fact.term for fact in facts(session) if isinstance(fact, Definition)] == ["A plane", "Workability"]


def test_a_key_whose_word_stands_inside_a_word_of_the_stem_is_not_asked(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "stops.md"
    rows = {"Recitation": "Citation guard", "Weapons": "Injury guard", "Card numbers": "Privacy guard"}
    rows |= {"Swearing": "Manners guard", "Rumours": "Honesty guard"}
    table = "".join(f"| {reason} | {guard} |\n" for reason, guard in rows.items())
    path.write_text(f"# Why a model stops\n\n| Reason | Guard |\n|---|---|\n{table}", encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    made = session.generate(QuizWish(count=10, seed=1), now=NOW).questions
    assert {reason for reason in rows for one in made if f"“{reason}”" in one.prompt} == rows.keys() - {"Recitation"}


def test_a_question_once_shown_is_not_made_again_unless_the_seed_is_fixed(birds: Session) -> None:
    from assistant.practice.questions import Focus

    first = birds.generate(QuizWish(count=4, seed=1, focus=Focus.FRESH), now=NOW).questions
    birds.progress.keep_made(first, MadeStatus.MADE, now=NOW)
    second = birds.generate(QuizWish(count=4, seed=1, focus=Focus.FRESH), now=NOW)
    assert not {one.id for one in first} & {one.id for one in second.questions}
    assert second.rejected["asked before"] > 0


def test_a_reported_question_never_comes_again_and_a_kept_one_is_in_the_bank(birds: Session) -> None:
    bad, good = birds.generate(QuizWish(count=2, seed=1), now=NOW).questions
    birds.progress.keep_made([bad], MadeStatus.REPORTED, now=NOW)
    birds.progress.keep_made([good], MadeStatus.KEPT, now=NOW)
    again = birds.generate(QuizWish(count=5, seed=1), now=NOW).questions
    assert bad.id not in {one.id for one in again}
    assert good in birds.questions()
    assert bad not in birds.questions()


def test_a_topic_asks_only_about_what_is_found_for_it(birds: Session) -> None:
    made = birds.generate(QuizWish(count=2, seed=1, topic="slugs in the salad and eggs from ducks"), now=NOW).questions
    assert made
    assert all("Ducks" in find_heading(birds, question) for question in made[:1])


def find_heading(session: Session, question: Question) -> str:
    key = next(choice for choice in question.choices if choice.correct)
    fact = next(one for one in facts(session) if one.place.quote == key.citation.quote)
    return " › ".join(fact.place.heading_path)


def test_material_without_anything_to_ask_says_what_it_needs(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Slowly the evening falls over the harbour and nobody speaks.\n", encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    with pytest.raises(PracticeError, match="needs tables, definitions"):
        session.generate(QuizWish(count=3, seed=1), now=NOW)
    with pytest.raises(PracticeError, match="no source 'nope'"):
        session.generate(QuizWish(count=3, seed=1, source="nope"), now=NOW)


def test_a_section_and_an_objective_bound_what_is_asked(corpus: Session) -> None:
    made = corpus.generate(QuizWish(count=6, seed=1, section=4), now=NOW).questions
    assert {question.section for question in made} == {4}
    made = corpus.generate(QuizWish(count=3, seed=1, objective="2.3"), now=NOW).questions
    assert {question.objective for question in made} == {"2.3"}


def test_two_questions_that_ask_the_same_are_found(corpus: Session, embedder: Embedder) -> None:
    one = corpus.bank.questions[0]
    assert [pair[:2] for pair in same_questions([one, one, corpus.bank.questions[9]], embedder)] == [(one.id, one.id)]


def test_the_reference_guide_alone_gives_a_quiz(home: Path) -> None:
    guide = SHARED / "reference" / "exam-guide-3.1.pdf"
    if not guide.exists():
        pytest.skip("the reference guide is not on this machine")
    session = Session(home)
    session.add_material([guide], now=NOW, report=lambda progress: None)
    made = session.generate(QuizWish(count=8, seed=1, section=6), now=NOW).questions
    assert len(made) >= 5
    assert {question.section for question in made} == {6}


# A model's wording

STORY = (
    "Halden Freight\nBusiness: carries parcels in twelve countries\nModel: predicts when a parcel arrives at its door"
)


def row_question(birds: Session) -> Question:
    made = birds.generate(QuizWish(count=10, seed=1), now=NOW).questions
    return next(question for question in made if "warm filling" in question.prompt)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"business": "sells"}, "1 words"),
        ({"model": "predicts when a parcel arrives, or does it?"}, "asks a question"),
        ({"business": "runs cutting-edge shops in ten towns"}, "it says cutting-edge"),
        ({"model": "predicts what Vertex AI Pipelines will do"}, "it names vertex ai pipelines"),
        ({"model": "predicts how much {option} will cost"}, "of an option"),
    ],
)
def test_a_company_with_a_fault_is_refused(corpus: Session, wrong: dict[str, str], says: str) -> None:
    made = corpus.generate(QuizWish(count=30, seed=1, objective="4.1"), now=NOW).questions
    question = next(one for one in made if one.prompt.startswith(REQUIREMENT_STEM))
    writer = ScenarioWriter(lambda prompt: STORY, SYLLABUS)
    company = {
        "company": "Halden Freight",
        "business": "carries parcels in twelve countries",
        "model": "predicts when a parcel arrives",
    }
    assert writer.fault(company, question) is None
    told = {part: words.format(option=question.choices[0].text) for part, words in wrong.items()}
    assert says in (writer.fault(company | told, question) or "")


def test_a_company_is_asked_for_again_once_and_then_the_question_is_dropped(birds: Session) -> None:
    question = row_question(birds)
    prompts: list[str] = []

    def first_bad_then_good(prompt: str) -> str:
        prompts.append(prompt)
        return "A company that does something." if len(prompts) == 1 else STORY

    rewritten = ScenarioWriter(first_bad_then_good, SYLLABUS).rephrase(question)
    assert rewritten is not None
    need = question.prompt.removeprefix(REQUIREMENT_STEM).split(".")[0]
    assert rewritten.prompt == (
        "Halden Freight carries parcels in twelve countries, and its team builds a model that predicts when a parcel arrives at "
        f"its door. In the next project one thing decides: {need}. What should the team choose?"
    )
    assert rewritten.choices == question.choices
    assert rewritten.difficulty == 2
    assert "not in this form" in prompts[1]
    assert ScenarioWriter(lambda prompt: "Too short.", SYLLABUS).rephrase(question) is None


def test_only_questions_from_decision_tables_are_put_into_scenarios(birds: Session, embedder: Embedder) -> None:
    maker = QuestionMaker(facts(birds), SYLLABUS, embedder)
    made = maker.make(10, seed=1).questions
    other = next(question for question in made if not question.prompt.startswith(REQUIREMENT_STEM))
    assert ScenarioWriter(lambda prompt: "never called", SYLLABUS).rephrase(other) is other


def test_time_is_given(birds: Session) -> None:
    assert birds.quiz(QuizWish(count=3, seed=1), now=datetime(2030, 1, 1, tzinfo=UTC)).questions


BAD_FACTS = """# Gateways

- Symptom: The agent fails to connect to anything outside of its own network.
- Fix: The root certificate has to be part of the container's own store.
- Overview: Understand the concepts, the architecture and the benefits of a gateway.
- Sync delays: When you add a member, it can take a few minutes until it is known.
- Release date: May of last year
- It's not yet compatible: The model might not work with the container that serves it.
- Speech understanding for: Audio summaries, transcripts and translations into many languages.
- Output: Training data that has been prepared for the step behind it.
- Keep an eye on updates: The garden takes up new models every week of the year.
- Basic movements: walking, running, jumping, standing still, sitting
- Pictures: image/png , image/jpeg , image/webp , image/heic
- United States: us-central1 , us-east1 , us-east4 , us-west1
- The primary tool: The account manager of the cluster keeps users and their limits.
- Product types: Compare the revenue of two kinds of products over a month.

A larger value improves throughput but provides less room for other jobs on the machine.
Similarly, the index is disabled while the table is smaller than 10 MB or has no rows.
Memories are made when ten events are there or the stream is idle for 5 minutes (300 s), whichever is first.
You are loading documents, each with a vector of numbers, of about 40 KB into one collection.
The first example is a pipeline for events that arrive from many shops.
However, only 2 minutes of the content can be looked at in one request.
The query takes about 35 seconds to complete on the sample data set.
Because the service is regional, it is a good choice for data of one country.

The cache is refreshed at an interval that the system sets, somewhere between 30 and 60 minutes.
After the 60 seconds have gone by (at 12:01:01), the reservation is scaled down again.
In the first row the model sees a probability of 10 percent for the sale.
The analyze section lets you view more of what is known about the data.
Four hours is the time that most teams plan for a change of this kind.
The official cluster documentation provides several working examples of how jobs displace each other.
Dataform now lets you make the tables of a lake without a line of code.
A window of 168 hours is kept if this option isn't specified anywhere else.
The entire process takes two to three hours, about 50 minutes of them for the run.

## December 4, 2024

A reservation group is a set of reservations that share their idle slots.

## Supported

- Batch inference of many rows
- Provisioned Throughput for one year

| Type | Kind |
|---|---|
| DoubleValueSpec | DOUBLE |
| IntegerValueSpec | INTEGER |
| DiscreteValueSpec | DISCRETE |
| CategoricalValueSpec | CATEGORICAL |

## Results

| contributors | metric_test |
|---|---|
| all of the shops | 428068179 |
| city of Des Moines | 49521322 |
| one large vendor | 84681073 |
| another vendor | 52327307 |

| Field | Data type |
|---|---|
| otel log | JSON |
| model name | STRING |
| time of the call | TIMESTAMP |
| number of tokens | NUMERIC |

| City | Region name |
|---|---|
| London | europe-west2 |
| Paris | europe-west9 |
| Belgium | europe-west1 |
| Netherlands | europe-west4 |

| Language | Language code |
|---|---|
| Czech | cs |
| Lao | lo |
| Lingala | ln |
| Serbian | sr |

## Example

| Shop | Sales |
|---|---|
| Harbour street | 21255 |
| Old market hall | 23037 |
| Railway station | 25824 |
| Northern ring road | 36610 |

## Spoken by many

| Tongue | Code |
|---|---|
| Italian | it-IT |
| Marathi | mr-IN |
| Turkish | tr-TR |
| Korean | ko-KR |

## Where machines stand

| Region | City |
|---|---|
| europe-west6 | Zurich |
| us-west3 | Salt Lake City |
| me-central2 | Dammam |
| asia-northeast1 | Tokyo |

## Guides

| Trouble | Guide |
|---|---|
| Calling a service from outside | [Gateway connectivity](https://example.com/a) |
| Listing what is deployed | [Manage agents](https://example.com/b) |
| Making a memory | [Memory bank](https://example.com/c) |
| Setting up a first agent | [Quick start](https://example.com/d) |

## What agents do

| Use case | Sample prompt |
|---|---|
| Forecasting | Predict the number of trips |
| Scoring | Rate how positive the article is |
| Summaries | Say what the reviews have in common |
| Categories | Tag each review with its main focus |
"""


def test_labels_instructions_and_words_that_point_elsewhere_are_no_facts(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "gateways.md"
    path.write_text(BAD_FACTS, encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    found = facts(session)
    tables = {("Type", "Kind"), ("Tongue", "Code")}
    assert {fact.header if isinstance(fact, TableRow) else fact for fact in found} == tables
    with pytest.raises(PracticeError, match="No question could be made"):  # each row's name tells its value
        session.generate(QuizWish(count=5, seed=1, origin=Origin.GENERATED), now=NOW)


def test_definitions_are_told_apart_from_others_on_something_like_them(home: Path, tmp_path: Path) -> None:
    near = {
        "Precision": "The share of the positive predictions of a classifier that were correct",
        "Recall": "The share of the positive cases that a classifier predicted as positive",
        "Accuracy": "The share of all predictions of a classifier that were correct",
        "Log loss": "The cross-entropy between the predictions of a classifier and the labels",
    }
    far = {
        "Parking": "The garage behind the museum is open for visitors until late at night",
        "Bakery": "Sourdough rests for a night in the cold before it goes into the oven",
        "Ferry": "Passengers with bicycles go on board before the cars are let on deck",
    }
    path = tmp_path / "metrics.md"
    lines = [f"- {term}: {rest}." for term, rest in (near | far).items()]
    path.write_text("# Metrics of a model\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    made = session.generate(QuizWish(count=7, seed=1, origin=Origin.GENERATED), now=NOW).questions
    assert made
    assert {choice.text for question in made for choice in question.choices} == set(near)


def test_a_sentence_that_stands_on_two_tabs_is_one_fact(home: Path, tmp_path: Path) -> None:
    sentence = "A reservation is an isolated pool of slots that is kept for at least 60 seconds."
    path = tmp_path / "slots.md"
    path.write_text(f"# Slots\n\n## SQL\n\n{sentence}\n\n## bq\n\n{sentence}\n", encoding="utf-8")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    assert Counter(map(type, facts(session))) == {Definition: 1, NumberFact: 1}


@pytest.mark.parametrize(("heading", "found"), [("Example of a trigger", 0), ("July 25, 2018", 0), ("Limits", 1)])
def test_figures_of_examples_and_release_notes_are_no_facts(
    heading: str, found: int, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "triggers.md"
    path.write_text(f"# Triggers\n\n## {heading}\n\nMemories are made when the stream has been idle for 5 minutes.\n")
    session = Session(home)
    session.add_material([path], now=NOW, report=lambda progress: None)
    assert Counter(map(type, facts(session))) == Counter({NumberFact: found} if found else {})
