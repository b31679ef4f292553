import pytest

from labkit.train.profile import profile


def test_parameter_before_environment_before_standard(monkeypatch):
    monkeypatch.delenv("LABKIT_PROFILE", raising=False)
    assert profile() == "standard"
    monkeypatch.setenv("LABKIT_PROFILE", "quick")
    assert profile() == "quick"
    assert profile("standard") == "standard"
    with pytest.raises(ValueError, match="'standard' or 'quick', not 'fast'"):
        profile("fast")
