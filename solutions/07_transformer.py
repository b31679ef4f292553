# %% [markdown] badges=true
# # Hour 7. Attention and the Transformer
#
# After this hour you can
# - say what attention computes, and write it in a few lines, masks included;
# - say **why** it is scaled, why it has several heads, why positions are added as waves, and why training warms up,
#   each time with an experiment that you ran;
# - train a Transformer on your own machine that translates dates out of twenty-three human formats;
# - look inside it, and say where it will fail.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 5 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 10 |
# | 5 | Build it: four exercises | 21 |
# | 6 | Train it | 4 |
# | 7 | Look inside | 5 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 2 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need matrix products, the softmax and cross-entropy. Hour 3 (recurrent networks) helps, and is not required.
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
from labkit.show.style import COLOR, DIVERGING

lesson = begin(7, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: to write a sentence, one must read another
#
# People write dates in many ways. Machines want one: ISO 8601, year-month-day. We generate pairs of both, and keep
# one day in five out of training altogether, in every format. A model is tested on days that it has never seen.

# %%
from labkit.data.translation import batches, dates
from labkit.data.vocabulary import END, PADDING, START

task = dates(train=lesson.pick(standard=20_000, quick=2_000), test=lesson.pick(standard=1_000, quick=100), seed=seed)
for source, target in task.test_pairs[:8]:
    print(f"{' '.join(source):55s} {''.join(target)}")
print(f"\n{len(task.train[0]):,} pairs to learn from.")
print(
    f"Read: {len(task.source)} different tokens (words, single digits, marks). Written: {len(task.target)} (digits, a dash)"
)
print("In both, four are special: padding, start, end, unknown.")

# %% [markdown]
# One day in several formats, token by token. The colors say which part of the date a token tells of. **Look at one
# color at a time**: what the translation needs is now at the front, now at the end, in one token or in five.

# %%
from datetime import date
from string import Formatter

from labkit.data.translation import FORMATS, human_date, tokenize

ROLE = {"day": "orange", "dd": "orange", "th": "orange", "ordinal": "orange", "weekday": "gray", "wkd": "gray"}
ROLE |= {"month": "sky", "mon": "sky", "mm": "sky", "m": "sky", "year": "yellow", "yy": "yellow"}
EXAMPLES = [FORMATS[i] for i in (0, 6, 11, 15, 19, 22)]

figure, axes = plt.subplots(figsize=(8.6, 3.0))
for row, form in enumerate(EXAMPLES):
    column = 0
    for literal, part, _, _ in Formatter().parse(form):
        pieces = [(token, "white") for token in tokenize(literal)]
        if part:
            pieces += [(token, COLOR[ROLE[part]]) for token in tokenize(human_date(date(1987, 11, 26), f"{{{part}}}"))]
        for token, color in pieces:
            shade = "#C9C9C9" if color == COLOR["gray"] else color
            axes.add_patch(plt.Rectangle((column + 0.04, row - 0.38), 0.92, 0.76, color=shade))
            axes.text(column + 0.5, row, token, ha="center", va="center", fontsize=7.5 if len(token) > 6 else 9)
            column += 1
axes.set(xlim=(0, 15), ylim=(len(EXAMPLES) - 0.5, -0.5), xlabel="position in the sentence", yticks=[])
axes.set_title("1987-11-26 in six formats: day orange, month blue, year yellow, weekday gray")
axes.grid(visible=False)
plt.show()

# %% [markdown]
# ### What simpler models do
#
# **A bag of tokens.** Count the tokens of the sentence, and let a logistic regression predict each of the ten places
# from the counts. It knows *which* words are there, and not *where*. (Adding up one row of a table for each token is
# the same as multiplying the counts by the table: that is what `EmbeddingBag` does.)
#
# Every model of this hour is trained by the same loop, `fit`, with the same number of steps.

# %%
from labkit.show.live.explorer import LiveCurves
from labkit.train.fit import fit
from labkit.train.schedules import linear

steps = lesson.pick(standard=500, quick=12)
test_source, test_target = task.test


def train(model, loss, rate, warmup, title):
    """Adam as in the Transformer's paper; the learning rate rises for `warmup` steps, then falls to zero."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, betas=(0.9, 0.98), eps=1e-9)
    pairs = list(batches(task.train, 64, torch.Generator().manual_seed(seed), device))
    report = LiveCurves(steps, title, log=True)
    return fit(loss, pairs, optimizer, steps, linear(warmup, steps), clip=1.0, report=report)


def exact_match(written, target):
    """The share of rows that are right in all ten places."""
    return (written[:, 1:11] == target[:, 1:11]).all(dim=1).float().mean().item()


bag = nn.EmbeddingBag(len(task.source), 10 * len(task.target), mode="sum", padding_idx=PADDING).to(device)


def bag_loss(batch):
    source, target = batch
    logits = bag(source).view(len(source), 10, -1)  # one distribution for each place
    return F.cross_entropy(logits.flatten(0, 1), target[:, 1:11].flatten())


history = train(bag, bag_loss, rate=3e-2, warmup=lesson.pick(standard=10, quick=3), title="Bag of tokens")
guessed = F.pad(bag(test_source.to(device)).view(len(test_source), 10, -1).argmax(dim=-1).cpu(), (1, 0))
scores = {"bag of tokens": exact_match(guessed, test_target)}
print(f"The bag of tokens translates {scores['bag of tokens']:.1%} of the test dates.")


# %% [markdown]
# **A recurrent translator** (Sutskever et al. 2014). One GRU reads the sentence and ends with a vector; a second GRU
# starts from that vector and writes. It knows the order. Yet everything that it read must pass through **one vector
# of fixed size**, whatever the sentence was.


# %%
class RecurrentTranslator(nn.Module):
    """Reads into one vector, writes from it."""

    def __init__(self, source_tokens, target_tokens, width):
        super().__init__()
        self.source, self.target = nn.Embedding(source_tokens, width), nn.Embedding(target_tokens, width)
        self.reader, self.writer = nn.GRU(width, width, batch_first=True), nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, target_tokens)

    def read(self, source):
        lengths = (source != PADDING).sum(dim=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(self.source(source), lengths, batch_first=True, enforce_sorted=False)
        return self.reader(packed)[1]  # 1 b d: the state after the last token, and nothing else

    def forward(self, source, target):
        return self.out(self.writer(self.target(target), self.read(source))[0])

    def start(self, source):
        return RecurrentWriting(self, self.read(source))


class RecurrentWriting:
    """The translator in the middle of a sentence."""

    def __init__(self, model, state):
        self.model, self.state = model, state

    def step(self, token):
        hidden, self.state = self.model.writer(self.model.target(token[:, None]), self.state)
        return self.model.out(hidden[:, 0])


# %% [markdown]
# Training gives the model the true beginning of the answer and asks for the next token, at every place at once. To
# translate, the model writes on its own: it takes its likeliest token and reads it back in (*greedy decoding*).

# %%
from labkit.nn.decoding import greedy


def translate(model, source):
    model.eval()
    with torch.no_grad():
        return greedy(model.start(source.to(device)), len(source), 11, START, END, device).cpu()


recurrent = RecurrentTranslator(len(task.source), len(task.target), width=128).to(device)


def recurrent_loss(batch):
    source, target = batch
    logits = recurrent(source, target[:, :-1])  # b t v
    return F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING)


history = train(
    recurrent, recurrent_loss, rate=3e-3, warmup=lesson.pick(standard=10, quick=3), title="Recurrent translator"
)
scores["recurrent, one vector"] = exact_match(translate(recurrent, test_source), test_target)
print(f"{sum(p.numel() for p in recurrent.parameters()):,} weights, about as many as the Transformer below will have.")
print(f"After {steps} steps: {scores['recurrent, one vector']:.1%} of the test dates right.")

# %%
for row, written in enumerate(translate(recurrent, test_source[:6])):
    source, target = task.test_pairs[row]
    print(f"{' '.join(source):55s} wanted {''.join(target)}   wrote {''.join(task.target.decode(written))}")

# %% [markdown]
# It writes dates, and most of them are wrong. It has learned what an answer looks like before it has learned to carry
# ten digits through one vector. (With many more steps it gets better; we compare at equal steps, and about equally
# many weights.) What is missing is a way to **look back** at the sentence while writing, at the place that matters
# right now. That is attention.

# %% [markdown]
# ## 3. The architecture: look, then think, several times over
#
# Think of a table with two columns, *keys* and *values*. You come with a *query*. A dictionary would return the value
# whose key equals your query. Attention returns a **mean of all values, weighted by how well each key fits the query**:
# soft, so that it can be learned by gradients.
#
# $$\mathrm{weights} = \mathrm{softmax}\left(\frac{Q K^\top}{\sqrt{{\color{#8A6D00}{k}}}}\right), \qquad
# \mathrm{read} = \mathrm{weights} \cdot V$$
#
# The letters keep their color and their meaning through the whole course: ${\color{#0072B2}{t}}$ positions that look,
# ${\color{#C04F00}{s}}$ positions that are looked at, ${\color{#00805D}{d}}$ the width of the model,
# ${\color{#7B52C7}{h}}$ heads, ${\color{#8A6D00}{k}} = {\color{#00805D}{d}} / {\color{#7B52C7}{h}}$ the width of one
# head. $Q$ is ${\color{#0072B2}{t}} \times {\color{#8A6D00}{k}}$, $K$ and $V$ are ${\color{#C04F00}{s}} \times
# {\color{#8A6D00}{k}}$, and the weights are ${\color{#0072B2}{t}} \times {\color{#C04F00}{s}}$: a row for each
# position that looks, and each row sums to one.
#
# Where the three come from decides what attention does:
#
# | | queries from | keys and values from | for |
# |---|---|---|---|
# | self-attention | a sequence | the same sequence | reading a sentence in its own light |
# | causal self-attention | what is written | the same, up to here | writing without peeking ahead |
# | cross-attention | what is written | what was read | looking back at the source |
#
# Here is the smallest complete example: three tokens that are read, five that are written, and weights that nobody has
# trained yet.

# %%
from labkit.transformers.cross_attention import CrossAttention
from labkit.transformers.self_attention import SelfAttention

words, answer = ["7", "march", "2026"], ["2026", "-", "03", "-", "07"]
torch.manual_seed(seed)
x, y = torch.randn(1, 3, 16), torch.randn(1, 5, 16)  # b t d: random vectors stand in for embeddings
read, weights = SelfAttention(16)(x)
print(f"self-attention:  x {tuple(x.shape)} -> read {tuple(read.shape)}, weights {tuple(weights.shape)}, ", end="")
print(f"rows sum to {weights.sum(-1)[0].tolist()}")
read, weights = CrossAttention(16, 16)(y, x)
print(f"cross-attention: y {tuple(y.shape)} -> read {tuple(read.shape)}, weights {tuple(weights.shape)}")
heatmap(weights[0].detach(), answer, words, "Cross-attention before training: who looks where", ("writes", "looks at"))

# %% [markdown]
# **The Transformer** (Vaswani et al. 2017) is built from that and little else. A token enters as a vector, its
# *embedding*: a row of a table, learned like all else. The *encoder* on the left reads: each
# block lets every token look at every other (self-attention), then passes each token through a small network of its
# own (feed-forward). The *decoder* on the right writes: it looks at what it has written so far, then at what the
# encoder read, then thinks. Every layer **adds** its result to what was there (a residual path), so information can
# pass unharmed.
#
# Read the picture from the top. At every arrow stands the shape of what flows; the colors are the letters above.

# %%
from labkit.nn.positions import SinusoidalPositions
from labkit.show.architecture import Diagram
from labkit.transformers.transformer import Transformer


def new_transformer(**changes):
    """The model of this hour: about a quarter of a million weights."""
    sizes = {"width": 64, "heads": 4, "depth": 2, "dropout": 0.0} | changes
    return Transformer(len(task.source), len(task.target), **sizes).to(device)


torch.manual_seed(seed)
transformer = new_transformer()
example = (test_source[:3, :9].to(device), test_target[:3, :7].to(device))
sizes = {"b": 3, "t": 7, "s": 9, "d": 64, "v": len(task.target)}
Diagram(
    transformer, *example, depth=4, axes=sizes, columns=("encoder", "decoder"), title="The Transformer of this hour"
)

# %% [markdown]
# Three details carry more weight than their size suggests: the factor $1/\sqrt{k}$, the several heads, and the
# positions that are added to the embeddings. And one of training: the warm-up. The next part takes them one by one,
# each time asking what would happen without.

# %% [markdown]
# ## 4. Why it works: four choices, four experiments
#
# ### Why divide by the square root of the width?
#
# Before you run the cell, guess: queries and keys are random vectors with entries of size about 1. As they get longer,
# what happens to the softmax of their dot products? And to the gradient that comes back through it?
#
# A dot product adds up ${\color{#8A6D00}{k}}$ terms. Each has a variance of about 1, and variances add: so the standard
# deviation of a score is $\sqrt{{\color{#8A6D00}{k}}}$. At
# ${\color{#8A6D00}{k}} = 1024$ scores of $\pm 32$ are ordinary, and then the softmax puts all weight on one key.
# There its derivative, $\mathrm{diag}(w) - w w^\top$, is almost zero: nothing is learned about where to look.

# %%
widths = [4, 16, 64, 256, 1024]
sizes, entropies = {"plain": [], "scaled": []}, {"plain": [], "scaled": []}
for k in widths:
    query, keys = torch.randn(256, 1, k), torch.randn(256, 32, k)
    scores_plain = (query @ keys.transpose(1, 2))[:, 0]  # 256 queries, 32 keys each
    for name, logits in (("plain", scores_plain), ("scaled", scores_plain / math.sqrt(k))):
        w = logits.softmax(dim=-1)
        jacobian = torch.diag_embed(w) - w[:, :, None] * w[:, None, :]
        sizes[name].append(jacobian.flatten(1).norm(dim=-1).median().item())
        entropies[name].append(torch.special.entr(w).sum(-1).mean().item() / math.log(2))
curves({name: (widths, size) for name, size in sizes.items()}, "How much gradient passes the softmax (median over "
       "256 queries)", "width k of queries and keys", "norm of the derivative", log=True)  # fmt: skip

# %%
claim(
    "without the 1/sqrt(k) scale the softmax saturates, and its gradient vanishes as the width grows",
    sizes["plain"][-1] < sizes["plain"][0] / 100 and min(sizes["scaled"]) > sizes["scaled"][0] / 2,
    {
        "gradient at k=1024, plain": sizes["plain"][-1],
        "scaled": sizes["scaled"][-1],
        "entropy in bits, plain": entropies["plain"][-1],
        "scaled ": entropies["scaled"][-1],
    },
)

# %% [markdown]
# ### Why several heads?
#
# One softmax gives one set of weights: one place to look, or a blur of several. Suppose that a position needs **two**
# things at once, from two places. We train a single attention layer on the smallest such task: for every position of a
# ring of letters, name the letter on the left *and* the letter on the right, in that order. All models have the same
# width, and the same number of weights.

# %%
from labkit.nn.attention import MultiHeadAttention
from labkit.nn.positions import LearnedPositions


def neighbors_accuracy(heads, letters=8, length=12, width=32):
    """How often one attention layer names both neighbors, over the last twenty steps of its training."""
    torch.manual_seed(seed)
    embed, positions, attention = nn.Embedding(letters, width), LearnedPositions(width, length), None
    attention, out = MultiHeadAttention(width, heads), nn.Linear(width, 2 * letters)
    nn.init.normal_(positions.table)
    optimizer = torch.optim.Adam(nn.ModuleList([embed, positions, attention, out]).parameters(), lr=5e-3)
    accuracy = []
    for _ in range(lesson.pick(standard=250, quick=20)):
        x = torch.randint(letters, (64, length))
        both = out(attention(positions(embed(x)))).view(64, length, 2, letters)
        wanted = torch.stack([x.roll(1, 1), x.roll(-1, 1)], dim=2)
        loss = F.cross_entropy(both.flatten(0, 2), wanted.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        accuracy.append((both.argmax(-1) == wanted).all(-1).float().mean().item())
    return sum(accuracy[-20:]) / 20


both_right = {heads: neighbors_accuracy(heads) for heads in (1, 2, 4)}
bars({f"{heads} head" + "s" * (heads > 1): found for heads, found in both_right.items()},
     "Both neighbors named rightly, at equal width", "share of positions")  # fmt: skip

# %%
claim(
    "with one head a layer cannot look at two places and keep them apart; with two it can",
    both_right[2] > 0.95 and both_right[1] < 0.5,
    {f"right with {heads}": found for heads, found in both_right.items()},
    only_in="standard",
)

# %% [markdown]
# One head can only hand over the *mean* of what it sees at both places, and a mean does not say which came from
# where. So we cut queries, keys and values into ${\color{#7B52C7}{h}}$ slices of width ${\color{#8A6D00}{k}} =
# {\color{#00805D}{d}} / {\color{#7B52C7}{h}}$, let each slice look for itself, and lay what they read side by side:
#
# $$\mathrm{multihead}(Q, K, V) = [\,\mathrm{read}_1, \dots, \mathrm{read}_{{\color{#7B52C7}{h}}}\,] \, W_O, \qquad
# \mathrm{read}_i = \mathrm{softmax}\left(\frac{Q_i K_i^\top}{\sqrt{{\color{#8A6D00}{k}}}}\right) V_i.$$
#
# The number of weights and of multiplications stays what it was.
#
# ### Why positions, and why waves?
#
# Attention compares contents. Nothing in the formula knows that one token comes after another. So shuffle the tokens
# that go into an encoder: what comes out should be the same vectors, shuffled alike. Test it, with all its layers.

# %%
sentence = torch.randn(1, 10, 64, device=device)
order = torch.randperm(10, device=device)
positions = SinusoidalPositions(64).to(device)
transformer.eval()
with torch.no_grad():
    encode = transformer.encoder
    without = (encode(sentence[:, order]) - encode(sentence)[:, order]).abs().max().item()
    with_positions = (encode(positions(sentence[:, order])) - encode(positions(sentence))[:, order]).abs().max().item()
claim(
    "without positions the encoder is permutation-equivariant: it reads a bag of tokens",
    without < 1e-4 < 0.1 < with_positions,
    {"largest difference without positions": without, "with positions": with_positions},
)

# %% [markdown]
# So we add to each embedding a vector that depends on its position. The paper's choice is a set of clock hands: each
# pair of dimensions turns at its own speed, from one turn in six positions to one in tens of thousands,
#
# $$PE_{p,\,2i} = \sin\left(p / 10000^{2i/{\color{#00805D}{d}}}\right), \qquad
# PE_{p,\,2i+1} = \cos\left(p / 10000^{2i/{\color{#00805D}{d}}}\right).$$
#
# Why this, and not just a random vector for each position? Because "five places to the left" is then **the same
# linear map everywhere**: each hand turns by a fixed angle. A layer that learns the map at some positions has learned
# it for all. We test just that: for each pair of dimensions, fit the best linear map from position $p$
# to $p + 5$ on the first 100 positions, and try it on the next 100.

# %%
from labkit.nn.positions import Rotary, sinusoidal


def shift_error(table, shift=5):
    """Relative error on positions 100 to 199 of the linear map of each pair that fits positions 0 to 99 best."""
    hands = table.view(len(table), -1, 2).transpose(0, 1)  # pairs positions 2
    fitted = torch.linalg.lstsq(hands[:, :100], hands[:, shift : 100 + shift]).solution  # pairs 2 2
    predicted, truth = hands[:, 100:200] @ fitted, hands[:, 100 + shift : 200 + shift]
    return ((predicted - truth).norm() / truth.norm()).item()


waves, noise = sinusoidal(256, 64).double(), torch.randn(256, 64).double() * 0.7
errors = {"sinusoidal": shift_error(waves), "random (as learned ones start)": shift_error(noise)}
print(", ".join(f"{name}: {error:.3g}" for name, error in errors.items()))

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.0))
picture = left.imshow(sinusoidal(64, 64), cmap=DIVERGING, aspect="auto")
left.set(title="The table: fast hands left, slow right", xlabel="dimension", ylabel="position")
left.grid(visible=False)
figure.colorbar(picture, ax=left)
turned = Rotary(64, 256)
for start, color in ((100, "blue"), (20, "vermilion")):
    distance = torch.arange(-20, 21)
    products = [(waves[start] @ waves[start + j]).item() for j in distance.tolist()]
    right.plot(distance, products, color=COLOR[color], linestyle="--" if start == 20 else "-", label=f"from {start}")
right.set(title="Dot product with another position", xlabel="distance", ylabel="product")
right.legend()
plt.show()

# %%
claim(
    "with sinusoids one linear map shifts every position, also those it was not fitted on",
    errors["sinusoidal"] < 1e-3 < 0.5 < errors["random (as learned ones start)"],
    errors,
)

# %% [markdown]
# The right picture shows the other side of it: how similar two positions are depends on their distance alone. The
# curve from position 20 lies on the curve from position 100.
#
# There are two other ways. **Learned** positions (`LearnedPositions`) are a table of free vectors: simple, and
# undefined beyond its last row. **Rotary** positions (Su et al. 2021, `Rotary`) do not add anything: they turn
# queries and keys, inside attention, by an angle that grows with the position. The dot product of a query at $p$ and
# a key at $q$ then depends on $p - q$, exactly. Most language models of today do this, so we hold it to its promise:

# %%
query, key = torch.randn(2, 64)
scores_near = torch.stack([turned(query.expand(200, 64))[p] @ turned(key.expand(200, 64))[p - 3] for p in (3, 50, 199)])
scores_far = turned(query.expand(200, 64))[50] @ turned(key.expand(200, 64))[10]
claim(
    "with rotary positions a score depends on the distance of query and key alone",
    torch.allclose(scores_near, scores_near[0].expand(3), atol=1e-3) and not torch.isclose(scores_far, scores_near[0]),
    {"scores at distance 3": [round(s, 4) for s in scores_near.tolist()], "at distance 40": scores_far},
)

# %% [markdown]
# ### Why warm up?
#
# The paper raises the learning rate in a straight line over the first steps, then lets it fall (its equation 3). It
# has to: it normalizes **after** adding each layer's result (*post-norm*), and such a stack is touchy at the start.
# Normalizing **before** each layer (*pre-norm*, Xiong et al. 2020) leaves a clear path from top to bottom. Three
# models learn to reverse short words, all with the same learning rate:

# %%
from labkit.data.translation import reversal
from labkit.nn.blocks import PostNorm, PreNorm

letters = reversal(lesson.pick(standard=4_000, quick=500), 100, shortest=2, longest=8, seed=seed)


def reversal_losses(residual, warmup):
    torch.manual_seed(seed)
    model = Transformer(len(letters.source), len(letters.target), 64, 4, 3, 0.0, residual).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, betas=(0.9, 0.98), eps=1e-9)

    def loss(batch):
        source, target = batch
        logits = model(source, target[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING)

    pairs = list(batches(letters.train, 32, torch.Generator().manual_seed(seed), device))
    few = lesson.pick(standard=120, quick=8)
    return fit(loss, pairs, optimizer, few, schedule=lambda step: min(1.0, step / warmup)).losses


runs = {
    "post-norm, no warm-up": reversal_losses(PostNorm, warmup=1),
    "post-norm, 50 steps": reversal_losses(PostNorm, warmup=50),
    "pre-norm, no warm-up": reversal_losses(PreNorm, warmup=1),
}
smooth = {name: torch.tensor(losses).unfold(0, 8, 1).mean(dim=1) for name, losses in runs.items()}
curves({name: (range(8, 8 + len(losses)), losses) for name, losses in smooth.items()},
       "Learning to reverse words, at the same learning rate", "step (mean of 8)", "loss in nats per token")  # fmt: skip

# %%
final = {name: sum(losses[-20:]) / len(losses[-20:]) for name, losses in runs.items()}
claim(
    "post-norm learns faster with warm-up; pre-norm does without",
    final["post-norm, 50 steps"] < final["post-norm, no warm-up"] - 0.2
    and final["pre-norm, no warm-up"] < final["post-norm, no warm-up"] - 0.2,
    final,
    only_in="standard",
)

# %% [markdown]
# Our Transformer will be pre-norm, with a short warm-up all the same: Adam's first steps are as long as the learning
# rate says, before it knows how large the gradients are.

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Four functions, about five minutes each. Replace `raise NotImplementedError` and run the cell: you see at once what is
# right. Stuck? `hint()` in a new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. Attention, with a mask
#
# Write the formula of part 3. The mask is `True` where a query may look; elsewhere its weight must be exactly zero,
# and the others must still sum to one. A query that may look nowhere reads zeros. Any number of batch axes may stand
# in front, so count the axes from the end.


# %% name="attend" exercise="transformer.attend"
@exercise("transformer.attend")
def attend(query, key, value, mask=None):
    """Read from the values, as well as each key fits the query.

    query (..., t, k), key (..., s, k), value (..., s, v); mask None, or boolean and broadcastable to (..., t, s).
    Returns what was read (..., t, v) and the weights (..., t, s).
    """
    ### BEGIN SOLUTION
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
        weights = weights.masked_fill(~mask, 0.0)  # rows in which all is masked
    return weights @ value, weights
    ### END SOLUTION


# %% checks="transformer.attend"
score("transformer.attend")

# %% [markdown]
# ### Exercise 2. Several heads at once
#
# Cut the width into `heads` slices of neighbors, let each slice attend by itself, and lay the results side by side
# again. No loop is needed: give the heads an axis of their own, in front of the positions, and your `attend` does the
# rest. Mind the order: a head must get *its slice of every token*, not *every slice of some tokens*.


# %% name="multi-head" exercise="transformer.multi_head"
@exercise("transformer.multi_head")
def multi_head(query, key, value, heads, mask=None):
    """Attention in `heads` slices of the width, each with weights of its own.

    query (b, t, d), key and value (b, s, d); mask None, or boolean and broadcastable to (b, heads, t, s).
    Returns (b, t, d).
    """

    ### BEGIN SOLUTION
    def split(x):
        return x.unflatten(-1, (heads, -1)).transpose(1, 2)  # b h t k

    read, _ = attend(split(query), split(key), split(value), mask)
    return read.transpose(1, 2).flatten(start_dim=2)
    ### END SOLUTION


# %% checks="transformer.multi_head"
score("transformer.multi_head")

# %% [markdown]
# ### Exercise 3. Positions as waves
#
# Write the table of part 4: row $p$ holds $\sin$ and $\cos$ of $p / 10000^{2i/d}$, side by side, for $i = 0, 1, \dots$


# %% name="positions" exercise="transformer.positions"
@exercise("transformer.positions")
def wave_table(length, width):
    """Sinusoidal positions: a float tensor (length, width). The width is even."""
    ### BEGIN SOLUTION
    speed = 10_000.0 ** -(torch.arange(0, width, 2) / width)  # one for each pair of dimensions
    angle = torch.arange(length)[:, None] * speed
    table = torch.empty(length, width)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table
    ### END SOLUTION


# %% checks="transformer.positions"
score("transformer.positions")

# %% [markdown]
# ### Exercise 4. How a writer is taught
#
# The decoder learns all places of a sentence at once (*teacher forcing*). At each place it gets the **true** tokens
# up to there, and should say the **next** one. So from one target, `start 2 0 2 6 end`, come inputs `start 2 0 2 6`
# and labels `2 0 2 6 end`. And since all places are computed together, a mask must hide the future, or the model
# would copy the answer. It hides padding too.


# %% name="teacher-forcing" exercise="transformer.teacher_forcing"
@exercise("transformer.teacher_forcing")
def teacher_forcing(target, padding=0):
    """From targets (b, t) of token numbers: inputs (b, t-1), labels (b, t-1), and a boolean mask (b, t-1, t-1).

    mask[b, i, j] is True where position i may look at input j: not ahead of itself, and not at padding.
    """
    ### BEGIN SOLUTION
    inputs, labels = target[:, :-1], target[:, 1:]
    length = inputs.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=target.device).tril()
    return inputs, labels, causal & (inputs != padding)[:, None, :]
    ### END SOLUTION


# %% checks="transformer.teacher_forcing"
score("transformer.teacher_forcing")

# %%
example_inputs, _, mask = teacher_forcing(F.pad(task.target.encode([list("2026")]), (0, 2), value=PADDING))
names = [task.target.tokens[number] for number in example_inputs[0]]
heatmap(mask[0].int(), names, names, "Who may look where (1: may look)", ("position that looks", "looked at"))

# %% [markdown]
# ### From the pieces to the model
#
# Your four functions are the whole idea. labkit's `MultiHeadAttention` adds four learned maps (for queries, keys,
# values and the result) around your second function. Give yours its weights: the results must agree.

# %%
layer, x = MultiHeadAttention(width=64, heads=4), torch.randn(2, 10, 64)
inputs, labels, mask = teacher_forcing(test_target[:2, :11])
with torch.no_grad():
    mine = layer.out(multi_head(layer.query(x), layer.key(x), layer.value(x), 4, mask[:, None]))
    print(f"largest difference to labkit's layer: {(mine - layer(x, mask=mask)).abs().max():.1e}")

# %% [markdown]
# And this is all that labkit puts on top. A block looks and thinks; a residual path adds (here pre-norm); the model
# chains the blocks.

# %%
import inspect

from labkit.nn.blocks import DecoderBlock

for piece in (PreNorm.forward, DecoderBlock.forward, Transformer.forward):
    print(inspect.getsource(piece))

# %% [markdown]
# Line by line, where it matters:
# - `PreNorm.forward`: the sublayer sees normalized input, and its result is *added*. Where a layer has nothing to say
#   it can add zero.
# - `DecoderBlock.forward`: three sublayers. The first looks at what is written (`mask` hides the future), the second
#   at what was read (`memory`), the third thinks.
# - `Transformer.forward`: the encoder runs once. All target positions go through the decoder together: training is
#   parallel over the sentence, where the recurrent translator had to go token by token.

# %% [markdown]
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | width, heads, depth | 64, 4, 2 | a quarter of a million weights: seconds on a laptop; each head has 16 dimensions |
# | optimizer | Adam, β₂ = 0.98 | the paper's; its short memory for gradient sizes suits a short run |
# | learning rate | 5e-3, 60 steps up, then down to 0 | of 3e-3 and 5e-3 the faster in trials; the fall settles the last errors |
# | label smoothing | 0.1 | the paper's: asks for 90 % of the probability, so no logit is driven to infinity |
# | dropout | 0 | less than two passes over generated data leave little to learn by heart: in a trial of 700 steps at 3e-3, dropout 0.1 gave 98.4 %, none 99.6 % |
# | batch | 64 sentences | small batches give many steps a second on a CPU |
#
# Label smoothing has a consequence that you will see in the curve: the loss cannot reach zero. The best possible
# answer to the smoothed target still costs its entropy.


# %%
def translation_loss(batch):
    source, target = batch
    inputs, labels, _ = teacher_forcing(target)  # the model makes the same mask for itself
    logits = transformer(source, inputs)  # b t v
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=PADDING, label_smoothing=0.1)


smoothed = torch.full((len(task.target),), 0.1 / len(task.target))
smoothed[0] += 0.9
floor = torch.special.entr(smoothed).sum().item()
transformer.train()
history = train(transformer, translation_loss, rate=5e-3, warmup=lesson.pick(standard=60, quick=3),
                title="Transformer")  # fmt: skip
print(f"{history.seconds:.0f} s; last loss {history.losses[-1]:.3f}; no loss can be lower than {floor:.3f}")

# %%
from labkit.nn.decoding import beam_search

written = translate(transformer, test_source)
scores["Transformer"] = exact_match(written, test_target)
with torch.no_grad():
    beams, _ = beam_search(transformer.start(test_source[:200].to(device)), len(test_source[:200]), 11, START, END,
                           beams=4, device=device)  # fmt: skip
print(f"greedy on the first 200: {exact_match(written[:200], test_target[:200]):.1%}, ", end="")
print(f"beam search with 4 beams: {exact_match(beams[:, 0].cpu(), test_target[:200]):.1%}")
bars(scores, "Dates translated without any error, on days never seen", "share of test dates")

# %%
claim(
    "the Transformer translates over 95 % of unseen dates exactly; the recurrent translator errs over ten times as often",
    scores["Transformer"] > 0.95 and 1 - scores["recurrent, one vector"] > 10 * (1 - scores["Transformer"]),
    scores,
    only_in="standard",
)

# %% [markdown]
# **Beam search** keeps the four best beginnings instead of one, and compares them by their probability with a
# correction for length (Wu et al. 2016). On dates there is little to gain: one reading is right, and the model knows
# it. In real translation, where a good sentence may begin with an unlikely word, it is worth a good deal.

# %% [markdown]
# ## 7. Look inside
#
# `watch` makes every attention layer note what it looks at, for as long as the context lasts. Otherwise the weights
# are never formed: the fused kernel that trains our model computes the same result without them.

# %%
from labkit.nn.attention import watch
from labkit.show.attention.explorer import AttentionExplorer, AttentionPanel


def panels_for(text):
    """Translate one sentence, and collect all that was looked at on the way."""
    source = task.source.encode([tokenize(text)])
    target = translate(transformer, source)
    with torch.no_grad(), watch(transformer) as seen:
        transformer(source.to(device), target[:, :-1].to(device))

    def weights(side, part):
        layers = [look for name, look in seen.items() if name.startswith(side) and name.endswith(f".{part}")]
        return torch.stack([look[-1].weights[0] for look in layers]).cpu()  # layers heads t s

    read = [task.source.tokens[number] for number in source[0]]
    wrote = [task.target.tokens[number] for number in target[0, :-1]]
    causal = teacher_forcing(target)[2][0]
    return {
        "encoder self-attention": AttentionPanel(weights("encoder", "attention"), read, read),
        "decoder self-attention": AttentionPanel(weights("decoder", "attention"), wrote, wrote, causal),
        "cross-attention": AttentionPanel(weights("decoder", "cross_attention"), wrote, read),
    }, "".join(task.target.decode(target[0]))


panels, translation = panels_for("Saturday the 7th of March 2026")
print(f"Saturday the 7th of March 2026 -> {translation}")
AttentionExplorer(panels, panel="cross-attention", layer=1, head=0, token=6)

# %% [markdown]
# Point at a token on the left, or move with the arrow keys; the small maps are the heads. **Find by hand:**
# 1. *Cross-attention.* A row is where the decoder looks **after** it has written that token, to find the next. Which
#    head looks at `march` after the first dash? Do all heads of that layer agree?
# 2. *Decoder.* Half of the map is forbidden. Switch the mask off and on: which cells are zero because they must be,
#    and which because the model wants them to be?
# 3. *Encoder.* Which head has the lowest entropy? Is it looking at a word, or at a fixed distance?
#
# Then call `panels_for` with a date of your own, and show it.

# %%
date_of_yours = "the twenty-first of June, 1999"  # change me
AttentionExplorer(panels_for(date_of_yours)[0], panel="cross-attention", layer=1)

# %% [markdown]
# Weights that look sensible prove nothing yet: is the head *needed*? **Guess first**: how many of the dates are lost
# if you take away the head with the clearest map? We switch off each head of the cross-attention, one at a time, then
# all four of a layer, and count.

# %%
few = lesson.pick(standard=300, quick=20)


def accuracy_without(depth, heads):
    """Exact matches when these heads of a layer's cross-attention add nothing."""
    out = transformer.decoder.blocks[depth].cross_attention.out.weight
    before = out.detach().clone()
    with torch.no_grad():
        for head in heads:
            out[:, 16 * head : 16 * head + 16] = 0.0
    found = exact_match(translate(transformer, test_source[:few]), test_target[:few])
    with torch.no_grad():
        out.copy_(before)
    return found


intact = accuracy_without(0, [])
lost = torch.tensor([[intact - accuracy_without(depth, [head]) for head in range(4)] for depth in (0, 1)])
lost_all = torch.tensor([[intact - accuracy_without(depth, range(4))] for depth in (0, 1)])
names = [*(f"head {head}" for head in range(4)), "all four"]
title = f"Accuracy lost without heads of the cross-attention ({intact:.0%} with all)"
heatmap(torch.cat([lost, lost_all], dim=1), ["layer 0", "layer 1"], names, title, ("layer", "taken away"))

# %%
claim(
    "heads stand in for each other: no single one is needed as much as its layer",
    lost.max() < 0.5 * lost_all.max(),
    {"most lost without one head": lost.max(), "most lost without a layer's four": lost_all.max()},
    only_in="standard",
)

# %% [markdown]
# A head with a clear map may be one that nobody would miss. Keep that in mind whenever an attention map is shown to
# you as an explanation.

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: every position is one step from every other**, and all positions are trained at once. That is what the
# table of part 6 measured.
#
# **Cost: everybody looks at everybody.** For $n$ positions there are $n^2$ weights. We time `attend` as you wrote it
# beside torch's fused kernel, and count their multiplications and what each keeps for the backward pass.

# %%
from torch.utils.flop_counter import FlopCounterMode

lengths = [128, 256, 512, 1024, lesson.pick(standard=2048, quick=1024)]


def seconds(run, n):
    x = torch.randn(1, 4, n, 32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run(x)
        times.append(time.perf_counter() - start)
    return min(times)


def megabytes_kept(run, n):
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = run(torch.randn(1, 4, n, 32, requires_grad=True))
    del result
    return sum(kept.values()) / 1e6


def operations(run, n):
    with FlopCounterMode(display=False) as counter:
        run(torch.randn(1, 4, n, 32))
    return counter.get_total_flops()


ways = {
    "as you wrote it": lambda x: attend(x, x, x)[0],
    "fused kernel": lambda x: F.scaled_dot_product_attention(x, x, x),
}
counted = [operations(ways["as you wrote it"], n) for n in lengths]  # the fused kernel multiplies the same numbers
took = {name: [1000 * seconds(way, n) for n in lengths] for name, way in ways.items()}
kept = {name: [megabytes_kept(way, n) for n in lengths] for name, way in ways.items()}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.0))
for axes, values, label in ((left, took, "milliseconds"), (right, kept, "megabytes kept for backward")):
    for (name, value), color in zip(values.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True):
        axes.loglog(lengths, value, marker="o", color=color, label=name)
    axes.set(xlabel="positions n", ylabel=label, title="Time" if axes is left else "Memory")
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.minorticks_off()
left.legend()
plt.show()


