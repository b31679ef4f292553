import torch

from labkit.nn.masks import causal_mask, padding_mask


def test_causal_mask_shows_the_past_and_oneself():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


def test_padding_mask_shows_all_but_the_padding():
    tokens = torch.tensor([[4, 5, 0], [7, 0, 0]])
    assert padding_mask(tokens).tolist() == [[[True, True, False]], [[True, False, False]]]
    assert padding_mask(tokens, padding=7).tolist() == [[[True, True, True]], [[False, True, True]]]
