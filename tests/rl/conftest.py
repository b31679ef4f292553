"""What the tests of this room share."""

import inspect

import pytest


@pytest.fixture
def unchecked():
    """A function without jaxtyping's hook around it, as a learner has it: what it says of bad input by itself."""
    return inspect.unwrap
