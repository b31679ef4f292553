# %% [markdown] badges=true
# # Hour 15. Generative adversarial networks
#
# After this hour you can
# - train a network to make samples without ever writing down a density, by letting a second network judge them;
# - write both players' losses, the gradient penalty and the class conditioning, and say what each is for;
# - **count** what a generator has forgotten, and know which training curve to believe and which not;
# - watch both players on the plane, turn by turn, and see why a generator runs from place to place.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 5 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 11 |
# | 5 | Build it: four exercises | 20 |
# | 6 | Train it | 6 |
# | 7 | Look inside | 4 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 1 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need gradient descent, convolutions (Hour 2), and the idea of a density. Hour 14 helps.
#
# **How to work.** Run the cells from top to bottom. In part 5 you write four functions; each is checked the moment
# you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "digits"  # or "mnist", by download

# %%
import math
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves
from labkit.show.style import COLOR

lesson = begin(15, profile, seed)
device = lesson.device


def turns_of(standard):
    return lesson.pick(standard=standard, quick=max(4, standard // 40))


# %% [markdown]
# ## 2. The problem: more of the same
#
# Below are points from eight Gaussians on a ring. Give somebody a thousand of them and ask: *make more*. Not these
# points again, but new ones that could have been among them. For eight Gaussians one could write the density down. For
# pictures of faces nobody can. So we want a machine that learns to **draw**, from samples alone.
#
# Our machine is a *generator*: a network that turns random numbers $z$ into a sample $G(z)$. Drawing is then one pass.
# The question of this hour is **what to train it on**: there is no target that belongs to a given $z$.

# %%
from labkit.data.mixtures import ring
from labkit.gan.coverage import mode_coverage
from labkit.gan.plane import perceptron
from labkit.gan.transport import wasserstein

data = ring(8)
held_out = data.sample(256, torch.Generator().manual_seed(1000 + seed))


def good(samples):
    """How far samples are from the data, and how many of its eight modes they cover."""
    covered = mode_coverage(samples, data.centers, data.scale, least=max(1, len(samples) // 100))
    return {"distance": wasserstein(samples[:256], held_out), "modes": covered.modes, "quality": covered.quality}


def scatter(panels, title, below="first coordinate"):
    """Samples beside each other, over the data's in gray."""
    figure, axes = plt.subplots(1, len(panels), figsize=(2.05 * len(panels) + 0.3, 2.75), dpi=70, sharey=True)
    for (name, samples), panel in zip(panels.items(), np.atleast_1d(axes), strict=True):
        panel.scatter(*held_out.T, s=3, color="#B9BEC5")
        panel.scatter(*samples[:256].cpu().T, s=5, color=COLOR["vermilion"])
        panel.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xlabel=below)
        panel.set_title(name, size=9.5)
    np.atleast_1d(axes)[0].set_ylabel("second")
    figure.suptitle(title, size=10.5, weight="bold", x=0.01, ha="left")
    plt.show()


# %% [markdown]
# ### What simpler models do
#
# - **One Gaussian**, by maximum likelihood. It has to cover all eight, so it fills the hole in the middle as well.
# - **Regression**: give each $z$ some data point as its target, at random, and minimize the squared error. **Guess**
#   what comes out before you run the cell.
#
# We judge by two numbers. The *distance* is how far points would have to travel, on average and on the cheapest way,
# to turn one sample into the other (exact: labkit solves the pairing). *Modes* counts the Gaussians that got at least
# 1 % of the samples within three deviations of their center.

# %%
torch.manual_seed(seed)
drawn = data.sample(1000)
gaussian = torch.distributions.MultivariateNormal(drawn.mean(dim=0), torch.cov(drawn.T)).sample((1000,))
regression = perceptron(64, 2)
optimizer = torch.optim.Adam(regression.parameters(), lr=1e-3, fused=True)
for _ in range(turns_of(300)):
    loss = (regression(torch.randn(128, 64)) - data.sample(128)).square().sum(dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    simple = {"new data": data.sample(1000), "one Gaussian": gaussian, "regression": regression(torch.randn(1000, 64))}
measured = {name: good(samples) for name, samples in simple.items()}
scatter(
    {f"{name}: {measured[name]['modes']} of 8": samples for name, samples in simple.items()},
    "Samples (red) of simple models, and data (gray)",
)
for name, row in measured.items():
    print(f"{name:14s} distance {row['distance']:.2f}, {row['quality']:4.0%} of the samples near a mode")

# %% [markdown]
# **See** the third panel: the best answer to "any of these points" in squared error is their **mean**, a place where no
# data are. That is the blur of Hour 14's pictures. A loss that compares a sample with *one* target cannot work here. We
# need a loss that asks: *could this have been one of them?* Nobody can write that loss down for faces. But a network
# can **learn** it.
#
# (Fresh data, too, have a distance of 0.2 to 0.4 from other data: with 256 points little can be closer.)

# %% [markdown]
# ## 3. The architecture: a forger and a judge
#
# A **generative adversarial network** (Goodfellow et al. 2014) is two networks. The *generator* is a forger. The
# *discriminator* is a judge who is shown real samples and forgeries and has to tell which is which. It gives a score,
# and $D(x) = \sigma(\text{score})$ is the probability that $x$ is real. The judge learns to tell them apart; the forger
# learns to be taken for real. They play for one number, the *value*:
#
# $$\min_G \max_D V = E_x[\log D(x)] + E_z[\log(1 - D(G(z)))].$$
#
# The judge is the loss function, and it is trained as we go. For images the usual layout is **DCGAN** (Radford et al.
# 2016). Its generator projects noise to 128 maps of 7 x 7 and doubles their size twice with *transposed* convolutions.

# %%
from labkit.gan.dcgan import Discriminator, Generator
from labkit.show.architecture import Diagram

Diagram(Generator().to(device), torch.randn(5, 64, device=device), depth=2, axes={"b": 5}, title="The forger: DCGAN")

# %% [markdown]
# The judge is the way back, with strides in place of pooling and a slope of 0.2 where a ReLU would be flat, so that a
# gradient always reaches the forger.

# %%
Diagram(Discriminator().to(device), torch.randn(5, 1, 28, 28, device=device), depth=2, axes={"b": 5}, title="The judge")

# %% [markdown]
# ### A judge that cannot be beaten
#
# Suppose both densities were known: $p$ of the data and $q$ of the forger. At a place $x$, a sample is real with odds
# $p(x) : q(x)$, so no judge does better than
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}, \qquad V(D^*) = 2\,\mathrm{JSD}(p \,\|\, q) - \log 4.$$
#
# JSD is the *Jensen-Shannon divergence*: 0 if both are the same, $\log 2$ if they have nothing in common. So the forger
# who beats the best judge makes $q = p$, and then $D = 1/2$ everywhere.

# %%
from labkit.gan.optimum import (
    game_value,
    jensen_shannon,
    optimal_logits,
    value_at_optimum,
)

line = torch.linspace(-4, 6, 401, dtype=torch.float64)


def bell(center, scale=0.6):
    density = torch.exp(-((line - center) ** 2) / (2 * scale**2))
    return density / density.sum()


p, q = bell(0.0), bell(1.2, 0.9)
best = optimal_logits(p.log(), q.log())
figure, axes = plt.subplots(figsize=(6.4, 2.9), dpi=80)
for name, density, color in (("data p", p, "orange"), ("forger q", q, "blue")):
    axes.plot(line, density / density.max(), color=COLOR[color], label=name)
axes.plot(line, best.sigmoid(), color=COLOR["black"], linestyle="--", label="best judge D*")
axes.set(title="The best judge, where both densities are known", xlabel="x", ylabel="D*, and densities (scaled)")
axes.legend(loc="center right")
plt.show()
others = [game_value(p, q, best + change * torch.randn(401, dtype=torch.float64)) for change in (0.1, 0.5, 2.0)]
claim(
    "no judge does better than p / (p + q), and its value is 2 JSD - log 4",
    torch.isclose(game_value(p, q, best), value_at_optimum(p, q)) and max(others) < game_value(p, q, best),
    {"value": game_value(p, q, best), "2 JSD - log 4": value_at_optimum(p, q), "best of three others": max(others)},
)

# %% [markdown]
# ## 4. Why it works: and when it does not
#
# ### Why does the forger not play the game as written?
#
# The forger's part of the value is $\log(1 - D(G(z)))$. At the beginning every forgery is bad and the judge is sure:
# the score $s$ is very negative. **See** the slopes: just then the *minimax* loss is flat. The way out was already in
# the first paper: minimize $-\log D(G(z))$ instead, the *non-saturating* loss. Same goal, other slope.

# %%
from labkit.gan.losses import MINIMAX, NON_SATURATING
from labkit.gan.losses import discriminator_loss as judge_loss
from labkit.gan.plane import PointCritic

scores = torch.linspace(-8, 8, 81)
curves(
    {"minimax": (scores, scores.sigmoid()), "non-saturating": (scores, 1 - scores.sigmoid())},
    "How much the forger learns from one forgery",
    "score of the forgery (left: seen through, right: taken for real)",
    "slope of the loss",
)

# %% [markdown]
# How bad is it? We hold a fresh forger still, teach the judge for a while, and measure the gradient that reaches the
# forger's weights under each loss.

# %%
torch.manual_seed(seed)
forger, judge = perceptron(64, 2), PointCritic()
optimizer = torch.optim.Adam(judge.parameters(), lr=1e-3, fused=True)
strength, looks = {"minimax": [], "non-saturating": []}, range(0, turns_of(400) + 1, turns_of(40))
for step in range(turns_of(400) + 1):
    with torch.no_grad():
        fake = forger(torch.randn(128, 64))
    if step in looks:
        for name, losses in (("minimax", MINIMAX), ("non-saturating", NON_SATURATING)):
            loss = losses.generator(judge(forger(torch.randn(512, 64))))
            gradient = torch.autograd.grad(loss, list(forger.parameters()))
            strength[name].append(math.sqrt(sum(part.square().sum().item() for part in gradient)))
    loss = judge_loss(judge(data.sample(128)), judge(fake))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
curves(
    {name: (list(looks), values) for name, values in strength.items()},
    "A judge that gets better starves the minimax forger",
    "steps of the judge, forger held still",
    "norm of the forger's gradient",
    log=True,
)

# %%
claim(
    "once the judge is sure, the minimax gradient has nearly vanished, and the non-saturating one has not",
    strength["non-saturating"][-1] > 20 * strength["minimax"][-1]
    and strength["non-saturating"][-1] > strength["non-saturating"][0],
    {name: values[-1] for name, values in strength.items()},
    only_in="standard",
)

# %% [markdown]
# ### Mode collapse, counted
#
# Now let both learn, in turns: one step of the judge, one of the forger. We play on the ring three times. Forger and
# judge are small perceptrons; what differs is the forger's loss, or the number of random numbers it is given. At 25
# moments we stop and look, always at the same noise: the samples, the judge's score of every place, and where its
# gradient sends each sample. You will play these games back in part 7.

# %%
from labkit.gan.gan import GAN, play
from labkit.gan.plane import snapshots

COUNT = lesson.pick(standard=2000, quick=500)
games = {}


def rank_correlation(a, b):
    """Spearman's: 1 if both rise together, -1 if one falls as the other rises, 0 if neither tells of the other."""
    ranks = torch.stack([torch.as_tensor(values).argsort().argsort().float() for values in (a, b)])
    return torch.corrcoef(ranks)[0, 1].item()


def on_the_ring(name, gan, optimizers, turns, critic_steps=1):
    """Play a game, look at 25 moments (fewer in a quick run), and keep what was seen."""
    turns = lesson.pick(standard=turns, quick=24)
    looks = lesson.pick(standard=24, quick=8)
    moments = sorted({1, *(round(turns * part / looks) for part in range(1, looks + 1))})
    draw = torch.Generator().manual_seed(seed)
    take = snapshots(gan, count=200, side=40, draw=draw)
    noise = torch.randn(COUNT, gan.latent, generator=draw)
    match = play(
        gan, data.batches(128), optimizers, turns, critic_steps, lambda: (take(), good(gan.generator(noise))), moments
    )
    losses, start = [], 0
    for turn in moments:  # the judge's loss, averaged over the turns since the last look
        losses.append(np.mean([value for step, value in match.scores["discriminator_loss"] if start < step <= turn]))
        start = turn
    seen = [look for _, look in match.recorded]
    games[name] = {"turns": moments, "snapshots": [shot for shot, _ in seen], "losses": losses}
    games[name] |= {key: [row[key] for _, row in seen] for key in ("distance", "modes", "quality")}


def adam(gan, rate, betas):
    return tuple(
        torch.optim.Adam(player.parameters(), rate, betas, fused=True) for player in (gan.generator, gan.discriminator)
    )


for name, latent, losses in (
    ("non-saturating", 64, NON_SATURATING),
    ("minimax", 64, MINIMAX),
    ("non-saturating, 2 numbers", 2, NON_SATURATING),
):
    torch.manual_seed(seed)
    gan = GAN(perceptron(latent, 2), PointCritic(), latent, losses)
    on_the_ring(name, gan, adam(gan, 1e-3, (0.5, 0.999)), turns=500)

film = games["non-saturating"]
chosen = [len(film["turns"]) * part // 5 - 1 for part in range(1, 6)]
scatter(
    {f"turn {film['turns'][at]}: {film['modes'][at]} of 8": film["snapshots"][at].samples for at in chosen},
    "One forger, non-saturating loss, 64 random numbers, five moments",
)

# %% [markdown]
# **See**: all samples huddle in one place, and move from one mode to the next. This is **mode collapse**. The forger
# needs only *one* good forgery. The judge learns that this place is suspicious, the forger moves on, the judge forgets
# the old place. Nothing in the forger's loss compares its *whole* output with the whole data.

# %%
claim(
    "with 64 random numbers the non-saturating forger covers at most two of eight modes at the end; with 2 random "
    "numbers the same loss covers at least six",
    film["modes"][-1] <= 2 and games["non-saturating, 2 numbers"]["modes"][-1] >= 6,
    {f"modes of 8, {name}": max(game["modes"][-3:]) for name, game in games.items()},
    only_in="standard",
)

# %% [markdown]
# So collapse is not a law. It hangs on sizes, rates and luck, which is why you should **count**, and why papers that
# show one picture of a ring prove little. (The minimax forger is slow, as you know by now, and covers some in between.)
#
# ### Why a distance instead of a verdict?
#
# Slide one density away from another and watch two measures of how different they are. JSD is what the perfect judge
# hands the forger. $W_1$, the *Wasserstein distance*, is our travelling distance.

# %%
shifts = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
cell = (line[1] - line[0]).item()
narrow = bell(0.0, 0.25)
jsd = [jensen_shannon(narrow, bell(shift, 0.25)).item() for shift in shifts]
w1 = [((narrow - bell(shift, 0.25)).cumsum(0).abs().sum() * cell).item() for shift in shifts]  # exact on a line
figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.6), dpi=80)
for panel, values, name, color in zip(panels, (jsd, w1), ("JSD in nats", "$W_1$"), ("blue", "vermilion"), strict=True):
    panel.plot(shifts, values, marker="o", color=COLOR[color])
    panel.set(title=name.replace("$W_1$", "Wasserstein distance"), xlabel="how far apart the two are", ylabel=name)
plt.show()
claim(
    "beyond two units JSD is flat and tells nothing of the distance, which the Wasserstein distance does",
    jsd[-1] - jsd[4] < 0.001 and abs((w1[-1] - w1[4]) - 3.0) < 0.01,
    {"JSD at 2 and at 5": f"{jsd[4]:.4f}, {jsd[-1]:.4f}", "W1 at 2 and at 5": f"{w1[4]:.2f}, {w1[-1]:.2f}"},
)

# %% [markdown]
# Flat means: no gradient. Real and forged pictures hardly ever overlap, so a *perfect* judge is useless to a forger.
# A **Wasserstein GAN** (Arjovsky et al. 2017) asks the judge for something else. It becomes a *critic* $f$: a height
# for each place, and the forger walks uphill. If $f$ is nowhere steeper than 1, then
#
# $$E_x[f(x)] - E_z[f(G(z))] \;\le\; W_1,$$
#
# and the best such $f$ reaches it (Kantorovich and Rubinstein). No sigmoid, no logarithm. All the art is in *nowhere
# steeper than 1*:
# - **Clipping**: keep every weight in $[-c, c]$. It bounds the slope at a value nobody has chosen.
# - **Gradient penalty** (Gulrajani et al. 2017): measure the slope between real and forged samples, and punish what is
#   not 1. You will write it in part 5.
#
# The critic should be near its best before the forger uses it, so it gets five steps a turn.

# %%
from labkit.gan.wgan import WGAN
from labkit.gan.wgan_gp import WGANGP

torch.manual_seed(seed)
clipped = WGAN(perceptron(64, 2), PointCritic(), 64, clip=0.1)
slow = tuple(torch.optim.RMSprop(player.parameters(), 2e-3) for player in (clipped.generator, clipped.discriminator))
on_the_ring("WGAN, clipped", clipped, slow, turns=250, critic_steps=5)
torch.manual_seed(seed)
penalized = WGANGP(perceptron(64, 2), PointCritic(), 64, penalty=1.0)
on_the_ring("WGAN-GP", penalized, adam(penalized, 2e-3, (0.0, 0.9)), turns=400, critic_steps=5)

shown = {name: games[name] for name in ("non-saturating", "minimax", "WGAN, clipped", "WGAN-GP")}
scatter(
    {f"{name}: {game['modes'][-1]} of 8": game["snapshots"][-1].samples for name, game in shown.items()},
    "The last moment of four games, each with 64 random numbers",
)
curves(
    {name: (np.linspace(0, 1, len(game["turns"])), game["modes"]) for name, game in shown.items()},
    "Modes covered while the game goes on",
    "share of the game",
    "modes of 8",
)

# %%
claim(
    "with the same networks and noise, WGAN-GP covers at least seven of eight modes, where the non-saturating game "
    "covers at most two; its samples are less than half as far from the data",
    shown["WGAN-GP"]["modes"][-1] >= 7
    and film["modes"][-1] <= 2
    and shown["WGAN-GP"]["distance"][-1] < 0.5 * film["distance"][-1],
    {
        name: f"{game['modes'][-1]} modes, distance {game['distance'][-1]:.2f}, {game['quality'][-1]:.0%} near a mode"
        for name, game in shown.items()
    },
    only_in="standard",
)

# %% [markdown]
# **See** the price as well: WGAN-GP goes everywhere, and is not sharp yet. Less than half of its samples lie near a
# mode; many lie on bridges between modes, since a continuous network cannot tear its noise apart. And it is dear: five
# judge steps a turn, each with a gradient of a gradient.
#
# ### Which curve can you believe?
#
# Elsewhere in this course a falling loss means progress. In a GAN the two losses are the score of a match between
# players who *both* improve. Does the judge's loss tell how good the forgeries are? We hold it against the exact
# distance, at every moment of two games in which the forger **does** get better.

# %%
figure, panels = plt.subplots(1, 2, figsize=(7.4, 3.0), dpi=80)
tracks = {}
for panel, name, color in zip(panels, ("minimax", "WGAN-GP"), ("blue", "vermilion"), strict=True):
    losses, distances = games[name]["losses"][1:], games[name]["distance"][1:]  # after one turn no judge knows anything
    tracks[name] = rank_correlation(losses, distances)
    panel.scatter(losses, distances, s=18, color=COLOR[color])
    panel.set(title=f"{name}: rank correlation {tracks[name]:.2f}", xlabel="loss of the judge", ylabel="exact distance")
    panel.locator_params(axis="x", nbins=5)
    panel.locator_params(axis="x", nbins=5)
plt.show()
claim(
    "the critic's loss tracks the quality of the samples, and the minimax GAN's does not",
    tracks["WGAN-GP"] < -0.6 and abs(tracks["minimax"]) < 0.5,
    {f"rank correlation of loss and distance, {name}": value for name, value in tracks.items()},
    only_in="standard",
)

# %% [markdown]
# Each point is a moment (all but the first, at which no judge knows anything). On the right the critic's loss (minus
# its estimate of the distance, plus the penalty) rises towards 0 as the samples come nearer: a curve to steer by. On
# the left you cannot read the distance off the loss.

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Four functions. Replace `raise NotImplementedError` and run the cell. Stuck? `hint()` in a new cell gives one hint at
# a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. What the judge minimizes
#
# A judge is a classifier with two classes. Its loss is the cross-entropy, with a mean over the real and a mean over the
# fake, *added*: $-E_x[\log D(x)] - E_z[\log(1 - D(G(z)))]$. You are given **scores**, not probabilities: any number
# from minus to plus infinity. Keep it exact for a score of 1,000.


# %% name="discriminator-loss" exercise="gan.discriminator_loss"
@exercise("gan.discriminator_loss")
def discriminator_loss(real, fake):
    """The loss of the discriminator from its scores (logits) of real samples (r,) and of fakes (f,). One number."""
    ### BEGIN SOLUTION
    return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()
    ### END SOLUTION


# %% checks="gan.discriminator_loss"
score("gan.discriminator_loss")

# %% [markdown]
# ### Exercise 2. What the forger minimizes, twice
#
# The minimax loss $E[\log(1 - D(G(z)))]$ and the non-saturating one $-E[\log D(G(z))]$, in this order. Both must fall
# as forgeries pass.


# %% name="generator-losses" exercise="gan.generator_losses"
@exercise("gan.generator_losses")
def generator_losses(fake):
    """The minimax and the non-saturating loss, from the scores (logits) of fakes (f,). Two numbers."""
    ### BEGIN SOLUTION
    return -nn.functional.softplus(fake).mean(), nn.functional.softplus(-fake).mean()
    ### END SOLUTION


# %% checks="gan.generator_losses"
score("gan.generator_losses")

# %% [markdown]
# ### Exercise 3. The gradient penalty
#
# Where should the critic's slope be 1? On the ways between real and forged samples. So take a random point on each way,
# $\hat x = \epsilon x + (1 - \epsilon)\tilde x$, and punish the distance of its slope from 1:
#
# $$E\big[(\|\nabla_{\hat x} f(\hat x)\|_2 - 1)^2\big].$$
#
# This is a loss made of a *gradient*, and it will be differentiated again, for the critic's weights. `scores_of(critic,
# points)` gives the score of each point.

# %%
from labkit.gan.wgan_gp import scores_of


# %% name="gradient-penalty" exercise="gan.gradient_penalty"
@exercise("gan.gradient_penalty")
def gradient_penalty(critic, real, fake, mix):
    """How far the critic's slope is from 1 between real and fake samples.

    real and fake (b, ...) of the same shape, mix (b,) with numbers from 0 to 1: at 1 a point is the real one. Returns
    one number, the mean over the b points.
    """
    ### BEGIN SOLUTION
    mix = mix.reshape(-1, *[1] * (real.ndim - 1))
    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    slope = torch.linalg.vector_norm(gradient.flatten(start_dim=1), dim=1)
    return (slope - 1).square().mean()
    ### END SOLUTION


# %% checks="gan.gradient_penalty"
score("gan.gradient_penalty")

# %% [markdown]
# ### Exercise 4. Tell both players the class
#
# Can we ask the forger for a 7? A **conditional GAN** (Mirza and Osindero 2014) tells both players the class. Each
# class has a learned vector, a row of a table. It is laid beside the noise; beside an image, each of its numbers
# becomes a whole map, so that a convolution finds it at every place.


# %% name="class-conditioning" exercise="gan.class_conditioning"
@exercise("gan.class_conditioning")
def append_class(x, classes, table):
    """Join to each sample the row of its class.

    x (b, c) or (b, c, h, w); classes (b,), whole numbers; table (classes, e). Returns (b, c + e) or (b, c + e, h, w),
    the sample's own channels first.
    """
    ### BEGIN SOLUTION
    rows = table[classes]
    maps = rows.reshape(*rows.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])
    return torch.cat([x, maps], dim=1)
    ### END SOLUTION


# %% checks="gan.class_conditioning"
score("gan.class_conditioning")

# %% [markdown]
# ### From the pieces to the loop
#
# This is one turn of labkit's game. Every GAN of this hour runs through it; variants only change the losses.

# %%
import inspect

import labkit.gan.gan as room

print(inspect.getsource(room._turn))

# %% [markdown]
# - `fake.detach()`: the judge's step must not move the forger.
# - The forger learns from the same fakes, through the judge **as it is after its step**.
# - `_still`: in the forger's step the judge's weights ask for no gradient. The gradient passes through; nothing moves.
# - `constrain`: where a WGAN clips.
#
# ## 6. Train it
#
# Digits at 28 x 28, pixels brought from [0, 1] to [-1, 1], where the forger's last layer, a tanh, has its range.
#
# | choice | value | why |
# |---|---|---|
# | layout | 7x7x128 to 28x28 | DCGAN's, for small images |
# | noise | 64 numbers | the digits vary in fewer ways |
# | optimizer | Adam, 1e-3, $\beta_1 = 0.5$ | less momentum: the ground moves under both players |
# | batch | 32 | half the cost of 64 a turn, and it learned as far in the same time in our trials |
# | first weights | $N(0, 0.02)$ | as in the paper |
#
# ### An honest measure
#
# How good are pictures nobody has a target for? We train a classifier on *real* digits and use it twice. It says which
# digit a picture is, so we can **count classes**. And its last hidden layer gives 32 features in which we compare the
# clouds of real and generated digits by the **Frechet distance**
#
# $$\|\mu_a - \mu_b\|^2 + \mathrm{Tr}\big(\Sigma_a + \Sigma_b - 2(\Sigma_a \Sigma_b)^{1/2}\big).$$
#
# With an Inception network's features this is the famous FID. Its *floor* is the distance between two sets of real
# digits.

# %%
from labkit.data.images import load_images
from labkit.gan.coverage import class_counts, divergence_from_uniform
from labkit.gan.frechet import frechet_distance
from labkit.gan.judge import train_judge

digits = load_images(dataset, seed)
(pictures, labels), (test_pictures, test_labels) = (
    (2 * images.to(device) - 1, names.to(device)) for images, names in (digits.train, digits.test)
)
torch.manual_seed(seed)
reader = train_judge(pictures, labels, steps=turns_of(300))
with torch.no_grad():
    right = (reader(test_pictures).argmax(dim=1) == test_labels).float().mean().item()
    real_features = reader.features(test_pictures)
    floor = frechet_distance(real_features, reader.features(pictures))
print(f"The reader knows {right:.1%} of the digits that it never saw. Floor of the Frechet distance: {floor:.1f}")


def examine(images):
    """What the reader says of generated digits."""
    classes = reader(images).argmax(dim=1)
    return {
        "frechet": frechet_distance(real_features, reader.features(images)),
        "counts": class_counts(classes, 10),
        "classes": classes,
    }


def sheet(rows, title, below="", width=10):
    """Rows of images, each row with its name on the left."""
    wide, tall = 40 * width + 76, 44 * len(rows) + 46  # in pixels
    figure = plt.figure(figsize=(wide / 72, tall / 72), dpi=72, layout="none")  # rows stand where we say
    for row, (name, images) in enumerate(rows.items()):
        panel = figure.add_axes((76 / wide, (tall - 24 - 44 * (row + 1)) / tall, 40 * width / wide, 40 / tall))
        panel.imshow(torch.cat(list(images.detach().cpu()[:width, 0]), dim=1), cmap="gray_r", vmin=-1, vmax=1)
        panel.set_ylabel(name, rotation=0, ha="right", va="center", size=9.5)
        panel.set(xticks=[], yticks=[], title=title if row == 0 else "")
        panel.grid(visible=False)
        panel.spines[:].set_visible(False)
    panel.set_xlabel(below)
    plt.show()


# %% [markdown]
# ### DCGAN, with your losses

# %%
from labkit.gan.losses import Losses
from labkit.show.live.explorer import LiveCurves

yours = Losses(discriminator_loss, lambda fake: generator_losses(fake)[1])
order = torch.Generator().manual_seed(seed)


def minibatches(size, with_labels=False):
    while True:
        rows = torch.randint(len(pictures), (size,), generator=order).to(device)
        yield (pictures[rows], labels[rows]) if with_labels else pictures[rows]


def train_on_digits(gan, batches, optimizers, turns, title=None, critic_steps=1, looks=10):
    """Play, with live curves if there is a title for them; examine fresh fakes at some moments."""
    turns, count = turns_of(turns), lesson.pick(standard=400, quick=100)
    looks = lesson.pick(standard=looks, quick=2)
    moments = sorted({round(turns * part / looks) for part in range(1, looks + 1)} - {0})
    film = torch.randn(10, gan.latent, device=device)

    def look():
        fakes = gan.generate(count)
        return examine(fakes) | {"film": gan.generator(film) if not hasattr(gan, "classes") else fakes[:10]}

    report = None if title is None else LiveCurves(turns, title)
    match = play(gan, batches, optimizers, turns, critic_steps, look, moments, report)
    gan.eval()
    steps, losses = np.array(match.scores["discriminator_loss"]).T
    means = [losses[(steps > a) & (steps <= b)].mean() for a, b in zip([0, *moments], moments, strict=False)]
    return {"turns": moments, "seen": [seen for _, seen in match.recorded], "losses": means, "seconds": match.seconds}


torch.manual_seed(seed)
dcgan = GAN(Generator().to(device), Discriminator().to(device), 64, yours)
runs = {"DCGAN": train_on_digits(dcgan, minibatches(32), adam(dcgan, 1e-3, (0.5, 0.999)), 170, "DCGAN on digits")}

# %%
run = runs["DCGAN"]
picked = [1, 3, -1] if len(run["seen"]) > 6 else range(len(run["seen"]))
sheet(
    {f"turn {run['turns'][at]}": run["seen"][at]["film"] for at in picked} | {"real": pictures},
    "DCGAN: what the same ten noises become",
    "the same noise in each column (last row: real digits)",
)

# %%
first, last = run["seen"][0], run["seen"][-1]
claim(
    "the Frechet distance has fallen to less than a tenth, and every class is made",
    last["frechet"] < 0.1 * first["frechet"] and int(last["counts"].min()) > 0,
    {
        "Frechet at the first look": first["frechet"],
        "at the last": last["frechet"],
        "floor": floor,
        "rarest class of 400": int(last["counts"].min()),
        "commonest": int(last["counts"].max()),
    },
    only_in="standard",
)

# %% [markdown]
# You should recognize digits, among others that are none: after a few seconds of training the distance is still far
# above its floor. Note that the classes come unevenly. We return to that in part 10.
#
# ### The critic's loss against the quality, on digits
#
# Once more, with a WGAN that uses **your** gradient penalty. A critic must score each image by itself, so it has no
# batch norm. To keep it quick, forger and critic have half of DCGAN's maps.

# %%
from labkit.gan.wgan_gp import ImageCritic


class YourWGANGP(WGANGP):
    """labkit's, with your penalty in the critic's loss."""

    def discriminator_loss(self, batch, fake):
        mix = torch.rand(len(batch), device=batch.device)
        distance = self.discriminator(batch).mean() - self.discriminator(fake).mean()
        return -distance + self.penalty * gradient_penalty(self.discriminator, batch, fake, mix)


torch.manual_seed(seed)
wgan = YourWGANGP(Generator(width=64).to(device), ImageCritic(width=32).to(device), 64)
runs["WGAN-GP"] = train_on_digits(
    wgan, minibatches(64), adam(wgan, 2e-3, (0.0, 0.9)), 50, "WGAN-GP on digits", critic_steps=3
)

# %%
figure, panels = plt.subplots(1, 2, figsize=(7.4, 3.0), dpi=80)
on_digits = {}
for panel, (name, run), color in zip(panels, runs.items(), ("blue", "vermilion"), strict=True):
    frechet = [seen["frechet"] for seen in run["seen"]]
    on_digits[name] = rank_correlation(run["losses"], frechet)
    panel.plot(run["losses"], frechet, color=COLOR[color], alpha=0.35, linewidth=1)
    panel.scatter(run["losses"], frechet, s=18, color=COLOR[color])
    panel.annotate("start", (run["losses"][0], frechet[0]), (6, -3), textcoords="offset points", size=9)
    panel.set(
        title=f"{name}: rank correlation {on_digits[name]:.2f}", xlabel="loss of the judge", ylabel="Frechet distance"
    )
    panel.set_yscale("log")
    panel.margins(x=0.15)
plt.show()
claim(
    "on digits, too, the critic's loss rises as the Frechet distance falls",
    on_digits["WGAN-GP"] < -0.7,
    {f"rank correlation, {name}": value for name, value in on_digits.items()}
    | {"Frechet of WGAN-GP at the end": runs["WGAN-GP"]["seen"][-1]["frechet"]},
    only_in="standard",
)

# %% [markdown]
# **See** on the left how DCGAN's loss settles near one value while the distance goes on falling and jumping. Its loss
# says that the players are balanced, not that they are good. On the right one point lies off: at the very beginning the
# critic has learned nothing yet, and its estimate is too small. After that you could stop by the critic's loss alone.
#
# ### Ask for a digit: the conditional GAN
#
# The forger gets noise and class, joined as in your exercise 4. For the judge we take the better idea of Miyato and
# Koyama (2018): its score is the usual one plus an inner product of the image's features with a vector of the class.

# %%
from labkit.gan.conditional_gan import (
    ConditionalGAN,
    ConditionalGenerator,
    ProjectionDiscriminator,
)

torch.manual_seed(seed)
told = ConditionalGAN(ConditionalGenerator(10).to(device), ProjectionDiscriminator(10).to(device), 64, 10, yours)
z, k = torch.randn(4, 64, device=device), torch.tensor([3, 1, 4, 1], device=device)
joined = append_class(z, k, told.generator.table.weight)  # your function does what the forger does first
assert torch.equal(told.generator.eval()(z, k), told.generator.generator(joined))
told.train()
runs["conditional"] = train_on_digits(
    told, minibatches(32, with_labels=True), adam(told, 1e-3, (0.5, 0.999)), 160, looks=5
)
print(f"{runs['conditional']['turns'][-1]} turns in {runs['conditional']['seconds']:.0f} s")

# %%
asked = torch.arange(400, device=device) % 10
with torch.no_grad():
    made = told.generate_classes(asked)
    answer = examine(made)
    obeyed = (answer["classes"] == asked).float().mean().item()
    path = torch.linspace(0, 1, 10, device=device)[:, None]
    ends = torch.randn(2, 64, device=device)
    walk = told.generator(torch.lerp(ends[:1], ends[1:], path), torch.full((10,), 3, device=device))
sheet(
    {f"asked, {row + 1}": made[10 * row : 10 * row + 10] for row in range(3)} | {"a walk": walk},
    "A forger that takes orders: 0 to 9",
    "rows: the same order, other noise; last row: one digit, noise changed step by step",
)
claim(
    "asked for a digit, the forger makes it",
    obeyed > 0.8,
    {"fakes read as what was asked for": obeyed, "real digits read right": right, "Frechet": answer["frechet"]},
    only_in="standard",
)

# %% [markdown]
# Told the class, the forger does not have to find ten kinds by itself, and the judge can say *what* is wrong with a 7.
# Labels are the cheapest cure for missing classes that there is.

# %% [markdown]
# ## 7. Look inside
#
# Three of the games on the ring, moment by moment. Colors are the judge's field, crosses the data, dots the forgeries;
# an arrow shows where the gradient of the forger's loss sends a dot.

# %%
from labkit.show.players.data import Game
from labkit.show.players.explorer import PlayerExplorer

recorded = {
    name: Game.of(
        zip(games[name]["turns"], games[name]["snapshots"], strict=True),
        verdicts=name != "WGAN-GP",
        exact_distance=games[name]["distance"],
        loss_of_the_judge=games[name]["losses"],
        modes_covered=games[name]["modes"],
    )
    for name in ("non-saturating", "minimax", "WGAN-GP")
}
PlayerExplorer(recorded, data.sample(200, torch.Generator().manual_seed(seed)), beside=True)

# %% [markdown]
# Play, or drag the slider; untick "side by side" to see one game large, with its curves. **Find by hand:**
# 1. *The chase.* In the non-saturating game step slowly. Where is the judge blue (fake)? Where do the dots go next, and
#    what color does the place they left take on afterwards?
# 2. *One sample's life.* Point at a dot, or press an arrow key on the plane: its path is drawn. How often does it cross
#    the ring? And in WGAN-GP?
# 3. *Starved.* Compare the lengths of the arrows of the minimax and the non-saturating game in the first moments: they
#    have the same unit. Now look at WGAN-GP's: do they ever vanish?
# 4. *Hills.* WGAN-GP's field is a height, and level lines evenly spaced mean an even slope. Are they?

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: one pass makes a sample.** An image generator by diffusion (Hour 17) needs tens of passes.

# %%
with torch.no_grad():
    begun = time.perf_counter()
    dcgan.generate(500)
    each = (time.perf_counter() - begun) / 500
parts = {"forger": dcgan.generator, "judge": dcgan.discriminator}
weights = {name: sum(weight.numel() for weight in part.parameters()) for name, part in parts.items()}
print(f"one digit: {1e3 * each:.2f} ms; weights: " + ", ".join(f"{name} {count:,}" for name, count in weights.items()))
for name, run in runs.items():
    print(
        f"{name:12s} {run['seconds'] / max(1, run['turns'][-1]) * 1e3:5.0f} ms a turn, {run['seconds']:4.0f} s in all"
    )

# %% [markdown]
# **Weakness: it does not settle.** Both measures at all looks of the three games. **See** the jumps, upwards too, and
# how soon the forger that is told the class makes all ten evenly:

# %%
figure, panels = plt.subplots(1, 2, figsize=(8.2, 3.0), dpi=80)
for (name, run), color in zip(runs.items(), ("blue", "vermilion", "green"), strict=True):
    uneven = [divergence_from_uniform(seen["counts"]) for seen in run["seen"]]
    for panel, values in zip(panels, ([seen["frechet"] for seen in run["seen"]], uneven), strict=True):
        panel.plot(run["turns"], values, marker="o", markersize=4, color=COLOR[color], label=name)
panels[0].set(title="Frechet distance to real digits", xlabel="turn", ylabel="Frechet distance", yscale="log")
panels[1].set(title="Unevenness of classes", xlabel="turn", ylabel="KL from equal shares, nats")
panels[1].axhline(math.log(10), color=COLOR["gray"], linewidth=1, linestyle=":")
panels[1].annotate("one class only", (0, math.log(10)), (2, 3), textcoords="offset points", size=8)
panels[1].legend()
plt.show()

# %% [markdown]
# - The last state is not the best by right: **keep snapshots and choose by a measure**, not by the loss.
# - No likelihood: a GAN cannot say how probable a given picture is, and has no encoder to describe one.
# - Two networks, two rates, a ratio of steps: more dials than one loss, and each can tip the balance.
# - **Data**: the judge memorizes a small set, and then its verdicts are about memory. Large GANs need augmentation of
#   what *both* players show it.
#
# ## 9. In practice
#
# There is no `torch.gan`. Professionals start from the loop of PyTorch's DCGAN example: transposed convolutions only,
# `nn.BCELoss`, labels as tensors. Let us rebuild its forger, give it the weights we have trained, and compare; and hold
# your loss against PyTorch's.

# %%
with torch.no_grad():
    ours = dcgan.generator
    theirs = nn.Sequential(
        nn.ConvTranspose2d(64, 128, 7, 1, 0, bias=False), *ours.stem,  # noise is 64 maps of 1 x 1
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), ours.enlarge[1], nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
    ).to(device).eval()  # fmt: skip
    theirs[0].weight.copy_(ours.project.weight.view(128, 7, 7, 64).permute(3, 0, 1, 2))
    theirs[3].load_state_dict(ours.enlarge[0].state_dict())
    theirs[6].load_state_dict(ours.enlarge[3].state_dict())
    z = torch.randn(32, 64, device=device)
    pixels = (theirs(z[:, :, None, None]) - ours(z)).abs().max()
    real_score, fake_score = dcgan.discriminator(pictures[:32]), dcgan.discriminator(ours(z))
    bce = nn.BCELoss()
    expected = bce(real_score.sigmoid(), torch.ones_like(real_score)) + bce(
        fake_score.sigmoid(), torch.zeros_like(fake_score)
    )
