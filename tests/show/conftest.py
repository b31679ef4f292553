"""Fixtures for explorers: Chromium, a page in it, and a JupyterLab around it."""

from browser import browser, page  # noqa: F401
from lab import lab  # noqa: F401
