# %% [markdown] badges=true
# # Hour 17. Diffusion models
#
# After this hour you can
# - add the noise of any number of steps to a picture in one line, and say what a network must learn to remove it;
# - write one reverse step of DDPM and of DDIM, and say why twenty steps can replace a thousand;
# - explain what the noise has to do with the gradient of the log density, and check it where that density is known;
# - generate a digit of a given class with guidance, and say what guidance costs;
# - run diffusion in the latent space of an autoencoder, as image generators do.
#
# <!-- plan -->
#
# You need the normal distribution, convolutions (Hour 2), attention (Hour 7) and the variational autoencoder (Hour 14).
#
# **How to work.** Run the cells from top to bottom. You write four functions. Each is checked as soon as you run its
# cell. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on. Sections titled
# *Further* are extra.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %%
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far

lesson = begin(17, profile, seed)
device = lesson.device

# %% fold="Imports for figures and measurements"
import time

import matplotlib.pyplot as plt

from labkit.data.minibatches import minibatches
from labkit.show.live.explorer import LiveCurves
from labkit.show.plots import bars, curves, use_log_scale
from labkit.show.style import COLOR
from labkit.show.tiles import tiles
from labkit.train.fit import fit
from labkit.train.schedules import linear


def steps_of(standard):
    """The number of training steps for this profile."""
    return lesson.pick(standard=standard, quick=max(12, standard // 25))


# %% [markdown]
# ## 2. The problem: generate a new digit
#
# We want to generate **new** handwritten digits: as varied and as sharp as the real ones. The data are scikit-learn's
# digits, scans of 8 × 8 pixels that we enlarge smoothly. Pixels run from -1 (background) to 1 (ink). We use two sizes:
# 16 × 16 for a network that works on pixels, and 28 × 28 for one that works on the codes of an autoencoder.
#
# A new picture has no original to compare it with. So we train a **digit classifier**, a small CNN, on noisy real digits,
# and measure a set of pictures by two numbers:
# - *recognized*: the percentage of pictures whose most probable class has a probability of at least 90 %. Real digits
#   show how much is possible.
# - *Fréchet distance*: describe the features of real and of new pictures (the last hidden layer of the classifier) by
#   mean $\mu$ and covariance $C$. The distance is $\|\mu_1 - \mu_2\|^2 + \mathrm{tr}(C_1 + C_2 - 2 (C_1 C_2)^{1/2})$, and 0
#   is best. A thousand copies of one perfect zero would all be recognized, and be far from the data.
#
# Use these numbers for comparisons within this notebook only. Three simpler models come first:
# - **noise**, for the scale;
# - **a Gaussian** with the mean and the covariance of all training pictures: it knows only how pairs of pixels vary
#   together;
# - **a VAE** (Hour 14), with codes drawn from its prior.
#
# **Predict** which of them draws the best digits, before you run the cells.

# %% fold="Load the digits and train two digit classifiers" result=true
from labkit.data.images import digits as load_digits
from labkit.nn.digit_classifier import recognized, train_digit_classifier
from labkit.nn.frechet import frechet_distance
from labkit.train.evaluate import accuracy

small, large = load_digits(16, 2, seed), load_digits(28, 4, seed)
few = lesson.pick(standard=None, quick=300)
x16, x28 = ((2 * data.train[0][:few] - 1).to(device) for data in (small, large))
t16, t28 = ((2 * data.test[0][:few] - 1).to(device) for data in (small, large))
labels = small.train[1][:few].to(device)  # the same digits in both sizes
test_labels = small.test[1][:few].to(device)
torch.manual_seed(seed)
classifier16, classifier28 = (
    train_digit_classifier(
        pictures, labels, lesson.pick(standard=300, quick=60), noise=0.3
    )
    for pictures in (x16, x28)
)


@torch.no_grad()
def distance_to_real(pictures):
    """The Fréchet distance to the test digits, for pictures of 28 x 28."""
    return frechet_distance(classifier28.features(t28), classifier28.features(pictures))


print(
    f"The classifier of 28 x 28 digits is right on {accuracy(classifier28, t28, test_labels):.0%} of the test digits."
)

# %% fold="Fit the simpler models, and measure their samples" result=true
from labkit.autoencoders.beta_vae import BetaVAE
from labkit.autoencoders.vae import VAE


def train_autoencoder(model, steps=700):
    """Train as in Hour 14. It takes pixels from 0 to 1."""
    steps = steps_of(steps)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, fused=True)
    batches = minibatches(64, (x28.flatten(1) + 1) / 2, seed=seed)
    fit(
        lambda batch: model.loss(batch[0]),
        batches,
        optimizer,
        steps,
        linear(steps // 40, steps),
    )
    return model.requires_grad_(False)


torch.manual_seed(seed)
vae = train_autoencoder(VAE().to(device))
flat = x28.flatten(1)
root = torch.linalg.cholesky(torch.cov(flat.T) + 1e-4 * torch.eye(784, device=device))
simple = {
    "noise": torch.randn(400, 1, 28, 28, device=device).clamp(-1, 1),
    "Gaussian": (flat.mean(0) + torch.randn(400, 784, device=device) @ root.T)
    .view(-1, 1, 28, 28)
    .clamp(-1, 1),
    "VAE": (2 * vae.generate(400) - 1).view(-1, 1, 28, 28),
}
quality = {
    name: (recognized(classifier28, pictures), distance_to_real(pictures))
    for name, pictures in (simple | {"real": x28[:400]}).items()
}
for name, (known, distance) in quality.items():
    print(f"{name:10s} recognized {known:4.0%}   Fréchet distance {distance:7.1f}")
claim(
    "none of the simpler models is recognized nearly as often as real digits",
    max(quality[name][0] for name in simple) < 0.75 * quality["real"][0],
    {f"{name}: recognized": known for name, (known, _) in quality.items()},
    only_in="standard",
)
tiles(
    {"real": t28, "Gaussian": simple["Gaussian"], "VAE": simple["VAE"]},
    "Real digits, and samples of two simpler models",
    across=8,
    limits=(-1, 1),
)

# %% [markdown]
# **See** in the standard run: the Gaussian has ink in the right places but no strokes. The VAE draws strokes, but many of
# its samples are no digit: its prior also reaches codes that no real digit has. About as many samples of the VAE are
# recognized as of the Gaussian, and its Fréchet distance is larger. (This distance favors the Gaussian: it compares means
# and covariances, and the Gaussian copies both.) The classifier also recognizes a quarter of the noise: trust it only
# together with the distance and your eyes. A VAE has to turn a random code into a picture in *one* jump. What if we allow
# many small steps?
#
# ## 3. The architecture: add noise step by step, learn to remove it
#
# ### The forward process
#
# Take a picture $x_0$ and destroy it in $T$ steps. Step $t$ shrinks it a little and adds a little Gaussian noise, of
# variance $\beta_t$:
#
# $$q(x_t \mid x_{t-1}) = N\big(\sqrt{\alpha_t}\; x_{t-1},\; \beta_t I\big), \qquad \alpha_t = 1 - \beta_t.$$
#
# The two numbers are chosen so that a variance of 1 stays 1: $\alpha_t \cdot 1 + \beta_t = 1$. The fraction of the
# *original* variance that is left after $t$ steps is the product $\bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t$
# ("alpha bar"). **In numbers**, for three steps:
#
# | step $t$ | $\beta_t$, noise added | $\alpha_t = 1 - \beta_t$ | $\bar\alpha_t$, signal left | $1 - \bar\alpha_t$, noise so far |
# |---|---|---|---|---|
# | 1 | 0.1 | 0.9 | 0.9 | 0.1 |
# | 2 | 0.2 | 0.8 | 0.9 · 0.8 = 0.72 | 0.28 |
# | 3 | 0.5 | 0.5 | 0.72 · 0.5 = 0.36 | 0.64 |
#
# Check the last column at step 2: the old noise shrinks to 0.1 · 0.8 = 0.08, and 0.2 is added, which gives 0.28. A sum of
# Gaussian noises is Gaussian noise. So we can do all $t$ steps in **one jump**, with a single draw of noise:
#
# $$x_t = \sqrt{\bar\alpha_t}\; x_0 + \sqrt{1 - \bar\alpha_t}\; \epsilon, \qquad \epsilon \sim N(0, I).$$
#
# The factors have roots, since multiplying a number by $\sqrt{a}$ multiplies its variance by $a$. The number 2, with a
# noise of -1, becomes $\sqrt{0.72} \cdot 2 - \sqrt{0.28} \cdot 1 = 1.168$ at step 2.
#
# ### Exercise 1. Jump to step t
#
# In code, `kept` is a tensor of all $\bar\alpha_t$, and steps count from 0, as positions in a tensor do. Each sample of
# the batch has its own step. Stuck? Write `hint()` in a new cell: each call gives one more hint.


# %% name="jump" exercise="diffusion.jump"
@exercise("diffusion.jump")
def jump(x0, t, noise, kept):
    """The samples x0 at their steps t.

    x0 and noise (b, ...): any number of axes after the first; t (b,) whole numbers;
    kept (s,). Returns a tensor of the shape of x0.
    With x0 = [[2.0]], t = [1], noise = [[-1.0]] and kept = [0.9, 0.72, 0.36],
    the result is [[1.1679]].
    """
    ### BEGIN SOLUTION
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share).sqrt() * noise
    ### END SOLUTION


# %% checks="diffusion.jump"
score("diffusion.jump")

# %% [markdown]
# We use $T = 1000$ steps. After the last one almost nothing of $x_0$ is left, and that distribution is easy to draw from:
# it is plain noise. Two schedules are common: *linear* lets $\beta_t$ rise in a straight line (Ho et al. 2020), *cosine*
# lets $\bar\alpha_t$ fall evenly (Nichol and Dhariwal 2021).

# %% fold="Draw both schedules, and one digit under each"
from IPython.display import display

from labkit.diffusion.ddpm import DDPM
from labkit.diffusion.ddpm import jump as labkit_jump
from labkit.diffusion.schedules import betas, cosine_schedule, linear_schedule

STEPS = 1000
kept = linear_schedule(STEPS).to(device)  # alpha bar
schedules = {"linear": kept, "cosine": cosine_schedule(STEPS).to(device)}
display(
    curves(
        {name: (range(STEPS), values.cpu()) for name, values in schedules.items()},
        "Signal that is left",
        "step t (counted from 0)",
        "alpha bar, a fraction of the variance",
    )
)
stops = torch.arange(0, 1000, 142, device=device)
one = t28[:1].expand(len(stops), -1, -1, -1)
torch.manual_seed(seed)
shared = torch.randn_like(t28[:1]).expand_as(one)
tiles(
    {
        name: labkit_jump(one, stops, shared, values)
        for name, values in schedules.items()
    },
    "One digit, one noise, eight steps",
    "steps 0, 142, 284, ... 994",
    limits=(-1, 1),
)

# %% [markdown]
# The linear schedule has destroyed the digit halfway through; the cosine schedule destroys it evenly. We use the linear
# one, as Ho et al. do, although its last steps change almost nothing.
#
# ### The network and its loss
#
# Only the *reverse* has to be learned. A network $\epsilon_\theta$ receives a noisy picture and the number of its step,
# and predicts the **noise** in it. It is trained with the mean squared error, for random pictures, steps and noise:
#
# $$\text{loss} = E_{x_0, t, \epsilon}\; \big\| \epsilon - \epsilon_\theta(x_t, t) \big\|^2.$$
#
# Why this loss? If we knew $x_0$, Bayes' rule would give the distribution of $x_{t-1}$ given $x_t$ exactly: a Gaussian
# whose mean depends on $x_t$ and on the noise $\epsilon$, and whose variance depends on $t$ only. The model is a Gaussian
# with the same variance and with the predicted noise in place of $\epsilon$. Training should make the two alike, so it
# minimizes their KL divergence. For equal variances, that is the squared distance of the means, divided by twice the
# variance. Put in the means: it is the squared error of the noise, times a number that depends on $t$. Ho et al. leave
# that number out.
#
# Input and output have the same size, so the network is a **U-Net**. It shrinks the picture to a few positions, where
# attention (Hour 7) can relate all of them, and enlarges it again. Connections at every size, orange in the figure, carry
# the detail across. Each block also receives the step (and the class, if there is one) as a vector that is added at every
# position.

# %% fold="Draw the U-Net"
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
# The first layer folds squares of 2 × 2 pixels into channels, which saves three quarters of the work. The step is
# encoded as in a Transformer: by sines of many wavelengths.
#
# One detail matters much. At the noisiest steps $x_t$ is almost the noise itself, so the network would have to copy its
# input through all layers. And if we compute $x_0$ from the predicted noise, its error is divided by
# $\sqrt{\bar\alpha_t}$, a number near 0. So we give $x_t$ to the output directly, and let the network predict only the rest, the **velocity** $v$
# (Salimans and Ho 2022):
#
# $$\epsilon_\theta(x_t, t) = \sqrt{1 - \bar\alpha_t}\; x_t + \sqrt{\bar\alpha_t}\; v_\theta(x_t, t).$$
#
# The result is still a prediction of the noise, so every formula below holds.
#
# ## 4. Why it works
#
# ### Why not in one jump?
#
# Given pure noise, the best guess of the clean sample is the **mean of all data**: nothing in the noise says which one it
# was. We can check this in the plane. The data are eight small Gaussians on a ring. There the best possible prediction at
# every step is known in closed form, so no network is involved. **Predict**: where will 500 samples lie
# after one single step, from pure noise to the end?

# %% fold="Sample with the exact noise, in 1, 5, 20 and 200 steps"
from labkit.data.mixtures import ring
from labkit.diffusion.ddpm import ddpm_step as labkit_ddpm_step
from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.sampling import sample
from labkit.diffusion.schedules import timesteps

plane = GaussianMixture.of(ring(scale=0.2))


def exact_noise(x, t):
    """The best possible prediction: the mean of all noises that may have led here."""
    share = kept[t[0]].cpu()
    guess = plane.denoised(x, share.sqrt(), (1 - share).sqrt())
    return (x - share.sqrt() * guess) / (1 - share).sqrt()


torch.manual_seed(seed)
start = torch.randn(500, 2)
walks = {
    count: sample(
        exact_noise, start, kept.cpu(), timesteps(STEPS, count), labkit_ddpm_step, None
    )
    for count in (1, 5, 20, 200)
}
figure, axes = plt.subplots(1, 4, figsize=(9.6, 2.8), dpi=72, sharex=True, sharey=True)
for (count, points), panel in zip(walks.items(), axes, strict=True):
    panel.scatter(
        *plane.sample(400, torch.Generator().manual_seed(seed)).T,
        s=3,
        color=COLOR["orange"],
    )
    panel.scatter(*points.T, s=3, color=COLOR["blue"])
    panel.set(
        title=f"{count} step" + "s" * (count > 1),
        xlabel="first coordinate",
        aspect="equal",
    )
axes[0].set_ylabel("second coordinate")
plt.show()


def off_the_data(points):
    """Mean distance to the nearest of the eight centers."""
    return torch.cdist(points, plane.centers).amin(dim=1).mean().item()


far = {count: off_the_data(points) for count, points in walks.items()}
real_distance = off_the_data(plane.sample(2000, torch.Generator().manual_seed(seed)))
claim(
    "even with the best possible predictions, one step ends far from all data, and 200 steps end on the data",
    far[1] > 1.0 and far[200] < 1.25 * real_distance < far[5],
    {
        f"distance to the nearest center, {count} step{'s' * (count > 1)}": value
        for count, value in far.items()
    }
    | {"distance to the nearest center, data": real_distance},
)

# %% [markdown]
# **See** data in orange and samples in blue. One step gives the mean of all data, the empty center of the ring. Five
# steps leave many samples between the Gaussians. After a small step the next guess is easier, because a part of the
# choice has been made. Each step decides a little.
#
# ### The noise is a gradient of the log density
#
# Let $p_t$ be the density of the noisy data at step $t$. The gradient $\nabla_x \log p_t(x)$ is called the **score**: it
# points in the direction in which the log density rises fastest. The best prediction of the noise is the score, up to a
# factor:
#
# $$\epsilon^*(x, t) = -\sqrt{1 - \bar\alpha_t}\; \nabla_x \log p_t(x).$$
#
# So a network that predicts noise has learned the gradient of the log density at every noise level. To remove noise means
# to move towards denser regions. In Hour 14 you met this at one level: the arrows of the denoising autoencoder. Is it
# true? For digits nobody knows the density, but for the ring we do. We train a small network to predict the noise in
# noisy points (this is *denoising score matching*, Vincent 2011), and compare it with the exact score.

# %% fold="Learn the score of the ring by predicting noise" result=true
from labkit.diffusion.score_matching import (
    by_denoising,
    fit_score,
    noisy_batches,
    relative_error,
)
from labkit.diffusion.score_network import ScoreNetwork

draw = torch.Generator().manual_seed(seed)
torch.manual_seed(seed)
learned_score = ScoreNetwork()
fit_score(
    learned_score,
    by_denoising(learned_score, draw),
    noisy_batches(plane.sample, 512, 0.05, 5.0, draw),
    steps_of(1000),
)
levels = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
wrong = {
    std: relative_error(
        learned_score, plane, std, 2000, torch.Generator().manual_seed(9)
    )
    for std in levels
}
ticks = torch.linspace(-3, 3, 15)
places = torch.cartesian_prod(ticks, ticks)
figure, axes = plt.subplots(1, 4, figsize=(10.0, 3.0), dpi=72, sharex=True, sharey=True)
for panel, (std, name) in zip(
    axes,
    ((1.0, "exact"), (1.0, "learned"), (0.3, "exact"), (0.3, "learned")),
    strict=True,
):
    with torch.no_grad():
        arrows = (
            plane.score(places, 1.0, std)
            if name == "exact"
            else learned_score(places, std)
        )
    arrows = arrows / (
        arrows.norm(dim=1, keepdim=True) + 1
    )  # long ones shortened, so that all can be seen
    panel.scatter(*plane.centers.T, s=14, color=COLOR["orange"])
    panel.quiver(
        *places.T,
        *arrows.T,
        angles="xy",
        scale_units="xy",
        scale=2.2,
        width=0.005,
        color=COLOR["blue"],
    )
    panel.set(title=f"{name}, noise {std}", xlabel="first coordinate", aspect="equal")
axes[0].set_ylabel("second coordinate")
plt.show()
claim(
    "the learned score is close to the exact one at every noise level",
    max(wrong.values()) < 0.3,
    {f"relative error at noise {std}": error for std, error in wrong.items()},
    only_in="standard",
)

# %% [markdown]
# **See**: with much noise (standard deviation 1) the arrows lead to the ring as a whole. With little noise (0.3) they
# lead to the nearest Gaussian. In the standard run the exact and the learned field differ visibly only in the center,
# where there is hardly any data.

# %% [markdown]
# ### Further: a score without clean data, and why many noise levels
#
# **Sliced score matching** (Song et al. 2019) never sees a clean point. It asks the network's own field for its
# derivative along random directions. That costs a second backward pass and gives a noisier gradient. (Here it trains for
# 250 steps, denoising for 1000, so a part of the difference may come from that.)
#
# With the score of the *clean* data one can sample by **Langevin dynamics**: move uphill, and add noise,
#
# $$x \leftarrow x + \tfrac{\eta}{2} \nabla \log p(x) + \sqrt{\eta}\, z, \qquad z \sim N(0, I),$$
#
# with a small step size $\eta$. In theory that is enough. **Predict** what happens with two Gaussians far apart, one with
# 20 % of the data and one with 80 %, if the points start anywhere. **Annealed** Langevin dynamics goes through many
# noise levels, from much noise to little.

# %% fold="Score matching by slices; plain and annealed Langevin dynamics" result=true
from labkit.diffusion.langevin import annealed_langevin, langevin
from labkit.diffusion.score_matching import by_slices

draw = torch.Generator().manual_seed(seed)
torch.manual_seed(seed)
sliced = ScoreNetwork()
fit_score(
    sliced,
    by_slices(sliced, draw),
    noisy_batches(plane.sample, 512, 0.05, 5.0, draw),
    steps_of(250),
)
sliced_wrong = [
    relative_error(sliced, plane, std, 2000, torch.Generator().manual_seed(9))
    for std in levels
]
display(
    curves(
        {"denoising": (levels, list(wrong.values())), "sliced": (levels, sliced_wrong)},
        "Error of the learned score",
        "standard deviation of the noise",
        "relative error (1: a score of 0)",
    )
)
uneven = GaussianMixture(
    torch.tensor([[-5.0, -5.0], [5.0, 5.0]]),
    torch.tensor([1.0, 1.0]),
    torch.tensor([0.2, 0.8]),
)
spread = 20 * torch.rand(1000, 2, generator=draw) - 10
noise_levels = torch.logspace(1, -1, 12)
ends = {
    "plain": langevin(uneven.score, spread, 0.1, 400, draw),
    "annealed": annealed_langevin(
        lambda x, std: uneven.score(x, 1.0, std), spread, noise_levels, 0.002, 40, draw
    ),
}
in_larger = {
    name: (points.sum(dim=1) > 0).float().mean().item() for name, points in ends.items()
}
claim(
    "plain Langevin dynamics misses how much of the data each Gaussian holds; annealed, it comes close",
    abs(in_larger["plain"] - 0.8) > 0.2 and abs(in_larger["annealed"] - 0.8) < 0.1,
    {"fraction in the larger Gaussian, data": 0.8}
    | {
        f"fraction in the larger Gaussian, {name} Langevin": value
        for name, value in in_larger.items()
    },
)

# %% [markdown]
# Plain Langevin dynamics sends about half of the points to each Gaussian. A point follows the gradient where it is, and
# that gradient does not say how much data lies further away. With much noise the two Gaussians merge into one, and the
# points take their shares before the noise falls and the two separate.

# %% [markdown]
# ### Further: stochastic differential equations
#
# Let the steps become infinitely short. A **stochastic differential equation** (SDE) describes how a sample changes in a
# short time $dt$:
#
# $$dx = f(x, t)\, dt + g(t)\, dw.$$
#
# The **drift** $f$ is a deterministic change. $dw$ is fresh Gaussian noise of variance $dt$, and $g$ scales it. Song et
# al. (2021) showed that two families of models are two such equations:
#
# | | equation | the signal | the noise at the end |
# |---|---|---|---|
# | **VP**, variance preserving (DDPM) | $dx = -\frac12 \beta(t)\, x\, dt + \sqrt{\beta(t)}\, dw$ | fades | variance 1 |
# | **VE**, variance exploding (annealed Langevin) | $dx = \sqrt{d\sigma^2(t)/dt}\; dw$ | stays as it is | as large as you like |
#
# A sampler of one with the score of the other fails. Each has a reverse equation that needs only the score, with noise
# ($d\bar w$ is noise with time running backwards) or, in the **probability flow**, without:
#
# $$dx = \big[f(x,t) - g(t)^2 \nabla \log p_t(x)\big] dt + g(t)\, d\bar w, \qquad
# \frac{dx}{dt} = f(x,t) - \tfrac12 g(t)^2 \nabla \log p_t(x).$$

# %% fold="Draw both equations, and sample with each in two ways"
from labkit.diffusion.probability_flow import exact_divergence, flow, log_likelihood
from labkit.diffusion.reverse_sde import reverse_sde
from labkit.diffusion.sde import VESDE, VPSDE

equations = {"VP": VPSDE(), "VE": VESDE(0.05, 10.0)}
clock = torch.linspace(0, 1, 101)
figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 2.8), dpi=72)
for (name, sde), color in zip(
    equations.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True
):
    left.plot(clock, sde.shrink(clock), color=color, label=name)
    right.semilogy(clock[1:], sde.std(clock[1:]), color=color, label=name)
