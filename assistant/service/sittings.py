"""One question or card at a time: asked under an attempt, graded once, recorded in the learner's progress."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from assistant.practice.bank import Bank
from assistant.practice.questions import LETTERS, Focus, Origin, Question
from assistant.practice.quiz import QuizRequest, Quizzes
from assistant.progress.choose import choose
from assistant.progress.store import MadeStatus, Progress, Sitting, SittingKind
from assistant.service.practice import CardResult, GradeResult, OpenQuestion, ReasonResult, ReferenceResult
from ingest.errors import PracticeError, ProgressError
from ingest.lexical import Analyzer

MOST_CARDS = 10_000
KNEW, FORGOT = "knew", "forgot"
"""What a learner says of a card."""


def ask_one(progress: Progress, question: Question, now: datetime) -> OpenQuestion:
    """The question without its key; its attempt is kept in the database until it is graded."""
    sitting = progress.begin(SittingKind.SINGLE, [question], now=now)
    return OpenQuestion.of(sitting.id, question)


def show_card(progress: Progress, question: Question, now: datetime) -> CardResult:
    """A question as a flash card: the stem in front, the right options with their reasons on the back."""
    sitting = progress.begin(SittingKind.SINGLE, [question], now=now)
    return CardResult.of(sitting.id, question)


def next_card(
    quizzes: Quizzes, topic: str | None, *, section: int | None, objective: str | None, seed: int, now: datetime
) -> Question | None:
    """The next flash card, due ones first; on a topic one that names it; None when no card fits or all are known."""
    try:
        found = quizzes.draw_cards(MOST_CARDS, seed=seed, now=now, section=section, objective=objective)
    except PracticeError:
        return None
    return next(iter(on_topic(found, topic) if topic else found), None)


def grade_one(progress: Progress, attempt: str, answer: str, now: datetime, sure: bool | None = None) -> GradeResult:
    """Grade an attempt and record it; grading it again changes nothing and says the same.

    Raises `PracticeError` when the answer cannot be understood, `ProgressError` when there is no such attempt.
    """
    sitting = progress.sitting(attempt)
    if sitting.kind is not SittingKind.SINGLE:
        raise ProgressError(f"{attempt} is no attempt of one question. Ask for one with `quiz` or `card` first.")
    (question,) = sitting.questions
    if sitting.finished is None:
        _record(progress, sitting, _chosen(answer, question), now, sure)
        sitting = progress.finish(progress.sitting(attempt), now=now)
    return _graded(progress, sitting, question)


def _record(
    progress: Progress, sitting: Sitting, chosen: Collection[int], now: datetime, sure: bool | None = None
) -> None:
    if chosen:
        progress.answer(sitting, 0, chosen, now=now, sure=sure)
    else:
        progress.recall(sitting, 0, False, now=now)


def _chosen(answer: str, question: Question) -> frozenset[int]:
    """Positions of the letters in `B` or `A, C`; the key for `knew`, nothing for `forgot`."""
    said = answer.strip().casefold()
    if said == KNEW:
        return question.key
    if said == FORGOT:
        return frozenset()
    letters = said.upper().replace("AND", " ").replace(",", " ").split()
    given = [letter for part in letters for letter in (part if set(part) <= set(LETTERS) else [part])]
    known = LETTERS[: len(question.choices)]
    if not given or not set(given) <= set(known):
        raise PracticeError(
            f"{answer!r} is no answer to this question. Give letters from {known[0]} to {known[-1]}, such as B or A, C; "
            "for a card knew or forgot."
        )
    return frozenset(map(known.index, given))


def _graded(progress: Progress, sitting: Sitting, question: Question) -> GradeResult:
    chosen = sitting.chosen.get(0, frozenset())
    (grade,) = sitting.grades()
    return GradeResult(
        attempt=sitting.id,
        id=question.id,
        correct=grade.correct,
        credit=grade.credit,
        chosen=_letters(chosen),
        key=_letters(question.key),
        reasons=[
            ReasonResult(
                letter=letter,
                text=choice.text,
                correct=choice.correct,
                chosen=at in chosen,
                why=choice.why,
                citation=ReferenceResult.of(choice.citation),
            )
            for at, (letter, choice) in enumerate(zip(LETTERS, question.choices, strict=False))
        ],
        due=progress.due_date(question.id),
    )


def _letters(positions: Collection[int]) -> list[str]:
    return [LETTERS[at] for at in sorted(positions)]


def next_question(quizzes: Quizzes, request: QuizRequest, topic: str | None, now: datetime) -> Question:
    """One question as requested; on a topic that no question of the bank names, one made from the material."""
    return questions_on(quizzes, replace(request, count=1), topic, now)[0]


def questions_on(quizzes: Quizzes, request: QuizRequest, topic: str | None, now: datetime) -> Sequence[Question]:
    """Questions as requested; on a topic those of the bank that name it, or, where none does, made from the material."""
    if topic is None:
        return quizzes.draw(request, now=now).questions
    fitting = Bank(quizzes.questions()).select(
        section=request.section, objective=request.objective, difficulty=request.difficulty
    )
    if named := on_topic(fitting, topic):
        progress, syllabus = quizzes.progress, quizzes.syllabus
        return choose(named, request.focus, progress, syllabus, count=request.count, seed=request.seed, now=now)
    if request.focus is Focus.DUE:
        raise PracticeError(f"No question on {topic} is due for review.")
    made = quizzes.draw(replace(request, topic=topic, origin=Origin.GENERATED, focus=Focus.FRESH), now=now)
    quizzes.progress.keep_made(made.questions, MadeStatus.MADE, now=now)
    return made.questions


def on_topic(questions: Sequence[Question], topic: str) -> list[Question]:
    """Questions whose stem, right options and quotes hold every term of the topic."""
    analyzer = Analyzer()
    wanted = set(analyzer.tokens(topic))

    def held(question: Question) -> set[str]:
        texts = [question.prompt, *(f"{one.text} {one.citation.quote}" for one in question.choices if one.correct)]
        return set(analyzer.tokens(" ".join(texts)))

    return [question for question in questions if wanted and wanted <= held(question)]
