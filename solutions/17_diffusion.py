# %% [markdown] badges=true
# # Hour 17. Diffusion models
#
# After this hour you can
# - spoil a picture by any number of noise steps in one line, and say what a network must learn to undo it;
# - write the step back of DDPM and that of DDIM, and say when twenty steps do the work of a thousand;
# - say what the noise has to do with the slope of the log density, and check it where the density is known;
# - order a digit by its class with a dial for how much the class matters, and say what the dial costs;
# - diffuse in the latent space of an autoencoder, as the image generators do.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 3 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 10 |
# | 5 | Build it: four exercises | 23 |
# | 6 | Train it | 7 |
# | 7 | Look inside | 4 |
# | 8 | Strengths, weaknesses, cost | 1 |
# | 9 | In practice | 1 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need the normal distribution, convolutions (Hour 2) and the idea of an autoencoder (Hour 14).
#
# **How to work.** Run the cells from top to bottom. In part 5 you write four functions; each is checked the moment
# you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %%
import time

import matplotlib.pyplot as plt
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves
from labkit.show.style import COLOR

lesson = begin(17, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: draw a new one
#
# Here are handwritten digits. We want **new** ones: pictures that nobody wrote, as varied as these and as crisp. Pixels
# run from -1 (background) to 1 (ink) in this hour, so that gray is 0.
#
# We use two sizes: 16 x 16 for a network that works on pixels (it trains in half a minute without a GPU), and 28 x 28
# for one that works on the codes of an autoencoder.

# %%
from labkit.data.images import digits as load_digits

small, large = load_digits(16, 2, seed), load_digits(28, 4, seed)
few = lesson.pick(standard=None, quick=300)
x16, x28 = ((2 * data.train[0][:few] - 1).to(device) for data in (small, large))
t16, t28 = ((2 * data.test[0][:few] - 1).to(device) for data in (small, large))
labels = small.train[1][:few].to(device)  # the same digits in both sizes
test_labels = small.test[1][:few].to(device)


def tiles(rows, title, below="", across=10, width=4.8):
    """Rows of images, each with its name on the left."""
    size = next(iter(rows.values())).shape[-1]
    _, axes = plt.subplots(len(rows), 1, figsize=(width, 0.35 + 0.44 * len(rows)), dpi=72, squeeze=False)
    for (name, images), row in zip(rows.items(), axes[:, 0], strict=True):
        strip = images.detach().cpu().reshape(-1, size, size)[:across]
        row.imshow(torch.cat(list(strip), dim=1), cmap="gray_r", vmin=-1, vmax=1)
        row.set_ylabel(name, rotation=0, ha="right", va="center", size=8)
        row.set(xticks=[], yticks=[])
        row.grid(visible=False)
        row.spines[:].set_visible(False)
    axes[0, 0].set_title(title)
    axes[-1, 0].set_xlabel(below)
    plt.show()


# %% [markdown]
# **How good is a heap of new pictures?** No new picture has an original to compare with. So we ask a judge: a small
# classifier, trained on noisy real digits. Two numbers:
# - *recognized*: the share of pictures of which it is at least 90 % sure what they are. Real test digits show how much
#   can be had.
# - *Fréchet distance*: the judge's 64 hidden numbers make a cloud for real pictures and one for new ones. Compare the
#   two clouds by mean and covariance: $\|\mu_1 - \mu_2\|^2 + \mathrm{tr}(C_1 + C_2 - 2 (C_1 C_2)^{1/2})$. 0 is best.
#   A heap of a thousand equal, perfect zeros would be recognized, and far off.
#
# A small judge is a rough one: take its numbers for comparisons within this notebook, and for nothing else.

# %%
from labkit.train.fit import fit
from labkit.train.schedules import linear


def minibatches(size, *tensors):
    """Rows in random order, round and round."""
    order = torch.Generator().manual_seed(seed)
    while True:
        for rows in torch.randperm(len(tensors[0]), generator=order).split(size):
            yield tuple(tensor[rows.to(device)] for tensor in tensors)


def steps_of(standard):
    return lesson.pick(standard=standard, quick=max(12, standard // 25))


class Judge:
    """A classifier, and what it makes of a heap of pictures beside the real ones."""

    def __init__(self, pictures, names, real):
        pixels = pictures[0].numel()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
        self.net = nn.Sequential(self.body, nn.Linear(64, 10)).to(device)
        steps = lesson.pick(standard=600, quick=60)

        def loss(batch):
            images, digit = batch
            return nn.functional.cross_entropy(self.net(images + 0.3 * torch.randn_like(images)), digit)

        optimizer = torch.optim.Adam(self.net.parameters(), lr=3e-3, fused=True)
        fit(loss, minibatches(64, pictures, names), optimizer, steps, linear(10, steps))
        self.real = self.cloud(real)

    @torch.no_grad()
    def cloud(self, pictures):
        seen = self.body(pictures).double()
        return seen.mean(dim=0), torch.cov(seen.T)

    def frechet(self, pictures):
        (m1, c1), (m2, c2) = self.cloud(pictures), self.real
        values, vectors = torch.linalg.eigh(c1)
        root = vectors * values.clamp(min=0).sqrt() @ vectors.T
        cross = torch.linalg.eigvalsh(root @ c2 @ root).clamp(min=0).sqrt().sum()
        return ((m1 - m2).square().sum() + c1.trace() + c2.trace() - 2 * cross).item()

    @torch.no_grad()
    def says(self, pictures):
        """How sure it is, and of what."""
        return self.net(pictures).softmax(dim=1).max(dim=1)

    def recognized(self, pictures):
        return (self.says(pictures).values > 0.9).float().mean().item()


torch.manual_seed(seed)
judge16, judge28 = Judge(x16, labels, t16), Judge(x28, labels, t28)
right = (judge28.says(t28).indices == test_labels).float().mean().item()
print(f"the judge names {right:.0%} of the test digits, and is sure of {judge28.recognized(t28):.0%}")

# %% [markdown]
# ### What simpler models do
#
# - **Pure noise**, for the scale.
# - **A Gaussian** with the mean and the covariance of all training pictures: the best that any model can do that knows
#   only how pairs of pixels go together.
# - **A VAE** (Hour 14), its latents drawn from the prior.

# %%
from labkit.autoencoders.beta_vae import BetaVAE
from labkit.autoencoders.vae import VAE


def train_autoencoder(model, steps=700):
    """Hour 14's recipe. It takes pixels from 0 to 1."""
    steps = steps_of(steps)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, fused=True)
    x = (x28.flatten(1) + 1) / 2
    fit(lambda batch: model.loss(batch[0]), minibatches(64, x), optimizer, steps, linear(steps // 40, steps))
    return model.requires_grad_(False)


torch.manual_seed(seed)
vae = train_autoencoder(VAE().to(device))
flat = x28.flatten(1)
blur = torch.linalg.cholesky(torch.cov(flat.T) + 1e-4 * torch.eye(784, device=device))
simple = {
    "noise": torch.randn(400, 1, 28, 28, device=device).clamp(-1, 1),
    "Gaussian": (flat.mean(0) + torch.randn(400, 784, device=device) @ blur.T).view(-1, 1, 28, 28).clamp(-1, 1),
    "VAE": (2 * vae.generate(400) - 1).view(-1, 1, 28, 28),
}
tiles({"real": t28} | simple, "Real digits, and what simple models invent")
quality = {name: (judge28.recognized(images), judge28.frechet(images)) for name, images in simple.items()}
quality["real"] = judge28.recognized(t28), judge28.frechet(x28)
for name, (known, distance) in quality.items():
    print(f"{name:10s} recognized {known:4.0%}   Fréchet distance {distance:7.1f}")

# %% [markdown]
# **See**: the Gaussian has ink in the right places and no digit. The VAE does far better, and blurs. A VAE has to get
# from a random code to a picture in *one* jump. What if we allowed many small ones?
#
# ## 3. The architecture: spoil it slowly, learn the way back
#
# Take a picture $x_0$ and spoil it in $T = 1000$ tiny steps: shrink it a little, add a little noise. A share $\bar\alpha_t$
# of its variance is left after step t. As Gaussian noise on Gaussian noise is Gaussian noise, all t steps can be done
# in one:
#
# $$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon, \qquad \epsilon \sim N(0, I).$$
#
# At the end nothing of $x_0$ is left, and we know well how to draw *that*: it is plain noise. **See** the same digit
# under two schedules.

# %%
from labkit.diffusion.ddpm import DDPM
from labkit.diffusion.ddpm import jump as reference_jump
from labkit.diffusion.schedules import betas, cosine_schedule, linear_schedule

STEPS = 1000
kept = linear_schedule(STEPS).to(device)  # alpha bar
schedules = {"linear": kept, "cosine": cosine_schedule(STEPS).to(device)}
curves(
    {name: (range(STEPS), values.cpu()) for name, values in schedules.items()},
    "What is left of the picture",
    "step t (from 0, as arrays count)",
    "share of the variance",
)

# %%
stops = torch.arange(0, 1000, 111, device=device)
one = t28[:1].expand(len(stops), -1, -1, -1)
torch.manual_seed(seed)
shared = torch.randn_like(t28[:1]).expand_as(one)
tiles(
    {name: reference_jump(one, stops, shared, values) for name, values in schedules.items()},
    "One digit, one noise, ten stops",
    "steps 0, 111, 222, ... 999",
)

# %% [markdown]
# The linear schedule (Ho et al. 2020) is done with the digit halfway; the cosine (Nichol and Dhariwal 2021) spoils it
# evenly. We keep the linear one: its last steps are idle, which wastes some, but no single step does anything violent.
#
# ### The network
#
# Only the way *back* has to be learned. A network gets a spoiled picture and the number of its step, and says which
# **noise** is in it. That is all it is trained for:
#
# $$\text{loss} = E_{x_0, t, \epsilon}\, \big\| \epsilon - \epsilon_\theta(x_t, t) \big\|^2.$$
#
# Picture in, noise of the same size out: a **U-Net**. Down to few places, where everything can be seen at once (here by
# attention), and up again; bridges carry the detail across at every size. Its special part: each block is told the
# step (and the class, if we like) by a vector that is added to every place.

# %%
from labkit.diffusion.unet import UNet
from labkit.show.architecture import Diagram

Diagram(
    UNet((16, 32), classes=10).to(device),
    x16[:3],
    torch.tensor([0, 500, 999], device=device),
    labels[:3],
    depth=1,
    axes={"b": 3},
    title="The U-Net",
)

# %% [markdown]
# Before anything else, squares of 2 x 2 pixels are folded into channels: a quarter of the places, about a quarter of
# the work. And how is a network told "step 500"? As a Transformer is told positions: by waves of many lengths.
#
# One detail decides much. At the noisiest steps $x_t$ *is* nearly the noise: the network would have to copy its input
# through every layer, and the guess of the picture divides what it got wrong by $\sqrt{\bar\alpha_t}$, a number near 0.
# So we hand x over, and let the network tell only what is missing, the *velocity* v (Salimans and Ho 2022):
#
# $$\epsilon_\theta(x_t, t) = \sqrt{1 - \bar\alpha_t}\; x_t + \sqrt{\bar\alpha_t}\; v_\theta(x_t, t).$$
#
# What comes out is still the noise, the loss stays as it is, and every formula below holds.

# %%
from labkit.diffusion.time_embedding import sinusoidal

figure, axes = plt.subplots(figsize=(6.4, 2.4), dpi=72)
axes.imshow(sinusoidal(torch.arange(0, 1000, 4), 32).T, aspect="auto", cmap="coolwarm", extent=(0, 1000, 32, 0))
axes.set(title="What the network sees of the step", xlabel="step t", ylabel="entry of the vector")
axes.grid(visible=False)
plt.show()

# %% [markdown]
# ## 4. Why it works
#
# ### Why not in one jump?
#
# Given pure noise, the best guess of the clean picture is the **mean of all pictures**: nothing in the noise says which
# one it was. We can watch this exactly in the plane. The data are eight small clouds on a ring; here the best answer
# at every step is known in closed form, so that no network's weakness disturbs us.

# %%
from labkit.data.mixtures import ring
from labkit.diffusion.ddim import ddim_step as reference_ddim
from labkit.diffusion.ddpm import ddpm_step as reference_ddpm
from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.sampling import sample
from labkit.diffusion.schedules import timesteps

plane = GaussianMixture.of(ring(scale=0.2))


def exact_noise(x, t):
    """The best answer that any network could give: the noise, on average over all that might have led here."""
    share = kept[t[0]].cpu()
    guess = plane.denoised(x, share.sqrt(), (1 - share).sqrt())
    return (x - share.sqrt() * guess) / (1 - share).sqrt()


torch.manual_seed(seed)
start = torch.randn(500, 2)
walks = {
    count: sample(exact_noise, start, kept.cpu(), timesteps(STEPS, count), reference_ddpm, None)
    for count in (1, 5, 20, 200)
}
figure, axes = plt.subplots(1, 4, figsize=(9.2, 2.6), dpi=72, sharex=True, sharey=True)
for (count, points), panel in zip(walks.items(), axes, strict=True):
    panel.scatter(*plane.sample(400, torch.Generator().manual_seed(seed)).T, s=3, color=COLOR["orange"])
    panel.scatter(*points.T, s=3, color=COLOR["blue"])
    panel.set(title=f"{count} step" + "s" * (count > 1), xlabel="first number", aspect="equal")
axes[0].set_ylabel("second number")
plt.show()


def off_the_data(points):
    """Mean distance to the nearest of the eight centers."""
    return torch.cdist(points, plane.centers).amin(dim=1).mean().item()


far = {count: off_the_data(points) for count, points in walks.items()}
real_distance = off_the_data(plane.sample(2000, torch.Generator().manual_seed(seed)))
claim(
    "even with the best possible answers, one jump lands in the middle of nowhere, and a walk lands on the data",
    far[1] > 1.0 and far[200] < 1.25 * real_distance < far[5],
    {f"distance to the nearest center, {count} steps": value for count, value in far.items()} | {"data": real_distance},
)

# %% [markdown]
# **See** orange data and blue samples. One jump gives the mean of everything. After a small step the question is
# easier, because some of the choice has been made: *each step decides a little*.
#
# ### What the noise has to do with the density
#
# The gradient $\nabla_x \log p_t(x)$ is called the **score**: it points to where the density rises fastest. The best
# noise is the score, up to a factor:
#
# $$\epsilon^*(x, t) = -\sqrt{1 - \bar\alpha_t}\; \nabla_x \log p_t(x).$$
#
# So a network that tells noise has learned the shape of the density at every level of noise. (At one level you have met
# this in Hour 14: the denoiser's arrows.) Does it? Nobody knows the density of digits, but we know that of the ring.
# Two ways to learn a score from points alone:
# - **denoising** (Vincent 2011): guess the noise that you added, as above;
# - **sliced** (Song et al. 2019): never see a clean point; ask the network's field for its derivative along random
#   directions. It costs a second backward pass, and is noisier.

# %%
from labkit.diffusion.score_matching import (
    by_denoising,
    by_slices,
    fit_score,
    noisy_batches,
    relative_error,
)
from labkit.diffusion.score_network import ScoreNetwork
from labkit.show.live.explorer import LiveCurves

draw = torch.Generator().manual_seed(seed)
learned = {}
for name, by, standard in (("denoising", by_denoising, 1000), ("sliced", by_slices, 250)):
    torch.manual_seed(seed)
    learned[name] = ScoreNetwork()
    steps = steps_of(standard)
    report = LiveCurves(steps, "Learning a score by guessing noise") if name == "denoising" else None
    fit_score(
        learned[name], by(learned[name], draw), noisy_batches(plane.sample, 512, 0.05, 5.0, draw), steps, report=report
    )

# %%
levels = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
wrong = {
    name: [relative_error(network, plane, std, 2000, torch.Generator().manual_seed(9)) for std in levels]
    for name, network in learned.items()
}
curves(
    {name: (levels, errors) for name, errors in wrong.items()},
    "How far the learned score is from the exact one",
    "standard deviation of the noise",
    "relative error (1: a score of 0)",
)

# %%
claim(
    "the learned score matches the analytic one, best where there is much noise",
    max(wrong["denoising"]) < 0.25 and max(wrong["denoising"][2:]) < 0.15,
    {f"relative error at noise {std}": error for std, error in zip(levels, wrong["denoising"], strict=True)},
    only_in="standard",
)

# %%
ticks = torch.linspace(-3, 3, 15)
places = torch.cartesian_prod(ticks, ticks)
figure, axes = plt.subplots(1, 4, figsize=(9.6, 2.8), dpi=72, sharex=True, sharey=True)
for panel, (std, name) in zip(axes, ((1.0, "exact"), (1.0, "learned"), (0.3, "exact"), (0.3, "learned")), strict=True):
    with torch.no_grad():
        arrows = plane.score(places, 1.0, std) if name == "exact" else learned["denoising"](places, std)
    arrows = arrows / (arrows.norm(dim=1, keepdim=True) + 1)  # long ones shortened, so that all can be seen
    panel.scatter(*plane.centers.T, s=14, color=COLOR["orange"])
    panel.quiver(*places.T, *arrows.T, angles="xy", scale_units="xy", scale=2.2, width=0.005, color=COLOR["blue"])
    panel.set(title=f"{name}, noise {std}", xlabel="first number", aspect="equal")
axes[0].set_ylabel("second number")
plt.show()

# %% [markdown]
# **See**: under much noise the arrows lead to the ring as a whole; under little noise each cloud has its own catchment.
# The exact and the learned field differ where hardly any point ever was: in the middle and at the corners.
#
# ### Why many levels of noise?
#
# Given the score of the *clean* data, one can sample by walking uphill and shaking (**Langevin dynamics**): $x \leftarrow
# x + \frac{\eta}{2} \nabla \log p(x) + \sqrt{\eta}\, z$. In theory that is enough. Two clouds far apart, one with 20 %
# of the data and one with 80 %, show what goes wrong; and what **annealing** does, from much noise to little.

# %%
from labkit.diffusion.langevin import annealed_langevin, langevin

uneven = GaussianMixture(torch.tensor([[-5.0, -5.0], [5.0, 5.0]]), torch.tensor([1.0, 1.0]), torch.tensor([0.2, 0.8]))
draw = torch.Generator().manual_seed(seed)
spread = 20 * torch.rand(1000, 2, generator=draw) - 10
ends = {
    "plain Langevin": langevin(uneven.score, spread, 0.1, 400, draw),
    "annealed": annealed_langevin(lambda x, std: uneven.score(x, 1.0, std), spread, torch.logspace(1, -1, 12), 0.002, 40, draw),
}  # fmt: skip
share = {name: (points.sum(dim=1) > 0).float().mean().item() for name, points in ends.items()}
claim(
    "plain Langevin forgets how much lies in each cloud; annealed from much noise to little, it finds out",
    abs(share["plain Langevin"] - 0.8) > 0.2 and abs(share["annealed"] - 0.8) < 0.1,
    {"truth": 0.8} | {f"share in the larger cloud, {name}": value for name, value in share.items()},
)

# %% [markdown]
# A walker between the clouds feels only the slope under its feet, and that does not say how much lies *beyond* the
# hill. Under much noise the clouds are one, and walkers sort themselves before the valley opens.
#
# ### One picture for all: stochastic differential equations
#
# Let the steps become infinitely short. Noise comes in by a *stochastic differential equation* (SDE), and Song et al.
# 2021 showed that two families of models are two such equations:
#
# | | equation | the signal | the noise at the end |
# |---|---|---|---|
# | **VP**, variance preserving (DDPM) | $dx = -\frac12 \beta(t)\, x\, dt + \sqrt{\beta(t)}\, dw$ | fades | variance 1 |
# | **VE**, variance exploding (annealed Langevin) | $dx = \sqrt{d\sigma^2(t)/dt}\; dw$ | stays as it is | as large as you like |
#
# Do not mix them up: a sampler of the one fed with the score of the other gives nonsense. Each has a way back that
# needs only the score, with noise or, in the **probability flow**, without any:
#
# $$dx = \big[f(x,t) - g(t)^2 \nabla \log p_t(x)\big] dt + g(t)\, d\bar w, \qquad
# \frac{dx}{dt} = f(x,t) - \tfrac12 g(t)^2 \nabla \log p_t(x).$$

# %%
from labkit.diffusion.probability_flow import exact_divergence, flow, log_likelihood
from labkit.diffusion.reverse_sde import reverse_sde
from labkit.diffusion.sde import VESDE, VPSDE

equations = {"VP": VPSDE(), "VE": VESDE(0.05, 10.0)}
clock = torch.linspace(0, 1, 101)
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 2.6), dpi=72)
for (name, sde), color in zip(equations.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True):
    left.plot(clock, sde.shrink(clock), color=color, label=name)
    right.semilogy(clock[1:], sde.std(clock[1:]), color=color, label=name)
left.set(title="Factor of the signal", xlabel="time t", ylabel="factor")
right.set(title="Standard deviation of the noise", xlabel="time t", ylabel="deviation")
left.legend(), right.legend()
plt.show()

# %%
back = {}
falling = torch.linspace(1, 0.001, 201)
for name, sde in equations.items():
    draw = torch.Generator().manual_seed(seed)
    begin_at = sde.prior(500, 2, draw)
    back[f"{name}, with noise"] = reverse_sde(sde, sde.score_of(plane), begin_at, falling, draw)[-1]
    back[f"{name}, flow"] = flow(sde, sde.score_of(plane), begin_at, falling[::4])[-1]
figure, axes = plt.subplots(1, 4, figsize=(9.2, 2.6), dpi=72, sharex=True, sharey=True)
for (name, points), panel in zip(back.items(), axes, strict=True):
    panel.scatter(*points.T, s=3, color=COLOR["blue"])
    panel.set(title=name, xlabel="first number", aspect="equal")
axes[0].set_ylabel("second number")
plt.show()

asked = plane.sample(200, torch.Generator().manual_seed(seed + 1))
rising = torch.linspace(0, 1, 61) ** 2
found = log_likelihood(VPSDE(), VPSDE().score_of(plane), asked, rising, exact_divergence)
off_nats = (found - plane.log_density(asked)).abs().mean().item()
reach = {name: off_the_data(points) for name, points in back.items()}
claim(
    "both equations lead back to the data, with noise and without; and the flow tells the log density of each point",
    max(reach.values()) < 1.35 * real_distance and off_nats < 0.05,
    {f"distance to the nearest center, {name}": value for name, value in reach.items()}
    | {"data": real_distance, "error of the log density in nats": off_nats},
)

# %% [markdown]
# **See** four times the same ring, on four different ways. The flow has a further gift: as it only moves points, it can
# keep account of how it squeezes space together, and so knows the *likelihood* of a point. A GAN cannot say that, and
# a VAE only bounds it.
#
# ## 5. Build it: the pieces, smallest first
#
# Four functions. Replace `raise NotImplementedError` and run the cell. Stuck? `hint()` in a new cell gives one hint at
# a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. Jump to step t
#
# The forward process in one line. `kept` is the schedule $\bar\alpha$; each sample has a step of its own:
#
# $$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon$$


# %% name="jump" exercise="diffusion.jump"
@exercise("diffusion.jump")
def jump(x0, t, noise, kept):
    """Samples x0 as they are after t steps.

    x0 and noise (b, ...): any number of axes after the first; t (b,) whole numbers; kept (s,). Returns a tensor of the
    shape of x0.
    """
    ### BEGIN SOLUTION
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share).sqrt() * noise
    ### END SOLUTION


# %% checks="diffusion.jump"
score("diffusion.jump")

# %% [markdown]
# ### Exercise 2. One step back
#
# If we knew $x_0$ as well as $x_t$, then Bayes' rule would say exactly how the step before is distributed: as a Gaussian.
# DDPM puts the network's guess in the place of $x_0$, and **draws**. Written with the noise $\epsilon$ that the network
# tells, and new noise $z$:
#
# $$x_{t-1} = \frac{1}{\sqrt{\alpha}} \Big(x_t - \frac{1 - \alpha}{\sqrt{1 - \bar\alpha_t}}\, \epsilon\Big) + \sigma z,
# \qquad \sigma^2 = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t} (1 - \alpha).$$
#
# You are given $\bar\alpha$ here (`now`) and where we go (`then`). The $\alpha$ of the single step is for you to find.
# At the end of the walk `then` is 1.


# %% name="ddpm-step" exercise="diffusion.ddpm_step"
@exercise("diffusion.ddpm_step")
def ddpm_step(x, noise, now, then, fresh):
    """One step of DDPM's walk back.

    x (b, ...) at the level `now`; noise (b, ...) as the network tells it; now and then: tensors without axes, now below
    then; fresh (b, ...) standard normal. Returns x at the level `then`.
    """
    ### BEGIN SOLUTION
    alpha = now / then
    mean = (x - (1 - alpha) / (1 - now).sqrt() * noise) / alpha.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - alpha)).sqrt() * fresh
    ### END SOLUTION