left.set(title="Factor of the signal", xlabel="time t", ylabel="factor")
right.set(
    title="Standard deviation of the noise",
    xlabel="time t",
    ylabel="standard deviation",
)
left.legend()
right.legend()
plt.show()
back = {}
falling = torch.linspace(1, 0.001, 201)
for name, sde in equations.items():
    draw = torch.Generator().manual_seed(seed)
    begin_at = sde.prior(500, 2, draw)
    back[f"{name}, with noise"] = reverse_sde(
        sde, sde.score_of(plane), begin_at, falling, draw
    )[-1]
    back[f"{name}, flow"] = flow(sde, sde.score_of(plane), begin_at, falling[::4])[-1]
figure, axes = plt.subplots(1, 4, figsize=(9.6, 2.8), dpi=72, sharex=True, sharey=True)
for (name, points), panel in zip(back.items(), axes, strict=True):
    panel.scatter(*points.T, s=3, color=COLOR["blue"])
    panel.set(title=name, xlabel="first coordinate", aspect="equal")
axes[0].set_ylabel("second coordinate")
plt.show()
asked = plane.sample(200, torch.Generator().manual_seed(seed + 1))
rising = torch.linspace(0, 1, 61) ** 2
found = log_likelihood(
    VPSDE(), VPSDE().score_of(plane), asked, rising, exact_divergence
)
off_nats = (found - plane.log_density(asked)).abs().mean().item()
reach = {name: off_the_data(points) for name, points in back.items()}
claim(
    "both equations lead back to the data, with noise and without, and the flow gives the log density of each point",
    max(reach.values()) < 1.35 * real_distance and off_nats < 0.05,
    {f"distance to the nearest center, {name}": value for name, value in reach.items()}
    | {
        "distance to the nearest center, data": real_distance,
        "error of the log density in nats": off_nats,
    },
)

