# %% [markdown] badges=true
# # Hour 1. Training deep networks
#
# After this hour you can
# - write the loss, backpropagation and the optimizer yourself, and mend a faulty batch normalization;
# - explain what goes wrong when a network is trained: numbers that overflow, steps that are too long, gradients that
#   vanish or explode, overfitting;
# - choose a remedy for each of these, and say how much it helped on the same small network;
# - watch optimizers descend a loss landscape.
#
# <!-- plan -->
#
# You need matrix products, derivatives and the chain rule, and a little PyTorch: tensors and their gradients.
#
# **How to work.** Run the cells from top to bottom. Your functions are checked as soon as you run their cell. If one
# is not right yet, the notebook says so and continues with labkit's version. Sections called *Further* are optional.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %% fold="Import the tools and begin"
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
# ## 2. The problem: a network that memorizes
#
# Our data are small signals of ten classes, generated in the style of MNIST-1D. A signal is a row of forty numbers,
# its samples: the template of its class, made narrower or wider, lower or taller, moved, tilted, and covered with
# noise. A network learns such small signals in seconds, so we can afford to train dozens of networks.
#
# In the figure, the gray line is the template, and the colored lines are two training signals. A *hill* that is
# moved to the left can look like an *early peak*, so nobody can classify every signal correctly.

# %% fold="Draw the ten classes"
from labkit.data.signals import signals, templates

task = signals(train=300, test=lesson.pick(standard=2000, quick=500), seed=seed)
x, y = (part.to(device) for part in task.train)
test_x, test_y = (part.to(device) for part in task.test)

figure, axes = plt.subplots(2, 5, figsize=(9.6, 3.6), dpi=90, sharex=True, sharey=True)
for number, (axis, shape, name) in enumerate(
    zip(axes.flat, templates(), task.names, strict=True)
):
    axis.plot(shape, color="#9A9A9A", linewidth=4, alpha=0.6)
    for signal, color in zip(
        x[y == number][:2].cpu(), ("blue", "vermilion"), strict=True
    ):
        axis.plot(signal, color=COLOR[color], linewidth=1.3)
    axis.set_title(name, size=10)
    axis.grid(visible=False)
for axis in axes[1]:
    axis.set_xlabel("sample")
for axis in axes[:, 0]:
    axis.set_ylabel("height")
figure.suptitle(
    "Ten classes: the template (gray) and two training signals",
    size=11,
    weight="bold",
    x=0.01,
    ha="left",
)
plt.show()

# %% [markdown]
# We train on **300** signals, thirty of each class. That is few on purpose. With few data, a network can learn the
# noise of its examples, which is called **overfitting**. All other signals are for testing only.
#
# Two simple models come first. *Logistic regression* separates the classes by straight boundaries. *Nearest
# neighbors* finds the five most similar training signals and takes a vote.

# %% fold="Two simple models" result=true
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

train_numpy, test_numpy = (part.cpu().numpy() for part in (x, test_x))
scores = {}
for name, model in {
    "logistic regression": LogisticRegression(max_iter=1000),
    "nearest neighbors": KNeighborsClassifier(5),
}.items():
    model.fit(train_numpy, y.cpu().numpy())
    scores[name] = model.score(test_numpy, test_y.cpu().numpy())
    own = model.score(train_numpy, y.cpu().numpy())
    print(f"{name:20s} training accuracy {own:.1%}   test accuracy {scores[name]:.1%}")

# %% [markdown]
# ### A small network and its training loop
#
# Our network has forty inputs, two hidden layers of 128 units, and one output for each class; part 3 takes it apart.
# The loop below trains the smallest network and the largest. It draws a batch of 50 signals and computes the loss
# (the cross-entropy, in nats: part 3 defines both). It then computes the derivative of the loss with respect to
# every weight, and moves every weight a little against its derivative.

# %%
from labkit.data.minibatches import minibatches
from labkit.foundations.losses import cross_entropy
from labkit.foundations.mlp import MLP
from labkit.train.evaluate import accuracy, mean_loss

torch.manual_seed(seed)
net = MLP([40, 128, 128, 10]).to(device)
steps = lesson.pick(standard=1500, quick=60)
log = []
batches = minibatches(50, x, y, seed=seed)
for step in range(1, steps + 1):
    inputs, labels = next(batches)
    loss = cross_entropy(net(inputs), labels)  # forward: predict and measure the error
    loss.backward()  # backward: the derivative with respect to every weight
    with torch.no_grad():
        for weight in net.parameters():
            weight -= 0.1 * weight.grad  # a step downhill
            weight.grad = None
    if step % 15 == 0:
        log.append((step, mean_loss(net, x, y), mean_loss(net, test_x, test_y),
                    accuracy(net, x, y), accuracy(net, test_x, test_y)))  # fmt: skip

# %% [markdown]
# **Predict**: as the training loss goes to zero, what will the *test* loss do, and what will the test accuracy do?

# %% fold="Draw loss and accuracy" result=true
at, own_loss, others_loss, own_right, others_right = zip(*log, strict=True)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.4))
for axis, pair, title in (
    (left, (own_loss, others_loss), "Loss"), (right, (own_right, others_right), "Accuracy")
):  # fmt: skip
    for values, color in zip(pair, (COLOR["blue"], COLOR["vermilion"]), strict=True):
        axis.plot(at, values, color=color)
    axis.set(
        title=title,
        xlabel="step",
        ylabel="cross-entropy in nats" if axis is left else "share of signals right",
    )
    label_ends(
        axis,
        [
            (pair[0][-1], "training", COLOR["blue"]),
            (pair[1][-1], "test", COLOR["vermilion"]),
        ],
    )
plt.show()

# %% fold="Claim: the network memorizes" result=true
best = min(range(len(at)), key=lambda i: others_loss[i])
scores["plain network"] = others_right[-1]
claim(
    "the network fits its 300 signals perfectly; its test loss falls, turns and rises, although its test accuracy does not fall",
    own_right[-1] > 0.99
    and others_right[-1] < own_right[-1] - 0.25
    and others_loss[-1] > 1.2 * others_loss[best]
    and others_right[-1] > others_right[best] - 0.03,
    {
        "training accuracy at the end": own_right[-1],
        "test accuracy where the test loss is lowest": others_right[best],
        "test accuracy at the end": others_right[-1],
        "lowest test loss in nats": others_loss[best],
        "test loss at the end in nats": others_loss[-1],
    },
    only_in="standard",
)

# %% [markdown]
# In the standard run, the test accuracy hardly changes after the first 250 steps, but the test loss rises: the
# network makes its errors with more and more confidence. It overfits. The distance between the training and the test
# curve is the **generalization gap**. Part 6 narrows it. First: how does the network compute, and how does the loop
# find its derivatives?

# %% [markdown]
# ## 3. The architecture: linear layers with a ReLU between them
#
# A **multi-layer perceptron** (MLP) is a chain of $L$ layers. Layer $l$ multiplies its input by a weight matrix
# $W_l$ and adds a bias $b_l$. The **ReLU** then replaces negative numbers by zero, except after the last layer,
# whose outputs are called **logits**:
#
# $$h_0 = x, \qquad z_l = h_{l-1} W_l^\top + b_l, \qquad h_l = \max(0, z_l), \qquad \mathrm{logits} = z_L$$
#
# Without the ReLU, a chain of linear layers would be one linear layer, and the network a logistic regression.

# %% fold="Draw the architecture"
from labkit.show.architecture import Diagram

Diagram(
    MLP([40, 128, 128, 10]),
    x[:50].cpu(),
    depth=2,
    axes={"b": 50, "d": 128},
    title="The MLP of this hour",
)

# %% [markdown]
# ### From logits to a loss
#
# Let $z$ be the logits of one signal. The **softmax** turns them into probabilities, $p_j = e^{z_j} / \sum_k
# e^{z_k}$. The **cross-entropy** loss is $\mathcal{L} = -\log p_y$, the negative logarithm of the probability of the
# true class $y$. The logarithm is the natural one, so the unit is the **nat**. The gradient with respect to the
# logits is the prediction minus the truth: $\partial \mathcal{L} / \partial z = p - \mathrm{onehot}(y)$, where
# $\mathrm{onehot}(y)$ is 1 at class $y$ and 0 elsewhere.
#
# In numbers: the logits 2, 1, −1 have the exponentials 7.39, 2.72, 0.37, which sum to 10.47. The probabilities are
# 0.705, 0.260, 0.035. If the second class is true, the loss is $-\log 0.260 = 1.35$ and the gradient is $(0.705,
# -0.740, 0.035)$. For a batch of $b$ signals, one in each row, the loss is the mean over the rows. So the gradient
# of each row is divided by $b$.
#
# ### Exercise 1. Cross-entropy that never overflows
#
# In 32 bits, $e^z$ is infinite from $z = 89$ on. So simplify the logarithm on paper first:
#
# $$-\log \frac{e^{z_y}}{\sum_j e^{z_j}} = \log \sum_j e^{z_j} - z_y$$
#
# The result stays the same if you subtract one number from all logits of a row. Subtract the largest logit: then no
# exponential exceeds 1. Use `exp`, `log`, `sum` and `amax`; torch's own `cross_entropy` and `log_softmax` are what
# you are building.


