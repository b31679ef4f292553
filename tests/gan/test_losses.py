import math
from inspect import unwrap

import pytest
import torch
import torch.nn.functional as F

from labkit.gan.losses import (
    MINIMAX,
    NON_SATURATING,
    discriminator_loss,
    generator_losses,
    minimax_loss,
    non_saturating_loss,
)
from labkit.gan.wgan import critic_loss


def cross_entropy(scores, label):
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, label))


def test_discriminator_loss_matches_torch():
    """Cross-entropy of real labeled 1 and fake labeled 0, each a mean of its own: batches may differ in size."""
    real, fake = torch.randn(5, requires_grad=True), torch.randn(8, requires_grad=True)
    ours, theirs = discriminator_loss(real, fake), cross_entropy(real, 1.0) + cross_entropy(fake, 0.0)
    torch.testing.assert_close(ours, theirs)
    pairs = zip(torch.autograd.grad(ours, (real, fake)), torch.autograd.grad(theirs, (real, fake)), strict=True)
    for got, expected in pairs:
        torch.testing.assert_close(got, expected)


def test_generator_losses_match_torch():
    fake = torch.randn(8)
    minimax, non_saturating = generator_losses(fake)
    torch.testing.assert_close(minimax, -cross_entropy(fake, 0.0))
    torch.testing.assert_close(non_saturating, cross_entropy(fake, 1.0))
    torch.testing.assert_close(minimax, (1 - fake.sigmoid()).log().mean())
    torch.testing.assert_close(non_saturating, -fake.sigmoid().log().mean())


def test_the_minimax_players_disagree_about_one_number():
    """What the discriminator gains on fakes the generator loses: a game of zero sum."""
    real, fake = torch.randn(6, dtype=torch.float64), torch.randn(6, dtype=torch.float64)
    rest = cross_entropy(real, 1.0)
    torch.testing.assert_close(discriminator_loss(real, fake) - rest, -minimax_loss(fake))


def test_who_cannot_tell_loses_two_log_two():
    assert discriminator_loss(torch.zeros(3), torch.zeros(3)).item() == pytest.approx(2 * math.log(2))


@pytest.mark.parametrize("size", [100.0, 1000.0, 1e6])
def test_scores_of_any_size_give_numbers(size):
    sure = torch.tensor([size, -size], requires_grad=True)
    losses = (discriminator_loss(sure, sure), *generator_losses(sure))
    for loss, expected in zip(losses, (size, -size / 2, size / 2), strict=True):
        assert loss.item() == pytest.approx(expected)
        (gradient,) = torch.autograd.grad(loss, sure)
        assert gradient.isfinite().all()


def test_the_minimax_loss_goes_flat_where_the_fake_is_seen_through():
    fake = torch.tensor([-12.0, 0.0, 12.0], dtype=torch.float64, requires_grad=True)
    (minimax,) = torch.autograd.grad(3 * minimax_loss(fake), fake)
    (non_saturating,) = torch.autograd.grad(3 * non_saturating_loss(fake), fake)
    torch.testing.assert_close(-minimax, fake.sigmoid())
    torch.testing.assert_close(-non_saturating, 1 - fake.sigmoid())
    assert -minimax[0] < 1e-5
    assert -non_saturating[0] > 0.9999


def test_presets_hold_the_losses_that_they_are_named_after():
    real, fake = torch.randn(4), torch.randn(4)
    for preset, expected in ((MINIMAX, minimax_loss), (NON_SATURATING, non_saturating_loss)):
        assert preset.generator(fake) == expected(fake)
        assert preset.discriminator(real, fake) == discriminator_loss(real, fake)


def test_scores_in_a_column_are_refused():
    for loss, count in ((discriminator_loss, 2), (minimax_loss, 1), (non_saturating_loss, 1), (critic_loss, 2)):
        for wrong in (torch.zeros(3, 1), torch.zeros(0)):
            with pytest.raises(ValueError, match="one for each sample and at least one"):
                unwrap(loss)(*[wrong] * count)