# %% [markdown]
# **See** the same ring four times, reached in four ways. The flow also gives the *likelihood* of a point: it only moves
# points, so we can add up how much it compresses space on the way. A GAN gives no likelihood, and a VAE only a bound.

# %% [markdown]
# ## 5. Build it
#
# ### Exercise 2. One reverse step (DDPM)
#
# The reverse step draws $x_{t-1}$ from the Gaussian of part 3. Written with the predicted noise $\epsilon$ and
# fresh noise $z$, it is
#
# $$x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \Big(x_t - \frac{1 - \alpha_t}{\sqrt{1 - \bar\alpha_t}}\, \epsilon\Big) + \sigma_t z,
# \qquad \sigma_t^2 = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t} (1 - \alpha_t).$$
#
# You are given the two products: `now` is $\bar\alpha_t$, and `then` is $\bar\alpha_{t-1}$, where the step leads. In the
# table of part 3, going from step 2 to step 1, `now` is 0.72 and `then` is 0.9. The $\alpha_t$ of the single step is not
# given: find it from the two. In the last step `then` is 1.


# %% name="ddpm-step" exercise="diffusion.ddpm_step"
@exercise("diffusion.ddpm_step")
def ddpm_step(x, noise, now, then, fresh):
    """One reverse step of DDPM, from the level `now` to the level `then`.

    x (b, ...) at the level now; noise (b, ...) predicted in x; now and then: tensors
    without axes, now < then; fresh (b, ...) standard normal. Returns x at then.
    With x = 1, noise = 0.5, now = 0.72, then = 0.9, the result is
    0.9067 for fresh = 0 and 1.1740 for fresh = 1.
    """
    ### BEGIN SOLUTION
    alpha = now / then
    mean = (x - (1 - alpha) / (1 - now).sqrt() * noise) / alpha.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - alpha)).sqrt() * fresh
    ### END SOLUTION


