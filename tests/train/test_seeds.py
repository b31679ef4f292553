import random

import numpy as np
import torch

from labkit.train.seeds import seed_everything


def draws(seed):
    generator = seed_everything(seed)
    return random.random(), np.random.rand(), torch.rand(1).item(), torch.rand(1, generator=generator).item()


def test_the_same_seed_gives_the_same_numbers_everywhere():
    assert draws(3) == draws(3)
    assert all(a != b for a, b in zip(draws(3), draws(4), strict=True))
