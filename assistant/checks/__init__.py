"""What is proven: quotes stand on their page, sentences are supported by their quotes."""
