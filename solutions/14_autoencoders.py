# %% [markdown] badges=true
# # Hour 14. Autoencoders, from PCA to VQ-VAE
#
# After this hour you can
# - squeeze an image through a few numbers and get it back, and say why a linear network that does so is PCA;
# - write the three lines that make a variational autoencoder, and say why there is noise in its middle and why the
#   loss **sums** over pixels;
# - tell six models apart by what each one failed at, with the figure that shows it;
# - walk through a latent space by hand, and say where you must not trust it.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 4 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 9 |
# | 5 | Build it: four exercises | 22 |
# | 6 | Train it | 6 |
# | 7 | Look inside | 5 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 1 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need gradient descent, the normal distribution, and the idea of a likelihood. Hour 1 helps.
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
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves, heatmap
from labkit.show.style import COLOR

lesson = begin(14, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: say it in ten numbers
#
# A digit at 28 x 28 is 784 numbers, and nearly all lists of 784 numbers are no digit. So a digit should be sayable in
# far fewer: which one it is, how slanted, how bold. Nobody tells us these numbers. Can a network find some by itself,
# from pictures alone, without labels?
#
# We measure how good a short description is by asking for the picture back, on digits never seen. The error of a
# picture is the **sum** of its 784 squared differences.

# %%
from labkit.autoencoders.reconstruction import bernoulli_nll, squared_error
from labkit.data.images import load_images

digits = load_images(dataset, seed)
few = lesson.pick(standard=None, quick=200)
(pictures, labels), (test_pictures, test_labels) = (
    (images[:few].to(device), names[:few].to(device)) for images, names in (digits.train, digits.test)
)
x, x_test = pictures.flatten(1), test_pictures.flatten(1)  # b p: one row of 784 pixels for each image
print(f"{len(x):,} digits to learn from, {len(x_test):,} to test on, {x.shape[1]} pixels each")


def tiles(rows, title, below="the same image in each column", width=9):
    """Rows of images, each with its name on the left."""
    _, axes = plt.subplots(len(rows), 1, figsize=(6.0, 0.3 + 0.5 * len(rows)), dpi=72, squeeze=False)
    for (name, images), row in zip(rows.items(), axes[:, 0], strict=True):
        images = images.detach().cpu().reshape(len(images), 28, -1)[:width]
        row.imshow(torch.cat(list(images), dim=1), cmap="gray_r", vmin=0, vmax=1)
        row.set_ylabel(name, rotation=0, ha="right", va="center", size=9)
        row.set(xticks=[], yticks=[])
        row.grid(visible=False)
        row.spines[:].set_visible(False)
    axes[0, 0].set_title(title)
    axes[-1, 0].set_xlabel(below)
    plt.show()


# %% [markdown]
# ### What simpler models do
#
# - **The mean image**: a description of no numbers at all.
# - **The nearest training image**: a description of one number, *which one*. It looks fine and is a memory of
#   everything: to use it, you carry the training set along.
# - **PCA** (principal component analysis): the picture's position along the ten directions in which digits vary most.
#   Among all **linear** descriptions of ten numbers none has a smaller error.

# %%
from labkit.autoencoders.pca import fit_pca, principal_angles

pca = {latent: fit_pca(x, latent) for latent in (2, 10)}
simple = {
    "mean image": x.mean(dim=0).expand_as(x_test),
    "nearest": x[torch.cdist(x_test, x).argmin(dim=1)],
    "PCA, 2": pca[2].decode(pca[2].encode(x_test)),
    "PCA, 10": pca[10].decode(pca[10].encode(x_test)),
}
errors = {name: squared_error(made, x_test).mean().item() for name, made in simple.items()}
tiles({"digit": x_test} | simple, "Digits never seen, and what is left of them")
bars(errors, "What simple descriptions lose", "squared error per image")

# %% [markdown]
# **See**: two numbers are too few for PCA, whose pictures are gray mixtures; with ten one can read most. Why should
# straight directions be the best there is? Slant a digit step by step: its path through the space of pictures is
# curved. A description that may bend should do better.

# %% [markdown]
# ## 3. The architecture: an encoder, a narrow place, a decoder
#
# An **autoencoder** is two networks trained as one. The *encoder* turns a picture $x$ into a *code* $z$ of a few
# numbers; the *decoder* turns the code back into a picture $\hat x$. The label is the input itself:
#
# $$z = f(x), \qquad \hat x = g(z), \qquad \text{make } \hat x \text{ like } x.$$
#
# Copying would be trivial, were it not for the narrow place in the middle. Ours is 784-128-10-128-784: one hidden layer
# of 128 on each side, ten numbers in between.

# %%
from labkit.autoencoders.autoencoder import Autoencoder, LinearAutoencoder
from labkit.show.architecture import Diagram

Diagram(Autoencoder().to(device), x[:5], depth=2, axes={"b": 5}, title="The autoencoder")

# %% [markdown]
# ### First without any bend
#
# Leave out the ReLU, and encoder and decoder are two matrices. Before you run the cell, guess: will gradient descent,
# which has never heard of PCA, find better directions than PCA, other ones, or the same?
#
# We compare the two ten-dimensional subspaces by their **principal angles**: ten angles, all 0 if the subspaces are the
# same, near 90 degrees where they have nothing in common.

# %%
from labkit.train.fit import fit
from labkit.train.schedules import linear


def minibatches(data, size):
    """Rows in random order, round and round."""
    order = torch.Generator().manual_seed(seed)
    while True:
        for rows in torch.randperm(len(data), generator=order).split(size):
            yield data[rows.to(data.device)]


def steps_of(standard):
    return lesson.pick(standard=standard, quick=max(10, standard // 80))


def train(model, data=x, steps=800, rate=5e-3, size=64, report=None):
    """Adam on the model's own loss; the rate rises for a moment, then falls to zero."""
    steps = steps_of(steps)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    return fit(model.loss, minibatches(data, size), optimizer, steps, linear(steps // 40, steps), report=report)


def test_error(model):
    with torch.no_grad():
        return squared_error(model(x_test), x_test).mean().item()


torch.manual_seed(seed)
straight = LinearAutoencoder().to(device)
directions = straight.decoder.weight.T.detach().clone()
train(straight, steps=1000, rate=3e-2)
angles = {
    "before training": principal_angles(directions, pca[10].components),
    "after training": principal_angles(straight.decoder.weight.T.detach(), pca[10].components),
}
errors["linear, 10"] = squared_error(straight.decode(straight.encode(x_test)), x_test).mean().item()
curves(
    {name: (range(1, 11), found.cpu()) for name, found in angles.items()},
    "Angles between the linear autoencoder and PCA",
    "principal angle, least first",
    "degrees",
)

# %%
claim(
    "a linear autoencoder finds PCA's subspace, and no better one",
    angles["after training"].max() < 15 < 60 < angles["before training"].max()
    and abs(errors["linear, 10"] / errors["PCA, 10"] - 1) < 0.05,
    {
        "largest angle in degrees": angles["after training"].max(),
        "before training": angles["before training"].max(),
        "error": errors["linear, 10"],
        "PCA's": errors["PCA, 10"],
    },
    only_in="standard",
)

# %% [markdown]
# The subspace is PCA's; the axes in it are not (nothing asks for right angles or for an order). What is left of the
# angle is the last of the ten directions, hardly worth more than the eleventh. labkit's tests train such a model to
# the very bottom, in double precision: there the angle is less than a hundredth of a degree.
#
# So depth alone gives nothing: what PCA cannot do, stacked matrices cannot. **The bend** has to bring it.
#
# ### Now with the bend

# %%
torch.manual_seed(seed)
plain = Autoencoder().to(device)
train(plain)
errors["autoencoder, 10"] = test_error(plain)
with torch.no_grad():
    tiles(
        {"digit": x_test, "PCA, 10": simple["PCA, 10"], "autoencoder, 10": plain(x_test)},
        "Ten numbers each: straight and bent",
    )

# %%
claim(
    "with equally many numbers, a code that may bend loses less than PCA",
    errors["autoencoder, 10"] < 0.9 * errors["PCA, 10"],
    {name: errors[name] for name in ("autoencoder, 10", "PCA, 10")},
    only_in="standard",
)

# %% [markdown]
# ### Where this hour goes
#
# Each model below exists because of something that the one before it gets wrong. You will see every failing as a
# figure before you see its remedy.
#
# | model | its idea | what fails |
# |---|---|---|
# | PCA, linear autoencoder | straight directions | digits are not straight |
# | autoencoder | a bent code | believes every stain; its code space has holes |
# | denoising autoencoder | spoil the input, ask for the clean one | still no way to draw *new* pictures |
# | VAE | each picture is a small cloud of codes; all clouds fill one known shape | blurred; may ignore its code |
# | beta-VAE | weigh the price of a code | buys order with detail |
# | WAE | only all codes together must fill the shape | still a blur of numbers where the world has parts |
# | VQ-VAE | a code is a few words out of a dictionary | words that nobody uses |
#
# The **variational autoencoder** is the center. Its encoder answers with *two* lists, a mean and a log variance: not
# "here lies this picture" but "about here, give or take". A code is drawn from that cloud, and the decoder has to make
# do with it:
#
# $$z = \mu(x) + \sigma(x) \cdot \epsilon, \quad \epsilon \sim N(0, I), \qquad
# \text{loss} = \underbrace{-\log p(x \mid z)}_{\text{the picture back}} +
# \underbrace{KL\big(N(\mu, \sigma^2) \,\|\, N(0, I)\big)}_{\text{clouds near the origin, and not too small}}.$$

# %%
from labkit.autoencoders.vae import VAE

Diagram(
    VAE().to(device),
    x[:5],
    depth=2,
    axes={"b": 5},
    title="The VAE",
)

# %% [markdown]
# ## 4. Why it works: four choices, four experiments
#
# ### Why spoil the input?
#
# Give the trained autoencoder a digit with noise on it. It was never asked to tell ink from dirt: it describes what it
# sees. A **denoising autoencoder** (Vincent et al. 2008) is trained on just that: noise goes onto the input, the
# *clean* picture is the target. Nothing else changes. We spoil in two ways: Gaussian noise on every pixel, and
# *masking*, which sets every second pixel to black, at random.

# %%
from labkit.autoencoders.denoising import (
    DenoisingAutoencoder,
    gaussian_noise,
    masking_noise,
    pull,
)

noises = {"Gaussian noise": gaussian_noise(0.3), "masking noise": masking_noise(0.5)}
noisy_error, shown = {}, {}
for name, noise in noises.items():
    torch.manual_seed(seed)
    denoiser = DenoisingAutoencoder(noise).to(device)
    train(denoiser, steps=500)
    with torch.no_grad():
        spoiled = noise(x_test)
        made = {"PCA": pca[10].decode(pca[10].encode(spoiled)), "autoencoder": plain(spoiled)}
        made["denoising autoencoder"] = denoiser(spoiled)
    noisy_error[name] = {who: squared_error(back, x_test).mean().item() for who, back in made.items()}
    shown |= {name: spoiled.clamp(0, 1), f"autoencoder ({name[0]})": made["autoencoder"]}
    shown |= {f"denoising ({name[0]})": made["denoising autoencoder"]}
tiles(shown | {"clean": x_test}, "Spoiled digits, described by the untaught and the taught", width=8)
heatmap(
    [[row[who] for row in noisy_error.values()] for who in made],
    list(made),
    [name.split()[0] for name in noisy_error],
    "Squared error to the clean image, from a spoiled one",
    ("described by", "spoiled by"),
)

# %%
claim(
    "taught on spoiled inputs, the same network comes nearer to the clean picture, for both kinds of noise",
    all(row["denoising autoencoder"] < 0.9 * row["autoencoder"] for row in noisy_error.values()),
    {
        f"{name}, {who}": row[who]
        for name, row in noisy_error.items()
        for who in ("autoencoder", "denoising autoencoder")
    },
    only_in="standard",
)

# %% [markdown]
# What has it learned? Look where it can be seen, in the plane. The data are points on a ring. For any place of the
# plane, the denoiser's answer minus the place is an arrow. **See** where the arrows point.

# %%
torch.manual_seed(seed)
turn = torch.rand(1000) * 2 * math.pi
ring = (0.5 + 0.3 * torch.stack([turn.cos(), turn.sin()], dim=1)).to(device)
pointer = DenoisingAutoencoder(gaussian_noise(0.1), pixels=2, hidden=64, latent=2).to(device)
train(pointer, data=ring, steps=500, rate=1e-2)


def off_the_ring(points):
    return ((points - 0.5).norm(dim=1) - 0.3).abs().mean().item()


ticks = torch.linspace(0.05, 0.95, 13)
places = torch.cartesian_prod(ticks, ticks).to(device)
with torch.no_grad():
    arrows = pull(pointer, places)
    stray = ring + 0.1 * torch.randn_like(ring)
    before, after = off_the_ring(stray), off_the_ring(stray + pull(pointer, stray))
figure, axes = plt.subplots(figsize=(4.6, 4.2), dpi=72)
axes.scatter(*ring.cpu().T, s=3, color=COLOR["orange"], label="data")
axes.quiver(*places.cpu().T, *arrows.cpu().T, angles="xy", scale_units="xy", scale=2, width=0.004, color=COLOR["blue"])
axes.set(
    title="The denoiser points to where the data are", xlabel="first number", ylabel="second number", aspect="equal"
)
plt.show()

# %%
claim(
    "a step along the arrow brings a stray point nearer to the ring",
    after < 0.75 * before,
    {"mean distance before": before, "after": after},
    only_in="standard",
)

# %% [markdown]
# The arrows lead uphill, from where data are rare to where they are common. For small Gaussian noise this is exact: the
# best denoiser moves a point by $\sigma^2 \nabla \log p(x)$ (Alain and Bengio 2014). Keep it in mind: Hour 17 repeats
# such a step some hundred times, and calls it diffusion.
#
# ### Why draw the code, and why pay for it?
#
# An autoencoder can describe. Can it invent? Draw ten numbers from $N(0, I)$ and decode them. Nobody told the encoder
# where to put its codes, so most draws fall where no picture lies. The **VAE** makes two changes, and each answers a
# question:
# - *Noise in the code*: codes near each other must decode alike, or the noise would cost dearly. So there are no holes
#   between neighbors.
# - *The KL*: each cloud is pulled towards $N(0, I)$. Otherwise the encoder would put the clouds far apart and make them
#   tiny, and the noise would be gone.

# %%
torch.manual_seed(seed)
sketch = VAE().to(device)
train(sketch, steps=400)
with torch.no_grad():
    draws = torch.randn(1000, 10, device=device)
    invented = {"autoencoder": plain.decode(draws), "VAE": sketch.decode(draws)}
tiles(invented, "Ten random numbers, decoded", "the same ten numbers in each column; no image stands behind them")

# %% [markdown]
# How far are invented pictures from real ones? Not pixel by pixel: there is no original. We compare the two *heaps* of
# pictures. The **maximum mean discrepancy** (MMD) does that with a kernel $k$ that says how alike two pictures are: are
# pictures of one heap more like each other than like those of the other?
#
# $$\mathrm{MMD}^2 = E\,k(x, x') + E\,k(y, y') - 2\,E\,k(x, y), \qquad k(x, y) = \frac{C}{C + \|x - y\|^2}$$
#
# It is 0 if both heaps come from one source. $C$ is the usual squared distance of two images. You will write it in
# part 5, since one of today's models is trained by it.

# %%
from labkit.autoencoders.mmd import mmd as measured_mmd

scale = 2 * x_test.var(dim=0).sum().item()  # the mean squared distance of two images


def from_real(images):
    return measured_mmd(images, x_test, scale).item()


with torch.no_grad():
    found = plain.encode(x)
    fitted = torch.distributions.MultivariateNormal(found.mean(dim=0), torch.cov(found.T))
    invention = {name: from_real(images) for name, images in invented.items()}
    invention["autoencoder, Gaussian fitted to its codes"] = from_real(plain.decode(fitted.sample((1000,))))
    invention["training images"] = from_real(x)
for name, value in invention.items():
    print(f"{name:42s} squared MMD to unseen digits {value:7.4f}")
claim(
    "codes drawn from the prior decode to something like digits in a VAE, and not in an autoencoder",
    invention["VAE"] < 0.5 * invention["autoencoder"],
    {name: invention[name] for name in ("VAE", "autoencoder")},
    only_in="standard",
)

# %% [markdown]
# Look at the third line, too. Once you know *where* the autoencoder has put its codes, you can fit a Gaussian to them
# and draw from that; by this measure it does very well (Ghosh et al. 2020 made a method of it). The VAE's promise is
# that you need not look: its codes are where the prior says. Its price is blur.
#
# ### Why sum over pixels?
#
# The likelihood of a picture is a product over its pixels, so its logarithm is a **sum** of 784 terms. The KL is a sum
# over 10. Both are nats per image, and may be added. Many programs write `.mean()` over everything instead. That
# divides the picture's part by 784 and leaves the KL as it was. **Guess** what the encoder will do.

# %%
from labkit.autoencoders.beta_vae import BetaVAE, warm_up

torch.manual_seed(seed)
averaged = BetaVAE(beta=784.0).to(device)  # the same gradient direction as a mean over the 784 pixels
train(averaged, steps=300)
with torch.no_grad():
    kls = {
        "summed over pixels": sketch.terms(x_test)[1].mean(),
        "averaged over pixels": averaged.terms(x_test)[1].mean(),
    }
    tiles({"digit": x_test, "summed": sketch(x_test), "averaged": averaged(x_test)}, "What one word in the loss does")
claim(
    "averaging over pixels is a KL weight of 784: the code goes silent, and every digit becomes the mean",
    kls["averaged over pixels"] < 0.05 < 3 < kls["summed over pixels"],
    {f"KL in nats, {name}": value for name, value in kls.items()},
    only_in="standard",
)

# %% [markdown]
# This is **posterior collapse**: the cloud of every picture has become the prior, and a KL of 0 nats says that the code
# tells nothing. A wrong reduction is its commonest cause.
#
# ### Why may a *better* decoder be worse?
#
# There is a subtler cause. Let the decoder also see the pixels above and to the left of the one it is drawing (as
# PixelCNN does). In smooth pictures they tell nearly all. Using the code then costs nats and earns little.
#
# A remedy: **warm-up**. Let the KL weight rise from 0 to 1, so that the decoder learns to use the code before it has
# to pay (Bowman et al. 2016).

# %%
from labkit.autoencoders.strong_decoder import StrongDecoderVAE
from labkit.autoencoders.vae import kl_per_dimension

strong = {}
for name in ("strong decoder", "strong decoder, warm-up"):
    torch.manual_seed(seed)
    model, taken = StrongDecoderVAE(beta=1.0, channels=8).to(device), steps_of(320)
    weight = warm_up(steps_of(260)) if "warm-up" in name else lambda step: 1.0
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, fused=True)
    fed = minibatches(x, 32)
    for step in range(taken):
        model.beta = weight(step)
        fit(model.loss, [next(fed)], optimizer, 1)
    strong[name] = model
with torch.no_grad():
    told = {
        name: kl_per_dimension(*model.encode(x_test)).mean(0)
        for name, model in ({"plain VAE": sketch} | strong).items()
    }
curves(
    {name: (range(1, 11), kl.sort(descending=True).values.cpu()) for name, kl in told.items()},
    "What each latent dimension tells",
    "dimension, the one that tells most first",
    "KL in nats",
)

# %%
total = {name: kl.sum().item() for name, kl in told.items()}
claim(
    "a decoder that sees the neighbors lets most of its code fall silent; warm-up keeps more of it speaking",
    total["strong decoder"] < 0.5 * total["plain VAE"]
    and total["strong decoder, warm-up"] > 1.15 * total["strong decoder"],
    {f"KL in nats, {name}": value for name, value in total.items()},
    only_in="standard",
)

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Four functions, about five minutes each. Replace `raise NotImplementedError` and run the cell. Stuck? `hint()` in a
# new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. A draw that gradients flow through
#
# Drawing a random number has no derivative. The *reparameterization trick* draws the noise elsewhere, and lets the
# encoder only stretch and move it. Then the draw is an ordinary function of mean and spread. The encoder gives
# $\log \sigma^2$, which may be any number.


# %% name="reparameterize" exercise="autoencoders.reparameterize"
@exercise("autoencoders.reparameterize")
def reparameterize(mean, log_variance, noise):
    """A draw from N(mean, exp(log_variance)) made of standard normal noise.

    mean and log_variance (b, z); noise (b, z), or with more axes in front. Returns a tensor of the shape of the noise.
    """
    ### BEGIN SOLUTION
    return mean + (0.5 * log_variance).exp() * noise
    ### END SOLUTION


# %% checks="autoencoders.reparameterize"
score("autoencoders.reparameterize")

# %% [markdown]
# ### Exercise 2. What a cloud costs
#
# How far is the cloud of one picture from the prior? For Gaussians it can be written down:
#
# $$KL\big(N(\mu, \sigma^2) \,\|\, N(0, I)\big) = \frac12 \sum_{j} \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)$$
#
# Read it term by term: being far from the origin costs, being wide costs, being sure costs. One number for each image.


# %% name="gaussian-kl" exercise="autoencoders.gaussian_kl"
@exercise("autoencoders.gaussian_kl")
def gaussian_kl(mean, log_variance):
    """The KL divergence of N(mean, exp(log_variance)) from the standard normal, in nats.

    mean and log_variance (..., z), log_variance the logarithm of the squared deviation. Returns one number for each
    row: shape (...).
    """
    ### BEGIN SOLUTION
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=-1)
    ### END SOLUTION


# %% checks="autoencoders.gaussian_kl"
score("autoencoders.gaussian_kl")

# %% [markdown]
# ### Exercise 3. Two heaps, one number
#
# Now the MMD of part 4, with its kernel $C / (C + \|x - y\|^2)$. Estimate each mean over all pairs, with one care: a
# point must **not be paired with itself** in the first two. It would always find itself alike, and your estimate would
# be too large (*biased*). The unbiased one may come out slightly negative, which is as it should be.


# %% name="mmd" exercise="autoencoders.mmd"
@exercise("autoencoders.mmd")
def mmd(x, y, scale):
    """The unbiased estimate of the squared MMD with the kernel scale / (scale + squared distance).

    x (n, d) and y (m, d), with n and m at least 2. Returns one number, as a tensor without axes.
    """

    ### BEGIN SOLUTION
    def kernel(a, b):
        return scale / (scale + (a[:, None] - b[None, :]).square().sum(dim=-1))

    def within(a):
        gram = kernel(a, a)
        return (gram.sum() - gram.trace()) / (len(a) * (len(a) - 1))

    return within(x) + within(y) - 2 * kernel(x, y).mean()
    ### END SOLUTION


# %% checks="autoencoders.mmd"
score("autoencoders.mmd")

# %% [markdown]
# ### Exercise 4. The nearest word, straight through
#
# Speech is made of sounds, pictures of strokes: of *parts out of a fixed stock*. A **VQ-VAE** replaces each vector $v$
# that the encoder says by the nearest code $e$ of a codebook. Choosing has no derivative; so we pretend in the backward
# pass that nothing happened, and hand the decoder's gradient **straight through** to the encoder. Two terms keep both
# sides together, where $\mathrm{sg}$ holds a side still:
#
# $$\text{loss} = \underbrace{\|\mathrm{sg}[v] - e\|^2}_{\text{codes come to vectors}} +
# \beta \underbrace{\|v - \mathrm{sg}[e]\|^2}_{\text{vectors commit to codes}}, \text{ the mean over vectors}$$


# %% name="quantize" exercise="autoencoders.quantize"
@exercise("autoencoders.quantize")
def quantize(vectors, codebook, beta=0.25):
    """Replace each vector by its nearest code.

    vectors (n, d), codebook (c, d). Returns the nearest codes (n, d), whose gradient goes to the vectors unchanged and
    not to the codebook; their numbers (n,); and the loss, one number.
    """
    ### BEGIN SOLUTION
    codes = torch.cdist(vectors, codebook).argmin(dim=1)
    chosen = codebook[codes]
    to_vectors = (vectors.detach() - chosen).square().sum(dim=1).mean()
    to_codes = (vectors - chosen.detach()).square().sum(dim=1).mean()
    return vectors + (chosen - vectors).detach(), codes, to_vectors + beta * to_codes
    ### END SOLUTION


# %% checks="autoencoders.quantize"
score("autoencoders.quantize")

# %% [markdown]
# ### From the pieces to the model
#
# Two of your functions are the heart of the VAE. This is labkit's, the lines that matter:

# %%
import inspect

for piece in (VAE.encode, VAE.terms, VAE.loss):
    print(inspect.getsource(piece))

# %% [markdown]
# - `encode`: one network, its last layer cut in two: means, and log variances.
# - `terms`: **one** draw of $z$ for each image is enough; the next batch brings others.
# - `loss`: a sum over what belongs to one image, a mean over images. So the learning rate need not change with the
#   size of the batch, and the KL weighs the same whatever the size of the picture.
#
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | sizes | 784-128-10-128-784 | a quarter of a million weights; seconds on a laptop |
# | likelihood | Bernoulli, from logits | gray is the probability of ink; from logits, so that no logarithm meets a 0 |
# | optimizer | Adam, 5e-3, falling to 0 | of 2e-3 to 6e-3 in trials the faster ones; the fall settles the noise |
# | batch | 64 | with 1,300 images, 21 steps are an epoch |
# | draws of z | 1 | see above |
#
# The floor: since pixels are gray, the best possible reconstruction still costs their entropy, and not 0. The line
# below the curves says how much that is here.


# %%
from labkit.show.live.explorer import LiveCurves

torch.manual_seed(seed)
vae = VAE().to(device)


def vae_loss(batch):
    """The negative ELBO, from your two functions."""
    mean, log_variance = vae.encode(batch)
    z = reparameterize(mean, log_variance, torch.randn_like(mean))
    reconstruction = bernoulli_nll(vae.logits(z), batch)  # nats, summed over the pixels of each image
    return (reconstruction + gaussian_kl(mean, log_variance)).mean()


def on_test():
    with torch.no_grad():
        reconstruction, kl = vae.terms(x_test)
    return {"test_loss": (reconstruction + kl).mean().item(), "kl": kl.mean().item()}


taken = steps_of(700)
optimizer = torch.optim.Adam(vae.parameters(), lr=5e-3, fused=True)
history = fit(vae_loss, minibatches(x, 64), optimizer, taken, linear(taken // 40, taken), score=on_test,
              report=LiveCurves(taken, "The VAE", log=True))  # fmt: skip
errors["VAE, 10"] = test_error(vae)
floor = (torch.special.entr(x_test) + torch.special.entr(1 - x_test)).sum(1).mean().item()
with torch.no_grad():
    parts = [part.mean().item() for part in vae.terms(x_test)]
print(
    f"{history.seconds:.0f} s. Test: reconstruction {parts[0]:.1f} nats (no less than {floor:.1f}), KL {parts[1]:.1f}"
)

# %%
with torch.no_grad():
    tiles(
        {"digit": x_test, "VAE": vae(x_test), "invented": vae.generate(9)},
        "The VAE: seen, described, invented",
        "first two rows: the same image; last row: draws from the prior",
    )

# %% [markdown]
# ### How tight is the bound?
#
# The loss is a *bound*: the true $-\log p(x)$ is smaller. With $k$ draws instead of one, weighted by how well each
# explains the picture, the bound gets tighter (Burda et al. 2016): $\mathcal L_k = E \log \frac1k \sum_i
# \frac{p(x, z_i)}{q(z_i \mid x)}$. With one draw it is the ELBO. labkit's test holds it to a model whose likelihood is
# known exactly.

# %%
from labkit.autoencoders.importance import importance_bound

counts = [1, 2, 5, 20, lesson.pick(standard=100, quick=20)]
with torch.no_grad():
    bounds = [importance_bound(vae, x_test, k).mean().item() for k in counts]
curves({"bound": (counts, bounds)}, "More draws, a tighter bound (test images)", "draws k", "nats per image")

# %%
claim(
    "the importance-weighted bound rises with the number of draws",
    bounds[0] < bounds[1] - 0.1
    and bounds[1] < bounds[2] - 0.1
    and bounds[2] < bounds[3] - 0.1
    and bounds[3] < bounds[4],
    {f"k = {k}": bound for k, bound in zip(counts, bounds, strict=True)},
    only_in="standard",
)

# %% [markdown]
# ### The dial between copy and order: beta
#
# A **beta-VAE** (Higgins et al. 2017) weighs the KL with $\beta$. **Guess** both curves before you look: what happens
# to the reconstruction as $\beta$ grows, and what to invented pictures?

# %%
weights = lesson.pick(standard=[0.1, 1.0, 3.0, 10.0], quick=[1.0, 3.0])
dial = {}
for beta in weights:
    torch.manual_seed(seed)
    model = BetaVAE(beta).to(device)
    train(model, steps=300, rate=6e-3)
    with torch.no_grad():
        reconstruction, kl = (term.mean().item() for term in model.terms(x_test))
        dial[beta] = {"nats": reconstruction, "KL": kl, "invented": from_real(model.generate(1000))}

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.2))
rate, distortion = ([row[name] for row in dial.values()] for name in ("KL", "nats"))
left.plot(rate, distortion, marker="o", color=COLOR["blue"])
for beta, row in dial.items():
    left.annotate(f"β = {beta:g}", (row["KL"], row["nats"]), (5, 5), textcoords="offset points", size=9)
left.set(title="Price of the code, and what it buys", xlabel="KL in nats per image", ylabel="reconstruction in nats")
left.margins(x=0.15, y=0.12)
right.semilogx(weights, [row["invented"] for row in dial.values()], marker="o", color=COLOR["vermilion"])
right.set(title="Invented pictures", xlabel="weight β of the KL", ylabel="squared MMD to real ones")
right.set_xticks(weights, [f"{beta:g}" for beta in weights])
right.minorticks_off()
plt.show()

# %%
claim(
    "the KL weight trades reconstruction against regularity, and invention is best in between",
    all(a < b for a, b in pairwise(distortion))
    and all(a > b for a, b in pairwise(rate))
    and min(weights, key=lambda beta: dial[beta]["invented"]) not in (weights[0], weights[-1]),
    {
        f"β = {beta:g}": f"{row['nats']:.0f} + {row['KL']:.1f} nats, MMD² {row['invented']:.3f}"
        for beta, row in dial.items()
    },
    only_in="standard",
)

# %% [markdown]
# **See**: in the left picture each point is a model. At the right end its code may say much, and copies are good; at
# the left end it says next to nothing. In the right picture there is a best place: with a small $\beta$ the codes do
# not fill the prior, with a large one they say nothing.
#
# Where codes are dear, the encoder should keep to what pays most: perhaps, dimension by dimension, the very factors
# that made the picture (*disentanglement*)? We test it where the factors are known. A triangle of one of 4 sizes
# stands at one of 16 x 16 places; the model is never told. Two scores:
# - *classifier score* (Higgins et al. 2017): from how two codes differ, can a linear classifier tell **which** factor
#   they share?
# - *mutual information gap* (Chen et al. 2018): for each factor, how much more does the best dimension know of it than
#   the second best? 1 if every factor has a dimension of its own.
#
# A score has to be tested before it is believed. So we first score three codes that we make up: the factors
# themselves; the same with the plane of x and y turned by 25 degrees; and mere noise.

# %%
import numpy as np

from labkit.autoencoders.disentanglement import (
    classifier_score,
    mutual_information,
    mutual_information_gap,
)
from labkit.data.shapes import render, shapes

SIZES, NAMES = (1, 4, 1, 16, 16), ["size", "x", "y"]  # shape and rotation are held still
made = shapes(lesson.pick(standard=3000, quick=400), 16, seed, SIZES)
triangles = render(made.factors, 16, SIZES, smooth=3.0).flatten(1).to(device)  # soft edges: near places look alike
asked = shapes(lesson.pick(standard=2000, quick=500), 16, seed + 1, SIZES).factors
truth = asked[:, [1, 3, 4]].numpy()


def scores_of(encode):
    """Both scores of a code: a function of rows of (size, x, y)."""
    votes = lesson.pick(standard=400, quick=160)
    return classifier_score(encode, (4, 16, 16), seed, votes), mutual_information_gap(encode(truth), truth).mean()


def turned(factors):
    size, across, down = (factors / np.array([3, 15, 15]) - 0.5).T
    cosine, sine = math.cos(math.radians(25)), math.sin(math.radians(25))
    return np.stack([size, cosine * across - sine * down, sine * across + cosine * down], axis=1)


draw = np.random.default_rng(seed)
made_up = {
    "the factors": scores_of(lambda factors: factors.astype(float)),
    "turned": scores_of(turned),
    "noise": scores_of(lambda factors: draw.normal(size=factors.shape)),
}
claim(
    "both scores know a perfect code and noise; only the information gap sees that a code is turned",
    min(made_up["the factors"]) > 0.9
    and made_up["turned"][0] > 0.9 > 0.75 > made_up["turned"][1]
    and made_up["noise"][0] < 0.5
    and made_up["noise"][1] < 0.1,
    {name: f"classifier {right:.2f}, gap {gap:.2f}" for name, (right, gap) in made_up.items()},
)

# %%
tidy, cost, known = {}, {}, []
for beta in (1.0, 4.0):
    torch.manual_seed(seed)
    model = BetaVAE(beta, pixels=256, latent=5).to(device)
    train(model, triangles, steps=700, rate=6e-3)

    @torch.no_grad()
    def encode(factors, model=model):
        whole = torch.zeros(len(factors), 5, dtype=torch.int64)
        whole[:, [1, 3, 4]] = torch.as_tensor(factors)
        return model.encode(render(whole, 16, SIZES, smooth=3.0).flatten(1).to(device))[0].cpu().numpy()

    tidy[beta] = scores_of(encode)
    with torch.no_grad():
        cost[beta] = kl_per_dimension(*model.encode(triangles)).mean(dim=0)
        posterior = model.encode(render(asked, 16, SIZES, smooth=3.0).flatten(1).to(device))
        drawn = reparameterize(*posterior, torch.randn_like(posterior[0])).cpu().numpy()  # as the decoder gets it
    tidy[beta] = tidy[beta][0], mutual_information_gap(drawn, truth).mean()
    known.append(mutual_information(drawn, truth) / np.log([4, 16, 16]))
heatmap(
    np.concatenate(known).T,
    NAMES,
    [f"β={beta:g} z{n + 1}" for beta in tidy for n in range(5)],
    "What each dimension knows of each factor (share of its entropy)",
    ("factor", "dimension"),
)

# %%
speaking = {beta: int((kl > 0.3).sum()) for beta, kl in cost.items()}
claim(
    "a larger KL weight keeps fewer dimensions speaking, and yet neither code comes near to a dimension for each factor",
    speaking[4.0] < speaking[1.0] and max(gap for _, gap in tidy.values()) < 0.4,
    {
        f"β = {beta:g}": f"{speaking[beta]} of 5 dimensions, gap {gap:.2f}, classifier {right:.2f}"
        for beta, (right, gap) in tidy.items()
    },
    only_in="standard",
)

# %% [markdown]
# **See** in the picture (it takes codes with their noise, as the decoder gets them): with a weight of 1 several
# dimensions share the position, each knowing something of x and of y. With the larger weight two do most of the
# talking, and in most runs the gap is wider (on three of the four seeds that we tried): some order was bought. Look at
# the price as well. The size is given up, since it
# moves fewer pixels, and even the best dimension knows less than half of its factor. The classifier's score is high for
# both, and would have told you a nicer story. And without labels there is **no guarantee** that dimensions become
# factors (Locatello et al. 2019): the prior looks the same from all sides.
#
# ### Only the whole must fill the shape: WAE
#
# A VAE asks every single cloud to look like the prior, so clouds overlap, and where they do the decoder has to draw a
# mixture: blur. A **Wasserstein autoencoder** (Tolstikhin et al. 2018) gives each picture one code, and asks only that
# *all codes together* look like $N(0, I)$, measured by your MMD.

# %%
from labkit.autoencoders.wae import WAE

torch.manual_seed(seed)
wae = WAE(weight=10.0).to(device)


def wae_loss(batch):
    z = wae.encode(batch)
    return squared_error(wae.decode(z), batch).mean() + 10.0 * mmd(z, torch.randn_like(z), 20.0)


taken = steps_of(700)
fit(
    wae_loss,
    minibatches(x, 64),
    torch.optim.Adam(wae.parameters(), lr=5e-3, fused=True),
    taken,
    linear(taken // 40, taken),
)
errors["WAE, 10"] = test_error(wae)
with torch.no_grad():
    prior = torch.randn(2000, 10, device=device)
    cloud = reparameterize(*vae.encode(x_test), torch.randn(len(x_test), 10, device=device))
    to_prior = {
        "autoencoder": measured_mmd(plain.encode(x_test), prior, 20.0).item(),
        "VAE": measured_mmd(cloud, prior, 20.0).item(),
        "WAE": measured_mmd(wae.encode(x_test), prior, 20.0).item(),
    }
    invention |= {"VAE": from_real(vae.generate(1000)), "WAE": from_real(wae.generate(1000))}
    tiles({"digit": x_test, "VAE": vae(x_test), "WAE": wae(x_test)}, "Described by clouds (VAE) and by points (WAE)")
claim(
    "matching only the whole, the WAE copies better than the VAE, and invents no worse",
    errors["WAE, 10"] < 0.85 * errors["VAE, 10"]
    and invention["WAE"] < 1.1 * invention["VAE"]
    and to_prior["WAE"] < 0.5 * to_prior["autoencoder"],
    {
        "error, WAE": errors["WAE, 10"],
        "VAE": errors["VAE, 10"],
        "invented, WAE": invention["WAE"],
        " VAE": invention["VAE"],
    }
    | {f"codes to the prior, {name}": value for name, value in to_prior.items()},
    only_in="standard",
)

# %% [markdown]
# ### Words instead of numbers: VQ-VAE
#
# A **VQ-VAE** (van den Oord et al. 2017) says a picture in a grid of 7 x 7 *words* out of a codebook of 64. Nothing
# can collapse: there is no KL to save. Something else can go wrong. A code that is never the nearest gets no
# gradient, so it never moves, so it is never the nearest. We train three codebooks:
# - by **gradient**, as in your exercise;
# - by **moving average**: each code goes to the mean of the vectors that chose it (k-means, while training);
# - the same **with resets**: a code that hardly anybody chooses is moved onto a vector of the batch.

# %%
from labkit.autoencoders.quantizer import (
    EMAQuantizer,
    VectorQuantizer,
    perplexity,
    usage,
)
from labkit.autoencoders.vq_vae import VQVAE, bits

CODES, WIDTH = 64, 16
books = {
    "gradient": lambda: VectorQuantizer(CODES, WIDTH),
    "moving average": lambda: EMAQuantizer(CODES, WIDTH, revive=0.0),
    "with resets": lambda: EMAQuantizer(CODES, WIDTH),
}
vq, used = {}, {}
for name, book in books.items():
    torch.manual_seed(seed)
    vq[name] = VQVAE(book(), hidden=24).to(device)
    report = LiveCurves(steps_of(280), "The VQ-VAE", log=True) if name == "with resets" else None
    train(vq[name], pictures, steps=280, size=32, report=report)
    vq[name].eval()
    with torch.no_grad():
        said = vq[name].encode(pictures)
        used[name] = {"shares": usage(said, CODES).cpu(), "perplexity": perplexity(said, CODES)}
        errors[f"VQ, {name}"] = squared_error(vq[name](test_pictures), test_pictures).mean().item()
    used[name]["codes"] = int((used[name]["shares"] > 0).sum())

# %%
figure, axes = plt.subplots(1, 3, figsize=(8.6, 2.8), sharey=True)
for (name, row), panel in zip(used.items(), axes, strict=True):
    panel.bar(range(CODES), row["shares"].sort(descending=True).values, width=1.0, color=COLOR["blue"])
    panel.set(title=f"{name}:\n{row['codes']} codes used", xlabel="code, most used first")
axes[0].set_ylabel("share of all words said")
plt.show()
claim(
    "without resets most codes are dead; with resets the codebook lives, and the copies are better",
    max(used[name]["codes"] for name in ("gradient", "moving average")) < 0.6 * CODES
    and used["with resets"]["codes"] > 0.85 * CODES
    and errors["VQ, with resets"] < 0.9 * min(errors["VQ, gradient"], errors["VQ, moving average"]),
    {
        name: f"{row['codes']} codes, perplexity {row['perplexity']:.1f}, error {errors[f'VQ, {name}']:.2f}"
        for name, row in used.items()
    },
    only_in="standard",
)

# %% [markdown]
# *Perplexity* counts codes by how evenly they are used: 64 if all are used alike. A dead codebook is a dictionary with
# a dozen words.
#
# All models so far, on digits never seen:

# %%
shown = ["PCA, 2", "PCA, 10", "linear, 10", "autoencoder, 10", "VAE, 10", "WAE, 10", "VQ, with resets"]
bars(
    {name.replace(", ", "\n"): errors[name] for name in shown},
    "Describing digits never seen",
    "squared error per image",
)

# %% [markdown]
# ## 7. Look inside
#
# Now walk through it. We train an autoencoder and a VAE with **two** numbers each, so that the code is a plane that you
# can see whole. Each dot is a test digit, at its code.

# %%
from labkit.show.latent.data import LatentSpace
from labkit.show.latent.explorer import LatentExplorer

torch.manual_seed(seed)
flat = {"autoencoder": Autoencoder(latent=2).to(device), "VAE": VAE(latent=2).to(device)}
for model in flat.values():
    train(model, steps=700)


def space_of(model, prior):
    """A model as the explorer wants it: numpy in, numpy out."""

    @torch.no_grad()
    def decode(z):
        return model.decode(torch.as_tensor(z, device=device)).cpu().numpy()

    @torch.no_grad()
    def encode(images):
        said = model.encode(torch.as_tensor(images, device=device).flatten(1))
        if not prior:
            return said.cpu().numpy()
        mean, log_variance = said
        return mean.cpu().numpy(), (0.5 * log_variance).exp().cpu().numpy()

    return LatentSpace(decode, encode, prior)


shown = {name: space_of(model, prior=name == "VAE") for name, model in flat.items()}
LatentExplorer(
    shown, test_pictures[:400, 0], test_labels[:400], digits.names, chosen=int((test_labels == 0).nonzero()[0])
)

# %% [markdown]
# Drag the point, or move it with the arrow keys. **Find by hand:**
# 1. *Holes.* Tick "decode the whole plane". In which of the two models do you find places that decode to nothing you
#    know? Where do the prior's dotted circles lie?
# 2. *A walk.* Choose "draw a path", go from a 0 to a 1 to a 7, and play it. Does the VAE pass through other digits, or
#    through blur?
# 3. *How sure?* Click digits of the row below. The ellipse is the encoder's cloud. Where do 4 and 9 land, and whose
#    cloud covers the others'?
#
# With ten numbers a plane shows two of them; the others have sliders, and each row on the right is a walk along one
# dimension (a *traversal*).

# %%
LatentExplorer({"VAE": space_of(vae, prior=True)}, test_pictures[:400, 0], test_labels[:400], digits.names)

# %% [markdown]
# **Guess**, then look at the rows: how many of the ten dimensions change the picture? Compare with the KL of each
# dimension: one that costs nothing tells nothing.
#
# And the VQ-VAE? Here is a digit as it is said: 49 words, by their numbers. And the dictionary: for the forty commonest
# words, the mean of all the places (8 x 8 pixels) at which the encoder said them.

# %%
from torch.nn.functional import unfold

with torch.no_grad():
    said = vq["with resets"].encode(test_pictures)
    back = vq["with resets"].decode(said[:1])
    heard = vq["with resets"].encode(pictures).flatten()
places = unfold(pictures, 8, padding=2, stride=4).transpose(1, 2).reshape(-1, 64)  # a row for each word that was said
meaning = torch.zeros(CODES, 64, device=device).index_add_(0, heard, places) / heard.bincount(minlength=CODES)[:, None]
order = used["with resets"]["shares"].sort(descending=True).indices[:40]
figure, panels = plt.subplots(1, 3, figsize=(8.6, 2.9))
for panel, image, title in zip(
    panels, (test_pictures[0, 0], said[0] * 0, back[0, 0]), ("A digit", "in 49 words", "and back"), strict=True
):
    panel.imshow(image.cpu(), cmap="gray_r", vmin=0, vmax=1)
    panel.set(title=title, xticks=[], yticks=[])
    panel.grid(visible=False)
for (row, column), code in np.ndenumerate(said[0].cpu().numpy()):
    panels[1].text(column, row, code, ha="center", va="center", size=9, color=COLOR["blue"])
panels[1].set_xlabel("each number is a code")
plt.show()

sheet = torch.full((4 * 10, 10 * 10), 0.15)  # 4 rows of 10 words of 8 x 8 pixels, with a gray frame around each
for place, code in enumerate(order.tolist()):
    row, column = divmod(place, 10)
    sheet[10 * row + 1 : 10 * row + 9, 10 * column + 1 : 10 * column + 9] = meaning[code].view(8, 8).cpu()
figure, panel = plt.subplots(figsize=(7.4, 3.2), dpi=72)
panel.imshow(sheet, cmap="gray_r", vmin=0, vmax=1)
for place, code in enumerate(order.tolist()):
    row, column = divmod(place, 10)
    panel.text(10 * column + 1, 10 * row + 1, code, size=8, va="top", color=COLOR["vermilion"], weight="bold")
panel.set(title="The dictionary: what the forty commonest words stand for", xticks=[], yticks=[])
panel.set_xlabel("each square: the mean of all places where the word was said; in its corner the number of the code")
panel.grid(visible=False)
plt.show()

# %% [markdown]
# **See** edges at several heights, strokes, corners, ends, and several words for the empty background. Nobody drew this
# dictionary.

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: compression, measured.** What does a picture cost in bits, and what is lost?

# %%
import zlib

raw = (255 * x_test.cpu()).round().byte()
packed = sum(8 * len(zlib.compress(row.numpy().tobytes(), 9)) for row in raw) / len(raw)
table = {
    "zlib, nothing lost": (packed, 0.0),
    "PCA, 10 numbers of 16 bits": (160, errors["PCA, 10"]),
    "autoencoder, 10 numbers of 16 bits": (160, errors["autoencoder, 10"]),
    "VQ-VAE, 49 words of 6 bits": (bits(said, CODES), errors["VQ, with resets"]),
}
for name, (size, lost) in table.items():
    print(f"{name:36s} {size:6.0f} bits   squared error {lost:.2f}")

# %% [markdown]
# **Weakness: a likelihood is not an alarm.** "Flag what the model finds unlikely" is how autoencoders are sold for
# medical scans and machine noise. Let us show our VAE something that is no digit at all: the shapes of this hour. Two
# alarms: the reconstruction error, and the bound on $-\log p(x)$ itself. **Guess** which one is better.

# %%
from sklearn.metrics import roc_auc_score

foreign = shapes(lesson.pick(standard=400, quick=60), 28, seed).images.flatten(1).to(device)
truth = [0] * len(x_test) + [1] * len(foreign)
with torch.no_grad():
    alarms = {
        "reconstruction error": torch.cat([squared_error(vae(y), y) for y in (x_test, foreign)]),
        "bound on -log p(x)": torch.cat([-importance_bound(vae, y, 20) for y in (x_test, foreign)]),
    }
area = {name: roc_auc_score(truth, alarm.cpu()) for name, alarm in alarms.items()}
tiles({"digits": x_test, "foreign": foreign}, "What the alarm has to tell apart", "columns have nothing in common here")
claim(
    "as an alarm for foreign pictures the reconstruction error is nearly perfect, and the likelihood is not",
    area["reconstruction error"] > 0.98 and area["bound on -log p(x)"] < 0.92,
    {f"area under the ROC curve, {name}": value for name, value in area.items()},
    only_in="standard",
)

# %% [markdown]
# The likelihood of a picture also says how *simple* it is. Soft gray edges cost nats even in a perfect description
# (the floor of part 6), and our digits are softer than the foreign shapes. So some digits look less likely than any
# triangle. Large models have the same fault: trained on photographs of objects, they find pictures of house numbers
# *more* likely (Nalisnick et al. 2019).
#
# **Cost.** Encoding or decoding a picture is one pass through a small network:


# %%
def microseconds(run, times=5):
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        with torch.no_grad():
            run()
        spent.append(time.perf_counter() - begun)
    return 1e6 * min(spent) / len(x_test)


speed = {
    "PCA": (lambda: pca[10].decode(pca[10].encode(x_test)), 784 * 11),
    "nearest": (lambda: x[torch.cdist(x_test, x).argmin(dim=1)], x.numel()),
    "VAE": (lambda: vae(x_test), sum(p.numel() for p in vae.parameters())),
    "VQ-VAE": (lambda: vq["with resets"](test_pictures), sum(p.numel() for p in vq["with resets"].parameters())),
}
for name, (run, numbers) in speed.items():
    print(f"{name:8s} {microseconds(run):6.1f} microseconds per image, {numbers:>9,} numbers to keep")

# %% [markdown]
# - **Data**: few are enough for a blurred copy; fine detail needs many, and a better likelihood than independent
#   pixels.
# - **Failure**: collapse (watch the KL of each dimension), dead codes (watch the perplexity), blur, holes.
# - **Not a generator by itself**: today's image generators use an autoencoder for the *space*, and another model (a
#   Transformer over words, diffusion over codes) for what to say in it.
#
# ## 9. In practice
#
# Hugging Face's `diffusers` holds the autoencoders behind image generators: `AutoencoderKL` is a VAE with a KL weight
# of about a millionth (it is there to compress; regularity is the diffusion model's business), `VQModel` a VQ-VAE.
# Here is its quantizer with the codebook that you have trained. Mind two of its choices: its loss is a mean over all
# numbers (ours is a mean of squared lengths: `width` times as large), and `legacy=True`, its default, has $\beta$ on
# the wrong term.

# %%
try:
    from diffusers.models.autoencoders.vae import VectorQuantizer as Peer
except ImportError:
    print(
        "diffusers is not installed here: labkit's tests make the comparison (`pip install diffusers` to make it yourself)"
    )
else:
    theirs = Peer(CODES, WIDTH, beta=0.25, legacy=False).to(device)
    vectors = vq["with resets"].encoder(test_pictures[:32]).detach()
    with torch.no_grad():
        theirs.embedding.weight.copy_(vq["with resets"].quantizer.codebook)
        rows = vectors.permute(0, 2, 3, 1).reshape(-1, WIDTH)
        mine, my_codes, my_loss = quantize(rows, theirs.embedding.weight)
        grid, their_loss, (_, _, their_codes) = theirs(vectors)
    difference = (mine - grid.permute(0, 2, 3, 1).reshape(-1, WIDTH)).abs().max()
    claim(
        "the quantizer of diffusers names the same codes, and its loss times the width is ours",
        difference < 1e-5
        and torch.equal(my_codes, their_codes)
        and torch.isclose(WIDTH * their_loss, my_loss, rtol=1e-4),
        {"codes compared": len(my_codes), "largest difference": difference, "loss": my_loss},
    )

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | conditional VAE | encoder and decoder are told the label | Sohn et al. 2015 |
# | hierarchical VAE | codes of codes, coarse to fine | Vahdat and Kautz 2020 |
# | VQ-VAE-2, VQ-GAN | several grids; a critic for sharp detail | Razavi et al. 2019, Esser et al. 2021 |
# | normalizing flows | an exact likelihood, no bottleneck | Rezende and Mohamed 2015 |
# | masked autoencoders | mask most of the picture, ask for it back | Hour 23 |
# | latent diffusion | diffusion in the codes of a VAE | Hour 17 |
#
# Used for: compression of images and speech, the spaces of image generators, denoising, anomaly detection in industry,
# filling in missing values, molecules and proteins as points that can be searched.
#
# ## 10. Responsibility
#
# *Who is described well?* A mean over images is a vote, and rare classes have few votes. We take nearly all 8s out of
# the training set, change nothing else, and measure.

# %%
rare = (labels == 8).nonzero().flatten()
kept = torch.ones(len(labels), dtype=torch.bool, device=device)
kept[rare[8:]] = False
torch.manual_seed(seed)
skewed = Autoencoder().to(device)
train(skewed, x[kept], steps=500)
eights = test_labels == 8
with torch.no_grad():
    skew = {name: squared_error(model(x_test), x_test) for name, model in (("all digits", plain), ("few 8s", skewed))}
ratio = {name: (error[eights].mean() / error[~eights].mean()).item() for name, error in skew.items()}
with torch.no_grad():
    tiles(
        {"an 8": x_test[eights], "all digits": plain(x_test[eights]), "few 8s": skewed(x_test[eights])},
        "8s, by who has seen many and who has seen eight",
    )
claim(
    "what is rare in the data is described worse: an 8 costs more than other digits where 8s were few",
    ratio["few 8s"] > 1.25 * ratio["all digits"],
    {f"error on 8s relative to the others, {name}": value for name, value in ratio.items()},
    only_in="standard",
)

# %% [markdown]
# The overall error hardly moved: nobody who reads only that would notice. Replace "8" by a skin tone, an accent or a
# rare illness. A famous face model turned a pixelated picture of Barack Obama into a white man (PULSE, 2020): its
# space had few places for other faces. **Report errors by group.**
#
# - **Medicine.** An autoencoder taught on healthy scans "repairs" what it has not seen. As an alarm it may miss what
#   looks simple (part 8). As a cleaner it may paint a lesion away. Never show a reconstruction as if it were the scan.
# - **Memory.** Codes are personal data if the picture was. A model with few pictures and many weights stores them:
#   below, an autoencoder with a hundred pictures gives away which ones they were.
# - **Faces.** The first deepfakes were two autoencoders with one encoder: encode one person, decode as another. Consent
#   is not in the loss function.

# %%
torch.manual_seed(seed)
hoarder, own = Autoencoder().to(device), x[:100]
train(hoarder, own, steps=300, size=50)
with torch.no_grad():
    guess = torch.cat([squared_error(hoarder(y), y) for y in (own, x_test)])
seen = roc_auc_score([1] * len(own) + [0] * len(x_test), -guess.cpu())
claim(
    "whoever has the model can tell which pictures it was trained on, if they were few",
    seen > 0.7,
    {"area under the ROC curve of 'small error: was a training picture'": seen},
    only_in="standard",
)

# %% [markdown]
# ## 11. Check yourself
#
# <details><summary>1. Your linear autoencoder with 10 codes has a lower training error than PCA with 10. What do you do?</summary>
#
# Look for the mistake: no linear map of rank 10 beats PCA on the data that PCA was fitted to.
# </details>
#
# <details><summary>2. Why does the encoder give log σ² and not σ?</summary>
#
# A network's output may be any number. An exponential makes it positive, for very small and for very large spreads.
# </details>
#
# <details><summary>3. The KL of your VAE is 0.01 nats and its pictures are all alike. Name two causes.</summary>
#
# The reconstruction is averaged over pixels (or the KL weight is too large); or the decoder is so strong that it does
# without the code.
# </details>
#
# <details><summary>4. Your estimate of a squared MMD is -0.002. Is it wrong?</summary>
#
# No: an unbiased estimate of 0 is negative about half of the time.
# </details>
#
# <details><summary>5. What gradient does the codebook of a VQ-VAE get from the decoder?</summary>
#
# None. It passes straight through to the encoder; codes learn from their own term, or by moving average.
# </details>
#
# <details><summary>6. The importance-weighted bound with 100 draws is better than your ELBO. Is the model now better?</summary>
#
# No. You only see better how good it was.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Kingma and Welling 2014, *Auto-encoding variational Bayes*, https://arxiv.org/abs/1312.6114. Vincent et
# al. 2008, *Extracting and composing robust features with denoising autoencoders*,
# https://doi.org/10.1145/1390156.1390294. Burda et al. 2016, https://arxiv.org/abs/1509.00519. Higgins et al. 2017,
# https://openreview.net/forum?id=Sy2fzU9gl, and Locatello et al. 2019, on what it cannot do,
# https://arxiv.org/abs/1811.12359. Tolstikhin et al. 2018, https://arxiv.org/abs/1711.01558. Van den Oord et al.
# 2017, https://arxiv.org/abs/1711.00937. Ghosh et al. 2020, *From variational to deterministic autoencoders*,
# https://arxiv.org/abs/1903.12436. Nalisnick et al. 2019, *Do deep generative models know what they don't know?*,
# https://arxiv.org/abs/1810.09136.
#
# **Next**: Hour 15 throws away the encoder and the likelihood, and lets a second network judge the pictures: GANs.