# %% checks="diffusion.ddpm_step"
score("diffusion.ddpm_step")

# %% [markdown]
# ### Exercise 3. A larger step (DDIM)
#
# A thousand steps are slow. DDIM (Song et al. 2021) uses **the same network** and steps differently. It guesses the clean
# sample from the predicted noise, by solving the jump of exercise 1 for $x_0$:
#
# $$\hat x_0 = \frac{x - \sqrt{1 - \bar\alpha_{now}}\; \epsilon}{\sqrt{\bar\alpha_{now}}}.$$
#
# Then it jumps to the new level, with *the same predicted noise*. Nothing in this requires a small step. A factor
# $\eta$ replaces a part of the predicted noise by fresh noise $z$, so that the variances still add up:
#
# $$x_{then} = \sqrt{\bar\alpha_{then}}\, \hat x_0 + \sqrt{1 - \bar\alpha_{then} - \sigma^2}\, \epsilon + \sigma z,
# \qquad \sigma = \eta\, \sigma_t \text{ with } \sigma_t \text{ of exercise 2}.$$
#
# With $\eta = 1$ this is DDPM's step. With $\eta = 0$ one starting noise always leads to the same sample.


# %% name="ddim-step" exercise="diffusion.ddim_step"
@exercise("diffusion.ddim_step")
def ddim_step(x, noise, now, then, fresh, eta=0.0):
    """One step of DDIM, from the level `now` to the level `then`.

    Arguments as in ddpm_step; eta from 0 (no fresh noise) to 1 (as in DDPM).
    With x = 1, noise = 0.5, now = 0.36, then = 0.9, the guess is
    (1 - 0.8 * 0.5) / 0.6 = 1, and for eta = 0 the result is
    0.9487 * 1 + 0.3162 * 0.5 = 1.1068.
    """
    ### BEGIN SOLUTION
    guess = (x - (1 - now).sqrt() * noise) / now.sqrt()
    sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()
    predicted = (1 - then - sigma**2).clamp(min=0).sqrt()
    return then.sqrt() * guess + predicted * noise + sigma * fresh
    ### END SOLUTION


