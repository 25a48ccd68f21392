"""The errors that the course raises on purpose, so that a caller can tell them from defects."""


class CourseError(Exception):
    """Something that the person at the keyboard can put right; the message says what and how."""
