# %% [markdown] badges=true
# # Hour 1. Training deep networks
#
# After this hour you can
# - write backpropagation by hand, and the loss, the optimizer and the layers that training rests on;
# - say what goes wrong when a network is trained, and **why**: steps too long, gradients that vanish or explode,
#   numbers that overflow, a net that learns its examples by heart;
# - choose among the tools against it (momentum, Adam, normalization, skips, weight decay, dropout, augmentation,
#   early stopping), each of which you have seen at work on the same small net;
# - walk down a loss landscape yourself.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 5 |
# | 3 | The architecture | 5 |
# | 4 | Why it works | 9 |
# | 5 | Build it: five exercises | 24 |
# | 6 | Train it | 5 |
# | 7 | Look inside | 4 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 2 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need matrix products, derivatives and the chain rule, and a little PyTorch: tensors, and that they can have a
# gradient.
#
# **How to work.** Run the cells from top to bottom. In part 5 you write five functions; each is checked the moment
# you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves, heatmap, label_ends, use_log_scale
from labkit.show.style import COLOR, CYCLE

lesson = begin(1, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: right on what it has seen, wrong on what it has not
#
# Ten kinds of small signals, forty numbers each. Every one is a fixed shape that was made wider or narrower, taller or
# flatter, moved to another place, tilted, and covered with noise. They stand in for handwritten digits: also a few
# shapes in endless versions. With forty numbers instead of 784, a network learns them in a second, and we can afford
# to train dozens.
#
# The gray line is the shape as it was meant; the colored ones are three signals of that class. **Look at *hill* and
# *early peak***: by eye, could you always tell them apart?

# %%
from labkit.data.signals import signals, templates

task = signals(train=300, test=lesson.pick(standard=2000, quick=500), seed=seed)
x, y = (part.to(device) for part in task.train)
test_x, test_y = (part.to(device) for part in task.test)

figure, axes = plt.subplots(2, 5, figsize=(9.6, 3.8), sharex=True, sharey=True)
for number, (axis, shape, name) in enumerate(zip(axes.flat, templates(), task.names, strict=True)):
    axis.plot(shape, color="#9A9A9A", linewidth=4, alpha=0.6)
    for signal, color in zip(x[y == number][:3].cpu(), ("blue", "vermilion", "green"), strict=True):
        axis.plot(signal, color=COLOR[color], linewidth=1.3)
    axis.set_title(name, size=10)
for axis in axes[1]:
    axis.set_xlabel("sample")
for axis in axes[:, 0]:
    axis.set_ylabel("height")
figure.suptitle(
    "Ten classes of signals: the shape (gray) and three examples", size=11, weight="bold", x=0.01, ha="left"
)
plt.show()

# %% [markdown]
# We have **300** of them to learn from, thirty of each kind, and two thousand others to be tested on. That is little
# on purpose: the trouble of this hour begins where data is scarce.
#
# ### What simpler models do
#
# *Logistic regression* draws straight borders between the classes. *Nearest neighbors* looks up the five most similar
# signals it knows and lets them vote.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

known, asked = (part.cpu().numpy() for part in (x, test_x))
scores = {}
for name, model in {
    "logistic regression": LogisticRegression(max_iter=1000),
    "nearest neighbors": KNeighborsClassifier(5),
}.items():
    model.fit(known, y.cpu().numpy())
    scores[name] = model.score(asked, test_y.cpu().numpy())
    print(f"{name:20s} right on {model.score(known, y.cpu().numpy()):.1%} of the 300, {scores[name]:.1%} of the others")

# %% [markdown]
# ### A small network, and the loop that trains it
#
# Now a network: forty numbers in, two layers of 128 hidden units, ten numbers out, one for each class (part 3 takes it
# apart). Training it is a loop of **four lines**, the same for the smallest net and for the largest: *guess, measure
# the error, ask how the error would change with each weight, move each weight a little downhill.*

# %%
from labkit.foundations.losses import cross_entropy
from labkit.foundations.mlp import MLP


def shuffled(count, generator, size=50):
    """Numbers of rows, `size` at a time, in a new random order at each pass, for ever."""
    while True:
        yield from torch.randperm(count, generator=generator).split(size)


def accuracy(model, inputs, labels):
    with torch.no_grad():
        return (model(inputs).argmax(dim=1) == labels).float().mean().item()


def mean_loss(model, inputs, labels):
    with torch.no_grad():
        return cross_entropy(model(inputs), labels).item()


torch.manual_seed(seed)
plain = MLP([40, 128, 128, 10]).to(device)
steps = lesson.pick(standard=1500, quick=60)
seen = {"on the 300": [], "on others": []}
for step, rows in zip(range(1, steps + 1), shuffled(300, torch.Generator().manual_seed(seed)), strict=False):
    loss = cross_entropy(plain.by_hand(x[rows]), y[rows])  # guess, and measure the error
    loss.backward()  # how would the error change with each weight?
    with torch.no_grad():
        for weight in plain.parameters():
            weight -= 0.1 * weight.grad  # a little downhill
            weight.grad = None
    if step % 15 == 0:
        seen["on the 300"].append((step, mean_loss(plain, x, y)))
        seen["on others"].append((step, mean_loss(plain, test_x, test_y)))

curves({name: tuple(zip(*points, strict=True)) for name, points in seen.items()}, "The same net, two losses",
       "step", "cross-entropy in nats")  # fmt: skip

# %%
at_end, best = seen["on others"][-1][1], min(value for _, value in seen["on others"])
learned, scores["plain network"] = accuracy(plain, x, y), accuracy(plain, test_x, test_y)
claim(
    "the net learns its 300 signals by heart: on others it errs often, and is more and more sure of its errors",
    learned > 0.99 and scores["plain network"] < learned - 0.25 and at_end > 1.2 * best,
    {
        "right on the 300": learned,
        "right on others": scores["plain network"],
        "loss on others, best": best,
        "at the end": at_end,
    },
    only_in="standard",
)

# %% [markdown]
# The blue curve goes to zero. The red one falls, turns, and **rises**: from there on the net learns the noise of its
# examples. It beats the simpler models, and yet something like four in ten answers are wrong, from a net that never
# errs on what it has seen. The distance between the two curves is the **gap**. Closing it is *regularization*, part
# 6. But first: how does such a net compute, and why does the loop above work at all?

# %% [markdown]
# ## 3. The architecture: weighted sums with a bend between them
#
# A **multi-layer perceptron** (MLP) is a chain of layers. Each takes all numbers of the one before, adds them up with
# weights of its own, and bends the sum: what is negative becomes zero (*ReLU*).
#
# $$a_0 = x, \qquad z_l = a_{l-1} W_l^\top + b_l, \qquad a_l = \max(0, z_l), \qquad \mathrm{logits} = z_L$$
#
# Without the bend, a chain of weighted sums is one weighted sum: all those layers would be a logistic regression.

# %%
from labkit.show.architecture import Diagram

Diagram(MLP([40, 128, 128, 10]), x[:50].cpu(), depth=2, axes={"b": 50, "d": 128}, title="MLP of this hour")

# %% [markdown]
# ### Backwards: who is to blame, and how much?
#
# The ten numbers at the end, the *logits*, become probabilities by the softmax, and the loss is the surprise at the
# right class, $-\log p_y$ (*cross-entropy*). To go downhill we need the derivative of that one number by each of the
# 23,000 weights. **Guess**: how much longer does that take than computing the loss? Nudging every weight in turn would
# take 23,000 runs.
#
# Backpropagation (Rumelhart, Hinton and Williams 1986) takes **two more**. It passes one message from the end to the
# beginning: $\delta_l$, how the loss changes with each number of layer $l$.
# - At the end it is simple, and worth remembering: $\delta_L = p - \mathrm{onehot}(y)$, *what was said minus what
#   should have been said* (and divided by the batch, since the loss is a mean).
# - A weight $W_{jk}$ multiplied number $k$ on its way to $j$. Its blame is the message at $j$ times the number that
#   came from $k$, added up over the batch: $\partial W_l = \delta_l^\top a_{l-1}$. A bias was added as it is:
#   $\partial b_l = \sum \delta_l$.
# - Each number of the layer before fed all sums of this one, so it collects from all, $\delta_l W_l$. And if the ReLU
#   had silenced it, nothing it did mattered: $\delta_{l-1} = (\delta_l W_l) \odot [a_{l-1} > 0]$.
#
# These three lines, repeated layer by layer, are all. Here they are in labkit:

# %%
import inspect

from labkit.foundations.mlp import backward_pass, forward_pass

print(inspect.getsource(backward_pass).split('"""')[2])

# %% [markdown]
# We hold them against two judges: torch's automatic differentiation, and the definition of a derivative, a nudge of
# single weights by a hundred-thousandth in double precision.

# %%
from labkit.foundations.losses import softmax_cross_entropy

torch.manual_seed(seed)
judged = MLP([40, 32, 32, 32, 10]).double()
inputs, labels = x[:20].cpu().double(), y[:20].cpu()
weights, biases = [layer.weight for layer in judged.layers], [layer.bias for layer in judged.layers]
with torch.no_grad():
    activations = forward_pass(inputs, weights, biases)
    _, at_logits = softmax_cross_entropy(activations[-1], labels)
    of_weights, of_biases, _ = backward_pass(activations, weights, at_logits)
by_torch = torch.autograd.grad(cross_entropy(judged(inputs), labels), [*weights, *biases])
to_torch = max((a - b).abs().max().item() for a, b in zip([*of_weights, *of_biases], by_torch, strict=True))

to_nudges = 0.0
with torch.no_grad():
    for layer, weight in enumerate(weights):
        for place in torch.randint(weight.numel(), (20,)).tolist():
            there, losses = divmod(place, weight.shape[1]), []
            for nudge in (1e-5, -2e-5):
                weight[there] += nudge
                losses.append(cross_entropy(judged(inputs), labels).item())
            weight[there] += 1e-5
            to_nudges = max(to_nudges, abs((losses[0] - losses[1]) / 2e-5 - of_weights[layer][there].item()))
claim(
    "our backward pass gives the gradients that torch gives, and that nudging the weights gives",
    to_torch < 1e-12 and to_nudges < 1e-6,
    {"largest difference to torch": to_torch, "to nudges": to_nudges},
)

# %% [markdown]
# ## 4. Why it works: six things that go wrong
#
# ### Numbers overflow
#
# **Guess** before you run the cell: a logit of 100 is not large. What is its exponential in 32 bits? Written as it
# stands in books, $-\log\big(e^{z_y} / \sum_j e^{z_j}\big)$, the loss is lost as soon as one logit exceeds 88. The cure
# costs nothing: a softmax does not change when the same number is taken off all its inputs. Take off the largest. Or is
# that not enough? Three ways to compute the same number:

# %%
sizes = [1, 10, 50, 88, 90, 200, 1000, 10_000]
logits, target = torch.tensor([[1.0, 0.5, -1.0]]), torch.tensor([1])
ways = {"as in books": [], "safe softmax, then log": [], "simplified first": []}
for size in sizes:
    exponentials = (size * logits).exp()
    ways["as in books"].append(-(exponentials[0, 1] / exponentials.sum()).log().item())
    ways["safe softmax, then log"].append(-(size * logits).softmax(dim=1)[0, 1].log().item())
    ways["simplified first"].append(softmax_cross_entropy(size * logits, target)[0].item())
print("largest logit" + "".join(f"{way:>26s}" for way in ways))
for size, *losses in zip(sizes, *ways.values(), strict=True):
    print(f"{size:13,}" + "".join(f"{loss:26.4f}" for loss in losses))
claim(
    "written as in books the loss overflows above 88, and a safe softmax alone does not save it; simplified first, it is "
    "exact for logits of any size",
    math.isinf(ways["as in books"][4])
    and math.isnan(ways["as in books"][-1])
    and math.isinf(ways["safe softmax, then log"][-1])
    and all(abs(loss - size / 2) < 1 for size, loss in zip(sizes, ways["simplified first"], strict=True)),
    {way: losses[-1] for way, losses in ways.items()},
)

# %% [markdown]
# Two different things go wrong. In the first column the exponential of 90 is infinite, so a finite number over an
# infinite one gives zero, and its logarithm minus infinity; from 1000 on both are infinite, and nothing is left. In
# the second column no exponential overflows, but a probability of $e^{-500}$ cannot be stored: it is rounded to zero
# **before** the logarithm sees it. So the logarithm must be simplified on paper first. You will do so in exercise 2.
#
# ### The step is too short, or too long
#
# The slope says which way is down, not how far. We train the same net for 150 steps with eight learning rates.

# %%
from labkit.foundations.optimizers import SGD, Adam, AdamW
from labkit.train.fit import fit


def trained(rate, steps, optimizer=SGD, **options):
    """A new net, the same at every call, after `steps` steps; and the run's history, None where it ended in NaN."""
    torch.manual_seed(seed)
    model = MLP([40, 128, 128, 10]).to(device)
    order = shuffled(300, torch.Generator().manual_seed(seed))
    try:
        history = fit(lambda rows: cross_entropy(model(x[rows]), y[rows]), order,
                      optimizer(model.parameters(), lr=rate, **options), steps)  # fmt: skip
    except FloatingPointError:
        history = None
    return model, history


rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
runs = [trained(rate, lesson.pick(standard=150, quick=12))[1] for rate in rates]
ends = [math.nan if run is None else sum(run.losses[-10:]) / 10 for run in runs]
figure, axis = plt.subplots()
axis.loglog(rates, ends, marker="o")
for rate, end in zip(rates, ends, strict=True):
    if math.isnan(end):
        axis.annotate("not a number", (rate, 1.0), ha="center", color=COLOR["vermilion"], size=9)
axis.set(title="The same net after 150 steps", xlabel="learning rate", ylabel="training loss")
axis.set_xlim(0.0007, 5)
use_log_scale(axis)
plt.show()

# %% [markdown]
# `fit` is the loop of part 2 as a function, with a progress report and a schedule for those who want them; from here
# on we use it.

# %%
good = min(end for end in ends if not math.isnan(end))
claim(
    "a rate some hundred times too small learns next to nothing; one ten times too large, nothing at all",
    ends[0] > 5 * good and (math.isnan(ends[-1]) or ends[-1] > 5 * good) and good not in (ends[0], ends[-1]),
    {"loss at 0.001": ends[0], "at the best": good, "at 3": ends[-1]},
    only_in="standard",
)

# %% [markdown]
# ### The valley is narrow
#
# Why not simply take the largest rate that is safe? Because the surface is not equally steep in all directions. Imagine
# a ravine: steep across, gentle along. The steep direction dictates the step, $\eta < 2 / L$ where $L$ is the largest
# curvature, and along the gentle one, with curvature $\mu$, that step is tiny. The ratio $\kappa = L / \mu$ is the
# *condition number*, and gradient descent needs about $\kappa$ steps.
#
# **Momentum** (Polyak 1964) lets a ball roll: $v \leftarrow \mu v + g$, $\theta \leftarrow \theta - \eta v$. Across the
# ravine the pushes alternate and cancel; along it they add up. Theory promises about $\sqrt{\kappa}$ steps. We count.

# %%
conditions = lesson.pick(standard=[10, 30, 100, 300, 1000], quick=[10, 30, 100])


def steps_down(condition, momentum):
    """Steps until a ravine with curvatures 1 and `condition` has lost all but a millionth of its height."""
    root = math.sqrt(condition)
    rate = 4 / (1 + root) ** 2 if momentum else 2 / (1 + condition)  # the best ones there are (Polyak 1964)
    place = nn.Parameter(torch.ones(2, dtype=torch.float64))
    curvature = torch.tensor([1.0, condition], dtype=torch.float64)
    optimizer = SGD([place], lr=rate, momentum=((root - 1) / (root + 1)) ** 2 if momentum else 0.0)
    start, count = (curvature * place.detach().square()).sum().item(), 0
    while (curvature * place.detach().square()).sum().item() > 1e-6 * start:
        place.grad = curvature * place.detach()
        optimizer.step()
        count += 1
    return count


needed = {"plain": [steps_down(c, False) for c in conditions], "momentum": [steps_down(c, True) for c in conditions]}
figure, axis = plt.subplots()
for counts, color in zip(needed.values(), (COLOR["blue"], COLOR["vermilion"]), strict=True):
    axis.loglog(conditions, counts, marker="o", color=color)
axis.set(title="Steps to the bottom of a ravine", xlabel="condition number: how much steeper across than along",
         ylabel="steps")  # fmt: skip
label_ends(axis, [(counts[-1], name, color) for (name, counts), color in
                  zip(needed.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True)])  # fmt: skip
plt.show()
power = {
    name: math.log(counts[-1] / counts[1]) / math.log(conditions[-1] / conditions[1]) for name, counts in needed.items()
}
claim(
    "plain descent takes about as many steps as the condition number says, momentum about as its square root says",
    abs(power["plain"] - 1) < 0.1 and abs(power["momentum"] - 0.5) < 0.12,
    {f"{name} grows as": f"condition^{p:.2f}" for name, p in power.items()}
    | {f"at {conditions[-1]}, {name}": counts[-1] for name, counts in needed.items()},
)

# %% [markdown]
# ### Every weight has its own scale
#
# **Adam** (Kingma and Ba 2015) goes further: each weight gets a step of its own, the mean of its recent gradients over
# the root of their mean square,
#
# $$\theta \leftarrow \theta - \eta \, \frac{\hat m}{\sqrt{\hat s} + \epsilon}, \qquad \hat m = \frac{m}{1 - \beta_1^t},
# \qquad \hat s = \frac{s}{1 - \beta_2^t}.$$
#
# So a step is about $\eta$ long, whether gradients are large or small. The hats matter: both means begin at zero, and
# $s$ forgets slowly ($\beta_2 = 0.999$), so without them it is far too small at first and the first steps are far too
# long. Here every gradient is 1, and every step should be $\eta$.

# %%
count, (beta1, beta2) = 200, (0.9, 0.999)
t = torch.arange(1.0, count + 1)
uncorrected = (1 - beta1**t) / (1 - beta2**t).sqrt()
weight, lengths = nn.Parameter(torch.zeros(1, dtype=torch.float64)), []
optimizer = Adam([weight], lr=1.0, betas=(beta1, beta2))
for _ in range(count):
    before, weight.grad = weight.item(), torch.ones(1, dtype=torch.float64)
    optimizer.step()
    lengths.append(before - weight.item())
curves({"without": (t, uncorrected), "corrected": (t, lengths)}, "Length of Adam's steps, every gradient being 1",
       "step", "length, in learning rates")  # fmt: skip

# %%
claim(
    "without the correction Adam's first step is over three times too long, and it gets worse before it gets better",
    uncorrected[0] > 3 and uncorrected.max() > 6 and max(abs(length - 1) for length in lengths) < 1e-6,
    {"first step": uncorrected[0], "longest": uncorrected.max(), "corrected, all": lengths[0]},
)

# %% [markdown]
# The **W** in AdamW (Loshchilov and Hutter 2019) mends something else. *Weight decay* pulls every weight towards zero.
# Written as a penalty in the loss, its pull becomes part of the gradient, and Adam divides it by the root as well: a
# weight with large, noisy gradients is hardly pulled at all. AdamW shrinks the weights directly instead. Two weights
# that the data pulls nowhere: gradients are pure noise, in one case a hundred times as large.

# %%
noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * torch.tensor(
    [0.1, 10.0]
)
left = {}
for name, make in (("L2 penalty in Adam", Adam), ("AdamW", AdamW)):
    pair = nn.Parameter(torch.full((2,), 5.0, dtype=torch.float64))
    optimizer = make([pair], lr=0.01, weight_decay=0.2)
    for gradient in noise:
        pair.grad = gradient
        optimizer.step()
    still = nn.Parameter(torch.full((2,), 5.0, dtype=torch.float64))  # the same noise without decay
    optimizer = Adam([still], lr=0.01)
    for gradient in noise:
        still.grad = gradient
        optimizer.step()
    left[name] = ((still - pair) / still).tolist()
for name, shares in left.items():
    print(f"{name:20s} takes away {shares[0]:.0%} of the weight with small gradients, {shares[1]:.0%} of the other")
claim(
    "AdamW shrinks all weights alike; an L2 penalty in Adam spares those with large gradients",
    abs(left["AdamW"][0] - left["AdamW"][1]) < 0.1
    and left["L2 penalty in Adam"][0] > 3 * left["L2 penalty in Adam"][1],
    {name: [round(share, 3) for share in shares] for name, shares in left.items()},
)

# %% [markdown]
# ### Depth: twenty layers
#
# Deeper nets can say more. Can they be trained? Backwards, the message is multiplied by a matrix at every layer. If
# each makes it a little smaller, twenty make it vanish; a little larger, and it explodes. Before any training, we
# measure the size of the signals in each of twenty layers, and of the gradients that come back. Five versions of one
# net, each with the same sizes:
# - *torch's default* start: weights of variance $1/(3 \cdot \mathrm{inputs})$;
# - *He*: variance $2 / \mathrm{inputs}$, so that a ReLU layer hands on what it got (He et al. 2015);
# - *normalized*: each layer's sums are brought to mean 0 and variance 1 over the batch (*batch norm*, exercise 5);
# - *skips*: each layer **adds** to what it was given (He et al. 2016);
# - *both*.
#
# **Guess first**: which of the five are healthy?

# %%
from labkit.foundations.deep import DeepMLP, layer_sizes
from labkit.foundations.normalization import BatchNorm


def deep_net(**choices):
    torch.manual_seed(seed)
    return DeepMLP(40, 64, 10, depth=20, **choices).to(device)


def torch_default():
    model = deep_net()
    for part in model.modules():
        if isinstance(part, nn.Linear):
            part.reset_parameters()
    return model


deep = {
    "torch's default": torch_default,
    "He": deep_net,
    "normalized": lambda: deep_net(norm=BatchNorm),
    "skips": lambda: deep_net(skip=True),
    "both": lambda: deep_net(norm=BatchNorm, skip=True),
}
figure, (ahead, back) = plt.subplots(1, 2, figsize=(9.6, 3.6))
measured, lasts = {}, {ahead: [], back: []}
for (name, make), color in zip(deep.items(), CYCLE, strict=False):
    model = make()
    measured[name] = layer_sizes(model, lambda model=model: cross_entropy(model(x), y))
    for axis, values in zip((ahead, back), measured[name], strict=True):
        axis.plot(range(1, 21), values.cpu(), color=color)
        lasts[axis].append((values[-1 if axis is ahead else 0].item(), name, color))
for axis, title in ((ahead, "Size of each layer's output"), (back, "Size of the gradient there")):
    axis.set(title=title, xlabel="layer", ylabel="root mean square", yscale="log", xticks=[1, 5, 10, 15, 20])
back.invert_xaxis()
back.set_xlabel("layer (gradients come from the right: read to the right)")
for axis in (ahead, back):
    label_ends(axis, lasts[axis])
plt.show()

# %%
grew = {name: (ahead[-1] / ahead[0]).item() for name, (ahead, _) in measured.items()}
came_back = {name: (back[0] / back[-1]).item() for name, (_, back) in measured.items()}
claim(
    "gradients vanish with torch's default start and explode with norms alone; signals explode with skips alone; with "
    "both, neither happens",
    came_back["torch's default"] < 1e-5
    and came_back["normalized"] > 10
    and grew["skips"] > 1000
    and grew["both"] < 20
    and 0.1 < came_back["both"] < 10,
    {f"gradient, {name}": value for name, value in came_back.items()}
    | {"signal, skips": grew["skips"], "signal, both": grew["both"]},
)

# %% [markdown]
# Norms alone do not cure depth: at the start they even make gradients explode, layer by layer (Yang et al. 2019). Skips
# alone add up twenty layers, each as large as all before it. Together each repairs what the other breaks. Now train
# all five, with the same optimizer and the same steps.

# %%
few = lesson.pick(standard=200, quick=8)
deep_losses = {}
for name, make in deep.items():
    model = make()
    order = shuffled(300, torch.Generator().manual_seed(seed))
    optimizer = SGD(model.parameters(), lr=0.03, momentum=0.9)
    run = fit(lambda rows, model=model: cross_entropy(model(x[rows]), y[rows]), order, optimizer, few, clip=1.0)
    deep_losses[name] = run.losses
smooth = {name: torch.tensor(losses).unfold(0, 6, 1).mean(dim=1).clamp(max=4.0) for name, losses in deep_losses.items()}
curves({name: (range(6, 6 + len(losses)), losses) for name, losses in smooth.items()},
       "Twenty layers learning (losses above 4 are drawn at 4)", "step (mean of 6)", "training loss in nats")  # fmt: skip

# %%
end = {name: sum(losses[-20:]) / len(losses[-20:]) for name, losses in deep_losses.items()}
claim(
    "a plain twenty-layer net trains worse than the same with normalization and skips, however well it is started",
    end["both"] < 0.6 * end["He"] and end["He"] < 0.7 * end["torch's default"],
    end,
    only_in="standard",
)

# %% [markdown]
# With torch's default start the loss stays at 2.3, the logarithm of ten: it guesses. In a net of two or three layers
# none of this matters; in one of twenty, everything does.
#
# ### One layer, two lives
#
# Batch norm has a trap that everybody falls into once. In training it uses the mean and variance of the **batch**; for
# a single question later there is no batch, so it uses running means that it kept. `model.train()` and `model.eval()`
# switch. Forget `eval()`, and the answer to one signal depends on which others are asked about along with it. We ask
# about the same test signals three times: switched to evaluation; forgotten, in mixed batches; forgotten, one class
# after the other, as data often lies in a file.

# %%
torch.manual_seed(seed)
normed = MLP([40, 128, 128, 10], lambda width: nn.Sequential(BatchNorm(width), nn.ReLU())).to(device)
optimizer = AdamW(normed.parameters(), lr=1e-3)
fit(lambda rows: cross_entropy(normed(x[rows]), y[rows]), shuffled(300, torch.Generator().manual_seed(seed)), optimizer,
    lesson.pick(standard=300, quick=10))  # fmt: skip
kept = {name: value.clone() for name, value in normed.state_dict().items()}
by_class = test_y.argsort()


def asked_in(order):
    """Accuracy in training mode, when the questions come in this order, 200 at a time."""
    normed.load_state_dict(kept)
    normed.train()
    with torch.no_grad():
        found = torch.cat(
            [normed(test_x[rows]).argmax(dim=1) == test_y[rows] for rows in order.split(len(order) // 10)]
        )
    normed.load_state_dict(kept)
    return found.float().mean().item()


modes = {
    "forgotten, mixed": asked_in(torch.randperm(len(test_y), device=device)),
    "forgotten, by class": asked_in(by_class),
}
normed.eval()
modes = {"eval()": accuracy(normed, test_x, test_y)} | modes
bars(modes, "One net with batch norm, the same questions", "share right")

# %%
claim(
    "a net with batch norm that was not switched to evaluation fails when its questions come sorted by class",
    modes["forgotten, by class"] < 0.5 * modes["eval()"] and modes["forgotten, mixed"] > 0.9 * modes["eval()"],
    modes,
    only_in="standard",
)

# %% [markdown]
# In mixed batches nobody notices: that is why the mistake survives tests. *Layer norm* normalizes each row by itself,
# and has one life only; Transformers use it (Hour 7).

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Five functions, five minutes each. Replace `raise NotImplementedError` and run the cell: you see at once what is
# right. Stuck? `hint()` in a new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. Backward through two layers
#
# The net is $\mathrm{logits} = \max(0, x W_1^\top + b_1) W_2^\top + b_2$. You are given what the forward pass computed,
# and $\delta$, the gradient at the logits. Write the gradients of both layers' weights and biases. (The batch's $1/b$
# is already in $\delta$. No autograd needed.)


# %% name="backward" exercise="training.backward"
@exercise("training.backward")
def backward(x, hidden, second, gradient):
    """Backpropagation through two layers.

    x (b, i), hidden (b, h) after its ReLU, second (c, h) the second layer's weights, gradient (b, c) at the logits.
    Returns the gradients of the first weights (h, i), first biases (h,), second weights (c, h), second biases (c,).
    """
    ### BEGIN SOLUTION
    at_hidden = (gradient @ second) * (hidden > 0)
    return at_hidden.T @ x, at_hidden.sum(dim=0), gradient.T @ hidden, gradient.sum(dim=0)
    ### END SOLUTION


# %% checks="training.backward"
score("training.backward")

# %% [markdown]
# ### Exercise 2. A loss that never overflows
#
# The mean cross-entropy of a batch, and its gradient by the logits. For logits of ten thousand, up or down, both must
# be exact. Simplify $-\log\big(e^{z_y} / \sum_j e^{z_j}\big)$ on paper before you compute anything.


# %% name="cross-entropy" exercise="training.cross_entropy"
@exercise("training.cross_entropy")
def cross_entropy_with_gradient(logits, target):
    """Softmax cross-entropy.

    logits (b, c), target (b,) the number of each row's class. Returns the loss, a single number averaged over the
    batch, and its gradient by the logits (b, c).
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.amax(dim=1, keepdim=True)
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    rows = torch.arange(len(logits), device=logits.device)
    gradient = log_p.exp()
    gradient[rows, target] -= 1
    return -log_p[rows, target].mean(), gradient / len(logits)
    ### END SOLUTION


# %% checks="training.cross_entropy"
score("training.cross_entropy")

# %% [markdown]
# These two are a whole learner: forward, loss, backward, step. Here they train a two-layer net without autograd, on the
# 300 signals.

# %%
torch.manual_seed(seed)
first, second = (
    torch.randn(64, 40, device=device) * (2 / 40) ** 0.5,
    torch.randn(10, 64, device=device) * (2 / 64) ** 0.5,
)
parts = [first, torch.zeros(64, device=device), second, torch.zeros(10, device=device)]
losses = []
with torch.no_grad():
    for _ in range(lesson.pick(standard=200, quick=20)):
        hidden = (x @ parts[0].T + parts[1]).relu()
        loss, at_logits = cross_entropy_with_gradient(hidden @ parts[2].T + parts[3], y)
        for part, slope in zip(parts, backward(x, hidden, parts[2], at_logits), strict=True):
            part -= 0.3 * slope
        losses.append(loss.item())
print(f"the loss fell from {losses[0]:.2f} to {losses[-1]:.2f}, by your two functions alone")

# %% [markdown]
# ### Exercise 3. One step of AdamW
#
# In this order: update both running means, correct them, shrink the weight by the factor $1 - \eta \lambda$, and step.
# The first step has the number 1. Return the *running* means, not the corrected ones: the next step goes on from them.


# %% name="adamw" exercise="training.adamw"
@exercise("training.adamw")
def adamw(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """One step of AdamW for one tensor, with an epsilon of 1e-8.

    weight, gradient and both running means have one shape; betas holds two numbers. Returns the new weight, the new
    running mean of the gradients, the new running mean of their squares.
    """
    ### BEGIN SOLUTION
    mean = betas[0] * mean + (1 - betas[0]) * gradient
    square = betas[1] * square + (1 - betas[1]) * gradient**2
    corrected_mean = mean / (1 - betas[0] ** step)
    corrected_square = square / (1 - betas[1] ** step)
    shrunk = weight * (1 - lr * weight_decay)
    return shrunk - lr * corrected_mean / (corrected_square.sqrt() + 1e-8), mean, square
    ### END SOLUTION


# %% checks="training.adamw"
score("training.adamw")

# %% [markdown]
# ### Exercise 4. Dropout
#
# In training, each number is set to zero with probability `rate`: as if a different, thinner net were trained at every
# step, so that no unit can rely on a particular other (Srivastava et al. 2014). The survivors are made larger, so that
# the mean stays what it was. In evaluation nothing happens. You get the random numbers, uniform between 0 and 1: a
# number of x goes where its random number is below `rate`.


# %% name="dropout" exercise="training.dropout"
@exercise("training.dropout")
def drop(x, uniform, rate, training):
    """Inverted dropout.

    x and uniform of one shape, rate the share that goes (0 to 1, 1 not included), training True or False.
    Returns the result, and the factor by which each number of x was multiplied.
    """
    ### BEGIN SOLUTION
    factors = (uniform >= rate).to(x.dtype) / (1 - rate) if training else torch.ones_like(x)
    return x * factors, factors
    ### END SOLUTION


# %% checks="training.dropout"
score("training.dropout")

# %% [markdown]
# ### Exercise 5. Batch normalization, with running statistics
#
# $$y = w \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b, \qquad
# \mathrm{running} \leftarrow (1 - m) \, \mathrm{running} + m \, \mathrm{batch}$$
#
# In training $\mu$ and $\sigma^2$ (divided by $b$) are each feature's over the batch, and the running statistics move a
# share $m$ towards them; for the running *variance* use the unbiased one (divided by $b - 1$), since it stands for all
# data. In evaluation the running ones normalize, and stay as they are.


# %% name="batch-norm" exercise="training.batch_norm"
@exercise("training.batch_norm")
def batch_norm(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """Batch normalization.

    x (b, f); weight, bias, running_mean and running_variance (f,). Returns y (b, f), the new running mean and the new
    running variance (f,); changes nothing in place.
    """
    ### BEGIN SOLUTION
    if training:
        mean, variance = x.mean(dim=0), x.var(dim=0, correction=0)
        unbiased = x.detach().var(dim=0, correction=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean.detach()
        running_variance = (1 - momentum) * running_variance + momentum * unbiased
    else:
        mean, variance = running_mean, running_variance
    return weight * (x - mean) / (variance + eps).sqrt() + bias, running_mean, running_variance
    ### END SOLUTION


# %% checks="training.batch_norm"
score("training.batch_norm")

# %% [markdown]
# ### From the pieces to the kit
#
# labkit's `AdamW` takes your step for all tensors of a model at once, and its `BatchNorm` and `Dropout` are your
# functions as layers. Give yours the same numbers: the results must agree.

# %%
weight = nn.Parameter(torch.randn(64, device=device))
mine = weight.detach().clone(), torch.zeros(64, device=device), torch.zeros(64, device=device)
optimizer = AdamW([weight], lr=0.01, weight_decay=0.1)
for step in range(1, 51):
    weight.grad = torch.randn(64, device=device)
    mine = adamw(mine[0], weight.grad, *mine[1:], step, 0.01, (0.9, 0.999), 0.1)
    optimizer.step()
layer = BatchNorm(40).to(device)
with torch.no_grad():
    state = layer.weight, layer.bias, layer.running_mean.clone(), layer.running_variance.clone()
    normal, *running = batch_norm(x, *state, True, 0.1, 1e-5)
    difference = (normal - layer(x)).abs().max().item()
print(f"fifty steps of AdamW: largest difference {(mine[0] - weight).abs().max():.1e}")
print(f"batch norm: {difference:.1e}, its running mean {(running[0] - layer.running_mean).abs().max():.1e}")

# %% [markdown]
# ## 6. Train it: closing the gap
#
# Back to the net that knew its 300 signals by heart. Every run below has the same start, the same signals, the same
# 1000 steps of Adam (learning rate 0.001, batches of 50). One thing changes each time:
#
# | tool | what it does | here |
# |---|---|---|
# | L1 | adds the sum of all weights' sizes to the loss: small ones go to zero | 0.0003 |
# | L2 | adds half the sum of their squares: large ones get smaller | 0.003 |
# | weight decay | shrinks weights directly (AdamW) | 1 |
# | dropout | a thinner net at each step | rate 0.5 |
# | mixup | trains on blends of two signals, with blended labels (Zhang et al. 2018) | Beta(1, 1) |
# | early stopping | holds out a fifth, stops when the loss there no longer falls, takes the best weights back | patience 5 |
# | augmentation | moves, scales and roughens each signal anew whenever it is shown | up to 6 samples, factor 1.35 |
# | batch norm | here for comparison: each unit normalized over the batch | |
#
# **Guess** before you look: which one helps most on signals *not* seen? Is there one that does not help at all?

# %%
from labkit.foundations.augmentation import mixup, scale, shift
from labkit.foundations.augmentation import noise as roughen
from labkit.foundations.dropout import Dropout
from labkit.foundations.early_stopping import EarlyStopping
from labkit.foundations.regularization import l1_l2_penalty, shrink_, weight_matrices

draw = torch.Generator().manual_seed(seed)


def changed(signals):
    """Each signal moved, scaled and roughened by amounts of its own: what is left of it is its class."""
    return roughen(scale(shift(signals, 6, draw), 0.3, draw), 0.2, draw)


def regularized(between=nn.ReLU, rows=300, steps=None, decay=0.0, change=None, penalty=None, stop=None, report=None):
    """Train the net of part 2 with one thing changed; returns it, ready for questions."""
    torch.manual_seed(seed)
    draw.manual_seed(seed)
    model = MLP([40, 128, 128, 10], lambda width: between() if between is nn.ReLU else between(width)).to(device)
    weights = weight_matrices(model)

    def loss(chosen):
        inputs, labels = (x[chosen], y[chosen]) if change is None else change(x[chosen], y[chosen])
        return cross_entropy(model(inputs), labels) + (0.0 if penalty is None else penalty(weights))

    optimizer = AdamW(model.parameters(), lr=1e-3, weight_decay=decay)
    order = shuffled(rows, torch.Generator().manual_seed(seed))
    model.train()
    fit(loss, order, optimizer, steps or lesson.pick(standard=1000, quick=15), report=stop(model) if stop else report)
    return model.eval()


def held_out(model):
    """Every ten steps, the loss on the last sixty signals, which are kept out of training."""
    return EarlyStopping(model, lambda: mean_loss(model, x[240:], y[240:]), every=10, patience=5)


tools = {
    "none": {},
    "L1": {"penalty": lambda weights: l1_l2_penalty(weights, l1=3e-4)},
    "L2": {"penalty": lambda weights: l1_l2_penalty(weights, l2=3e-3)},
    "weight decay": {"decay": 1.0},
    "dropout": {"between": lambda width: nn.Sequential(nn.ReLU(), Dropout(0.5))},
    "mixup": {"change": lambda inputs, labels: mixup(inputs, labels, 10, 1.0, draw)},
    "early stopping": {"rows": 240, "stop": held_out},
    "augmentation": {"change": lambda inputs, labels: (changed(inputs), labels)},
    "batch norm": {"between": lambda width: nn.Sequential(BatchNorm(width), nn.ReLU())},
}
found = {}
for name, choice in tools.items():
    model, own = regularized(**choice), choice.get("rows", 300)
    found[name] = {
        "train": mean_loss(model, x[:own], y[:own]),
        "test": mean_loss(model, test_x, test_y),
        "right": accuracy(model, test_x, test_y),
    }

figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.9), sharey=True)
for place, (name, of) in enumerate(found.items()):
    color = COLOR["gray"] if name == "none" else COLOR["blue"]
    left.plot([of["train"], of["test"]], [place, place], color=color, linewidth=3, alpha=0.5)
    left.plot(of["train"], place, "o", color=color)
    left.plot(of["test"], place, "D", color=color)
    right.barh(place, of["right"], color=color, height=0.6)
    right.annotate(f"{of['right']:.1%}", (of["right"], place), (4, 0), textcoords="offset points", va="center", size=9)
left.set_yticks(range(len(found)), list(found))
left.invert_yaxis()
left.set(title="The gap: ● loss on the 300, ◆ on others", xlabel="cross-entropy in nats")
right.set(title="Right on others", xlabel="share of test signals", xlim=(0, 1))
plt.show()

# %%
gap = {name: of["test"] - of["train"] for name, of in found.items()}
helping = [name for name in gap if name not in ("none", "batch norm")]
claim(
    "every regularizer narrows the gap between training and test loss on 300 signals",
    all(gap[name] < 0.9 * gap["none"] for name in helping),
    {name: round(value, 2) for name, value in gap.items()},
    only_in="standard",
)

# %%
claim(
    "batch norm is no regularizer here: with it the gap stays about as wide",
    gap["batch norm"] > 0.85 * gap["none"] and found["batch norm"]["right"] < found["none"]["right"],
    {
        "gap with": gap["batch norm"],
        "without": gap["none"],
        "right with": found["batch norm"]["right"],
        "without ": found["none"]["right"],
    },
    only_in="standard",
)

# %% [markdown]
# Read the picture slowly, it is the center of this hour.
# - **A narrow gap is not yet a better net.** Look at *mixup*: its gap is narrower than without, and it is right *less*
#   often. A blend of a hill on the left and a hill on the right is *two hills*, which is another class. It helps where
#   blends are not mistaken for something else, as with photographs.
# - **Early stopping** costs a fifth of the data here, and with 300 signals that is dear.
# - **Penalties, decay and dropout** make the net less sure of its errors: the loss on others falls, while the share of
#   right answers moves by a percent or two, up or down.
# - **Augmentation** wins by far, because it *tells the net something that it could not know*: that a moved signal is
#   still the same signal.
# - **Batch norm** speeds up and steadies the training of deep nets (part 4). That it also regularizes is often said. On
#   this net, it does not.
#
# Tools combine. Our last net has augmentation, a little dropout and a little decay, and may train longer, since it
# cannot learn by heart what it never sees twice.

# %%
from labkit.show.live.explorer import LiveCurves

long = lesson.pick(standard=3000, quick=30)
final = regularized(
    between=lambda width: nn.Sequential(nn.ReLU(), Dropout(0.2)),
    steps=long,
    decay=0.1,
    change=lambda inputs, labels: (changed(inputs), labels),
    report=LiveCurves(long, "Augmentation, dropout and decay", log=True),
)
scores["regularized network"] = accuracy(final, test_x, test_y)
bars(scores, f"The same 300 signals, {len(test_y):,} others", "share right")

# %%
claim(
    "with augmentation, dropout and decay the same net gets at least eight more of a hundred unseen signals right",
    scores["regularized network"] > scores["plain network"] + 0.08
    and scores["plain network"] > scores["nearest neighbors"] > scores["logistic regression"],
    scores,
    only_in="standard",
)

# %% [markdown]
# ### L1 makes zeros, L2 makes small
#
# Take one weight that the data would like to be $w$, and add a penalty. With L2 the minimum is $w / (1 + \lambda)$:
# smaller, never zero. With L1 it is the *soft threshold* (Donoho 1995), $\mathrm{sign}(w) \max(|w| - \lambda, 0)$:
# exactly zero for everything below $\lambda$. Gradient steps on $|w|$ only tremble around zero; to hit it, apply the
# threshold itself after each step (`shrink_`). We train the net in three ways and count.

# %%
from labkit.foundations.regularization import lasso, ridge, soft_threshold


def counted(l1=0.0, l2=0.0, threshold=False):
    """Share of weights that are exactly zero after training with SGD, and accuracy on others."""
    torch.manual_seed(seed)
    model = MLP([40, 128, 128, 10]).to(device)
    weights, optimizer = weight_matrices(model), SGD(model.parameters(), lr=0.1)
    order = shuffled(300, torch.Generator().manual_seed(seed))
    for _, chosen in zip(range(lesson.pick(standard=1000, quick=15)), order, strict=False):
        loss = cross_entropy(model(x[chosen]), y[chosen])
        if not threshold:
            loss = loss + l1_l2_penalty(weights, l1, l2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if threshold:
            shrink_(weights, l1, l2, lr=0.1)
    values = torch.cat([weight.detach().flatten() for weight in weights])
    return (values == 0).float().mean().item(), accuracy(model, test_x, test_y)


w = torch.linspace(-2, 2, 201)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.2))
left.plot(w, w, color=COLOR["gray"], linewidth=1, linestyle="--", label="no penalty")
left.plot(w, w / 1.6, color=COLOR["blue"], label="L2, λ = 0.6")
left.plot(w, soft_threshold(w, 0.6), color=COLOR["vermilion"], label="L1, λ = 0.6")
left.set(title="Where one weight ends", xlabel="where the data wants it", ylabel="where it ends")
left.legend()
zeros = {
    "L2": counted(l2=3e-3),
    "L1, gradient": counted(l1=1e-3),
    "L1, threshold": counted(l1=1e-3, threshold=True),
}
for place, (name, (share, right_ones)) in enumerate(zeros.items()):
    right.bar(place, share, color=COLOR["vermilion"] if "L1" in name else COLOR["blue"], width=0.6)
    right.annotate(f"{share:.0%} zero\n{right_ones:.0%} right", (place, share), (0, 3), textcoords="offset points",
                   ha="center", size=9)  # fmt: skip
right.set_xticks(range(3), list(zeros))
right.set(title="Weights that are exactly zero", ylabel="share of weights", ylim=(0, 0.45))
plt.show()

# %% [markdown]
# Where the model is linear, both minima can be computed exactly: *ridge* by solving one linear system, *lasso* by
# thresholded steps. A target that depends on three of twelve features shows the difference.

# %%
generator = torch.Generator().manual_seed(seed)
features = torch.randn(60, 12, generator=generator, dtype=torch.float64)
truth = torch.zeros(12, dtype=torch.float64)
truth[:3] = torch.tensor([2.0, -1.5, 1.0])
target = features @ truth + 0.3 * torch.randn(60, generator=generator, dtype=torch.float64)
fitted = torch.stack([truth, ridge(features, target, 0.2), lasso(features, target, 0.2)])
heatmap(fitted + 0.0, ["truth", "ridge (L2)", "lasso (L1)"], [str(i) for i in range(12)], "Twelve weights, three of which matter",
        ("", "feature"), diverging=True)  # fmt: skip

# %%
claim(
    "an L1 penalty makes exact zeros where it is applied as a threshold, and finds the features that matter; L2 makes none",
    zeros["L1, threshold"][0] > lesson.pick(standard=0.1, quick=0.0)
    and zeros["L2"][0] == 0
    and (fitted[2, 3:] == 0).sum() >= 6
    and (fitted[2, :3] != 0).all()
    and (fitted[1] != 0).all(),
    {
        "zero weights with L1": zeros["L1, threshold"][0],
        "with L2": zeros["L2"][0],
        "lasso zeros of 9": int((fitted[2, 3:] == 0).sum()),
    },
    only_in="standard",
)

# %% [markdown]
# ## 7. Look inside: walk down yourself
#
# A net with 23,000 weights lives in a space of 23,000 dimensions. We cannot see it, but we can cut it: take the plane
# in which a training run moved most (its two principal directions), and compute the loss on a grid of that plane. The
# dashed line is the real run, projected; the orange one is the optimizer of your choice, running **on the slice**, in
# your browser. Beside it, four small landscapes on which optimizers are told apart.

# %%
from torch.nn.utils import parameters_to_vector

from labkit.foundations.landscape import loss_grid, plane_of
from labkit.show.landscape.data import Surface, classics
from labkit.show.landscape.explorer import LandscapeExplorer

torch.manual_seed(seed)
walker = MLP([40, 128, 128, 10]).to(device)
optimizer = SGD(walker.parameters(), lr=0.05, momentum=0.9)
snapshots = [parameters_to_vector(walker.parameters()).detach().clone()]
for number, rows in zip(range(lesson.pick(standard=120, quick=12)), shuffled(300, draw), strict=False):
    optimizer.zero_grad()
    cross_entropy(walker(x[rows]), y[rows]).backward()
    optimizer.step()
    if number % 2:
        snapshots.append(parameters_to_vector(walker.parameters()).detach().clone())
plane = plane_of(torch.stack(snapshots))
way = plane.coordinates(torch.stack(snapshots)).cpu()
low, high = way.amin(dim=0), way.amax(dim=0)
room = 0.3 * (high - low).max()
fine = lesson.pick(standard=33, quick=7)
across, along = (torch.linspace((low[i] - room).item(), (high[i] + room).item(), fine) for i in (0, 1))
heights = loss_grid(walker, lambda: cross_entropy(walker(x), y), plane, across, along)
our_net = Surface(
    heights.cpu(),
    x=(across[0].item(), across[-1].item()),
    y=(along[0].item(), along[-1].item()),
    start=tuple(way[0].tolist()),
    rate=0.05,
    words=f"The loss of our net on the plane of its training run, which holds {plane.share:.0%} of the way it went.",
    zero=tuple(plane.coordinates(torch.zeros_like(plane.origin)).tolist()),
    path=way,
)
landscape = LandscapeExplorer({"our net": our_net, **classics()}, optimizer="momentum")
landscape

# %% [markdown]
# Drag the white square to another start, or move it with the arrow keys. **Find by hand:**
# 1. *Ravine, SGD.* What is the largest learning rate that stays in the picture? Now *momentum*, at a rate three times
#    smaller: who is lower after 30 steps?
# 2. *Saddle.* Start on the ridge, a hair off the middle. Which optimizer leaves it first, and why does Adam not care
#    how flat it is?
# 3. *Two hollows.* With which momentum does the ball roll through the first hollow into the deeper one? Is that luck?
# 4. *Our net.* Does the orange line follow the dashed one? It sees all 300 signals at once and only two directions; the
#    real run saw fifty at a time, and 23,000.

# %%
at_half = LandscapeExplorer(classics(), "ravine", optimizer="SGD", step=30)
without = at_half.path[30, 2]
at_half.optimizer, at_half.rate = "momentum", 0.1
at_half.momentum = 0.8
claim(
    "in the ravine, momentum at a third of the rate is far lower after 30 steps than plain descent",
    at_half.path[30, 2] < 0.5 * without,
    {"plain, rate 0.3": without, "momentum 0.8, rate 0.1": at_half.path[30, 2]},
)

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Cost.** Counted, not timed: how many multiplications does a training step take, beside a mere answer?

# %%
from torch.utils.flop_counter import FlopCounterMode

with FlopCounterMode(display=False) as answer:
    plain(x[:50])
with FlopCounterMode(display=False) as lesson_learned:
    cross_entropy(plain(x[:50]), y[:50]).backward()
times = lesson_learned.get_total_flops() / answer.get_total_flops()
claim(
    "a training step costs no more than three times an answer, whatever the number of weights",
    2 < times <= 3,
    {"weights": sum(p.numel() for p in plain.parameters()), "times": times},
)

# %% [markdown]
# That is the answer to the guess of part 3: two more passes, not 23,000.
#
# **Data** is the best regularizer of all. The plain net, on more and more signals:

# %%
amounts = [100, 300, 1000, 3000]
by_amount = {"on its own": [], "on others": []}
for amount in amounts:
    more = signals(amount, 10, seed=seed).train
    torch.manual_seed(seed)
    model, (many_x, many_y) = MLP([40, 128, 128, 10]).to(device), (part.to(device) for part in more)
    order = shuffled(amount, torch.Generator().manual_seed(seed))
    fit(lambda rows, model=model, u=many_x, v=many_y: cross_entropy(model(u[rows]), v[rows]), order,
        AdamW(model.parameters(), lr=1e-3, weight_decay=0.0), lesson.pick(standard=1000, quick=10))  # fmt: skip
    by_amount["on its own"].append(mean_loss(model, many_x, many_y))
    by_amount["on others"].append(mean_loss(model, test_x, test_y))
figure, axis = plt.subplots(figsize=(7.2, 3.0))
for values, color in zip(by_amount.values(), (COLOR["blue"], COLOR["vermilion"]), strict=True):
    axis.semilogx(amounts, values, marker="o", color=color)
axis.set_xticks(amounts, [f"{amount:,}" for amount in amounts])
axis.minorticks_off()
axis.set(title="The gap closes with data", xlabel="signals to learn from", ylabel="cross-entropy in nats")
label_ends(axis, [(values[-1], name, color) for (name, values), color in
                  zip(by_amount.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True)])  # fmt: skip
plt.show()
gaps = [others - own for own, others in zip(*by_amount.values(), strict=True)]
claim(
    "with ten times the data the gap is less than half as wide",
    gaps[3] < 0.5 * gaps[1] < gaps[0],
    {f"gap at {amount:,}": value for amount, value in zip(amounts, gaps, strict=True)},
    only_in="standard",
)

# %% [markdown]
# **Weakness: an MLP does not know what is next to what.** Each of its forty inputs is a column of its own. Shuffle
# the forty samples of all signals, training and test, in one and the same random order: to your eye they are noise.
# **Guess**: how much does the net lose?

# %%
order = torch.randperm(40, generator=torch.Generator().manual_seed(seed)).to(device)
torn = {}
for name, (own, others) in {"as they are": (x, test_x), "samples shuffled": (x[:, order], test_x[:, order])}.items():
    torch.manual_seed(seed)
    model = MLP([40, 128, 128, 10]).to(device)
    rows = shuffled(300, torch.Generator().manual_seed(seed))
    fit(lambda chosen, model=model, own=own: cross_entropy(model(own[chosen]), y[chosen]), rows,
        AdamW(model.parameters(), lr=1e-3), lesson.pick(standard=300, quick=10))  # fmt: skip
    torn[name] = accuracy(model, others, test_y)

centered = signals(300, len(test_y), seed=seed, shift=0.0)
torch.manual_seed(seed)
model = MLP([40, 128, 128, 10]).to(device)
own_x, own_y = (part.to(device) for part in centered.train)
fit(lambda chosen: cross_entropy(model(own_x[chosen]), own_y[chosen]), shuffled(300, torch.Generator().manual_seed(seed)),
    AdamW(model.parameters(), lr=1e-3), lesson.pick(standard=300, quick=10))  # fmt: skip
moves = list(range(9))
moved = [accuracy(model, centered.test[0].roll(by, 1).to(device), centered.test[1].to(device)) for by in moves]
curves({"net trained in the middle": (moves, moved)}, "Signals in the middle, then moved to the right",
       "moved by, in samples of forty", "share right")  # fmt: skip

# %%
claim(
    "an MLP loses nothing when all samples are shuffled, so it never knew what is next to what; trained on centered "
    "signals, it fails on the same signals moved by four samples",
    abs(torn["as they are"] - torn["samples shuffled"]) < 0.05 and moved[0] > 0.8 and moved[4] < 0.5 * moved[0],
    torn | {"in the middle": moved[0], "moved by 4": moved[4]},
    only_in="standard",
)

# %% [markdown]
# Augmentation repairs that by showing every shift, at the price of learning the same shape again at each place. Could
# one not build into the net that a shape is the same wherever it stands? One can: that is **convolution**, Hour 2.
#
# ## 9. In practice
#
# Nobody writes optimizers by hand for a product. In PyTorch the net is `nn.Sequential`, the loss
# `nn.functional.cross_entropy`, the optimizer `torch.optim.AdamW`. Given the same start and the same batches, all of it
# does what ours does, weight for weight:

# %%
torch.manual_seed(seed)
ours = MLP([40, 64, 10]).to(device)
theirs = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 10)).to(device)
for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
    other.data.copy_(mine.data)
pairs = [
    (ours, cross_entropy, AdamW(ours.parameters(), lr=1e-3, weight_decay=0.1)),
    (theirs, nn.functional.cross_entropy, torch.optim.AdamW(theirs.parameters(), lr=1e-3, weight_decay=0.1)),
]
for _, rows in zip(range(50), shuffled(300, torch.Generator().manual_seed(seed)), strict=False):
    for model, loss, optimizer in pairs:
        optimizer.zero_grad()
        loss(model(x[rows]), y[rows]).backward()
        optimizer.step()
difference = max((a - b).abs().max().item() for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
claim(
    "after fifty steps torch's net, loss and optimizer have our weights", difference < 1e-5, {"difference": difference}
)

# %% [markdown]
# labkit's tests hold every optimizer to torch's for a hundred steps, the losses for logits of ±10,000, the norms in
# both their lives, all with their gradients.
#
# And scikit-learn has the whole as one line. It is the first thing to try on a table:

# %%
import warnings

from sklearn.neural_network import MLPClassifier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says that it has not converged; we know
    one_line = MLPClassifier((128, 128), max_iter=lesson.pick(standard=200, quick=5), random_state=seed)
    one_line.fit(known, y.cpu().numpy())
print(
    f"MLPClassifier: {one_line.score(asked, test_y.cpu().numpy()):.1%} of the others right; ours, plain: {scores['plain network']:.1%}"
)

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | RMSProp, Adagrad | Adam's ancestors: a step size for each weight | Tieleman and Hinton 2012; Duchi et al. 2011 |
# | Lion, Muon | other ways to make of a gradient a step | Chen et al. 2023; Jordan et al. 2024 |
# | schedules, warm-up | the learning rate rises, then falls | Hour 7 |
# | label smoothing | asks for 90 % instead of certainty | Hour 7 |
# | group norm, RMSNorm | what is averaged over | Wu and He 2018; Zhang and Sennrich 2019 |
# | CutMix, RandAugment | augmentation for photographs | Yun et al. 2019; Cubuk et al. 2020 |
# | stochastic depth | dropout of whole layers | Huang et al. 2016 |
#
# MLPs alone are used for tables, for ranking, as parts of physical simulations; and inside of nearly every other
# architecture of this course.
#
# ## 10. Responsibility
#
# *Who pays for the average?* Suppose that one kind of signal is rare in the data: three examples of *two valleys*
# instead of thirty. Look at the overall score first, as a report would, and then at that class.

# %%
rare = task.names.index("two valleys")
spared = torch.cat([(y != rare).nonzero()[:, 0], (y == rare).nonzero()[:3, 0]])
shares = {}
for name, rows in {"thirty of each": torch.arange(300, device=device), "three of one": spared}.items():
    torch.manual_seed(seed)
    model, (own, labels) = MLP([40, 128, 128, 10]).to(device), (x[rows], y[rows])
    fit(lambda chosen, model=model, own=own, labels=labels: cross_entropy(model(own[chosen]), labels[chosen]),
        shuffled(len(rows), torch.Generator().manual_seed(seed)), AdamW(model.parameters(), lr=1e-3),
        lesson.pick(standard=300, quick=10))  # fmt: skip
    of_class = test_y == rare
    shares[name] = (
        accuracy(model, test_x, test_y),
        accuracy(model, test_x[of_class], test_y[of_class]),
        accuracy(model, test_x[~of_class], test_y[~of_class]),
    )
    print(
        f"{name:15s} all {shares[name][0]:.0%}   two valleys {shares[name][1]:.0%}   the other nine {shares[name][2]:.0%}"
    )
claim(
    "a class that is rare in the data is hardly ever recognized, and the overall score hardly shows it",
    shares["three of one"][1] < 0.4 * shares["thirty of each"][1]
    and shares["three of one"][0] > shares["thirty of each"][0] - 0.12,
    {"that class": [round(s[1], 2) for s in shares.values()], "all": [round(s[0], 2) for s in shares.values()]},
    only_in="standard",
)

# %% [markdown]
# Replace *two valleys* by the heartbeats of a group of patients that a hospital sees rarely, and the overall score is
# what gets published (Buolamwini and Gebru 2018 found just that in face recognition). Report every group, not the
# mean alone.
#
# - **Sure and wrong.** The loss on others rose in part 2 while accuracy stood still: an overfitted net is most
#   confident where it has no reason to be. Penalties, dropout and mixup also make it more honest about its doubts.
# - **The test set wears out.** We compared eight tools on the same test signals. Had we picked the winner by that table
#   and reported its score, the score would flatter us. Hour 4 shows how to choose fairly.
# - **By heart.** A net that learns its examples by heart may give them away: from its confidence one can tell who was
#   in the training data (Shokri et al. 2017). The wider the gap, the easier.
# - **Energy.** This notebook trained some forty nets in about a minute. Searching for settings is where most of the
#   computing of machine learning goes; a guess that is thought through saves the most.
#
# ## 11. Check yourself
#
# <details><summary>1. Why must the forward pass keep its activations until the backward pass is done?</summary>
#
# The gradient of a weight is the message times the number that came in: $\delta^\top a$. And the ReLU's slope is known
# from $a > 0$. That is where the memory of training goes.
# </details>
#
# <details><summary>2. Your loss is NaN at step 3. Which three things do you look at first?</summary>
#
# The learning rate; a logarithm of zero or an exponential of something large in a loss written by hand; the inputs
# themselves (are they finite, and of size about 1?).
# </details>
#
# <details><summary>3. All gradients become ten times as large. What happens to a step of SGD, and to one of Adam?</summary>
#
# SGD's gets ten times as long. Adam's stays: mean and root of the mean square grow alike.
# </details>
#
# <details><summary>4. Why does dropout divide by 1 - rate in training?</summary>
#
# So that the mean of what reaches the next layer is the same as in evaluation, where nothing is dropped.
# </details>
#
# <details><summary>5. A net with batch norm is 92 % right in your tests, and fails for the first customer. Your guess?</summary>
#
# `eval()` was forgotten. In mixed test batches nobody notices; the customer sends one case, or one kind.
# </details>
#
# <details><summary>6. The training loss is 0.01, the test loss 1.5. Name four things to try, the best first.</summary>
#
# More data, or augmentation that says what does not matter; stop earlier; decay or dropout; a smaller net. And look at
# the errors before any of it.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Rumelhart, Hinton and Williams 1986, *Learning representations by back-propagating errors*,
# https://doi.org/10.1038/323533a0. Kingma and Ba 2015, Adam, https://arxiv.org/abs/1412.6980. Loshchilov and Hutter
# 2019, AdamW, https://arxiv.org/abs/1711.05101. He et al. 2015, on how to begin, https://arxiv.org/abs/1502.01852,
# and 2016, on skips, https://arxiv.org/abs/1512.03385. Ioffe and Szegedy 2015, batch norm,
# https://arxiv.org/abs/1502.03167, and Yang et al. 2019, on what it does to deep plain nets,
# https://arxiv.org/abs/1902.08129. Srivastava et al. 2014, dropout, https://jmlr.org/papers/v15/srivastava14a.html.
# Zhang et al. 2018, mixup, https://arxiv.org/abs/1710.09412. Li et al. 2018, on loss landscapes,
# https://arxiv.org/abs/1712.09913. Zhang et al. 2017, *Understanding deep learning requires rethinking
# generalization*, https://arxiv.org/abs/1611.03530. Greydanus and Kobak 2020, where our signals come from,
# https://arxiv.org/abs/2011.14439.
#
# **Next**: Hour 2 builds what the MLP cannot know into the network: that a shape is the same wherever it stands.
