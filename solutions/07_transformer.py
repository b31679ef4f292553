# %% [markdown] badges=true
# # Hour 7. Attention and the Transformer
#
# After this hour you can
# - compute attention by hand, and write it in a few lines of code, masks included;
# - explain why scores are scaled, why attention has several heads, and why a model needs positions, each with an
#   experiment that you have seen;
# - write a Transformer block, and train a Transformer that translates dates from twenty-three formats;
# - look inside it, and say where it fails.
#
# <!-- plan -->
#
# You need matrix products, the softmax and cross-entropy. Hour 3 (recurrent networks) helps, but is not required.
#
# **How to work.** Run the cells from top to bottom. You write five short functions. Each is checked as soon as you run
# its cell. If yours is not right yet, the notebook says so and continues with labkit's version.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %% fold="Import what this hour uses"
import math
import time
from datetime import date
from string import Formatter

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars
from labkit.show.style import COLOR, DIVERGING

lesson = begin(7, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: translating one sequence into another
#
# People write dates in many formats. Programs want one: ISO 8601, year-month-day. We generate pairs: a date in one of
# twenty-three formats, and the same date in ISO 8601. One day in five is kept out of the training set in every format, so
# we test the model on days that it has never seen.

# %% result=true
from labkit.data.translation import FORMATS, batches, dates, human_date, tokenize
from labkit.data.vocabulary import END, PADDING, START

task = dates(
    train=lesson.pick(standard=20_000, quick=2_000),
    test=lesson.pick(standard=1_000, quick=100),
    seed=seed,
)
for source, target in task.test_pairs[:5]:
    print(f"{' '.join(source):50s} {''.join(target)}")
print(f"{len(task.train[0]):,} training pairs")
print(f"{len(task.source)} source tokens, {len(task.target)} target tokens")

# %% [markdown]
# A **token** is one unit of the sequence: a word, a digit or a punctuation mark. The tokens of each side are its
# **vocabulary**. Both vocabularies include four special tokens: padding, start, end and unknown.
#
# The next figure shows one day in six formats. Follow one color. The day, for example, stands first, last or in between.

# %% fold="Draw one day in six formats"
ROLE = {
    "day": "orange",
    "dd": "orange",
    "th": "orange",
    "ordinal": "orange",
    "weekday": "gray",
    "wkd": "gray",
}
ROLE |= {
    "month": "sky",
    "mon": "sky",
    "mm": "sky",
    "m": "sky",
    "year": "yellow",
    "yy": "yellow",
}
EXAMPLES = [FORMATS[i] for i in (0, 6, 11, 15, 19, 22)]


def colored_tokens(form):
    """The tokens of one day in this format, each with the color of its role."""
    for literal, part, _, _ in Formatter().parse(form):
        yield from ((token, "white") for token in tokenize(literal))
        if part:
            shade = "#C9C9C9" if ROLE[part] == "gray" else COLOR[ROLE[part]]
            yield from (
                (token, shade)
                for token in tokenize(human_date(date(1987, 11, 26), f"{{{part}}}"))
            )


figure, axes = plt.subplots(figsize=(9.6, 3.6))
for row, form in enumerate(EXAMPLES):
    for column, (token, color) in enumerate(colored_tokens(form)):
        axes.add_patch(
            plt.Rectangle((column + 0.04, row - 0.38), 0.92, 0.76, color=color)
        )
        size = 8 if len(token) > 6 else 11
        axes.text(
            column + 0.5,
            row,
            token,
            ha="center",
            va="center",
            fontsize=size,
            color="black",
        )
axes.set(
    xlim=(0, 15),
    ylim=(len(EXAMPLES) - 0.5, -0.5),
    xlabel="position in the sentence",
    yticks=[],
)
axes.set_title(
    "1987-11-26 in six formats: day orange, month blue, year yellow, weekday gray"
)
axes.grid(visible=False)
plt.show()

# %% [markdown]
# ### What simpler models do
#
# **A bag of tokens.** The first baseline counts the tokens of the sentence. A linear classifier predicts each of the ten
# characters of the answer from these counts. It knows which tokens occur, but not where.
#
# **A recurrent translator** (Sutskever et al. 2014). A recurrent network (a GRU, Hour 3) reads the sentence token by
# token and ends with a single state vector. A second one starts from that vector and predicts the answer token by
# token. This model knows the order, but the whole sentence must pass through **one vector of fixed size**.
#
# Both get as many training steps as the Transformer of part 6. The recurrent translator has 213,000 weights, the
# Transformer 240,000.

# %% fold="The training loop and the measure that all models of this hour share"
from labkit.nn.decoding import greedy
from labkit.rnn.seq2seq import Seq2Seq
from labkit.show.live.explorer import LiveCurves
from labkit.train.fit import fit
from labkit.train.schedules import linear

steps = lesson.pick(standard=500, quick=12)
test_source, test_target = task.test


def train(model, loss, rate, warmup, title):
    """Train with Adam; the learning rate rises for `warmup` steps, then falls to zero."""
    optimizer = torch.optim.Adam(
        model.parameters(), lr=rate, betas=(0.9, 0.98), eps=1e-9
    )
    pairs = list(batches(task.train, 64, torch.Generator().manual_seed(seed), device))
    report = LiveCurves(steps, title, log=True)
    return fit(
        loss, pairs, optimizer, steps, linear(warmup, steps), clip=1.0, report=report
    )


def exact_match(written, target):
    """The share of rows in which all ten characters are right."""
    return (written[:, 1:11] == target[:, 1:11]).all(dim=1).float().mean().item()


def translate(model, source):
    """Greedy decoding: append the most probable next token, feed it back in, and repeat."""
    model.eval()
    with torch.no_grad():
        return greedy(
            model.start(source.to(device)), len(source), 11, START, END, device
        ).cpu()


# %% fold="Train the bag of tokens and the recurrent translator" result=true
bag = nn.EmbeddingBag(
    len(task.source), 10 * len(task.target), mode="sum", padding_idx=PADDING
).to(device)
recurrent = Seq2Seq(len(task.source), len(task.target), width=128).to(device)
short = lesson.pick(standard=10, quick=3)


def bag_loss(batch):
    source, target = batch
    logits = bag(source).view(
        len(source), 10, -1
    )  # one distribution for each character
    return F.cross_entropy(logits.flatten(0, 1), target[:, 1:11].flatten())


def recurrent_loss(batch):
    source, target = batch
    logits = recurrent(source, target[:, :-1])  # b t v
    return F.cross_entropy(
        logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING
    )


train(bag, bag_loss, rate=3e-2, warmup=short, title="Bag of tokens")
train(recurrent, recurrent_loss, rate=3e-3, warmup=short, title="Recurrent translator")
guessed = F.pad(
    bag(test_source.to(device)).view(len(test_source), 10, -1).argmax(dim=-1).cpu(),
    (1, 0),
)
written = translate(recurrent, test_source)
scores = {
    "bag of tokens": exact_match(guessed, test_target),
    "recurrent, one vector": exact_match(written, test_target),
}
for name, share in scores.items():
    print(f"{name}: {share:.1%} of the test dates right")
wrong = (
    (written[:, 1:11] != test_target[:, 1:11]).any(dim=1).nonzero().flatten().tolist()
)
print("Five mistakes of the recurrent translator:")
for row in wrong[:5]:
    source, target = task.test_pairs[row]
    print(
        f"{' '.join(source):50s} right {''.join(target)}   predicted {''.join(task.target.decode(written[row]))}"
    )

# %% [markdown]
# Look at the mistakes of the standard run. Each answer has the form of a date, but some digits are wrong. The model needs
# to **look back** at the sentence while it writes. Attention makes that possible.
#
# ## 3. The architecture: attention and blocks
#
# A dictionary holds keys and values. You give it a **query**, and it returns the value whose **key** equals the query.
# Attention is a soft dictionary: it returns a weighted mean of *all* **values**. The weight of a value says how well its
# key matches the query.
#
# $$\mathrm{weights} = \mathrm{softmax}\left(\frac{Q K^\top}{\sqrt{{\color{#8A6D00}{k}}}}\right), \qquad
# \mathrm{read} = \mathrm{weights} \cdot V$$
#
# Each symbol keeps its color in this course: ${\color{#0072B2}{t}}$ is the number of queries, ${\color{#C04F00}{s}}$ the
# number of keys, and ${\color{#8A6D00}{k}}$ the length of one query or key. $Q$ is ${\color{#0072B2}{t}} \times
# {\color{#8A6D00}{k}}$, $K$ and $V$ are ${\color{#C04F00}{s}} \times {\color{#8A6D00}{k}}$, and the weights are
# ${\color{#0072B2}{t}} \times {\color{#C04F00}{s}}$. The softmax runs over the keys, so each row of weights sums to one.
#
# **By hand.** Take one query $(2, 0, 0, 2)$, so ${\color{#8A6D00}{k}} = 4$, and three keys:
#
# | key | dot product | divided by $\sqrt{4}$ | exponential | weight | value |
# |---|---|---|---|---|---|
# | $(2, 0, 0, 0)$ | 4 | 2 | 7.39 | 0.705 | 10 |
# | $(0, 1, 0, 1)$ | 2 | 1 | 2.72 | 0.259 | 20 |
# | $(0, 1, 0, -1)$ | −2 | −1 | 0.37 | 0.035 | 30 |
#
# The query reads $0.705 \cdot 10 + 0.259 \cdot 20 + 0.035 \cdot 30 = 13.3$.
#
# A **mask** forbids some pairs. It is a boolean matrix, `True` where a query may look. The weight of a forbidden key must
# be exactly 0, and the other weights of its row must still sum to 1: so set its *score* to $-\infty$ before the softmax,
# because $e^{-\infty} = 0$. If a query may look at no key at all, its weights must all be 0, and it reads zeros.
#
# ### Exercise 1. Attention with a mask
#
# Write the formula with the mask. Any number of batch axes may come first, so count axes from the end. Stuck? Type
# `hint()` in a new cell for one hint at a time.


# %% name="attend" exercise="transformer.attend"
@exercise("transformer.attend")
def attend(query, key, value, mask=None):
    """Return a weighted mean of the values for each query, and the weights.

    query: (..., t, k), key: (..., s, k), value: (..., s, v)
    mask: None, or boolean, True where a query may look; broadcasts to (..., t, s)
    returns: read (..., t, v) and weights (..., t, s)

    Example: query [[2, 0, 0, 2]], key [[2, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, -1]]
    and value [[10], [20], [30]] give read [[13.3]], weights [[0.705, 0.259, 0.035]].
    With mask [[True, True, False]]: read [[12.7]], weights [[0.731, 0.269, 0]].
    """
    ### BEGIN SOLUTION
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
        weights = weights.masked_fill(
            ~mask, 0.0
        )  # rows in which every key is forbidden
    return weights @ value, weights
    ### END SOLUTION


# %% checks="transformer.attend"
score("transformer.attend")

# %% [markdown]
# ### Where queries, keys and values come from
#
# Every token enters the model as a vector of ${\color{#00805D}{d}}$ numbers, its **embedding**: a row of a learned table.
# Stack the vectors of the sequence that looks into a matrix $X$, and those of the sequence that it looks at into a matrix
# $Y$. Three learned matrices $W_Q, W_K, W_V$, each ${\color{#00805D}{d}} \times {\color{#8A6D00}{k}}$, compute
#
# $$Q = X W_Q, \qquad K = Y W_K, \qquad V = Y W_V.$$
#
# The model learns what each token looks for, which queries it matches, and what it passes on. There are three uses:
#
# | | $X$ (queries) | $Y$ (keys and values) | purpose |
# |---|---|---|---|
# | self-attention | a sequence | the same sequence | relates the tokens of a sentence to each other |
# | causal self-attention | the answer | the answer, up to the query | predicts without seeing the future |
# | cross-attention | the answer | the source | looks back at the source sentence |
#
# The next cell shows the shapes: three source tokens, five target tokens, vectors of 16 random numbers.

# %%
from labkit.transformers.cross_attention import CrossAttention
from labkit.transformers.self_attention import SelfAttention

x, y = torch.randn(1, 3, 16), torch.randn(1, 5, 16)  # b s d and b t d
for name, (read, weights) in {
    "self": SelfAttention(16)(x),
    "cross": CrossAttention(16, 16)(y, x),
}.items():
    print(f"{name}-attention: read {tuple(read.shape)}, weights {tuple(weights.shape)}")

# %% [markdown]
# ### The Transformer
#
# The **Transformer** (Vaswani et al. 2017) stacks **blocks**. A block has two kinds of layers:
#
# - **Attention** moves information *between* positions.
# - The **feed-forward network** works on *each position separately*, with the same weights at every position:
#   $\mathrm{FFN}(x) = \max(0, x W_1) \, W_2$. Its hidden layer is four times as wide as $x$. (The full model also has
#   biases.)
#
# Each layer's output is **added** to its input. This *residual path* lets information and gradients pass every layer
# unchanged. Before each layer stands a **layer norm**: it subtracts the mean of the ${\color{#00805D}{d}}$ numbers of a
# token and divides by their standard deviation, so that every layer receives inputs of the same size. In the full model,
# a learned scale and shift follow. One encoder block is then
#
# $$a = x + \mathrm{Attention}(\mathrm{LayerNorm}(x)), \qquad y = a + \mathrm{FFN}(\mathrm{LayerNorm}(a)).$$
#
# The **encoder** reads the source with such blocks. The **decoder** predicts the answer. Its blocks have three layers:
# causal self-attention over the answer so far, cross-attention to the encoder's output, and the feed-forward network.
#
# Read the diagram from the top. The shape of the data stands at every arrow; $v$ is the number of target tokens. The line
# around each layer is its residual path. The last layer uses the target's embedding table as its matrix ("weights of
# table").

# %%
from labkit.show.architecture import Diagram
from labkit.transformers.transformer import Transformer

torch.manual_seed(seed)
transformer = Transformer(
    len(task.source), len(task.target), width=64, heads=4, depth=2, dropout=0.0
).to(device)
example = (test_source[:3, :9].to(device), test_target[:3, :7].to(device))
sizes = {"b": 3, "t": 7, "s": 9, "d": 64, "v": len(task.target)}
Diagram(
    transformer,
    *example,
    depth=4,
    axes=sizes,
    columns=("encoder", "decoder"),
    title="The Transformer of this hour",
)

# %% [markdown]
# ## 4. Why it works: three choices, three experiments
#
# ### Why divide by the square root of k?
#
# A dot product of two vectors adds ${\color{#8A6D00}{k}}$ products. If each product has variance 1, the sum has variance
# ${\color{#8A6D00}{k}}$ and standard deviation $\sqrt{{\color{#8A6D00}{k}}}$. Without the division, scores at
# ${\color{#8A6D00}{k}} = 1024$ are typically as large as $\pm 32$.
#
# **Predict** before you run the cell: what happens to the softmax of such scores, and to the gradient that passes through
# it?

# %% fold="Measure how much gradient passes the softmax at growing k"
widths = [4, 16, 64, 256, 1024]
gradient, entropies = {"not scaled": [], "scaled": []}, {"not scaled": [], "scaled": []}
for k in widths:
    query, keys = torch.randn(256, 1, k), torch.randn(256, 32, k)
    products = (query @ keys.transpose(1, 2))[:, 0]  # 256 queries, 32 keys each
    for name, logits in (("not scaled", products), ("scaled", products / math.sqrt(k))):
        w = logits.softmax(dim=-1)
        jacobian = torch.diag_embed(w) - w[:, :, None] * w[:, None, :]
        gradient[name].append(jacobian.flatten(1).norm(dim=-1).median().item())
        entropies[name].append(
            torch.special.entr(w).sum(-1).mean().item() / math.log(2)
        )
figure, axes = plt.subplots(figsize=(7.2, 3.2))
for (name, values), color in zip(gradient.items(), ("vermilion", "blue"), strict=True):
    axes.loglog(widths, values, marker="o", color=COLOR[color], label=name)
axes.set_xticks(widths, [str(k) for k in widths])
axes.minorticks_off()
axes.set(
    title="Gradient through the softmax (median of 256 queries)",
    xlabel="k, length of queries and keys",
)
axes.set_ylabel("norm of the derivative")
axes.legend()
plt.show()

# %% fold="Claim: without the scale the gradient vanishes"
claim(
    "without the division by the root of k the softmax saturates, and its gradient vanishes as k grows",
    gradient["not scaled"][-1] < gradient["not scaled"][0] / 100
    and min(gradient["scaled"]) > gradient["scaled"][0] / 2,
    {
        "k = 1024, not scaled: norm of the derivative": gradient["not scaled"][-1],
        "k = 1024, scaled: norm of the derivative": gradient["scaled"][-1],
        "k = 1024, not scaled: entropy in bits": entropies["not scaled"][-1],
        "k = 1024, scaled: entropy in bits": entropies["scaled"][-1],
    },
)

# %% [markdown]
# Without the division, the softmax puts nearly all weight on one key. Its derivative, $\mathrm{diag}(w) - w w^\top$ for
# weights $w$, is then close to zero, and the model cannot learn where to look. With the division, the gradient keeps its
# size.
#
# ### Why several heads?
#
# One softmax gives each query one set of weights. Suppose a position needs information from **two** places. Here is the
# smallest such task: letters stand in a ring, and every position must name its left *and* its right neighbor. We train a
# single attention layer on it. All models have the same width and the same number of weights.
#
# **Predict**: can a layer with one head solve it?

# %% fold="Train one attention layer with 1, 2 and 4 heads" result=true
from labkit.nn.attention import MultiHeadAttention
from labkit.nn.positions import LearnedPositions, SinusoidalPositions, sinusoidal


def neighbors_accuracy(heads, letters=8, length=12, width=32):
    """How often one attention layer names both neighbors, in the last twenty steps of its training."""
    torch.manual_seed(seed)
    embed, positions = nn.Embedding(letters, width), LearnedPositions(width, length)
    attention, out = MultiHeadAttention(width, heads), nn.Linear(width, 2 * letters)
    nn.init.normal_(positions.table)
    optimizer = torch.optim.Adam(
        nn.ModuleList([embed, positions, attention, out]).parameters(), lr=5e-3
    )
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
     "Both neighbors named correctly, at equal width", "share of positions")  # fmt: skip