# %%
def growth(values):
    """The power of n, between n = 512 and the longest."""
    return math.log(values[-1] / values[2]) / math.log(lengths[-1] / lengths[2])


claim(
    "attention's cost grows as n^2, in operations and at least so in time; the fused kernel saves memory, not operations",
    abs(growth(counted) - 2) < 0.05
    and all(growth(times) > 1.5 for times in took.values())
    and growth(kept["as you wrote it"]) > 1.8
    and growth(kept["fused kernel"]) < 1.2,
    {"operations": f"n^{growth(counted):.2f}"}
    | {
        f"{what}, {name}": f"n^{growth(of[name]):.2f}"
        for what, of in (("time", took), ("memory", kept))
        for name in ways
    },
    only_in="standard",
)

# %% [markdown]
# Where the written-out form falls behind the square, its weights no longer fit into the processor's cache: moving
# them costs more than computing them. The fused kernel computes them piece by piece and never stores them.
#
# **Weakness: it knows what it saw.** We ask for dates outside of its years (1950 to 2049), where the rule is the
# same, and look at how sure it is.


# %%
def sureness(source, written):
    """Mean probability that the model gives to the ten places it wrote itself."""
    with torch.no_grad():
        p = transformer(source.to(device), written[:, :11].to(device)).softmax(dim=-1)
    return p[:, :10].max(dim=-1).values.mean().item()