# %% name="cross-entropy" exercise="training.cross_entropy"
@exercise("training.cross_entropy")
def cross_entropy_with_gradient(logits, target):
    """Softmax cross-entropy, averaged over the batch, and its gradient.

    logits: (b, c). target: (b,), the number of each row's true class.
    Returns the loss, a tensor without axes, and the gradient of the logits, (b, c).
    Both must be right for logits of ten thousand, positive or negative.

    Example: logits [[2., 1., -1.]] and target [1]
    give the loss 1.349 and the gradient [[0.705, -0.740, 0.035]].
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
# **Predict**: we compare this formula with two shortcuts. One computes $-\log(e^{z_y} / \sum_j e^{z_j})$ as written.
# The other computes a safe softmax first and takes its logarithm afterwards. Which of the two survives logits of
# 1000?

# %% fold="Compare three ways to compute the loss"
from labkit.foundations.losses import softmax_cross_entropy

sizes = [1, 10, 50, 88, 90, 200, 1000, 10_000]
logits, target = torch.tensor([[1.0, 0.5, -1.0]]), torch.tensor([1])
ways = {"as written": [], "safe softmax, then log": [], "simplified first": []}
for size in sizes:
    exponentials = (size * logits).exp()
    ways["as written"].append(-(exponentials[0, 1] / exponentials.sum()).log().item())
    ways["safe softmax, then log"].append(
        -(size * logits).softmax(dim=1)[0, 1].log().item()
    )
    ways["simplified first"].append(
        softmax_cross_entropy(size * logits, target)[0].item()
    )
print("The loss of one row with logits (z, z/2, -z), whose second class is true")
print("            z" + "".join(f"{way:>26s}" for way in ways))
for size, *losses in zip(sizes, *ways.values(), strict=True):
    print(f"{size:13,}" + "".join(f"{loss:26.4f}" for loss in losses))
claim(
    "as written, the loss overflows above 88; a safe softmax alone does not save it; simplified first, it is exact",
    math.isinf(ways["as written"][4])
    and math.isnan(ways["as written"][5])
    and math.isinf(ways["safe softmax, then log"][-1])
    and all(
        abs(loss - size / 2) < 1
        for size, loss in zip(sizes, ways["simplified first"], strict=True)
    ),
    {f"{way}, z = 10,000: loss in nats": losses[-1] for way, losses in ways.items()},
)

# %% [markdown]
# Neither survives. *As written*, at $z = 90$: $e^{90}$ is infinite, a finite number over an infinite one is 0, and
# $-\log 0$ is infinite. At 200, $e^{100}$ is infinite as well, and infinity over infinity is not a number (nan).
# With the *safe softmax* no exponential overflows, but at 1000 the probability $e^{-500}$ is rounded to zero
# *before* the logarithm is taken.

# %% [markdown]
# ### Backpropagation
#
# For a step downhill we need the derivative of the loss with respect to each of the 23,000 weights. **Predict**: how
# many times as expensive is that as computing the loss once? Part 8 measures it. (Changing one weight at a time
# would take 23,000 forward passes.)
#
# **Backpropagation** (Rumelhart, Hinton and Williams 1986) passes one quantity from the last layer to the first:
# $\delta_l = \partial \mathcal{L} / \partial z_l$. It starts with $\delta_L = (p - \mathrm{onehot}(y)) / b$. Then,
# for each layer,
#
# $$\frac{\partial \mathcal{L}}{\partial W_l} = \delta_l^\top h_{l-1}, \qquad \frac{\partial \mathcal{L}}{\partial b_l} = \sum_{\mathrm{rows}} \delta_l, \qquad \delta_{l-1} = (\delta_l W_l) \odot [h_{l-1} > 0]$$
#
# - A weight multiplies one number of $h_{l-1}$ and adds the product to one number of $z_l$. Its derivative is the
#   product of that $h$ and that $\delta$, summed over the batch.
# - A number of $h_{l-1}$ enters every number of $z_l$, so it collects gradients from all of them: $\delta_l W_l$.
# - The bracket is 1 where the ReLU was open (its output is positive) and 0 where it was closed (its output is 0).
#   Before a closed ReLU, small changes have no effect. $\odot$ multiplies entry by entry.
#
# **One row in numbers**, with biases of 0:
#
# $$x = (1, 2), \quad W_1 = \begin{pmatrix} 1 & 0.5 \\ -1 & 0.25 \end{pmatrix}, \quad W_2 = \begin{pmatrix} 1 & 1 \\ 0 & -1 \end{pmatrix}$$
#
# Forward: $z_1 = (2, -0.5)$, so $h_1 = (2, 0)$, and the logits are $(2, 0)$. The probabilities are $(0.881, 0.119)$.
# If the second class is true, $\delta_2 = (0.881, -0.881)$.
#
# Backward: $\partial \mathcal{L} / \partial W_2 = \delta_2^\top h_1 = \begin{pmatrix} 1.762 & 0 \\ -1.762 & 0
# \end{pmatrix}$. Then $\delta_2 W_2 = (0.881, 1.762)$, and the closed second ReLU makes $\delta_1 = (0.881, 0)$. So
# $\partial \mathcal{L} / \partial W_1 = \delta_1^\top x = \begin{pmatrix} 0.881 & 1.762 \\ 0 & 0 \end{pmatrix}$.
#
# ### Exercise 2. Backward through two layers
#
# The network is $\mathrm{logits} = \max(0, x W_1^\top + b_1) W_2^\top + b_2$. You get what the forward pass computed,
# and $\delta_2$, which already contains the $1/b$. Return the gradients of both layers, without autograd.


# %% name="backward" exercise="training.backward"
@exercise("training.backward")
def backward(x, hidden, second, gradient):
    """Backpropagation through two layers.

    x: (b, i). hidden: (b, h), after the ReLU.
    second: (c, h), the second layer's weights.
    gradient: (b, c), that of the logits. It is divided by b already.
    Returns the gradients of the first weights (h, i), the first biases (h,),
    the second weights (c, h) and the second biases (c,).

    Example, as above: x [[1., 2.]], hidden [[2., 0.]],
    second [[1., 1.], [0., -1.]] and gradient [[0.881, -0.881]] give
    [[0.881, 1.762], [0, 0]], [0.881, 0], [[1.762, 0], [-1.762, 0]], [0.881, -0.881].
    """
    ### BEGIN SOLUTION
    at_hidden = (gradient @ second) * (hidden > 0)
    return (
        at_hidden.T @ x,
        at_hidden.sum(dim=0),
        gradient.T @ hidden,
        gradient.sum(dim=0),
    )
    ### END SOLUTION


# %% checks="training.backward"
score("training.backward")

# %% [markdown]
# Your two functions make a complete training algorithm. Here they train a two-layer network without autograd. (Where
# yours is not right yet, labkit's function runs in its place.)

# %% result=true
torch.manual_seed(seed)
small = MLP([40, 64, 10]).to(device)
first, second = small.layers
parts = [first.weight, first.bias, second.weight, second.bias]
losses = []
with torch.no_grad():
    for _ in range(lesson.pick(standard=200, quick=20)):
        hidden = first(x).relu()
        loss, at_logits = cross_entropy_with_gradient(second(hidden), y)
        for part, slope in zip(
            parts, backward(x, hidden, second.weight, at_logits), strict=True
        ):
            part -= 0.3 * slope
        losses.append(loss.item())
print(f"training loss at the first step {losses[0]:.2f}, at the last {losses[-1]:.2f}")

# %% fold="Claim: the gradients are right"
exact = MLP([40, 32, 10]).double()
inputs, labels = x[:20].cpu().double(), y[:20].cpu()
weights = [part for layer in exact.layers for part in (layer.weight, layer.bias)]
with torch.no_grad():
    hidden = exact.layers[0](inputs).relu()
    _, at_logits = cross_entropy_with_gradient(exact.layers[1](hidden), labels)
    by_hand = backward(inputs, hidden, exact.layers[1].weight, at_logits)
by_torch = torch.autograd.grad(cross_entropy(exact(inputs), labels), weights)
to_torch = max(
    (a - b).abs().max().item() for a, b in zip(by_hand, by_torch, strict=True)
)
to_nudges = 0.0
with torch.no_grad():
    for weight, gradient in zip(weights, by_hand, strict=True):
        flat, slopes = weight.view(-1), gradient.reshape(-1)
        for place in torch.randint(flat.numel(), (20,)).tolist():
            found = []
            for nudge in (1e-5, -2e-5):
                flat[place] += nudge
                found.append(cross_entropy(exact(inputs), labels).item())
            flat[place] += 1e-5
            to_nudges = max(
                to_nudges, abs((found[0] - found[1]) / 2e-5 - slopes[place].item())
            )
claim(
    "the gradients of backpropagation agree with autograd's, and with those measured by changing single weights by 0.00001",
    to_torch < 1e-12 and to_nudges < 1e-6,
    {
        "largest difference to autograd": to_torch,
        "largest difference to changed weights": to_nudges,
    },
)

# %% [markdown]
# ## 4. Why it works: how far to step, and how deep to go
#
# ### The learning rate
#
# The gradient shows which way is down, not how far to go. We train the same network for 150 steps with eight
# learning rates between 0.001 and 3. **Predict**: which of them are too small, and which too large?

# %% fold="Train with eight learning rates" result=true
from labkit.foundations.optimizers import SGD, Adam, AdamW
from labkit.train.fit import fit


def fresh_net(between=lambda width: nn.ReLU()):
    """The network of this hour, with the same starting weights at every call."""
    torch.manual_seed(seed)
    return MLP([40, 128, 128, 10], between).to(device)


def train(model, optimizer, steps, data=(x, y), **options):
    """Run the loop of part 2 on batches of 50, with the optimizer given; returns the history."""
    batches = minibatches(50, *data, seed=seed)
    return fit(
        lambda batch: cross_entropy(model(batch[0]), batch[1]),
        batches,
        optimizer,
        steps,
        **options,
    )


rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
ends = []
for rate in rates:
    model = fresh_net()
    try:
        run = train(
            model, SGD(model.parameters(), lr=rate), lesson.pick(standard=150, quick=12)
        )
        ends.append(sum(run.losses[-10:]) / len(run.losses[-10:]))
    except FloatingPointError:  # the loss was infinite or not a number
        ends.append(math.nan)
figure, axis = plt.subplots()
axis.loglog(rates, ends, marker="o")
for rate, end in zip(rates, ends, strict=True):
    if math.isnan(end):
        axis.annotate(
            f"{rate:g}: not\na number",
            (rate, 0.75),
            ha="center",
            color=COLOR["vermilion"],
            size=9,
        )
axis.set(
    title="The same network after 150 steps",
    xlabel="learning rate",
    ylabel="training loss in nats",
)
axis.set_xlim(0.0007, 5)
use_log_scale(axis)
plt.show()
good = min(end for end in ends if not math.isnan(end))
claim(
    "a learning rate a few hundred times too small learns next to nothing, and one ten times too large nothing at all",
    ends[0] > 5 * good
    and (math.isnan(ends[-1]) or ends[-1] > 5 * good)
    and good not in (ends[0], ends[-1]),
    {
        "loss at 0.001 in nats": ends[0],
        "loss at the best rate": good,
        "loss at 3": ends[-1],
    },
    only_in="standard",
)

# %% [markdown]
# ### Narrow valleys and momentum
#
# Even with the best rate, gradient descent can be slow, because the loss is not equally curved in all directions.
# Along a direction with curvature $k$ (second derivative), one step multiplies the distance to the minimum by $1 -
# \eta k$, where $\eta$ is the learning rate. Take curvatures of 100 and 1. With $\eta = 0.03$, each step multiplies
# the distance in the steep direction by $-2$: it diverges. With $\eta = 0.0198$, the factors are $-0.98$ and $0.98$:
# both distances shrink by 2 % a step, to a thousandth after 340 steps. The ratio $\kappa = k_{\max} / k_{\min}$ is
# the **condition number**. The number of steps of gradient descent is proportional to $\kappa$.
#
# **Momentum** (Polyak 1964) adds up past gradients $g$ in a velocity $v$. Each step keeps a share $\beta$ of the
# velocity, and moves the weights $\theta$:
#
# $$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta v$$
#
# Across the valley, gradients alternate in sign and cancel. Along it, they add up. With the best $\eta$ and $\beta$,
# the number of steps grows only with $\sqrt{\kappa}$. The next figure counts the steps.

# %% fold="Count steps to the bottom of a valley" result=true
conditions = lesson.pick(standard=[10, 30, 100, 300, 1000], quick=[10, 30, 100])


def steps_down(condition, momentum):
    """Steps until a valley with curvatures 1 and `condition` has lost all but a millionth of its height."""
    root = math.sqrt(condition)
    rate = (
        4 / (1 + root) ** 2 if momentum else 2 / (1 + condition)
    )  # the best ones there are (Polyak 1964)
    place = nn.Parameter(torch.ones(2, dtype=torch.float64))
    curvature = torch.tensor([1.0, condition], dtype=torch.float64)
    optimizer = SGD(
        [place], lr=rate, momentum=((root - 1) / (root + 1)) ** 2 if momentum else 0.0
    )
    start, count = (curvature * place.detach().square()).sum().item(), 0
    while (curvature * place.detach().square()).sum().item() > 1e-6 * start:
        place.grad = curvature * place.detach()
        optimizer.step()
        count += 1
    return count


needed = {
    "plain": [steps_down(c, False) for c in conditions],
    "momentum": [steps_down(c, True) for c in conditions],
}
figure, axis = plt.subplots()
for counts, color in zip(
    needed.values(), (COLOR["blue"], COLOR["vermilion"]), strict=True
):
    axis.loglog(conditions, counts, marker="o", color=color)
axis.set(
    title="Steps to the bottom of a valley", xlabel="condition number κ", ylabel="steps"
)
label_ends(axis, [(counts[-1], name, color) for (name, counts), color in
                  zip(needed.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True)])  # fmt: skip
plt.show()
power = {
    name: math.log(counts[-1] / counts[1]) / math.log(conditions[-1] / conditions[1])
    for name, counts in needed.items()
}
claim(
    "the steps of plain gradient descent grow like κ, and those of momentum like its square root",
    abs(power["plain"] - 1) < 0.1 and abs(power["momentum"] - 0.5) < 0.12,
    {f"{name}: steps grow like κ to the power": p for name, p in power.items()}
    | {
        f"{name}: steps at κ = {conditions[-1]}": counts[-1]
        for name, counts in needed.items()
    },
)

# %% [markdown]
# ### Adam: a step size for every weight
#
# **Adam** (Kingma and Ba 2015) keeps two running means for each weight: $m$ of its gradients and $s$ of their
# squares. Both start at 0. At step $t = 1, 2, \ldots$
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad s \leftarrow \beta_2 s + (1 - \beta_2) g^2$$
#
# Means that start at 0 are too small at first, so Adam **corrects** them, $\hat m = m / (1 - \beta_1^t)$ and $\hat s
# = s / (1 - \beta_2^t)$. **AdamW** (Loshchilov and Hutter 2019) first shrinks every weight by the share $\eta
# \lambda$, where $\lambda$ is called the **weight decay**, and then takes Adam's step (the small $\epsilon$ prevents
# a division by zero):
#
# $$\theta \leftarrow (1 - \eta \lambda)\, \theta - \eta \, \frac{\hat m}{\sqrt{\hat s} + \epsilon}, \qquad \epsilon = 10^{-8}$$
#
# **In numbers**: $\theta = 2$, $g = 0.5$, $\eta = 0.1$, $\lambda = 0.5$, $\beta_1 = 0.9$, $\beta_2 = 0.999$, first
# step. Then $m = 0.05$ and $s = 0.00025$; corrected, $\hat m = 0.5$ and $\hat s = 0.25$. The weight shrinks to $0.95
# \cdot 2 = 1.9$ and moves by $0.1 \cdot 0.5 / 0.5 = 0.1$, to 1.8. With a gradient of 50 it would move by 0.1 as well:
# an Adam step has a length of about $\eta$, however large the gradients are.
#
# ### Exercise 3. One step of AdamW
#
# Return the *running* means $m$ and $s$, not the corrected ones: the next step continues from them.


# %% name="adamw" exercise="training.adamw"
@exercise("training.adamw")
def adamw(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """One step of AdamW for one tensor, with an epsilon of 1e-8.

    weight, gradient, mean and square have one shape. mean and square are the running
    means before this step. step counts from 1. betas holds two numbers.
    Returns the new weight, the new mean, the new square.

    Example: weight [2.], gradient [0.5], mean [0.], square [0.], step 1, lr 0.1,
    betas (0.9, 0.999), weight_decay 0.5 give [1.8], [0.05], [0.00025].
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
# ### Further: Adam's first steps
#
# **Predict**: without the correction, would Adam's first steps be too short or too long? In the next figure every
# gradient is 1, so every step should have the length $\eta$.

