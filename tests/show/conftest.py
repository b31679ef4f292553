"""A JupyterLab around the browser that all tests share."""

from lab import lab  # noqa: F401
