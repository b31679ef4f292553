# %% [markdown] badges=true
# # Hour 3. Recurrent networks
#
# After this hour you can
# - write one step of a recurrent network and of an LSTM, and additive attention with a padding mask;
# - explain, with a measurement, why a simple recurrent network forgets, and what the LSTM changes;
# - train an LSTM to add two numbers that it read thirty steps apart on average;
# - explain which problem attention was invented for, and show it in a curve.
#
# <!-- plan -->
#
# You need matrix products, tanh and sigmoid, the chain rule, and cross-entropy (Hour 1).
#
# **How to work.** Run the cells from top to bottom. You write three functions and mend a fourth. Each is checked when
# you run its cell. If one does not work yet, the notebook says so and uses labkit's version in its place. Sections
# titled *Further* are extra: nothing else in this hour depends on them.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %%
import math
import time

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves
from labkit.show.style import COLOR

lesson = begin(3, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: the answer now depends on something long ago
#
# In a sentence, a melody or a heart rate, the next value depends on earlier ones. Often we do not know how far back.
# The **adding problem** (Hochreiter and Schmidhuber 1997) isolates this difficulty. Each row holds 60 random numbers
# between 0 and 1. Two of them are marked, one in each half of the row. A model reads the row and must predict the sum
# of the two marked numbers. On average the marks are 30 steps apart.

# %% fold="Draw one row of the adding problem"
from labkit.data.sequences import adding_problem

length = 60
train_adding = adding_problem(lesson.pick(standard=20_000, quick=2_000), length, seed)
test_adding = adding_problem(1_000, length, seed + 1)
inputs, sums = test_adding
shown = int(
    (inputs[..., 0] * inputs[..., 1] > 0.4).sum(dim=1).eq(2).nonzero()[0]
)  # a row with two high marks
figure, axes = plt.subplots(figsize=(8.6, 2.6))
marked = inputs[shown, :, 1] == 1
axes.bar(
    range(length),
    inputs[shown, :, 0],
    color=[COLOR["vermilion"] if mark else "#C9C9C9" for mark in marked],
)
both = " + ".join(f"{number:.2f}" for number in inputs[shown, marked, 0])
axes.set(
    title=f"One row; the marked numbers are orange: {both} = {sums[shown]:.2f}",
    xlabel="step",
    ylabel="number",
)
axes.grid(visible=False)
plt.show()

# %% [markdown]
# ### What simpler models do
#
# We compare four baselines:
# - **always 1** predicts the mean of all sums. Its error is the variance of the sum, 1/6 ≈ 0.167.
# - **bag** is a network that is given averages over the row. It knows no positions.
# - **last ten** is a network that is given the last ten steps.
# - **all at once** is a network that is given all 120 inputs, each with weights of its own.
#
# Each network has one hidden layer and is trained on 400 batches of 64 rows. **Predict:** which of them gets clearly
# below 0.167?

# %% fold="Train the three baselines" result=true
from labkit.data.minibatches import minibatches
from labkit.train.fit import fit


def baseline_error(features, hidden=128):
    """The test error of a network with one hidden layer, trained on what `features` makes of a row."""
    torch.manual_seed(seed)
    known, unknown = (
        features(rows).flatten(1) for rows, _ in (train_adding, test_adding)
    )
    model = nn.Sequential(
        nn.Linear(known.shape[1], hidden),
        nn.ReLU(),
        nn.Linear(hidden, 1),
        nn.Flatten(0),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    fit(lambda batch: F.mse_loss(model(batch[0]), batch[1]), minibatches(64, known, train_adding[1], seed=seed),
        optimizer, lesson.pick(standard=400, quick=10))  # fmt: skip
    with torch.no_grad():
        return F.mse_loss(model(unknown), sums).item()


baselines = {
    "always 1": (sums - 1).square().mean().item(),
    "bag": baseline_error(
        lambda rows: torch.cat([rows.mean(1), rows.square().mean(1)], dim=1)
    ),
    "last ten": baseline_error(lambda rows: rows[:, -10:]),
    "all at once": baseline_error(lambda rows: rows),
}
bars(
    baselines,
    "Baselines on the adding problem, 60 steps",
    "mean squared error on test rows",
)

# %% fold="Claim: no baseline solves the adding problem" result=true
claim(
    "no baseline comes near an error of 0",
    min(baselines.values()) > 0.12,
    {f"{name}: mean squared error": error for name, error in baselines.items()},
    only_in="standard",
)

# %% [markdown]
# None does. The last ten steps never contain the first mark, and they contain the second one in a third of the rows.
# So even a perfect model of ten steps has an error of 1/6 − 1/3 · 1/12 ≈ 0.139. The network that is given everything
# must learn for each of the 60 positions separately what a mark means.
#
# We want a model that reads one step after the other, uses **the same weights at every step**, and keeps what it may
# need later in a vector of fixed size. That is a recurrent network. (A sum does not depend on order, so a
# network that adds up one learned number for each step would solve this task too. We use the task because it
# measures memory and nothing else.)

# %% [markdown]
# ### Further: where a window of fixed length is enough
#
# Each row below is a sum of two sine waves. All rows share the two periods and differ in phases and amplitudes.
# **Linear autoregression** predicts the next value as a weighted sum of the last $p$ values. **Predict:** how many
# values does it need for two waves?

# %% fold="Linear autoregression on two sine waves"
from labkit.data.sequences import sine_mixtures

waves = sine_mixtures(count=300, length=60, waves=2, same=True, seed=seed)


def next_value_error(rows, order):
    """Fit least squares to half of the rows, from the last `order` values; the typical error on the other half."""
    past = rows.double().unfold(1, order + 1, 1)
    known, unknown = past[:150].flatten(0, 1), past[150:].flatten(0, 1)
    weights = torch.linalg.lstsq(known[:, :-1], known[:, -1:]).solution
    return (unknown[:, :-1] @ weights - unknown[:, -1:]).square().mean().sqrt().item()


window_errors = {order: next_value_error(waves, order) for order in range(1, 9)}
bars({str(order): error for order, error in window_errors.items()},
     "Linear autoregression on two sine waves", "root mean square error on other rows")  # fmt: skip

# %% fold="Claim: four values are enough"
claim(
    "a linear window of four values predicts two waves, a window of three does not",
    window_errors[4] < 1e-3 and window_errors[3] > 100 * window_errors[4],
    {
        f"window of {order}: root mean square error": window_errors[order]
        for order in (1, 2, 3, 4)
    },
)

# %% [markdown]
# Each wave obeys $x_t = 2\cos(\omega)\, x_{t-1} - x_{t-2}$, so two waves need four values. No network can improve on
# that linear model here. But the window was long enough only because we chose its length.

# %% [markdown]
# ## 3. The architecture: a state that is carried from step to step
#
# ### Elman's network
#
# A **recurrent network** reads a row step by step. It keeps a vector, the **hidden state** $h$. At each step it
# computes the new hidden state from the input $x_t$ and the old hidden state $h_{t-1}$ (Elman 1990):
#
# $$h_t = \tanh(W x_t + U h_{t-1} + b).$$
#
# $W$ and $U$ are matrices and $b$ is the bias; all three are the same at every step. The tanh acts on each number and
# keeps it between −1 and 1. In shapes we write `b` for the rows of a batch, `d` for the numbers of an input and `h`
# for the numbers of a hidden state, the **hidden units**.

# %% fold="Draw Elman's network over three steps"
from matplotlib.patches import FancyBboxPatch


def box(axes, x, y, text, color, wide=0.8, tall=0.55):
    patch = FancyBboxPatch(
        (x - wide / 2, y - tall / 2),
        wide,
        tall,
        boxstyle="round,pad=0.02",
        color=color,
        alpha=0.35,
    )
    axes.add_patch(patch)
    axes.text(x, y, text, ha="center", va="center", fontsize=11)


def arrow(axes, start, end, color="#444444", width=1.3):
    axes.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "lw": width}
    )


figure, axes = plt.subplots(figsize=(7.6, 2.9))
for t in range(3):
    box(axes, 2 * t, 1, "tanh", COLOR["blue"])
    arrow(axes, (2 * t, 0.1), (2 * t, 0.7))
    arrow(axes, (2 * t, 1.3), (2 * t, 1.85))
    axes.text(2 * t, -0.1, f"$x_{t + 1}$", ha="center", va="center", fontsize=12)
    axes.text(2 * t, 2.05, f"$h_{t + 1}$", ha="center", va="center", fontsize=12)
    axes.text(2 * t + 0.12, 0.33, "$W$", color=COLOR["vermilion"], fontsize=12)
    arrow(axes, (2 * t - 1.55, 1), (2 * t - 0.45, 1))
    axes.text(2 * t - 1.05, 1.13, "$U$", color=COLOR["vermilion"], fontsize=12)
