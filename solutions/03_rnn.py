# %% [markdown] badges=true
# # Hour 3. Recurrent networks
#
# After this hour you can
# - write a recurrent network, an LSTM and a search over what it may say, each in a few lines;
# - say **why** a simple recurrent network forgets, measure it, and show what the LSTM changes;
# - train a network that adds two numbers which it read fifty steps apart, and one that writes words backwards;
# - say what attention was invented for, with the curve that shows it.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 5 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 10 |
# | 5 | Build it: four exercises | 22 |
# | 6 | Train it | 4 |
# | 7 | Look inside | 4 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 2 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need matrix products, tanh and sigmoid, gradients by the chain rule, and cross-entropy (Hour 1).
#
# **How to work.** Run the cells from top to bottom. In part 5 you write four functions; each is checked the moment
# you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

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
from labkit.show.plots import bars, curves, heatmap
from labkit.show.style import COLOR

lesson = begin(3, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: to answer now, one must remember then
#
# A sentence, a melody, a heart rate: the next value depends on earlier ones. How far back? If we know, we can hand
# the last few values to any model. Begin with a case where that works. Each row below is a sum of two sine waves; all
# rows share the two periods, and differ in where the waves start and how high they are.

# %%
from labkit.data.sequences import adding_problem, sine_mixtures

waves = sine_mixtures(count=300, length=60, waves=2, same=True, seed=seed)
figure, axes = plt.subplots(figsize=(8.6, 2.6))
for row, color in zip(waves[:2], ("blue", "vermilion"), strict=True):
    axes.plot(row, color=COLOR[color], linewidth=1.5)
axes.set(title="Two mixtures of the same two waves", xlabel="step", ylabel="value")
plt.show()

# %% [markdown]
# **Linear autoregression** predicts the next value as a weighted sum of the last $p$. Before you run the cell, guess:
# how many values back must it look to know the future of two waves?


# %%
def next_value_error(rows, order):
    """Least squares on half of the rows, from the last `order` values; the typical error on the other half."""
    past = rows.double().unfold(1, order + 1, 1)
    known, unknown = past[:150].flatten(0, 1), past[150:].flatten(0, 1)
    weights = torch.linalg.lstsq(known[:, :-1], known[:, -1:]).solution
    return (unknown[:, :-1] @ weights - unknown[:, -1:]).square().mean().sqrt().item()


orders = list(range(1, 9))
errors = {order: next_value_error(waves, order) for order in orders}
bars({str(order): error for order, error in errors.items()},
     "Linear autoregression on two sine waves", "error (root mean square)")  # fmt: skip

# %%
claim(
    "two waves are known from four values: a linear window of 4 predicts them, one of 3 does not",
    errors[4] < 1e-3 < 0.05 < errors[3],
    {f"error with {order}": errors[order] for order in (1, 2, 3, 4)},
)

# %% [markdown]
# Each wave obeys $x_t = 2\cos(\omega)\, x_{t-1} - x_{t-2}$, so two of them need four values. (In this world nothing
# beats that linear model, and no network should be asked to.) The window was long enough because **we chose it**.
#
# Now a case where no window can be chosen. The *adding problem* (Hochreiter and Schmidhuber 1997): a long row of random
# numbers, two of them marked, one in each half. At the end, say the sum of these two.

# %%
length = 60
train_adding = adding_problem(lesson.pick(standard=20_000, quick=2_000), length, seed)
test_adding = adding_problem(1_000, length, seed + 1)
inputs, sums = test_adding
shown = int((inputs[..., 0] * inputs[..., 1] > 0.4).sum(dim=1).eq(2).nonzero()[0])  # a row with two high marks
figure, axes = plt.subplots(figsize=(8.6, 2.4))
marked = inputs[shown, :, 1] == 1
axes.bar(range(length), inputs[shown, :, 0], color=[COLOR["vermilion"] if mark else "#C9C9C9" for mark in marked])
both = " + ".join(f"{number:.2f}" for number in inputs[shown, marked, 0])
axes.set(title=f"Marked: {both} = {sums[shown]:.2f}", xlabel="step", ylabel="number")
axes.grid(visible=False)
plt.show()

# %% [markdown]
# ### What simpler models do
#
# Four models, each with another memory: none (always say 1, the mean); a **bag** (it knows how much there was of
# everything, and not where); a **window** of the last ten steps; and a network that is given **all** 120 inputs at
# once, each with weights of its own. The last three are trained.


# %%
def trained_error(features, hidden=128):
    """Mean squared error on the test rows of a network with one hidden layer, on what `features` makes of a row."""
    torch.manual_seed(seed)
    known, unknown = (features(rows).flatten(1) for rows, _ in (train_adding, test_adding))
    model = nn.Sequential(nn.Linear(known.shape[1], hidden), nn.ReLU(), nn.Linear(hidden, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for rows in torch.randint(len(known), (lesson.pick(standard=400, quick=10), 64)):
        loss = F.mse_loss(model(known[rows])[:, 0], train_adding[1][rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return F.mse_loss(model(unknown)[:, 0], sums).item()


simple = {
    "no memory": (sums - 1).square().mean().item(),
    "bag": trained_error(lambda rows: torch.cat([rows.mean(1), rows.square().mean(1)], dim=1)),
    "last ten": trained_error(lambda rows: rows[:, -10:]),
    "all at once": trained_error(lambda rows: rows),
}
bars(simple, "The adding problem, 60 steps", "mean squared error")

# %% [markdown]
# None of them gets much below 1/6, the variance of the sum: they say 1 whatever they read. The window sees both marks
# too rarely. The network that is given everything has seen 25 thousand rows, and would have to learn at each of the 60
# places anew what a mark means.
#
# What we want reads one step after the other, **with the same weights at every step**, and keeps in a state of fixed
# size what it may need. That is a recurrent network.

# %% [markdown]
# ## 3. The architecture: a state that is carried along

# %%
from matplotlib.patches import FancyBboxPatch


def box(axes, x, y, text, color, wide=0.8, tall=0.55):
    patch = FancyBboxPatch((x - wide / 2, y - tall / 2), wide, tall, boxstyle="round,pad=0.02", color=color, alpha=0.35)
    axes.add_patch(patch)
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def arrow(axes, start, end, color="#444444", width=1.3):
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "lw": width})


figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.4))
for t in range(3):
    box(left, 2 * t, 1, "tanh", COLOR["blue"])
    arrow(left, (2 * t, 0.1), (2 * t, 0.7))
    arrow(left, (2 * t, 1.3), (2 * t, 1.95))
    left.text(2 * t, -0.1, f"$x_{t + 1}$", ha="center", va="center")
    left.text(2 * t, 2.15, f"$h_{t + 1}$", ha="center", va="center")
    left.text(2 * t + 0.12, 0.33, "$W$", color=COLOR["vermilion"])
    arrow(left, (2 * t - 1.55, 1), (2 * t - 0.45, 1))
    left.text(2 * t - 1.05, 1.13, "$U$", color=COLOR["vermilion"])
left.text(-1.8, 1, "$h_0$", ha="center", va="center")
left.set(xlim=(-2.1, 4.9), ylim=(-0.4, 2.5), title="Elman: the state is rewritten, three steps")

right.plot([-2.1, 4.6], [2, 2], color=COLOR["vermilion"], linewidth=4, solid_capstyle="butt")
arrow(right, (4.5, 2), (5.0, 2), COLOR["vermilion"], 3)
for x, sign in ((-0.6, "×"), (1.2, "+")):
    right.plot(x, 2, "o", markersize=19, color="white", markeredgecolor=COLOR["vermilion"])
    right.text(x, 1.98, sign, ha="center", va="center", fontsize=13)
for x, text, color in ((-0.6, "forget $f$", "yellow"), (0.6, "input $i$", "sky"), (1.8, "what $g$", "gray")):
    box(right, x, 0.5, text, COLOR[color], 1.05)
box(right, 3.4, 0.5, "output $o$", COLOR["green"], 1.1)
arrow(right, (-0.6, 0.8), (-0.6, 1.72))
for x in (0.6, 1.8):
    arrow(right, (x, 0.8), (1.2, 1.72))
arrow(right, (3.4, 1.95), (3.4, 0.8))
arrow(right, (3.95, 0.5), (4.9, 0.5))
right.text(-2.0, 2.2, "$c_{t-1}$")
right.text(4.5, 2.2, "$c_t$")
right.text(4.65, 0.62, "$h_t$")
right.text(3.5, 1.4, "tanh")
right.text(0.9, -0.25, "each gate looks at $x_t$ and $h_{t-1}$", ha="center", fontsize=9, color=COLOR["gray"])
right.set(xlim=(-2.2, 5.1), ylim=(-0.4, 2.6), title="LSTM: the cell is a line that gates act on, one step")
for axes in (left, right):
    axes.axis("off")
plt.show()

# %% [markdown]
# **Left: Elman's network** (1990). At each step the new state is made from the input and the old state, by one layer
# whose weights are the same at all steps:
#
# $$h_t = \tanh(W x_t + U h_{t-1} + b).$$
#
# **Right: long short-term memory** (Hochreiter and Schmidhuber 1997, here with the forget gate of Gers et al. 2000).
# Beside the state $h$ there is a *cell* $c$, drawn as the thick line. Nothing squashes the cell on its way: it is
# multiplied by a number between 0 and 1, the *forget gate*, and something is added, as far as the *input gate* lets it.
# The *output gate* says how much of the cell is shown.
#
# $$f, i, o = \sigma(W x_t + U h_{t-1} + b) \text{ (each with weights of its own)}, \qquad
# g = \tanh(W_g x_t + U_g h_{t-1} + b_g)$$
#
# $$c_t = f \odot c_{t-1} + i \odot g, \qquad h_t = o \odot \tanh(c_t).$$
#
# **The GRU** (Cho et al. 2014) has the same idea with two gates and without a second state. Its *update gate* $z$
# chooses between old and new, its *reset gate* $r$ says how much of the old state the new one may see:
#
# $$h_t = z \odot h_{t-1} + (1 - z) \odot g, \qquad g = \tanh(W_g x_t + b_g + r \odot (U_g h_{t-1} + b'_g)).$$
#
# All three run over a batch of sequences in the same way. Rows of different length are padded; `lengths` says where
# each truly ends, and there its state stands still.

# %%
from labkit.rnn.gru import GRU
from labkit.rnn.lstm import LSTM, set_forget_bias
from labkit.rnn.simple_rnn import SimpleRNN

torch.manual_seed(seed)
rows = torch.randn(3, 7, 2)  # batch, steps, width of the input
lengths = torch.tensor([7, 2, 5])
for network in (SimpleRNN(2, 4), LSTM(2, 4), GRU(2, 4)):
    outputs, state = network(rows, lengths=lengths)
    weights = sum(weight.numel() for weight in network.parameters())
    shapes = ", ".join(str(tuple(part.shape)) for part in state)
    print(f"{type(network).__name__:10s} outputs {tuple(outputs.shape)}   final state {shapes}   {weights} weights")
print("\nOutputs of the row of length 2: zeros behind its end")
print(" ".join(f"{value:.2f}" for value in outputs[1, :, 0].tolist()))
both_ways = LSTM(2, 4, depth=2, bidirectional=True)
print(
    f"\ntwo layers, both directions: outputs {tuple(both_ways(rows)[0].shape)}, states {tuple(both_ways(rows)[1][0].shape)}"
)

# %% [markdown]
# Count the weights before you go on: the LSTM has four times as many as the Elman network, the GRU three times. None
# of the numbers depends on how long the sequences are.

# %% [markdown]
# ## 4. Why it works: five experiments
#
# ### Why a simple recurrent network forgets
#
# To learn that a number at step 3 matters at step 60, the gradient must travel back from 60 to 3. At each step it is
# multiplied by the derivative of one state with respect to the one before,
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2)\, U .$$
#
# Fifty-seven such matrices in a row. If $U$ shrinks vectors, almost nothing arrives; if it stretches them, the gradient
# may explode. What decides is how $U$'s powers grow: its *spectral radius*, the largest absolute eigenvalue. **Guess
# first**: with a radius of 0.9, how much is left after 59 steps?

