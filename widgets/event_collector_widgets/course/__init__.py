"""What the course is made with: predictions, checks, and the edition for learners."""
