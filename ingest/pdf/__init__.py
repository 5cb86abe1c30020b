"""Reads PDF files as they are laid out: words, lines, columns, tables, blocks, text; one module a step."""