# %% fold="Claim: one head cannot, two can" result=true
claim(
    "a layer with one head cannot read two places and keep them apart; a layer with two heads can",
    both_right[2] > 0.95 and both_right[1] < 0.5,
    {
        f"{heads} head{'s' * (heads > 1)}: share of positions": found
        for heads, found in both_right.items()
    },
    only_in="standard",
)

# %% [markdown]
# One head returns the *mean* of what it reads at the two places. A mean does not say which part came from where.
# **Multi-head attention** therefore cuts queries, keys and values into ${\color{#7B52C7}{h}}$ slices of width
# ${\color{#8A6D00}{k}} = {\color{#00805D}{d}} / {\color{#7B52C7}{h}}$. Each slice, a **head**, computes its own weights.
# The results are placed side by side and multiplied by a fourth learned matrix $W_O$:
#
# $$\mathrm{read}_i = \mathrm{softmax}\left(\frac{Q_i K_i^\top}{\sqrt{{\color{#8A6D00}{k}}}}\right) V_i, \qquad
# \mathrm{Attention} = [\,\mathrm{read}_1, \dots, \mathrm{read}_{{\color{#7B52C7}{h}}}\,] \, W_O.$$
#
# With ${\color{#00805D}{d}} = 4$ and two heads, the row $(1, 2, 3, 4)$ becomes $(1, 2)$ for head 0 and $(3, 4)$ for
# head 1. The number of weights does not change.
#
# ### Exercise 2. Several heads at once
#
# Write everything except $W_O$, without a loop: give the heads an axis in front of the positions, and `attend` treats
# it as a batch axis.


