"""What is asked: the question as the search sees it, the form of answer it asks for, what a follow-up left out."""