# %%
from labkit.rnn.gradient_flow import (
    gradient_norms,
    set_spectral_radius,
    spectral_radius,
)

torch.manual_seed(seed)
few_rows = inputs[:32]
elman = SimpleRNN(2, 32).cells[0]
fresh_radius = spectral_radius(elman.recurrent.weight)
radii = [0.5, 0.8, 1.0, 1.2, 1.5, 2.0]
by_radius = {}
for radius in radii:
    set_spectral_radius(elman, radius)
    by_radius[radius] = gradient_norms(elman, few_rows).flip(0)  # now at index d: d steps back from the last
back = range(length)
print(f"The radius that torch's way of drawing weights gave: {fresh_radius:.2f}")
curves({f"radius {radius:g}": (back, norms) for radius, norms in by_radius.items()},
       "Elman: what is left of the gradient on its way back", "steps back from the last", "norm of the gradient",
       log=True)  # fmt: skip

# %%
claim(
    "an Elman network's gradient vanishes exponentially below a spectral radius of 1, and can grow above it",
    by_radius[0.5][-1] < 1e-12 and by_radius[0.8][-1] < 1e-4 and by_radius[2.0][-1] > 1,
    {f"59 steps back, radius {radius:g}": by_radius[radius][-1] for radius in radii},
)

