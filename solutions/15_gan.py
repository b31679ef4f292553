# %% [markdown] badges=true
# # Hour 15. Generative adversarial networks
#
# After this hour you can
# - train a network to generate samples without writing down a density, with a second network as its loss function;
# - write the losses of both players, the gradient penalty and the class conditioning, and say what each is for;
# - **count** which modes a generator has lost, and say which training curve to believe;
# - explain why a generator collapses, and why a Wasserstein critic prevents it.
#
# <!-- plan -->
#
# You need gradient descent and cross-entropy (Hour 1), convolutions (Hour 2), and the idea of a probability density.
# Hour 14 helps.
#
# **How to work.** Run the cells from top to bottom. You write three functions and repair a fourth. Each is checked as
# soon as you run its cell. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "digits"  # or "mnist", by download

# %%
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far

lesson = begin(15, profile, seed)
device = lesson.device

# %% fold="Imports for figures and measurements"
import math
import time

import matplotlib.pyplot as plt
import numpy as np

from labkit.show.plots import bars, curves
from labkit.show.style import COLOR
from labkit.show.tiles import tiles


def turns_of(standard):
    """The number of turns for this profile."""
    return lesson.pick(standard=standard, quick=max(4, standard // 40))


# %% [markdown]
# ## 2. The problem: generate more of the same
#
# The data of the first half of this hour are points in the plane, drawn from eight Gaussians on a ring. Each Gaussian
# is called a **mode**. The task: given a thousand such points, *generate new ones*. They should not repeat the given
# points, but look as if they came from the same source. For eight Gaussians we could write the density down. For
# pictures of faces nobody can. So we want to learn to generate **from samples alone**.
#
# A **generator** is a network that turns a vector of random numbers $z$, the noise, into a sample $G(z)$. The question
# of this hour is what loss to train it with: no target belongs to a given $z$.
#
# We measure samples with three numbers:
# - **modes**: how many of the eight Gaussians received at least 1 % of the samples, within three standard deviations of
#   their center;
# - **quality**: the percentage of samples that lie within three standard deviations of some center;
# - **distance**: each sample is paired with a real point, so that the sum of their distances is smallest. We take the
#   mean.
#
# Here are two simpler models. The first is *one Gaussian*, fitted by maximum likelihood. The second is *regression*:
# each $z$ gets a random data point as its target, and a network minimizes the squared error. **Predict** before you
# run the cell: where will the samples of the regression lie?

# %% fold="Measure samples, and draw them over the data"
from labkit.data.mixtures import ring
from labkit.gan.coverage import mode_coverage
from labkit.gan.plane import PointCritic, perceptron
from labkit.gan.transport import wasserstein

data = ring(8)
held_out = data.sample(256, torch.Generator().manual_seed(1000 + seed))


def measure(samples):
    """Distance to the data, modes covered, and the fraction of samples near a mode."""
    covered = mode_coverage(
        samples, data.centers, data.scale, least=max(1, len(samples) // 100)
    )
    return {
        "distance": wasserstein(samples[:256], held_out),
        "modes": covered.modes,
        "quality": covered.quality,
    }


def scatter(panels, title):
    """Samples (orange) side by side, over data (gray)."""
    figure, axes = plt.subplots(
        1, len(panels), figsize=(2.7 * len(panels) + 0.3, 3.2), dpi=72, sharey=True
    )
    for (name, samples), panel in zip(panels.items(), np.atleast_1d(axes), strict=True):
        panel.scatter(*held_out.T, s=4, color="#B9BEC5")
        panel.scatter(*samples[:256].cpu().T, s=7, color=COLOR["vermilion"])
        panel.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xlabel="first coordinate")
        panel.set_title(name, size=9)
    np.atleast_1d(axes)[0].set_ylabel("second coordinate")
    figure.suptitle(title, size=11, weight="bold", x=0.01, y=1.08, ha="left")
    plt.show()


def in_words(row):
    """Modes and quality, for the second line of a panel's title."""
    return f"\n{row['modes']} of 8 modes, quality {row['quality']:.0%}"


# %% fold="Fit the two simpler models" result=true
torch.manual_seed(seed)
drawn = data.sample(1000)
gaussian = torch.distributions.MultivariateNormal(
    drawn.mean(dim=0), torch.cov(drawn.T)
).sample((1000,))
regression = perceptron(64, 2)
optimizer = torch.optim.Adam(regression.parameters(), lr=1e-3, fused=True)
for _ in range(turns_of(300)):
    loss = (
        (regression(torch.randn(128, 64)) - data.sample(128)).square().sum(dim=1).mean()
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    simple = {
        "new data": data.sample(1000),
        "one Gaussian": gaussian,
        "regression": regression(torch.randn(1000, 64)),
    }
rows = {name: measure(samples) for name, samples in simple.items()}
scatter(
    {f"{name}{in_words(rows[name])}": part for name, part in simple.items()},
    "Samples (orange) and data (gray)",
)
for name, row in rows.items():
    print(
        f"{name:14s} distance {row['distance']:.2f}, modes {row['modes']}, quality {row['quality']:.0%}"
    )

# %% [markdown]
# **See** the right panel. The squared error with random targets is smallest at the **mean** of all targets, and the
# mean of the ring is its empty center. A loss that compares a sample with *one* target cannot work here. We need a loss
# that asks: could this sample have come from the data? Nobody can write that loss for faces. But a second network can
# **learn** it.
#
# (Even new data have a distance of 0.2 to 0.4: two sets of 256 points never match exactly.)
#
# ## 3. The architecture: two players
#
# A **generative adversarial network**, GAN (Goodfellow et al. 2014), consists of two networks. The **generator** $G$
# makes fake samples. The **discriminator** $D$ receives real and fake samples and classifies them. For each sample $x$
# it returns a score $s$ (a logit: any number), and $D(x) = \sigma(s) = 1 / (1 + e^{-s})$ is its probability that $x$
# is real. Both train on one number, the **value** $V$, in opposite directions:
#
# $$\min_G \max_D\; V = E_x[\log D(x)] + E_z[\log(1 - D(G(z)))].$$
#
# $E_x$ is the mean over real samples, $E_z$ the mean over noise. The discriminator is thus a classifier with the usual
# cross-entropy. It also serves as the generator's loss function, and is trained along with the generator.
#
# **In numbers.** Two real samples have scores 2 and 0, so $D$ is 0.881 and 0.5. One fake has score -1, so $D$ is 0.269.
# The discriminator minimizes $-V$:
#
# $$-\tfrac12(\log 0.881 + \log 0.5) - \log(1 - 0.269) = 0.410 + 0.313 = 0.723.$$
#
# ### Exercise 1. What the discriminator minimizes
#
# Write $-E_x[\log D(x)] - E_z[\log(1 - D(G(z)))]$, with one mean over real and one over fake scores. You are given the
# **scores**, not the probabilities. The result must be exact for a score of 1,000, too. Stuck? Write `hint()` in a new
# cell: each call gives one more hint.


# %% name="discriminator-loss" exercise="gan.discriminator_loss"
@exercise("gan.discriminator_loss")
def discriminator_loss(real, fake):
    """The discriminator's loss, one number.

    real (r,) and fake (f,) are its scores of real and of fake samples.
    discriminator_loss(tensor([2.0, 0.0]), tensor([-1.0])) is tensor(0.7233)
    """
    ### BEGIN SOLUTION
    return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()
    ### END SOLUTION


# %% checks="gan.discriminator_loss"
score("gan.discriminator_loss")

# %% [markdown]
# ### Exercise 2. What the generator minimizes, twice
#
# The generator appears only in the second term of $V$. It can minimize that term as it stands, the **minimax loss**
# $E_z[\log(1 - D(G(z)))]$. Or it can minimize the **non-saturating loss** $-E_z[\log D(G(z))]$. Both are small when the
# discriminator takes fakes for real. Part 4 shows why we need the second. Write both, in this order, from scores.


# %% name="generator-losses" exercise="gan.generator_losses"
@exercise("gan.generator_losses")
def generator_losses(fake):
    """The minimax and the non-saturating loss, two numbers.

    fake (f,) are the discriminator's scores of fake samples.
    generator_losses(tensor([-2.0, 1.0])) is (tensor(-0.7201), tensor(1.2201))
    """
    ### BEGIN SOLUTION
    return -nn.functional.softplus(fake).mean(), nn.functional.softplus(-fake).mean()
    ### END SOLUTION


# %% checks="gan.generator_losses"
score("gan.generator_losses")

# %% [markdown]
# ### DCGAN: the players for images
#
# For images the usual layout is **DCGAN** (Radford et al. 2016). The generator turns 64 noise numbers into 128 maps of
# 7 × 7, and doubles their size twice, to 28 × 28.

# %% fold="Draw the generator"
from labkit.gan.dcgan import Discriminator, Generator
from labkit.show.architecture import Diagram

Diagram(
    Generator().to(device),
    torch.randn(5, 64, device=device),
    depth=2,
    axes={"b": 5},
    title="DCGAN's generator",
)

# %% [markdown]
# Two of its parts may be new to you.
# - A **transposed convolution** enlarges a map. Each input number multiplies the whole kernel, and the results are
#   added to the output, `stride` positions apart. With stride 2, the output is about twice as long.
# - A **leaky ReLU**, in the discriminator, has a slope of 0.2 below 0, where a ReLU has slope 0. So every unit passes a
#   gradient on, and the generator depends on that gradient.

# %% fold="Draw both parts"
inputs, kernel = [1, 3, 2], [1, 2, 1]
figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.0, 3.2), dpi=80, width_ratios=(3, 2)
)
height = np.zeros(7)
for place, (number, color) in enumerate(
    zip(inputs, ("blue", "orange", "green"), strict=True)
):
    copy = np.zeros(7)
    copy[2 * place : 2 * place + 3] = number * np.array(kernel)
    left.bar(
        range(7),
        copy,
        bottom=height,
        color=COLOR[color],
        label=f"input {number} × kernel (1, 2, 1)",
    )
    height += copy
for position, total in enumerate(height):
    left.annotate(
        f"{total:g}", (position, total), (0, 3), textcoords="offset points", ha="center"
    )
left.set(
    title="A transposed convolution, stride 2",
    xlabel="position in the output",
    ylabel="output",
    ylim=(0, 10.5),
)
left.legend(loc="upper right", fontsize=8.5)
at = torch.linspace(-3, 3, 61)
right.plot(
    at,
    nn.functional.leaky_relu(at, 0.2),
    color=COLOR["vermilion"],
    label="leaky ReLU, slope 0.2",
)
right.plot(at, at.relu(), color=COLOR["blue"], linestyle="--", label="ReLU")
right.set(title="A leaky ReLU beside a ReLU", xlabel="input", ylabel="output")
right.legend(loc="upper left", fontsize=8.5)
plt.show()
outputs = nn.functional.conv_transpose1d(
    torch.tensor([[[1.0, 3.0, 2.0]]]), torch.tensor([[[1.0, 2.0, 1.0]]]), stride=2
)
claim(
    "torch's transposed convolution gives the same seven numbers",
    outputs.flatten().tolist() == height.tolist(),
    {"its output": outputs.flatten().tolist()},
)

# %% [markdown]
# **See** on the left how the input numbers 1, 3 and 2 each add a scaled copy of the kernel (1, 2, 1), two positions
# apart. Where copies overlap, they sum. Three numbers become seven; padding cuts off the surplus. The discriminator
# mirrors the generator: it uses convolutions with stride 2 in place of pooling, and ends in one score.
#
# ## 4. Why it works: and when it does not
#
# ### The best discriminator
#
# Suppose we knew both densities, $p$ of the data and $q$ of the generator. At a point $x$, a sample is real with odds
# $p(x) : q(x)$. No discriminator can do better than
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}, \qquad V(D^*) = 2\,\mathrm{JSD}(p \,\|\, q) - \log 4.$$
#
# For example, where data are three times as dense as fakes, $D^* = 0.75$. JSD is the **Jensen-Shannon divergence**: 0
# if $p = q$, and $\log 2$ if $p$ and $q$ do not overlap. Against the best discriminator, the generator can do no
# better than $q = p$. Then $D^* = 1/2$ everywhere. (In the figure $D^*$ also falls on the far left. There $q$ is
# larger than $p$, although both are nearly 0.)

