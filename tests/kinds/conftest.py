"""Users run without the shapes' checker: here it is off, so that the code itself has to be right."""

import jaxtyping
import pytest


@pytest.fixture(autouse=True)
def without_checker():
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
