"""The JSON objects that other programs read; their fields are a contract and change only with it."""

from typing import Any

from assistant.answers import Answer
from assistant.practice.questions import Question
from assistant.retrieval import Passage
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


def ingest_json(result: IngestResult, seconds: float) -> JsonObject:
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