# %% fold="Draw the best discriminator for two known densities, and compare it with others"
from labkit.gan.optimum import (
    game_value,
    jensen_shannon,
    optimal_logits,
    value_at_optimum,
)

line = torch.linspace(-4, 6, 401, dtype=torch.float64)


def bell(center, scale=0.6):
    """A Gaussian density on the line, as probabilities of its cells."""
    density = torch.exp(-((line - center) ** 2) / (2 * scale**2))
    return density / density.sum()


p, q = bell(0.0), bell(1.2, 0.9)
best = optimal_logits(p.log(), q.log())
figure, axes = plt.subplots(figsize=(7.0, 3.0), dpi=80)
for name, density, color in (("data p", p, "orange"), ("generator q", q, "blue")):
    axes.plot(line, density / p.max(), color=COLOR[color], label=name)
axes.plot(
    line, best.sigmoid(), color=COLOR["black"], linestyle="--", label="D* = p / (p + q)"
)
axes.set(
    title="The best discriminator for two known densities",
    xlabel="x",
    ylabel="D*, and densities",
)
axes.legend(loc="center right")
plt.show()
changed = [
    game_value(p, q, best + size * torch.randn(401, dtype=torch.float64))
    for size in (0.1, 0.5, 2.0)
]
claim(
    "no discriminator reaches a higher value than p / (p + q), whose value is 2 JSD - log 4",
    torch.isclose(game_value(p, q, best), value_at_optimum(p, q))
    and max(changed) < game_value(p, q, best),
    {
        "value of D*": game_value(p, q, best),
        "2 JSD - log 4": value_at_optimum(p, q),
        "best of three changed discriminators": max(changed),
    },
)

# %% [markdown]
# ### Why the generator does not minimize the value
#
# Early in training the fakes are bad, and the discriminator soon becomes certain: the scores of fakes are very
# negative. The gradient of the minimax loss with respect to a score is $-\sigma(s)$, which is almost 0 there. The
# gradient of the non-saturating loss is $-(1 - \sigma(s))$, almost -1. At a score of -5 they are -0.007 and -0.993.
#
# To see what this does to a network, we hold an untrained generator fixed, train only the discriminator, and measure
# the gradient that reaches the generator's weights. **Predict** for each loss: will it grow or shrink as the
# discriminator gets better?

# %% fold="Train a discriminator against a fixed generator, and measure the generator's gradient" result=true
from labkit.gan.losses import MINIMAX, NON_SATURATING
from labkit.gan.losses import discriminator_loss as labkit_discriminator_loss