# %% fold="Draw Adam's steps with and without correction"
count, (beta1, beta2) = 200, (0.9, 0.999)
t = torch.arange(1.0, count + 1)
uncorrected = (1 - beta1**t) / (1 - beta2**t).sqrt()
weight, lengths = nn.Parameter(torch.zeros(1, dtype=torch.float64)), []
optimizer = Adam([weight], lr=1.0, betas=(beta1, beta2))
for _ in range(count):
    before, weight.grad = weight.item(), torch.ones(1, dtype=torch.float64)
    optimizer.step()
    lengths.append(before - weight.item())
claim(
    "without the correction the first step is over three times too long, and the steps grow before they shrink",
    uncorrected[0] > 3
    and uncorrected.max() > 6
    and max(abs(length - 1) for length in lengths) < 1e-6,
    {
        "first step in learning rates": uncorrected[0],
        "longest step": uncorrected.max(),
        "first step, corrected": lengths[0],
    },
)
curves({"without": (t, uncorrected), "corrected": (t, lengths)}, "Length of Adam's steps when every gradient is 1",
       "step", "length in learning rates")  # fmt: skip

# %% [markdown]
# Too long. At the first step, $m$ is 10 times too small, but $\sqrt{s}$, by which it is divided, is 32 times too
# small.