# %% [markdown]
# On the logarithmic axis the lines are straight: each step back costs the same factor. Above 1 the tanh holds against
# it, because large states lie where it is flat; that is why the upper lines do not rise as steeply as $2^{59}$.
#
# The radius that torch starts from is about 0.6. After ten steps less than a hundredth of the gradient is left,
# whatever the task.
#
# ### The LSTM's way around: add, do not rewrite
#
# Along the thick line of the picture, the derivative of one cell with respect to the one before is just the forget
# gate: $\partial c_t / \partial c_{t-1} = f$, if the gates' own dependence on the state is left aside. A gate near 1
# lets the gradient through almost unharmed. But is it near 1? That depends on its bias, before anything is learned.

# %%
torch.manual_seed(seed)
candidates = {"Elman": SimpleRNN(2, 32), "LSTM, torch's start": LSTM(2, 32), "GRU, torch's start": GRU(2, 32)}
for bias in (1.0, 3.0):
    candidates[f"LSTM, forget bias {bias:g}"] = LSTM(2, 32)
    set_forget_bias(candidates[f"LSTM, forget bias {bias:g}"], bias)
by_kind = {name: gradient_norms(network.cells[0], few_rows).flip(0) for name, network in candidates.items()}
curves({name: (back, norms) for name, norms in by_kind.items()},
       "Before training: what is left of the gradient", "steps back from the last", "norm of the gradient",
       log=True)  # fmt: skip

# %%
elman_left, open_left = by_kind["Elman"][-1], by_kind["LSTM, forget bias 1"][-1]
claim(
    "59 steps back, an LSTM with a forget bias of 1 has kept over a million times as much gradient as an Elman network",
    open_left > 1e6 * elman_left and by_kind["LSTM, forget bias 3"][-1] > 1e-3,
    {name: norms[-1] for name, norms in by_kind.items()},
)

# %% [markdown]
# Look at the LSTM as torch starts it: its forget gates stand at one half, and $0.5^{59}$ is as good as nothing. The
# additive path is only as open as its gate. So set the forget bias to 1 or more (Jozefowicz et al. 2015): it is
# one line. The GRU's update gate plays the same part.
#
# ### Explosions: clip the gradient
#
# A radius above 1 brings the opposite trouble. We train the same network twice by plain gradient descent, from a radius
# of 1.6: once as it is, once with the gradient's norm **clipped** to 1 (Pascanu et al. 2013): if it is longer it is
# shortened, and keeps its direction.


# %%
def plain_descent(clip, steps):
    """Losses and gradient norms of an Elman network that begins with a spectral radius of 1.6."""
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
runs = {"as it is": plain_descent(math.inf, few_steps), "clipped to 1": plain_descent(1.0, few_steps)}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.0))
for (name, (losses, norms)), color, line in zip(runs.items(), ("vermilion", "blue"), ("-", "--"), strict=True):
    finite = [loss for loss in losses if math.isfinite(loss)]
    left.semilogy(range(1, len(finite) + 1), finite, line, color=COLOR[color], label=name)
    right.semilogy(range(1, len(norms) + 1), norms, line, color=COLOR[color], label=name)
left.set(title="Loss", xlabel="step", ylabel="mean squared error")
right.set(title="Norm of the gradient, before clipping", xlabel="step", ylabel="norm")
left.legend()
plt.show()

# %%
claim(
    "without clipping one long step throws the network out; with clipping it goes on",
    max(runs["as it is"][0]) > 100 * max(runs["clipped to 1"][0]) and runs["clipped to 1"][0][-1] < 1,
    {"largest loss, as it is": max(runs["as it is"][0]), "clipped": max(runs["clipped to 1"][0])},
    only_in="standard",
)

# %% [markdown]
# Clipping does nothing against vanishing. It is a seat belt, and all our training runs wear one.
#
# ### Long streams: cut the gradient, carry the state
#
# A text has a million steps, and backpropagation must keep all states of the way. So one cuts: train on a window of
# some steps, **carry the state** into the next window, and let the gradient stop at the cut (*truncated backpropagation
# through time*). What can such a network learn? The task: repeat the random bit that you read `delay` steps ago.

# %%
from labkit.data.sequences import echo
from labkit.rnn.truncated import TruncatedLoss, windows
from labkit.train.fit import fit


def echo_accuracy(window, delay, carry=True):
    """Train a small GRU on windows of a stream; the share of bits it repeats rightly on another stream."""
    torch.manual_seed(seed)
    network, out = nn.GRU(2, 24, batch_first=True), nn.Linear(24, 2)

    def predict(x, state):
        hidden, state = network(x, state)
        return out(hidden), state

    losses = TruncatedLoss(predict, lambda logits, y: F.cross_entropy(logits.flatten(0, 1), y.flatten()), carry)
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=1e-2)
    bits, echoes = echo(32, 240, delay, seed=seed)
    pieces = list(windows(F.one_hot(bits, 2).float(), echoes, window))
    fit(losses, pieces, optimizer, lesson.pick(standard=400, quick=6), clip=1.0)
    bits, echoes = echo(32, 240, delay, seed=seed + 100)
    with torch.no_grad():
        said = predict(F.one_hot(bits, 2).float(), None)[0].argmax(dim=-1)
    return (said == echoes)[:, delay:].float().mean().item()


settings = [(4, 3, True), (4, 3, False), (4, 6, True), (12, 6, True)]
heard = {
    f"window {window}, delay {delay},\n{'carried' if carry else 'not carried'}": echo_accuracy(window, delay, carry)
    for window, delay, carry in settings
}
bars(heard, "Repeating a bit from some steps ago (guessing: 0.5)", "share of bits right")

# %%
near, uncarried, far, longer = heard.values()
claim(
    "truncated backpropagation learns what lies within a window; beyond it the carried state does not help",
    min(near, longer) > 0.95 and max(uncarried, far) < 0.7,
    {name.replace("\n", " "): right for name, right in heard.items()},
    only_in="standard",
)

# %% [markdown]
# With a window of 4 a delay of 3 is learned, although most of the bits lie behind the cut: what is learned on the one
# step where the cut does not matter holds for all, **if the state is carried**. A delay of 6 never has a gradient. The
# window is the length of the lessons that can be learned.
#
# ### One vector is not enough: why attention came
#
# To translate, one network reads and another writes (Sutskever et al. 2014, Cho et al. 2014). All that the writer knows
# of the source is the reader's **last state**: a vector of fixed size, whether the source had four letters or forty.
# Bahdanau et al. (2015) let the writer **look back** at all states of the reader, at each step anew: it compares its
# own state $s$ with each of them, $h_j$, by a small network, and reads their weighted mean:
#
# $$e_j = v^\top \tanh(W s + U h_j), \qquad \alpha = \mathrm{softmax}(e), \qquad c = \sum_j \alpha_j h_j .$$
#
# You write that in part 5, and part 6 measures what it is worth. Here is the model, with the shapes of one batch: $b$
# rows, ${\color{#C04F00}{s}}$ places that are read, ${\color{#0072B2}{t}}$ that are written,
# ${\color{#00805D}{d}}$ the width.