claim(
    "PyTorch's example, with our weights, makes the same digits and computes the same loss",
    pixels < 1e-4 and torch.isclose(discriminator_loss(real_score, fake_score), expected, rtol=1e-3),
    {"largest difference of a pixel": pixels, "nn.BCELoss, real and fake": expected},
)

# %% [markdown]
# labkit's tests play three whole turns beside that example and compare every weight.
#
# | variant | what it changed | where |
# |---|---|---|
# | least squares, hinge | other losses from the same scores | Mao et al. 2017; Lim and Ye 2017 |
# | spectral norm | bounds the slope of each layer, no penalty needed | Miyato et al. 2018 |
# | progressive, StyleGAN, CycleGAN | high resolution, styles, unpaired translation | Hour 16 |
# | pix2pix | an image as the condition | Isola et al. 2017 |
# | VQ-GAN, super-resolution | a critic for sharp detail beside another loss | Esser et al. 2021; Ledig et al. 2017 |
#
# Used for: sharp detail in image and speech codecs, super-resolution, synthetic data, few-step image generators that
# are distilled with an adversarial loss.
#
# ## 10. Responsibility
#
# *Whom does the generator forget?* Our data hold each digit equally often. What the unconditional forger makes:

# %%
shares = last["counts"].float() / last["counts"].sum()
bars(
    {name: 100 * share for name, share in zip(digits.names, shares.tolist(), strict=True)},
    "What DCGAN makes, as the reader reads it",
    "percent",
)

