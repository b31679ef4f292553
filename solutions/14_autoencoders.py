# %% [markdown] badges=true
# # Hour 14. Autoencoders, from PCA to VQ-VAE
#
# After this hour you can
# - compress an image to a few numbers and reconstruct it, and say how this is related to PCA;
# - derive the loss of a variational autoencoder (VAE), and write its three pieces;
# - recognize a VAE whose loss averages over pixels, a fault in published code;
# - write the quantizer of a VQ-VAE, and measure whether its codebook is used;
# - explore a latent space by hand, and say where it must not be trusted.
#
# <!-- plan -->
#
# You need gradient descent (Hour 1), the normal distribution, and the likelihood.
#
# **How to work.** Run the cells from top to bottom. You write three functions and repair a fourth. Each is checked when
# you run its cell. If one is not right yet, the notebook says so and uses labkit's version in its place, so you can
# always go on. Folded cells draw figures and check claims. Sections called *Further* are extra.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "digits"  # or "mnist", by download

# %% fold="Import the libraries"
import math
import time
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.data.minibatches import minibatches
from labkit.show.plots import bars, curves, heatmap
from labkit.show.style import COLOR
from labkit.show.tiles import tiles

lesson = begin(14, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: an image in ten numbers
#
# Our images are handwritten digits from scikit-learn. The originals are small: 8 × 8 pixels with 17 gray levels. We
# enlarge them smoothly to 28 × 28 pixels, so they are soft, and they contain no more detail than the originals. With
# `dataset = "mnist"` in the cell above you get MNIST instead, if it can be downloaded.
#
# An image of 28 × 28 pixels is a list of 784 numbers, and almost all lists of 784 numbers are not digits. So a few
# numbers should describe a digit: which one it is, how slanted, how bold. Can a network find such numbers from images
# alone, without labels?
#
# To measure a description, we reconstruct images that were not used for training. The error of an image is the **sum**
# of its 784 squared differences. Three baselines:
# - **The mean image** uses no numbers at all.
# - **The nearest training image** uses one number, its index. But you must keep the whole training set.
# - **PCA** (principal component analysis) uses the position of the image along the ten directions in which digits vary
#   most. Among all **linear** descriptions by ten numbers it has the smallest error.

# %% fold="Load the digits and measure the baselines"
from labkit.autoencoders.pca import fit_pca
from labkit.autoencoders.reconstruction import bernoulli_nll, squared_error
from labkit.data.images import load_images

digits = load_images(dataset, seed)
(pictures, labels), (test_pictures, test_labels) = (
    (images.to(device), names.to(device))
    for images, names in (digits.train, digits.test)
)
x, x_test = (
    pictures.flatten(1),
    test_pictures.flatten(1),
)  # one row of 784 pixels for each image


def show(rows, title, below="the same image in each column"):
    """Rows of 28 x 28 images, six in a row."""
    return tiles(
        {
            name: images.detach().reshape(-1, 28, 28)[:6]
            for name, images in rows.items()
        },
        title,
        below,
        6,
    )


pca = {latent: fit_pca(x, latent) for latent in (2, 10)}
simple = {
    "mean image": x.mean(dim=0).expand_as(x_test),
    "nearest": x[torch.cdist(x_test, x).argmin(dim=1)],
    "PCA, 2": pca[2].decode(pca[2].encode(x_test)),
    "PCA, 10": pca[10].decode(pca[10].encode(x_test)),
}
errors = {
    name: squared_error(made, x_test).mean().item() for name, made in simple.items()
}
print(f"{len(x):,} digits to train, {len(x_test):,} to test, {x.shape[1]} pixels each")
print(
    "squared error of an image:",
    ", ".join(f"{name} {error:.1f}" for name, error in errors.items()),
)
show({"test digit": x_test} | {name: simple[name] for name in ("PCA, 2", "PCA, 10")},
     "Test digits and two reconstructions")  # fmt: skip

# %% [markdown]
# **See**: with two numbers PCA gives gray mixtures; with ten you can read most digits. But PCA is linear. Slant a digit
# step by step: in the space of images it moves along a curve. A description that may follow curves should do better.
#
# ## 3. The architecture: encoder, code, decoder
#
# An **autoencoder** is two networks trained together. The **encoder** $f$ turns an image $x$ into a **code** $z$ of a
# few numbers. The **decoder** $g$ turns the code into a reconstruction $\hat x$. The target is the input itself:
#
# $$z = f(x), \qquad \hat x = g(z), \qquad \text{make } \hat x \text{ close to } x.$$
#
# Copying would be trivial if the code were as large as the image. Our code has ten numbers, a **bottleneck**: the
# layers have 784, 128, 10, 128 and 784 units, with a ReLU in each hidden layer of 128. **Predict**: by how much does
# the ReLU beat PCA, which also uses ten numbers?

# %%
from labkit.autoencoders.autoencoder import Autoencoder
from labkit.train.fit import fit
from labkit.train.schedules import linear


def train(model, data=x, steps=800, rate=5e-3, size=64, report=None):
    """Adam on the model's own loss; the rate rises briefly, then falls to zero."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    batches = minibatches(size, data, seed=seed)
    schedule = linear(max(1, steps // 40), steps)
    return fit(
        lambda batch: model.loss(*batch),
        batches,
        optimizer,
        steps,
        schedule,
        report=report,
    )


def steps_of(standard):
    return lesson.pick(standard=standard, quick=max(10, standard // 80))


torch.manual_seed(seed)
plain = Autoencoder().to(device)
history = train(plain, steps=steps_of(800))

# %% fold="Compare the autoencoder with PCA" result=true
with torch.no_grad():
    errors["autoencoder, 10"] = squared_error(plain(x_test), x_test).mean().item()
    claim(
        "with equally many numbers, a nonlinear code has a smaller error than PCA",
        errors["autoencoder, 10"] < 0.9 * errors["PCA, 10"],
        {
            f"{name} numbers: squared error": errors[name]
            for name in ("autoencoder, 10", "PCA, 10")
        },
        only_in="standard",
    )
    figure = show(
        {"test digit": x_test, "PCA": simple["PCA, 10"], "autoencoder": plain(x_test)},
        "Ten numbers each",
    )
figure

# %% [markdown]
# ### Further: A linear autoencoder is PCA
#
# Leave out the ReLU, and encoder and decoder are two matrices. **Predict**: does gradient descent find better
# directions than PCA, worse ones, or the same? We compare the two subspaces of ten dimensions by their **principal
# angles**: ten angles that are all 0 if the subspaces are equal, and near 90 degrees where they share no direction.

# %% fold="Train a linear autoencoder" result=true
from labkit.autoencoders.autoencoder import LinearAutoencoder
from labkit.autoencoders.pca import principal_angles

torch.manual_seed(seed)
straight = LinearAutoencoder().to(device)
directions = straight.decoder.weight.T.detach().clone()
train(straight, steps=steps_of(1000), rate=3e-2)
angles = {
    "before training": principal_angles(directions, pca[10].components),
    "after training": principal_angles(
        straight.decoder.weight.T.detach(), pca[10].components
    ),
}
with torch.no_grad():
    linear_error = (
        squared_error(straight.decode(straight.encode(x_test)), x_test).mean().item()
    )
claim(
    "a linear autoencoder finds PCA's subspace, and no better one",
    angles["after training"].max() < 15 < 60 < angles["before training"].max()
    and abs(linear_error / errors["PCA, 10"] - 1) < 0.05,
    {
        f"{name}: largest angle in degrees": found.max().item()
        for name, found in angles.items()
    }
    | {
        "linear autoencoder: squared error": linear_error,
        "PCA: squared error": errors["PCA, 10"],
    },
    only_in="standard",
)
curves({name: (range(1, 11), found.cpu()) for name, found in angles.items()},
       "Angles between the linear autoencoder and PCA", "principal angle, smallest first", "degrees")  # fmt: skip

# %% [markdown]
# The subspace is PCA's; the axes in it are not, because nothing asks for right angles or for an order. The largest
# angle belongs to the tenth direction, which is hardly worth more than the eleventh. labkit's tests train such a model
# to the minimum in double precision, and there the angle is below a hundredth of a degree.

# %% [markdown]
# ### The models of this hour
#
# | model | idea | what fails |
# |---|---|---|
# | PCA, linear autoencoder | linear code | digits do not vary linearly |
# | autoencoder | nonlinear code | reproduces noise; random codes decode to no digit |
# | denoising autoencoder | noisy input, clean target | still no way to sample new images |
# | VAE | a distribution of codes for each image; all together match a known one | blurred; may ignore its code |
# | VQ-VAE | codes from a learned codebook | entries that are never used |
#
# ### The variational autoencoder
#
# The **VAE** (Kingma and Welling 2014) is a model of how images arise. First a code is sampled from the **prior** $p(z)
# = N(0, I)$, ten independent standard normal numbers. Then the decoder gives each pixel $i$ a probability $\hat x_i$ of
# ink, and the likelihood $p(x \mid z)$ is the product over the pixels. This is the **Bernoulli** likelihood; a gray
# pixel $x_i$ counts as $x_i$ of an inked and $1 - x_i$ of an empty one:
#
# $$\log p(x \mid z) = \sum_{i=1}^{784} x_i \log \hat x_i + (1 - x_i) \log (1 - \hat x_i).$$
#
# The encoder of a VAE returns a distribution of codes, the (approximate) **posterior** $q(z \mid x) = N(\mu,
# \sigma^2)$. Its output is two lists of ten numbers, $\mu$ and $\log \sigma^2$. We sample a code from it and decode the
# sample. But sampling has no derivative. The **reparameterization trick** samples the noise first and then scales and
# shifts it:
#
# $$z = \mu + \sigma \cdot \epsilon, \qquad \epsilon \sim N(0, I).$$
#
# Now $z$ is an ordinary function of $\mu$ and $\sigma$, and gradients pass. For example, $\mu = 1$, $\log \sigma^2 =
# \log 4 = 1.39$ and $\epsilon = 0.5$ give $\sigma = 2$ and $z = 1 + 2 \cdot 0.5 = 2$.
#
# ### Exercise 1. A sample that gradients pass through


# %% name="reparameterize" exercise="autoencoders.reparameterize"
@exercise("autoencoders.reparameterize")
def reparameterize(mean, log_variance, noise):
    """Return a sample from N(mean, exp(log_variance)), made from standard normal noise.

    mean and log_variance (b, z); noise (b, z), or with more axes in front.
    Returns a tensor of the shape of the noise.

    Example: mean [[1.]], log_variance [[1.39]], noise [[0.5]] gives [[2.0]].
    """
    ### BEGIN SOLUTION
    return mean + (0.5 * log_variance).exp() * noise
    ### END SOLUTION


# %% checks="autoencoders.reparameterize"
score("autoencoders.reparameterize")

# %% [markdown]
# ### Where the loss comes from
#
# We want the model to give real images a high probability $p(x) = \int p(x \mid z) \, p(z) \, dz$. Sampling $z$ from
# the prior cannot estimate this integral, because hardly any $z$ decodes to a given image. So we multiply and divide by
# $q(z \mid x)$, which proposes suitable codes, and use **Jensen's inequality**: the logarithm of a mean is at least the
# mean of the logarithms.
#
# $$\log p(x) = \log E_{q(z \mid x)}\!\left[\frac{p(x \mid z) \, p(z)}{q(z \mid x)}\right] \ \ge\
# E_{q(z \mid x)}\!\left[\log p(x \mid z)\right] - E_{q(z \mid x)}\!\left[\log \frac{q(z \mid x)}{p(z)}\right].$$
#
# The right-hand side is the **ELBO** (evidence lower bound). Its first term rewards a good reconstruction. Its second
# term is the Kullback-Leibler divergence $KL(q(z \mid x) \,\|\, p(z))$: how far the posterior of this image is from the
# prior. The loss is minus the ELBO, in **nats** (units of the natural logarithm) for each image. For Gaussians the KL
# has a closed form, a sum over the latent dimensions $j$:
#
# $$KL = \frac12 \sum_{j} \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right).$$
#
# For example, $\mu = 1$ and $\sigma^2 = 4$ give $\frac12 (1 + 4 - 1 - 1.39) = 1.31$ nats. The KL is large for a
# posterior that is far from the origin, wide, or narrow.
#
# ### Exercise 2. The KL divergence from the prior


# %% name="gaussian-kl" exercise="autoencoders.gaussian_kl"
@exercise("autoencoders.gaussian_kl")
def gaussian_kl(mean, log_variance):
    """Return the KL divergence of N(mean, exp(log_variance)) from N(0, I), in nats.

    mean and log_variance (..., z), log_variance the logarithm of the variance.
    Returns one number for each row: shape (...).

    Example: mean [[1., 0.]], log_variance [[1.39, 0.]] gives [1.31].
    """
    ### BEGIN SOLUTION
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=-1)
    ### END SOLUTION


# %% checks="autoencoders.gaussian_kl"
score("autoencoders.gaussian_kl")

# %% [markdown]
# ### Exercise 3. A bug hunt
#
# The VAE example of Keras (2016) and the VAE example of PyTorch (2017) both had this loss for a time, and their loss
# curves looked fine. The next figure shows such a curve on the left: it falls and settles. On the right you see what this
# VAE reconstructs. **Find the mistake and repair it.** `logits` are the decoder's output before the sigmoid.

# %% fold="Train a VAE with the published loss" result=true
from labkit.autoencoders.beta_vae import BetaVAE

torch.manual_seed(seed)
averaged = BetaVAE(beta=784.0).to(
    device
)  # its loss is 784 times the published one: the same minimum
history = train(averaged, steps=steps_of(300))
with torch.no_grad():
    back, silent_kl = averaged(x_test[:4]), averaged.terms(x_test)[1].mean().item()
    sheet = torch.cat(
        [
            torch.cat(list(part.reshape(-1, 28, 28)), dim=1)
            for part in (x_test[:4], back)
        ]
    ).cpu()
figure, axes = plt.subplots(1, 2, figsize=(7.6, 2.8))
axes[0].plot(
    range(1, len(history.losses) + 1),
    [loss / 784 for loss in history.losses],
    color=COLOR["blue"],
)
axes[0].set(title="The published loss", xlabel="step", ylabel="loss")
axes[1].imshow(sheet, cmap="gray_r", vmin=0, vmax=1)
axes[1].set(
    title="Test digits, and below them\nthe reconstructions", xticks=[], yticks=[]
)
axes[1].grid(visible=False)
plt.show()


# %% name="elbo" exercise="autoencoders.elbo"
@exercise("autoencoders.elbo")
def negative_elbo(logits, x, mean, log_variance):
    """Return minus the ELBO in nats per image, the mean over the images: one number.

    logits and x (b, pixels), x between 0 and 1; mean and log_variance (b, z).

    Example: logits [[0., 0., 0.]], x [[1., 0., 1.]], mean [[0.]] and
    log_variance [[0.]] give 3 · 0.69 + 0 = 2.08.
    """
    ### BEGIN BUG
    reconstruction = F.binary_cross_entropy_with_logits(logits, x)
    kl = gaussian_kl(mean, log_variance)
    return (reconstruction + kl).mean()
    ### END BUG
    ### BEGIN SOLUTION
    pixels = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return (pixels.sum(dim=1) + gaussian_kl(mean, log_variance)).mean()
    ### END SOLUTION


# %% checks="autoencoders.elbo"
score("autoencoders.elbo")

# %% [markdown]
# Here is the whole VAE with its shapes. The encoder's 20 outputs are ten means and ten log variances; a split separates
# them. The diagram follows the mean, without noise.

# %% fold="Draw the VAE with its shapes"
from labkit.autoencoders.vae import VAE
from labkit.show.architecture import Diagram

Diagram(VAE().to(device), x[:5], depth=2, axes={"b": 5}, title="The VAE")

# %% [markdown]
# ## 4. Why it works
#
# ### Why sum over pixels?
#
# The logarithm of a product over 784 pixels is a **sum** of 784 terms, and the KL is a sum over ten dimensions. Both
# are nats for one image, so they may be added. A mean over pixels divides the first term by 784 and leaves the second
# as it is. This is the same as a KL that weighs 784 times as much. The cheapest solution is then a posterior equal to
# the prior for every image: the code carries no information, and the decoder returns the mean image. This is
# **posterior collapse**.

# %% fold="Train a VAE with the sum, and compare the KL" result=true
torch.manual_seed(seed)
sketch = VAE().to(device)
train(sketch, steps=steps_of(400))
with torch.no_grad():
    kls = {
        "averaged over pixels": silent_kl,
        "summed over pixels": sketch.terms(x_test)[1].mean().item(),
    }
    claim(
        "with the average over pixels the code carries almost no information, and every reconstruction is the mean image",
        kls["averaged over pixels"] < 0.05 < 3 < kls["summed over pixels"],
        {f"{name}: KL in nats": value for name, value in kls.items()},
        only_in="standard",
    )
    figure = show(
        {"test digit": x_test, "averaged": averaged(x_test), "summed": sketch(x_test)},
        "One word in the loss",
    )
figure

# %% [markdown]
# ### Why sample the code, and why the KL?
#
# Can an autoencoder generate new images? Decode ten numbers sampled from $N(0, I)$. Nothing told the encoder of an
# autoencoder where to put its codes, so most samples lie where no image has its code. The VAE changes two things:
# - *Noise in the code.* Codes near each other must decode to similar images, so there are no gaps between neighbors.
# - *The KL.* It pulls each posterior towards $N(0, I)$. Otherwise the encoder would make the means large and the
#   variances tiny, and the noise would have no effect.
#
# **Predict** what both decoders make of the same random codes.

# %% fold="Decode random codes" result=true
torch.manual_seed(seed)
with torch.no_grad():
    draws = torch.randn(1000, 10, device=device)
    generated = {"autoencoder": plain.decode(draws), "VAE": sketch.decode(draws)}
show(
    generated,
    "Random codes, decoded",
    "the same ten random numbers in each column; there is no original",
)

# %% [markdown]
# In the standard run the autoencoder's images are gray and ragged; the VAE's look more like digits, though blurred. How
# close are generated images to real ones? There is no original to compare with, so we compare the two *samples* of
# images as wholes. The **maximum mean discrepancy** (MMD) uses a kernel $k$, a measure of how similar two images are:
#
# $$\mathrm{MMD}^2 = E\,k(x, x') + E\,k(y, y') - 2\,E\,k(x, y), \qquad k(x, y) = \frac{C}{C + \|x - y\|^2},$$
#
# with $x, x'$ from the first sample and $y, y'$ from the second. It is 0 if both samples come from one distribution. We
# estimate it from finite samples, so it can come out slightly negative. $C$ is the mean squared distance between two
# test images. (A further exercise in part 6 writes it.)

# %% fold="Measure generated images" result=true
from labkit.autoencoders.mmd import mmd as labkit_mmd

scale = 2 * x_test.var(dim=0).sum().item()


def from_real(images):
    return labkit_mmd(images, x_test, scale).item()


with torch.no_grad():
    codes = plain.encode(x)
    fitted = torch.distributions.MultivariateNormal(
        codes.mean(dim=0), torch.cov(codes.T)
    )
    generation = {name: from_real(images) for name, images in generated.items()}
    generation["autoencoder,\nfitted Gaussian"] = from_real(
        plain.decode(fitted.sample((1000,)))
    )
    generation["training\nimages"] = from_real(x)
claim(
    "codes sampled from the prior decode to images closer to real ones in a VAE than in an autoencoder",
    generation["VAE"] < 0.5 * generation["autoencoder"],
    {
        f"{name}: squared MMD to test digits": generation[name]
        for name in ("VAE", "autoencoder")
    },
    only_in="standard",
)
bars(
    generation,
    "Distance of generated images from test digits",
    "squared MMD",
)

# %% [markdown]
# Look at the third bar as well. If you fit a Gaussian to the codes of the autoencoder and sample from *that*, its
# images are even closer to real ones by this measure (Ghosh et al. 2020 made a method of it). The advantage of a VAE is
# that you need not fit anything: its codes lie where the prior says. Its price is blur, which part 6 measures.
#
# ### Why add noise to the input?
#
# A plain autoencoder reproduces whatever it is given, noise included. A **denoising autoencoder** (Vincent et al. 2008)
# gets a noisy image as its input and the *clean* image as its target. We try two kinds of noise: Gaussian noise on each
# pixel, and *masking*, which sets half of the pixels to 0 at random (0 is white in our figures).

# %% fold="Train denoising autoencoders" result=true
from labkit.autoencoders.denoising import (
    DenoisingAutoencoder,
    gaussian_noise,
    masking_noise,
)

noises = {"Gaussian": gaussian_noise(0.3), "masking": masking_noise(0.5)}
noisy_error, shown = {}, {}
for name, noise in noises.items():
    torch.manual_seed(seed)
    denoiser = DenoisingAutoencoder(noise).to(device)
    train(denoiser, steps=steps_of(500))
    with torch.no_grad():
        noisy = noise(x_test)
        made = {"plain": plain(noisy), "denoising": denoiser(noisy)}
    noisy_error[name] = {
        who: squared_error(back, x_test).mean().item() for who, back in made.items()
    }
    if name == "Gaussian":
        shown = {"Gaussian noise": noisy.clamp(0, 1)} | made
claim(
    "trained with noisy inputs, the same network comes closer to the clean image, for both kinds of noise",
    all(row["denoising"] < 0.9 * row["plain"] for row in noisy_error.values()),
    {f"{name} noise, {who} autoencoder: squared error": value
     for name, row in noisy_error.items() for who, value in row.items()},
    only_in="standard",
)  # fmt: skip
show(
    shown | {"clean": x_test},
    "Noisy digits, reconstructed by a plain and by a denoising autoencoder",
)

# %% [markdown]
# ### Further: A denoiser points towards the data
#
# In the plane one can see what a denoiser learns. The data are points on a ring. For each point of the plane, the arrow
# is the denoiser's output minus the point. **Predict** where the arrows point.

# %% fold="Draw a denoiser as arrows" result=true
from labkit.autoencoders.denoising import pull

torch.manual_seed(seed)
turn = torch.rand(1000) * 2 * math.pi
ring = (0.5 + 0.3 * torch.stack([turn.cos(), turn.sin()], dim=1)).to(device)
pointer = DenoisingAutoencoder(gaussian_noise(0.1), pixels=2, hidden=64, latent=2).to(
    device
)
train(pointer, data=ring, steps=steps_of(500), rate=1e-2)


def off_the_ring(points):
    return ((points - 0.5).norm(dim=1) - 0.3).abs().mean().item()


ticks = torch.linspace(0.05, 0.95, 13)
spots = torch.cartesian_prod(ticks, ticks).to(device)
with torch.no_grad():
    arrows = pull(pointer, spots)
    stray = ring + 0.1 * torch.randn_like(ring)
    before, after = off_the_ring(stray), off_the_ring(stray + pull(pointer, stray))
claim(
    "one step along the arrow brings a noisy point closer to the ring",
    after < 0.75 * before,
    {"mean distance from the ring before the step": before, "after the step": after},
    only_in="standard",
)
figure, axes = plt.subplots(figsize=(4.6, 4.2), dpi=75)
axes.scatter(*ring.cpu().T, s=3, color=COLOR["orange"])
axes.quiver(
    *spots.cpu().T,
    *arrows.cpu().T,
    angles="xy",
    scale_units="xy",
    scale=2,
    width=0.004,
    color=COLOR["blue"],
)
axes.set(
    title="Arrows of a denoiser, data in orange",
    xlabel="first number",
    ylabel="second number",
    aspect="equal",
)
plt.show()

# %% [markdown]
# The arrows point to where data are more frequent. In the limit of small Gaussian noise this is exact: the best
# denoiser moves a point by $\sigma^2 \nabla \log p(x)$ (Alain and Bengio 2014). Hour 17 repeats such a step some
# hundred times, and calls it diffusion.

# %% [markdown]
# ### Further: A decoder that needs no code
#
# Posterior collapse has a second cause. Let the decoder also see the pixels above and to the left of the one that it
# predicts (as PixelCNN does). In smooth images these predict a pixel well, so the code would cost nats and improve
# little. A remedy is **warm-up**: let the weight of the KL rise from 0 to 1, so that the decoder learns to use the code
# before the code costs anything (Bowman et al. 2016).

# %% fold="Train a VAE with a strong decoder, with and without warm-up" result=true
from labkit.autoencoders.beta_vae import warm_up
from labkit.autoencoders.strong_decoder import StrongDecoderVAE
from labkit.autoencoders.vae import kl_per_dimension

strong = {}
for name in ("strong decoder", "strong decoder, warm-up"):
    torch.manual_seed(seed)
    model, taken = StrongDecoderVAE(beta=1.0, channels=8).to(device), steps_of(320)
    weight = warm_up(steps_of(260)) if "warm-up" in name else lambda step: 1.0
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, fused=True)
    fed = minibatches(32, x, seed=seed)
    for step in range(taken):
        model.beta = weight(step)
        fit(model.loss, list(next(fed)), optimizer, 1)
    strong[name] = model
with torch.no_grad():
    per_dimension = {name: kl_per_dimension(*model.encode(x_test)).mean(0)
                     for name, model in ({"plain VAE": sketch} | strong).items()}  # fmt: skip
total = {name: kl.sum().item() for name, kl in per_dimension.items()}
claim(
    "with a decoder that sees the neighbors, the code carries less than half as much; warm-up recovers part of it",
    total["strong decoder"] < 0.5 * total["plain VAE"]
    and total["strong decoder, warm-up"] > 1.15 * total["strong decoder"],
    {f"{name}: KL in nats": value for name, value in total.items()},
    only_in="standard",
)
curves({name: (range(1, 11), kl.sort(descending=True).values.cpu()) for name, kl in per_dimension.items()},
       "Information in each latent dimension", "dimension, largest first", "KL in nats")  # fmt: skip
# %% [markdown]
# ## 5. Build it
#
# ### Exercise 4. The quantizer of a VQ-VAE
#
# The **VQ-VAE** (van den Oord et al. 2017) has a discrete code. Its encoder returns a grid of vectors, and each vector
# $v$ is replaced by the nearest **entry** $e$ of a learned **codebook**. The image becomes a grid of indices. Choosing
# the nearest entry has no derivative. So the backward pass acts as if nothing had been replaced, and hands the
# decoder's gradient to the encoder unchanged: the **straight-through** estimator. Two terms bring vectors and entries
# together; sg (*stop gradient*) treats its argument as a constant:
#
# $$\text{loss} = \underbrace{\|\mathrm{sg}[v] - e\|^2}_{\text{moves the entry}} +
# \beta \underbrace{\|v - \mathrm{sg}[e]\|^2}_{\text{moves the vector: commitment}}, \ \text{ the mean over vectors.}$$
#
# For example, $v = (1, 0)$ and the entries $(0, 0)$ and $(2, 2)$ have squared distances 1 and 5. The result is $(0,
# 0)$, with the index 0 and the loss $1 + 0.25 \cdot 1 = 1.25$ for $\beta = 0.25$.


# %% name="quantize" exercise="autoencoders.quantize"
@exercise("autoencoders.quantize")
def quantize(vectors, codebook, beta=0.25):
    """Replace each vector by its nearest entry of the codebook.

    vectors (n, d), codebook (c, d). Three results: the entries (n, d), whose gradient
    goes to the vectors unchanged and not to the codebook; their indices (n,); and the
    loss, one number.

    Example: vectors [[1., 0.]], codebook [[0., 0.], [2., 2.]] gives [[0., 0.]], [0]
    and 1.25. If the result is summed, the gradient of the vectors is [[1., 1.]].
    """
    ### BEGIN SOLUTION
    indices = torch.cdist(vectors, codebook).argmin(dim=1)
    entries = codebook[indices]
    to_vectors = (vectors.detach() - entries).square().sum(dim=1).mean()
    to_entries = (vectors - entries.detach()).square().sum(dim=1).mean()
    straight_through = vectors + (entries - vectors).detach()
    return straight_through, indices, to_vectors + beta * to_entries
    ### END SOLUTION


# %% checks="autoencoders.quantize"
score("autoencoders.quantize")

# %% [markdown]
# ## 6. Train it
#
# ### The VAE, from your functions
#
# | choice | value | reason |
# |---|---|---|
# | sizes | 784, 128, 10, 128, 784 | about 200,000 parameters, seconds on a laptop |
# | likelihood | Bernoulli, from logits | no logarithm of 0 |
# | optimizer | Adam, 5e-3, falling to 0 | fast; a small rate averages out the noise of sampling |
# | batch | 64 | 1,347 images: 21 steps are an epoch |
# | samples of $z$ | 1 for each image and step | the next batch brings new ones |

# %%
from labkit.show.live.explorer import LiveCurves

torch.manual_seed(seed)
vae = VAE().to(device)


def vae_loss(batch):
    mean, log_variance = vae.encode(batch[0])
    z = reparameterize(mean, log_variance, torch.randn_like(mean))
    return negative_elbo(vae.logits(z), batch[0], mean, log_variance)


# %% fold="Train the VAE" result=true
def on_test():
    with torch.no_grad():
        reconstruction, kl = vae.terms(x_test)
    return {"test_loss": (reconstruction + kl).mean().item(), "kl": kl.mean().item()}


taken = steps_of(700)
optimizer = torch.optim.Adam(vae.parameters(), lr=5e-3, fused=True)
schedule = linear(max(1, taken // 40), taken)
fit(vae_loss, minibatches(64, x, seed=seed), optimizer, taken, schedule, score=on_test,
    report=LiveCurves(taken, "The VAE", log=True))  # fmt: skip
floor = (
    (torch.special.entr(x_test) + torch.special.entr(1 - x_test)).sum(1).mean().item()
)
with torch.no_grad():
    errors["VAE, 10"] = squared_error(vae(x_test), x_test).mean().item()
    parts = [part.mean().item() for part in vae.terms(x_test)]
    figure = show({"test digit": x_test, "VAE": vae(x_test), "generated": vae.generate(6)}, "The VAE",
                  "first two rows: the same image; last row: samples from the prior")  # fmt: skip
print(
    f"Test: reconstruction {parts[0]:.1f} nats (at least {floor:.1f}), KL {parts[1]:.1f} nats"
)
figure

# %% [markdown]
# The reconstruction cannot reach 0: a gray pixel costs its entropy even if it is predicted perfectly. The printed line
# gives this lower limit.
#
# ### The weight of the KL
#
# A **beta-VAE** (Higgins et al. 2017) multiplies the KL by $\beta$ (not the $\beta$ of exercise 4). **Predict**: as
# $\beta$ grows, do reconstructions get better or worse? And generated images?

# %% fold="Train VAEs with four weights" result=true
weights = lesson.pick(standard=[0.1, 1.0, 3.0, 10.0], quick=[1.0, 3.0])
dial = {}
for beta in weights:
    torch.manual_seed(seed)
    model = BetaVAE(beta).to(device)
    train(model, steps=steps_of(300), rate=6e-3)
    with torch.no_grad():
        reconstruction, kl = (term.mean().item() for term in model.terms(x_test))
        dial[beta] = {
            "nats": reconstruction,
            "KL": kl,
            "generated": from_real(model.generate(1000)),
        }
rate, distortion = ([row[name] for row in dial.values()] for name in ("KL", "nats"))
claim(
    "a larger weight lowers the KL and worsens the reconstruction; generated images are best in between",
    all(a < b for a, b in pairwise(distortion))
    and all(a > b for a, b in pairwise(rate))
    and min(weights, key=lambda beta: dial[beta]["generated"]) not in (weights[0], weights[-1]),
    {f"β = {beta:g}: reconstruction, KL (nats), squared MMD":
     f"{row['nats']:.0f}, {row['KL']:.1f}, {row['generated']:.3f}" for beta, row in dial.items()},
    only_in="standard",
)  # fmt: skip
figure, (left, right) = plt.subplots(1, 2, figsize=(7.8, 3.2))
left.plot(rate, distortion, marker="o", color=COLOR["blue"])
for beta, row in dial.items():
    left.annotate(
        f"β = {beta:g}",
        (row["KL"], row["nats"]),
        (5, 5),
        textcoords="offset points",
        size=9,
    )
left.set(title="Reconstruction", xlabel="KL in nats per image", ylabel="nats per image")
left.margins(x=0.2, y=0.12)
right.semilogx(
    weights,
    [row["generated"] for row in dial.values()],
    marker="o",
    color=COLOR["vermilion"],
)
right.set(
    title="Generated images",
    xlabel="weight β of the KL",
    ylabel="squared MMD to test digits",
)
right.set_xticks(weights, [f"{beta:g}" for beta in weights])
right.minorticks_off()
plt.show()

# %% [markdown]
# With a small $\beta$ the codes do not fill the prior, so random codes miss them. With a large $\beta$ the codes carry
# almost no information.
#
# ### The VQ-VAE
#
# Our VQ-VAE describes a digit by a grid of 7 × 7 indices into a codebook of 64 entries. Its KL is a constant, $\log 64$
# for each index, so there is no posterior collapse. But the codebook has a failure of its own. An entry that is never
# the nearest gets no gradient, does not move, and stays unused: a **dead** entry. We train three codebooks:
# - by **gradient**, as in your exercise;
# - by **moving average**: each entry moves to the mean of the vectors that chose it;
# - by moving average **with resets**: an entry that is hardly used is moved onto a vector of the batch.
#
# **Predict** how many of the 64 entries each uses.

# %% fold="Train three codebooks" result=true
from labkit.autoencoders.quantizer import (
    EMAQuantizer,
    VectorQuantizer,
    perplexity,
    usage,
)
from labkit.autoencoders.vq_vae import VQVAE, bits

ENTRIES, WIDTH = 64, 16
books = {
    "gradient": lambda: VectorQuantizer(ENTRIES, WIDTH),
    "moving average": lambda: EMAQuantizer(ENTRIES, WIDTH, revive=0.0),
    "with resets": lambda: EMAQuantizer(ENTRIES, WIDTH),
}
vq, used = {}, {}
for name, book in books.items():
    torch.manual_seed(seed)
    vq[name] = VQVAE(book(), hidden=24).to(device)
    train(vq[name], pictures, steps=steps_of(280), size=32)
    vq[name].eval()
    with torch.no_grad():
        indices = vq[name].encode(pictures)
        used[name] = {
            "shares": usage(indices, ENTRIES).cpu(),
            "perplexity": perplexity(indices, ENTRIES),
        }
        errors[f"VQ-VAE, {name}"] = (
            squared_error(vq[name](test_pictures), test_pictures).mean().item()
        )
    used[name]["entries"] = int((used[name]["shares"] > 0).sum())
claim(
    "without resets most entries are dead; with resets most are used, and reconstructions are better",
    max(used[name]["entries"] for name in ("gradient", "moving average")) < 0.6 * ENTRIES
    and used["with resets"]["entries"] > 0.85 * ENTRIES
    and errors["VQ-VAE, with resets"] < 0.9 * min(errors["VQ-VAE, gradient"], errors["VQ-VAE, moving average"]),
    {f"{name}: entries used, perplexity, squared error":
     f"{row['entries']}, {row['perplexity']:.1f}, {errors[f'VQ-VAE, {name}']:.2f}" for name, row in used.items()},
    only_in="standard",
)  # fmt: skip
figure, axes = plt.subplots(1, 3, figsize=(7.8, 2.8), sharey=True)
for (name, row), panel in zip(used.items(), axes, strict=True):
    panel.bar(
        range(ENTRIES),
        row["shares"].sort(descending=True).values,
        width=1.0,
        color=COLOR["blue"],
    )
    panel.set_title(f"{name}:\n{row['entries']} entries used", size=10)
    panel.set_xlabel("entry, most used first")
axes[0].set_ylabel("share of all indices")
plt.show()

# %% [markdown]
# **Perplexity** counts entries by how evenly they are used; it is 64 if all are used alike. Here are all models of this
# hour:

# %% fold="Compare the reconstructions" result=true
compared = ["PCA, 2", "PCA, 10", "autoencoder, 10", "VAE, 10", "VQ-VAE, with resets"]
bars({name.replace(", ", ",\n"): errors[name] for name in compared}, "Reconstruction of test digits",
     "squared error of an image")  # fmt: skip

# %% [markdown]
# In the standard run the VAE reconstructs *worse* than PCA: noise and KL limit what its code can say. In return one can
# sample new images. The VQ-VAE describes an image by 49 indices, not by ten numbers, so its error cannot be compared
# directly.

# %% [markdown]
# ### Further: How tight is the bound?
#
# The ELBO is a lower bound of $\log p(x)$. With $k$ samples in place of one, weighted by how well each explains the
# image, the bound gets tighter (Burda et al. 2016): $\mathcal L_k = E \log \frac1k \sum_i \frac{p(x, z_i)}{q(z_i \mid
# x)}$. One sample gives the ELBO.

# %% fold="Compute the bound for 1 to 100 samples" result=true
from labkit.autoencoders.importance import importance_bound

counts = [1, 2, 5, 20, lesson.pick(standard=100, quick=30)]
with torch.no_grad():
    bounds = [importance_bound(vae, x_test, k).mean().item() for k in counts]
claim(
    "the bound rises with the number of samples",
    all(after > before + 0.1 for before, after in pairwise(bounds[:4]))
    and bounds[3] < bounds[4],
    {
        f"k = {k}: nats per image": bound
        for k, bound in zip(counts, bounds, strict=True)
    },
    only_in="standard",
)
curves(
    {"bound": (counts, bounds)},
    "More samples, a tighter bound (test images)",
    "samples k",
    "nats per image",
)

# %% [markdown]
# ### Further: Do dimensions become factors?
#
# With a large $\beta$ the encoder should spend the expensive KL where it improves reconstruction most. Perhaps it then
# uses one dimension for each factor that made the image (**disentanglement**). We test it where the factors are known:
# a triangle of one of 4 sizes at one of 16 × 16 positions. Two scores:
# - *classifier score* (Higgins et al. 2017): given how two codes differ, can a linear classifier predict **which**
#   factor the two images share?
# - *mutual information gap* (Chen et al. 2018): for each factor, how much more information has the best dimension than
#   the second best? It is 1 if every factor has a dimension of its own.
#
# First we test the scores themselves, on three codes whose quality we know: the factors; the factors with the plane of
# x and y rotated by 25 degrees; and noise.

# %% fold="Score three codes of known quality"
from labkit.autoencoders.disentanglement import (
    classifier_score,
    mutual_information,
    mutual_information_gap,
)
from labkit.data.shapes import render, shapes

SIZES, NAMES = (1, 4, 1, 16, 16), ["size", "x", "y"]  # shape and rotation stay the same
made = shapes(lesson.pick(standard=3000, quick=400), 16, seed, SIZES)
triangles = (
    render(made.factors, 16, SIZES, smooth=3.0).flatten(1).to(device)
)  # soft edges
asked = shapes(lesson.pick(standard=2000, quick=500), 16, seed + 1, SIZES).factors
truth = asked[:, [1, 3, 4]].numpy()


def scores_of(encode):
    """Both scores of a code: a function of rows of (size, x, y)."""
    votes = lesson.pick(standard=400, quick=160)
    return classifier_score(encode, (4, 16, 16), seed, votes), mutual_information_gap(
        encode(truth), truth
    ).mean()


def rotated(factors):
    size, across, down = (factors / np.array([3, 15, 15]) - 0.5).T
    cosine, sine = math.cos(math.radians(25)), math.sin(math.radians(25))
    return np.stack(
        [size, cosine * across - sine * down, sine * across + cosine * down], axis=1
    )


draw = np.random.default_rng(seed)
made_up = {
    "the factors": scores_of(lambda factors: factors.astype(float)),
    "rotated": scores_of(rotated),
    "noise": scores_of(lambda factors: draw.normal(size=factors.shape)),
}
claim(
    "both scores recognize a perfect code and noise; only the information gap sees a rotation",
    min(made_up["the factors"]) > 0.9
    and made_up["rotated"][0] > 0.9 > 0.75 > made_up["rotated"][1]
    and made_up["noise"][0] < 0.5
    and made_up["noise"][1] < 0.1,
    {
        f"{name}: classifier, gap": f"{right:.2f}, {gap:.2f}"
        for name, (right, gap) in made_up.items()
    },
)

# %% fold="Train with two weights and score the codes" result=true
from labkit.autoencoders.vae import kl_per_dimension

tidy, active, known = {}, {}, []
for beta in (1.0, 4.0):
    torch.manual_seed(seed)
    model = BetaVAE(beta, pixels=256, latent=5).to(device)
    train(model, triangles, steps=steps_of(700), rate=6e-3)

    @torch.no_grad()
    def encode(factors, model=model):
        whole = torch.zeros(len(factors), 5, dtype=torch.int64)
        whole[:, [1, 3, 4]] = torch.as_tensor(factors)
        return (
            model.encode(render(whole, 16, SIZES, smooth=3.0).flatten(1).to(device))[0]
            .cpu()
            .numpy()
        )

    with torch.no_grad():
        active[beta] = int(
            (kl_per_dimension(*model.encode(triangles)).mean(dim=0) > 0.3).sum()
        )
        posterior = model.encode(
            render(asked, 16, SIZES, smooth=3.0).flatten(1).to(device)
        )
        drawn = (
            reparameterize(*posterior, torch.randn_like(posterior[0])).cpu().numpy()
        )  # as the decoder gets it
    tidy[beta] = scores_of(encode)[0], mutual_information_gap(drawn, truth).mean()
    known.append(mutual_information(drawn, truth) / np.log([4, 16, 16]))
claim(
    "a larger weight keeps fewer dimensions active, and neither code is close to one dimension for each factor",
    active[4.0] < active[1.0] and max(gap for _, gap in tidy.values()) < 0.4,
    {f"β = {beta:g}: active dimensions of 5, gap, classifier": f"{active[beta]}, {gap:.2f}, {right:.2f}"
     for beta, (right, gap) in tidy.items()},
    only_in="standard",
)  # fmt: skip
heatmap(np.concatenate(known).T, NAMES, [f"β={beta:g} z{n + 1}" for beta in tidy for n in range(5)],
        "Information of each dimension about each factor (share of its entropy)", ("factor", "dimension"))  # fmt: skip

# %% [markdown]
# With a weight of 1 several dimensions share the position. With the larger weight two dimensions carry most of the
# information; the size is given up, because it moves fewer pixels. The classifier's score is high for both, and alone
# it would suggest that both codes are good. Without labels there is **no guarantee** that dimensions become factors
# (Locatello et al. 2019): the prior is the same in all directions.

# %% [markdown]
# ### Further: Only all codes together must match the prior
#
# A VAE pulls every posterior towards the prior, so posteriors overlap, and there the decoder must return a
# mixture. A **Wasserstein autoencoder** (WAE, Tolstikhin et al. 2018) gives each image one code, and asks only that
# *all codes together* look like $N(0, I)$, measured by the MMD of part 4. Write it now. Estimate each mean over all
# pairs, but **leave out the pairs of a point with itself** in the first two: their kernel is 1, and they would make the
# estimate too large (*biased*). The unbiased estimate may be slightly negative.


# %% name="mmd" exercise="autoencoders.mmd"
@exercise("autoencoders.mmd")
def mmd(x, y, scale):
    """Return the unbiased estimate of the squared MMD, one number.

    The kernel is k(a, b) = scale / (scale + ‖a - b‖²).

    x (n, d) and y (m, d), with n and m at least 2.

    Example: x [[0.], [1.]], y [[0.], [1.]], scale 1: k is 1 for equal points, else 0.5.
    The means within are 0.5 and 0.5, the mean across is 0.75: the result is -0.5.
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

# %% fold="Train a WAE" result=true
from labkit.autoencoders.wae import WAE

torch.manual_seed(seed)
wae = WAE(weight=10.0).to(device)


def wae_loss(batch):
    z = wae.encode(batch[0])
    return squared_error(wae.decode(z), batch[0]).mean() + 10.0 * mmd(
        z, torch.randn_like(z), 20.0
    )


optimizer = torch.optim.Adam(wae.parameters(), lr=5e-3, fused=True)
fit(
    wae_loss,
    minibatches(64, x, seed=seed),
    optimizer,
    taken,
    linear(max(1, taken // 40), taken),
)
with torch.no_grad():
    wae_error = squared_error(wae(x_test), x_test).mean().item()
    prior = torch.randn(2000, 10, device=device)
    to_prior = {name: labkit_mmd(model.encode(x_test), prior, 20.0).item()
                for name, model in (("autoencoder", plain), ("WAE", wae))}  # fmt: skip
    made = {"VAE": from_real(vae.generate(1000)), "WAE": from_real(wae.generate(1000))}
claim(
    "the WAE reconstructs better than the VAE, and its generated images are no worse",
    wae_error < 0.85 * errors["VAE, 10"] and made["WAE"] < 1.1 * made["VAE"]
    and to_prior["WAE"] < 0.5 * to_prior["autoencoder"],
    {"WAE: squared error": wae_error, "VAE: squared error": errors["VAE, 10"]}
    | {f"{name}: generated images, squared MMD": value for name, value in made.items()}
    | {f"{name}: codes to the prior, squared MMD": value for name, value in to_prior.items()},
    only_in="standard",
)  # fmt: skip

# %% [markdown]
# ## 7. Look inside
#
# Now explore a code of **two** numbers, which fits into a plane. On the left an autoencoder, on the right a VAE. Each
# dot is the code of a test digit; its color is the digit's class. The point that you move is decoded as you move it.

# %% fold="Train two models with two latent dimensions"
torch.manual_seed(seed)
flat = {
    "autoencoder": Autoencoder(latent=2).to(device),
    "VAE": VAE(latent=2).to(device),
}
for model in flat.values():
    train(model, steps=700)

# %% fold="Open the latent explorer" result=true
from labkit.show.latent.data import LatentSpace
from labkit.show.latent.explorer import LatentExplorer


def space_of(model, prior):
    """A model as the explorer wants it: numpy in, numpy out."""

    @torch.no_grad()
    def decode(z):
        return model.decode(torch.as_tensor(z, device=device)).cpu().numpy()

    @torch.no_grad()
    def encode(images):
        found = model.encode(torch.as_tensor(images, device=device).flatten(1))
        if not prior:
            return found.cpu().numpy()
        mean, log_variance = found
        return mean.cpu().numpy(), (0.5 * log_variance).exp().cpu().numpy()

    return LatentSpace(decode, encode, prior)


LatentExplorer(
    {name: space_of(model, prior=name == "VAE") for name, model in flat.items()},
    test_pictures[:400, 0], test_labels[:400], digits.names, chosen=int((test_labels == 0).nonzero()[0]),
)  # fmt: skip

# %% [markdown]
# Drag the point, or move it with the arrow keys. **Find by hand:**
# 1. *Holes.* Tick "decode the whole plane". Which model has larger regions that decode to no digit? Where do the dotted
#    circles of the prior lie?
#
#    <details><summary>Answer</summary>
#
#    The autoencoder: its codes spread far and unevenly, with empty regions between the classes. Most codes of the VAE
#    lie within the circles, which mark one and two standard deviations of the prior, and almost every point there
#    decodes to a digit or to a mixture of two.
#    </details>
# 2. *A path.* Choose "draw a path", go from a 0 to a 1 to a 7, and play it. What does the VAE show between them?
#
#    <details><summary>Answer</summary>
#
#    Blurred mixtures and other digits: with two dimensions, the codes of other classes lie between those of 0, 1 and 7.
#    </details>
# 3. *Uncertainty.* Click digits in the row of inputs. The ellipse shows the posterior, $\mu$ plus and minus $\sigma$.
#    Which digits are hard to tell apart for this encoder?
#
#    <details><summary>Answer</summary>
#
#    Those whose ellipses overlap. Two dimensions are too few for ten classes, so several classes share a region.
#    Compare the ellipses of a 4 and a 9.
#    </details>

# %% [markdown]
# ### Further: Ten dimensions
#
# With ten numbers a plane shows two of them. The others have sliders, and each row on the right varies one dimension (a
# **traversal**). **Predict**: how many of the ten dimensions change the image?

# %% fold="Open the explorer with ten dimensions" result=true
LatentExplorer(
    {"VAE": space_of(vae, prior=True)},
    test_pictures[:400, 0],
    test_labels[:400],
    digits.names,
)

# %% [markdown]
# In the standard run all ten change it somewhat, and some much more than others: those with the largest KL.

# %% [markdown]
# ### Further: What the codebook entries stand for
#
# Here is a digit as 49 indices, and the forty most used entries. For each entry you see the mean of all image patches
# of 8 × 8 pixels that the encoder replaced by it.

# %% fold="Draw the codebook" result=true
from torch.nn.functional import unfold

with torch.no_grad():
    grid = vq["with resets"].encode(test_pictures)
    back = vq["with resets"].decode(grid[:1])
    chosen = vq["with resets"].encode(pictures).flatten()
patches = unfold(pictures, 8, padding=2, stride=4).transpose(1, 2).reshape(-1, 64)
sums = torch.zeros(ENTRIES, 64, device=device).index_add_(0, chosen, patches)
meaning = sums / chosen.bincount(minlength=ENTRIES).clamp(min=1)[:, None]
order = used["with resets"]["shares"].sort(descending=True).indices[:40]
figure, panels = plt.subplots(1, 3, figsize=(7.8, 2.8))
images = (test_pictures[0, 0], grid[0] * 0, back[0, 0])
for panel, image, title in zip(
    panels, images, ("a digit", "its 49 indices", "decoded"), strict=True
):
    panel.imshow(image.cpu(), cmap="gray_r", vmin=0, vmax=1)
    panel.set(title=title, xticks=[], yticks=[])
    panel.grid(visible=False)
for (row, column), index in np.ndenumerate(grid[0].cpu().numpy()):
    panels[1].text(
        column, row, index, ha="center", va="center", size=9, color=COLOR["blue"]
    )
plt.show()
patches_shown = F.pad(meaning[order.to(device)].view(-1, 8, 8), (1, 1, 1, 1), value=0.3)
tiles(
    {f"entries {10 * row + 1} to {10 * row + 10}": patches_shown[10 * row : 10 * row + 10]
     for row in range(4)},
    "The forty most used entries, as mean patches",
)  # fmt: skip

# %% [markdown]
# In the standard run many entries stand for empty background, others for dark strokes, and others for an edge or a corner
# of a stroke at the border of the patch.

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **No strength here: compression.** A VQ-VAE turns a digit into 49 indices of 6 bits each. Is that a good compression?
# A fair comparison starts from the originals of 8 × 8 pixels, because the enlarged images contain no more information.

# %% fold="Count the bits of a digit"
import zlib

from sklearn.datasets import load_digits

originals = load_digits(return_X_y=True)[0].astype(np.uint8)  # 8 x 8, 17 gray levels
lossless = 8 * len(zlib.compress(originals.tobytes(), 9)) / len(originals)
indices_of_one = torch.zeros(1, 7, 7, dtype=torch.long)
claim(
    "for these digits the VQ-VAE is no compression: its indices need more bits than the originals without any loss",
    bits(indices_of_one, ENTRIES) > lossless,
    {"VQ-VAE, 49 indices: bits per digit": bits(indices_of_one, ENTRIES),
     "originals, compressed by zlib without loss: bits per digit": lossless},
)  # fmt: skip

# %% [markdown]
# Learned codes pay off on images with far more pixels than information, such as photographs.
#
# **Weakness: the likelihood is a poor alarm.** "Report what the model finds unlikely" is a common use of autoencoders,
# for medical scans and for machines. We show our VAE shapes that are not digits, and compare two alarms: the
# reconstruction error, and the lower bound of $\log p(x)$. **Predict** which one separates shapes from digits better.

# %% fold="Compare two alarms" result=true
from sklearn.metrics import roc_auc_score

from labkit.autoencoders.importance import importance_bound
from labkit.data.shapes import shapes

foreign = (
    shapes(lesson.pick(standard=400, quick=60), 28, seed).images.flatten(1).to(device)
)
is_foreign = [0] * len(x_test) + [1] * len(foreign)
with torch.no_grad():
    alarms = {
        "reconstruction error": torch.cat(
            [squared_error(vae(y), y) for y in (x_test, foreign)]
        ),
        "minus the bound of log p(x)": torch.cat(
            [-importance_bound(vae, y, 20) for y in (x_test, foreign)]
        ),
    }
area = {name: roc_auc_score(is_foreign, alarm.cpu()) for name, alarm in alarms.items()}
claim(
    "the reconstruction error separates shapes from digits nearly perfectly, and the likelihood does not",
    area["reconstruction error"] > 0.98 and area["minus the bound of log p(x)"] < 0.92,
    {
        f"{name}: area under the ROC curve (0.5: chance)": value
        for name, value in area.items()
    },
    only_in="standard",
)
show(
    {"digits": x_test, "shapes": foreign},
    "What an alarm must separate",
    "images in one column are unrelated",
)

# %% [markdown]
# The likelihood of an image also depends on how *simple* it is. Soft gray edges cost nats even if they are predicted
# perfectly, and our digits are softer than the shapes. Large models have the same fault: trained on photographs of
# objects, they find images of house numbers *more* likely (Nalisnick et al. 2019).
#
# **Cost.** Encoding and decoding is one pass through a small network, microseconds for each image. **Data**: a few
# thousand images are enough for a blurred reconstruction; fine detail needs far more, and a likelihood that does not
# treat pixels as independent. **Failures to watch**: posterior collapse (plot the KL of each dimension), dead entries
# (print the perplexity), blur, holes. **No generator by itself**: today's image generators use an autoencoder for the
# *space* of images, and another model, a Transformer or a diffusion model, to sample in it.
#
# ## 9. In practice
#
# Hugging Face's `diffusers` contains the autoencoders of image generators: `AutoencoderKL` is a VAE whose KL weighs
# about a millionth, and `VQModel` a VQ-VAE. The next cell gives its quantizer our codebook. Its loss is a mean over all
# numbers, ours a mean of squared lengths. And its default, `legacy=True`, has $\beta$ on the wrong term.

# %% fold="Compare with the quantizer of diffusers" result=true
try:
    from diffusers.models.autoencoders.vae import VectorQuantizer as Peer
except ImportError:
    print(
        "diffusers is not installed here (pip install diffusers), so this comparison is left out."
    )
else:
    theirs = Peer(ENTRIES, WIDTH, beta=0.25, legacy=False).to(device)
    vectors = vq["with resets"].encoder(test_pictures[:32]).detach()
    with torch.no_grad():
        theirs.embedding.weight.copy_(vq["with resets"].quantizer.codebook)
        rows = vectors.permute(0, 2, 3, 1).reshape(-1, WIDTH)
        mine, my_indices, my_loss = quantize(rows, theirs.embedding.weight)
        grid_of_theirs, their_loss, (_, _, their_indices) = theirs(vectors)
    difference = (
        (mine - grid_of_theirs.permute(0, 2, 3, 1).reshape(-1, WIDTH))
        .abs()
        .max()
        .item()
    )
    claim(
        "the quantizer of diffusers chooses the same entries, and its loss times the width is ours",
        difference < 1e-5
        and torch.equal(my_indices, their_indices)
        and torch.isclose(WIDTH * their_loss, my_loss, rtol=1e-4),
        {
            "indices compared": len(my_indices),
            "largest difference": difference,
            "loss": my_loss.item(),
        },
    )

# %% [markdown]
# | variant | what it changes | reference |
# |---|---|---|
# | conditional VAE | encoder and decoder also get the label | Sohn et al. 2015 |
# | hierarchical VAE | several layers of codes, coarse to fine | Vahdat and Kautz 2020 |
# | VQ-VAE-2, VQ-GAN | several grids; a discriminator for sharp detail | Razavi et al. 2019, Esser et al. 2021 |
# | normalizing flows | an exact likelihood, no bottleneck | Rezende and Mohamed 2015 |
# | masked autoencoders | reconstruct an image that is mostly masked | Hour 23 |
# | latent diffusion | diffusion in the codes of a VAE | Hour 17 |
#
# Autoencoders are used for the spaces of image generators, for audio codecs, denoising, anomaly detection, missing
# values, and for molecules and proteins as points that can be searched.
#
# ## 10. Responsibility
#
# **Who is reconstructed well?** A mean over images gives rare classes little weight. We remove nearly all 8s from the
# training set, change nothing else, and measure the error of test digits.

# %% fold="Train with few 8s" result=true
kept = torch.ones(len(labels), dtype=torch.bool, device=device)
kept[(labels == 8).nonzero().flatten()[8:]] = False
torch.manual_seed(seed)
skewed = Autoencoder().to(device)
train(skewed, x[kept], steps=steps_of(500))
eights = test_labels == 8
with torch.no_grad():
    skew = {
        name: squared_error(model(x_test), x_test)
        for name, model in (("all digits", plain), ("few 8s", skewed))
    }
    figure = show({"an 8": x_test[eights], "all digits": plain(x_test[eights]), "few 8s": skewed(x_test[eights])},
                  "8s, reconstructed after training on all digits and on few 8s")  # fmt: skip
ratio = {
    name: (error[eights].mean() / error[~eights].mean()).item()
    for name, error in skew.items()
}
claim(
    "where 8s are rare in the training set, an 8 is reconstructed worse",
    ratio["few 8s"] > 1.1 * ratio["all digits"],
    {
        f"trained on {name}: error of 8s over error of the others": value
        for name, value in ratio.items()
    },
    only_in="standard",
)
figure

# %% [markdown]
# Replace "8" by a skin tone, an accent or a rare illness. PULSE (2020), a model that sharpens pixelated faces, turned a
# pixelated photograph of Barack Obama into a white man. **Report errors by group.**
#
# - **Medicine.** An autoencoder trained on healthy scans "repairs" what it has not seen, and may remove a lesion. Never
#   show a reconstruction as if it were the scan.
# - **Memory.** Codes of personal images are personal data. And a model with many parameters and few images memorizes
#   them: the next cell decides from the error alone which images were in the training set.
# - **Faces.** The first deepfakes were two autoencoders with one encoder: encode one person, decode as another.

# %% fold="Infer membership from the error" result=true
torch.manual_seed(seed)
hoarder, own = Autoencoder().to(device), x[:100]
train(hoarder, own, steps=steps_of(300), size=50)
with torch.no_grad():
    own_or_not = torch.cat([squared_error(hoarder(y), y) for y in (own, x_test)])
seen = roc_auc_score([1] * len(own) + [0] * len(x_test), -own_or_not.cpu())
claim(
    "whoever has a model that was trained on few images can tell which images these were",
    seen > 0.7,
    {
        "area under the ROC curve of 'small error: was in the training set' (0.5: chance)": seen
    },
    only_in="standard",
)

# %% [markdown]
# ## 11. Check yourself
#
# <details><summary>1. Your linear autoencoder with 10 codes has a lower training error than PCA with 10. What do you do?</summary>
#
# Look for the mistake: no linear map of rank 10 beats PCA on the data to which PCA was fitted.
# </details>
#
# <details><summary>2. Why does the encoder return log σ² and not σ?</summary>
#
# A network's output may be any number. The exponential makes it positive, also for very small and very large σ.
# </details>
#
# <details><summary>3. The KL of your VAE is 0.01 nats and all its reconstructions are alike. What do you check first?</summary>
#
# Whether the reconstruction is averaged over pixels (exercise 3), or the KL weighs too much in another way.
# </details>
#
# <details><summary>4. Why is the VAE's reconstruction worse than that of an autoencoder of the same size?</summary>
#
# Its decoder gets a noisy code, and the KL limits how much a code can say. In return one can sample from the prior.
# </details>
#
# <details><summary>5. What gradient does the codebook of a VQ-VAE get from the decoder?</summary>
#
# None. It passes straight through to the encoder. Entries learn from their own term of the loss, or by moving average.
# </details>
#
# <details><summary>6. Why is a codebook of which 8 of 64 entries are used a failure, though its loss falls?</summary>
#
# Each index then carries at most 3 bits, not 6, and the reconstruction is worse than it could be.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Kingma and Welling 2014, *Auto-encoding variational Bayes*, https://arxiv.org/abs/1312.6114. Vincent et
# al. 2008, *Extracting and composing robust features with denoising autoencoders*,
# https://doi.org/10.1145/1390156.1390294. Burda et al. 2016, https://arxiv.org/abs/1509.00519. Higgins et al. 2017,
# https://openreview.net/forum?id=Sy2fzU9gl. Locatello et al. 2019, https://arxiv.org/abs/1811.12359. Tolstikhin et al.
# 2018, https://arxiv.org/abs/1711.01558. Van den Oord et al. 2017, https://arxiv.org/abs/1711.00937. Ghosh et al. 2020,
# *From variational to deterministic autoencoders*, https://arxiv.org/abs/1903.12436. Nalisnick et al. 2019, *Do deep
# generative models know what they don't know?*, https://arxiv.org/abs/1810.09136.
#
# **Next**: Hour 15 drops the encoder and the likelihood. A second network, the discriminator, learns to distinguish
# generated images from real ones: GANs.