def on_years(first, last, count=300):
    chosen = torch.Generator().manual_seed(seed)
    days = [date(int(torch.randint(first, last + 1, (), generator=chosen)), 3, 1 + i % 28) for i in range(count)]
    source = task.source.encode([tokenize(human_date(day, "{day} {month} {year}")) for day in days])
    target = task.target.encode([list(day.isoformat()) for day in days])
    written = translate(transformer, source)
    return exact_match(written, target), sureness(source, written), (days[0], "".join(task.target.decode(written[0])))


inside, outside = on_years(1950, 2049, few), on_years(1650, 1849, few)
for name, (right_ones, sure, (day, text)) in (("1950 to 2049", inside), ("1650 to 1849", outside)):
    print(f"{name}: {right_ones:.0%} right, {sure:.0%} sure. For example {day} became {text}")

# %%
claim(
    "outside of the years it was trained on the model fails, and does not say so",
    outside[0] < 0.5 < inside[0] and outside[1] > 0.6 * inside[1],
    {"right inside": inside[0], "right outside": outside[0], "sure inside": inside[1], "sure outside": outside[1]},
    only_in="standard",
)

# %% [markdown]
# Look at the example: it wrote a year that it could have seen. And it is nearly as sure as it ever is: with
# label smoothing it was taught to be 90 % sure of everything.
#
# The rule "copy the four digits of the year" would have been simpler. Nothing in the data asked for it: every year
# the model ever wrote began with 19 or 20. **Data** is the Transformer's appetite: it has few built-in assumptions,
# so what it should take for granted must be in the examples.
#
# ## 9. In practice
#
# Nobody writes attention by hand for a product. In PyTorch you call
# `torch.nn.functional.scaled_dot_product_attention`, which picks a fused kernel, or `torch.nn.MultiheadAttention`, or
# a whole model from Hugging Face's `transformers`. Here is torch's layer with the weights of our trained one:

# %%
ours = transformer.decoder.blocks[0].cross_attention
theirs = nn.MultiheadAttention(64, 4, batch_first=True).to(device)
x, memory = torch.randn(2, 11, 64, device=device), torch.randn(2, 16, 64, device=device)
hidden = torch.rand(2, 16, device=device) > 0.7  # torch's masks are the other way round: True means "may not look"
hidden[:, 0] = False
with torch.no_grad():
    theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
    theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
    theirs.out_proj.load_state_dict(ours.out.state_dict())
    difference = (ours(x, memory, ~hidden[:, None]) - theirs(x, memory, memory, key_padding_mask=hidden)[0]).abs().max()
claim("torch.nn.MultiheadAttention with our weights gives our result", difference < 1e-5, {"difference": difference})

# %% [markdown]
# labkit's tests do the same with the whole of `torch.nn.Transformer` and of Hugging Face's `MarianMT`, gradients and
# decoding included.
#
# | variant | what it changed | where |
# |---|---|---|
# | BERT, GPT, T5 | the encoder alone, the decoder alone, both, trained on raw text | Hours 8 and 9 |
# | ViT, DETR | tokens are patches of an image, queries are objects | Hour 10 |
# | pre-norm, RMSNorm | where and how to normalize, for depth | Xiong et al. 2020 |
# | rotary positions | turn instead of add | Su et al. 2021 |
# | multi-query, grouped-query | heads share keys and values: a smaller cache | Shazeer 2019 |
# | FlashAttention | the same numbers, without ever storing the weights | Dao et al. 2022 |
# | sparse and linear attention | not everybody looks at everybody | Hour 30 |
#
# Used for: translation, search, code, speech, protein structure, weather. Nearly every large model of today is a
# stack of the blocks that you just built.
#
# ## 10. Responsibility
#
# *Whose convention?* `03/04/2026` is March 4 in the United States and April 3 in most of Europe. Our generator is
# day-first, so the model is, too. Does it at least hesitate?


