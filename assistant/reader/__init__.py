"""What answers: whether the material answers at all, and what a question takes for granted."""