# %% name="multi-head" exercise="transformer.multi_head"
@exercise("transformer.multi_head")
def multi_head(query, key, value, heads, mask=None):
    """Cut the width into `heads` slices, attend in each, put the results side by side.

    query: (b, t, d), key and value: (b, s, d)
    mask: None, or boolean, broadcasts to (b, heads, t, s)
    returns: read (b, t, d)

    Example with 2 heads: query [[[50, 0, 0, 50]]], key [[[1, 0, 1, 0], [0, 1, 0, 1]]],
    value [[[1, 2, 3, 4], [5, 6, 7, 8]]]. Head 0 compares (50, 0) with (1, 0) and (0, 1)
    and reads the first value, head 1 reads the second: the result is [[[1, 2, 7, 8]]].
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
# ### Why positions?
#
# Attention compares contents. Nothing in its formula depends on the order of the tokens. **Predict**: if you shuffle the
# tokens that enter the encoder, what happens to its outputs?

# %%
sentence, order = (
    torch.randn(1, 10, 64, device=device),
    torch.randperm(10, device=device),
)
add_positions, encode = SinusoidalPositions(64).to(device), transformer.encoder.eval()
with torch.no_grad():
    without = (encode(sentence[:, order]) - encode(sentence)[:, order]).abs().max()
    shuffled, straight = (
        encode(add_positions(sentence[:, order])),
        encode(add_positions(sentence)),
    )
    with_positions = (shuffled - straight[:, order]).abs().max()

# %% fold="Claim: without positions the encoder cannot see the order" result=true
claim(
    "without positions the encoder is permutation-equivariant: shuffled inputs give the same outputs, shuffled",
    without < 1e-4 < 0.1 < with_positions,
    {
        "without positions: largest difference": without,
        "with positions: largest difference": with_positions,
    },
)

# %% [markdown]
# The outputs are the same vectors in the new order. Without positions, "dog bites man" and "man bites dog" contain the
# same vectors. So we add a vector to each embedding that depends on its position $p$. The paper uses pairs of sine and
# cosine; each pair $i$ has its own frequency:
#
# $$PE_{p,\,2i} = \sin\left(p / 10000^{2i/{\color{#00805D}{d}}}\right), \qquad
# PE_{p,\,2i+1} = \cos\left(p / 10000^{2i/{\color{#00805D}{d}}}\right), \qquad i = 0, 1, \dots,
# \tfrac{{\color{#00805D}{d}}}{2} - 1.$$
#
# Think of each pair as the hand of a clock. Moving five positions turns each hand by a fixed angle, wherever you start.
# So for each pair one linear map moves every position by five. We fit such maps on positions 0 to 99 and test them on
# positions 100 to 199, for sinusoids and for random vectors.

# %% fold="Draw the table, and test one linear map for all positions"


def shift_error(table, shift=5):
    """The relative error on positions 100 to 199 of the linear maps that fit positions 0 to 99 best."""
    hands = table.view(len(table), -1, 2).transpose(0, 1)  # pairs positions 2
    fitted = torch.linalg.lstsq(
        hands[:, :100], hands[:, shift : 100 + shift]
    ).solution  # pairs 2 2
    predicted, truth = hands[:, 100:200] @ fitted, hands[:, 100 + shift : 200 + shift]
    return ((predicted - truth).norm() / truth.norm()).item()


waves, noise = sinusoidal(256, 64).double(), torch.randn(256, 64).double() * 0.7
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.4))
picture = left.imshow(sinusoidal(64, 64), cmap=DIVERGING, aspect="auto")
left.set(title="The table of positions", xlabel="dimension", ylabel="position")
left.grid(visible=False)
figure.colorbar(picture, ax=left)
distance = torch.arange(-20, 21)
for start, color, line in ((100, "blue", "-"), (20, "vermilion", "--")):
    products = [(waves[start] @ waves[start + j]).item() for j in distance.tolist()]
    right.plot(
        distance,
        products,
        color=COLOR[color],
        linestyle=line,
        label=f"from position {start}",
    )
right.set(title="Dot product of two positions", xlabel="distance", ylabel="dot product")
right.legend()
plt.show()
errors = {
    "sinusoids: relative error": shift_error(waves),
    "random vectors: relative error": shift_error(noise),
}
claim(
    "with sinusoids, one linear map per pair shifts every position, also positions that it was not fitted on",
    errors["sinusoids: relative error"]
    < 1e-3
    < 0.5
    < errors["random vectors: relative error"],
    errors,
)

# %% [markdown]
# In the left picture, columns on the left change fast with the position, columns on the right slowly. In the right
# picture, the two curves coincide: the dot product of two positions depends on their distance alone.
#
# ### Exercise 3. The table of positions
#
# Write the table: one row for each position $p$, and in columns $2i$ and $2i + 1$ the sine and cosine of pair $i$.


# %% name="positions" exercise="transformer.positions"
@exercise("transformer.positions")
def wave_table(length, width):
    """Return sinusoidal positions, a float tensor (length, width). The width is even.

    Example: wave_table(2, 4) is [[sin 0, cos 0, sin 0, cos 0],
    [sin 1, cos 1, sin 0.01, cos 0.01]] = [[0, 1, 0, 1], [0.8415, 0.5403, 0.01, 1.0]],
    because 10000^(0/4) is 1 and 10000^(2/4) is 100.
    """
    ### BEGIN SOLUTION
    speed = 10_000.0 ** -(
        torch.arange(0, width, 2) / width
    )  # one for each pair of dimensions
    angle = torch.arange(length)[:, None] * speed
    table = torch.empty(length, width)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table
    ### END SOLUTION


# %% checks="transformer.positions"
score("transformer.positions")

# %% [markdown]
# ### Further: learned and rotary positions
#
# There are two other common choices. **Learned** positions (`LearnedPositions`) are a table of free vectors. They are
# simple, but undefined beyond the last row of the table. **Rotary** positions (Su et al. 2021, `Rotary`) add nothing to
# the embeddings. Inside attention they rotate queries and keys by an angle that grows with the position. The dot
# product of a query at position $p$ and a key at position $q$ then depends on $p - q$ alone. Most recent language
# models use them.

# %% fold="Claim: rotary scores depend on the distance alone" result=true
from labkit.nn.positions import Rotary

turned = Rotary(64, 256)
query, key = torch.randn(2, 64)
queries, keys = turned(query.expand(200, 64)), turned(key.expand(200, 64))
near = torch.stack([queries[p] @ keys[p - 3] for p in (3, 50, 199)])
far = queries[50] @ keys[10]
claim(
    "with rotary positions a score depends on the distance of query and key alone",
    torch.allclose(near, near[0].expand(3), atol=1e-3)
    and not torch.isclose(far, near[0]),
    {
        f"query at {p}, key at {p - 3}: score": float(s)
        for p, s in zip((3, 50, 199), near, strict=True)
    }
    | {"query at 50, key at 10: score": float(far)},
)

# %% [markdown]
# ### Further: why the learning rate warms up
#
# The paper raises the learning rate in a straight line over the first steps and then lowers it (its equation 3). Its
# blocks normalize *after* adding each layer's output (**post-norm**: $\mathrm{LayerNorm}(x + \mathrm{layer}(x))$). A
# stack of such blocks trains badly when the first steps are large. Normalizing *before* each layer (**pre-norm**, the
# blocks of this hour) changes nothing on the residual path (Xiong et al. 2020). Three models learn to reverse short
# words at the same learning rate. **Predict**: which one learns most slowly?

# %% fold="Train three models with and without warm-up" result=true
from labkit.data.translation import reversal
from labkit.nn.blocks import PostNorm, PreNorm
from labkit.show.plots import curves

letters = reversal(
    lesson.pick(standard=4_000, quick=500), 100, shortest=2, longest=8, seed=seed
)


def reversal_losses(residual, warmup):
    torch.manual_seed(seed)
    model = Transformer(
        len(letters.source), len(letters.target), 64, 4, 3, 0.0, residual
    ).to(device)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=3e-3, betas=(0.9, 0.98), eps=1e-9
    )

    def loss(batch):
        source, target = batch
        logits = model(source, target[:, :-1])
        return F.cross_entropy(
            logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING
        )

    pairs = list(
        batches(letters.train, 32, torch.Generator().manual_seed(seed), device)
    )
    count = lesson.pick(standard=120, quick=8)
    return fit(
        loss, pairs, optimizer, count, schedule=lambda step: min(1.0, step / warmup)
    ).losses


runs = {
    "post-norm, no warm-up": reversal_losses(PostNorm, warmup=1),
    "post-norm, 50 steps": reversal_losses(PostNorm, warmup=50),
    "pre-norm, no warm-up": reversal_losses(PreNorm, warmup=1),
}
smooth = {
    name: torch.tensor(losses).unfold(0, 8, 1).mean(dim=1)
    for name, losses in runs.items()
}
curves({name: (range(8, 8 + len(losses)), losses) for name, losses in smooth.items()},
       "Learning to reverse words, at the same learning rate", "step (mean of 8)", "loss in nats per token")  # fmt: skip

# %% fold="Claim: post-norm needs the warm-up" result=true
final = {name: sum(losses[-20:]) / len(losses[-20:]) for name, losses in runs.items()}
claim(
    "post-norm learns faster with warm-up; pre-norm learns fast without",
    final["post-norm, 50 steps"] < final["post-norm, no warm-up"] - 0.2
    and final["pre-norm, no warm-up"] < final["post-norm, no warm-up"] - 0.2,
    {f"{name}: loss in nats": value for name, value in final.items()},
    only_in="standard",
)

# %% [markdown]
# ## 5. Build it: a block, and how to train it
#
# ### Exercise 4. A Transformer block
#
# Put the pieces together: write the two equations of the encoder block from part 3, with `multi_head` and all six weight
# matrices. For the layer norm, without its learned scale and shift, call `F.layer_norm(x, x.shape[-1:])`.


# %% name="block" exercise="transformer.block"
@exercise("transformer.block")
def block(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """Return the output of one pre-norm encoder block, without biases.

    x: (b, t, d); w_q, w_k, w_v, w_o: (d, d); w_1: (d, f), w_2: (f, d)
    returns: (b, t, d)

    Example: x [[[1, 3]]], heads 1, every matrix the 2 x 2 identity. The norm of (1, 3)
    is (-1, 1). One position can only read itself, so a = (1, 3) + (-1, 1) = (0, 4).
    The norm of a is (-1, 1), its ReLU (0, 1): the result is [[[0, 5]]].
    """
    ### BEGIN SOLUTION
    y = F.layer_norm(x, x.shape[-1:])
    a = x + multi_head(y @ w_q, y @ w_k, y @ w_v, heads) @ w_o
    return a + F.relu(F.layer_norm(a, a.shape[-1:]) @ w_1) @ w_2
    ### END SOLUTION


# %% checks="transformer.block"
score("transformer.block")

# %% [markdown]
# ### Exercise 5. Training the decoder
#
# In training, the decoder predicts all tokens of an answer at once. At each position it receives the **true** tokens up
# to this position and predicts the **next** one; this is **teacher forcing**. From the target `start 2 0 2 6 end` come
# the inputs `start 2 0 2 6` and the labels `2 0 2 6 end`. Each label is also the next input, so a **causal mask** must
# hide later inputs: otherwise the model would copy the label. The mask hides padding too, which fills short rows of a
# batch.


# %% name="teacher-forcing" exercise="transformer.teacher_forcing"
@exercise("transformer.teacher_forcing")
def teacher_forcing(target, padding=0):
    """Return the decoder's inputs, its labels, and its mask.

    target: (b, t), whole numbers
    returns: inputs (b, t-1), labels (b, t-1), mask (b, t-1, t-1), boolean:
    mask[b, i, j] is True where position i may look at input j, which is not after i
    and is not padding

    Example: target [[1, 7, 2, 0, 0]] gives inputs [[1, 7, 2, 0]], labels [[7, 2, 0, 0]]
    and mask [[[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]]] (1 is True).
    """
    ### BEGIN SOLUTION
    inputs, labels = target[:, :-1], target[:, 1:]
    length = inputs.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=target.device).tril()
    return inputs, labels, causal & (inputs != padding)[:, None, :]
    ### END SOLUTION


# %% checks="transformer.teacher_forcing"
score("transformer.teacher_forcing")

# %% [markdown]
# ### From the pieces to the model
#
# labkit's `EncoderBlock` is the block of exercise 4 with biases, dropout and a learned scale and shift in its norms. The
# next cell passes its matrices to `block` and compares the outputs.

# %% fold="Compare the block of exercise 4 with labkit's"
from labkit.nn.blocks import EncoderBlock

whole, x = EncoderBlock(width=64, heads=4, dropout=0.0), torch.randn(2, 10, 64)
one, two = whole.attention, whole.feed_forward
for part in (one.query, one.key, one.value, one.out, two[0], two[2]):
    nn.init.zeros_(part.bias)
with torch.no_grad():
    matrices = [
        part.weight.T
        for part in (one.query, one.key, one.value, one.out, two[0], two[2])
    ]
    difference = (block(x, *matrices, 4) - whole(x)).abs().max()
claim(
    "the block of exercise 4 computes what labkit's block computes",
    difference < 1e-4,
    {"largest difference": difference},
)

# %% [markdown]
# The decoder's block adds cross-attention. In labkit's code, `residuals[i](x, layer)` computes `x + layer(norm(x))`, and
# `memory` is the encoder's output.

# %%
import inspect

from labkit.nn.blocks import DecoderBlock

print(inspect.getsource(DecoderBlock.forward))

# %% [markdown]
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | width, heads, depth | 64, 4, 2 | about 240,000 weights train in half a minute on a laptop |
# | optimizer | Adam, β₂ = 0.98 | the paper's choice |
# | learning rate | rises to 5e-3 in 60 steps, then falls to 0 | 5e-3 was faster than 3e-3 in trials; warm-up keeps Adam's first steps small |
# | label smoothing | 0.1 | the paper's choice: the target probability is about 90 %, so the best logits are finite |
# | dropout | 0 | each pair is seen less than twice, so there is little to overfit |
# | batch | 64 sentences | |
#
# With **label smoothing**, the target puts 90 % on the right token and spreads 10 % evenly over all tokens. The best
# possible prediction has a loss equal to the entropy of this target, so the loss cannot reach zero. Compare the last loss
# with the bound that the cell prints.


# %% result=true
def translation_loss(batch):
    source, target = batch
    inputs, labels, _ = teacher_forcing(target)  # the model builds the same mask itself
    logits = transformer(source, inputs)  # b t v
    return F.cross_entropy(
        logits.flatten(0, 1),
        labels.flatten(),
        ignore_index=PADDING,
        label_smoothing=0.1,
    )


transformer.train()
history = train(
    transformer,
    translation_loss,
    rate=5e-3,
    warmup=lesson.pick(standard=60, quick=3),
    title="Transformer",
)
smoothed = torch.full((len(task.target),), 0.1 / len(task.target))
smoothed[0] += 0.9
bound = torch.special.entr(smoothed).sum().item()
print(f"{history.seconds:.0f} s; last loss {history.losses[-1]:.3f}")
print(f"no loss can be lower than {bound:.3f}")

# %% fold="Test on days never seen" result=true
written = translate(transformer, test_source)
scores["Transformer"] = exact_match(written, test_target)
bars(scores, "Test dates translated without any error", "share of test dates")

# %% fold="Claim: the Transformer makes less than a tenth of the errors" result=true
claim(
    "the Transformer translates over 95 % of unseen dates exactly; the recurrent translator errs over ten times as often",
    scores["Transformer"] > 0.95
    and 1 - scores["recurrent, one vector"] > 10 * (1 - scores["Transformer"]),
    {f"{name}: share right": value for name, value in scores.items()},
    only_in="standard",
)

# %% [markdown]
# All three models took the same number of steps. The recurrent translator improves with more steps, but the Transformer
# learns this task much faster, because it need not pass the sentence through one vector.

# %% [markdown]
# ### Further: beam search
#
# Greedy decoding keeps one beginning of the answer. **Beam search** keeps the most probable beginnings, here four, and
# compares them by their probability, with a correction for length (Wu et al. 2016). On dates there is little to gain,
# because only one answer is right and the model is sure of it. In translation between languages, a good sentence may
# begin with an improbable word, and beam search helps.

# %% fold="Compare greedy decoding with beam search" result=true
from labkit.nn.decoding import beam_search

with torch.no_grad():
    beams, _ = beam_search(transformer.start(test_source[:200].to(device)), len(test_source[:200]), 11, START, END,
                           beams=4, device=device)  # fmt: skip
print(
    f"the first {len(beams)} test dates, greedy: {exact_match(written[:200], test_target[:200]):.1%} right"
)
print(
    f"the same with four beams: {exact_match(beams[:, 0].cpu(), test_target[:200]):.1%} right"
)

# %% [markdown]
# ## 7. Look inside
#
# The explorer translates a sentence and shows the attention weights of every layer and head. Layer 0 is the first block,
# layer 1 the second. Point at a token on the left, or move with the arrow keys. The small maps are the heads.

# %% fold="Collect the weights of every attention layer"
from labkit.nn.attention import watch
from labkit.show.attention.explorer import AttentionExplorer, AttentionPanel


def explore(text, **where):
    """Translate a sentence, print the translation, and show where every layer and head looked."""
    source = task.source.encode([tokenize(text)])
    unknown = [token for token in tokenize(text) if token not in task.source.numbers]
    target = translate(transformer, source)
    with torch.no_grad(), watch(transformer) as seen:
        transformer(source.to(device), target[:, :-1].to(device))

    def weights(side, part):
        layers = [
            look
            for name, look in seen.items()
            if name.startswith(side) and name.endswith(f".{part}")
        ]
        return torch.stack(
            [look[-1].weights[0] for look in layers]
        ).cpu()  # layers heads t s

    read = [task.source.tokens[number] for number in source[0]]
    wrote = [task.target.tokens[number] for number in target[0, :-1]]
    causal = teacher_forcing(target)[2][0]
    print(f"{text} -> {''.join(task.target.decode(target[0]))}")
    if unknown:
        print(
            f"Not in the vocabulary, read as <unknown>: {', '.join(unknown)}. Do not trust this translation."
        )
    panels = {
        "encoder self-attention": AttentionPanel(
            weights("encoder", "attention"), read, read
        ),
        "decoder self-attention": AttentionPanel(
            weights("decoder", "attention"), wrote, wrote, causal
        ),
        "cross-attention": AttentionPanel(
            weights("decoder", "cross_attention"), wrote, read
        ),
    }
    return AttentionExplorer(panels, panel="cross-attention", layer=1, **where)


# %% result=true
explore("Saturday the 7th of March 2026", head=0, token=6)

# %% [markdown]
# **Find by hand:**
#
# 1. *Cross-attention.* Each row shows where the decoder looks after it has received that token, to predict the next one.
#    The token after the first `-` is a digit of the month. Which heads of layer 1 look at `march` there?
#    <details><summary>Answer</summary>
#
#    In the recorded run, head 0 of layer 1 puts 63 % of its weight there, and the other three heads look elsewhere. In the
#    next row, `0`, all four heads of layer 1 look at `march`. In layer 0, three heads look there already in the row `-`.
#    </details>
# 2. *Decoder self-attention.* Switch the mask off and on. Which zeros come from the mask, and which small weights has the model
#    learned?
#    <details><summary>Answer</summary>
#
#    Everything above the diagonal is zero because of the mask. Small weights below the diagonal are learned.
#    </details>
# 3. *Encoder self-attention.* Is any map here as clear as those of the cross-attention? What does a low or high entropy mean?
#    <details><summary>Answer</summary>
#
#    No. In the recorded run the encoder's heads have a mean entropy of 2.0 to 2.9 bits, those of the cross-attention mostly
#    below 1.7. Zero bits mean one key with all the weight; 3.6 bits would be equal weights on all twelve keys.
#    </details>
#
# Now try a date of your own. A word that is not in the vocabulary is reported.

# %% result=true
explore("the twenty-first of June, 1999")  # change me

# %% [markdown]
# A clear map does not prove that a head is *needed*. **Predict**: how many dates are lost if you remove the head of the
# cross-attention with the lowest entropy, that is, with the clearest map? The next cell removes each head in turn, then
# all four heads of a layer, and shows the accuracy lost beside the mean entropy of the head.

# %% fold="Remove each head of the cross-attention" result=true
few = lesson.pick(standard=300, quick=20)
attentions = [block.cross_attention for block in transformer.decoder.blocks]


def accuracy_without(depth, heads):
    """The share of exact matches when these heads of one layer's cross-attention contribute nothing."""
    out = attentions[depth].out.weight
    before = out.detach().clone()
    with torch.no_grad():
        for head in heads:
            out[:, 16 * head : 16 * head + 16] = 0.0
    found = exact_match(translate(transformer, test_source[:few]), test_target[:few])
    with torch.no_grad():
        out.copy_(before)
    return found


