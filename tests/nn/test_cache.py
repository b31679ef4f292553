import torch

from labkit.nn.cache import KeyValueCache


def test_grows_and_follows_the_beams():
    cache, keys, values = KeyValueCache(), torch.randn(3, 2, 5, 4), torch.randn(3, 2, 5, 4)
    assert len(cache) == 0
    cache.select(torch.tensor([2, 0]))  # nothing held yet: nothing to do
    for t in range(5):
        held = cache.extend(keys[:, :, t : t + 1], values[:, :, t : t + 1])
    torch.testing.assert_close(held, (keys, values))
    cache.select(torch.tensor([2, 2, 0, 1]))
    torch.testing.assert_close(cache.key, keys[[2, 2, 0, 1]])
    torch.testing.assert_close(cache.value, values[[2, 2, 0, 1]])
    assert len(cache) == 5
