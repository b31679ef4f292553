import pytest
import torch

from labkit.diffusion.time_embedding import TimeEmbedding, sinusoidal


def test_matches_diffusers():
    from diffusers.models.embeddings import get_timestep_embedding

    t = torch.tensor([0, 1, 17, 999])
    theirs = get_timestep_embedding(t, 16, flip_sin_to_cos=True, downscale_freq_shift=0)
    torch.testing.assert_close(sinusoidal(t, 16), theirs)


def test_neighbors_are_alike_and_every_step_is_told_apart():
    waves = sinusoidal(torch.arange(1000), 32)
    near = torch.cdist(waves, waves)
    assert near[500].argsort()[:3].sort().values.tolist() == [499, 500, 501]
    assert (near + 9 * torch.eye(1000)).min() > 0.1


def test_the_last_label_means_no_class():
    embed, t = TimeEmbedding(8, 16, classes=10), torch.tensor([3, 40])
    torch.testing.assert_close(embed(t), embed(t, torch.tensor([10, 10])))
    assert (embed(t) - embed(t, torch.tensor([4, 10]))).abs().amax(dim=1).gt(1e-3).tolist() == [True, False]


def test_labels_without_classes_and_odd_widths_are_refused():
    with pytest.raises(ValueError, match="knows no classes"):
        TimeEmbedding(8, 16)(torch.tensor([3]), torch.tensor([1]))
    for width in (7, 0):
        with pytest.raises(ValueError, match="even number"):
            sinusoidal(torch.tensor([3]), width)