axes.text(-1.8, 1, "$h_0$", ha="center", va="center", fontsize=12)
axes.set(xlim=(-2.1, 4.9), ylim=(-0.4, 2.4))
axes.axis("off")
figure.suptitle(
    "Elman's network: three steps, the same W and U at each",
    size=11,
    weight="bold",
    x=0.01,
    ha="left",
)
plt.show()

# %% [markdown]
# **In numbers.** Take one input, one hidden unit, $W = 1$, $U = 0.5$, $b = 0$ and $h_0 = 0$. The network reads 0.6
# and then zeros:
#
# | step | input | $W x_t + U h_{t-1}$ | $h_t$ |
# |---|---|---|---|
# | 1 | 0.6 | 0.6 + 0.5 · 0 = 0.6 | 0.537 |
# | 2 | 0 | 0 + 0.5 · 0.537 = 0.269 | 0.262 |
# | 3 | 0 | 0 + 0.5 · 0.262 = 0.131 | 0.130 |
# | 10 | 0 | 0 + 0.5 · 0.002 = 0.001 | 0.001 |
#
# The state halves at each step. After ten steps almost nothing is left of the 0.6.
#
# ### Exercise 1. One step
#
# Write Elman's equation for a batch. torch stores `input_weight` as `(h, d)`: one row for each hidden unit.


# %% name="step" exercise="rnn.step"
@exercise("rnn.step")
def rnn_step(x, hidden, input_weight, recurrent_weight, bias):
    """Return the next hidden state (b, h).

    x (b, d), hidden (b, h), input_weight (h, d), recurrent_weight (h, h), bias (h,).

    Example with b = 1, d = 2, h = 1: x = [[1.0, 2.0]], hidden = [[0.5]],
    input_weight = [[0.1, 0.2]], recurrent_weight = [[1.0]], bias = [-0.3].
    The sum is 0.1 + 0.4 + 0.5 - 0.3 = 0.7, so the result is [[tanh(0.7)]] = [[0.604]].
    """
    ### BEGIN SOLUTION
    return torch.tanh(x @ input_weight.T + hidden @ recurrent_weight.T + bias)
    ### END SOLUTION


# %% checks="rnn.step"
score("rnn.step")

# %% [markdown]
# This step in a loop is the whole network. The next cell runs the loop beside `torch.nn.RNN` with the same weights:

# %%
peer, x = nn.RNN(3, 5, batch_first=True), torch.randn(2, 8, 3)
hidden = torch.zeros(2, 5)
with torch.no_grad():
    bias = peer.bias_ih_l0 + peer.bias_hh_l0  # torch stores two biases and adds them
    for t in range(8):
        hidden = rnn_step(x[:, t], hidden, peer.weight_ih_l0, peer.weight_hh_l0, bias)
    difference = (hidden - peer(x)[0][:, -1]).abs().max()
print(f"largest difference to torch.nn.RNN after 8 steps: {difference:.1e}")

# %% [markdown]
# ### Long short-term memory
#
# In the example the state shrank because every step multiplied it by $U$. The **LSTM** (Hochreiter and Schmidhuber
# 1997; forget gate: Gers et al. 2000) adds a second vector, the **cell** $c$. Between two steps no matrix and no tanh
# acts on the cell. Three **gates** control it. A gate is a vector of numbers between 0 and 1, one for each unit:
# - the **forget gate** $f$ multiplies the old cell: 1 keeps it, 0 erases it;
# - the **input gate** $i$ multiplies the **candidate** $g$, a new value between −1 and 1, before it is added;
# - the **output gate** $o$ multiplies what the hidden state shows of the cell.

# %% fold="Draw one step of an LSTM"
figure, axes = plt.subplots(figsize=(7.6, 3.2))
axes.plot(
    [-2.1, 4.6], [2, 2], color=COLOR["vermilion"], linewidth=4, solid_capstyle="butt"
)
arrow(axes, (4.5, 2), (5.0, 2), COLOR["vermilion"], 3)
for x_place, sign in ((-0.6, "×"), (1.2, "+")):
    axes.plot(
        x_place,
        2,
        "o",
        markersize=22,
        color="white",
        markeredgecolor=COLOR["vermilion"],
    )
    axes.text(x_place, 1.98, sign, ha="center", va="center", fontsize=15)
axes.plot(1.2, 1.3, "o", markersize=20, color="white", markeredgecolor="#444444")
axes.text(1.2, 1.28, "×", ha="center", va="center", fontsize=14)
blocks = (
    (-0.6, "forget $f$", "yellow"),
    (0.55, "input $i$", "sky"),
    (1.85, "candidate $g$", "gray"),
)
for x_place, text, color in blocks:
    box(axes, x_place, 0.5, text, COLOR[color], 1.05 if x_place < 1 else 1.3)
box(axes, 3.5, 0.5, "output $o$ ×", COLOR["green"], 1.2)
arrow(axes, (-0.6, 0.8), (-0.6, 1.75))
for x_place in (0.6, 1.8):
    arrow(axes, (x_place, 0.8), (1.2 + 0.18 * (1 if x_place > 1 else -1), 1.16))
arrow(axes, (1.2, 1.5), (1.2, 1.76))
arrow(axes, (3.5, 1.95), (3.5, 0.8))
arrow(axes, (4.12, 0.5), (4.9, 0.5))
for x_place, y_place, text in (
    (-2.0, 2.2, "$c_{t-1}$"),
    (4.5, 2.2, "$c_t$"),
    (4.6, 0.65, "$h_t$"),
    (3.6, 1.3, "tanh"),
):
    axes.text(x_place, y_place, text, fontsize=12)
axes.text(
    1.4,
    -0.2,
    "each block is computed from $x_t$ and $h_{t-1}$",
    ha="center",
    fontsize=10,
    color=COLOR["gray"],
)
axes.set(xlim=(-2.2, 5.1), ylim=(-0.35, 2.6))
axes.axis("off")
figure.suptitle(
    "LSTM: one step; the orange line is the cell",
    size=11,
    weight="bold",
    x=0.01,
    ha="left",
)
plt.show()

# %% [markdown]
# $$f, i, o = \sigma(W x_t + U h_{t-1} + b) \text{ (each with its own weights)}, \qquad
# g = \tanh(W_g x_t + U_g h_{t-1} + b_g)$$
#
# $$c_t = f \odot c_{t-1} + i \odot g, \qquad h_t = o \odot \tanh(c_t)$$
#
# Here $\sigma$ is the sigmoid and $\odot$ multiplies unit by unit. **In numbers**, one unit that adds marked numbers:
#
# | step | number | $f$ | $i$ | $g$ | $c_t = f c_{t-1} + i g$ |
# |---|---|---|---|---|---|
# | 1 | 0.6, marked | 1 | 1 | 0.6 | 1 · 0 + 1 · 0.6 = 0.6 |
# | 2 | 0.9 | 1 | 0 | 0.9 | 1 · 0.6 + 0 · 0.9 = 0.6 |
# | 3 | 0.5, marked | 1 | 1 | 0.5 | 1 · 0.6 + 1 · 0.5 = 1.1 |
#
# With $o = 1$ the hidden state is then tanh(1.1) = 0.80. The number of unmarked steps in between makes no difference.
#
# ### Exercise 2. One step of an LSTM
#
# One product gives all four blocks: the weights have $4h$ rows, in torch's order **input, forget, candidate,
# output**.


# %% name="lstm-cell" exercise="rnn.lstm_cell"
@exercise("rnn.lstm_cell")
def lstm_step(x, hidden, cell, input_weight, recurrent_weight, bias):
    """Return the next hidden state (b, h) and the next cell (b, h).

    x (b, d), hidden and cell (b, h), input_weight (4h, d), recurrent_weight (4h, h),
    bias (4h,).

    Example with b = d = h = 1: cell = [[0.5]], all weights 0, bias = [0, 100, 100, 0].
    The gates are i = 0.5, f = 1, o = 0.5 and the candidate is g = 1.
    The new cell is 1 * 0.5 + 0.5 * 1 = 1.0, the new hidden state
    0.5 * tanh(1.0) = 0.381.
    """
    ### BEGIN SOLUTION
    i, f, g, o = (x @ input_weight.T + hidden @ recurrent_weight.T + bias).chunk(
        4, dim=-1
    )
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell
    ### END SOLUTION


# %% checks="rnn.lstm_cell"
score("rnn.lstm_cell")

# %% [markdown]
# labkit's networks run such a step over a batch of sequences. Rows of different length are **padded** to the longest.
# `lengths` gives the true lengths; from there on a row's state does not change.

# %%
from labkit.rnn.lstm import LSTM, set_forget_bias
from labkit.rnn.simple_rnn import SimpleRNN

