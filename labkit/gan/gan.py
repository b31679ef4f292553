"""The generative adversarial network: a generator, a discriminator, and the loop that trains both.

Axes: b batch, z latent, sample the shape of one sample, such as d or c h w.
"""

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.gan.losses import NON_SATURATING, Losses
from labkit.nn.kinds import like
from labkit.train.fit import History, Report


class GAN(nn.Module):
    r"""A generator that turns noise into samples, and a discriminator that scores what it is shown, real or fake.

    $$\min_G \max_D V(D, G) = E_x[\log D(x)] + E_{z \sim N(0, I)}[\log(1 - D(G(z)))]$$

    `generator` takes noise (b, z); `discriminator` gives one logit a sample, (b,). `losses` is what each of them
    minimizes: `NON_SATURATING` or `MINIMAX`. Variants override what differs, and `play` trains them all.
    Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, latent: int, losses: Losses = NON_SATURATING):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent, self.losses = latent, losses

    def noise(self, count: int) -> Float[Tensor, "count z"]:
        """Standard normal, in the type and on the device of the generator's weights."""
        return torch.randn(count, self.latent, **like(self.generator))

    def generate(self, count: int) -> Float[Tensor, " count *sample"]:
        """New samples."""
        return self.generator(self.noise(count))

    def fake_like(self, batch: Any) -> Tensor:
        """As many fakes as the batch has samples."""
        return self.generate(len(batch))

    def discriminator_loss(self, batch: Any, fake: Tensor) -> Float[Tensor, ""]:
        """What the discriminator minimizes. Real and fake pass it one after the other, as batch norm needs."""
        return self.losses.discriminator(self.discriminator(batch), self.discriminator(fake))

    def generator_loss(self, batch: Any, fake: Tensor) -> Float[Tensor, ""]:
        """What the generator minimizes."""
        return self.losses.generator(self.discriminator(fake))

    def constrain(self) -> None:
        """Called after each step of the discriminator, for variants that bound its weights."""


@dataclass
class Match(History):
    """What a game left behind: both losses under `scores`, the seconds, and the recordings as (step, what)."""

    recorded: list[tuple[int, Any]] = field(default_factory=list)


def play(
    gan: GAN,
    batches: Iterable[Any],
    optimizers: tuple[torch.optim.Optimizer, torch.optim.Optimizer],
    steps: int,
    critic_steps: int = 1,
    record: Callable[[], Any] | None = None,
    at: Collection[int] = (),
    report: Report | None = None,
) -> Match:
    """Play `steps` turns, algorithm 1 of the paper: `critic_steps` steps of the discriminator, one of the generator.

    `optimizers`: the generator's, the discriminator's. The generator learns from the fakes that were scored last.
    `record()` is called after the steps in `at` (0: before the first), in evaluation mode and without gradients, and
    changes nothing. `report` hears the losses, and may stop. Raises ValueError without batches or critic steps,
    FloatingPointError if a loss is not finite.
    """
    match, start = Match(), time.perf_counter()
    try:
        for step, values in _turns(gan, _forever(batches), optimizers, steps, critic_steps):
            match.note(step, values)
            if record is not None and step in at:
                match.recorded.append((step, _look(gan, record)))
            if report is not None and values and report(step, **values):
                break
    finally:
        if report is not None:
            report.close()
    match.seconds = time.perf_counter() - start
    return match


def _turns(
    gan: GAN, source: Iterator[Any], optimizers: tuple, steps: int, critic_steps: int
) -> Iterator[tuple[int, dict[str, float]]]:
    """The number of each turn and its losses; turn 0 is the moment before the game."""
    if critic_steps < 1:
        raise ValueError(f"the discriminator needs one step a turn or more, not {critic_steps}")
    yield 0, {}
    for step in range(1, steps + 1):
        yield step, _turn(gan, source, optimizers, critic_steps, step)


def _turn(gan: GAN, source: Iterator[Any], optimizers: tuple, critic_steps: int, step: int) -> dict[str, float]:
    """One turn of both players. Detached fakes keep the generator out of the first loss.

    The second passes a discriminator that is held still, which spares the gradients of its weights.
    """
    for critic_step in range(1, critic_steps + 1):
        batch = next(source)
        with torch.set_grad_enabled(critic_step == critic_steps):  # only the last fakes teach the generator
            fake = gan.fake_like(batch)
        scored = _step(gan.discriminator_loss(batch, fake.detach()), optimizers[1], "discriminator", step)
        gan.constrain()
    with _still(gan.discriminator):
        fooled = _step(gan.generator_loss(batch, fake), optimizers[0], "generator", step)
    return {"discriminator_loss": scored, "generator_loss": fooled}


@contextmanager
def _still(player: nn.Module) -> Iterator[None]:
    """No weight of the player asks for a gradient in here."""
    asking = [weight for weight in player.parameters() if weight.requires_grad]
    try:
        for weight in asking:
            weight.requires_grad_(False)
        yield
    finally:
        for weight in asking:
            weight.requires_grad_(True)


def _step(loss: Tensor, optimizer: torch.optim.Optimizer, player: str, step: int) -> float:
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the {player}'s loss is {value} at step {step}: a smaller learning rate may help")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return value


def _look(gan: GAN, record: Callable[[], Any]) -> Any:
    """Call `record` so that the game goes on as if nobody had looked."""
    modes = {module: module.training for module in gan.modules()}
    devices = {weight.device for weight in gan.parameters() if weight.is_cuda}
    try:
        with torch.random.fork_rng(list(devices)), torch.no_grad():
            gan.eval()
            return record()
    finally:
        for module, training in modes.items():
            module.training = training


def _forever(batches: Iterable[Any]) -> Iterator[Any]:
    while True:
        batch = None
        for batch in batches:
            yield batch
        if batch is None:
            raise ValueError("there are no batches to play with")