with torch.no_grad(), watch(transformer) as seen:
    transformer(test_source[:few].to(device), test_target[:few, :-1].to(device))
bits = [
    torch.special.entr(
        seen[f"decoder.blocks.{depth}.cross_attention"][-1].weights[:, :, :10]
    )
    .sum(-1)
    .mean((0, 2))
    .cpu()
    / math.log(2)
    for depth in (0, 1)
]
intact = accuracy_without(0, [])
lost = torch.tensor(
    [
        [intact - accuracy_without(depth, [head]) for head in range(4)]
        for depth in (0, 1)
    ]
)
lost_all = torch.tensor(
    [intact - accuracy_without(depth, range(4)) for depth in (0, 1)]
)
figure, axes = plt.subplots(figsize=(7.2, 3.4))
for depth, (color, marker) in enumerate((("blue", "o"), ("vermilion", "s"))):
    axes.scatter(
        bits[depth],
        lost[depth],
        color=COLOR[color],
        marker=marker,
        s=50,
        label=f"layer {depth}, one head",
    )
    axes.axhline(
        lost_all[depth],
        color=COLOR[color],
        linestyle="--",
        label=f"layer {depth}, all four heads",
    )
    for head in range(4):
        axes.annotate(
            f"{head}",
            (bits[depth][head], lost[depth, head]),
            (6, 4),
            textcoords="offset points",
            size=9,
        )
