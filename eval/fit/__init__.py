"""Everything that is learned rather than set manually: labeled questions, training, and the cards of what was trained."""
