import pytest
import torch

from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.guidance import drop_labels, guide, guided
from labkit.diffusion.sampling import sample
from labkit.diffusion.schedules import linear_schedule, timesteps


def test_zero_forgets_one_believes_more_exaggerates():
    with_class, without = torch.randn(2, 3, 1, 4, 4).double()
    weight = torch.tensor([0.0, 1.0, 3.0]).double()
    found = guide(with_class, without, weight)
    torch.testing.assert_close(found[0], without[0])
    torch.testing.assert_close(found[1], with_class[1])
    torch.testing.assert_close(found[2], 3 * with_class[2] - 2 * without[2])


def test_it_is_the_formula_of_the_paper_with_a_weight_less_one():
    with_class, without, w = *torch.randn(2, 5, 3), torch.full((5,), 1.7)
    torch.testing.assert_close(guide(with_class, without, w + 1), (1 + 1.7) * with_class - 1.7 * without)


def test_guidance_is_the_score_of_a_sharpened_class():
    """For Gaussians: the noise guided by w is that of p(x) (p(x | c) / p(x))^w, by autograd on its log density."""
    kept, x = torch.tensor(0.6).double(), torch.randn(7, 1).double().requires_grad_()
    normal = lambda m, v: torch.distributions.Normal(kept.sqrt() * m, (kept * v + 1 - kept).sqrt())  # noqa: E731
    whole, part = normal(0.0, 4.0).log_prob(x), normal(1.5, 0.5).log_prob(x)
    noise = lambda log: -(1 - kept).sqrt() * torch.autograd.grad(log.sum(), x, retain_graph=True)[0]  # noqa: E731
    w = torch.full((7,), 2.5).double()
    torch.testing.assert_close(guide(noise(part), noise(whole), w), noise(whole + 2.5 * (part - whole)))


def test_dropped_labels():
    labels = torch.arange(10).repeat(2000)
    dropped = drop_labels(labels, 10, 0.15)
    gone = dropped == 10
    assert gone.float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert torch.equal(dropped[~gone], labels[~gone])
    assert (labels[gone].bincount(minlength=10) > 200).all(), "of every class"
    assert torch.equal(drop_labels(labels, 10, 0.0), labels)
    assert (drop_labels(labels, 10, 1.0) == 10).all()
    assert torch.equal(labels, torch.arange(10).repeat(2000)), "the input is left as it was"


def test_guided_is_two_predictions_in_one_pass():
    calls = []

    def denoiser(x, t, labels):
        calls.append(len(x))
        return x * labels.view(-1, 1) + t.view(-1, 1)

    x, t, labels = torch.randn(4, 3), torch.tensor([1, 2, 3, 4]), torch.tensor([0, 1, 2, 0])
    for weight in (2.0, torch.tensor([0.0, 1.0, 2.0, 5.0])):
        found = guided(denoiser, labels, 3, weight)(x, t)
        one = guide(denoiser(x, t, labels), denoiser(x, t, torch.full((4,), 3)), torch.as_tensor(weight).expand(4))
        torch.testing.assert_close(found, one)
    assert calls[0] == 8


def test_a_larger_weight_pulls_samples_apart():
    """Classes at -1 and 1 with spread 1: exact noise of each and of the whole; guidance moves the means outwards."""
    kept = linear_schedule(1000).double()

    def denoiser(x, t, labels):
        share = kept[t][:, None]
        mean = torch.tensor([-1.0, 1.0, 0.0]).double()[labels][:, None] * share.sqrt()
        variance = torch.tensor([1.0, 1.0, 2.0]).double()[labels][:, None] * share + 1 - share
        return (1 - share).sqrt() * (x - mean) / variance

    labels, means = torch.ones(1500, dtype=torch.int64), []
    for weight in (0.0, 1.0, 4.0):
        told, noise = guided(denoiser, labels, 2, weight), torch.randn(1500, 1).double()
        x = sample(told, noise, kept, timesteps(1000, 50), ddim_step, None)
        means.append(x.mean().item())
    assert means[0] == pytest.approx(0, abs=0.12)
    assert means[1] == pytest.approx(1, abs=0.12)
    assert means[2] > 1.3


def test_bad_input_meets_an_error_at_the_door():
    with pytest.raises(ValueError, match="the same x"):
        guide(torch.zeros(2, 3), torch.zeros(2, 1), torch.ones(2))
    for share in (-0.1, 1.5):
        with pytest.raises(ValueError, match="between 0 and 1"):
            drop_labels(torch.tensor([1]), 2, share)