axes.set(
    title=f"Accuracy lost without a head ({intact:.0%} right with all)",
    xlabel="mean entropy of the head, in bits (digit: number of the head)",
)
axes.set_ylabel("accuracy lost")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
clearest = int(torch.cat(bits).argmin())
print(
    f"The clearest head: layer {clearest // 4}, head {clearest % 4}, with {torch.cat(bits).min():.2f} bits."
)
print(
    f"Without it, {lost.flatten()[clearest]:.1%} of the dates are lost; without the most needed head, {lost.max():.1%}."
)

# %% fold="Claim: heads can replace each other" result=true
claim(
    "heads can replace each other: removing all four heads of a layer costs more than the four single removals together",
    bool((lost_all > lost.sum(dim=1)).all()),
    {
        f"layer {depth}, one head at a time: sum of the accuracy lost": lost[
            depth
        ].sum()
        for depth in (0, 1)
    }
    | {
        f"layer {depth}, all four heads: accuracy lost": lost_all[depth]
        for depth in (0, 1)
    },
    only_in="standard",
)

# %% [markdown]
# Read your answer off the printed lines. Remember them whenever an attention map is presented as an explanation: a head
# with a clear map can be one that the model does not need. Michel et al. (2019) found the same in large translators, from
# which most heads could be removed after training.
#
# ## 8. Strengths, weaknesses, cost
#
# **Strength.** Any two positions are one layer apart, and training handles all positions in parallel.
#
# **Cost.** Every query is compared with every key, so $n$ positions need $n^2$ scores. We measure two versions: the
# formula of part 3 written out (`attend`), and torch's **fused kernel**, which computes the same result in pieces and
# never stores the weights.