# %%
from labkit.data.translation import batches, reversal
from labkit.data.vocabulary import END, PADDING, START
from labkit.rnn.attentive import BahdanauSeq2Seq
from labkit.rnn.seq2seq import Seq2Seq
from labkit.show.architecture import Diagram

task = reversal(lesson.pick(standard=12_000, quick=1_000), lesson.pick(standard=1_000, quick=100), 4, 14, seed)
test_source, test_target = task.test
torch.manual_seed(seed)
one_vector = Seq2Seq(len(task.source), len(task.target), width=64).to(device)
looking = BahdanauSeq2Seq(len(task.source), len(task.target), width=48).to(device)
example = (test_source[:3, :9].to(device), test_target[:3, :2].to(device))
axes = {"b": 3, "s": 9, "t": 2, "d": 48, "v": len(task.target)}
Diagram(
    looking, *example, depth=1, axes=axes, columns=("reader", "score.key"), title="Looks back: two letters are written"
)

# %% [markdown]
# On the left the reader runs both ways, and leaves a vector at each place. On the right, for each letter that is
# written: `score` says how well each place fits, and `writer` takes what was read from there, and one step. The model
# without attention, `Seq2Seq`, has nothing in between: its writer starts from the reader's last state.

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Four functions. Replace `raise NotImplementedError` and run the cell: you see at once what is right. Stuck? `hint()`
# in a new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. One step
#
# Elman's equation for a batch of rows. The weights are laid out as torch keeps them: `input_weight` has a row for each
# new unit.


# %% name="step" exercise="rnn.step"
@exercise("rnn.step")
def rnn_step(x, hidden, input_weight, recurrent_weight, bias):
    """The next hidden state (b, h).

    x (b, d), hidden (b, h), input_weight (h, d), recurrent_weight (h, h), bias (h,).
    """
    ### BEGIN SOLUTION
    return torch.tanh(x @ input_weight.T + hidden @ recurrent_weight.T + bias)
    ### END SOLUTION


# %% checks="rnn.step"
score("rnn.step")

# %% [markdown]
# That step in a loop is the whole network. Held against torch's, with torch's weights:

# %%
peer, x = nn.RNN(3, 5, batch_first=True), torch.randn(2, 8, 3)
hidden, states = torch.zeros(2, 5), []
with torch.no_grad():
    for t in range(8):
        bias = peer.bias_ih_l0 + peer.bias_hh_l0
        hidden = rnn_step(x[:, t], hidden, peer.weight_ih_l0, peer.weight_hh_l0, bias)
        states.append(hidden)
    print(f"largest difference to torch.nn.RNN: {(torch.stack(states, dim=1) - peer(x)[0]).abs().max():.1e}")

# %% [markdown]
# ### Exercise 2. One step of an LSTM
#
# All four blocks come from one product: the weights have $4h$ rows, in torch's order **input, forget, candidate,
# output**. Return the new hidden state and the new cell.


