"""What the cells of executed lectures cost is counted with all other tests: see tests/helpers/costs.py."""

from helpers.costs import pytest_runtest_makereport, pytest_runtest_protocol
