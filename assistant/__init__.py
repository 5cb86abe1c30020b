"""From a question to an answer that cites, from a passage to a practice question; knows no screen."""