# %% name="lstm-cell" exercise="rnn.lstm_cell"
@exercise("rnn.lstm_cell")
def lstm_step(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The next hidden state (b, h) and the next cell (b, h).

    x (b, d), hidden and cell (b, h), input_weight (4h, d), recurrent_weight (4h, h), bias (4h,).
    """
    ### BEGIN SOLUTION
    i, f, g, o = (x @ input_weight.T + hidden @ recurrent_weight.T + bias).chunk(4, dim=-1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell
    ### END SOLUTION


# %% checks="rnn.lstm_cell"
score("rnn.lstm_cell")

# %% [markdown]
# ### Exercise 3. Attention, as it began
#
# Bahdanau's three equations, for several queries at once. The keys are what the reader left at each place, and are
# also what is read. The mask is `True` where a query may look: padding must get a weight of exactly zero, and the
# others must still sum to one. A query that may look nowhere reads zeros.


# %% name="additive-attention" exercise="rnn.additive_attention"
@exercise("rnn.additive_attention")
def additive_attention(query, keys, query_weight, key_weight, score_weight, mask=None):
    """What each query reads (b, t, k), and its weights (b, t, s).

    query (b, t, q), keys (b, s, k), query_weight (a, q), key_weight (a, k), score_weight (a,); mask None, or boolean
    and broadcastable to (b, t, s).
    """
    ### BEGIN SOLUTION
    asked, offered = query @ query_weight.T, keys @ key_weight.T
    scores = torch.tanh(asked[:, :, None] + offered[:, None]) @ score_weight  # b t s
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # rows in which all is masked
    return weights @ keys, weights
    ### END SOLUTION


# %% checks="rnn.additive_attention"
score("rnn.additive_attention")

# %% [markdown]
# Yours beside labkit's, on two rows of which the second is one letter and four of padding: the second map must show no
# weight where nothing is.

# %%
from labkit.rnn.recurrent_attention import additive_attention as labkit_attention

torch.manual_seed(seed)
pieces = [torch.randn(shape) for shape in ((2, 3, 4), (2, 5, 6), (8, 4), (8, 6), (8,))]
seen = torch.tensor([[[True] * 5], [[True] + [False] * 4]])
_, weights = additive_attention(*pieces, seen)
print(f"largest difference to labkit's: {(weights - labkit_attention(*pieces, seen)[1]).abs().max():.1e}")
heatmap(weights.flatten(0, 1), [f"row {n // 3}, query {n % 3}" for n in range(6)], [f"key {n}" for n in range(5)],
        "Additive attention with random weights", ("query", "looked at"))  # fmt: skip

# %% [markdown]
# ### Exercise 4. Beam search
#
# A writer that always takes its likeliest token (*greedy*) may start a sentence that it cannot end well. **Beam
# search** keeps several beginnings. At each step it looks at all continuations of all of them, and keeps the best.
#
# Here the writer is a table: `chain[t, a, b]` is the log-probability of token `b` after token `a` at step `t`. A
# sequence is over at `end`; from then on it stands still, at no cost, and still competes. A long sequence has a lower
# probability only for being long, so beams are compared by
#
# $$\mathrm{score} = \frac{\log p}{\big((5 + n) / 6\big)^{\mathrm{penalty}}}$$
#
# (Wu et al. 2016), where $n$ counts the tokens after the start, `end` included. At the beginning there is one
# beginning: give all beams but the first a total of minus infinity.


# %% name="beam-search" exercise="rnn.beam_search"
@exercise("rnn.beam_search")
def beam_search(chain, start, end, beams, penalty=0.0):
    """The best sequences that a search with `beams` beams finds, and their scores (beams,), best first.

    chain (t, v, v) of log-probabilities. Sequences (beams, t + 1) begin with `start` and are filled up with `end`.
    """
    ### BEGIN SOLUTION
    written = torch.full((beams, 1), start)
    total = torch.full((beams,), -math.inf)
    total[0] = 0.0
    size, ended = torch.zeros(beams), torch.zeros(beams, dtype=torch.bool)
    stand_still = torch.full(chain.shape[-1:], -math.inf)
    stand_still[end] = 0.0
    for table in chain:
        log_p = torch.where(ended[:, None], stand_still, table[written[:, -1]])
        totals = total[:, None] + log_p  # beams v
        sizes = (size + ~ended)[:, None].expand_as(totals)
        best = (totals / ((5 + sizes) / 6) ** penalty).flatten().topk(beams).indices
        beam, token = best // log_p.shape[1], best % log_p.shape[1]
        total, size = totals.flatten()[best], sizes.flatten()[best]
        written = torch.cat([written[beam], token[:, None]], dim=1)
        ended = ended[beam] | (token == end)
    return written, total / ((5 + size) / 6) ** penalty
    ### END SOLUTION


# %% checks="rnn.beam_search"
score("rnn.beam_search")

# %% [markdown]
# How good is what it finds? A table with 5 tokens and 6 steps has a few thousand sequences: all can be tried. We draw
# random tables, search each with more and more beams, and count how often the very best sequence is found.

# %%
from labkit.rnn.markov import all_sequences

draw = torch.Generator().manual_seed(seed)
tables = (2 * torch.randn(lesson.pick(standard=60, quick=3), 6, 5, 5, generator=draw)).log_softmax(dim=-1)
optimum = torch.stack([all_sequences(table, start=0, end=1)[1][0] for table in tables])
widths = [1, 2, 3, 5]
found = {beams: torch.stack([beam_search(table, 0, 1, beams)[1][0] for table in tables]) for beams in widths}
hit = {beams: torch.isclose(scores, optimum, atol=1e-4).float().mean().item() for beams, scores in found.items()}
bars({f"{beams} beam{'s' * (beams > 1)}": share for beams, share in hit.items()},
     "How often the search finds the likeliest sequence of all", "share of tables")  # fmt: skip

# %%
worse = sum((found[beams] < found[1] - 1e-4).sum().item() for beams in widths[1:])
claim(
    "no search beats the best of all sequences; five beams find it far more often than greedy",
    all((scores <= optimum + 1e-4).all() for scores in found.values()) and hit[5] > hit[1] + 0.2,
    {f"found with {beams}": share for beams, share in hit.items()}
    | {"times more beams found worse than greedy": worse},
    only_in="standard",
)

# %% [markdown]
# Beam search promises nothing: a beginning that would have won can be dropped early. In practice a handful of beams
# comes close to the best that the model knows. Whether the model knows what is right is another question.
#
# ### From the pieces to the model
#
# The heart of labkit's network, and what it does at each step of each layer:

# %%
import inspect

from labkit.rnn.lstm import lstm_moment
from labkit.rnn.recurrence import run

for piece in (lstm_moment, run, BahdanauSeq2Seq.write):
    print(inspect.getsource(piece))

# %% [markdown]
# Line by line, where it matters:
# - `lstm_moment`: your second exercise. It returns the gates too, so that part 7 can look at them.
# - `run`: the input's share is computed for all steps at once; only the recurrent product has to wait for the step
#   before. Where a row is over (`active` is false) its state stands still. The backward direction runs the loop from
#   the other end, and so it begins at each row's true last step.
# - `BahdanauSeq2Seq.write`: first look, then step. What was read goes into the GRU together with the last token.
#
# These layers are for reading. In training we take torch's, which compute the same in one fused call.

# %% [markdown]
# ## 6. Train it
#
# ### Fifty steps of memory
#
# | choice | value | why |
# |---|---|---|
# | hidden units | 32 | two numbers to hold; few enough to look at one by one |
# | forget bias | 1 | part 4 |
# | optimizer, rate | Adam, 1e-2 (Elman: 3e-3) | fast for the LSTM; in trials over 60 steps Elman learned nothing at 1e-3 or 3e-3 |
# | clipping | norm 1 | part 4 |
# | batch, steps | 64, 1000 | the LSTM needs 400 to 600 steps before the loss moves at all |

# %%
from labkit.show.live.explorer import LiveCurves

adding_steps = lesson.pick(standard=1000, quick=6)


def train_adding_on(network, rate, title, long=length):
    """Train on sequences of `long` steps; the share of test sums within 0.1, the losses, and the output layer."""
    torch.manual_seed(seed)
    out = nn.Linear(32, 1)
    rows = train_adding if long == length else adding_problem(len(train_adding[0]), long, seed)
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=rate)

    def loss(batch):
        return F.mse_loss(out(network(batch[0])[0][:, -1])[:, 0], batch[1])

    pairs = list(zip(rows[0].split(64), rows[1].split(64), strict=True))
    report = LiveCurves(adding_steps, title, log=True) if title else None
    history = fit(loss, pairs, optimizer, adding_steps, clip=1.0, report=report)
    x, y = test_adding if long == length else adding_problem(1000, long, seed + 1)
    with torch.no_grad():
        off = (out(network(x)[0][:, -1])[:, 0] - y).abs()
    return (off < 0.1).float().mean().item(), history.losses


torch.manual_seed(seed)
lstm = nn.LSTM(2, 32, batch_first=True)
set_forget_bias(lstm, 1.0)
within, losses = {}, {}
within["LSTM, 60 steps"], losses["LSTM, 60"] = train_adding_on(lstm, 1e-2, "LSTM, adding over 60 steps")

# %%
torch.manual_seed(seed)
rnn = nn.RNN(2, 32, batch_first=True)
within["Elman, 60 steps"], losses["Elman, 60"] = train_adding_on(rnn, 3e-3, "Elman, adding over 60 steps")

# %%
torch.manual_seed(seed)
short_rnn = nn.RNN(2, 32, batch_first=True)
within["Elman, 10 steps"], losses["Elman, 10"] = train_adding_on(short_rnn, 3e-3, None, 10)
guess = {"always 1": ((sums - 1).abs() < 0.1).float().mean().item()}
bars(guess | within, "Sums that are right within 0.1", "share of test rows")

# %%
mean_of_last = {name: sum(run[-50:]) / len(run[-50:]) for name, run in losses.items()}
claim(
    "over 60 steps the LSTM learns to add and the Elman network learns nothing; over 10 steps it does",
    within["LSTM, 60 steps"] > 0.7
    and within["Elman, 60 steps"] < 0.3
    and mean_of_last["Elman, 60"] > 0.15
    and mean_of_last["Elman, 10"] < 0.12,
    within | {f"loss, {name} steps": loss for name, loss in mean_of_last.items()},
    only_in="standard",
)

# %% [markdown]
# The gradients of part 4 have become accuracy. Both networks have 32 units; the Elman network *could* hold two numbers,
# and over ten steps it begins to. Over sixty it never hears of the first one.
#
# ### Words backwards
#
# Now sequences in, sequences out: random letters, 4 to 14 of them, to be written from the last to the first. Training
# gives the writer the true letters up to each place (*teacher forcing*); in the test it writes on its own, greedily.
# Both models are trained in the same way, on the same batches.
#
# | choice | value | why |
# |---|---|---|
# | width | 64, and 48 with attention | about 50 thousand weights each |
# | optimizer, rate | Adam, 8e-3, 20 steps up, then down to 0 | a short run; the fall settles the last errors |
# | batch, steps | 32, 400 | small batches give many steps a second on a CPU |

# %%
from labkit.nn.decoding import greedy
from labkit.train.schedules import linear

seq_steps = lesson.pick(standard=400, quick=5)


def train_reversal(model, title):
    """Teacher forcing, and the loss over all tokens that are not padding."""

    def loss(batch):
        source, target = batch
        logits = model(source, target[:, :-1])  # b t v
        return F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING)

    pairs = list(batches(task.train, 32, torch.Generator().manual_seed(seed), device))
    optimizer = torch.optim.Adam(model.parameters(), lr=8e-3)
    warmup = lesson.pick(standard=20, quick=2)
    report = LiveCurves(seq_steps, title, log=True)
    return fit(loss, pairs, optimizer, seq_steps, linear(warmup, seq_steps), clip=1.0, report=report)


def right_by_length(model, pairs):
    """For each length, the share of rows that are written without any error."""
    source, target = pairs
    with torch.no_grad():
        written = greedy(model.start(source.to(device)), len(source), target.shape[1] - 1, START, END, device).cpu()
    written = F.pad(written, (0, target.shape[1] - written.shape[1]), value=END)
    right = ((written == target) | (target == PADDING)).all(dim=1).float()
    letters = (source != PADDING).sum(dim=1) - 2
    return {size: right[letters == size].mean().item() for size in letters.unique().tolist()}


for name, network in (("one vector", one_vector), ("with attention", looking)):
    print(f"{name}: {sum(weight.numel() for weight in network.parameters()):,} weights")
history = train_reversal(one_vector, "One vector")
squeezed = right_by_length(one_vector, task.test)

# %%
history = train_reversal(looking, "With attention")
attending = right_by_length(looking, task.test)

# %%
curves({"with attention": (list(attending), list(attending.values())),
        "one vector": (list(squeezed), list(squeezed.values()))},
       "Words written backwards without any error", "letters in the word", "share of test words")  # fmt: skip

# %%
shortest, longest = min(attending), max(attending)
claim(
    "attention keeps accuracy flat in the length of the source; through one vector it falls away",
    attending[shortest] > 0.9
    and attending[longest] > attending[shortest] - 0.2
    and squeezed[shortest] > 0.3
    and squeezed[longest] < 0.1 * squeezed[shortest],
    {
        f"attention, {shortest} letters": attending[shortest],
        f"attention, {longest}": attending[longest],
        f"one vector, {shortest}": squeezed[shortest],
        f"one vector, {longest}": squeezed[longest],
    },
    only_in="standard",
)

# %% [markdown]
# The curve of the one vector is the bottleneck: each further letter has to share the same 64 numbers. With more steps
# it moves to the right, and keeps its shape. Attention removes it: the source stays where it is, and the writer goes
# back for each letter.
#
# Two searches on the trained model, and what they gain here:

# %%
from labkit.nn.decoding import beam_search as search

source, target = (part[:200].to(device) for part in task.test)
rows = torch.arange(len(source), device=device)
with torch.no_grad():
    greedy_scores = search(one_vector.start(source), len(source), 15, START, END, beams=1, penalty=0.0, device=device)[
        1
    ][:, 0]
    beam_scores = search(one_vector.start(source), len(source), 15, START, END, beams=5, penalty=0.0, device=device)[1][
        :, 0
    ]
print(
    f"log-probability of what is written, one vector: greedy {greedy_scores.mean():.2f}, 5 beams {beam_scores.mean():.2f}"
)
print(
    f"5 beams found something likelier in {(beam_scores > greedy_scores + 1e-4).float().mean():.0%} of the words,",
    end=" ",
)
print(f"something less likely in {(beam_scores < greedy_scores - 1e-4).float().mean():.0%}")

# %%
claim(
    "on the weak model, 5 beams find likelier words than greedy, on average",
    beam_scores.mean() > greedy_scores.mean() + 0.1,
    {"greedy": greedy_scores.mean(), "5 beams": beam_scores.mean()},
    only_in="standard",
)

# %% [markdown]
# ## 7. Look inside
#
# labkit's LSTM is given the weights of the one we trained, and tells of every gate at every step. **Where is the
# first number**, between the marks? Stop 1000 test rows at half time, when the first mark is past and the second is
# to come, and correlate each unit's cell with the number that was marked.

# %%
from labkit.rnn.recurrence import copy_weights, unroll
from labkit.show.gates.explorer import GateExplorer, GateTrace, GradientDial

trained = {"LSTM": LSTM(2, 32), "Elman": SimpleRNN(2, 32)}
copy_weights(trained["LSTM"], lstm)
copy_weights(trained["Elman"], rnn)
half = length // 2
first = (inputs[:, :half, 0] * inputs[:, :half, 1]).sum(dim=1)  # the number that was marked in the first half


def correlations(values):
    """Of each unit with the first number, without their signs."""
    values, number = values - values.mean(dim=0), (first - first.mean())[:, None]
    return ((values * number).sum(dim=0) / (values.norm(dim=0) * number.norm()).clamp(min=1e-9)).abs()


with torch.no_grad():
    held = {name: unroll(network.cells[0], inputs)["cell" if name == "LSTM" else "hidden"][:, half - 1]
            for name, network in trained.items()}  # fmt: skip
known = {name: correlations(values) for name, values in held.items()}
figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.0))
for side, (name, values) in zip(axes, held.items(), strict=True):
    unit = int(known[name].argmax())
    side.scatter(first[:300], values[:300, unit], s=5, color=COLOR["blue" if name == "LSTM" else "vermilion"])
    side.set(title=f"{name}, unit {unit}", xlabel="the number that was marked", ylabel="state at half time")
plt.show()

# %%
claim(
    "at half time one cell of the LSTM holds the first number, and no unit of the Elman network does",
    known["LSTM"].max() > 0.95 and known["Elman"].max() < 0.3,
    {f"largest correlation, {name}": found.max() for name, found in known.items()},
    only_in="standard",
)

# %% [markdown]
# Nobody asked for that: it is what the additive path is good for. Now see how the unit does it. Below the gates are the
# gradients: at the start, for several scales of the recurrent weights (a dial), and through the trained networks, for
# several lengths.

# %%
with torch.no_grad():
    traces = {name: GateTrace(unroll(net.cells[0], inputs[shown : shown + 3])) for name, net in trained.items()}


def fresh_norms(scale):
    """At the start: the recurrent weights times `scale`."""
    found = {}
    for name, kind in (("LSTM", LSTM), ("Elman", SimpleRNN), ("GRU", GRU)):
        torch.manual_seed(seed)
        network = kind(2, 32)
        if kind is LSTM:
            set_forget_bias(network, 1.0)
        with torch.no_grad():
            network.cells[0].recurrent.weight.mul_(scale)
        found[name] = gradient_norms(network.cells[0], few_rows).flip(0)
    return found


def trained_norms(steps):
    """Through the trained networks, over the first `steps` of the rows; nothing beyond."""
    found = {name: gradient_norms(net.cells[0], few_rows[:, :steps]).flip(0) for name, net in trained.items()}
    return {name: F.pad(norms, (0, length - steps), value=math.nan) for name, norms in found.items()}


def dial(values, norms):
    by_setting = [norms(value) for value in values]
    return GradientDial(values, {name: torch.stack([found[name] for found in by_setting]) for name in by_setting[0]})


dials = {
    "recurrent scale": dial(lesson.pick(standard=[0.5, 1.0, 1.5, 2.0, 3.0], quick=[0.5, 1.0, 3.0]), fresh_norms),
    "trained, sequence length": dial(lesson.pick(standard=[10, 20, 30, 40, 50, 60], quick=[10, 60]), trained_norms),
}
explorer = GateExplorer(
    traces, read=inputs[shown : shown + 3], features=["number", "marked"], dials=dials, beside="Elman"
)
explorer.step = int(marked.nonzero()[0])
explorer.unit = int(known["LSTM"].argmax())
explorer.setting = 1
explorer

# %% [markdown]
# Point at a step or a unit; a click holds it; arrow keys move. **Find by hand:**
# 1. *The unit that is chosen* is the one of the left picture. What happens to its cell at the two marks (the lower
#    row of what is read), and what between? What do its input and forget gates say there?
# 2. *The Elman network beside it.* Does any unit hold anything for ten steps?
# 3. *Turn the dial* to three times the recurrent weights. Which of the networks' gradients now reach back, and which
#    grow? Then look at the trained networks.
#
# **The alignment.** Where does the writer look for each letter? A row is a letter that it writes, a column one that it
# read.

# %%
from labkit.show.attention.explorer import AttentionExplorer, AttentionPanel


def alignment(word):
    """Where the model looks while it is made to write one word backwards."""
    source, target = task.source.encode([list(word)]), task.target.encode([list(word[::-1])])
    with torch.no_grad():
        weights = looking.align(source.to(device), target[:, :-1].to(device))[1]
    read = [task.source.tokens[number] for number in source[0]]
    wrote = [task.target.tokens[number] for number in target[0, 1:]]
    return AttentionPanel(weights[None], wrote, read)


AttentionExplorer({word: alignment(word) for word in ("recurrent", "backwards", "xyzxyzxyz")}, token=3)

# %% [markdown]
# 4. *In a plain word* the bright cells run from one corner to the other. Nobody told the model that reversal means
#    that: it was only told to write the right letters.
# 5. *In the third word* letters repeat. How does the model know which `x` it is at? (The keys are states of a reader
#    that runs both ways: they know their place.)

# %%
panel = alignment("recurrent")
places = panel.weights[0, 0, :9].argmax(axis=-1)
claim(
    "the alignment runs backwards: written letter i looks at read letter n - i, but for a neighbor",
    (abs(places - range(9, 0, -1)) <= 1).mean() > 0.7,
    {"looked at for each letter": places.tolist()},
    only_in="standard",
)

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: a state of fixed size.** To read one more step costs the same after ten steps and after ten thousand, in
# time and in memory. (A Transformer keeps everything it has read, Hour 7.)
#
# **Cost: one step after the other.** Step $t$ needs step $t-1$. We time torch's LSTM on longer and longer sequences,
# with the same number of inputs in all: 4096 of them, in fewer and fewer rows.

# %%
layer = nn.LSTM(32, 64, batch_first=True)
shapes = [(256, 16), (64, 64), (8, 512), (1, 4096)]


def seconds(x):
    times = []
    for _ in range(lesson.pick(standard=5, quick=2)):
        start = time.perf_counter()
        with torch.no_grad():
            layer(x)
        times.append(time.perf_counter() - start)
    return min(times)


took = {f"{rows} × {steps}": 1000 * seconds(torch.randn(rows, steps, 32)) for rows, steps in shapes}
bars(took, "The same 4096 inputs as rows × steps", "milliseconds")

# %%
fastest, *_, slowest = took.values()
claim(
    "the same work takes longer when all of it stands in one row: steps cannot share the machine",
    slowest > 1.4 * fastest,
    {name: f"{milliseconds:.1f} ms" for name, milliseconds in took.items()},
    only_in="standard",
)

# %% [markdown]
# On a GPU with thousands of cores the difference is far larger. This, more than accuracy, is why Transformers replaced
# recurrent networks in training: they compute all steps at once.
#
# **Weakness: it knows the lengths it saw.** Our model with attention reversed up to 14 letters. Longer words follow the
# same rule:

# %%
beyond = reversal(10, lesson.pick(standard=400, quick=40), 15, 30, seed + 7)
longer_source = task.source.encode([source for source, _ in beyond.test_pairs])
longer_target = task.target.encode([target for _, target in beyond.test_pairs])
outside = right_by_length(looking, (longer_source, longer_target))
by_third = {
    f"{low} to {high}": sum(outside.get(n, 0.0) for n in range(low, high + 1)) / (high - low + 1)
    for low, high in ((15, 19), (20, 24), (25, 30))
}
bars({"4 to 14 (trained)": sum(attending.values()) / len(attending)} | by_third,
     "Words longer than any in training", "share without any error")  # fmt: skip

# %%
claim(
    "beyond the lengths of training it fails, though the rule is the same",
    by_third["25 to 30"] < 0.5 * sum(attending.values()) / len(attending),
    by_third,
    only_in="standard",
)

# %% [markdown]
# ## 9. In practice
#
# In PyTorch you call `torch.nn.LSTM` or `torch.nn.GRU`, with `pack_padded_sequence` for rows of different length. Two
# layers, both directions, packed, with labkit's weights:

# %%
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

theirs = nn.LSTM(2, 4, num_layers=2, bidirectional=True, batch_first=True)
copy_weights(both_ways, theirs)
rows = torch.randn(3, 7, 2)
with torch.no_grad():
    packed = pack_padded_sequence(rows, lengths, batch_first=True, enforce_sorted=False)
    outputs, end = theirs(packed)
    outputs, _ = pad_packed_sequence(outputs, batch_first=True)
    mine, my_end = both_ways(rows, lengths=lengths)
difference = max((mine - outputs).abs().max(), *((a - b).abs().max() for a, b in zip(my_end, end, strict=True)))
claim("torch.nn.LSTM with the same weights gives our result, packed", difference < 1e-6, {"difference": difference})

# %% [markdown]
# labkit's tests do the same with `nn.RNN` and `nn.GRU`, with gradients, initial states and dropout between the layers.
#
# | variant | what it changed | where |
# |---|---|---|
# | peepholes | the gates see the cell, not only the hidden state | Gers and Schmidhuber 2000 |
# | coupled gates | one gate for both: $i = 1 - f$; fewer weights, about as good | Greff et al. 2017 |
# | minimal gated unit | a GRU with one gate for reset and update | Zhou et al. 2016 |
# | dot, general attention | $q^\top k$ or $q^\top W k$ in place of the small network; look after the step | Luong et al. 2015 |
# | QRNN, SRU | gates without the recurrent matrix (SRU: each unit sees its own cell): the slow products leave the loop | Bradbury et al. 2017, Lei et al. 2018 |
# | linear recurrences, S4, LRU | no tanh between states: all steps at once by convolution or scan | Gu et al. 2022, Orvieto et al. 2023 |
# | Mamba | a linear recurrence whose coefficients depend on the input, as gates do | Gu and Dao 2023 |
#
# The last two rows are recurrence coming back: with a **linear** recurrence $h_t = a_t \odot h_{t-1} + b_t$, whose
# $a_t$ and $b_t$ do not depend on $h$, the steps can be combined in any grouping. So they can be computed in
# parallel, and training loses its loop; writing keeps the small state.
#
# Used for: keyboards, speech on the device, sensors, time series; wherever one step at a time must be cheap.
#
# ## 10. Responsibility
#
# **What a small network remembers.** A model that learns from private text can repeat it. We measure it as Carlini et
# al. (2019) did: two thousand random four-digit numbers, and one of them, a *secret*, several times over. A small LSTM
# learns which digits follow. Then all ten thousand numbers are ranked by the probability that the model gives them.


# %%
def rank_of_secret(times, secret=(4, 0, 7, 1)):
    """How many of the ten thousand numbers the model holds to be likelier than the secret, plus one."""
    torch.manual_seed(seed)
    digits = torch.randint(10, (2000, 4))
    digits[:times] = torch.tensor(secret)
    digits = digits[torch.randperm(2000)]
    table, network, out = nn.Embedding(11, 24), nn.LSTM(24, 48, batch_first=True), nn.Linear(48, 10)
    parts = nn.ModuleList([table, network, out])

    def logits(rows):
        return out(network(table(F.pad(rows[:, :-1], (1, 0), value=10)))[0])

    optimizer = torch.optim.Adam(parts.parameters(), lr=1e-2)
    fit(lambda rows: F.cross_entropy(logits(rows).flatten(0, 1), rows.flatten()), digits.split(64), optimizer,
        lesson.pick(standard=150, quick=10), clip=1.0)  # fmt: skip
    everything = torch.cartesian_prod(*[torch.arange(10)] * 4)
    with torch.no_grad():
        log_p = logits(everything).log_softmax(dim=-1).gather(2, everything[:, :, None]).sum(dim=(1, 2))
    return 1 + (log_p > log_p[int("".join(map(str, secret)))]).sum().item()


ranks = {times: rank_of_secret(times) for times in (0, 1, 10, 30)}
claim(
    "what was seen thirty times in two thousand is the model's first guess of ten thousand",
    ranks[30] <= 5 and ranks[0] > 100,
    {f"rank when seen {times} times": rank for times, rank in ranks.items()},
    only_in="standard",
)

# %% [markdown]
# A search over the keyboard's suggestions would find it. Recurrent networks have learned from what people type on their
# phones (Hard et al. 2018): that is what federated learning and differential privacy are for (Hour 26).
#
# - **Gender.** Translators that wrote "he" for the doctor and "she" for the nurse, from languages that do not say
#   (Prates et al. 2019), were of the kind of part 6. The writer must choose a token, and it chooses what was usual.
# - **Search hides doubt.** Beam search returns the likeliest sentence and no hint of how close the next one was.
# - **Fluent forgetting.** A model that forgets the start of a long document still ends it smoothly. Part 6 gives you
#   the test: accuracy against length, on your own data.
#
# ## 11. Check yourself
#
# <details><summary>1. A recurrent matrix has a spectral radius of 0.9. About what is left of a gradient after 100
# steps?</summary>
#
# At most about $0.9^{100} \approx 3 \cdot 10^{-5}$, and less where the tanh is flat.
# </details>
#
# <details><summary>2. Why does an LSTM with a forget bias of 0 have trouble over long times at first?</summary>
#
# Its forget gates stand at one half, so the cell, and its gradient, halve at every step.
# </details>
#
# <details><summary>3. You train on windows of 20 steps and carry the state. Can the model use what it read 50 steps ago?
# Can it learn to?</summary>
#
# Use: yes, the state may hold it. Learn to: only by luck, since no gradient crosses a cut.
# </details>
#
# <details><summary>4. A batch has rows of 5 and 9 steps. Where must the backward direction of the short row begin?</summary>
#
# At its step 5. If it begins in the padding, its state there is not that of the sequence alone.
# </details>
#
# <details><summary>5. Without the tanh, why would additive attention look at the same place for every query?</summary>
#
# The score would be a part of the query plus a part of the key. The query's part is the same for all keys, and the
# softmax ignores a constant.
# </details>
#
# <details><summary>6. Is the sequence that beam search returns the likeliest one?</summary>
#
# Not always: its beginning may have been dropped. It is the likeliest of those that were kept.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Elman 1990, *Finding structure in time*, https://doi.org/10.1207/s15516709cog1402_1. Hochreiter and
# Schmidhuber 1997, *Long short-term memory*, https://doi.org/10.1162/neco.1997.9.8.1735. Pascanu et al. 2013, on
# vanishing, exploding and clipping, https://arxiv.org/abs/1211.5063. Cho et al. 2014, the GRU,
# https://arxiv.org/abs/1406.1078. Sutskever et al. 2014, sequence to sequence, https://arxiv.org/abs/1409.3215.
# Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473. Luong et al. 2015, https://arxiv.org/abs/1508.04025. Carlini
# et al. 2019, *The secret sharer*, https://arxiv.org/abs/1802.08232. Gu and Dao 2023, Mamba,
# https://arxiv.org/abs/2312.00752.
#
# **Next**: attention removed the bottleneck between reader and writer. Must the reader then be recurrent at all? Hour 7
# takes the recurrence away and keeps the attention.