# %% checks="diffusion.ddim_step"
score("diffusion.ddim_step")

# %% [markdown]
# ### Exercise 4. Guidance by the class
#
# We train *one* network that gets the class of most pictures; for some, the class is replaced by "no class"
# ($\varnothing$). So it makes two predictions for the same $x_t$, and their difference is what the class contributes.
# **Classifier-free guidance** (Ho and Salimans 2022) starts at the prediction without the class and follows that
# difference, $w$ times:
#
# $$\epsilon = \epsilon(x_t, \varnothing) + w \big(\epsilon(x_t, c) - \epsilon(x_t, \varnothing)\big).$$
#
# $w = 0$ ignores the class, $w = 1$ is the prediction with the class, and a larger $w$ exaggerates the class. Each sample
# has its own weight.


# %% name="guide" exercise="diffusion.guide"
@exercise("diffusion.guide")
def guide(conditional, unconditional, weight):
    """The guided noise, from the predictions with and without the class.

    conditional and unconditional (b, ...); weight (b,). Returns a tensor like both.
    guide(tensor([[0.8]]), tensor([[0.5]]), tensor([2.0])) is tensor([[1.1]])
    """
    ### BEGIN SOLUTION
    weight = weight.view(-1, *[1] * (conditional.ndim - 1))
    return unconditional + weight * (conditional - unconditional)
    ### END SOLUTION


# %% checks="diffusion.guide"
score("diffusion.guide")

# %% [markdown]
# ### From the step to the sampler
#
# A sampler repeats the step, from pure noise to the end. This is labkit's, for both kinds of step:

# %%
import inspect

from labkit.diffusion.sampling import walk

print(inspect.getsource(walk))

# %% [markdown]
# - `times` are the steps to visit, the noisiest first: all thousand of them, or twenty.
# - `clip` limits the guess of the clean picture to the range of pixels, -1 to 1. Early guesses divide by a number near 0
#   and would grow without bound. Latent codes have no such range (`None`).
#
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | pictures | 16 × 16 | under half a minute on a CPU; 28 × 28 takes three times as long |
# | channels | 16 and 32, attention at 4 × 4 | 178,000 weights; in trials of the same time, wider networks saw too few pictures |
# | schedule | linear, 1000 steps | the paper's |
# | batch, steps | 32, 600 | more steps with small batches did better than the reverse |
# | optimizer | Adam, 4e-3, falling to 0 | as high as it stays stable |
# | averaging | of the weights, decay 0.99 | the mean of about the last hundred networks gives pictures with less grain |
# | weight of an error | $1 / \bar\alpha_t$ | this makes it the squared error of the velocity; without it, the noisiest steps, where the digit is decided, would hardly count |
# | labels | 10 % replaced by "no class" | for guidance |