# %% fold="Measure operations, time and memory of attention" result=true
from torch.utils.flop_counter import FlopCounterMode

lengths = lesson.pick(standard=[128, 256, 512, 1024, 2048], quick=[64, 128, 256, 512])


def seconds(run, n):
    x = torch.randn(1, 4, n, 32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run(x)
        times.append(time.perf_counter() - start)
    return min(times)


def megabytes_kept(run, n):
    """What stays in memory for the backward pass."""
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
    "written out": lambda x: attend(x, x, x)[0],
    "fused kernel": lambda x: F.scaled_dot_product_attention(x, x, x),
}
counted = [
    operations(ways["written out"], n) for n in lengths
]  # the fused kernel needs as many
took = {name: [1000 * seconds(way, n) for n in lengths] for name, way in ways.items()}
kept = {name: [megabytes_kept(way, n) for n in lengths] for name, way in ways.items()}
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.4))
for axes, values, label in (
    (left, took, "milliseconds"),
    (right, kept, "MB kept for the backward pass"),
):
    for (name, value), color in zip(
        values.items(), (COLOR["blue"], COLOR["vermilion"]), strict=True
    ):
        axes.loglog(lengths, value, marker="o", color=color, label=name)
    axes.set(
        xlabel="positions n", ylabel=label, title="Time" if axes is left else "Memory"
    )
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.minorticks_off()
left.legend()
plt.show()