torch.manual_seed(seed)
fixed, discriminator = perceptron(64, 2), PointCritic()
optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3, fused=True)
strength, looks = (
    {"minimax": [], "non-saturating": []},
    range(0, turns_of(400) + 1, turns_of(40)),
)
for step in range(turns_of(400) + 1):
    with torch.no_grad():
        fake = fixed(torch.randn(128, 64))
    if step in looks:
        for name, losses in (("minimax", MINIMAX), ("non-saturating", NON_SATURATING)):
            loss = losses.generator(discriminator(fixed(torch.randn(512, 64))))
            gradient = torch.autograd.grad(loss, list(fixed.parameters()))
            strength[name].append(
                math.sqrt(sum(part.square().sum().item() for part in gradient))
            )
    loss = labkit_discriminator_loss(
        discriminator(data.sample(128)), discriminator(fake)
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
curves(
    {name: (list(looks), values) for name, values in strength.items()},
    "The generator's gradient, against a discriminator that gets better",
    "training steps of the discriminator, generator fixed",
    "norm of the gradient",
    log=True,
)

# %% fold="Check the claim" result=true
claim(
    "against a trained discriminator the minimax gradient has nearly vanished, and the non-saturating one has grown",
    strength["non-saturating"][-1] > 20 * strength["minimax"][-1]
    and strength["non-saturating"][-1] > strength["non-saturating"][0],
    {f"gradient norm, {name}": values[-1] for name, values in strength.items()},
    only_in="standard",
)

# %% [markdown]
# In the standard run the minimax gradient vanishes. The non-saturating gradient grows as the discriminator gets
# better, so the generator keeps learning. But a large gradient need not point in a good direction, as you will see
# now.
#
# ### Mode collapse: high quality, one mode
#
# Now both players learn. In each **turn** the discriminator takes its steps, then the generator takes one. We play two
# games on the ring, both with the non-saturating loss and 64 noise numbers. In the first, the discriminator is one
# layer deeper and learns faster: three steps a turn, at twice the generator's learning rate. In the second, both take
# one step a turn at the same rate. **Predict**: how many of the eight modes will each generator cover in the end?

# %% fold="Play two games, and measure each generator at 25 moments" result=true
from labkit.gan.gan import GAN, play
from labkit.gan.plane import snapshots

COUNT = lesson.pick(standard=2000, quick=500)
games = {}


def rank_correlation(a, b):
    """Spearman's: 1 if both rise together, -1 if one rises as the other falls, near 0 if they are unrelated."""
    ranks = torch.stack(
        [torch.as_tensor(values).argsort().argsort().float() for values in (a, b)]
    )
    return torch.corrcoef(ranks)[0, 1].item()


def play_on_the_ring(name, gan, optimizers, turns, discriminator_steps=1):
    """Play a game, measure it at 25 moments (fewer in a quick run), and keep what was recorded."""
    turns, looks = lesson.pick(standard=(turns, 24), quick=(24, 8))
    moments = sorted(
        {1, *(round(turns * part / looks) for part in range(1, looks + 1))}
    )
    draw = torch.Generator().manual_seed(seed)
    take = snapshots(gan, count=200, side=40, draw=draw)
    noise = torch.randn(COUNT, gan.latent, generator=draw)
    match = play(
        gan,
        data.batches(128),
        optimizers,
        turns,
        discriminator_steps,
        lambda: (take(), measure(gan.generator(noise))),
        moments,
    )
    steps, values = np.array(match.scores["discriminator_loss"]).T
    losses = [
        values[(steps > a) & (steps <= b)].mean()
        for a, b in zip([0, *moments], moments, strict=False)
    ]
    shots = [shot for shot, _ in (seen for _, seen in match.recorded)]
    games[name] = {"turns": moments, "snapshots": shots, "losses": losses}
    games[name] |= {
        key: [row[key] for _, (_, row) in match.recorded]
        for key in ("distance", "modes", "quality")
    }
    return games[name]


def adam(gan, rates, betas):
    """Adam for both players; rates for generator and discriminator."""
    players = gan.generator, gan.discriminator
    return tuple(
        torch.optim.Adam(player.parameters(), rate, betas, fused=True)
        for player, rate in zip(players, rates, strict=True)
    )


torch.manual_seed(seed)
gan = GAN(perceptron(64, 2), PointCritic(depth=3), 64, NON_SATURATING)
fast = play_on_the_ring(
    "fast discriminator",
    gan,
    adam(gan, (1e-3, 2e-3), (0.5, 0.999)),
    700,
    discriminator_steps=3,
)
torch.manual_seed(seed)
gan = GAN(perceptron(64, 2), PointCritic(), 64, NON_SATURATING)
equal = play_on_the_ring("equal rates", gan, adam(gan, (1e-3, 1e-3), (0.5, 0.999)), 500)

for name in ("fast discriminator", "equal rates"):
    game = games[name]
    chosen = [round((len(game["turns"]) - 1) * part / 4) for part in range(5)][2:]
    scatter(
        {
            f"turn {game['turns'][at]}{in_words({key: game[key][at] for key in ('modes', 'quality')})}": game[
                "snapshots"
            ][at].samples
            for at in chosen
        },
        f"{name.capitalize()}: one generator at three moments",
    )

# %% [markdown]
# **See** in the upper row of the standard run: the generator sits on one or two modes. Most samples there are good, so
# the *quality* is high, and six or seven modes are missing. This is **mode collapse**. A measure of quality alone
# would call it a success. In the lower row the generator covers one mode or none. Its samples also stay together, but
# they travel: from turn to turn the whole cluster moves around the ring, and the discriminator never catches up.
#
# Both have one cause. The loss scores each fake on its own, and no term compares *all* fakes with *all* data. If one
# region has the highest score, every fake moves there. A slow discriminator lowers the score of that region too late,
# and all fakes move on to the next. A fast one lowers the scores around the fakes before any of them can leave. Only
# at the mode itself do real samples keep the score a little higher, so the fakes stay there.


# %% fold="Check the claim, and draw the two measures side by side" result=true
def travelled(game):
    """The length of the path of the samples' mean over the second half of the game."""
    means = torch.stack([shot.samples.mean(dim=0) for shot in game["snapshots"]])[
        len(game["snapshots"]) // 2 :
    ]
    return (means[1:] - means[:-1]).norm(dim=1).sum().item()


figure, panels = plt.subplots(1, 2, figsize=(8.6, 3.0), dpi=80)
for (name, game), color in zip(games.items(), ("blue", "vermilion"), strict=True):
    for panel, key, factor in zip(panels, ("modes", "quality"), (1, 100), strict=True):
        panel.plot(
            game["turns"],
            [factor * value for value in game[key]],
            color=COLOR[color],
            label=name,
        )
panels[0].set(
    title="Modes covered", xlabel="turn", ylabel="modes of 8", ylim=(-0.2, 8.2)
)
panels[1].set(
    title="Quality of the samples",
    xlabel="turn",
    ylabel="% near a mode",
    ylim=(-3, 103),
)
panels[0].legend(loc="upper right")
plt.show()
claim(
    "with a fast discriminator the generator sits on at most two of eight modes, and at least 70 % of its samples are "
    "good; with equal rates its samples travel several times as far",
    fast["modes"][-1] <= 2
    and fast["quality"][-1] > 0.7
    and travelled(equal) > 3 * travelled(fast),
    {
        "fast discriminator: modes": fast["modes"][-1],
        "fast discriminator: quality": fast["quality"][-1],
        "fast discriminator: path in the second half": travelled(fast),
        "equal rates: path in the second half": travelled(equal),
    },
    only_in="standard",
)

# %% [markdown]
# ### Why a distance instead of a classification
#
# Move one narrow density away from another and compare two measures of their difference. JSD is what the value measures
# against the best discriminator. $W_1$, the **Wasserstein distance**, is our distance from part 2: how far samples must
# travel. **Predict**: which of the two still changes when the densities no longer overlap?

# %% fold="Draw both measures as one density moves away"
shifts = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
cell = (line[1] - line[0]).item()
narrow = bell(0.0, 0.25)
jsd = [jensen_shannon(narrow, bell(shift, 0.25)).item() for shift in shifts]
w1 = [
    ((narrow - bell(shift, 0.25)).cumsum(0).abs().sum() * cell).item()
    for shift in shifts
]  # exact on a line
figure, panels = plt.subplots(1, 2, figsize=(7.6, 2.8), dpi=80)
names = ("Jensen-Shannon divergence", "JSD in nats"), ("Wasserstein distance", "$W_1$")
for panel, values, (title, label), color in zip(
    panels, (jsd, w1), names, ("blue", "vermilion"), strict=True
):
    panel.plot(shifts, values, marker="o", color=COLOR[color])
    panel.set(title=title, xlabel="distance between the centers", ylabel=label)
plt.show()
claim(
    "beyond a distance of 2 the JSD is constant, while the Wasserstein distance keeps growing",
    jsd[-1] - jsd[4] < 0.001 and abs((w1[-1] - w1[4]) - 3.0) < 0.01,
    {
        "JSD at distance 2": jsd[4],
        "JSD at distance 5": jsd[-1],
        "W1 at distance 2": w1[4],
        "W1 at distance 5": w1[-1],
    },
)

# %% [markdown]
# The distributions of real and generated pictures hardly overlap, and there the JSD is constant. So with the *minimax*
# loss, the best discriminator gives the generator no gradient at all. With the *non-saturating* loss it gives a large
# gradient, but that gradient does not say how far the data are. In both cases a better discriminator does not give a
# better gradient.
#
# A **Wasserstein GAN** (Arjovsky et al. 2017) replaces the discriminator by a **critic** $f$, which gives each sample a
# score without a sigmoid. If the slope of $f$ is nowhere above 1, then
#
# $$E_x[f(x)] - E_z[f(G(z))] \;\le\; W_1,$$
#
# and the best such $f$ reaches $W_1$ (Kantorovich and Rubinstein). The critic maximizes the left side, and the
# generator moves its samples uphill on $f$. Here a better critic *does* give a better gradient, so it takes five steps
# a turn. There are two ways to bound its slope:
# - **clipping**: keep every weight in $[-c, c]$. This bounds the slope, but not by 1: the bound depends on the
#   network;
# - a **gradient penalty** (WGAN-GP, Gulrajani et al. 2017): measure the slope between real and fake samples, and add
#   $\lambda$ times its squared distance from 1 to the critic's loss. You will work on it in part 5.
#
# The paper uses $\lambda = 10$. On the ring we use $\lambda = 1$, which in our trials needed fewer turns.

# %% fold="Play with a Wasserstein critic" result=true
from labkit.gan.wgan_gp import WGANGP

torch.manual_seed(seed)
wgan_on_ring = WGANGP(perceptron(64, 2), PointCritic(), 64, penalty=1.0)
wasserstein_game = play_on_the_ring(
    "WGAN-GP",
    wgan_on_ring,
    adam(wgan_on_ring, (2e-3, 2e-3), (0.0, 0.9)),
    400,
    discriminator_steps=5,
)
scatter(
    {
        f"{name}{in_words({key: game[key][-1] for key in ('modes', 'quality')})}": game[
            "snapshots"
        ][-1].samples
        for name, game in games.items()
    },
    "The last moment of three games, each with 64 noise numbers",
)
claim(
    "WGAN-GP covers at least seven of eight modes, at less than half the distance of the collapsed generator",
    wasserstein_game["modes"][-1] >= 7
    and wasserstein_game["distance"][-1] < 0.5 * fast["distance"][-1],
    {
        f"{name}: {key}": game[key][-1]
        for name, game in games.items()
        for key in ("modes", "quality", "distance")
    },
    only_in="standard",
)

# %% [markdown]
# **See** what WGAN-GP gains and what it costs. In the standard run its samples reach nearly every mode. But fewer than
# half of them lie near a mode: a continuous network cannot separate its noise into eight pieces, so many samples lie on
# bridges between modes. And each turn costs five critic steps, each with a gradient of a gradient.

# %% [markdown]
# ### Further: three more games, and which loss to believe
#
# We play three more games on the ring. The first minimizes the *minimax* loss. The second has only *2 noise numbers*.
# The third is the first *Wasserstein GAN*, which bounds the slope by clipping each weight to [-0.1, 0.1].

# %% fold="Play three more games" result=true
from labkit.gan.wgan import WGAN

for name, latent_size, chosen_losses in (
    ("minimax", 64, MINIMAX),
    ("2 noise numbers", 2, NON_SATURATING),
):
    torch.manual_seed(seed)
    another = GAN(perceptron(latent_size, 2), PointCritic(), latent_size, chosen_losses)
    play_on_the_ring(name, another, adam(another, (1e-3, 1e-3), (0.5, 0.999)), 500)
torch.manual_seed(seed)
clipped = WGAN(perceptron(64, 2), PointCritic(), 64, clip=0.1)
slow = tuple(
    torch.optim.RMSprop(player.parameters(), 2e-3)
    for player in (clipped.generator, clipped.discriminator)
)
play_on_the_ring("WGAN, clipped", clipped, slow, 250, discriminator_steps=5)
more = {
    name: games.pop(name) for name in ("minimax", "2 noise numbers", "WGAN, clipped")
}
scatter(
    {
        f"{name}{in_words({key: game[key][-1] for key in ('modes', 'quality')})}": game[
            "snapshots"
        ][-1].samples
        for name, game in more.items()
    },
    "The last moment of three more games",
)
for name, game in more.items():
    print(
        f"{name:16s} modes {game['modes'][-1]}, quality {game['quality'][-1]:.0%}, distance {game['distance'][-1]:.2f}"
    )

# %% [markdown]
# Does a falling loss mean better samples? We compare the loss with the exact distance, at every moment of two games in
# which the generator *does* improve.

# %% fold="Draw loss against distance" result=true
figure, panels = plt.subplots(1, 2, figsize=(8.2, 3.2), dpi=80)
tracks = {}
compared = {"minimax": more["minimax"], "WGAN-GP": wasserstein_game}
for panel, (name, game), color in zip(
    panels, compared.items(), ("blue", "vermilion"), strict=True
):
    values, distances = (
        game["losses"][1:],
        game["distance"][1:],
    )  # after one turn nobody has learned anything
    tracks[name] = rank_correlation(values, distances)
    panel.scatter(values, distances, s=20, color=COLOR[color])
    player = "discriminator" if name == "minimax" else "critic"
    panel.set(
        title=f"{name}: rank correlation {tracks[name]:.2f}",
        xlabel=f"loss of the {player}",
        ylabel="exact distance",
    )
    panel.locator_params(axis="x", nbins=5)
plt.show()
claim(
    "the critic's loss follows the quality of the samples more closely than the minimax discriminator's does",
    tracks["WGAN-GP"] < -0.6 and abs(tracks["minimax"]) < abs(tracks["WGAN-GP"]),
    {
        f"rank correlation of loss and distance, {name}": value
        for name, value in tracks.items()
    },
    only_in="standard",
)

# %% [markdown]
# Each point is a moment. **See** in the standard run that on the right the critic's loss rises towards 0 as the
# distance falls: you can tell from it when to stop. On the left you cannot read the distance off the loss.

# %% [markdown]
# ## 5. Build it
#
# ### Exercise 3. Bug hunt: the gradient penalty
#
# Where should the slope of the critic be 1? On the lines between real and fake samples. Take a random point on each
# line, $\hat x = \epsilon x + (1 - \epsilon)\tilde x$ with real $x$, fake $\tilde x$ and $\epsilon$ between 0 and 1, and
# penalize the slope there:
#
# $$E\big[(\|\nabla_{\hat x} f(\hat x)\|_2 - 1)^2\big].$$
#
# The **slope** at a point is the length of the gradient of the score with respect to *that sample*, over all its
# coordinates. **In numbers**: a critic $f(x) = 3x_1 + 4x_2$ has slope $\sqrt{3^2 + 4^2} = 5$ everywhere, so its
# penalty is $(5 - 1)^2 = 16$. The penalty contains a gradient, and is differentiated once more for the weights of the
# critic. That needs `create_graph=True`.
#
# The function below was published in this form, in several widely used repositories (PyTorch-GAN, issue 20; wgan-gp,
# issue 25). It is right where samples are vectors, and was used for images unchanged. Training ran without an error.
# Here is the critic's loss with that code, on the digits of part 6:

# %% fold="Train on digits with the published code, and draw the loss" result=true
from labkit.data.images import load_images
from labkit.data.minibatches import minibatches
from labkit.gan.wgan_gp import ImageCritic, scores_of

digits = load_images(dataset, seed)
(pictures, labels), (test_pictures, test_labels) = (
    (2 * images.to(device) - 1, names.to(device))
    for images, names in (digits.train, digits.test)
)


def images_only(size):
    """Minibatches without their labels."""
    return (images for images, _ in minibatches(size, pictures, labels, seed=seed))


def slope_of(critic, real, fake, mix):
    """The gradient of the score at points between real and fake samples."""
    mix = mix.reshape(-1, *[1] * (real.ndim - 1))
    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    return torch.autograd.grad(
        scores_of(critic, points).sum(), points, create_graph=True
    )[0]


class PublishedWGAN(WGANGP):
    """WGAN-GP with the penalty as it was published."""

    def discriminator_loss(self, batch, fake):
        gradient = slope_of(
            self.discriminator, batch, fake, torch.rand(len(batch), device=device)
        )
        penalty = (torch.linalg.vector_norm(gradient, dim=1) - 1).square().mean()
        return (
            self.losses.discriminator(
                self.discriminator(batch), self.discriminator(fake)
            )
            + self.penalty * penalty
        )


torch.manual_seed(seed)
published = PublishedWGAN(
    Generator(width=64).to(device), ImageCritic(width=32).to(device), 64
)
optimizers = adam(published, (2e-3, 2e-3), (0.0, 0.9))
match = play(published, images_only(64), optimizers, turns_of(25), 3)
figure, axes = plt.subplots(figsize=(7.0, 2.6), dpi=72)
axes.plot(
    *zip(*match.scores["discriminator_loss"], strict=True), color=COLOR["vermilion"]
)
axes.set(
    title="The critic's loss with the published penalty",
    xlabel="turn",
    ylabel="loss of the critic",
)
plt.show()

# %% [markdown]
# The curve does not tell you what is wrong. **Find the error in the code, and repair it.** `scores_of(critic, points)`
# gives the score of each point.


# %% name="gradient-penalty" exercise="gan.gradient_penalty"
@exercise("gan.gradient_penalty")
def gradient_penalty(critic, real, fake, mix):
    """The mean over the b pairs of (slope - 1) squared, between real and fake samples.

    real and fake (b, ...) of the same shape, mix (b,): at 1 a point is the real one.
    For images of 2 x 2 pixels and a critic that returns half of the sum of the pixels,
    the gradient is 0.5 at each of 4 pixels. So the slope is 1, and the penalty 0.
    """
    ### BEGIN BUG
    mix = mix.reshape(-1, *[1] * (real.ndim - 1))
    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    total = scores_of(critic, points).sum()
    (gradient,) = torch.autograd.grad(total, points, create_graph=True)
    slope = torch.linalg.vector_norm(gradient, dim=1)
    return (slope - 1).square().mean()
    ### END BUG
    ### BEGIN SOLUTION
    mix = mix.reshape(-1, *[1] * (real.ndim - 1))
    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    total = scores_of(critic, points).sum()
    (gradient,) = torch.autograd.grad(total, points, create_graph=True)
    slope = torch.linalg.vector_norm(gradient.flatten(start_dim=1), dim=1)
    return (slope - 1).square().mean()
    ### END SOLUTION


# %% checks="gan.gradient_penalty"
score("gan.gradient_penalty")

# %% [markdown]
# ### Exercise 4. Append the class
#
# Can we ask the generator for a 7? In a **conditional GAN** (Mirza and Osindero 2014) both players receive the class of
# the sample. Each class has a learned vector, a row of a table. For a vector of noise, append the row to the vector. For
# an image, each number of the row becomes a constant map, appended as a further channel. A convolution then finds it at
# every position. One function does both.


# %% name="class-conditioning" exercise="gan.class_conditioning"
@exercise("gan.class_conditioning")
def append_class(x, classes, table):
    """Append to each sample the row of its class, after its own channels.

    x (b, c) or (b, c, h, w), classes (b,) whole numbers, table (k, e) with a row for
    each of k classes. Returns (b, c + e) or (b, c + e, h, w).
    With table = [[1, 2], [3, 4], [5, 6]], the sample [7, 8] of class 2 becomes
    [7, 8, 5, 6]. An image of that class gets two maps more: one of 5s, one of 6s.
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
# One turn of a GAN, in full. labkit's `play` does the same, with checks and recordings, for all GANs of this hour:


# %%
def one_turn(gan, real, generator_optimizer, discriminator_optimizer):
    fake = gan.generator(torch.randn(len(real), gan.latent, device=real.device))
    scores = gan.discriminator(real), gan.discriminator(fake.detach())
    loss = discriminator_loss(*scores)
    discriminator_optimizer.zero_grad()
    loss.backward()
    discriminator_optimizer.step()
    loss = generator_losses(gan.discriminator(fake))[1]
    generator_optimizer.zero_grad()
    loss.backward()
    generator_optimizer.step()


# %% [markdown]
# - `fake.detach()`: the discriminator's step must not send a gradient into the generator.
# - The generator then learns from the same fakes, through the discriminator *after* its step.
# - That second `backward` also leaves gradients in the discriminator. Its `zero_grad()` clears them in the next turn.
#
# ## 6. Train it
#
# The data are scikit-learn's handwritten digits: scans of 8 × 8 pixels, smoothly enlarged to 28 × 28, so their strokes
# are soft. (With `dataset = "mnist"` you get MNIST, by download.) We scale pixels from [0, 1] to [-1, 1], the range of
# the generator's last layer, a tanh.
#
# | choice | value | why |
# |---|---|---|
# | noise | 64 numbers | enough for all ways in which digits vary |
# | optimizer | Adam, 1e-3, $\beta_1 = 0.5$ | less momentum, because each player's loss changes as the other learns |
# | batch | 32 | as good as 64 after the same time, in our trials |
# | first weights | $N(0, 0.02^2)$ | as in the DCGAN paper |
#
# ### A measure for pictures
#
# How good are pictures that have no target? We train a **digit classifier** on *real* digits, a small CNN, and use it
# in two ways. It names the digit in each picture, so we can **count classes**: these are our modes. And its last
# hidden layer gives 32 features of each picture. We describe the features of real pictures $a$ and of generated
# pictures $b$ by mean $\mu$ and covariance $\Sigma$, and compare them by the **Fréchet distance**
#
# $$\|\mu_a - \mu_b\|^2 + \mathrm{Tr}\big(\Sigma_a + \Sigma_b - 2(\Sigma_a \Sigma_b)^{1/2}\big).$$
#
# It is 0 if means and covariances agree. With the features of an Inception network it is called FID. Its **floor** here
# is the distance between two sets of real digits.

# %% fold="Train the digit classifier" result=true
from labkit.gan.coverage import class_counts, divergence_from_uniform
from labkit.nn.digit_classifier import train_digit_classifier
from labkit.nn.frechet import frechet_distance
from labkit.train.evaluate import accuracy

torch.manual_seed(seed)
classifier = train_digit_classifier(
    pictures, labels, lesson.pick(standard=300, quick=60)
)
right = accuracy(classifier, test_pictures, test_labels)
with torch.no_grad():
    real_features = classifier.features(test_pictures)
    floor = frechet_distance(real_features, classifier.features(pictures))
print(
    f"The digit classifier is right on {right:.1%} of the test digits. Floor of the Fréchet distance: {floor:.1f}"
)


@torch.no_grad()
def examine(images):
    """Fréchet distance and classes of generated digits."""
    classes = classifier(images).argmax(dim=1)
    distance = frechet_distance(real_features, classifier.features(images))
    return {
        "frechet": distance,
        "counts": class_counts(classes, 10),
        "classes": classes,
    }


# %% fold="Train a GAN on digits, and examine its fakes at some moments"
from labkit.gan.losses import Losses
from labkit.show.live.explorer import LiveCurves


def train_on_digits(
    gan, batches, optimizers, turns, title=None, discriminator_steps=1, looks=10
):
    """Play, with live curves if there is a title for them; examine fresh fakes at some moments."""
    turns, count = turns_of(turns), lesson.pick(standard=400, quick=100)
    looks = lesson.pick(standard=looks, quick=2)
    moments = sorted(
        {round(turns * part / looks) for part in range(1, looks + 1)} - {0}
    )
    same_noise = torch.randn(10, gan.latent, device=device)

    def look():
        fakes = gan.generate(count)
        return examine(fakes) | {
            "film": fakes[:10] if hasattr(gan, "classes") else gan.generator(same_noise)
        }

    report = None if title is None else LiveCurves(turns, title)
    match = play(
        gan, batches, optimizers, turns, discriminator_steps, look, moments, report
    )
    gan.eval()
    steps, losses = np.array(match.scores["discriminator_loss"]).T
    means = [
        losses[(steps > a) & (steps <= b)].mean()
        for a, b in zip([0, *moments], moments, strict=False)
    ]
    return {
        "turns": moments,
        "seen": [seen for _, seen in match.recorded],
        "losses": means,
        "seconds": match.seconds,
    }


# %% [markdown]
# ### DCGAN
#
# The two functions of exercises 1 and 2 train it. If one of yours does not work yet, labkit's replaces it.

# %% result=true
losses = Losses(discriminator_loss, lambda fake: generator_losses(fake)[1])
torch.manual_seed(seed)
dcgan = GAN(Generator().to(device), Discriminator().to(device), 64, losses)
optimizers = adam(dcgan, (1e-3, 1e-3), (0.5, 0.999))
runs = {
    "DCGAN": train_on_digits(dcgan, images_only(32), optimizers, 170, "DCGAN on digits")
}

# %% fold="Draw the same noise vectors as training goes on" result=true
run = runs["DCGAN"]
picked = [2, -1] if len(run["seen"]) > 6 else range(len(run["seen"]))
tiles(
    {f"turn {run['turns'][at]}": run["seen"][at]["film"] for at in picked}
    | {"real": pictures},
    "DCGAN: the same seven noise vectors during training",
    "each column: one noise vector (last row: real digits)",
    across=7,
    limits=(-1, 1),
)

# %% fold="Check the claim" result=true
first, last = run["seen"][0], run["seen"][-1]
claim(
    "the Fréchet distance has fallen to less than a tenth, and every class is generated",
    last["frechet"] < 0.1 * first["frechet"] and int(last["counts"].min()) > 0,
    {
        "Fréchet distance at the first measurement": first["frechet"],
        "Fréchet distance at the end": last["frechet"],
        "floor": floor,
        "rarest class of 400 fakes": int(last["counts"].min()),
        "commonest class of 400 fakes": int(last["counts"].max()),
    },
    only_in="standard",
)

# %% [markdown]
# In the standard run you recognize some digits, among shapes that are none. Training was short, and the distance is
# still far above its floor. The classes are generated unevenly; part 10 returns to that.
#
# ### WGAN-GP, and a loss that you can believe
#
# In most of this course a falling loss means progress. In a GAN each loss is measured against an opponent that also
# learns. Does the loss of the discriminator, or of the critic, still tell how good the samples are? We train a WGAN on
# digits with the gradient penalty of exercise 3, and compare. A critic scores each image on its own, so it has no
# batch norm. To save time, both networks have half of DCGAN's maps. Here $\lambda$ is the paper's 10.


# %% result=true
class DigitWGAN(WGANGP):
    """labkit's WGAN-GP, with the gradient penalty of exercise 3."""

    def discriminator_loss(self, batch, fake):
        mix = torch.rand(len(batch), device=batch.device)
        estimate = self.discriminator(batch).mean() - self.discriminator(fake).mean()
        return -estimate + self.penalty * gradient_penalty(
            self.discriminator, batch, fake, mix
        )


torch.manual_seed(seed)
wgan = DigitWGAN(Generator(width=64).to(device), ImageCritic(width=32).to(device), 64)
optimizers = adam(wgan, (2e-3, 2e-3), (0.0, 0.9))
runs["WGAN-GP"] = train_on_digits(
    wgan, images_only(64), optimizers, 50, discriminator_steps=3
)

# %% fold="Draw the loss against the Fréchet distance" result=true
figure, panels = plt.subplots(1, 2, figsize=(8.6, 3.2), dpi=80)
on_digits = {}
for panel, (name, run), color in zip(
    panels, runs.items(), ("blue", "vermilion"), strict=True
):
    distances = [seen["frechet"] for seen in run["seen"]]
    on_digits[name] = rank_correlation(run["losses"], distances)
    panel.plot(run["losses"], distances, color=COLOR[color], alpha=0.35, linewidth=1)
    panel.scatter(run["losses"], distances, s=22, color=COLOR[color])
    panel.annotate(
        "start",
        (run["losses"][0], distances[0]),
        (6, -3),
        textcoords="offset points",
        size=9,
    )
    player = "discriminator" if name == "DCGAN" else "critic"
    panel.set(
        title=f"{name}: rank correlation {on_digits[name]:.2f}",
        xlabel=f"loss of the {player}",
        ylabel="Fréchet distance",
    )
    panel.set_yscale("log")
    panel.margins(x=0.15)
plt.show()
claim(
    "as the critic's loss rises towards 0, the Fréchet distance falls",
    on_digits["WGAN-GP"] < -0.7,
    {
        f"rank correlation of loss and Fréchet distance, {name}": value
        for name, value in on_digits.items()
    }
    | {
        "Fréchet distance of WGAN-GP at the end": runs["WGAN-GP"]["seen"][-1]["frechet"]
    },
    only_in="standard",
)


def mean_slope(gan):
    """The mean slope of its critic between real digits and its fakes."""
    with torch.no_grad():
        fakes = gan.generate(200)
    mix = torch.rand(200, device=device)
    return (
        slope_of(gan.discriminator, pictures[:200], fakes, mix)
        .flatten(1)
        .norm(dim=1)
        .mean()
        .item()
    )


slopes = {
    "penalty of exercise 3": mean_slope(wgan),
    "as it was published": mean_slope(published),
}
claim(
    "with the penalty of exercise 3 the critic's slope is near 1, and with the published one several times as large",
    0.5 < slopes["penalty of exercise 3"] < 1.5 and slopes["as it was published"] > 2.5,
    {f"mean slope of the critic, {name}": value for name, value in slopes.items()},
    only_in="standard",
)

# %% [markdown]
# Each point is a moment. In the standard run, **see** on the left that DCGAN's loss settles near one value while the
# distance falls and jumps: its loss says how balanced the players are. On the right, the critic's loss is minus its
# estimate of the distance, plus the penalty, and it rises as the samples improve. (At the very start the critic has
# learned nothing, and its estimate is too small.) You could tell from the critic's loss alone when to stop. The last
# table shows what the bug of exercise 3 did: with it, the critic is far too steep for its loss to be a distance.
#
# ### Ask for a digit: the conditional GAN
#
# The generator receives noise and class, joined as in your exercise 4. For the discriminator we use a later design by
# Miyato and Koyama (2018): its score is the usual one plus the inner product of the image's features with a learned
# vector of the class.

# %% result=true
from labkit.gan.conditional_gan import (
    ConditionalGAN,
    ConditionalGenerator,
    ProjectionDiscriminator,
)

torch.manual_seed(seed)
players = ConditionalGenerator(10).to(device), ProjectionDiscriminator(10).to(device)
conditional = ConditionalGAN(*players, 64, 10, losses)
optimizers = adam(conditional, (1e-3, 1e-3), (0.5, 0.999))
pairs = minibatches(32, pictures, labels, seed=seed)
runs["conditional"] = train_on_digits(conditional, pairs, optimizers, 160, looks=5)

# %% fold="Ask for each digit" result=true
asked = torch.arange(400, device=device) % 10
with torch.no_grad():
    z, k = torch.randn(4, 64, device=device), torch.tensor([3, 1, 4, 1], device=device)
    joined = append_class(
        z, k, conditional.generator.table.weight
    )  # what the generator does first
    assert torch.equal(
        conditional.generator(z, k), conditional.generator.generator(joined)
    )
    made = conditional.generate_classes(asked)
    answer = examine(made)
    path = torch.linspace(0, 1, 10, device=device)[:, None]
    ends = torch.randn(2, 64, device=device)
    walk = conditional.generator(
        torch.lerp(ends[:1], ends[1:], path), torch.full((10,), 3, device=device)
    )
as_asked = (answer["classes"] == asked).float().mean().item()
claim(
    "asked for a digit, the generator makes it",
    as_asked > 0.8,
    {
        "fakes classified as the digit asked for": as_asked,
        "real test digits classified right": right,
        "Fréchet distance": answer["frechet"],
    },
    only_in="standard",
)
tiles(
    {"0 to 9": made[:10], "only 3s": walk},
    "A generator that takes the class: 0 to 9",
    "last row: always a 3, from one noise vector to another",
    limits=(-1, 1),
)

# %% [markdown]
# With the class given, the generator need not find ten kinds of digits by itself, and the discriminator compares a 7
# with real 7s. Where there are labels, they are the simplest remedy for missing classes.
#
# ## 7. Look inside
#
# Here are the three games on the ring, moment by moment. The colors show $D$, or the critic's $f$, at each place:
# orange is high, blue is low. Crosses are data, dots are fakes, and each arrow shows where the gradient of the
# generator's loss sends a dot.

# %% fold="Open the explorer" result=true
from labkit.show.players.data import Game
from labkit.show.players.explorer import PlayerExplorer

recorded = {
    name: Game.of(
        zip(games[name]["turns"], games[name]["snapshots"], strict=True),
        verdicts=name != "WGAN-GP",
        exact_distance=games[name]["distance"],
        discriminator_loss=games[name]["losses"],
        modes_covered=games[name]["modes"],
        quality=games[name]["quality"],
    )
    for name in ("fast discriminator", "equal rates", "WGAN-GP")
}
PlayerExplorer(
    recorded, data.sample(200, torch.Generator().manual_seed(seed)), beside=True
)

# %% [markdown]
# Play, or drag the slider. Untick "side by side" to see one game large, with its curves. **Find by hand:**
#
# 1. *The chase.* Step slowly through "equal rates". Where do the dots go, and what color does the place that they left
#    have a few moments later?
#    <details><summary>Answer</summary>They move towards the highest scores. The place that they left is blue for a
#    while: the discriminator learns to reject the fakes there when they have already gone.</details>
#
# 2. *One sample.* Point at a dot, or press an arrow key on the plane: its path is drawn. How does the path in "equal
#    rates" differ from the one in "fast discriminator"?
#    <details><summary>Answer</summary>In "equal rates" the path keeps crossing the ring. In "fast discriminator" it soon
#    reaches a mode, or the way to one, and then hardly moves.</details>
#
# 3. *The border.* In the last moments of "fast discriminator", find the nearest region with high scores. Why do the dots
#    not go there?
#    <details><summary>Answer</summary>A whole region around the dots has low scores, with a sharp border to the high ones.
#    When fakes move towards the border, the discriminator shifts it in the same turn, so they do not get across.</details>
#
# 4. *Slope.* WGAN-GP's colors show the critic's $f$. Are its level lines evenly spaced between the modes
#    and the fakes?
#    <details><summary>Answer</summary>Roughly, where real and fake samples lie: there the penalty pulls the slope towards
#    1. Far away from both, the slope is not penalized, and the spacing is arbitrary.</details>
#
# **Try it yourself.** Change learning rates, steps of the discriminator, or the number of noise numbers, and play one
# game again. Which change brings the modes back?

# %% result=true
latent, generator_rate, discriminator_rate, discriminator_steps = 2, 1e-3, 1e-3, 1
torch.manual_seed(seed)
gan = GAN(perceptron(latent, 2), PointCritic(), latent, NON_SATURATING)
optimizers = adam(gan, (generator_rate, discriminator_rate), (0.5, 0.999))
mine = play_on_the_ring("yours", gan, optimizers, 500, discriminator_steps)

# %% fold="Draw this game" result=true
at = len(mine["turns"]) - 1
scatter(
    {
        f"turn {mine['turns'][at]}{in_words({key: mine[key][at] for key in ('modes', 'quality')})}": mine[
            "snapshots"
        ][at].samples
        for at in (at // 2, at)
    },
    f"{latent} noise numbers, rates {generator_rate:g} and {discriminator_rate:g}, D steps a turn: {discriminator_steps}",
)

# %% [markdown]
# As given, this game has 2 noise numbers in place of 64, and nothing else differs from "equal rates". On most seeds that
# we tried it covers six to eight modes, on one it covered none. Collapse depends on sizes, rates and luck. So **count**,
# on several seeds, and distrust a paper that shows one picture of a ring.
#
# ## 8. Strengths, weaknesses, cost
#
# **Strength: one pass makes a sample.** A diffusion model (Hour 17) needs tens of passes.

# %% fold="Measure the time for a sample, and draw both measures for all runs on digits" result=true
with torch.no_grad():
    begun = time.process_time()
    dcgan.generate(500)
    each = (time.process_time() - begun) / 500
parts = {"generator": dcgan.generator, "discriminator": dcgan.discriminator}
weights = {
    name: sum(weight.numel() for weight in part.parameters())
    for name, part in parts.items()
}
print(
    f"one digit: {1e3 * each:.2f} ms; weights: "
    + ", ".join(f"{name} {count:,}" for name, count in weights.items())
)
figure, panels = plt.subplots(1, 2, figsize=(8.8, 3.2), dpi=80)
for (name, run), color in zip(
    runs.items(), ("blue", "vermilion", "green"), strict=True
):
    uneven = [divergence_from_uniform(seen["counts"]) for seen in run["seen"]]
    for panel, values in zip(
        panels, ([seen["frechet"] for seen in run["seen"]], uneven), strict=True
    ):
        panel.plot(
            run["turns"],
            values,
            marker="o",
            markersize=4,
            color=COLOR[color],
            label=name,
        )
panels[0].set(
    title="Fréchet distance to real digits",
    xlabel="turn",
    ylabel="Fréchet distance",
    yscale="log",
)
panels[1].set(
    title="Unevenness of the classes",
    xlabel="turn",
    ylabel="KL from equal shares, in nats",
)
panels[1].axhline(math.log(10), color=COLOR["gray"], linewidth=1, linestyle=":")
panels[1].annotate(
    "one class only", (0, math.log(10)), (2, 3), textcoords="offset points", size=8
)
panels[1].legend()
plt.show()

# %% [markdown]
# **Weakness: it does not settle.** The figure shows both measures at every checkpoint of the three runs on digits: they
# also jump upwards. **See** how early the conditional generator makes all ten classes evenly.
#
# - The last checkpoint is not automatically the best. **Keep checkpoints and choose by a measure**, not by the loss.
# - A GAN gives no likelihood: it cannot say how probable a given picture is. And it has no encoder.
# - There is more to tune than with one network: two networks, two learning rates, a ratio of steps.
# - **Data**: the discriminator memorizes a small data set, and then rejects everything that it has not seen. GANs on
#   few data need augmentation of *both* real and fake samples before the discriminator sees them.
#
# ## 9. In practice
#
# There is no `torch.gan`. Professionals start from PyTorch's DCGAN example: transposed convolutions only, `nn.BCELoss`,
# and labels as tensors. We rebuild that generator, give it our trained weights, and compare; and we compare your loss
# of exercise 1 with PyTorch's.

# %% fold="Rebuild PyTorch's example with our weights"
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
    real_score, fake_score = (
        dcgan.discriminator(pictures[:32]),
        dcgan.discriminator(ours(z)),
    )
    bce = nn.BCELoss()
    expected = bce(real_score.sigmoid(), torch.ones_like(real_score)) + bce(
        fake_score.sigmoid(), torch.zeros_like(fake_score)
    )
claim(
    "PyTorch's example, with our weights, makes the same digits and computes the same loss",
    pixels < 1e-4
    and torch.isclose(discriminator_loss(real_score, fake_score), expected, rtol=1e-3),
    {"largest difference of a pixel": pixels, "nn.BCELoss, real and fake": expected},
)

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | least squares, hinge | other losses from the same scores | Mao et al. 2017; Lim and Ye 2017 |
# | spectral norm | bounds the slope of each layer, without a penalty | Miyato et al. 2018 |
# | progressive, StyleGAN, CycleGAN | high resolution, styles, unpaired translation | Hour 16 |
# | pix2pix | an image as the condition | Isola et al. 2017 |
# | VQ-GAN, super-resolution | a discriminator for sharp detail beside another loss | Esser et al. 2021; Ledig et al. 2017 |
#
# GANs are used for sharp detail in image and speech codecs, for super-resolution, for synthetic data, and to distill
# image generators into a few steps.
#
# ## 10. Responsibility
#
# *Which groups does the generator lose?* The data hold each digit equally often. **Predict**: how often does DCGAN make
# its rarest digit, compared with its commonest?

# %% fold="Count the classes that DCGAN makes" result=true
shares = last["counts"].float() / last["counts"].sum()
claim(
    "classes that are equally frequent in the data are generated unequally: the rarest less than half as often as the "
    "commonest",
    shares.min() < 0.5 * shares.max(),
    {
        "share of the rarest class": shares.min(),
        "share of the commonest class": shares.max(),
    },
    only_in="standard",
)
bars(
    {
        name: 100 * share
        for name, share in zip(digits.names, shares.tolist(), strict=True)
    },
    "Classes of DCGAN's fakes, by the digit classifier",
    "% of fakes",
)

# %% [markdown]
# Replace "digit" by a skin tone, a dialect, or a rare illness in "synthetic patients". A model trained on generated
# data never sees what the generator lost, and no training curve shows it. **Count groups**, with a classifier whose
# own errors you know.
#
# - **Memory.** A generator can reproduce training data. The further section below measures it for ours.
# - **Deepfakes.** GANs have made fake faces, voices and bodies of real people on demand. The harm falls first on
#   people who never consented. Sign what you generate (provenance marks), and do not publish a generator of one
#   person.
# - **Detection.** A detector of fakes is a discriminator, so a generator can be trained against it: a published detector
#   is a loss function. Detection alone is not enough.

# %% [markdown]
# ### Further: does it copy?
#
# If fakes were copies, they would lie closer to the training digits than new real digits do.

# %% fold="Find the training digit nearest to each fake" result=true
with torch.no_grad():
    fakes = dcgan.generate(400)
    near = {
        "fakes": torch.cdist(fakes.flatten(1), pictures.flatten(1)).min(dim=1),
        "new real digits": torch.cdist(
            test_pictures.flatten(1), pictures.flatten(1)
        ).min(dim=1),
    }
claim(
    "fakes are no copies: they lie no closer to the training digits than new real digits do",
    near["fakes"].values.median() > near["new real digits"].values.median(),
    {
        f"median distance to the nearest training digit, {name}": found.values.median()
        for name, found in near.items()
    },
    only_in="standard",
)
tiles(
    {"fakes": fakes, "nearest": pictures[near["fakes"].indices]},
    "Each fake, and the training digit nearest to it",
    across=6,
    limits=(-1, 1),
)

# %% [markdown]
# Each column is one fake above its nearest training digit. With few pictures or long training such a check can fail:
# publish it with your model.

# %% [markdown]
# ## 11. Check yourself
#
# <details><summary>1. Your discriminator's loss goes to 0 and stays there. Is the training done?</summary>
#
# No: the discriminator recognizes every fake. With the minimax loss the generator gets no gradient. With the
# non-saturating loss it gets a large one, from a discriminator that is too certain. Slow the discriminator down, or use
# a critic with a bounded slope.
# </details>
#
# <details><summary>2. The discriminator's loss stays at 1.386. What may that mean?</summary>
#
# 1.386 is 2 log 2: D = 1/2 everywhere. Either the fakes are perfect, or the discriminator has learned nothing. Look at
# the samples.
# </details>
#
# <details><summary>3. Why must the critic of WGAN-GP do without batch norm?</summary>
#
# The penalty is about the slope of one sample's score. With batch norm, a score depends on the whole batch.
# </details>
#
# <details><summary>4. Your Fréchet distance is 12, a paper's is 8. Which model is better?</summary>
#
# You cannot tell. Only distances in the features of the same network, with the same numbers of samples, compare.
# </details>
#
# <details><summary>5. All eight modes are covered. Is there no collapse?</summary>
#
# Not of that kind. But each mode may have collapsed to a point, and the shares may be uneven. Look at counts and spread.
# </details>
#
# <details><summary>6. What would happen without <code>detach()</code> in the discriminator's step?</summary>
#
# The discriminator's loss would also send a gradient into the generator, towards *worse* fakes. In our loop the
# generator's `zero_grad()` clears it before its own step, so it would only cost time (and break the second `backward`,
# whose graph is gone). With one optimizer for both players, it would do harm.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Goodfellow et al. 2014, *Generative adversarial nets*, https://arxiv.org/abs/1406.2661. Radford et al.
# 2016, https://arxiv.org/abs/1511.06434. Arjovsky et al. 2017, *Wasserstein GAN*, https://arxiv.org/abs/1701.07875.
# Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028. Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784.
# Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637. Heusel et al. 2017, on the Fréchet distance,
# https://arxiv.org/abs/1706.08500. Metz et al. 2017, the ring, https://arxiv.org/abs/1611.02163.
#
# **Next**: Hour 16 grows the generator, gives it styles, and translates between domains without pairs.
