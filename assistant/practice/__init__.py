"""Practice questions: the bank that ships, choosing, and grading; every choice has a reason and a verbatim citation."""
