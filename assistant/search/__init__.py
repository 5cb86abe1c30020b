"""What is found: chunks and sentences that bear on a question, dense and lexical together."""