torch.manual_seed(seed)
rows, lengths = (
    torch.randn(3, 7, 2),
    torch.tensor([7, 2, 5]),
)  # batch, steps, width of the input
for network in (SimpleRNN(2, 4), LSTM(2, 4)):
    outputs, state = network(
        rows, lengths=lengths
    )  # the hidden state of every step, and the final state
    weights = sum(weight.numel() for weight in network.parameters())
    shapes = ", ".join(str(tuple(part.shape)) for part in state)
    print(f"{type(network).__name__}: {weights} weights")
    print(f"  outputs {tuple(outputs.shape)}, final state {shapes}")
print(
    "one unit in the row of length 2:",
    [round(value, 2) for value in outputs[1, :, 0].tolist()],
)

# %% [markdown]
# The LSTM has four times as many weights as Elman's network. Neither number depends on the length of the sequence.

# %% [markdown]
# ### Further: the gated recurrent unit
#
# The **GRU** (Cho et al. 2014) has two gates and no separate cell. The **update gate** $z$ mixes the old state with
# the candidate. The **reset gate** $r$ controls how much of the old state the candidate uses:
#
# $$r = \sigma(W_r x_t + U_r h_{t-1} + b_r), \qquad z = \sigma(W_z x_t + U_z h_{t-1} + b_z)$$
#
# $$g = \tanh\big(W_g x_t + b_g + r \odot (U_g h_{t-1} + b'_g)\big), \qquad h_t = z \odot h_{t-1} + (1 - z) \odot g$$
#
# This is the form of torch and cuDNN, in which the reset gate acts **after** the product with $U_g$. In the published
# form it acts before: $U_g (r \odot h_{t-1})$. The two give different results for the same weights, and only the
# first allows all three recurrent products in one call. An update gate near 1 plays the part of an LSTM's open forget
# gate. A GRU has three quarters of the weights of an LSTM of the same size.

# %% fold="Count the weights of a GRU"
from labkit.rnn.gru import GRU

for network in (SimpleRNN(2, 4), GRU(2, 4), LSTM(2, 4)):
    print(
        f"{type(network).__name__:9s} {sum(weight.numel() for weight in network.parameters())} weights"
    )

# %% [markdown]
# ## 4. Why it works
#
# ### Why a simple recurrent network forgets
#
# To learn that the number at step 3 matters at step 60, the gradient must travel back through 57 steps. At each step
# it is multiplied by the derivative of one state with respect to the state before:
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2)\, U .$$
#
# If these matrices shrink vectors, the product of 57 of them is close to zero: the gradient **vanishes**. If they
# stretch vectors, it may **explode**. What decides is the **spectral radius** of $U$, the largest absolute value of
# its eigenvalues. It says by which factor the powers of $U$ grow in the long run.
#
# **Predict:** with a radius of 0.9, how much of a gradient of size 1 is left after 59 steps: about a half, a
# fiftieth, or less than a five-hundredth?

# %% fold="Measure the gradient for six spectral radii"
from labkit.rnn.gradient_flow import (
    gradient_norms,
    set_spectral_radius,
    spectral_radius,
)

torch.manual_seed(seed)
few_rows = inputs[:32]
elman = SimpleRNN(2, 32).cells[0]
fresh_radius = spectral_radius(elman.recurrent.weight)
by_radius = {}
for radius in (0.5, 0.9, 1.0, 1.2, 1.5, 2.0):
    set_spectral_radius(elman, radius)
    by_radius[radius] = gradient_norms(elman, few_rows).flip(
        0
    )  # now at index d: d steps back from the last
back = range(length)
curves({f"radius {radius:g}": (back, norms) for radius, norms in by_radius.items()},
       "Elman's network: the gradient on its way back", "steps back from the last step", "norm of the gradient",
       log=True)  # fmt: skip

# %% fold="Claim: below a radius of 1 the gradient vanishes"
claim(
    "below a spectral radius of 1 the gradient vanishes exponentially; above 1 it can grow",
    by_radius[0.5][-1] < 1e-12 and by_radius[0.9][-1] < 0.02 and by_radius[2.0][-1] > 1,
    {
        f"radius {radius:g}: norm 59 steps back": norms[-1]
        for radius, norms in by_radius.items()
    }
    | {"radius of the weights that torch draws": fresh_radius},
)

# %% [markdown]
# Less than a five-hundredth. The radius alone gives $0.9^{59} = 0.002$, and the factors $1 - h_t^2$, which are below
# 1, shrink the gradient further. On the logarithmic axis the lower curves are straight lines, because each step
# multiplies by about the same factor. Above 1 the curves grow far more slowly than the powers of the radius: large
# states lie where the tanh is flat, and there $1 - h_t^2$ is small. torch's initial weights have a radius of about
# 0.6, so before training a gradient loses more than 99 % within ten steps.
#
# ### Why the LSTM remembers: it adds
#
# Along the cell the derivative is the forget gate: $\partial c_t / \partial c_{t-1} = f$, apart from the gates' own
# dependence on the state. A gate near 1 lets the gradient through. But is it near 1 before training? With a bias of 0
# it is $\sigma(0) = 0.5$, with a bias of 1 it is 0.73, with a bias of 3 it is 0.95.
#
# **Predict:** with which of these biases is more than a thousandth of the gradient left after 59 steps?

# %% fold="Measure the gradient of untrained LSTMs"
torch.manual_seed(seed)
candidates = {"Elman": SimpleRNN(2, 32), "LSTM, bias near 0": LSTM(2, 32)}
for forget_bias in (1.0, 3.0):
    candidates[f"LSTM, bias {forget_bias:g}"] = LSTM(2, 32)
    set_forget_bias(candidates[f"LSTM, bias {forget_bias:g}"], forget_bias)
by_kind = {
    name: gradient_norms(network.cells[0], few_rows).flip(0)
    for name, network in candidates.items()
}
curves({name: (back, norms) for name, norms in by_kind.items()},
       "Before training: the gradient on its way back", "steps back from the last step", "norm of the gradient",
       log=True)  # fmt: skip

# %% fold="Claim: an open forget gate lets the gradient through"
claim(
    "only the LSTM with open forget gates keeps the gradient alive over 59 steps",
    by_kind["LSTM, bias 3"][-1]
    > 1e-3
    > by_kind["LSTM, bias 1"][-1]
    > 100 * by_kind["LSTM, bias near 0"][-1],
    {f"{name}: norm 59 steps back": norms[-1] for name, norms in by_kind.items()},
)

# %% [markdown]
# Only with a bias of 3: $0.95^{59} = 0.05$. With a bias of 1 the estimate is $0.73^{59} = 10^{-8}$. The measured norm
# is larger, because gates differ between units and the most open ones decide, but it is still below a thousandth.
# torch starts with biases near 0. So we set the forget bias to 1 ourselves (Jozefowicz et al. 2015), and we begin
# training on short rows, on which the gradient arrives. Part 6 shows that this is enough.
#
# Two more techniques belong to the training of recurrent networks:
# - **Gradient clipping** against explosions (Pascanu et al. 2013): if the norm of the gradient is above 1, it is
#   scaled down to 1. It keeps its direction. Clipping does nothing against vanishing.
# - **Truncated backpropagation** for long streams: train on a window of some steps, carry the state into the next
#   window, and stop the gradient at the cut. Then memory does not grow with the stream, but the network can learn
#   only dependencies that are no longer than the window.

# %% [markdown]
# ### Further: clipping, measured
#
# We train an Elman network twice by plain gradient descent, from a spectral radius of 1.6: once as it is, once with
# the norm of the gradient clipped to 1.


# %% fold="Train with and without clipping" result=true
def plain_descent(clip, steps):
    """Losses and gradient norms of an Elman network that starts with a spectral radius of 1.6."""
    torch.manual_seed(seed)
    network, out = nn.RNN(2, 32, batch_first=True), nn.Linear(32, 1)
    network.weight_hh_l0.data.mul_(1.6 / spectral_radius(network.weight_hh_l0))
    weights, losses, norms = [*network.parameters(), *out.parameters()], [], []
    optimizer = torch.optim.SGD(weights, lr=0.1)
    for rows in torch.arange(64 * steps).remainder(len(train_adding[0])).split(64):
        x, y = train_adding[0][rows, :40], train_adding[1][rows]
        loss = F.mse_loss(out(network(x)[0][:, -1])[:, 0], y)
        losses.append(loss.item())
        if not math.isfinite(loss.item()):
            break
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(weights, clip).item())
        optimizer.step()
    return losses, norms


few_steps = lesson.pick(standard=120, quick=10)
runs = {
    "not clipped": plain_descent(math.inf, few_steps),
    "clipped to 1": plain_descent(1.0, few_steps),
}
curves({name: (range(1, len(norms) + 1), norms) for name, (_, norms) in runs.items()},
       "Norm of the gradient, before clipping", "step", "norm of the gradient", log=True)  # fmt: skip

