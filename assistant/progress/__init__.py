"""What a learner has done and what to do next: sittings, attempts, scheduling, mastery, the plan, and export."""