# %% fold="Claim: operations grow as n squared, the fused kernel saves memory" result=true


def growth(values):
    """The power of n between n = 512 and the longest."""
    return math.log(values[-1] / values[2]) / math.log(lengths[-1] / lengths[2])


claim(
    "the operations of attention grow as n^2; the fused kernel saves memory, not operations",
    abs(growth(counted) - 2) < 0.05
    and growth(kept["written out"]) > 1.8
    and growth(kept["fused kernel"]) < 1.2,
    {"operations grow as": f"n^{growth(counted):.2f}"}
    | {
        f"{what}, {name}: grows as": f"n^{growth(of[name]):.2f}"
        for what, of in (("time", took), ("memory", kept))
        for name in ways
    },
    only_in="standard",
)

# %% [markdown]
# A measured time can grow faster than $n^2$. Then the tensors no longer fit into the processor's cache, and moving them
# takes longer than computing them.
#
# **Weakness.** The model knows only what it was trained on. We test it on years outside of the training range (1950 to
# 2049). The rule is the same: copy the year. We also measure the mean probability that the model gives to its own answer.
# Label smoothing keeps it near 90 % even where every answer is right.

# %% fold="Test years outside of the training range" result=true


def confidence(source, written):
    """The mean probability that the model gives to the ten characters of its own answer."""
    with torch.no_grad():
        p = transformer(source.to(device), written[:, :11].to(device)).softmax(dim=-1)
    return p[:, :10].max(dim=-1).values.mean().item()


def on_years(first, last, count=300):
    chosen = torch.Generator().manual_seed(seed)
    days = [
        date(int(torch.randint(first, last + 1, (), generator=chosen)), 3, 1 + i % 28)
        for i in range(count)
    ]
    source = task.source.encode(
        [tokenize(human_date(day, "{day} {month} {year}")) for day in days]
    )
    target = task.target.encode([list(day.isoformat()) for day in days])
    written = translate(transformer, source)
    return (
        exact_match(written, target),
        confidence(source, written),
        (days[0], "".join(task.target.decode(written[0]))),
    )


inside, outside = on_years(1950, 2049, few), on_years(1650, 1849, few)
for name, (right_ones, sure, (day, text)) in (
    ("1950 to 2049", inside),
    ("1650 to 1849", outside),
):
    print(
        f"{name}: {right_ones:.0%} right, mean probability {sure:.0%}. For example, {day} became {text}"
    )