# %% checks="diffusion.ddpm_step"
score("diffusion.ddpm_step")

# %% [markdown]
# ### Exercise 3. A longer stride
#
# A thousand steps are slow. DDIM (Song et al. 2021) uses **the same network** and walks differently: guess the clean
# sample, then spoil it again, *less*, with the very noise that was told. Nothing in this asks for small steps. A dial
# $\eta$ lets some fresh noise in, and as much of the told noise out:
#
# $$x_{then} = \sqrt{\bar\alpha_{then}}\, \hat x_0 + \sqrt{1 - \bar\alpha_{then} - \sigma^2}\, \epsilon + \sigma z,
# \qquad \hat x_0 = \frac{x - \sqrt{1 - \bar\alpha_{now}}\, \epsilon}{\sqrt{\bar\alpha_{now}}},$$
#
# where $\sigma$ is $\eta$ times the deviation of exercise 2. With $\eta = 1$ this *is* DDPM's step; with 0 it is a way of
# solving the probability flow.


# %% name="ddim-step" exercise="diffusion.ddim_step"
@exercise("diffusion.ddim_step")
def ddim_step(x, noise, now, then, fresh, eta=0.0):
    """One step of DDIM's walk back, from the level `now` to the level `then`.

    Arguments as in ddpm_step; eta from 0 (nothing fresh) to 1 (as in DDPM). Returns x at the level `then`.
    """
    ### BEGIN SOLUTION
    guess = (x - (1 - now).sqrt() * noise) / now.sqrt()
    sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()
    told = (1 - then - sigma**2).clamp(min=0).sqrt()
    return then.sqrt() * guess + told * noise + sigma * fresh
    ### END SOLUTION