# %% fold="Train with a falling learning rate, and average the weights"
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def train_denoiser(loss, network, batches, steps, rate, report=None):
    """Adam with a rate that rises briefly and then falls to 0. Returns the averaged network and the losses."""
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, fused=True)
    optimizer.register_step_post_hook(lambda *_: mean.update_parameters(network))
    history = fit(
        loss, batches, optimizer, steps, linear(steps // 20, steps), report=report
    )
    return mean.module.eval().requires_grad_(False), history


# %% result=true
from labkit.diffusion.guidance import drop_labels
from labkit.diffusion.velocity import FromVelocity

torch.manual_seed(seed)
unet = FromVelocity(UNet((16, 32), classes=10), kept).to(device)


def unet_loss(batch):
    """The weighted squared error of the predicted noise, at random steps."""
    x0, digit = batch
    t, noise = torch.randint(STEPS, (len(x0),), device=device), torch.randn_like(x0)
    predicted = unet(jump(x0, t, noise, kept), t, drop_labels(digit, 10, 0.1))
    return ((predicted - noise).square().flatten(1).mean(dim=1) / kept[t]).mean()


steps = steps_of(600)
batches = minibatches(32, x16, labels, seed=seed)
report = LiveCurves(steps, "The U-Net", log=True)
unet, history = train_denoiser(unet_loss, unet, batches, steps, 4e-3, report)

# %% [markdown]
# Now from noise to digits, with the steps and the guidance of your exercises (where one does not work yet, with
# labkit's).

# %% result=true
from labkit.diffusion.sampling import trajectory


def guided(network, digit, weight):
    """The guided prediction, as a function of x and t."""
    none, weights = (
        torch.full_like(digit, 10),
        torch.full((len(digit),), float(weight), device=device),
    )

    def predict(x, t):
        both = network(torch.cat([x, x]), torch.cat([t, t]), torch.cat([digit, none]))
        return guide(*both.chunk(2), weights)

    return predict


torch.manual_seed(seed)
noise16 = torch.randn(lesson.pick(standard=200, quick=20), 1, 16, 16, device=device)
wanted = torch.arange(10, device=device).repeat(len(noise16) // 10)
film = trajectory(
    guided(unet, wanted, 2.0), noise16, kept, timesteps(STEPS, 20), ddim_step
)

# %% fold="Draw the way from noise to digits, and count" result=true
as_asked = accuracy(classifier16, film.end, wanted)
known16 = recognized(classifier16, film.end)
display(
    tiles(
        {f"step {film.times[k]}: sample": film.noisy[k] for k in (0, 12, 16, 18)}
        | {"end": film.end}
        | {f"step {film.times[k]}: guess": film.guesses[k] for k in (0, 12, 16)},
        "Asked for 0 to 7: the noisy sample, and the guess of the clean one",
        across=8,
        limits=(-1, 1),
    )
)
claim(
    "the U-Net draws digits that the classifier recognizes, and most are the digit that was asked for",
    known16 > 0.7 and as_asked > 0.85,
    {
        "recognized, samples": known16,
        "recognized, real test digits": recognized(classifier16, t16),
        "classified as the digit asked for": as_asked,
    },
    only_in="standard",
)

# %% [markdown]
# **See** in the lower three rows of the standard run how the guess changes: the first one is a smooth mean of the class.
# Then the strokes move to their places, and then their edges become clear. A few samples end as another digit: the
# table says how many are as asked.
#
# ### Latent diffusion: noise on the codes
#
# Most of the U-Net's work goes into pixel detail. **Latent diffusion** (Rombach et al. 2022) splits the task: an
# autoencoder handles the *pixels*, and diffusion the *content*. We use Hour 14's VAE with 24 code numbers, and a KL
# weight of 0.1, so that it reconstructs well. Its codes need not follow the prior, because diffusion learns their
# distribution, whatever it is. We standardize them first: noise of variance 1 would drown small codes. The denoiser is a
# small residual network on 24 numbers.

# %% fold="Train the autoencoder, and diffusion on its codes" result=true
from labkit.diffusion.latent_denoiser import LatentDenoiser
from labkit.diffusion.latent_diffusion import LatentDiffusion

LATENT = 24
torch.manual_seed(seed)
codec = train_autoencoder(BetaVAE(0.1, latent=LATENT).to(device))


def encode(pictures):
    """28 x 28 pixels from -1 to 1, as the mean of their code."""
    return codec.encode((pictures.flatten(1) + 1) / 2)[0]


def decode(z):
    return (2 * codec.decode(z) - 1).view(-1, 1, 28, 28)


network = FromVelocity(LatentDenoiser(LATENT, 128, 3, classes=10), kept).to(device)
latent = LatentDiffusion(encode, decode, network, kept, 10, LATENT)
codes = latent.measure(x28)
taken = steps_of(800)
averaged, _ = train_denoiser(
    lambda batch: latent.loss(*batch),
    network,
    minibatches(256, codes, labels, seed=seed),
    taken,
    3e-3,
)
latent.ddpm = DDPM(averaged, kept)

# %% result=true
torch.manual_seed(seed)
wanted28 = torch.arange(10, device=device).repeat(lesson.pick(standard=40, quick=10))
drawn = latent.generate(wanted28, timesteps(STEPS, 20), ddim_step, weight=1.0)

# %% fold="Draw the samples, and compare them with the VAE's" result=true
quality["latent diffusion"] = recognized(classifier28, drawn), distance_to_real(drawn)
claim(
    "latent diffusion generates better digits than the VAE's prior, and they are what was asked for",
    quality["latent diffusion"][1] < 0.5 * quality["VAE"][1]
    and accuracy(classifier28, drawn, wanted28) > 0.85,
    {
        f"Fréchet distance, {name}": quality[name][1]
        for name in ("latent diffusion", "VAE", "Gaussian", "real")
    }
    | {
        f"recognized, {name}": quality[name][0]
        for name in ("latent diffusion", "VAE", "Gaussian", "real")
    }
    | {"latent diffusion: as asked": accuracy(classifier28, drawn, wanted28)},
    only_in="standard",
)
tiles(
    {f"0 to 9, draw {k + 1}": drawn[10 * k : 10 * k + 10] for k in range(3)},
    "Latent diffusion (28 × 28)",
    limits=(-1, 1),
)

# %% [markdown]
# ### Twenty steps against a thousand
#
# **Predict** before you run: how does the quality change with fewer steps, and for which of the two samplers more?

# %% fold="Sample with DDIM and DDPM, with few steps and many" result=true
plan = lesson.pick(
    standard={"DDIM": [1, 2, 5, 20, 100], "DDPM": [1, 2, 5, 20, 1000]},
    quick={"DDIM": [2, 20], "DDPM": [2, 20]},
)
race, half = {}, wanted28[: lesson.pick(standard=200, quick=100)]
for name, counts in plan.items():
    step = {"DDIM": ddim_step, "DDPM": ddpm_step}[name]
    for count in counts:
        torch.manual_seed(seed)
        begun = time.process_time()
        made = latent.generate(half, timesteps(STEPS, count), step, weight=1.0)
        race[name, count] = distance_to_real(made), time.process_time() - begun
equal = [
    torch.where(labels == c)[0][: len(half) // 10] for c in range(10)
]  # as many of each class, as in the samples
floor = distance_to_real(x28[torch.cat(equal)])
figure, axes = plt.subplots(figsize=(7.2, 3.2), dpi=80)
for (name, counts), color, marker in zip(
    plan.items(), (COLOR["blue"], COLOR["vermilion"]), "os", strict=True
):
    axes.loglog(
        counts,
        [race[name, count][0] for count in counts],
        color=color,
        marker=marker,
        label=name,
    )
axes.axhline(
    floor, color=COLOR["gray"], linestyle=":", label=f"{len(half)} training digits"
)
axes.set(
    title=f"Quality against work ({len(half)} digits each)",
    xlabel="steps",
    ylabel="Fréchet distance",
)
axes.xaxis.set_major_formatter("{x:g}")
use_log_scale(axes)
axes.legend()
plt.show()
if lesson.profile == "standard":
    claim(
        "DDIM with 20 steps is nearly as good as DDPM with 1000, in a small fraction of the time",
        race["DDIM", 20][0] < 1.5 * race["DDPM", 1000][0]
        and race["DDPM", 1000][0] < 0.6 * race["DDPM", 1][0]
        and race["DDIM", 20][1] < race["DDPM", 1000][1] / 15,
        {
            f"Fréchet distance, {name} with {count} step{'s' * (count > 1)}": value
            for (name, count), (value, _) in race.items()
        }
        | {
            f"seconds, {name} with {count} steps": race[name, count][1]
            for name, count in (("DDIM", 20), ("DDPM", 1000))
        },
    )

# %% [markdown]
# **See** in the standard run: with one or two steps both are poor, for the reason of part 4. From twenty steps on, little
# is gained: the path of DDIM is smooth, and twenty straight pieces follow it well. The two samplers differ clearly only
# at five steps, where DDPM is worse. On large pictures, too, 20 to 50 steps are usual. (The distances are larger than
# above because there are 200 digits here, not 400: from few pictures the covariance is estimated badly, and that
# increases the Fréchet distance. Compare it only between equal numbers of pictures.)
#
# ### What guidance does
#
# **Predict**: as the weight $w$ grows, what happens to the fraction of digits that are as asked, and what to the variety
# within a class?

# %% fold="Sample from the same noise with four weights" result=true
weights = [0.0, 1.0, 2.0, 4.0]
torch.manual_seed(seed)
same = torch.randn(len(wanted28), LATENT, device=device)
by_weight = {
    w: latent.generate_from(same, wanted28, timesteps(STEPS, 20), ddim_step, w)
    for w in weights
}


def variety(pictures):
    """The distance of a picture from the mean of its class, averaged over pictures and classes."""
    rows = pictures.flatten(1)
    groups = (rows[wanted28 == digit] for digit in range(10))
    return (
        torch.stack([(group - group.mean(0)).norm(dim=1).mean() for group in groups])
        .mean()
        .item()
    )


obeyed = {w: accuracy(classifier28, made, wanted28) for w, made in by_weight.items()}
varied = {w: variety(made) for w, made in by_weight.items()}
display(
    tiles(
        {f"weight {w:g}": made for w, made in by_weight.items()},
        "The same noise with four weights",
        "asked for: 0 to 9",
        limits=(-1, 1),
    )
)
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.0), dpi=72)
left.plot(
    weights, [100 * share for share in obeyed.values()], marker="o", color=COLOR["blue"]
)
left.set(title="As asked", xlabel="guidance weight", ylabel="% of digits")
right.plot(weights, list(varied.values()), marker="o", color=COLOR["vermilion"])
right.set(
    title="Variety within a class",
    xlabel="guidance weight",
    ylabel="distance to the class mean",
)
plt.show()
claim(
    "a larger weight makes more digits as asked and less varied",
    obeyed[0.0] < 0.3
    and obeyed[2.0] >= obeyed[1.0] - 0.01
    and obeyed[2.0] > 0.9
    and varied[4.0] < 0.95 * varied[1.0] < 0.9 * varied[0.0],
    {f"weight {w:g}: as asked": obeyed[w] for w in weights}
    | {f"weight {w:g}: variety": varied[w] for w in weights},
    only_in="standard",
)

# %% [markdown]
# **See** in the standard run: weight 0, the first row, draws *some* digit, whatever was asked for. From weight 1 on,
# nearly all digits are as asked. In the last row each digit is clear, and closer to the mean of its class. Image
# generators run at weights of 5 to 10: the glossy look of their pictures comes from guidance.
#
# ## 7. Look inside
#
# The explorer has three views. *Film* shows the noisy sample beside the guess, step by step. *Field* shows the score that
# was learned in part 4, and particles that follow it, with noise or without. *Guidance* shows samples for each weight.

# %% fold="Open the explorer" result=true
from labkit.diffusion.probability_flow import flow
from labkit.diffusion.reverse_sde import reverse_sde
from labkit.diffusion.sde import VESDE
from labkit.show.denoising.data import Field, Film, Guidance
from labkit.show.denoising.explorer import DenoisingExplorer

exploding = VESDE(0.05, 5.0)
score_now, moments = learned_score.at(exploding), torch.linspace(1, 0, 31)


@torch.no_grad()
def arrows_at(points, t):
    return score_now(torch.as_tensor(points), t).numpy()


@torch.no_grad()
def moved(points, times, noise):
    points, times = torch.as_tensor(points), torch.as_tensor(times, dtype=torch.float32)
    return (reverse_sde if noise else flow)(exploding, score_now, points, times).numpy()


def draw_three(digit, weight):
    row = torch.full((3,), digit, device=device)
    return (
        latent.generate(row, timesteps(STEPS, 20), ddim_step, weight)[:, 0]
        .cpu()
        .numpy()
    )


shown = by_weight | {
    8.0: latent.generate_from(same, wanted28, timesteps(STEPS, 20), ddim_step, 8.0)
}
grids = torch.stack(
    [
        torch.stack([made[wanted28 == c][:3, 0] for c in range(10)])
        for made in shown.values()
    ]
)
right_of = [
    [
        accuracy(classifier28, made[wanted28 == c], wanted28[wanted28 == c])
        for c in range(10)
    ]
    for made in shown.values()
]
draw = torch.Generator().manual_seed(seed)
DenoisingExplorer(
    film=Film(
        film.noisy[:, :6, 0],
        film.guesses[:, :6, 0],
        film.times,
        [f"digit {k}" for k in range(6)],
    ),
    field=Field(
        arrows_at,
        moved,
        moments,
        exploding.std(moments),
        exploding.prior(80, 2, draw),
        plane.sample(150, draw),
        "learned score of the ring",
    ),
    guidance=Guidance(list(shown), grids, small.names, draw_three, right_of),
)

# %% [markdown]
# **Find by hand:**
#
# 1. *Film.* At which step can you first name the digit from the noisy sample? And from the guess?
#    <details><summary>Answer</summary>In the standard run the guess shows the digit from the first step on, because the
#    network is given the class. The noisy sample shows it only below step 300 or so.</details>
#
# 2. *Field.* Start particles several times at the same point, with noise and without. Which always end in the same
#    Gaussian?
#    <details><summary>Answer</summary>Those without noise: the probability flow draws nothing, so one starting point has
#    one end. With noise, each run is a new draw.</details>
#
# 3. *Field.* At about which noise level do the arrows split into eight regions?
#    <details><summary>Answer</summary>When the noise falls below the distance between neighboring Gaussians, which is
#    1.5: the split is clear at about 0.5.</details>
#
# 4. *Guidance.* Find a class with a poor sample at weight 1 and a good one at weight 4. What did its three samples lose?
#    <details><summary>Answer</summary>Variety: at weight 4 the three resemble each other.</details>
#
# ## 8. Strengths, weaknesses, cost
#
# **Strength**: the loss is a regression, so training is stable: no opponent, no mode collapse, good quality and variety.
# **Weakness**: each sample needs many passes through the network. **Does it copy?** If samples were copies, they would
# lie closer to the training set than unseen digits do. We measure this in the features of the digit classifier.


# %% fold="Measure the distance to the nearest training digit, and the time for a sample" result=true
def nearest(pictures, memory):
    """Distance of each picture to the nearest one in memory, in the classifier's features."""
    with torch.no_grad():
        return torch.cdist(
            classifier28.features(pictures), classifier28.features(memory)
        ).amin(dim=1)


near = {
    "unseen digits": nearest(t28, x28).median().item(),
    "samples": nearest(drawn, x28).median().item(),
}
claim(
    "the samples are no copies: they lie about as far from the training digits as unseen digits do, or further",
    near["samples"] > 0.8 * near["unseen digits"],
    {
        f"median distance to the nearest training digit, {name}": value
        for name, value in near.items()
    },
    only_in="standard",
)
begun = time.process_time()
vae.generate(400)
per_picture = {"VAE": 1e3 * (time.process_time() - begun) / 400}
per_picture |= {
    f"{name}, {count} step{'s' * (count > 1)}": 1e3 * seconds / len(half)
    for (name, count), (_, seconds) in race.items()
}
for name, milliseconds in per_picture.items():
    print(f"{name:17s} {milliseconds:8.3f} ms of CPU for a 28 x 28 digit")

# %% [markdown]
# - **Compute**: training costs one pass for each picture and step. *Sampling* is expensive, and guidance doubles it.
# - **Data**: thousands of pictures for digits, billions for the pictures of the web. Few pictures are memorized.
# - **Failures**: wrong variance in the last steps (grain), no clipping (values grow without bound), too much guidance
#   (garish, alike), codes not standardized (gray).
#
# ## 9. In practice
#
# Professionals use Hugging Face's `diffusers`: pipelines, pretrained weights, and many schedulers. Here its DDIM
# scheduler drives *our* network on the codes, from the same noise.

# %% fold="Sample with the DDIM scheduler of diffusers" result=true
try:
    from diffusers import DDIMScheduler
except ImportError:
    print(
        "diffusers is not installed here (`pip install diffusers`): labkit's tests make the same comparison"
    )
else:
    scheduler = DDIMScheduler(
        STEPS,
        trained_betas=betas(kept.cpu()).numpy(),
        clip_sample=False,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(20)
    predict, theirs = guided(latent.ddpm, wanted28, 2.0), same
    with torch.no_grad():
        for t in scheduler.timesteps:
            theirs = scheduler.step(
                predict(theirs, t.expand(len(theirs)).to(device)), t, theirs
            ).prev_sample
        ours = sample(predict, same, kept, timesteps(STEPS, 20), ddim_step, None)
    difference = (ours - theirs).abs().max().item()
    claim(
        "the DDIM scheduler of diffusers leads from the same noise to the same codes",
        difference < 5e-3,
        {"largest difference": difference, "largest code": ours.abs().max().item()},
    )

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | v-prediction | predicts a mixture of noise and signal | Salimans and Ho 2022 |
# | EDM | one account of schedule, scaling and solver | Karras et al. 2022 |
# | DiT | a Transformer in place of the U-Net | Peebles and Xie 2023 |
# | flow matching | learns the velocity along straight lines | Lipman et al. 2023 |
# | consistency models | jump from any step to the end | Song et al. 2023 |
#
# Diffusion models are used for images and video from text, for sound, to fill in and enlarge pictures, for the shapes of
# proteins and molecules, for weather, and for plans of robots.
#
# ## 10. Responsibility
#
# *Guidance makes the common more common.* People write a 7 with a bar or without, a 1 with a foot or without. For each
# class we take the fifth of the real digits that lie furthest from the class mean, in the classifier's features, and
# call them *unusual*. By definition 20 % of the real digits are. **Predict**: which percentage of the generated digits
# is as unusual, at weight 1 and at weight 2?

# %% fold="Count the unusual digits" result=true
with torch.no_grad():
    seen = classifier28.features(x28)
    centers = torch.stack([seen[labels == c].mean(dim=0) for c in range(10)])
    apart = (seen - centers[labels]).norm(dim=1)
    limit = torch.stack([apart[labels == c].quantile(0.8) for c in range(10)])
    unusual = {"real": (apart > limit[labels]).float().mean().item()} | {
        f"weight {w:g}": (
            (classifier28.features(made) - centers[wanted28]).norm(dim=1)
            > limit[wanted28]
        )
        .float()
        .mean()
        .item()
        for w, made in by_weight.items()
        if w > 0
    }
by_distance = [
    torch.where(labels == c)[0][apart[labels == c].argsort()] for c in range(10)
]
shown_digits = {
    name: x28[[rows[at].item() for rows in by_distance]]
    for name, at in (("typical", 0), ("unusual", -1))
}
title = "Real digits: the most typical and the most unusual of each class"
display(tiles(shown_digits, title, limits=(-1, 1)))
claim(
    "weight 2 generates unusual digits less than half as often as weight 1, and weight 1 less often than people write them",
    unusual["weight 2"] < 0.5 * unusual["weight 1"]
    and unusual["weight 1"] < 0.8 * unusual["real"],
    {f"fraction of unusual digits, {name}": value for name, value in unusual.items()},
    only_in="standard",
)
bars(
    {name: 100 * value for name, value in unusual.items()},
    "Digits as unusual as a fifth of the real ones",
    "% of the digits",
)

# %% [markdown]
# In the standard run the generated digits are unusual in 11 % of cases at weight 1 and in 2 % at weight 2. (At weight 4
# the number rises again: exaggerated digits, too, lie far from the class mean.)
#
# Nobody intended that: the weight was raised for *quality*. Replace "7 with a bar" by a skin tone or a dialect. **Report
# who is generated, and not only how well.**
#
# - **Memory.** Part 8 looked for copies and found none here. Large models do reproduce pictures that were often in their
#   data: photographs of people came out of Stable Diffusion nearly unchanged (Carlini et al. 2023).
# - **Consent.** Most pictures that image models learned from were used without asking. Artists find their style on sale;
#   courts have begun to decide what that means.
# - **Deception.** Pictures of events that never happened now cost nothing. Watermarks and signed cameras help a little;
#   labeling what you publish is in your hands.
#
# ## 11. Check yourself
#
# <details><summary>1. Why can step t be reached in one jump?</summary>
#
# Each step multiplies by a number and adds Gaussian noise. The factors multiply. The variances of the noise, each shrunk
# by the later steps, add up. So many steps are one step with a smaller factor and more noise.
# </details>
#
# <details><summary>2. A network trained with 1000 steps is sampled with 20. Must it be trained again?</summary>
#
# No. It was trained to predict the noise at each level on its own, and a sampler may visit any of these levels.
# </details>
#
# <details><summary>3. At the end your pictures have fine grain. Where do you look?</summary>
#
# At the fresh noise of the last step: sigma must be 0 where `then` is 1.
# </details>
#
# <details><summary>4. alpha bar is 0.72 at step 2 and 0.36 at step 3. What is alpha of step 3?</summary>
#
# 0.36 / 0.72 = 0.5, the factor by which this one step reduces the signal's variance.
# </details>
#
# <details><summary>5. What does guidance with weight 0.5 do?</summary>
#
# It goes half of the way from the prediction without the class to the one with it: less influence of the class than was
# learned. That is rarely wanted.
# </details>
#
# <details><summary>6. Why standardize the codes before diffusion?</summary>
#
# The schedule is made for data of variance 1. Codes with a standard deviation of 0.01 would be lost after the first
# steps.
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