# %% [markdown]
# ### Further: AdamW against an L2 penalty
#
# An L2 penalty adds $\lambda \theta$ to the gradient. Adam then divides it by $\sqrt{\hat s}$ like the rest of the
# gradient, so a weight with large gradients is hardly penalized. AdamW shrinks all weights by the same factor. Two
# weights show the difference. Their gradients are pure noise, a hundred times as large for the second weight.

# %% fold="Shrink two weights in two ways"
noise = torch.randn(
    500, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
) * torch.tensor([0.1, 10.0])


def after_noise(make, decay):
    """Two weights that start at 5, after 500 steps on the noise."""
    pair = nn.Parameter(torch.full((2,), 5.0, dtype=torch.float64))
    optimizer = make([pair], lr=0.01, weight_decay=decay)
    for gradient in noise:
        pair.grad = gradient
        optimizer.step()
    return pair.detach()


untouched, left = after_noise(Adam, 0.0), {}
for name, make in (("L2 penalty in Adam", Adam), ("AdamW", AdamW)):
    left[name] = ((untouched - after_noise(make, 0.2)) / untouched).tolist()
claim(
    "AdamW shrinks both weights alike; an L2 penalty in Adam spares the weight with large gradients",
    abs(left["AdamW"][0] - left["AdamW"][1]) < 0.1
    and left["L2 penalty in Adam"][0] > 3 * left["L2 penalty in Adam"][1],
    {
        f"{name}: weight lost, {size} gradients": share
        for name, shares in left.items()
        for size, share in zip(("small", "large"), shares, strict=True)
    },
)

# %% [markdown]
# ### Depth: twenty layers
#
# Deep networks can represent more. Can they be trained? On the way back, $\delta$ is multiplied by a matrix at every
# layer. If each multiplication makes it a little smaller, after twenty layers it has vanished; if a little larger,
# it has exploded. Before any training, we measure the size (root mean square) of each layer's output, and of the
# gradient with respect to it. Five versions of one twenty-layer network:
# - *default*: torch's starting weights, with variance $1/(3n)$ for $n$ inputs;
# - *He*: variance $2/n$, so that a ReLU layer keeps the size of its input (He et al. 2015);
# - *norm*: He, and **batch normalization** in every layer: each unit gets mean 0 and variance 1 over the batch (Ioffe
#   and Szegedy 2015);
# - *skips*: He, and each layer *adds* its result to its input (He et al. 2016);
# - *both*: norm and skips.
#
# **Predict**: in which of the five do outputs and gradients keep their size?

# %% fold="Measure signals and gradients in twenty layers"
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
    "default": torch_default,
    "He": deep_net,
    "norm": lambda: deep_net(norm=BatchNorm),
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
for axis, title in (
    (ahead, "Size of each layer's output"),
    (back, "Size of the gradient at each layer"),
):
    axis.set(
        title=title,
        xlabel="layer",
        ylabel="root mean square",
        yscale="log",
        xticks=[1, 5, 10, 15, 20],
    )
back.invert_xaxis()
back.set_xlabel("layer, in the order of backpropagation")
for axis in (ahead, back):
    label_ends(axis, lasts[axis])
plt.show()
grew = {name: (ahead[-1] / ahead[0]).item() for name, (ahead, _) in measured.items()}
came_back = {name: (back[0] / back[-1]).item() for name, (_, back) in measured.items()}
claim(
    "gradients vanish with torch's default and explode with norms alone; outputs explode with skips alone; with both, "
    "neither happens",
    came_back["default"] < 1e-5
    and came_back["norm"] > 10
    and grew["skips"] > 1000
    and grew["both"] < 20
    and 0.1 < came_back["both"] < 10,
    {
        f"{name}: gradient at layer 1 over layer 20": value
        for name, value in came_back.items()
    }
    | {
        f"{name}: output at layer 20 over layer 1": grew[name]
        for name in ("skips", "both")
    },
)

# %% [markdown]
# *He* and *both* keep the two sizes within a factor of about ten. With norms alone, gradients grow at every layer
# (Yang et al. 2019). With skips alone, every layer adds a result as large as its input, so outputs and gradients
# grow at every layer. Together, each repairs the fault of the other. Now we train all five with the same optimizer
# and the same number of steps.

# %% fold="Train the five deep networks" result=true
few = lesson.pick(standard=200, quick=20)
deep_losses = {}
for name, make in deep.items():
    model = make()
    run = train(model, SGD(model.parameters(), lr=0.03, momentum=0.9), few, clip=1.0)
    deep_losses[name] = run.losses
smooth = {
    name: torch.tensor(losses).unfold(0, 15, 1).mean(dim=1).clamp(max=4.0)
    for name, losses in deep_losses.items()
}
end = {
    name: sum(losses[-20:]) / len(losses[-20:]) for name, losses in deep_losses.items()
}
claim(
    "a plain twenty-layer network trains worse than the same network with norms and skips, even with He's start",
    end["both"] < 0.6 * end["He"] and end["He"] < 0.7 * end["default"],
    {
        f"{name}: mean training loss of the last 20 steps in nats": value
        for name, value in end.items()
    },
    only_in="standard",
)
curves({name: (range(15, 15 + len(losses)), losses) for name, losses in smooth.items()},
       "Twenty layers in training (losses above 4 are drawn at 4)", "step (mean of 15)", "training loss in nats")  # fmt: skip

# %% [markdown]
# In the standard run with torch's default start, the loss stays near $\log 10 = 2.3$: the network guesses among ten
# classes. With norms alone it ends hardly lower, with skips alone higher. *He* learns, and *both* learns faster.
#
# ### Batch norm has two modes
#
# Batch normalization computes, for each unit,
#
# $$y = \mathrm{weight} \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \mathrm{bias}$$
#
# with a weight and a bias for each unit, which are learned. In **training mode**, $\mu$ and $\sigma^2$ are the mean
# and variance over the batch. One signal on its own has no batch, so the layer also keeps running statistics, which
# move a share $\rho$ towards those of each batch ($\rho$ is the argument `momentum`, which has nothing to do with
# the optimizer's):
#
# $$\mathrm{running} \leftarrow (1 - \rho) \, \mathrm{running} + \rho \, \mathrm{batch}$$
#
# In **evaluation mode** it uses the running statistics and leaves them unchanged. `model.train()` and `model.eval()`
# switch between the modes.
#
# **Predict**: you forget `eval()` and test the network in ten batches, once in random order and once sorted by
# class, as data often lie in a file. What happens to the accuracy?

# %% fold="Forget eval()" result=true
normed = fresh_net(lambda width: nn.Sequential(BatchNorm(width), nn.ReLU()))
train(normed, AdamW(normed.parameters(), lr=1e-3), lesson.pick(standard=300, quick=10))
kept = {name: value.clone() for name, value in normed.state_dict().items()}


def accuracy_in_training_mode(order):
    """Accuracy without eval(), a tenth of the test signals at a time, in this order."""
    normed.train()
    with torch.no_grad():
        found = [
            normed(test_x[rows]).argmax(dim=1) == test_y[rows]
            for rows in order.split(len(order) // 10)
        ]
    normed.load_state_dict(kept)
    return torch.cat(found).float().mean().item()


modes = {
    "eval()": accuracy(normed, test_x, test_y),
    "forgotten, random order": accuracy_in_training_mode(
        torch.randperm(len(test_y), device=device)
    ),
    "forgotten, sorted by class": accuracy_in_training_mode(test_y.argsort()),
}
claim(
    "without eval(), a network with batch norm fails on signals that are sorted by class, and only there",
    modes["forgotten, sorted by class"] < 0.5 * modes["eval()"]
    and modes["forgotten, random order"] > 0.9 * modes["eval()"],
    {f"{name}: test accuracy": value for name, value in modes.items()},
    only_in="standard",
)
bars(modes, "One network with batch norm, the same test signals", "test accuracy")

# %% [markdown]
# In random order nobody notices, which is why this mistake survives tests. Sorted by class, a batch holds one class,
# and subtracting its mean removes what its signals have in common.

# %% [markdown]
# ## 5. Build it: a bug hunt, and dropout
#
# ### Exercise 4. Bug hunt: batch norm
#
# The function below has a bug that well-known libraries have published. The training loss is exactly that of a
# correct version, but in the standard run the test accuracy jumps from one measurement to the next. The figure shows
# both versions, with batches of ten.

# %% fold="Draw the symptom" result=true
found = {}
for name, share in (("correct", 0.1), ("with the bug", 1 - 0.1)):
    model = fresh_net(
        lambda width, share=share: nn.Sequential(
            BatchNorm(width, momentum=share), nn.ReLU()
        )
    )
    optimizer, losses, points = AdamW(model.parameters(), lr=1e-3), [], []
    batches = minibatches(10, x, y, seed=seed)
    for step in range(1, lesson.pick(standard=300, quick=20) + 1):
        inputs, labels = next(batches)
        loss = cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 10 == 0:
            points.append((step, accuracy(model, test_x, test_y)))
    found[name] = losses, points
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.4), dpi=95)
ends = []
for (name, (losses, points)), color, width in zip(
    found.items(), ("blue", "vermilion"), (5, 1.3), strict=True
):
    means = torch.tensor(losses).view(-1, 10).mean(dim=1)
    left.plot(
        range(10, len(losses) + 1, 10),
        means,
        color=COLOR[color],
        linewidth=width,
        label=name,
    )
    right.plot(*zip(*points, strict=True), color=COLOR[color])
    ends.append((points[-1][1], name, COLOR[color]))