# %%
with torch.no_grad():
    fakes = dcgan.generate(400)
    near = {
        "fakes": torch.cdist(fakes.flatten(1), pictures.flatten(1)).min(dim=1),
        "new real digits": torch.cdist(test_pictures.flatten(1), pictures.flatten(1)).min(dim=1),
    }
claim(
    "classes that the data hold equally often come unequally: the rarest less than half as often as the commonest",
    shares.min() < 0.5 * shares.max(),
    {"rarest": shares.min(), "commonest": shares.max()},
    only_in="standard",
)
sheet(
    {"fakes": fakes, "nearest": pictures[near["fakes"].indices]},
    "Is it a copy? Each fake, and the training digit nearest to it",
)
claim(
    "fakes are no copies: they lie no nearer to the training digits than new real digits do",
    near["fakes"].values.median() > near["new real digits"].values.median(),
    {f"median distance to the nearest training digit, {name}": found.values.median() for name, found in near.items()},
    only_in="standard",
)

# %% [markdown]
# Replace "digit" by a skin tone, a dialect or a rare illness in "synthetic patients": whoever trains on generated data
# inherits what the generator dropped, and no training curve shows it. **Count groups**, with a reader whose own errors
# you know.
#
# - **Memory.** The second picture asks whether we print training data. Ours does not: fakes lie no nearer to the
#   training digits than new real digits do. With few pictures or long training this fails; publish such a check.
# - **Deepfakes.** Faces, voices and bodies of real people, made to order. Harm falls first on those who never
#   consented. Sign what you generate (provenance marks), and do not publish a person-specific forger.
# - **The arms race.** A detector is a judge, and a forger can be trained against it: a published detector is a loss
#   function. Detection alone will not hold.

