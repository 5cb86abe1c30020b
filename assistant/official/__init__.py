"""What ships beside the official pages it cites: statements, their numbers, names and dates, and what has passed since."""