left.set(
    title="Training loss: the two are equal",
    xlabel="step (mean of 10)",
    ylabel="cross-entropy in nats",
)
left.legend()
right.set(
    title="Test accuracy in evaluation mode",
    xlabel="step",
    ylabel="share of signals right",
)
label_ends(right, ends)
plt.show()
late = {
    name: torch.tensor([value for _, value in points[len(points) // 3 :]])
    for name, (_, points) in found.items()
}
jumps = {name: values.diff().abs().mean().item() for name, values in late.items()}
claim(
    "the bug leaves the training loss as it is, and makes the test accuracy jump at least twice as far",
    found["correct"][0] == found["with the bug"][0]
    and jumps["with the bug"] > 2 * jumps["correct"],
    {
        f"{name}: mean change of test accuracy in 10 steps": value
        for name, value in jumps.items()
    },
    only_in="standard",
)

# %% [markdown]
# Which lines can be wrong, if the training loss is right? Find the bug and mend it. That the function computes two
# variances is no mistake: the batch is normalized by the one divided by $b$, and the running variance takes the one
# divided by $b - 1$, which estimates the variance of all data. (`detach` keeps the running statistics out of
# autograd.)


# %% name="batch-norm" exercise="training.batch_norm"
@exercise("training.batch_norm")
def batch_norm(
    x, weight, bias, running_mean, running_variance, training, momentum, eps
):
    """Batch normalization.

    x: (b, f). weight, bias, running_mean, running_variance: (f,).
    Returns y (b, f), the new running mean (f,) and the new running variance (f,).

    Example in training: x [[1.], [3.]], weight [1.], bias [0.], running_mean [0.],
    running_variance [1.], momentum 0.1, eps 0 give
    y [[-1.], [1.]], running mean [0.2], running variance [1.1].
    """
    ### BEGIN BUG
    if training:
        mean, variance = x.mean(dim=0), x.var(dim=0, correction=0)
        unbiased = x.var(dim=0, correction=1)
        running_mean = momentum * running_mean + (1 - momentum) * mean.detach()
        running_variance = (
            momentum * running_variance + (1 - momentum) * unbiased.detach()
        )
    else:
        mean, variance = running_mean, running_variance
    y = weight * (x - mean) / (variance + eps).sqrt() + bias
    return y, running_mean, running_variance
    ### END BUG
    ### BEGIN SOLUTION
    if training:
        mean, variance = x.mean(dim=0), x.var(dim=0, correction=0)
        unbiased = x.var(dim=0, correction=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean.detach()
        running_variance = (
            1 - momentum
        ) * running_variance + momentum * unbiased.detach()
    else:
        mean, variance = running_mean, running_variance
    y = weight * (x - mean) / (variance + eps).sqrt() + bias
    return y, running_mean, running_variance
    ### END SOLUTION


# %% checks="training.batch_norm"
score("training.batch_norm")

# %% [markdown]
# <details><summary>Where this bug was published</summary>
#
# In TensorFlow, `momentum` is the share of the *old* value, usually 0.99. In PyTorch it is the share of the *new*
# one, usually 0.1. Ports between the two copied the number and not its meaning, among them the MaxViT of torchvision
# (issue 8250, reported in 2024), and in the other direction pix2pix-tensorflow (issue 126). The running statistics
# then follow the last batch.
# </details>

# %% [markdown]
# ### Further: Exercise 5. Dropout
#
# In training, **dropout** sets each number to zero with probability `rate`. Every step then trains a different,
# thinner network, so that no unit can rely on a particular other one (Srivastava et al. 2014). The remaining numbers
# are divided by $1 - \mathrm{rate}$, which keeps the mean as it was. In evaluation nothing changes. You get the
# random numbers, uniform between 0 and 1: drop an entry of x if its random number is below `rate`.


# %% name="dropout" exercise="training.dropout"
@exercise("training.dropout")
def drop(x, uniform, rate, training):
    """Inverted dropout.

    x and uniform have one shape. rate: the share that is dropped, from 0 to below 1.
    Returns the result, and the factor by which each entry of x was multiplied.

    Example in training: x [4., 4., 4.], uniform [0.1, 0.3, 0.9], rate 0.25
    give [0., 5.333, 5.333] and the factors [0., 1.333, 1.333].
    """
    ### BEGIN SOLUTION
    factors = (
        (uniform >= rate).to(x.dtype) / (1 - rate) if training else torch.ones_like(x)
    )
    return x * factors, factors
    ### END SOLUTION


# %% checks="training.dropout"
score("training.dropout")

# %% [markdown]
# ### From the pieces to the kit
#
# labkit's `AdamW` applies the step of exercise 3 to all tensors of a model, and `BatchNorm` is the function of
# exercise 4 as a layer. Given the same numbers, your functions and labkit's agree:

# %% fold="Compare the pieces with labkit's layers"
weight = nn.Parameter(torch.randn(64, device=device))
state = (
    weight.detach().clone(),
    torch.zeros(64, device=device),
    torch.zeros(64, device=device),
)
optimizer = AdamW([weight], lr=0.01, weight_decay=0.1)
for step in range(1, 51):
    weight.grad = torch.randn(64, device=device)
    state = adamw(state[0], weight.grad, *state[1:], step, 0.01, (0.9, 0.999), 0.1)
    optimizer.step()
layer = BatchNorm(40).to(device)
with torch.no_grad():
    before = (
        layer.weight,
        layer.bias,
        layer.running_mean.clone(),
        layer.running_variance.clone(),
    )
    normal, *running = batch_norm(x, *before, True, 0.1, 1e-5)
    difference = (normal - layer(x)).abs().max().item()
claim(
    "the functions of the exercises do what labkit's optimizer and layer do",
    (state[0] - weight).abs().max() < 1e-4 and difference < 1e-4,
    {
        "largest difference after 50 steps of AdamW": (state[0] - weight).abs().max(),
        "largest difference of batch norm": difference,
        "of its running mean": (running[0] - layer.running_mean).abs().max(),
    },
)

# %% [markdown]
# ## 6. Train it: closing the gap
#
# Back to the network that memorized its 300 signals. A **regularizer** is any change to training that is meant to
# narrow the gap. Every run below has the same start, the same signals, batches of 50, and 1000 steps of Adam with a
# learning rate of 0.001. One thing changes each time:
#
# | regularizer | what it does | here |
# |---|---|---|
# | L1, L2 penalty | adds to the loss: the sum of the weights' absolute values, or half the sum of their squares | times 0.0003, 0.003 |
# | weight decay | shrinks the weights directly (AdamW) | $\lambda = 1$ |
# | dropout | drops units at random: a thinner network at each step | rate 0.5 |
# | mixup | trains on blends of two signals, with blended labels (Zhang et al. 2018) | share uniform in [0, 1] |
# | early stopping | holds out a fifth, and stops when the loss there no longer falls | after 5 checks without a new lowest loss |
# | augmentation | moves, scales and roughens each signal, anew every time | up to 6 samples |
#
# The first run has no regularizer. Batch norm is the ninth run, because it is often called a regularizer.
# **Predict**: which one raises the test accuracy most? Does one of them lower it?

# %% fold="Train with each regularizer" result=true
from labkit.foundations.augmentation import mixup, scale, shift
from labkit.foundations.augmentation import noise as roughen
from labkit.foundations.dropout import Dropout
from labkit.foundations.early_stopping import EarlyStopping
from labkit.foundations.regularization import l1_l2_penalty, weight_matrices

draw = torch.Generator().manual_seed(seed)


def augment(signals):
    """Move, scale and roughen each signal by amounts of its own; its class stays the same."""
    return roughen(scale(shift(signals, 6, draw), 0.3, draw), 0.2, draw)


def regularized(between=lambda width: nn.ReLU(), rows=300, steps=None, decay=0.0, change=None, penalty=None, stop=None,
                report=None):  # fmt: skip
    """Train the network of part 2 with one thing changed, and return it in evaluation mode."""
    draw.manual_seed(seed)
    model = fresh_net(between)
    weights = weight_matrices(model)

    def loss(batch):
        inputs, labels = batch if change is None else change(*batch)
        return cross_entropy(model(inputs), labels) + (
            0.0 if penalty is None else penalty(weights)
        )

    optimizer = AdamW(model.parameters(), lr=1e-3, weight_decay=decay)
    batches = minibatches(50, x[:rows], y[:rows], seed=seed)
    fit(
        loss,
        batches,
        optimizer,
        steps or lesson.pick(standard=1000, quick=15),
        report=stop(model) if stop else report,
    )
    return model.eval()


def held_out(model):
    """Every ten steps, the loss on the last sixty signals, which are kept out of training."""
    return EarlyStopping(
        model, lambda: mean_loss(model, x[240:], y[240:]), every=10, patience=5
    )


tools = {
    "none": {},
    "L1": {"penalty": lambda weights: l1_l2_penalty(weights, l1=3e-4)},
    "L2": {"penalty": lambda weights: l1_l2_penalty(weights, l2=3e-3)},
    "weight decay": {"decay": 1.0},
    "dropout": {"between": lambda width: nn.Sequential(nn.ReLU(), Dropout(0.5))},
    "mixup": {"change": lambda inputs, labels: mixup(inputs, labels, 10, 1.0, draw)},
    "early stopping": {"rows": 240, "stop": held_out},
    "augmentation": {"change": lambda inputs, labels: (augment(inputs), labels)},
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
    left.plot(
        [of["train"], of["test"]], [place, place], color=color, linewidth=3, alpha=0.5
    )
    left.plot(of["train"], place, "o", color=color)
    left.plot(of["test"], place, "D", color=color)
    right.barh(place, of["right"], color=color, height=0.6)
    right.annotate(
        f"{of['right']:.1%}",
        (of["right"], place),
        (4, 0),
        textcoords="offset points",
        va="center",
        size=9,
    )
left.set_yticks(range(len(found)), list(found))
left.invert_yaxis()
left.set(title="The gap: ● training loss, ◆ test loss", xlabel="cross-entropy in nats")
right.set(title="Test accuracy", xlabel="share of test signals", xlim=(0, 1))
right.grid(visible=False, axis="y")
plt.show()

# %% fold="Claims: the gaps" result=true
gap = {name: of["test"] - of["train"] for name, of in found.items()}
helping = [name for name in gap if name not in ("none", "batch norm")]
claim(
    "all seven regularizers narrow the gap between training and test loss",
    all(gap[name] < 0.9 * gap["none"] for name in helping),
    {
        f"{name}: gap in nats": value
        for name, value in gap.items()
        if name != "batch norm"
    },
    only_in="standard",
)
claim(
    "batch norm does not regularize here: the gap stays about as wide, and the test accuracy falls",
    gap["batch norm"] > 0.85 * gap["none"]
    and found["batch norm"]["right"] < found["none"]["right"],
    {
        "gap with batch norm in nats": gap["batch norm"],
        "gap without": gap["none"],
        "test accuracy with batch norm": found["batch norm"]["right"],
        "test accuracy without": found["none"]["right"],
    },
    only_in="standard",
)

# %% [markdown]
# What the standard run shows:
# - **A narrower gap is not always a better network.** With *mixup* the gap is narrower and the test accuracy is
#   *lower*. A blend of a hill on the left and a hill on the right looks like *two hills*, which is another class.
# - **Early stopping** also lowers the test accuracy. It costs a fifth of the data, and with 300 signals that is
#   expensive.
# - **Penalties, decay and dropout** make the network less confident in its errors: the test loss falls, while the
#   test accuracy changes by two percentage points at most.
# - **Augmentation** wins by far. It adds knowledge that the 300 signals do not contain: a moved signal keeps its
#   class.
# - **Batch norm** made the deep network with skips trainable (part 4). Here the gap stays as wide, and the test
#   accuracy falls.
#
# Regularizers can be combined. The last network has augmentation, a little dropout and a little decay. It trains
# three times as long, because it never sees exactly the same signal twice.

# %% fold="Train the final network" result=true
from labkit.show.live.explorer import LiveCurves

long = lesson.pick(standard=3000, quick=30)
final = regularized(
    between=lambda width: nn.Sequential(nn.ReLU(), Dropout(0.2)),
    steps=long,
    decay=0.1,
    change=lambda inputs, labels: (augment(inputs), labels),
    report=LiveCurves(long, "Augmentation, dropout and decay", log=True),
)
scores["regularized network"] = accuracy(final, test_x, test_y)
bars(
    scores,
    f"Trained on the same 300 signals, tested on {len(test_y):,} others",
    "test accuracy",
)

# %% fold="Claim: the final network" result=true
claim(
    "with augmentation, dropout and decay, the same network classifies at least eight more of every hundred test signals correctly",
    scores["regularized network"] > scores["plain network"] + 0.08
    and scores["plain network"]
    > max(scores["nearest neighbors"], scores["logistic regression"]),
    {f"{name}: test accuracy": value for name, value in scores.items()},
    only_in="standard",
)

# %% [markdown]
# ### Further: L1 makes zeros, L2 makes small weights
#
# Suppose that without a penalty the loss is $\frac{1}{2} (\theta - w)^2$, so its minimum is at $w$. An L2 penalty
# $\frac{\lambda}{2} \theta^2$ moves the minimum to $w / (1 + \lambda)$: smaller, never zero. An L1 penalty $\lambda
# |\theta|$ moves it to the *soft threshold* (Donoho 1995), $\mathrm{sign}(w) \max(|w| - \lambda, 0)$: exactly zero
# for every $|w|$ below $\lambda$. Gradient steps on $|\theta|$ only oscillate around zero. To reach zero, apply the
# threshold itself after each step (`shrink_`). We train the network in three ways and count zeros.

# %% fold="Count zero weights" result=true
from labkit.foundations.regularization import lasso, ridge, shrink_, soft_threshold


def counted(l1=0.0, l2=0.0, threshold=False):
    """Share of weights that are exactly zero after training with SGD, and test accuracy."""
    model = fresh_net()
    weights, optimizer = weight_matrices(model), SGD(model.parameters(), lr=0.1)
    batches = minibatches(50, x, y, seed=seed)
    for _ in range(lesson.pick(standard=1000, quick=15)):
        inputs, labels = next(batches)
        loss = cross_entropy(model(inputs), labels)
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
left.set(
    title="The minimum with a penalty",
    xlabel="minimum without penalty",
    ylabel="minimum with penalty",
)
left.legend()
zeros = {
    "L2": counted(l2=3e-3),
    "L1, gradient": counted(l1=1e-3),
    "L1, threshold": counted(l1=1e-3, threshold=True),
}
for place, (name, (share, right_ones)) in enumerate(zeros.items()):
    right.bar(
        place,
        share,
        color=COLOR["vermilion"] if "L1" in name else COLOR["blue"],
        width=0.6,
    )
    right.annotate(f"{share:.0%} zero\n{right_ones:.0%} right", (place, share), (0, 3), textcoords="offset points",
                   ha="center", size=9)  # fmt: skip
right.set_xticks(range(3), list(zeros))
right.set(
    title="Weights that are exactly zero", ylabel="share of weights", ylim=(0, 0.45)
)
plt.show()

# %% [markdown]
# In a linear model both minima can be computed: **ridge** regression (L2) by one linear system, the **lasso** (L1) by
# thresholded steps. Here the target depends on the first three of twelve features.

# %% fold="Compare ridge and lasso" result=true
generator = torch.Generator().manual_seed(seed)
features = torch.randn(60, 12, generator=generator, dtype=torch.float64)
truth = torch.zeros(12, dtype=torch.float64)
truth[:3] = torch.tensor([2.0, -1.5, 1.0])
target = features @ truth + 0.3 * torch.randn(
    60, generator=generator, dtype=torch.float64
)
fitted = torch.stack(
    [truth, ridge(features, target, 0.2), lasso(features, target, 0.2)]
)
claim(
    "an L1 penalty makes exact zeros where it is applied as a threshold, and the lasso keeps the features that matter; "
    "an L2 penalty makes no zeros",
    zeros["L1, threshold"][0] > lesson.pick(standard=0.1, quick=0.0)
    and zeros["L2"][0] == 0
    and (fitted[2, 3:] == 0).sum() >= 6
    and (fitted[2, :3] != 0).all()
    and (fitted[1] != 0).all(),
    {
        "L1 as a threshold: share of zero weights": zeros["L1, threshold"][0],
        "L2: share of zero weights": zeros["L2"][0],
        "lasso: zeros among the 9 features that do not matter": int(
            (fitted[2, 3:] == 0).sum()
        ),
    },
    only_in="standard",
)
heatmap(fitted + 0.0, ["truth", "ridge (L2)", "lasso (L1)"], [str(i) for i in range(12)], "Twelve weights, three of which matter",
        ("", "feature"), diverging=True)  # fmt: skip

# %% [markdown]
# ## 7. Look inside: optimizers on a landscape
#
# The loss of our network depends on 23,000 weights. We cannot draw that, but we can draw a slice: the loss on the
# plane in which a training run moved most. The white dashed line is that run, projected onto the plane. The orange
# line is the optimizer of your choice, running *on the slice*, in your browser. Four small landscapes show how
# optimizers differ.

# %% fold="Open the landscape explorer" result=true
from torch.nn.utils import parameters_to_vector

from labkit.foundations.landscape import loss_grid, plane_of
from labkit.show.landscape.data import Surface, classics
from labkit.show.landscape.explorer import LandscapeExplorer

walker = fresh_net()
optimizer = SGD(walker.parameters(), lr=0.05, momentum=0.9)
snapshots = [parameters_to_vector(walker.parameters()).detach().clone()]
batches = minibatches(50, x, y, seed=seed)
for number in range(lesson.pick(standard=120, quick=12)):
    inputs, labels = next(batches)
    optimizer.zero_grad()
    cross_entropy(walker(inputs), labels).backward()
    optimizer.step()
    if number % 2:
        snapshots.append(parameters_to_vector(walker.parameters()).detach().clone())
plane = plane_of(torch.stack(snapshots))
way = plane.coordinates(torch.stack(snapshots)).cpu()
low, high = way.amin(dim=0), way.amax(dim=0)
room = 0.3 * (high - low).max()
fine = lesson.pick(standard=33, quick=7)
across, along = (
    torch.linspace((low[i] - room).item(), (high[i] + room).item(), fine)
    for i in (0, 1)
)
heights = loss_grid(walker, lambda: cross_entropy(walker(x), y), plane, across, along)
our_net = Surface(
    heights.cpu(),
    x=(across[0].item(), across[-1].item()),
    y=(along[0].item(), along[-1].item()),
    start=tuple(way[0].tolist()),
    rate=0.05,
    words=f"The loss of our network on the plane of its training run, which holds {plane.share:.0%} of the run's squared distance from its end.",
    zero=tuple(plane.coordinates(torch.zeros_like(plane.origin)).tolist()),
    path=way,
)
landscape = LandscapeExplorer({"our net": our_net, **classics()}, optimizer="momentum")
landscape

# %% [markdown]
# Drag the white square to another start, or move it with the arrow keys. **Find by hand:**
# 1. *Ravine*, SGD. What is the largest learning rate at which the path stays in the picture? The curvature across is
#    4.
#    <details><summary>Answer</summary>About 0.5 = 2 / 4. Just above it, each step crosses the valley and lands higher than it started.</details>
# 2. *Ravine*: SGD at a rate of 0.3, then *momentum* of 0.8 at a rate of 0.1. Which one is lower after 30 steps?
#    <details><summary>Answer</summary>Momentum: about 0.02 against 0.10, at a third of the rate. With a momentum of 0.5 it would be SGD (0.19): at a low rate, momentum must add up enough past gradients.</details>
# 3. *Saddle*. Which optimizer leaves the ridge first, and why?
#    <details><summary>Answer</summary>Adam. Near the ridge the gradient is tiny, but Adam divides it by its own size, so its steps keep their length. SGD needs about three times as many steps.</details>
# 4. *Two hollows*, momentum. From which momentum on does the path end in the deeper hollow on the right? Then move
#    the start a little. Is that skill or luck?
#    <details><summary>Answer</summary>Between 0.95 and 0.98. It is mostly luck: from another start, the same momentum may stay on the left or leave the picture.</details>

# %% fold="Claim: answers 1 to 4"
explorer = LandscapeExplorer(classics(), "ravine", optimizer="SGD", rate=0.3)
plain_height, stable = explorer.path[30, 2], []
for rate in (0.49, 0.51):
    explorer.rate = rate
    stable.append(len(explorer.path) > 100)
explorer.optimizer, explorer.rate, explorer.momentum = "momentum", 0.1, 0.8
rolling = explorer.path[30, 2]
explorer.momentum = 0.5
slow = explorer.path[30, 2]
saddle, hollows = (
    LandscapeExplorer(classics(), name) for name in ("saddle", "two hollows")
)
left_after, ends_at = {}, {}
for name in ("SGD", "momentum", "Adam"):
    saddle.optimizer = name
    left_after[name] = int((saddle.path[:, 2] < -0.25).argmax())
hollows.optimizer = "momentum"
for hollows.momentum in (0.95, 0.98):
    ends_at[hollows.momentum] = hollows.path[-1, 0]
claim(
    "the four answers are right",
    stable == [True, False]
    and rolling < 0.5 * plain_height < slow
    and left_after["Adam"] < left_after["momentum"] < left_after["SGD"]
    and ends_at[0.95] < 0 < ends_at[0.98],
    {
        "ravine, SGD at 0.3: loss after 30 steps": plain_height,
        "ravine, momentum 0.8 at 0.1: loss after 30 steps": rolling,
        "ravine, momentum 0.5 at 0.1: loss after 30 steps": slow,
    }
    | {
        f"saddle, {name}: steps until the loss is below -0.25": value
        for name, value in left_after.items()
    }
    | {
        f"two hollows, momentum {name}: x at the end": value
        for name, value in ends_at.items()
    },
)

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Cost.** How many multiplications does a training step take, compared with a forward pass alone? We count them.

# %% fold="Count multiplications"
from torch.utils.flop_counter import FlopCounterMode

with FlopCounterMode(display=False) as forward_only:
    net(x[:50])
with FlopCounterMode(display=False) as whole_step:
    cross_entropy(net(x[:50]), y[:50]).backward()
times = whole_step.get_total_flops() / forward_only.get_total_flops()
claim(
    "forward and backward together cost at most three forward passes, whatever the number of weights",
    2 < times <= 3,
    {
        "weights": sum(p.numel() for p in net.parameters()),
        "cost in forward passes": times,
    },
)

# %% [markdown]
# That answers the question of part 3: backpropagation costs less than two more forward passes, not 23,000.
#
# **Weakness: an MLP does not know which samples are neighbors.** Shuffle the forty samples of all signals, training
# and test, in the same random order. To your eye, the signals become noise. **Predict**: how much accuracy does the
# network lose if it is trained and tested on such signals? And how much does it lose on signals that are moved, if
# it was trained on centered ones only?

# %% fold="Shuffle samples, and move signals" result=true
order = torch.randperm(40, generator=torch.Generator().manual_seed(seed)).to(device)
torn = {}
for name, (own, others) in {
    "as they are": (x, test_x),
    "samples shuffled": (x[:, order], test_x[:, order]),
}.items():
    model = fresh_net()
    train(
        model,
        AdamW(model.parameters(), lr=1e-3),
        lesson.pick(standard=300, quick=10),
        (own, y),
    )
    torn[name] = accuracy(model, others, test_y)

centered = signals(300, len(test_y), seed=seed, shift=0.0)
model, (centered_x, centered_y) = (
    fresh_net(),
    (part.to(device) for part in centered.test),
)
train(model, AdamW(model.parameters(), lr=1e-3), lesson.pick(standard=300, quick=10),
      tuple(part.to(device) for part in centered.train))  # fmt: skip
moves = list(range(9))
moved = [accuracy(model, centered_x.roll(by, 1), centered_y) for by in moves]
claim(
    "an MLP loses nothing when all samples are shuffled; trained on centered signals, it fails on signals moved by four "
    "samples",
    abs(torn["as they are"] - torn["samples shuffled"]) < 0.05
    and moved[0] > 0.8
    and moved[4] < 0.5 * moved[0],
    {f"{name}: test accuracy": value for name, value in torn.items()}
    | {
        f"trained on centered signals, moved by {by}: test accuracy": moved[by]
        for by in (0, 4)
    },
    only_in="standard",
)
curves({"trained on centered signals": (moves, moved)}, "Centered test signals, moved to the right",
       "moved by, in samples", "test accuracy")  # fmt: skip

# %% [markdown]
# To the MLP each sample is just another input, so a new order changes nothing. But it has learned every shape at one
# position only. With augmentation it must learn every shape again at every position. A convolution learns it once:
# Hour 2.

# %% [markdown]
# ### Further: more data
#
# More data is the best regularizer. The plain network, trained on 100 to 3000 signals:

# %% fold="Train on more and more signals" result=true
amounts = [100, 300, 1000, 3000]
by_amount = {"training": [], "test": []}
for amount in amounts:
    more = tuple(part.to(device) for part in signals(amount, 10, seed=seed).train)
    model = fresh_net()
    train(
        model,
        AdamW(model.parameters(), lr=1e-3, weight_decay=0.0),
        lesson.pick(standard=1000, quick=10),
        more,
    )
    by_amount["training"].append(mean_loss(model, *more))
    by_amount["test"].append(mean_loss(model, test_x, test_y))
figure, axis = plt.subplots(figsize=(7.2, 3.0))
for values, color in zip(
    by_amount.values(), (COLOR["blue"], COLOR["vermilion"]), strict=True
):
    axis.semilogx(amounts, values, marker="o", color=color)
axis.set_xticks(amounts, [f"{amount:,}" for amount in amounts])
axis.minorticks_off()
axis.set(
    title="The gap closes with data",
    xlabel="training signals",
    ylabel="cross-entropy in nats",
)
label_ends(axis, [(values[-1], name, color) for (name, values), color in
                  zip(by_amount.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True)])  # fmt: skip
plt.show()
gaps = [others - own for own, others in zip(*by_amount.values(), strict=True)]
claim(
    "with ten times the data the gap is less than half as wide",
    gaps[3] < 0.5 * gaps[1] < gaps[0],
    {
        f"{amount:,} signals: gap in nats": value
        for amount, value in zip(amounts, gaps, strict=True)
    },
    only_in="standard",
)

# %% [markdown]
# ## 9. In practice
#
# Professionals do not write optimizers. In PyTorch the network is `nn.Sequential`, the loss
# `nn.functional.cross_entropy`, the optimizer `torch.optim.AdamW`. With the same start and the same batches, they do
# what ours do:

# %% fold="The same network in plain PyTorch"
torch.manual_seed(seed)
ours = MLP([40, 64, 10]).to(device)
theirs = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 10)).to(device)
for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
    other.data.copy_(mine.data)
pairs = [
    (ours, cross_entropy, AdamW(ours.parameters(), lr=1e-3, weight_decay=0.1)),
    (
        theirs,
        nn.functional.cross_entropy,
        torch.optim.AdamW(theirs.parameters(), lr=1e-3, weight_decay=0.1),
    ),
]
batches = minibatches(50, x, y, seed=seed)
for _ in range(50):
    inputs, labels = next(batches)
    for model, loss, optimizer in pairs:
        optimizer.zero_grad()
        loss(model(inputs), labels).backward()
        optimizer.step()
difference = max(
    (a - b).abs().max().item()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True)
)
claim(
    "after fifty steps, PyTorch's network, loss and optimizer have arrived at our weights",
    difference < 1e-5,
    {"largest difference of a weight": difference},
)

# %% [markdown]
# MLPs on their own are used for tables and ranking. As parts, they are inside nearly every other architecture of
# this course.

# %% [markdown]
# ### Further: variants
#
# | variant | what it changes | where |
# |---|---|---|
# | RMSProp, Adagrad | a step size for each weight, before Adam | Tieleman and Hinton 2012; Duchi et al. 2011 |
# | Lion, Muon | other rules for turning a gradient into a step | Chen et al. 2023; Jordan et al. 2024 |
# | warm-up and schedules | the learning rate rises, then falls | Hour 7 |
# | layer norm, RMSNorm | each row is normalized by itself: one mode only | Ba et al. 2016; Zhang and Sennrich 2019 |
# | group norm | groups of channels are normalized together | Wu and He 2018 |
# | CutMix, RandAugment | augmentation for photographs | Yun et al. 2019; Cubuk et al. 2020 |

# %% [markdown]
# ### Further: one line of scikit-learn
#
# In scikit-learn, network and training are one line. Try it first when your data are a table.

# %% fold="Train MLPClassifier" result=true
import warnings

from sklearn.neural_network import MLPClassifier

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # in the quick profile it warns that it has not converged
    one_line = MLPClassifier(
        (128, 128), max_iter=lesson.pick(standard=200, quick=5), random_state=seed
    )
    one_line.fit(train_numpy, y.cpu().numpy())
theirs_right = one_line.score(test_numpy, test_y.cpu().numpy())
print(
    f"test accuracy: MLPClassifier {theirs_right:.1%}, our plain network {scores['plain network']:.1%}"
)

# %% [markdown]
# ## 10. Responsibility
#
# **An average hides groups.** Suppose that one class is rare in the training data: three examples of *two valleys*
# instead of thirty. Look at the overall accuracy first, as a report would, and then at that class.

# %% fold="Make one class rare" result=true
rare = task.names.index("two valleys")
spared = torch.cat([(y != rare).nonzero()[:, 0], (y == rare).nonzero()[:3, 0]])
of_class, shares = test_y == rare, {}
for name, rows in {
    "thirty of each": torch.arange(300, device=device),
    "three of one": spared,
}.items():
    model = fresh_net()
    train(
        model,
        AdamW(model.parameters(), lr=1e-3),
        lesson.pick(standard=300, quick=10),
        (x[rows], y[rows]),
    )
    parts = {
        "all classes": torch.ones_like(of_class),
        "two valleys": of_class,
        "the other nine": ~of_class,
    }
    shares[name] = {
        part: accuracy(model, test_x[chosen], test_y[chosen])
        for part, chosen in parts.items()
    }
claim(
    "the network hardly ever recognizes the rare class, and the overall accuracy hardly shows it",
    shares["three of one"]["two valleys"]
    < 0.4 * shares["thirty of each"]["two valleys"]
    and shares["three of one"]["all classes"]
    > shares["thirty of each"]["all classes"] - 0.12,
    {
        f"{name}: test accuracy, {part}": value
        for name, of in shares.items()
        for part, value in of.items()
    },
    only_in="standard",
)

# %% [markdown]
# Replace *two valleys* by the heartbeats of patients whom a hospital rarely sees, and the overall accuracy is what
# gets published. Buolamwini and Gebru (2018) found this in commercial face analysis. Report every group.
#
# - **Confident and wrong.** In part 2 the test loss of the standard run rose and the test accuracy did not fall: the
#   overfitted network was more and more confident in its errors.
# - **The test set wears out.** We compared nine runs on the same test signals. If we chose the best by that table and
#   reported its score, the score would flatter us. Hour 4 shows how to choose fairly.
# - **Memorized data leak.** From the confidence of a network one can often infer who was in its training data
#   (Shokri et al. 2017). A wider gap makes that easier.
#
# ## 11. Check yourself
#
# <details><summary>1. Why must the forward pass keep its activations until the backward pass is done?</summary>
#
# The gradient of a weight is $\delta_l^\top h_{l-1}$, and the ReLU's derivative is known from $h > 0$. Most of the
# memory of training goes into activations.
# </details>
#
# <details><summary>2. Your loss is NaN at step 3. What do you look at first?</summary>
#
# The learning rate; a logarithm of zero or a large exponential in a loss written by hand; the inputs (are they
# finite, and of size about 1?).
# </details>
#
# <details><summary>3. All gradients become ten times as large. What happens to a step of SGD, and to one of Adam?</summary>
#
# SGD's step becomes ten times as long. Adam's stays the same: $\hat m$ and $\sqrt{\hat s}$ grow alike.
# </details>
#
# <details><summary>4. Why does the running variance of batch norm not affect the training loss?</summary>
#
# In training mode, the layer normalizes with the statistics of the batch. It only *writes* the running ones.
# </details>
#
# <details><summary>5. A network with batch norm is 92 % right in your tests, and fails for the first customer. What do you suspect?</summary>
#
# `eval()` was forgotten. In mixed test batches nobody notices, but the customer sends one case, or cases of one
# kind.
# </details>
#
# <details><summary>6. The training loss is 0.01, the test loss 1.5. Name four things to try, the most promising first.</summary>
#
# More data, or augmentation that keeps the class; dropout or decay; a smaller network; early stopping, which costs
# data for validation. Look at the errors before any of them.
# </details>
#
# **Next**: Hour 2 builds into the network what the MLP cannot know: a shape is the same at every position.

# %%
score_so_far()

# %% [markdown]
# ### Further: papers to read
#
# Rumelhart, Hinton and Williams 1986, backpropagation, https://doi.org/10.1038/323533a0. Kingma and Ba 2015, Adam,
# https://arxiv.org/abs/1412.6980. Loshchilov and Hutter 2019, AdamW, https://arxiv.org/abs/1711.05101. He et al.
# 2015, on starting weights, https://arxiv.org/abs/1502.01852, and 2016, on skips, https://arxiv.org/abs/1512.03385.
# Ioffe and Szegedy 2015, batch norm, https://arxiv.org/abs/1502.03167, and Yang et al. 2019, on its gradients in deep
# networks, https://arxiv.org/abs/1902.08129. Srivastava et al. 2014, dropout,
# https://jmlr.org/papers/v15/srivastava14a.html. Zhang et al. 2018, mixup, https://arxiv.org/abs/1710.09412. Li et
# al. 2018, loss landscapes, https://arxiv.org/abs/1712.09913. Zhang et al. 2017, *Understanding deep learning
# requires rethinking generalization*, https://arxiv.org/abs/1611.03530. Greydanus and Kobak 2020, MNIST-1D,
# https://arxiv.org/abs/2011.14439.