# %% fold="Claim: it fails outside of the training range, with high probability" result=true
claim(
    "outside of the training range the model fails, and its probabilities hardly show it",
    outside[0] < 0.5 < inside[0] and outside[1] > 0.6 * inside[1],
    {
        "1950 to 2049: share right": inside[0],
        "1650 to 1849: share right": outside[0],
        "1950 to 2049: mean probability": inside[1],
        "1650 to 1849: mean probability": outside[1],
    },
    only_in="standard",
)

# %% [markdown]
# In training every year began with 19 or 20, so nothing required the general rule. The Transformer has few built-in
# assumptions. It must learn from data what other models assume, and it needs much data.
#
# ## 9. In practice
#
# For a product you would call `torch.nn.functional.scaled_dot_product_attention`, which chooses a fused kernel,
# `torch.nn.MultiheadAttention`, or a whole model from Hugging Face's `transformers`. The next cell copies the weights
# of a trained layer into torch's layer. Note that torch's mask is the opposite of ours: `True` means "may not look".

# %% fold="Compare torch's layer with ours"
ours = transformer.decoder.blocks[0].cross_attention
theirs = nn.MultiheadAttention(64, 4, batch_first=True).to(device)
x, memory = torch.randn(2, 11, 64, device=device), torch.randn(2, 16, 64, device=device)
hidden = torch.rand(2, 16, device=device) > 0.7
hidden[:, 0] = False
with torch.no_grad():
    theirs.in_proj_weight.copy_(
        torch.cat([ours.query.weight, ours.key.weight, ours.value.weight])
    )
    theirs.in_proj_bias.copy_(
        torch.cat([ours.query.bias, ours.key.bias, ours.value.bias])
    )
    theirs.out_proj.load_state_dict(ours.out.state_dict())
    difference = (
        (
            ours(x, memory, ~hidden[:, None])
            - theirs(x, memory, memory, key_padding_mask=hidden)[0]
        )
        .abs()
        .max()
    )
claim(
    "torch.nn.MultiheadAttention with our weights gives our result",
    difference < 1e-5,
    {"largest difference": difference},
)

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | BERT, GPT, T5 | the encoder alone, the decoder alone, both; trained on raw text | Hours 8 and 9 |
# | ViT, DETR | tokens are patches of an image; queries are objects | Hour 10 |
# | pre-norm | normalizes before each layer | Xiong et al. 2020 |
# | RMSNorm | divides by the root mean square, subtracts no mean | Zhang and Sennrich 2019 |
# | rotary positions | rotate queries and keys | Su et al. 2021 |
# | multi-query attention | all heads share one set of keys and values | Shazeer 2019 |
# | grouped-query attention | groups of heads share keys and values | Ainslie et al. 2023 |
# | FlashAttention | a fused kernel for GPUs | Dao et al. 2022 |
# | sparse and linear attention | fewer comparisons than $n^2$ | Hour 30 |
#
# Transformers are used for translation, search, code, speech, protein structure and weather forecasts.
#
# ## 10. Responsibility
#
# **Whose convention?** `03/04/2026` is March 4 in the United States and April 3 in most of Europe. Our generator writes
# the day first. Does the model hesitate? If it did, both readings would be about equally probable.

# %% fold="Compare the two readings of 03/04/2026" result=true


def log_probability(text, iso):
    """The log-probability of one translation under the model, in nats."""
    source, target = (
        task.source.encode([tokenize(text)]).to(device),
        task.target.encode([list(iso)]).to(device),
    )
    with torch.no_grad():
        log_p = transformer(source, target[:, :-1]).log_softmax(dim=-1)
    return log_p.gather(2, target[:, 1:, None]).sum().item()


day_first, month_first = (
    log_probability("03/04/2026", iso) for iso in ("2026-04-03", "2026-03-04")
)
print(
    f"Under the model, April 3 is {math.exp(day_first - month_first):,.1f} times as probable as March 4"
)

# %% [markdown]
# In the standard run the model does not hesitate. The convention of whoever made the data has become a fact, and the
# output does not show it. Large translators do this with more at stake. From languages without gendered pronouns, they
# made the doctor a *he* and the nurse a *she* (Prates et al. 2019).
#
# - **Fluent and wrong.** In part 8, a wrong answer had the right form and a high probability.
# - **Is attention an explanation?** Jain and Wallace (2019) found other weights that give the same prediction. Wiegreffe and
#   Pinter (2019) replied that such weights can still be a plausible explanation. Test a head before you trust its map.
# - **Privacy.** A large Transformer can reproduce rare training sentences. Before you train one on messages or records, ask
#   what it could repeat, and to whom.
# - **Energy.** The cost grows with the square of the length and with every token written. This notebook takes about a minute
#   on a laptop; the largest models take months on thousands of accelerators.
#
# ## 11. Check yourself
#
# <details><summary>1. You add the same constant to all scores of a row. What happens to the weights?</summary>
#
# Nothing: the softmax ignores a constant. That is why a bias on the keys has no effect: it adds the same number to all
# scores of a query.
# </details>
#
# <details><summary>2. When the decoder translates, no later tokens exist yet. Why does it need a causal mask in
# training?</summary>
#
# In training it receives the whole true answer at once. Without the mask, each position could look at its label.
# </details>
#
# <details><summary>3. You double the number of heads and keep the width. How many more weights has the layer?</summary>
#
# None. Each head becomes half as wide.
# </details>
#
# <details><summary>4. With label smoothing, the loss stops close to 0.56. Is the model bad?</summary>
#
# Perhaps it is perfect. Compare the loss with the entropy of the smoothed target, which part 6 prints.
# </details>
#
# <details><summary>5. A sentence becomes four times as long. How do the time of attention and the memory of the fused kernel
# grow?</summary>
#
# The time grows about sixteenfold, the memory about fourfold.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Vaswani et al. 2017, *Attention is all you need*, https://arxiv.org/abs/1706.03762. Bahdanau et al. 2015,
# where attention comes from, https://arxiv.org/abs/1409.0473. Xiong et al. 2020, on norms and warm-up,
# https://arxiv.org/abs/2002.04745. Su et al. 2021, rotary positions, https://arxiv.org/abs/2104.09864. Michel et al.
# 2019, *Are sixteen heads really better than one?*, https://arxiv.org/abs/1905.10650. Jain and Wallace 2019, *Attention
# is not explanation*, https://arxiv.org/abs/1902.10186. Wiegreffe and Pinter 2019, *Attention is not not explanation*,
# https://arxiv.org/abs/1908.04626. Zhang and Sennrich 2019, RMSNorm, https://arxiv.org/abs/1910.07467. Ainslie et al.
# 2023, grouped queries, https://arxiv.org/abs/2305.13245. Dao et al. 2022, FlashAttention,
# https://arxiv.org/abs/2205.14135.
#
# **Next**: Hour 8 keeps only the decoder and trains it on text: GPT.
