"""The JSON objects that other programs read; their fields are a contract and change only with it."""

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer
from assistant.practice.questions import Question
from assistant.progress.mastery import mastery_of, study_next
from assistant.progress.plan import PlanDay
from assistant.retrieval import Passage
from assistant.syllabus import Syllabus

if TYPE_CHECKING:
    from assistant.progress.store import Progress
    from ingest.run import IngestResult

JsonObject = dict[str, Any]


def passage_json(passage: Passage) -> JsonObject:
    """A passage of `study search` and `study ask`."""
    chunk = passage.chunk
    return {
        "text": chunk.text,
        "source": chunk.source,
        "page": chunk.page,
        "heading": chunk.heading,
        "start": chunk.start,
        "end": chunk.end,
        "score": round(passage.score, 4),
    }


def answer_json(answer: Answer) -> JsonObject:
    """The object of `study ask`."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "refused": answer.refused,
        "writer": answer.writer,
        "sentences": [
            {"text": sentence.text, "citations": list(sentence.citations), "supported": sentence.supported}
            for sentence in answer.sentences
        ],
        "citations": [
            {
                "marker": citation.marker,
                "source": citation.source,
                "page": citation.page,
                "heading": citation.chunk.heading,
                "quote": citation.quote,
                "start": citation.start,
                "end": citation.end,
            }
            for citation in answer.citations
        ],
        "passages": [passage_json(passage) for passage in answer.passages],
        "seconds": answer.seconds,
    }


def quiz_json(questions: list[Question]) -> JsonObject:
    """The object of `study quiz`."""
    return {
        "questions": [
            {
                "id": question.id,
                "section": question.section,
                "objective": question.objective,
                "kind": question.kind.value,
                "difficulty": question.difficulty,
                "origin": question.origin.value,
                "prompt": question.prompt,
                "choices": [
                    {
                        "text": choice.text,
                        "correct": choice.correct,
                        "why": choice.why,
                        "citation": {
                            "source": choice.citation.source,
                            "page": choice.citation.page,
                            "quote": choice.citation.quote,
                        },
                    }
                    for choice in question.choices
                ],
            }
            for question in questions
        ]
    }


def progress_json(syllabus: Syllabus, progress: "Progress", now: datetime) -> JsonObject:
    """The object of `study progress`; shares are 0 to 1, `low` and `high` bound them with 90 % confidence."""
    attempts = progress.attempts()
    return {
        "learner": progress.learner,
        "attempts": len(attempts),
        "questions": len({attempt.question for attempt in attempts}),
        "due": len(progress.due(now)),
        "sections": [
            {"section": section.number, "title": section.title, "weight": section.weight}
            | asdict(mastery_of([one for one in attempts if one.section == section.number]))
            for section in syllabus.sections
        ],
        "next": [
            {
                "consideration": row.consideration.id,
                "text": row.consideration.text,
                "exam_share": round(row.exam_share, 4),
                "gain": round(row.gain, 4),
            }
            | asdict(row.mastery)
            for row in study_next(syllabus, attempts)
        ],
    }


def plan_json(exam: date, days: list[PlanDay]) -> JsonObject:
    """The object of `study plan`."""
    return {
        "exam": exam.isoformat(),
        "days": [
            {
                "day": one.day.isoformat(),
                "considerations": list(one.considerations),
                "reviews": one.reviews,
                "mock_exam": one.mock_exam,
            }
            for one in days
        ],
    }


def ingest_json(result: "IngestResult", seconds: float) -> JsonObject:
    """The object of `study ingest`."""
    return {
        "added": result.added,
        "changed": result.changed,
        "unchanged": len(result.unchanged),
        "removed": result.removed,
        "skipped": [{"source": skipped.name, "reason": skipped.reason} for skipped in result.skipped],
        "chunks": result.chunks,
        "seconds": round(seconds, 3),
    }