# %%
def log_probability(text, iso):
    """Of one translation, under the model, in nats."""
    source, target = task.source.encode([tokenize(text)]).to(device), task.target.encode([list(iso)]).to(device)
    with torch.no_grad():
        log_p = transformer(source, target[:, :-1]).log_softmax(dim=-1)
    return log_p.gather(2, target[:, 1:, None]).sum().item()


day_first, month_first = (log_probability("03/04/2026", iso) for iso in ("2026-04-03", "2026-03-04"))
print(f"April 3 is {math.exp(day_first - month_first):,.0f} times as likely as March 4")

# %% [markdown]
# It does not hesitate. A default of whoever made the data has become a fact, without a trace in the output. Large
# translators do the same with more at stake: from languages without gendered pronouns they made the doctor a *he* and
# the nurse a *she* (Prates et al. 2019). Ask of every data set: whose habits are these?
#
# - **Fluent and wrong.** Part 8: an answer in perfect form, with high probability, and false. Form is not evidence.
# - **Attention is not an explanation** (Jain and Wallace 2019). You saw heads with clear maps that could be taken away.
# - **Privacy.** With enough weights a Transformer can recite rare training sentences. Ours has seen only generated
#   dates. Before you train one on messages or records, ask what it could repeat, and to whom.
# - **Energy.** Cost grows with the square of the length, and with every token written. This notebook took about a
#   minute of a laptop; the largest models take months of many thousand accelerators.
#
# ## 11. Check yourself
#
# <details><summary>1. All scores of a row grow by the same constant. What happens to the weights?</summary>
#
# Nothing: softmax ignores a constant. That is why a bias on the keys has no effect.
# </details>
#
# <details><summary>2. Why is the decoder masked in training, though at translation time there is no future to see?</summary>
#
# In training all places are computed at once from the true sentence. Without the mask each place could read its own
# label.
# </details>
#
# <details><summary>3. You double the number of heads and keep the width. How many more weights has the layer?</summary>
#
# None. Each head gets half as wide.
# </details>
#
# <details><summary>4. An encoder without positions reads "dog bites man". What can it not tell?</summary>
#
# Who bites. It reads the same bag as in "man bites dog".
# </details>
#
# <details><summary>5. Your loss stops at 0.54 with label smoothing. Is the model bad?</summary>
#
# Perhaps it is perfect. Compare with the entropy of the smoothed labels before you worry.
# </details>
#
# <details><summary>6. A sentence gets four times as long. What happens to the time of attention, and to the memory of the fused
# kernel?</summary>
#
# The time grows about sixteenfold, the memory about fourfold.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Vaswani et al. 2017, *Attention is all you need*, https://arxiv.org/abs/1706.03762. Bahdanau et al.
# 2015, where attention comes from, https://arxiv.org/abs/1409.0473. Xiong et al. 2020, on norms and warm-up,
# https://arxiv.org/abs/2002.04745. Su et al. 2021, rotary positions, https://arxiv.org/abs/2104.09864. Michel et al.
# 2019, *Are sixteen heads really better than one?*, https://arxiv.org/abs/1905.10650. Jain and Wallace 2019,
# *Attention is not explanation*, https://arxiv.org/abs/1902.10186. Dao et al. 2022, FlashAttention,
# https://arxiv.org/abs/2205.14135.
#
# **Next**: Hour 8 keeps only the decoder, and lets it write on for as long as you like: GPT.