# %% checks="diffusion.ddim_step"
score("diffusion.ddim_step")

# %% [markdown]
# ### Exercise 4. The dial for the class
#
# We train *one* network that is sometimes told the class and sometimes not (a share of the labels is replaced by "no
# class"). It then gives two answers for the same $x_t$. What they differ in is what the class has to say. **Guidance**
# (Ho and Salimans 2022) goes that way, and further:
#
# $$\epsilon = \epsilon(x_t, \varnothing) + w \big(\epsilon(x_t, c) - \epsilon(x_t, \varnothing)\big)$$
#
# $w = 0$ forgets the class, 1 takes it as it is, more than 1 exaggerates it. Each sample has a weight of its own.


# %% name="guide" exercise="diffusion.guide"
@exercise("diffusion.guide")
def guide(conditional, unconditional, weight):
    """The noise to go on with, from the two that the network tells.

    conditional and unconditional (b, ...); weight (b,). Returns a tensor of the shape of both.
    """
    ### BEGIN SOLUTION
    weight = weight.view(-1, *[1] * (conditional.ndim - 1))
    return unconditional + weight * (conditional - unconditional)
    ### END SOLUTION


# %% checks="diffusion.guide"
score("diffusion.guide")

# %% [markdown]
# ### From the pieces to the model
#
# Your step is one line of a walk. This is labkit's walk, the same for DDPM and DDIM:

# %%
import inspect

from labkit.diffusion.sampling import walk

print(inspect.getsource(walk))

# %% [markdown]
# - `times`: the stops. A thousand of them, or twenty; the first is always the noisiest.
# - `clip`: pixels lie between -1 and 1, so the guess is kept there. Early guesses divide by a number near 0, and would
#   run away otherwise. Latents have no such bounds (`None`).
#
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | pictures | 16 x 16 | half a minute on a CPU; 28 x 28 costs three times as much (below we get there another way) |
# | channels | 16 and 32, attention at 4 x 4 | 178,000 weights; in trials with the same time, wider ones saw too few pictures |
# | schedule | linear, 1000 steps | the paper's |
# | batch, steps | 32, 600 | more steps with few pictures did better than the other way round |
# | optimizer | Adam, 4e-3, falling to 0 | as high as it goes without jumping |
# | average | of the weights, decay 0.99 | samples are drawn with the mean of the last hundred networks: less grain |
# | weight of a step | $1 / \bar\alpha_t$ | the error of the velocity: else the noisy steps, where the digit is decided, would hardly count |
# | labels | 10 % dropped | for guidance |


# %%
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from labkit.diffusion.guidance import drop_labels
from labkit.diffusion.velocity import FromVelocity


def train_denoiser(loss, network, batches, steps, rate, report=None):
    """Adam with a rate that rises for a moment and falls to 0; returns a running mean of the network, and the losses."""
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, fused=True)
    optimizer.register_step_post_hook(lambda *_: mean.update_parameters(network))
    history = fit(loss, batches, optimizer, steps, linear(steps // 20, steps), report=report)
    return mean.module.eval().requires_grad_(False), history


torch.manual_seed(seed)
unet = FromVelocity(UNet((16, 32), classes=10), kept).to(device)


def unet_loss(batch):
    """The noise, told at a random step: with your jump. An error counts more where it would do more harm to the guess."""
    x0, digit = batch
    t, noise = torch.randint(STEPS, (len(x0),), device=device), torch.randn_like(x0)
    told = unet(jump(x0, t, noise, kept), t, drop_labels(digit, 10, 0.1))
    return ((told - noise).square().flatten(1).mean(dim=1) / kept[t]).mean()


taken = steps_of(600)
unet, history = train_denoiser(unet_loss, unet, minibatches(32, x16, labels), taken, 4e-3, LiveCurves(taken, "The U-Net", log=True))  # fmt: skip
print(f"{history.seconds:.0f} s for {taken} steps; drawn from {len(x16):,} digits")

# %% [markdown]
# Now the walk from noise to digits, with your steps and your dial.

# %%
from labkit.diffusion.sampling import trajectory

digit_of = torch.arange(10, device=device)


def told_by(network, digit, weight):
    """The noise as the guided network tells it: a function of x and t."""
    none, weights = torch.full_like(digit, 10), torch.full((len(digit),), float(weight), device=device)

    def predict(x, t):
        both = network(torch.cat([x, x]), torch.cat([t, t]), torch.cat([digit, none]))
        return guide(*both.chunk(2), weights)

    return predict


torch.manual_seed(seed)
noise16 = torch.randn(200, 1, 16, 16, device=device)[: lesson.pick(standard=200, quick=20)]
wanted = digit_of.repeat(len(noise16) // 10)
stops = timesteps(STEPS, 20)
film = trajectory(told_by(unet, wanted, 2.0), noise16, kept, stops, ddim_step)
tiles(
    {f"step {film.times[k]}": film.noisy[k] for k in (0, 12, 16, 18)} | {"end": film.end},
    "From noise to digits: what stands there",
)
tiles(
    {f"step {film.times[k]}": film.guesses[k] for k in (0, 8, 12, 18)},
    "... and what the network takes it for",
)
tiles({f"draw {k + 1}": film.end[10 * k : 10 * k + 10] for k in range(lesson.pick(standard=4, quick=2))}, "Digits that nobody wrote (16 x 16)")  # fmt: skip

# %%
hits = (judge16.says(film.end).indices == wanted).float().mean().item()
claim(
    "the U-Net draws digits that the judge recognizes, and they are what was asked for",
    judge16.recognized(film.end) > 0.7 and hits > 0.85,
    {"recognized": judge16.recognized(film.end), "real test digits": judge16.recognized(t16), "as asked": hits},
    only_in="standard",
)

# %% [markdown]
# **See** in the second picture how decisions are made: first a gray mean of the class, then where the strokes go, then
# their edges.
#
# And 28 x 28? The same U-Net can do that (14 x 14 places after folding), for three times the work. Run once outside of
# this notebook, with 2,000 steps of 32 digits, telling the noise without the detour over v: two minutes of one CPU core.
# Another judge, a small convolutional network, was sure of 97 % of its digits (of real ones: 96 %), and 97 % were what
# had been asked for. There is a cheaper way.
#
# ### Latent diffusion: noise on the codes
#
# Most of the U-Net's work goes into pixels that matter little. **Latent diffusion** (Rombach et al. 2022) splits the
# work: an autoencoder for the *pixels*, diffusion for *what to say*. We take Hour 14's VAE, with 24 numbers and a KL
# weighed by 0.1: it is there to copy well, and the diffusion model will learn where its codes lie, whatever their shape.
# The codes are standardized first: noise of variance 1 would drown small ones. The denoiser is a small residual
# network on 24 numbers.

# %%
from labkit.diffusion.latent_denoiser import LatentDenoiser
from labkit.diffusion.latent_diffusion import LatentDiffusion

LATENT = 24
torch.manual_seed(seed)
codec = train_autoencoder(BetaVAE(0.1, latent=LATENT).to(device))


def encode(pictures):
    """28 x 28 pixels from -1 to 1, as the mean of their cloud of codes."""
    return codec.encode((pictures.flatten(1) + 1) / 2)[0]


def decode(z):
    return (2 * codec.decode(z) - 1).view(-1, 1, 28, 28)


def latent_model(pictures, names, steps, report=None):
    """Train latent diffusion on these pictures."""
    network = FromVelocity(LatentDenoiser(LATENT, 128, 3, classes=10), kept).to(device)
    model = LatentDiffusion(encode, decode, network, kept, 10, LATENT)
    z = model.measure(pictures)
    mean, _ = train_denoiser(
        lambda batch: model.loss(*batch),
        network,
        minibatches(256, z, names),
        steps,
        3e-3,
        report,
    )
    model.ddpm = DDPM(mean, kept)
    return model


taken = steps_of(800)
latent = latent_model(x28, labels, taken, LiveCurves(taken, "Latent diffusion", log=True))

# %%
torch.manual_seed(seed)
wanted28 = digit_of.repeat(lesson.pick(standard=40, quick=10))
begun = time.process_time()
drawn = latent.generate(wanted28, timesteps(STEPS, 20), ddim_step, weight=1.0)
quality["latent diffusion"] = judge28.recognized(drawn), judge28.frechet(drawn)
tiles({f"draw {k + 1}": drawn[10 * k : 10 * k + 10] for k in range(4)}, "Latent diffusion (28 x 28)")
as_asked = (judge28.says(drawn).indices == wanted28).float().mean().item()
claim(
    "latent diffusion invents better digits than the VAE's prior, and they are what was asked for",
    quality["latent diffusion"][1] < 0.5 * quality["VAE"][1] and as_asked > 0.85,
    {f"Fréchet distance, {name}": quality[name][1] for name in ("latent diffusion", "VAE", "Gaussian", "real")}
    | {"as asked": as_asked},
    only_in="standard",
)

# %% [markdown]
# ### Twenty steps against a thousand
#
# **Guess** before you run: what happens to quality with fewer steps, and for which of the two samplers?

# %%
plan = lesson.pick(
    standard={"DDIM": [1, 2, 5, 20, 100], "DDPM": [1, 2, 5, 20, 1000]}, quick={"DDIM": [2, 20], "DDPM": [2, 20]}
)
race, half = {}, wanted28[: lesson.pick(standard=200, quick=100)]
for name, counts in plan.items():
    step = {"DDIM": ddim_step, "DDPM": ddpm_step}[name]
    for count in counts:
        torch.manual_seed(seed)
        begun = time.process_time()
        made = latent.generate(half, timesteps(STEPS, count), step, weight=1.0)
        race[name, count] = judge28.frechet(made), time.process_time() - begun
figure, axes = plt.subplots(figsize=(6.4, 3.0), dpi=80)
for (name, counts), color, marker in zip(plan.items(), (COLOR["blue"], COLOR["vermilion"]), "os", strict=True):
    axes.loglog(counts, [race[name, count][0] for count in counts], color=color, marker=marker, label=name)
axes.axhline(quality["real"][1], color=COLOR["gray"], linestyle=":", label="training digits")
axes.set(title=f"Quality against work ({len(half)} digits)", xlabel="steps", ylabel="Fréchet distance")
axes.legend()
plt.show()
for (name, count), (distance, seconds) in race.items():
    print(f"{name} with {count:4d} steps: Fréchet distance {distance:6.1f}, {seconds:6.2f} s")

# %%
if lesson.profile == "standard":
    claim(
        "DDIM with 20 steps comes near to DDPM with 1000, in a small part of the time",
        race["DDIM", 20][0] < 2 * race["DDPM", 1000][0]
        and race["DDPM", 1000][0] < 0.6 * race["DDPM", 1][0]
        and race["DDIM", 20][1] < race["DDPM", 1000][1] / 15,
        {
            "Fréchet distance, DDIM 20": race["DDIM", 20][0],
            "DDPM 1000": race["DDPM", 1000][0],
            "times as fast": race["DDPM", 1000][1] / race["DDIM", 20][1],
        },
    )

# %% [markdown]
# **See**: with one or two steps both are poor, for the reason of part 4. From twenty steps on little is gained: the
# flow's path is smooth, and twenty straight pieces follow it well. A thousand steps of DDPM gain little more here, or nothing.
# On large pictures, too, 20 to 50 steps are usual.
#
# ### What the dial does

# %%
weights = [0.0, 1.0, 2.0, 4.0]
torch.manual_seed(seed)
same = torch.randn(len(wanted28), LATENT, device=device)
dial = {w: latent.generate_from(same, wanted28, timesteps(STEPS, 20), ddim_step, w) for w in weights}


def variety(pictures):
    """How far the pictures of one class are from their mean, on average over classes (root mean square)."""
    rows = pictures.flatten(1)
    return (
        torch.stack([(rows[wanted28 == c] - rows[wanted28 == c].mean(0)).norm(dim=1).mean() for c in range(10)])
        .mean()
        .item()
    )


obeyed = {w: (judge28.says(made).indices == wanted28).float().mean().item() for w, made in dial.items()}
varied = {w: variety(made) for w, made in dial.items()}
tiles({f"weight {w:g}": made for w, made in dial.items()}, "The same noise, the class turned up", "asked for: 0 to 9")
figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 2.7), dpi=72)
left.plot(weights, list(obeyed.values()), marker="o", color=COLOR["blue"])
left.set(title="Is it what was asked for?", xlabel="guidance weight", ylabel="share")
right.plot(weights, list(varied.values()), marker="o", color=COLOR["vermilion"])
right.set(title="How unlike each other within a class", xlabel="guidance weight", ylabel="distance to the mean")
plt.show()
claim(
    "guidance buys obedience with variety",
    obeyed[0.0] < 0.3
    and obeyed[2.0] >= obeyed[1.0] - 0.01
    and obeyed[2.0] > 0.9
    and varied[4.0] < 0.95 * varied[1.0] < 0.9 * varied[0.0],
    {f"weight {w:g}": f"as asked {obeyed[w]:.0%}, variety {varied[w]:.2f}" for w in weights},
    only_in="standard",
)

# %% [markdown]
# **See** the first row: weight 0 draws *some* digit, whatever was asked for. The last row is very sure of itself, and
# each digit looks like the others of its class. Image generators are run at weights of 5 to 10: what you know as their
# glossy look is this dial.
#
# ## 7. Look inside
#
# Three views. The *film*: scrub through the steps and see the noisy picture beside what the network takes it for. The
# *field*: particles in the plane, moved by the score that was learned in part 4, with noise or without. The *dial*.

# %%
from labkit.show.denoising.data import Field, Film, Guidance
from labkit.show.denoising.explorer import DenoisingExplorer

ve, score_now = VESDE(0.05, 5.0), learned["denoising"].at(VESDE(0.05, 5.0))
moments = torch.linspace(1, 0, 31)


@torch.no_grad()
def arrows_at(points, t):
    return score_now(torch.as_tensor(points), t).numpy()


@torch.no_grad()
def moved(points, times, noise):
    points, times = torch.as_tensor(points), torch.as_tensor(times, dtype=torch.float32)
    go = reverse_sde if noise else flow
    return go(ve, score_now, points, times).numpy()


def asked_for(digit, weight):
    row = torch.full((3,), digit, device=device)
    return latent.generate(row, timesteps(STEPS, 20), ddim_step, weight)[:, 0].cpu().numpy()


shown = {w: latent.generate_from(same, wanted28, timesteps(STEPS, 20), ddim_step, w) for w in (0.0, 1.0, 2.0, 4.0, 8.0)}
grids = torch.stack([torch.stack([made[wanted28 == c][:3, 0] for c in range(10)]) for made in shown.values()])
sure = [
    [(judge28.says(made[wanted28 == c]).indices == c).float().mean().item() for c in range(10)]
    for made in shown.values()
]
draw = torch.Generator().manual_seed(seed)
DenoisingExplorer(
    film=Film(film.noisy[:, :6, 0], film.guesses[:, :6, 0], film.times, [f"digit {k}" for k in range(6)]),
    field=Field(
        arrows_at,
        moved,
        moments,
        ve.std(moments),
        ve.prior(80, 2, draw),
        plane.sample(150, draw),
        "learned score of the ring",
    ),
    guidance=Guidance(list(shown), grids, small.names, asked_for, sure),
)

# %% [markdown]
# **Find by hand:**
# 1. *Film.* At which step could you first name the digit from the noisy picture? And from the guess?
# 2. *Field.* Start a particle at the same place with and without noise. Which of the two always ends in the same cloud?
#    At which noise do the arrows split into eight catchments?
# 3. *Dial.* Find a class in which weight 1 draws something that you would not accept, and weight 4 does. What did the
#    three pictures lose?
#
# ## 8. Strengths, weaknesses, cost
#
# **Strength**: a stable loss (a regression!), no opponent, no collapse; quality and variety at once. **Weakness**: every
# picture takes many passes. **Does it copy?** If the samples were training pictures, they would lie closer to the
# training set than unseen digits do. We measure in the judge's features.


# %%
def nearest(pictures, memory):
    """Distance of each picture to the nearest one in memory, in the judge's features."""
    with torch.no_grad():
        return torch.cdist(judge28.body(pictures), judge28.body(memory)).amin(dim=1)


near = {"unseen digits": nearest(t28, x28).median().item(), "samples": nearest(drawn, x28).median().item()}
claim(
    "trained on all digits, its samples lie no closer to the training set than half of what unseen digits do",
    near["samples"] > 0.5 * near["unseen digits"],
    {f"median distance to the nearest training digit, {name}": value for name, value in near.items()},
    only_in="standard",
)
per_picture = {f"{name}, {count}": 1e3 * seconds / len(half) for (name, count), (_, seconds) in race.items()}
begun = time.process_time()
vae.generate(400)
per_picture = {"VAE": 1e3 * (time.process_time() - begun) / 400} | per_picture
for name, milliseconds in per_picture.items():
    print(f"{name:12s} {milliseconds:8.3f} ms of CPU for a 28 x 28 digit")

# %% [markdown]
# - **Compute**: training is one pass for each picture and step; *sampling* is the bill, twice as high with guidance.
# - **Data**: thousands for digits, billions for the web's pictures; few pictures are learned by heart.
# - **Failure**: a wrong schedule at the end of sampling (grain), clipping forgotten (explosion), guidance too high
#   (garish, all alike), latents not standardized (gray).
#
# ## 9. In practice
#
# A professional takes Hugging Face's `diffusers`: pipelines, pretrained weights, and a dozen schedulers. Here is its
# DDIM scheduler, driving *our* network over the codes, from the same noise.

# %%
try:
    from diffusers import DDIMScheduler
except ImportError:
    print(
        "diffusers is not installed here: labkit's tests make the comparison (`pip install diffusers` to make it yourself)"
    )
else:
    scheduler = DDIMScheduler(
        STEPS, trained_betas=betas(kept.cpu()).numpy(), clip_sample=False, timestep_spacing="trailing"
    )
    scheduler.set_timesteps(20)
    predict, theirs = told_by(latent.ddpm, wanted28, 2.0), same
    with torch.no_grad():
        for t in scheduler.timesteps:
            theirs = scheduler.step(predict(theirs, t.expand(len(theirs)).to(device)), t, theirs).prev_sample
        ours = sample(predict, same, kept, timesteps(STEPS, 20), ddim_step, None)
    difference = (ours - theirs).abs().max().item()
    claim(
        "the DDIM scheduler of diffusers walks from the same noise to the same codes",
        difference < 5e-3,
        {"largest difference": difference, "largest code": ours.abs().max().item()},
    )

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | v-prediction | tell a mixture of noise and signal | Salimans and Ho 2022 |
# | EDM | one clean account of schedule, scaling and solver | Karras et al. 2022 |
# | DiT | a Transformer in the place of the U-Net | Peebles and Xie 2023 |
# | flow matching | learn the flow's velocity along straight lines | Lipman et al. 2023 |
# | consistency models | jump from anywhere to the end | Song et al. 2023 |
#
# Used for: images and video from text, sound, filling in, super-resolution, the shapes of proteins and molecules,
# weather, plans for robots.
#
# ## 10. Responsibility
#
# *The dial makes the common more common.* People write a 7 with a bar or without, a 1 with a foot or without. Split the
# real digits of each class into two ways of writing (by k-means, in the judge's features) and call the rarer one the
# minority. How often is it drawn, as the dial goes up?

# %%
from sklearn.cluster import KMeans


def features(pictures):
    with torch.no_grad():
        return judge28.body(pictures).cpu().numpy()


def minority(pictures, digit, clusters, rare):
    """The share of pictures in the rarer cluster of their class, the mean over classes."""
    seen = features(pictures)
    return sum((clusters[c].predict(seen[(digit == c).cpu().numpy()]) == rare[c]).mean() for c in range(10)) / 10


clusters = [KMeans(2, n_init=3, random_state=seed).fit(features(x28[labels == c])) for c in range(10)]
rare = [found.labels_.mean() < 0.5 for found in clusters]  # True: cluster 1 is the smaller one
written = {"real": minority(x28, labels, clusters, rare)} | {
    f"weight {w:g}": minority(made, wanted28, clusters, rare) for w, made in dial.items() if w > 0
}
bars(written, "How often the rarer way of writing is drawn", "share, mean over digits")

# %%
claim(
    "turning up the dial draws the rarer way of writing less often",
    written["weight 4"] < 0.9 * written["weight 1"],
    written,
    only_in="standard",
)

# %% [markdown]
# Nobody wanted that: the dial was turned for *quality*. Replace "7 with a bar" by a skin tone or a dialect. **Report who
# is drawn, and not only how well.**
#
# - **Memory.** Part 8 looked for copies, and found none here. Large models do give back pictures that were often in the
#   data: photographs of people came out of Stable Diffusion nearly unchanged (Carlini et al. 2023).
# - **Consent.** The pictures that image models learned from were mostly taken without asking. Artists find their style
#   on sale; a few courts have begun to say what that means.
# - **Deception.** Pictures of events that never happened cost nothing now. Watermarks and signed cameras help a little;
#   labels on what you publish are in your own hands.
#
# ## 11. Check yourself
#
# <details><summary>1. Why can step t be reached in one jump?</summary>
#
# Each step multiplies by a number and adds Gaussian noise. Products multiply and variances of Gaussians add, so many
# steps are one step with a smaller factor and more noise.
# </details>
#
# <details><summary>2. A network trained with 1000 steps is sampled with 20. Must it be trained anew?</summary>
#
# No. It was trained to tell the noise at each level on its own; a walk may visit the levels it likes.
# </details>
#
# <details><summary>3. At the last step your pictures have fine grain. Where do you look?</summary>
#
# Fresh noise at the end of the walk: sigma must be 0 where `then` is 1.
# </details>
#
# <details><summary>4. You have the score of a VE model, and the sampler of DDPM. May you put them together?</summary>
#
# Not as they are: x has another scale at each time. Divide x by $\sqrt{1 + \sigma^2}$ and translate the levels; then
# they are two descriptions of the same thing.
# </details>
#
# <details><summary>5. What is guidance with weight 0.5?</summary>
#
# Half of the way from no class to the class: weaker than what was learned. It is rarely wanted.
# </details>
#
# <details><summary>6. Why standardize the codes before diffusing?</summary>
#
# The schedule is made for data of variance 1. Codes of spread 0.01 would be gone after the first steps.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Ho et al. 2020, *Denoising diffusion probabilistic models*, https://arxiv.org/abs/2006.11239. Song et al.
# 2021, *Denoising diffusion implicit models*, https://arxiv.org/abs/2010.02502. Song et al. 2021, *Score-based
# generative modeling through stochastic differential equations*, https://arxiv.org/abs/2011.13456. Rombach et al. 2022,
# *High-resolution image synthesis with latent diffusion models*, https://arxiv.org/abs/2112.10752. Ho and Salimans
# 2022, https://arxiv.org/abs/2207.12598. Karras et al. 2022, https://arxiv.org/abs/2206.00364. Carlini et al. 2023,
# *Extracting training data from diffusion models*, https://arxiv.org/abs/2301.13188.
#
# **Next**: Hour 18 leaves pictures for actions: agents that learn from reward.