# %% fold="Claim: clipping prevents an explosion" result=true
claim(
    "without clipping one large step raises the loss more than a hundredfold; with clipping training goes on",
    max(runs["not clipped"][0]) > 100 * max(runs["clipped to 1"][0])
    and runs["clipped to 1"][0][-1] < 1,
    {f"{name}: largest loss": max(losses) for name, (losses, _) in runs.items()},
    only_in="standard",
)

# %% [markdown]
# ### Further: truncated backpropagation, measured
#
# The task: repeat the random bit that came `delay` steps ago. **Predict:** which of the four runs learn it? A guess
# is right half of the time.

# %% fold="Train on windows of a stream" result=true
from labkit.data.sequences import echo
from labkit.rnn.truncated import TruncatedLoss, windows


def echo_accuracy(window, delay, carry=True):
    """Train a small GRU on windows of a stream; the share of bits that it repeats correctly on another stream."""
    torch.manual_seed(seed)
    network, out = nn.GRU(2, 24, batch_first=True), nn.Linear(24, 2)

    def predict(x, state):
        hidden, state = network(x, state)
        return out(hidden), state

    losses = TruncatedLoss(
        predict,
        lambda logits, y: F.cross_entropy(logits.flatten(0, 1), y.flatten()),
        carry,
    )
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=1e-2)
    bits, echoes = echo(32, 240, delay, seed=seed)
    pieces = list(windows(F.one_hot(bits, 2).float(), echoes, window))
    fit(losses, pieces, optimizer, lesson.pick(standard=400, quick=6), clip=1.0)
    bits, echoes = echo(32, 240, delay, seed=seed + 100)
    with torch.no_grad():
        predicted = predict(F.one_hot(bits, 2).float(), None)[0].argmax(dim=-1)
    return (predicted == echoes)[:, delay:].float().mean().item()


settings = [(4, 3, True), (4, 3, False), (4, 6, True), (12, 6, True)]
echoed = {
    f"window {window}, delay {delay},\n{'carried' if carry else 'not carried'}": echo_accuracy(
        window, delay, carry
    )
    for window, delay, carry in settings
}
bars(
    echoed,
    "Repeating a bit from some steps ago (a guess: 0.5)",
    "share of bits repeated correctly",
)

# %% fold="Claim: no dependency longer than the window is learned" result=true
near, uncarried, far, longer = echoed.values()
claim(
    "a dependency within the window is learned if the state is carried; a longer one is not",
    min(near, longer) > 0.95 and max(uncarried, far) < 0.7,
    {
        f"{name.replace(chr(10), ' ')}: share correct": right
        for name, right in echoed.items()
    },
    only_in="standard",
)

# %% [markdown]
# With a window of 4 and a delay of 3, only one position in four has its bit inside the window. What the network
# learns there also works at the other positions, if the state is carried. A delay of 6 never gets a gradient from a
# window of 4.

# %% [markdown]
# ### One vector is not enough: why attention came
#
# To translate, one recurrent network reads the source (the **encoder**), and another one writes the target (the
# **decoder**). In the first such models (Sutskever et al. 2014, Cho et al. 2014) the decoder gets only the encoder's
# **last state**: a vector of the same size for four letters as for forty.
#
# **Additive attention** (Bahdanau et al. 2015) lets the decoder look at *all* states of the encoder, anew for each
# token that it writes. The decoder's state is the **query** $q$, the encoder's states are the **keys** $k_1, k_2,
# \dots$ A small network scores how well each key fits the query, a softmax turns the scores $e_j$ into **weights**
# $\alpha_j$, and the result is the weighted mean $m$ of the keys, the **context**:
#
# $$e_j = v^\top \tanh(W_q q + W_k k_j), \qquad \alpha = \mathrm{softmax}(e), \qquad m = \sum_j \alpha_j k_j .$$
#
# **In numbers**, with vectors of one number: $q = 0$, two keys $k_1 = 1$ and $k_2 = -1$, $W_q = W_k = 1$, $v = 2$.
# The scores are $2 \tanh(1) = 1.52$ and $-1.52$. The weights are 0.955 and 0.045, and $m = 0.955 - 0.045 = 0.91$.
#
# ### Exercise 3. Additive attention
#
# Write these equations for a batch and for several queries at once. The mask is `True` where a query may look. A
# padded key must get a weight of exactly 0, and the other weights must sum to 1. A query that may look nowhere reads
# zeros.