# %% [markdown]
# ## 11. Check yourself
#
# <details><summary>1. Your discriminator's loss goes to 0 and stays there. Is the training done?</summary>
#
# No: the judge sees through everything. With the minimax loss the forger gets no gradient; with the other one it gets a
# strong one from a judge that is too sure. Slow the judge down, or take a critic with a bounded slope.
# </details>
#
# <details><summary>2. It stays at 1.386. What may that mean?</summary>
#
# 2 log 2: D = 1/2 everywhere. Either the forger is perfect, or the judge has learned nothing. Look at the samples.
# </details>
#
# <details><summary>3. Why must a WGAN-GP's critic do without batch norm?</summary>
#
# The penalty is about the slope of one sample's score. With batch norm a score depends on the whole batch.
# </details>
#
# <details><summary>4. Your Frechet distance is 12, a paper's is 8. Who is better?</summary>
#
# Nobody knows: only distances in the features of the same network, with the same numbers of samples, compare.
# </details>
#
# <details><summary>5. All eight modes are covered. Is there no collapse?</summary>
#
# Not of that kind. Each mode may still have collapsed to a point, and shares may be uneven: look at counts and spread.
# </details>
#
# <details><summary>6. What would happen if you left out <code>detach()</code> in the judge's step?</summary>
#
# The judge's loss would also send a gradient into the forger, to make *worse* fakes. In our loop that gradient would be
# cleared before the forger's step, so you would pay time for nothing; with one optimizer for both you would lose.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Goodfellow et al. 2014, *Generative adversarial nets*, https://arxiv.org/abs/1406.2661. Radford et al.
# 2016, https://arxiv.org/abs/1511.06434. Arjovsky et al. 2017, *Wasserstein GAN*, https://arxiv.org/abs/1701.07875.
# Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028. Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784.
# Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637. Heusel et al. 2017, on the Frechet distance,
# https://arxiv.org/abs/1706.08500. Metz et al. 2017, the ring, https://arxiv.org/abs/1611.02163.
#
# **Next**: Hour 16 grows the generator, gives it styles, and translates between domains without pairs.
