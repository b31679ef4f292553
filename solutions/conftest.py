"""What the cells of executed lectures cost is counted with all other tests: see tests/costs.py."""

from costs import pytest_runtest_makereport, pytest_runtest_protocol