# %% name="additive-attention" exercise="rnn.additive_attention"
@exercise("rnn.additive_attention")
def additive_attention(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Return the context of each query (b, t, k), and its weights (b, t, s).

    query (b, t, q), keys (b, s, k), query_weight (a, q), key_weight (a, k),
    score_weight (a,); mask is None, or boolean and broadcastable to (b, t, s).

    Example with b = t = q = k = a = 1 and s = 2: query = [[[0.0]]],
    keys = [[[1.0], [-1.0]]], query_weight = key_weight = [[1.0]], score_weight = [2.0]
    give the context [[[0.909]]] and the weights [[[0.955, 0.045]]].
    With mask = [[[True, False]]] they are [[[1.0]]] and [[[1.0, 0.0]]].
    """
    ### BEGIN SOLUTION
    queries, mapped = query @ query_weight.T, keys @ key_weight.T  # b t a, b s a
    scores = torch.tanh(queries[:, :, None] + mapped[:, None]) @ score_weight  # b t s
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # rows in which everything is masked
    return weights @ keys, weights
    ### END SOLUTION


# %% checks="rnn.additive_attention"
score("rnn.additive_attention")

# %% fold="Print the weights of a batch with padding"
from labkit.rnn.recurrent_attention import additive_attention as labkits_attention

torch.manual_seed(seed)
pieces = [torch.randn(shape) for shape in ((2, 3, 4), (2, 5, 6), (8, 4), (8, 6), (8,))]
seen = torch.tensor([[[True] * 5], [[True] + [False] * 4]])
_, attention_weights = additive_attention(*pieces, seen)
print("weights of two sentences: rows are queries, columns are keys")
for name, weights in zip(
    ("five true keys", "one true key"), attention_weights, strict=True
):
    print(
        name,
        *(" ".join(f"{weight:.3f}" for weight in row) for row in weights),
        sep="\n   ",
    )
difference = attention_weights - labkits_attention(*pieces, seen)[1]
print(f"largest difference from labkit's own: {difference.abs().max():.1g}")

# %% [markdown]
# The second sentence has one true key and four padded ones. Each of its queries must give all weight to key 0.

# %% [markdown]
# ## 5. Build it: two directions, and the whole model
#
# ### Exercise 4. Bug hunt: the summary of a sentence
#
# An encoder is often **bidirectional**: a second network reads the row from its end to its start. At step $t$ the
# `outputs` hold the forward network's state, and behind it the backward network's state at the same step. To classify
# a whole sentence, many published classifiers (with `torch.nn.LSTM` or `GRU`) take this summary of it:
#
# ```python
# outputs, _ = network(x)     # (b, t, 2h)
# summary = outputs[:, -1]    # (b, 2h)
# ```
#
# Here is a classifier with that line. Rows of 4 to 12 random letters are to be classified by their **first** letter,
# one of eight. The training curve looks fine:


# %% fold="Train the published classifier on short rows" result=true
def letter_rows(count, longest, draw):
    """Rows of 4 to `longest` letters, numbered from 1, padded with 0; their lengths; their first letters from 0."""
    row_lengths = torch.randint(4, longest + 1, (count,), generator=draw)
    letters = torch.randint(1, 9, (count, longest), generator=draw)
    letters = letters * (torch.arange(longest) < row_lengths[:, None])
    return letters, row_lengths, letters[:, 0] - 1


def train_classifier(summarize, longest):
    """Train a bidirectional GRU with this summary: the share classified correctly, while training and on new rows."""
    torch.manual_seed(seed)
    table, network, out = (
        nn.Embedding(9, 16),
        nn.GRU(16, 16, batch_first=True, bidirectional=True),
        nn.Linear(32, 8),
    )
    parts, history = nn.ModuleList([table, network, out]), []

    def logits(letters, row_lengths):
        return out(summarize(network(table(letters))[0], row_lengths))

    def loss(batch):
        guess = logits(*batch[:2])
        history.append((guess.argmax(dim=1) == batch[2]).float().mean().item())
        return F.cross_entropy(guess, batch[2])

    draw, steps = (
        torch.Generator().manual_seed(seed),
        lesson.pick(standard=250, quick=10),
    )
    batch_list = [letter_rows(64, longest, draw) for _ in range(steps)]
    fit(
        loss, batch_list, torch.optim.Adam(parts.parameters(), lr=1e-2), steps, clip=1.0
    )
    letters, row_lengths, first_letters = letter_rows(1000, longest, draw)
    with torch.no_grad():
        return history, (
            logits(letters, row_lengths).argmax(dim=1) == first_letters
        ).float().mean().item()


def published(outputs, row_lengths):
    """The line as it was published."""
    return outputs[:, -1]


short_curve, short_accuracy = train_classifier(published, 12)
smoothed = torch.tensor(short_curve).view(-1, 10).mean(dim=1)
curves({"published": (range(10, len(short_curve) + 1, 10), smoothed)},
       "The published line, rows of 4 to 12 letters", "training step", "share correct, mean of 10 batches")  # fmt: skip

# %% [markdown]
# Yet on rows of up to 40 letters the same classifier is far worse. **Find what is wrong with the line, and mend
# it.** Which letters has each of the two networks read when it writes `outputs[:, -1]`? There are two mistakes.


# %% name="last-states" exercise="rnn.last_states"
@exercise("rnn.last_states")
def last_states(outputs, lengths):
    """Return the state in which each direction has read the whole row: (b, 2h).

    outputs (b, t, 2h): at each step the forward half, then the backward half.
    lengths (b,): the true length of each row. The result has the forward half first.

    Example with b = 1, t = 3, h = 1 and one padded step:
    outputs = [[[1, 10], [2, 20], [0, 0]]] and lengths = [2] give [[2, 10]].
    """
    ### BEGIN BUG
    return outputs[:, -1]
    ### END BUG
    ### BEGIN SOLUTION
    forward, backward = outputs.chunk(2, dim=-1)
    rows = torch.arange(len(outputs))
    return torch.cat([forward[rows, lengths - 1], backward[:, 0]], dim=-1)
    ### END SOLUTION


# %% checks="rnn.last_states"
score("rnn.last_states")

# %% fold="Train both on longer rows" result=true
_, published_accuracy = train_classifier(published, 40)
_, mended_accuracy = train_classifier(last_states, 40)
bars({"published, up to 12 letters": short_accuracy, "published, up to 40": published_accuracy,
      "mended, up to 40": mended_accuracy},
     "First letter classified correctly (a guess: 0.125)", "share of new rows")  # fmt: skip

# %% fold="Claim: the mended summary works on long rows" result=true
claim(
    "on rows of up to 40 letters the mended summary works, and the published one is far worse",
    mended_accuracy > 0.95 and published_accuracy < mended_accuracy - 0.2,
    {
        "published: share correct": published_accuracy,
        "mended: share correct": mended_accuracy,
    },
    only_in="standard",
)

# %% [markdown]
# In the published line the forward half has passed through all the padding, and the backward half has read one letter
# only: the last one, or padding. So everything must be carried by the forward network, over up to 39 steps. In the
# mended line the backward network has just read the first letter. (In short rows it starts in the padding. Part 9
# shows how packing avoids that.)
#
# ### From the pieces to the model
#
# The model of part 6 is an encoder-decoder with additive attention. Its recurrent parts are
# **GRUs**, a gated network like the LSTM with two gates and no separate cell (see *Further* in part 3). The diagram
# shows the shapes for $b$ rows, ${\color{#C04F00}{s}}$ source positions, ${\color{#0072B2}{t}}$ target positions and
# a width of ${\color{#00805D}{d}}$.

# %% fold="Draw the model with attention"
from labkit.data.translation import batches, reversal
from labkit.data.vocabulary import END, PADDING, START
from labkit.rnn.attentive import BahdanauSeq2Seq
from labkit.rnn.seq2seq import Seq2Seq
from labkit.show.architecture import Diagram

task = reversal(
    lesson.pick(standard=12_000, quick=1_000),
    lesson.pick(standard=1_000, quick=100),
    4,
    14,
    seed,
)
test_source, test_target = task.test
torch.manual_seed(seed)
one_vector = Seq2Seq(len(task.source), len(task.target), width=64).to(device)
attentive = BahdanauSeq2Seq(len(task.source), len(task.target), width=48).to(device)
example = (test_source[:3, :9].to(device), test_target[:3, :2].to(device))
shapes = {"b": 3, "s": 9, "t": 2, "d": 48, "v": len(task.target)}
Diagram(
    attentive,
    *example,
    depth=1,
    axes=shapes,
    columns=("reader", "score.key"),
    title="Two letters are written",
)

# %% [markdown]
# On the left the encoder, `reader`, leaves one vector for each source position. On the right, for each letter,
# `score` compares the decoder's state with these vectors, and `writer` takes one step. The model without attention,
# `Seq2Seq`, has no `score`: its decoder starts from the encoder's last state. This is the loop over target positions:

# %%
import inspect

print(inspect.getsource(BahdanauSeq2Seq.write))

# %% [markdown]
# - `at.look` is exercise 3: the state is the query, the encoder's states are the keys.
# - `self.writer` is one GRU step. It reads the last letter and the context, side by side.
# - The decoder looks **before** it steps, so the context can change the state.

# %% [markdown]
# ### Further: exercise 5, beam search
#
# A decoder that always takes the likeliest token is **greedy**. It may start a sequence that it cannot end well.
# **Beam search** keeps several sequences, the **beams**. At each step it considers all continuations of all beams and
# keeps the best.
#
# Here the decoder is a table: `chain[t, a, b]` is the log-probability of token `b` after token `a` at step `t`. A
# sequence is over at `end`; from then on it gets `end` again at no cost, and still competes. Longer sequences have
# lower probabilities, so beams are compared by a score that corrects for length (Wu et al. 2016):
#
# $$\mathrm{score} = \frac{\log p}{\big((5 + n) / 6\big)^{\mathrm{penalty}}}$$
#
# where $n$ counts the tokens after the start, `end` included. At first all beams are equal, so all but the first get
# a total of minus infinity. The loop is given. You choose the beams and update what is kept for each.


# %% name="beam-search" exercise="rnn.beam_search"
@exercise("rnn.beam_search")
def beam_search(chain, start, end, beams, penalty=0.0):
    """Return the best sequences that the search finds, and their scores, best first.

    chain (t, v, v): log-probabilities. The sequences (beams, t + 1) begin with `start`
    and are filled with `end` after their end. The scores are (beams,).

    Example with two steps and penalty 0: after `start`, token 2 has probability 0.6 and
    token 3 has 0.4. After token 2 no token is likelier than 0.3, after token 3 `end`
    has 0.9. One beam finds a sequence of probability 0.6 * 0.3 = 0.18; two beams find
    [start, 3, end] with 0.4 * 0.9 = 0.36, so its score is log(0.36).
    """
    written = torch.full((beams, 1), start)
    total = torch.full((beams,), -math.inf)
    total[0] = 0.0
    size, ended = torch.zeros(beams), torch.zeros(beams, dtype=torch.bool)
    only_end = torch.full(chain.shape[-1:], -math.inf)
    only_end[end] = 0.0
    for table in chain:
        log_p = torch.where(
            ended[:, None], only_end, table[written[:, -1]]
        )  # (beams, v)
        ### BEGIN SOLUTION
        totals = total[:, None] + log_p  # beams v
        sizes = (size + ~ended)[:, None].expand_as(totals)
        best = (totals / ((5 + sizes) / 6) ** penalty).flatten().topk(beams).indices
        beam, token = best // log_p.shape[1], best % log_p.shape[1]
        total, size = totals.flatten()[best], sizes.flatten()[best]
        written = torch.cat([written[beam], token[:, None]], dim=1)
        ended = ended[beam] | (token == end)
        ### END SOLUTION
    return written, total / ((5 + size) / 6) ** penalty


# %% checks="rnn.beam_search"
score("rnn.beam_search")

# %% [markdown]
# A table with 5 tokens and 6 steps has a few thousand sequences, so we can try them all. We draw random tables,
# search each with more and more beams, and count how often the likeliest sequence is found.

# %% fold="Compare beam search with trying everything" result=true
from labkit.rnn.markov import all_sequences

draw = torch.Generator().manual_seed(seed)
tables = (
    2 * torch.randn(lesson.pick(standard=60, quick=3), 6, 5, 5, generator=draw)
).log_softmax(dim=-1)
optimum = torch.stack([all_sequences(table, start=0, end=1)[1][0] for table in tables])
found = {
    beams: torch.stack([beam_search(table, 0, 1, beams)[1][0] for table in tables])
    for beams in (1, 2, 3, 5)
}
hit = {
    beams: torch.isclose(scores, optimum, atol=1e-4).float().mean().item()
    for beams, scores in found.items()
}
bars({f"{beams} beam{'s' * (beams > 1)}": share for beams, share in hit.items()},
     "How often the search finds the likeliest sequence", "share of tables")  # fmt: skip

# %% fold="Claim: five beams find it far more often than greedy search" result=true
worse = sum((found[beams] < found[1] - 1e-4).sum().item() for beams in (2, 3, 5))
claim(
    "no search beats the best of all sequences; five beams find it far more often than one",
    all((scores <= optimum + 1e-4).all() for scores in found.values())
    and hit[5] > hit[1] + 0.2,
    {f"found with {beams} beams: share": share for beams, share in hit.items()}
    | {"searches in which more beams did worse than one": worse},
    only_in="standard",
)

# %% [markdown]
# Beam search guarantees nothing: the start of the best sequence can be dropped early. In practice a handful of beams
# comes close to the likeliest sequence of the model. Whether the likeliest sequence is right is another question.

# %% [markdown]
# ## 6. Train it
#
# ### Adding over sixty steps
#
# The LSTM first trains on rows of 10 steps, where the gradient arrives, and then on rows of 60.
# Elman's network gets the same treatment. **Predict:** which share of the sums will each predict within 0.1, over 60
# steps? Always predicting 1 is right in about one row of five.
#
# | choice | value | reason |
# |---|---|---|
# | hidden units | 32 | enough for a few numbers, few enough to look at each |
# | forget bias | 1 | part 4 |
# | easier rows first | 200 steps on length 10, then 700 on length 60 | without them a part of the trials was still at 0.167 after 1000 steps; with them 40 of 40 learned |
# | optimizer, learning rate | Adam, 1e-2 (Elman's network: 3e-3) | in trials Elman's network learned nothing over 60 steps at 1e-3 or 3e-3 |
# | schedule | constant on length 10; linear decay to 0 on length 60 | the decay settles the last errors |
# | clipping, batch | norm 1, 64 rows | part 4 |

# %%
from labkit.show.live.explorer import LiveCurves
from labkit.train.schedules import linear

easy_adding = adding_problem(len(train_adding[0]), 10, seed)
easy_steps, adding_steps = lesson.pick(standard=(200, 700), quick=(4, 6))


def train_to_add(network, rate, title=None):
    """Train on 10 steps, then on 60. Returns the output layer and the losses on 60 steps."""
    out = nn.Linear(32, 1)
    weights = [*network.parameters(), *out.parameters()]

    def loss(batch):
        rows, targets = batch
        outputs, _ = network(rows)
        return F.mse_loss(out(outputs[:, -1])[:, 0], targets)

    optimizer = torch.optim.Adam(weights, lr=rate)
    fit(loss, minibatches(64, *easy_adding, seed=seed), optimizer, easy_steps, clip=1.0)
    report = LiveCurves(adding_steps, title, log=True) if title else None
    batch_source = minibatches(64, *train_adding, seed=seed)
    history = fit(
        loss,
        batch_source,
        optimizer,
        adding_steps,
        linear(0, adding_steps),
        clip=1.0,
        report=report,
    )
    return out, history.losses


# %% result=true
torch.manual_seed(seed)
lstm = nn.LSTM(2, 32, batch_first=True)
set_forget_bias(lstm, 1.0)
lstm_out, lstm_losses = train_to_add(lstm, 1e-2, "LSTM, adding over 60 steps")

torch.manual_seed(seed)
rnn = nn.RNN(2, 32, batch_first=True)
rnn_out, rnn_losses = train_to_add(rnn, 3e-3)  # the same without a live curve


# %% fold="Compare on test rows" result=true
def share_within(network, out, rows, targets, margin=0.1):
    """The share of sums that are predicted within `margin`."""
    with torch.no_grad():
        return (
            ((out(network(rows)[0][:, -1])[:, 0] - targets).abs() < margin)
            .float()
            .mean()
            .item()
        )


within = {
    "always 1": ((sums - 1).abs() < 0.1).float().mean().item(),
    "Elman": share_within(rnn, rnn_out, inputs, sums),
    "LSTM": share_within(lstm, lstm_out, inputs, sums),
}
bars(within, "Adding over 60 steps: sums predicted within 0.1", "share of test rows")

# %% fold="Claim: the LSTM learns to add over 60 steps" result=true
last_losses = {"LSTM": sum(lstm_losses[-50:]) / 50, "Elman": sum(rnn_losses[-50:]) / 50}
claim(
    "over 60 steps the LSTM learns to add, and Elman's network does no better than the mean",
    within["LSTM"] > 0.7 and within["Elman"] < 0.3 and last_losses["Elman"] > 0.14,
    {f"{name}: share within 0.1": share for name, share in within.items()}
    | {
        f"{name}: loss of the last 50 batches": loss
        for name, loss in last_losses.items()
    },
    only_in="standard",
)

# %% [markdown]
# Both networks have 32 units, and Elman's network has room for two numbers. But over 60 steps it gets no gradient
# from the first one. What part 4 measured before training is now a difference in accuracy.

# %% [markdown]
# ### Words backwards
#
# The second task maps sequences to sequences: 4 to 14 random letters are to be written from the last to the first. In
# training the decoder gets the true letters up to each position (**teacher forcing**). In the test it continues from
# its own letters and always takes the likeliest one. Both models have about 50 thousand weights and see the same
# batches. **Predict:** how does the share of words without any error change with the length of the word, with one
# vector and with attention?

# %% fold="The training loop for words" result=true
from labkit.nn.decoding import greedy

word_steps = lesson.pick(standard=400, quick=5)


def train_words(model, title):
    """Teacher forcing; the loss over all tokens that are not padding."""

    def loss(batch):
        source, target = batch
        logits = model(source, target[:, :-1])  # b t v
        return F.cross_entropy(
            logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING
        )

    pairs = list(batches(task.train, 32, torch.Generator().manual_seed(seed), device))
    schedule = linear(lesson.pick(standard=20, quick=2), word_steps)
    report = LiveCurves(word_steps, title, log=True)
    return fit(
        loss,
        pairs,
        torch.optim.Adam(model.parameters(), lr=8e-3),
        word_steps,
        schedule,
        1.0,
        report=report,
    )


def right_by_length(model, pairs):
    """For each length, the share of words that are written without any error."""
    source, target = pairs
    with torch.no_grad():
        written = greedy(
            model.start(source.to(device)),
            len(source),
            target.shape[1] - 1,
            START,
            END,
            device,
        ).cpu()
    written = F.pad(written, (0, target.shape[1] - written.shape[1]), value=END)
    right = ((written == target) | (target == PADDING)).all(dim=1).float()
    letters = (source != PADDING).sum(dim=1) - 2
    return {
        size: right[letters == size].mean().item() for size in letters.unique().tolist()
    }


history = train_words(one_vector, "One vector")
one_vector_right = right_by_length(one_vector, task.test)

# %% fold="Train the model with attention" result=true
history = train_words(attentive, "With attention")
attentive_right = right_by_length(attentive, task.test)

# %% fold="Draw accuracy against length" result=true
curves({"with attention": (list(attentive_right), list(attentive_right.values())),
        "one vector": (list(one_vector_right), list(one_vector_right.values()))},
       "Words written backwards without any error", "letters in the word", "share of test words")  # fmt: skip

# %% fold="Claim: attention keeps accuracy flat in length" result=true
shortest, longest = min(attentive_right), max(attentive_right)
claim(
    "with attention accuracy stays flat in the length of the source; with one vector it falls",
    attentive_right[shortest] > 0.9
    and attentive_right[longest] > attentive_right[shortest] - 0.2
    and one_vector_right[shortest] > 0.3
    and one_vector_right[longest] < 0.1 * one_vector_right[shortest],
    {
        f"attention, {shortest} letters: share without error": attentive_right[
            shortest
        ],
        f"attention, {longest} letters: share without error": attentive_right[longest],
        f"one vector, {shortest} letters: share without error": one_vector_right[
            shortest
        ],
        f"one vector, {longest} letters: share without error": one_vector_right[
            longest
        ],
    },
    only_in="standard",
)

# %% [markdown]
# The curve of the single vector shows the bottleneck: a longer word must fit into the same 64 numbers. Attention
# removes the bottleneck. The encoder's states stay available, and the decoder reads from them for each letter.

# %% [markdown]
# ### Further: greedy and beam search on the trained model

# %% fold="Compare the two searches" result=true
from labkit.nn.decoding import beam_search as search

source = task.test[0][:200].to(device)


def word_scores(beams):
    """The log-probability of the best word that the search finds, for 200 words."""
    with torch.no_grad():
        return search(
            one_vector.start(source), len(source), 15, START, END, beams, 0.0, device
        )[1][:, 0]


greedy_scores, beam_scores = word_scores(1), word_scores(5)
claim(
    "on the weaker model, five beams find likelier words than greedy search on average",
    beam_scores.mean() > greedy_scores.mean() + 0.1,
    {
        "greedy: mean log-probability": greedy_scores.mean(),
        "5 beams: mean log-probability": beam_scores.mean(),
        "5 beams found a likelier word: share": (beam_scores > greedy_scores + 1e-4)
        .float()
        .mean(),
        "5 beams found a less likely word: share": (beam_scores < greedy_scores - 1e-4)
        .float()
        .mean(),
    },
    only_in="standard",
)

# %% [markdown]
# ## 7. Look inside
#
# Which unit of the trained LSTM stores the first number? We stop 1000 test rows at half time, after the first mark
# and before the second. For each unit we correlate its cell (in Elman's network: its hidden state) with the first
# marked number. The figure shows the unit with the highest correlation of each network.

# %% fold="Correlate every unit with the first marked number" result=true
from labkit.rnn.recurrence import copy_weights, unroll
from labkit.show.gates.data import GateTrace, GradientDial
from labkit.show.gates.explorer import GateExplorer

trained = {"LSTM": LSTM(2, 32), "Elman": SimpleRNN(2, 32)}
copy_weights(trained["LSTM"], lstm)
copy_weights(trained["Elman"], rnn)
half = length // 2
first = (inputs[:, :half, 0] * inputs[:, :half, 1]).sum(
    dim=1
)  # the number that was marked in the first half


def correlations(values):
    """The correlation of each unit with the first number, without its sign."""
    values, number = values - values.mean(dim=0), (first - first.mean())[:, None]
    return (
        (values * number).sum(dim=0)
        / (values.norm(dim=0) * number.norm()).clamp(min=1e-9)
    ).abs()


with torch.no_grad():
    held = {name: unroll(network.cells[0], inputs)["cell" if name == "LSTM" else "hidden"][:, half - 1]
            for name, network in trained.items()}  # fmt: skip
known = {name: correlations(values) for name, values in held.items()}
figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.0))
for side, (name, values) in zip(axes, held.items(), strict=True):
    unit = int(known[name].argmax())
    side.scatter(
        first[:150],
        values[:150, unit],
        s=7,
        color=COLOR["blue" if name == "LSTM" else "vermilion"],
    )
    side.set(
        title=f"{name}, unit {unit}",
        xlabel="first marked number",
        ylabel="state at half time",
    )
plt.show()

# %% fold="Claim: one cell of the LSTM stores the first number" result=true
claim(
    "at half time one cell of the LSTM stores the first number, and no unit of Elman's network does",
    known["LSTM"].max() > 0.8 and known["Elman"].max() < 0.4,
    {
        f"{name}: largest correlation of a unit": found.max()
        for name, found in known.items()
    },
    only_in="standard",
)

# %% [markdown]
# Nothing in the loss asks for such a unit: it follows from the additive cell. The explorer shows the same row as part
# 2, step by step: what is read, the gates and states of all units, and the chosen unit in detail. Below are gradients
# against distance, with a dial.

# %% fold="Open the gate explorer" result=true
with torch.no_grad():
    traces = {
        name: GateTrace(unroll(net.cells[0], inputs[shown : shown + 3]))
        for name, net in trained.items()
    }


def fresh_norms(scale):
    """Before training: the recurrent weights times `scale`."""
    norms = {}
    for name, kind in (("LSTM", LSTM), ("Elman", SimpleRNN)):
        torch.manual_seed(seed)
        network = kind(2, 32)
        if kind is LSTM:
            set_forget_bias(network, 1.0)
        with torch.no_grad():
            network.cells[0].recurrent.weight.mul_(scale)
        norms[name] = gradient_norms(network.cells[0], few_rows).flip(0)
    return norms


def trained_norms(steps):
    """Through the trained networks, over the first `steps` of the rows; nothing beyond."""
    norms = {
        name: gradient_norms(net.cells[0], few_rows[:, :steps]).flip(0)
        for name, net in trained.items()
    }
    return {
        name: F.pad(found, (0, length - steps), value=math.nan)
        for name, found in norms.items()
    }


def dial(values, norms):
    by_setting = [norms(value) for value in values]
    return GradientDial(
        values,
        {
            name: torch.stack([found[name] for found in by_setting])
            for name in by_setting[0]
        },
    )


dials = {
    "recurrent scale": dial(
        lesson.pick(standard=[0.5, 1.0, 1.5, 2.0, 3.0], quick=[0.5, 1.0, 3.0]),
        fresh_norms,
    ),
    "trained, sequence length": dial(
        lesson.pick(standard=[10, 20, 30, 40, 50, 60], quick=[10, 60]), trained_norms
    ),
}
explorer = GateExplorer(
    traces,
    read=inputs[shown : shown + 3],
    features=["number", "marked"],
    dials=dials,
    beside="Elman",
)
explorer.step = int(marked.nonzero()[0])
explorer.unit = int(known["LSTM"].argmax())
explorer.setting = 1
explorer

# %% [markdown]
# Point at a step or a unit; a click holds it; the arrow keys move. **Find by hand:**
# 1. The chosen unit is the one of the left figure above. What does its cell do at the two marks, and what between
#    them?
# 2. Look at Elman's network beside it. Does any unit change at the first mark and stay changed?
# 3. Turn the dial "recurrent scale" to 3. How do the two gradients at the far end change?
#
# <details><summary>Answer to 1</summary>
#
# In the standard run the cell changes at the first mark by an amount that depends on the number there, changes little
# until the second mark, and changes again there. Between the marks its forget gate is close to 1.
# </details>
#
# <details><summary>Answer to 2</summary>
#
# No. Its units follow the number that is being read, or stay near the same value all the time.
# </details>
#
# <details><summary>Answer to 3</summary>
#
# Both become larger, and differently. At a scale of 1 both are far below a thousandth. At 3 the LSTM's gradient is
# still below 1, but Elman's has grown to more than 10: it explodes.
# </details>

# %% [markdown]
# The second explorer shows the weights of attention while a word is written backwards. Rows are letters that are
# written, columns are letters that were read.

# %% fold="Open the alignment explorer" result=true
from labkit.show.attention.explorer import AttentionExplorer, AttentionPanel


def alignment(word):
    """The weights of attention while the model is made to write one word backwards."""
    source, target = (
        task.source.encode([list(word)]),
        task.target.encode([list(word[::-1])]),
    )
    with torch.no_grad():
        weights = attentive.align(source.to(device), target[:, :-1].to(device))[1]
    read = [task.source.tokens[number] for number in source[0]]
    wrote = [task.target.tokens[number] for number in target[0, 1:]]
    return AttentionPanel(weights[None], wrote, read)


AttentionExplorer(
    {word: alignment(word) for word in ("recurrent", "backwards", "xyzxyzxyz")}, token=3
)

# %% [markdown]
# **Find by hand:**
# 4. Choose the word "recurrent". Along which line do the bright cells lie?
# 5. Choose "xyzxyzxyz". How can the decoder tell the three `x` apart?
#
# <details><summary>Answer to 4</summary>
#
# In the standard run, along the diagonal from the top right to the bottom left: letter $i$ that is written looks at
# letter $n - i$ that was read, or at a neighbor. The loss asks only for the right letters.
# </details>
#
# <details><summary>Answer to 5</summary>
#
# The keys are states of a bidirectional encoder, which depend on everything before and after them. So the keys of
# equal letters at different positions differ.
# </details>

# %% fold="Claim: the alignment runs backwards" result=true
panel = alignment("recurrent")
positions = panel.weights[0, 0, :9].argmax(axis=-1)
claim(
    "written letter i looks at read letter n - i, or at its neighbor",
    (abs(positions - range(9, 0, -1)) <= 1).mean() > 0.7,
    {"position that each written letter looks at": positions.tolist()},
    only_in="standard",
)

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: a state of fixed size.** Reading one more step costs the same time and memory after ten steps and after
# ten thousand. (A Transformer must keep everything it has read, Hour 7.)
#
# **Cost: one step after the other.** Step $t$ needs the result of step $t-1$. We time torch's LSTM on the same 4096
# inputs, arranged in fewer and longer rows. **Predict:** is one row of 4096 steps slower than 256 rows of 16?

# %% fold="Time the same work in shorter and longer rows" result=true
layer = nn.LSTM(32, 64, batch_first=True)


def milliseconds(x):
    times = []
    for _ in range(lesson.pick(standard=5, quick=2)):
        start = time.process_time()
        with torch.no_grad():
            layer(x)
        times.append(1000 * (time.process_time() - start))
    return min(times)


took = {
    f"{count} × {steps}": milliseconds(torch.randn(count, steps, 32))
    for count, steps in [(256, 16), (64, 64), (8, 512), (1, 4096)]
}
bars(took, "An LSTM on 4096 inputs, as rows × steps", "milliseconds of processor time")

# %% fold="Claim: one long row takes longer" result=true
fastest, *_, slowest = took.values()
claim(
    "the same work takes longer in one long row, because its steps cannot be computed together",
    slowest > 1.4 * fastest,
    {f"{name}: milliseconds": round(spent, 1) for name, spent in took.items()},
    only_in="standard",
)

# %% [markdown]
# Yes. On a GPU with thousands of cores the difference is much larger. This cost, more than accuracy, is why
# Transformers replaced recurrent networks: in training they compute all steps at once.
#
# **Weakness: lengths beyond those of training.** The model with attention was trained on up to 14 letters. The rule
# for longer words is the same:

# %% fold="Words longer than any in training" result=true
beyond = reversal(10, lesson.pick(standard=400, quick=40), 15, 30, seed + 7)
longer_source = task.source.encode([source for source, _ in beyond.test_pairs])
longer_target = task.target.encode([target for _, target in beyond.test_pairs])
outside = right_by_length(attentive, (longer_source, longer_target))
by_third = {
    f"{low} to {high}": sum(outside.get(n, 0.0) for n in range(low, high + 1))
    / (high - low + 1)
    for low, high in ((15, 19), (20, 24), (25, 30))
}
in_training = sum(attentive_right.values()) / len(attentive_right)
bars({"4 to 14 (training)": in_training} | by_third,
     "Words longer than any in training", "share written without any error")  # fmt: skip

# %% fold="Claim: it fails beyond the lengths of training" result=true
claim(
    "beyond the lengths of training the model fails, although the rule is the same",
    by_third["25 to 30"] < 0.5 * in_training,
    {f"{name} letters: share without error": share for name, share in by_third.items()},
    only_in="standard",
)

# %% [markdown]
# ## 9. In practice
#
# In PyTorch you use `torch.nn.LSTM` or `torch.nn.GRU`. For rows of different length, `pack_padded_sequence` tells
# them where each row ends, so that the backward direction starts at the row's true last step. With the same weights
# they give labkit's results:

# %%
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

ours = LSTM(2, 4, depth=2, bidirectional=True)
theirs = nn.LSTM(2, 4, num_layers=2, bidirectional=True, batch_first=True)
copy_weights(ours, theirs)
rows, lengths = torch.randn(3, 7, 2), torch.tensor([7, 2, 5])
with torch.no_grad():
    packed = pack_padded_sequence(rows, lengths, batch_first=True, enforce_sorted=False)
    outputs, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True)
    largest_difference = (ours(rows, lengths=lengths)[0] - outputs).abs().max()

# %% fold="Claim: torch.nn.LSTM gives the same result"
claim(
    "torch.nn.LSTM with the same weights gives labkit's result on packed rows",
    largest_difference < 1e-6,
    {"largest difference of an output": largest_difference},
)

# %% [markdown]
# Recurrent networks are used in keyboards, speech recognition on devices, sensors and time series, where each new
# step must be cheap. Recent models return to recurrence in a form without the cost above: if the recurrence is
# **linear**, $h_t = a_t \odot h_{t-1} + b_t$ with $a_t$ and $b_t$ that do not depend on $h$, the steps can be
# combined in any grouping. Then training computes them in parallel, and generation keeps a state of fixed size.

# %% [markdown]
# ### Further: variants and what they changed
#
# | variant | what it changed | reference |
# |---|---|---|
# | peepholes | the gates also see the cell | Gers and Schmidhuber 2000 |
# | coupled gates | one gate for both: $i = 1 - f$; fewer weights, about as good | Greff et al. 2017 |
# | minimal gated unit | a GRU with one gate for reset and update | Zhou et al. 2016 |
# | dot-product and general attention | $q^\top k$ or $q^\top W k$ as the score; the decoder looks after its step | Luong et al. 2015 |
# | QRNN, SRU | gates without the recurrent matrix, so that the large products leave the loop (in the SRU each unit sees its own cell) | Bradbury et al. 2017, Lei et al. 2018 |
# | S4, LRU | linear recurrences: all steps at once, by convolution or scan | Gu et al. 2022, Orvieto et al. 2023 |
# | Mamba | a linear recurrence whose coefficients depend on the input, as gates do | Gu and Dao 2023 |

# %% [markdown]
# ## 10. Responsibility
#
# **A model can repeat what it was trained on.** We measure this as Carlini et al. (2019) did. The training data are
# 2000 random four-digit numbers. One number, the **secret**, is among them several times. A small LSTM learns to
# predict the next digit. Then we rank all ten thousand numbers by the probability that the model gives them.
# **Predict:** how often must the secret occur before it is among the first five?


# %% fold="Rank a secret among all numbers" result=true
def rank_of_secret(times, secret=(4, 0, 7, 1)):
    """One plus the number of four-digit numbers that the model holds to be likelier than the secret."""
    torch.manual_seed(seed)
    digits = torch.randint(10, (2000, 4))
    digits[:times] = torch.tensor(secret)
    digits = digits[torch.randperm(2000)]
    table, network, out = (
        nn.Embedding(11, 24),
        nn.LSTM(24, 48, batch_first=True),
        nn.Linear(48, 10),
    )
    parts = nn.ModuleList([table, network, out])

    def logits(rows):
        return out(network(table(F.pad(rows[:, :-1], (1, 0), value=10)))[0])

    fit(lambda rows: F.cross_entropy(logits(rows).flatten(0, 1), rows.flatten()), digits.split(64),
        torch.optim.Adam(parts.parameters(), lr=1e-2), lesson.pick(standard=150, quick=10), clip=1.0)  # fmt: skip
    everything = torch.cartesian_prod(*[torch.arange(10)] * 4)
    with torch.no_grad():
        log_p = (
            logits(everything)
            .log_softmax(dim=-1)
            .gather(2, everything[:, :, None])
            .sum(dim=(1, 2))
        )
    return 1 + (log_p > log_p[int("".join(map(str, secret)))]).sum().item()


ranks = {times: rank_of_secret(times) for times in (0, 1, 10, 30)}
claim(
    "a number seen thirty times in two thousand is among the first five guesses of ten thousand",
    ranks[30] <= 5 and ranks[0] > 100,
    {f"seen {times} times: rank of the secret": rank for times, rank in ranks.items()},
    only_in="standard",
)

# %% [markdown]
# In the standard run ten to thirty times are enough. Recurrent networks have been trained on what people type on
# their phones (Hard et al. 2018). Federated learning and differential privacy (Hour 26) were developed to limit what
# such models reveal. Two more risks:
# - **Stereotypes.** Translation systems of this kind wrote "he" for the doctor and "she" for the nurse, from
#   languages that do not mark gender (Prates et al. 2019). The decoder must choose a token and chooses the most
#   frequent one.
# - **Fluent errors.** A model that has lost the start of a long document still ends it fluently. Test accuracy
#   against length on your own data, as in part 6.
#
# ## 11. Check yourself
#
# <details><summary>1. A recurrent matrix has a spectral radius of 0.9. About how much of a gradient is left after 100
# steps?</summary>
#
# At most about $0.9^{100} \approx 3 \cdot 10^{-5}$, and less where the tanh is flat.
# </details>
#
# <details><summary>2. Why does an LSTM with a forget bias of 0 have trouble with long dependencies at first?</summary>
#
# Its forget gates are about one half, so the cell, and its gradient, halve at every step.
# </details>
#
# <details><summary>3. You train on windows of 20 steps and carry the state. Can the model learn a dependency over 50
# steps?</summary>
#
# In general no: no gradient crosses a cut. The state may carry older information, but nothing teaches the model to
# use it.
# </details>
#
# <details><summary>4. In a bidirectional network, at which step has the backward direction read the whole row?</summary>
#
# At step 0. At the row's last step it has read one token.
# </details>
#
# <details><summary>5. Why would additive attention without the tanh look at the same position for every query?</summary>
#
# The score would be a term of the query plus a term of the key. The query's term is the same for all keys, and the
# softmax ignores a constant.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Elman 1990, *Finding structure in time*, https://doi.org/10.1207/s15516709cog1402_1. Hochreiter and
# Schmidhuber 1997, *Long short-term memory*, https://doi.org/10.1162/neco.1997.9.8.1735. Pascanu et al. 2013, on
# vanishing, exploding and clipping, https://arxiv.org/abs/1211.5063. Cho et al. 2014, the GRU,
# https://arxiv.org/abs/1406.1078. Sutskever et al. 2014, sequence to sequence, https://arxiv.org/abs/1409.3215.
# Bahdanau et al. 2015, additive attention, https://arxiv.org/abs/1409.0473. Luong et al. 2015,
# https://arxiv.org/abs/1508.04025. Carlini et al. 2019, *The secret sharer*, https://arxiv.org/abs/1802.08232. Gu and
# Dao 2023, Mamba, https://arxiv.org/abs/2312.00752.
#
# **Next**: attention removed the bottleneck between encoder and decoder. Does the encoder need recurrence at all?
# Hour 7 removes the recurrence and keeps the attention.
