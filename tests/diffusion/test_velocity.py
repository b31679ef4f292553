import torch
from torch import nn

from labkit.diffusion.ddpm import clean_guess, jump
from labkit.diffusion.schedules import linear_schedule
from labkit.diffusion.velocity import FromVelocity, velocity

KEPT = linear_schedule(1000).double()
T = torch.tensor([0, 400, 999])


class Says(nn.Module):
    """A network whose answer is known."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x, t, labels=None):
        return self.answer if labels is None else self.answer * labels.view(-1, 1)


def test_velocity_is_that_of_diffusers():
    from diffusers import DDPMScheduler

    x0, noise = torch.randn(2, 3, 5)
    theirs = DDPMScheduler(1000).get_velocity(x0, noise, T)
    torch.testing.assert_close(velocity(x0, noise, KEPT[T][:, None].float()), theirs, rtol=1e-4, atol=1e-5)


def test_the_true_velocity_gives_the_true_noise():
    x0, noise = torch.randn(2, 3, 5).double()
    x = jump(x0, T, noise, KEPT)
    model = FromVelocity(Says(velocity(x0, noise, KEPT[T][:, None])), KEPT)
    torch.testing.assert_close(model(x, T), noise)


def test_a_wrong_answer_moves_the_guess_no_further_than_it_is_wrong():
    """The guess is sqrt(kept) x - sqrt(1 - kept) v: an error of 1 in v is at most 1 there, at the noisiest step too."""
    x, now = torch.randn(1, 5).double(), KEPT[999]
    guesses = [
        clean_guess(x, FromVelocity(Says(torch.full((1, 5), v).double()), KEPT)(x, T[2:]), now) for v in (0.0, 1.0)
    ]
    torch.testing.assert_close(guesses[0] - guesses[1], (1 - now).sqrt().expand(1, 5))


def test_labels_are_handed_on():
    x = torch.zeros(3, 2).double()
    model = FromVelocity(Says(torch.ones(3, 2).double()), KEPT)
    torch.testing.assert_close(model(x, T, torch.tensor([0, 1, 2])), model(x, T) * torch.tensor([0, 1, 2])[:, None])
