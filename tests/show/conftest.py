"""A JupyterLab around the browser that all tests share."""

from helpers.lab import lab  # noqa: F401
