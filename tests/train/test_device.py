import torch

from labkit.train.device import device


def test_takes_the_gpu_where_there_is_one(monkeypatch):
    for there in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert device() == torch.device("cuda" if there else "cpu")
