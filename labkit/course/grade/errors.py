"""What stops a whole run of grading. What is wrong with one submission never does: it becomes a line of the report."""


class GradingError(RuntimeError):
    """Grading cannot go on, and what to do about it."""
