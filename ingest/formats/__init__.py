"""One reader for each format: from a file to pages of Markdown."""
