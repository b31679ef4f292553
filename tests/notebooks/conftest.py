"""A browser for lectures."""

from browser import browser  # noqa: F401
