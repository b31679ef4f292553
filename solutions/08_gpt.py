# %% [markdown] badges=true
# # Hour 8. GPT: autoregressive language models
#
# After this hour you can
# - write the loss of a causal language model, and explain why one pass through the network trains it at every position;
# - split text into tokens by byte-pair encoding, and explain why neither letters nor words serve as well;
# - train a GPT on Python's documentation, and compare it with n-grams in bits per byte;
# - sample text with temperature, top-k and top-p, and find a published bug in a cache that makes sampling cheap;
# - inspect next-token probabilities and attention, and say what such a text must not be used for.
#
# <!-- plan -->
#
# You need attention and the causal mask (Hour 7), cross-entropy and the softmax.
#
# **How to work.** Run the cells from top to bottom. You write four functions and repair a fifth. Each is checked as soon as
# you run its cell. If yours is not right yet, the notebook says so and continues with labkit's version.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "pydoc"  # or "shakespeare", by download

# %% fold="Import what this hour uses"
import math
import re
import textwrap
import time
from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves
from labkit.show.style import COLOR, MAGNITUDE

lesson = begin(8, profile, seed)
device = lesson.device


def show_text(title, text):
    """Print a text in lines of 96 characters; ⏎ stands for a new line."""
    print(f"--- {title}")
    print(textwrap.fill(re.sub(r"\s*\n\s*", " ⏎ ", text), 96))


# %% [markdown]
# ## 2. The problem: what comes next?
#
# A **language model** estimates how probable each next token is, given the text so far. Such a model can write: sample a
# token, append it, and repeat. It can also measure how surprising a text is.
#
# We use the language reference that ships inside every Python, the text of `help("topics")`. A tenth of its topics, chosen
# at random, is held out for testing.

# %%
from labkit.data.pydoc_text import load_text

text = load_text(dataset, seed)
learned, held_out = ("".join(documents) for documents in (text.train, text.validation))
print(
    f"{text.title}: {len(learned):,} characters to train on, {len(held_out):,} held out"
)
show_text("an excerpt", text.train[len(text.train) // 2][:420])

# %% [markdown]
# Cover the excerpt, and reveal it word by word. The end of a long word is easy to predict; the first word of a sentence is
# hard. A good model is unsure exactly where the text is uncertain.
#
# ### What counting can do
#
# An **n-gram** model predicts the next token from the n − 1 tokens before it. It counts how often each token followed them
# in the training text. Our tokens are pieces of words; part 4 explains them.

# %% fold="Count n-grams that the training text does not have"
from labkit.transformers.tokenizer import BytePairEncoding

bpe = BytePairEncoding.train(text.train, tokens=2048)
train_row, test_row = (
    bpe.encode_documents(text.train),
    bpe.encode_documents(text.validation),
)  # n tokens each
print(
    "|".join(
        bpe.decode([token])
        for token in bpe.encode(
            "The following example shows how a class statement is executed."
        )
    )
)


def unseen(n):
    """The share of the n-grams of the held-out text that the training text does not have."""
    known = set(map(tuple, train_row.unfold(0, n, 1).tolist()))
    return float(
        np.mean(
            [tuple(gram) not in known for gram in test_row.unfold(0, n, 1).tolist()]
        )
    )


orders = [1, 2, 3, 4, 5]
bars({f"{n} token" + "s" * (n > 1): unseen(n) for n in orders},
     "n-grams of the held-out text that the training text lacks", "share of its n-grams")  # fmt: skip

# %% [markdown]
# The longer the context, the more of it is new, and plain counting would give everything new a probability of 0.
# **Smoothing** takes some probability from what was seen and gives it to the rest. We use the strongest classical method,
# Kneser-Ney.
#
# We compare models in **bits per byte** of the held-out text: the sum of $-\log_2 p$ over its tokens, divided by its length
# in bytes. This does not depend on how the text is split into tokens. A model that knows nothing needs 8. Papers often
# report **perplexity**, $e^{\mathrm{loss}}$, where the loss is the mean of $-\ln p$ per token. A perplexity of 50 means: as
# unsure as a choice among 50 equally probable tokens.

# %% fold="Train smoothed n-grams"
from labkit.transformers.ngram import NGram
from labkit.transformers.scoring import bits_per_byte

ngrams = {n: NGram(train_row, n, len(bpe)) for n in orders}
log_p_of = {
    f"{n}-gram": ngrams[n].log_probabilities(test_row)[1:] for n in orders
}  # the first token has no past
cost = {name: bits_per_byte(log_p, text.validation) for name, log_p in log_p_of.items()}
bars(cost, "Kneser-Ney n-grams on the held-out text (lower is better)", "bits per byte")

# %% [markdown]
# After the trigram, little is gained. Counting has two limits. It cannot look **far back**. And it cannot **generalize**:
# what it counted for `tuple` says nothing about `list`.
#
# ## 3. The architecture: the decoder alone
#
# The probability of a text is exactly a product of next-token probabilities. For tokens $x_1, \dots,
# x_{{\color{#0072B2}{t}}}$,
#
# $$p(x_1, \dots, x_{{\color{#0072B2}{t}}}) = \prod_{i=1}^{{\color{#0072B2}{t}}} p(x_i \mid x_1, \dots, x_{i-1}).$$
#
# An n-gram shortens the condition to a few tokens. **GPT** (Radford et al. 2018) uses all earlier tokens in its
# **window**; ours is 32 tokens long.
#
# ### The loss
#
# The model reads the tokens and returns **logits** at every position: one number for each token of the vocabulary, whose
# softmax is the predicted distribution. Position $i$ predicts token $i + 1$. The loss is the mean of $-\ln p$, in
# **nats**, over the set $C$ of positions that count:
#
# $$\mathrm{loss} = -\frac{1}{|C|} \sum_{i \in C} \ln p(x_{i+1} \mid x_1, \dots, x_i).$$
#
# **By hand.** A text has three tokens. Position 1 gives the second token a probability of 0.5, and position 2 gives the
# third 0.25. Position 3 has nothing to predict. The loss is $(0.69 + 1.39) / 2 = 1.04$ nats per token, the perplexity
# $e^{1.04} = 2.8$.
#
# ### Exercise 1. The loss
#
# A label of −100 marks a position that does not count, such as padding. Stuck? Type `hint()` in a new cell.


# %% name="causal-loss" exercise="gpt.causal_loss"
@exercise("gpt.causal_loss")
def causal_loss(logits, labels):
    """Return the mean cross-entropy of predicting each token from all before it.

    logits: (b, t, v), at each position, for the token after it
    labels: (b, t), the tokens themselves, not shifted; -100 does not count
    returns: one number, a tensor without axes, in nats

    Example: v = 3, labels [[0, 2, 1]], logits [[ln .25, ln .25, ln .5],
    [ln .5, ln .25, ln .25], anything] give (-ln .5 - ln .25) / 2 = 1.04.
    With labels [[0, 2, -100]], one prediction counts: -ln .5 = 0.69.
    """
    ### BEGIN SOLUTION
    predictions, answers = logits[:, :-1], labels[:, 1:]
    return F.cross_entropy(
        predictions.flatten(0, 1), answers.flatten(), ignore_index=-100
    )
    ### END SOLUTION


# %% checks="gpt.causal_loss"
score("gpt.causal_loss")

# %% [markdown]
# ### The model
#
# GPT is the decoder of Hour 7 without cross-attention: causal self-attention and a feed-forward network (FFN), in $L$
# blocks. For ${\color{#0072B2}{t}}$ positions, width ${\color{#00805D}{d}}$ and a vocabulary of $v$ tokens,
#
# $$h^0_i = E_{x_i} + P_i, \qquad a = h + \mathrm{Attention}(\mathrm{LayerNorm}(h)), \qquad
# \mathrm{Block}(h) = a + \mathrm{FFN}(\mathrm{LayerNorm}(a)),$$
#
# $$h^{l} = \mathrm{Block}_l(h^{l-1}), \qquad \mathrm{logits}_i = E \, \mathrm{LayerNorm}(h^L_i).$$
#
# $E$ is the table of token embeddings, $v \times {\color{#00805D}{d}}$, and $P$ the learned table of position embeddings.
# $E$ is used twice: to embed a token, and to compute its logit. In the diagram the second use is `out`, with the weights
# of `table`. GPT-2 had 124 million to 1.6 billion weights.

# %%
from labkit.show.architecture import Diagram
from labkit.transformers.gpt import GPT

torch.manual_seed(seed)
gpt = GPT(len(bpe), width=96, heads=6, depth=2, length=32, dropout=0.0).to(device)
weights = sum(parameter.numel() for parameter in gpt.parameters())
print(f"{weights:,} weights, {gpt.table.weight.numel():,} of them in E")
sizes = {"b": 5, "t": 7, "d": 96, "v": len(bpe)}
example = torch.randint(0, len(bpe), (5, 7), device=device)
Diagram(gpt, example, depth=3, axes=sizes, title="The GPT of this hour")

# %% [markdown]
# ## 4. Why it works: three choices, three experiments
#
# ### Why pieces of words?
#
# Letters make a text long, and the cost of attention grows with the length. Whole words need a huge vocabulary, and a new
# word has no token at all. **Byte-pair encoding** (Sennrich et al. 2016) starts with the 256 bytes, so nothing is unknown.
# Ours has one more token, `<|endoftext|>`, between documents. Then one step repeats, a **merge**: find the most frequent
# pair of neighboring tokens, and replace it by one new token.
# **Predict**: how much shorter does our text become with 255 merges? With 1,791?

# %% fold="Measure how many bytes one token carries" result=true
vocabularies = [257, 512, 1024, 2048, *lesson.pick(standard=[4096], quick=[])]
bytes_learned = len(learned.encode())
bytes_per_token = []
for size in vocabularies:
    cut = (
        BytePairEncoding(bpe.merges[: size - 257])
        if size <= 2048
        else BytePairEncoding.train(text.train, size)
    )
    bytes_per_token.append(bytes_learned / len(cut.encode_documents(text.train)))
print("the first merges:", [bpe.decode([token]) for token in range(256, 268)])
print("the last merges: ", [bpe.decode([token]) for token in range(2024, 2034)])
curves({"bytes per token": (vocabularies, bytes_per_token)}, "How much text one token carries",
       "tokens in the vocabulary", "bytes per token")  # fmt: skip

# %% fold="Claim: tokens and bytes"
claim(
    "with 2,048 tokens the text has less than a third as many tokens as bytes",
    bytes_per_token[3] > 3.0,
    {
        "512 tokens: bytes per token": bytes_per_token[1],
        "2,048 tokens: bytes per token": bytes_per_token[3],
    },
)

# %% [markdown]
# 255 merges about halve the number of tokens; 1,791 leave less than a third. Each doubling of the vocabulary gains less,
# and a rare token has few occurrences from which to learn its row of $E$. GPT-2 has 50,257 tokens.
#
# ### Exercise 2. One merge
#
# Two rules make the result the same for everyone. Among equally frequent pairs, take the **smallest**, as Python compares
# tuples. And merge **from left to right**: in `7 7 7` the first two are the pair. Pairs may overlap when you count them.


# %% name="merge-step" exercise="gpt.merge_step"
@exercise("gpt.merge_step")
def merge_step(tokens, new):
    """Replace the most frequent pair of neighbors by a new token.

    tokens: (n,), whole numbers, at least two; new: the number of the new token
    returns: the pair, a tensor (2,), and the row after the merge, a tensor (m,)

    Example: tokens [5, 6, 8, 5, 6, 6], new 300. The pairs are (5, 6) twice,
    (6, 8), (8, 5) and (6, 6) once: returns [5, 6] and [300, 8, 300, 6].
    """
    ### BEGIN SOLUTION
    row = tokens.tolist()
    count = Counter(pairwise(row))
    best = min(count, key=lambda pair: (-count[pair], pair))
    merged, at = [], 0
    while at < len(row):
        found = tuple(row[at : at + 2]) == best
        merged.append(new if found else row[at])
        at += 2 if found else 1
    return torch.tensor(best), torch.tensor(merged)
    ### END SOLUTION


# %% checks="gpt.merge_step"
score("gpt.merge_step")

# %% [markdown]
# Repeated, this step trains a tokenizer. Watch six merges. (A real tokenizer first splits the text into words and never
# merges across them.)

# %%
row, names = (
    torch.tensor(list(b"she sells sea shells by the sea shore")),
    {n: chr(n) for n in range(256)},
)
for new in range(256, 262):
    pair, row = merge_step(row, new)
    names[new] = names[int(pair[0])] + names[int(pair[1])]
    print(f"{names[new]!r:8s} {'|'.join(names[token] for token in row.tolist())}")

# %% [markdown]
# ### Why a causal mask?
#
# In training we know the whole text, and every position predicts its next token at once. That is fair only if no position
# can see its answer. We test this with gradients: which inputs influence which outputs?

# %% fold="Draw the influence of each input on each prediction"


def influence(model, positions=12):
    """How strongly the logits at each position depend on the embedding at each position: the norm of the gradient."""
    tokens, seen = torch.randint(0, len(bpe), (1, positions), device=device), []
    hook = model.table.register_forward_hook(
        lambda _, __, out: seen.append(out.requires_grad_()) or out
    )
    logits = model(tokens)
    hook.remove()
    rows = [
        torch.autograd.grad(logits[0, t].square().sum(), seen[0], retain_graph=True)[0]
        for t in range(positions)
    ]
    return torch.stack([row[0].norm(dim=-1) for row in rows]).cpu()


depends = influence(gpt)
figure, axes = plt.subplots(figsize=(6.4, 4.2))
picture = axes.imshow(
    depends.masked_fill(depends == 0, math.nan), cmap=MAGNITUDE, norm="log"
)
axes.set(
    title="What each prediction depends on, before training",
    xlabel="input position",
    ylabel="prediction at position",
)
axes.grid(visible=False)
figure.colorbar(picture, label="norm of the gradient")
plt.show()
past = depends[torch.ones_like(depends).tril().bool()]
claim(
    "a prediction depends on every token up to its position, and on no later token",
    depends.triu(1).max() == 0 and past.min() > 0,
    {
        "later tokens: largest gradient": depends.triu(1).max(),
        "earlier tokens: smallest gradient": past.min(),
    },
)

# %% [markdown]
# The empty upper triangle means no influence at all.
#
# ### Why predict at every position?
#
# Because it costs no more than one prediction. A window of 32 tokens contains 31 predictions. Because of the mask, one pass
# computes them all, as if each **prefix** (the first tokens, up to some position) had been read alone:

# %%
window = train_row[None, :32].to(device)
gpt.eval()
with torch.no_grad():
    at_once = gpt(window)[0]
    one_by_one = torch.stack(
        [gpt(window[:, : t + 1])[0, -1] for t in range(window.shape[1])]
    )
difference = (at_once - one_by_one).abs().max()

# %% fold="Claim: one pass equals a pass for each prefix"
claim(
    "one pass over a window gives the same logits as one pass for each of its prefixes",
    difference < 1e-4,
    {"largest difference of a logit": difference, "passes saved": window.shape[1] - 1},
)

# %% [markdown]
# ### Further: why the initial weights shrink with depth
#
# Every layer *adds* to the residual path. If all layers add equally much, the sum grows with the depth, because the variances
# of independent terms add up. GPT-2 therefore divides the initial weights of each layer's last matrix by
# $\sqrt{2 \cdot \mathrm{depth}}$: there are two such layers in each block.

# %% fold="Measure what the blocks add, before training"


def added_size(depth, scaled):
    """The standard deviation of what the blocks add to the residual path, before training."""
    torch.manual_seed(seed)
    model, added = GPT(64, 96, 3, depth, 32, dropout=0.0), []
    if not scaled:
        for block in model.blocks:
            for last in (block.attention.out, block.feed_forward[2]):
                nn.init.normal_(last.weight, std=0.02)
    model.blocks[0].register_forward_pre_hook(lambda _, given: added.append(given[0]))
    model.norm.register_forward_pre_hook(lambda _, given: added.append(given[0]))
    with torch.no_grad():
        model(torch.randint(0, 64, (8, 32)))
    return (added[1] - added[0]).std().item()


depths = [1, 2, 4, 8, 16]
grown = {
    name: [added_size(n, name == "scaled") for n in depths]
    for name in ("all alike", "scaled")
}
curves({name: (depths, values) for name, values in grown.items()}, "What the blocks add to the residual path, before training",
       "blocks", "standard deviation")  # fmt: skip

# %% fold="Claim: scaled, the sum keeps its size"
claim(
    "with equal initial weights the sum grows with the depth; scaled by the root of the depth, it keeps its size",
    grown["all alike"][-1] > 2.5 * grown["all alike"][0]
    and max(grown["scaled"]) < 1.5 * min(grown["scaled"]),
    {
        f"{name}: 16 blocks, times 1 block": values[-1] / values[0]
        for name, values in grown.items()
    },
)

# %% [markdown]
# ## 5. Build it: sampling, and a cache
#
# A trained model gives probabilities. To write, we sample from them, and three settings change what is likely to be sampled.
# Take the logits $(2, 1, 0)$, with probabilities $(0.67, 0.24, 0.09)$.
#
# - The **temperature** $T$ divides the logits before the softmax. $T = 0.5$ gives $(0.87, 0.12, 0.02)$, $T = 2$ gives
#   $(0.51, 0.31, 0.19)$. A low temperature favors the likely tokens, a high one makes the probabilities more equal.
# - **Top-k** keeps the $k$ most probable tokens. $k = 2$ gives $(0.73, 0.27, 0)$. $k = 1$ is **greedy** decoding.
# - **Top-p** (Holtzman et al. 2020) keeps the fewest tokens that together have a probability of at least $p$. For $p = 0.8$,
#   the first token is not enough (0.67), the first two are (0.91). Where the model is sure, one token is left; where it is
#   unsure, hundreds.
#
# Both filters set the other logits to $-\infty$. Why filter? Together, the thousand least likely tokens are not so unlikely.
# Sooner or later one is sampled, and it spoils the rest of the text.
#
# ### Exercise 3. Top-p


# %% name="top-p" exercise="gpt.top_p"
@exercise("gpt.top_p")
def top_p(logits, p):
    """Keep the fewest tokens whose probabilities sum to at least p.

    logits: (..., v); p: between 0 and 1
    returns: the logits, with minus infinity where a token is dropped;
    the likeliest token is always kept

    Example: logits [0, 2, 1] have probabilities [0.09, 0.67, 0.24].
    p = 0.8 gives [-inf, 2, 1], p = 0.5 gives [-inf, 2, -inf].
    """
    ### BEGIN SOLUTION
    ordered, order = logits.sort(dim=-1, descending=True)
    each = ordered.softmax(dim=-1)
    kept = each.cumsum(dim=-1) - each < p  # the tokens before it do not reach p
    kept[..., 0] = True
    kept = torch.zeros_like(kept).scatter(-1, order, kept)  # in the old order
    return logits.masked_fill(~kept, -math.inf)
    ### END SOLUTION


# %% checks="gpt.top_p"
score("gpt.top_p")

# %% [markdown]
# ### Exercise 4. Write a text
#
# The smallest language model is a table: row $i$ holds the logits of the token after token $i$. Write the loop that samples
# a text from it. To sample a token with a random number $u$ between 0 and 1, add up the probabilities, and take the first
# token at which the sum exceeds $u$. With probabilities $(0.25, 0.75)$ and $u = 0.5$, that is the second token.


# %% name="write" exercise="gpt.write"
@exercise("gpt.write")
def write(table, first, temperature, p, draws):
    """Write a text: its first token, then one token for each draw.

    table: (v, v), row i holds the logits of the token after token i
    draws: (n,), random numbers between 0 and 1
    returns: the text, a tensor of n + 1 whole numbers, beginning with `first`
    Divide the logits by the temperature first, then apply top_p.

    Example: table [[0, ln 3], [ln 3, 0]], so the other token has a probability
    of 0.75. first 0, temperature 1, p 1 and draws [0.5, 0.5, 0.2] give
    [0, 1, 0, 0]: the last draw, 0.2, is below 0.25.
    """
    ### BEGIN SOLUTION
    text = [first]
    for u in draws:
        logits = top_p(table[text[-1]] / temperature, p)
        sums = logits.softmax(dim=-1).cumsum(dim=-1)
        text.append(int((sums <= u).sum()))
    return torch.tensor(text)
    ### END SOLUTION


# %% checks="gpt.write"
score("gpt.write")

# %% [markdown]
# The 2-gram of part 2 is such a table. Here the loop writes with it:

# %%
table = torch.stack(
    [
        torch.from_numpy(ngrams[2].distribution(torch.tensor([token])))
        for token in range(len(bpe))
    ]
).log()
uniform = torch.rand(60, generator=torch.Generator().manual_seed(seed))
for p in (1.0, 0.5):
    show_text(
        f"2-gram, top-p {p}",
        bpe.decode(write(table, bpe.encode("The")[0], 1.0, p, uniform).tolist()),
    )

# %% [markdown]
# ### Exercise 5. Bug hunt: a cache
#
# When a GPT has written a token, it must read a text that is one token longer. But nothing that it computed before has
# changed, because the keys and values of a position do not depend on later tokens. So keep them in a **cache**. Only the $n$
# new positions compute queries, and they look at all keys: the $s$ old and the $n$ new ones. New position $i$ (counted from
# 0) is position $s + i$ of the text.
#
# Exercise 5 starts from wrong code. Its bug was published more than once: in x-transformers (issue 187, 2023) and in a
# reference implementation of ExecuTorch (pull request 21749, 2026). The wrong code passes the obvious test, which reads 12
# positions into an empty cache:

# %% fold="The test that the wrong code passes"


def published(query, key, value, past_key=None, past_value=None):
    """The wrong code of the next cell."""
    if past_key is not None:
        key, value = (
            torch.cat([past_key, key], dim=-2),
            torch.cat([past_value, value], dim=-2),
        )
    return F.scaled_dot_product_attention(query, key, value, is_causal=True), key, value


q, k, v = (torch.randn(1, 3, 12, 32) for _ in range(3))  # b h t k
may_look = torch.ones(12, 12, dtype=torch.bool).tril()
whole = F.scaled_dot_product_attention(q, k, v, attn_mask=may_look)
claim(
    "read into an empty cache, the published code computes causal attention",
    (published(q, k, v)[0] - whole).abs().max() < 1e-5,
    {"largest difference": (published(q, k, v)[0] - whole).abs().max()},
)

# %% [markdown]
# Training uses no cache, so its loss is right too. Only the generated text suffers. Find the bug and repair it.


# %% name="kv-cache" exercise="gpt.kv_cache"
@exercise("gpt.kv_cache")
def attend_cached(query, key, value, past_key=None, past_value=None):
    """Causal attention of n new positions, which continue s positions in a cache.

    query, key: (..., n, k), value: (..., n, v), of the new positions
    past_key: (..., s, k), past_value: (..., s, v), or None at the beginning
    returns: what the new positions read (..., n, v),
    and all keys and values, (..., s + n, k) and (..., s + n, v)

    Example: after s = 3 positions, n = 2 new ones may see 4 and 5 keys.
    `F.scaled_dot_product_attention` also takes attn_mask=mask, a boolean
    tensor (n, s + n), True where a query may look.
    """
    ### BEGIN BUG
    if past_key is not None:
        key = torch.cat([past_key, key], dim=-2)
        value = torch.cat([past_value, value], dim=-2)
    read = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    return read, key, value
    ### END BUG
    ### BEGIN SOLUTION
    if past_key is not None:
        key = torch.cat([past_key, key], dim=-2)
        value = torch.cat([past_value, value], dim=-2)
    n, total = query.shape[-2], key.shape[-2]
    mask = torch.ones(n, total, dtype=torch.bool, device=query.device).tril(total - n)
    read = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return read, key, value
    ### END SOLUTION


# %% checks="gpt.kv_cache"
score("gpt.kv_cache")

# %% [markdown]
# Now the test that would have found the bug: read the 12 positions one after the other, and compare with the whole.

# %% fold="Read twelve positions one after the other, with both" result=true
from labkit.transformers.cached_attention import attend_cached as labkits_cache


def step_by_step(attend):
    past, pieces = (None, None), []
    for position in range(12):
        read, *past = attend(
            *(part[:, :, position : position + 1] for part in (q, k, v)), *past
        )
        pieces.append(read)
    return (torch.cat(pieces, dim=2) - whole).abs().amax(dim=(0, 1, 3))


wrong, right = step_by_step(published), step_by_step(attend_cached)
curves({"published code": (range(12), wrong), "repaired": (range(12), right)},
       "Step by step, compared with reading all at once", "position", "largest difference")  # fmt: skip

# %% fold="Claim: the repaired cache agrees at every position" result=true
differences = {
    "published code: smallest difference from position 1 on": wrong[1:].min(),
    "repaired: largest difference": right.max(),
    "labkit's: largest difference": step_by_step(labkits_cache).max(),
}
claim(
    "step by step, the published code is wrong from the second position on, and the repaired code is right, as labkit's is",
    max(list(differences.values())[1:]) < 1e-5 < 0.1 < wrong[1:].min(),
    differences,
)

# %% [markdown]
# ## 6. Train it
#
# | choice | value | why |
# |---|---|---|
# | windows | 32 tokens, 16 at a time | most of what decides the next token is close by |
# | steps | 1,000 | about six times through the text, in half a minute |
# | initial weights | GPT-2's | normal, standard deviation 0.02 |
# | matrices of the blocks | **Muon**, rate 0.02 | see below |
# | embeddings, norms, biases | AdamW | as is usual beside Muon |
# | learning rate | rises for a tenth of the steps, then falls to 0 | the first steps are unstable |
# | gradient norm | clipped at 1 | one unusual batch cannot undo the training |
#
# **Muon** (Jordan et al. 2024) replaces a gradient matrix, with singular value decomposition $U S V^\top$, by about
# $U V^\top$, so that all directions are equally strong. Some large models use it. A further section below compares it with
# AdamW.

# %% result=true
from labkit.data.windows import random_windows
from labkit.show.live.explorer import LiveCurves
from labkit.train.fit import fit
from labkit.train.schedules import linear
from labkit.transformers.muon import Muon

steps = lesson.pick(standard=1000, quick=12)


def train(model, optimizer, steps, report=None):
    draws = torch.Generator().manual_seed(seed)
    windows = random_windows(
        train_row, model.length + 1, 16, generator=draws, device=device
    )

    def loss(window):  # the last of the 33 tokens is only a label
        logits = F.pad(model(window[:, :-1]), (0, 0, 0, 1))  # b 33 v
        return causal_loss(logits, window)

    model.train()
    return fit(
        loss,
        windows,
        optimizer,
        steps,
        linear(steps // 10, steps),
        clip=1.0,
        report=report,
    )


def groups(model):
    """The matrices of the blocks, and all other parameters with their rates."""
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    small = [p for p in model.parameters() if p.ndim == 1] + [model.positions.table]
    return matrices, [{"params": [model.table.weight], "lr": 0.006}, {"params": small}]


matrices, others = groups(gpt)
optimizer = Muon(matrices, others, rate=0.02, other_rate=0.004)
history = train(
    gpt, optimizer, steps, LiveCurves(steps, "A GPT reads Python's documentation")
)
print(
    f"{steps * 16 * 32 / len(train_row):.1f} times through the text in {history.seconds:.0f} s"
)

# %% [markdown]
# Before training, every token is about equally probable, so the loss starts near $\ln 2048 = 7.6$ nats. **Predict**: will the
# GPT be better than the smoothed n-grams on the held-out topics? And a mixture of both, each with a weight of one half?

# %% fold="Compare all models on the held-out topics" result=true
from labkit.transformers.scoring import log_probabilities

log_p_of["GPT"] = log_probabilities(gpt, test_row.to(device)).cpu().double().numpy()
log_p_of["GPT and 4-gram"] = np.logaddexp(
    log_p_of["GPT"], log_p_of["4-gram"]
) + math.log(0.5)
cost |= {
    name: bits_per_byte(log_p_of[name], text.validation)
    for name in ("GPT", "GPT and 4-gram")
}
ordered = sorted(cost, key=cost.get, reverse=True)
figure, axes = plt.subplots(figsize=(7.2, 3.2))
colors = [COLOR["orange" if "GPT" in name else "blue"] for name in ordered]
axes.barh(ordered, [cost[name] for name in ordered], color=colors)
for position, name in enumerate(ordered):
    axes.annotate(
        f"{cost[name]:.3f}",
        (cost[name], position),
        (4, 0),
        textcoords="offset points",
        va="center",
        size=9,
    )
axes.set(
    title="Held-out text (lower is better)",
    xlabel="bits per byte",
    xlim=(0, 1.12 * max(cost.values())),
)
axes.grid(axis="y", visible=False)
plt.show()
perplexity = math.exp(-log_p_of["GPT"].mean())
print(f"The GPT's perplexity on the held-out tokens is {perplexity:.0f}.")

# %% fold="Claims: the GPT, n-grams, and both" result=true
best_count = min(cost[f"{n}-gram"] for n in orders)
claim(
    "the GPT needs fewer bits than smoothed 2-grams, and at most 3 % more than smoothed 3-grams",
    cost["GPT"] < 0.97 * cost["2-gram"] and cost["GPT"] < 1.03 * cost["3-gram"],
    {
        f"{name}: bits per byte": cost[name]
        for name in ("GPT", "2-gram", "3-gram", "4-gram", "5-gram")
    },
    only_in="standard",
)
claim(
    "a mixture of the GPT and a 4-gram needs fewer bits than either: the GPT knows what counting does not",
    cost["GPT and 4-gram"] < 0.98 * min(best_count, cost["GPT"]),
    {
        "GPT and 4-gram: bits per byte": cost["GPT and 4-gram"],
        "the best n-gram: bits per byte": best_count,
        "GPT: bits per byte": cost["GPT"],
    },
    only_in="standard",
)

# %% [markdown]
# **Be fair to counting.** On a third of a megabyte, smoothed n-grams of word pieces are about as good as our GPT. This text
# repeats its phrases, and n-grams store them all at once. On large texts this changes. On the One Billion Word Benchmark, a
# Kneser-Ney 5-gram had a perplexity of 67.6 (Chelba et al. 2013), a neural model 30.0 (Jozefowicz et al. 2016). (These
# count whole words, so do not compare them with ours.)
#
# Now the GPT writes. labkit's `generate` is the loop of exercise 4 with this model, a cache and top-k.

# %% fold="Write with three settings" result=true
from labkit.transformers.sampling import generate, with_temperature
from labkit.transformers.sampling import top_p as labkits_top_p


def write_with(prompt, count=70, model=gpt, **settings):
    """A continuation of the prompt; settings: temperature, k, p."""
    model.eval()
    begun = torch.tensor([[bpe.end, *bpe.encode(prompt)]], device=device)
    draws = torch.Generator(device).manual_seed(seed)
    return bpe.decode(
        generate(model, begun, count, generator=draws, **settings)[0, 1:].tolist()
    )


some_logits = torch.randn(50, len(bpe))
claim(
    "the top-p of exercise 3 keeps the same tokens as labkit's, with which we write",
    torch.equal(
        top_p(some_logits, 0.9).isfinite(), labkits_top_p(some_logits, 0.9).isfinite()
    ),
)
for title, settings in {
    "greedy": {"k": 1},
    "temperature 0.7, top-p 0.9": {"temperature": 0.7, "p": 0.9},
    "temperature 1, no filter": {},
}.items():
    show_text(title, write_with("The class statement", **settings))

# %% [markdown]
# The standard run imitates the form of the documentation: quoted names, clauses, rules of a grammar. Hardly a sentence is
# true. Greedy decoding tends to repeat itself: each repetition of a phrase makes the next repetition more probable.

# %% [markdown]
# ### Further: does it write words?
#
# The model writes pieces of words. How many of the words that result occur in the documentation? We compare with tokens
# sampled by counting.

# %% fold="Count existing words" result=true


def words(said):
    return re.findall(r"[A-Za-z]{3,}", said)


def write_by_counting(model, prompt, count):
    tokens, draws = [bpe.end, *bpe.encode(prompt)], torch.Generator().manual_seed(seed)
    for _ in range(count):
        p = torch.from_numpy(
            model.distribution(
                torch.tensor(tokens[-model.order + 1 :] if model.order > 1 else [])
            )
        )
        tokens.append(int(torch.multinomial(p, 1, generator=draws)))
    return bpe.decode(tokens[1:])


known_words = set(words(learned)) | set(words(held_out))
count = lesson.pick(standard=600, quick=40)
wrote = {
    "1-gram": write_by_counting(ngrams[1], "The", count),
    "2-gram": write_by_counting(ngrams[2], "The", count),
    "GPT": write_with("The", count),
}
real = {
    name: float(np.mean([word in known_words for word in words(said)[:-1]]))
    for name, said in wrote.items()
}
bars(real, "Written words that exist in the documentation", "share of the words")

# %% fold="Claim: more existing words than by counting single tokens" result=true
claim(
    "the GPT builds existing words out of pieces, more often than counting single tokens does",
    real["GPT"] > 0.75 and real["GPT"] > real["1-gram"] + 0.08,
    {f"{name}: share of words that exist": share for name, share in real.items()},
    only_in="standard",
)

# %% [markdown]
# ### Further: what Muon contributes
#
# We train the same model from the same initial weights for a short time, with Muon and with AdamW at three learning rates.
# **Predict** the order.

# %% fold="Train briefly with Muon and with AdamW" result=true


def short_run(rate, use_muon):
    torch.manual_seed(seed)
    model = GPT(len(bpe), width=96, heads=6, depth=2, length=32, dropout=0.0).to(device)
    matrices, others = groups(model)
    if use_muon:
        optimizer = Muon(matrices, others, rate=rate, other_rate=0.004)
    else:
        adam = [*others, {"params": matrices, "lr": rate, "weight_decay": 0.1}]
        optimizer = torch.optim.AdamW(
            adam, lr=0.004, betas=(0.9, 0.99), weight_decay=0.0
        )
    train(model, optimizer, lesson.pick(standard=80, quick=3))
    part = test_row[:4000].to(device)
    return -float(log_probabilities(model, part).mean())


compared = {"Muon, 0.02": short_run(0.02, use_muon=True)}
compared |= {
    f"AdamW, {rate}": short_run(rate, use_muon=False) for rate in (0.0003, 0.001, 0.003)
}
bars(compared, "Loss on held-out tokens after 80 steps", "nats per token")

# %% fold="Claim: Muon and AdamW after 80 steps" result=true
claim(
    "after a short training, Muon has a lower loss than AdamW at any of three learning rates",
    compared["Muon, 0.02"] < min(list(compared.values())[1:]),
    {f"{name}: nats per token": value for name, value in compared.items()},
    only_in="standard",
)

# %% [markdown]
# ## 7. Look inside: type, and see what comes next
#
# Type into the box. The bars show the most probable next tokens. The black mark is the model's own probability; the bar is
# what is left of it after temperature, top-k and top-p. Click a bar, or press Enter on it, to append its token. On the right,
# point at a token to see where the chosen head looked from there.

# %% fold="Connect the explorer to the model"
from labkit.nn.attention import watch
from labkit.show.next_token.data import Reading
from labkit.show.next_token.explorer import NextTokenExplorer


def read_tokens(tokens):
    """The logits after a list of tokens, and the weights of every attention head."""
    gpt.eval()
    with torch.no_grad(), watch(gpt) as seen:
        logits = gpt(torch.tensor([tokens], device=device))[0]
    return Reading(
        logits.cpu(), torch.stack([look[-1].weights[0] for look in seen.values()]).cpu()
    )


def explore(prompt):
    return NextTokenExplorer(
        read_tokens,
        bpe.encode,
        bpe.decode,
        len(bpe),
        prompt,
        start=bpe.end,
        length=gpt.length,
    )


# %% result=true
explore("If the object is a class, the attribute is")

# %% [markdown]
# **Find by hand:**
#
# 1. Move the *temperature*. Can it change the order of the bars? Decide before you try.
#    <details><summary>Answer</summary>
#
#    No. Dividing all logits by the same positive number keeps their order.
#    </details>
# 2. Type `import sys`, a new line, and `sys.` character by character. Where is the model most certain?
#    <details><summary>Answer</summary>
#
#    Inside words and names, where few continuations were seen. At the beginning of a word or line, many are possible.
#    </details>
# 3. Which *head* looks at the previous token more than the others do? Where do heads look that have found nothing useful?
#    <details><summary>Answer</summary>
#
#    It depends on the training run: compare the weight on the neighbor head by head. Heads with nothing useful often look at
#    the first token, `<|endoftext|>`, because their weights must sum to one somewhere.
#    </details>
# 4. Append ten tokens with *top-k* 1, then ten with a temperature of 2. Which setting do you prefer?
#    <details><summary>Answer</summary>
#
#    Greedy decoding soon repeats phrases; at temperature 2 words fall apart. A common choice
#    lies between them: a temperature of 0.7 with top-p 0.9.
#    </details>
#
# Here are the same effects in numbers, after one prompt at five temperatures:

# %% fold="Measure the distribution at five temperatures" result=true
with torch.no_grad():
    prompt = torch.tensor(
        [[bpe.end, *bpe.encode("If the object is a class, the attribute is")]],
        device=device,
    )
    last = gpt(prompt)[0, -1].cpu()
heats = [0.25, 0.5, 1.0, 2.0, 4.0]
spread = {
    heat: torch.special.entr(with_temperature(last, heat).softmax(-1)).sum().item()
    / math.log(2)
    for heat in heats
}
kept = {
    heat: int(top_p(with_temperature(last, heat), 0.9).isfinite().sum())
    for heat in heats
}
claim(
    "a higher temperature raises the entropy, and top-p 0.9 then keeps more tokens",
    all(spread[a] < spread[b] and kept[a] <= kept[b] for a, b in pairwise(heats)),
    {f"temperature {heat}: entropy in bits": round(spread[heat], 2) for heat in heats}
    | {f"temperature {heat}: tokens kept": kept[heat] for heat in heats},
)

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **The cache.** Without it, one more token costs a pass over the whole text; with it, a pass over one token, which looks at
# all kept keys. We count the operations and measure the time, in a model that reads up to 1,024 tokens.

# %% fold="Measure the cost of one more token" result=true
from torch.utils.flop_counter import FlopCounterMode

torch.manual_seed(seed)
long = GPT(len(bpe), width=96, heads=3, depth=2, length=1024, dropout=0.0).eval()
lengths = [2, 32, 128, 512, lesson.pick(standard=1023, quick=600)]
some = torch.randint(0, len(bpe), (1, 1024))


def one_more(n, cached):
    """A function that computes the logits after n tokens, of which all but the last were read before if `cached`."""
    if not cached:
        return lambda: long(some[:, :n])[:, -1]
    writer = long.start(some[:, : n - 1])
    first = [(cache.key, cache.value) for cache in writer.caches]

    def step():
        for cache, (key, value) in zip(writer.caches, first, strict=True):
            cache.key, cache.value = key, value
        return writer.step(some[:, n - 1])

    return step


def cost_of_one(n, cached):
    step = one_more(n, cached)
    with (
        torch.no_grad(),
        watch(long),
        FlopCounterMode(display=False) as counter,
    ):  # watched, attention is counted, too
        step()
    times = []
    for _ in range(lesson.pick(standard=5, quick=2)):
        start = time.perf_counter()
        with torch.no_grad():
            step()
        times.append(time.perf_counter() - start)
    return counter.get_total_flops(), 1000 * min(times)


ways = {"from the beginning": False, "with a cache": True}
measured = {
    name: [cost_of_one(n, cached) for n in lengths] for name, cached in ways.items()
}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.0))
for (name, values), color in zip(
    measured.items(), (COLOR["vermilion"], COLOR["blue"]), strict=True
):
    left.loglog(
        lengths,
        [flops / 1e6 for flops, _ in values],
        marker="o",
        color=color,
        label=name,
    )
    right.loglog(
        lengths, [took for _, took in values], marker="o", color=color, label=name
    )
for axes, label in (
    (left, "million operations"),
    (right, "milliseconds"),
):
    axes.set(
        xlabel="tokens before it",
        ylabel=label,
        title="One more token: " + ("operations" if axes is left else "time"),
    )
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.minorticks_off()
left.legend()
plt.show()


# %% fold="Claim: linear with a cache, quadratic without" result=true
def whole_text(name):
    """Operations for writing a whole text of each length: the sum of what its tokens cost, between the measured ones."""
    positions = np.arange(1, lengths[-1] + 1)
    each = np.interp(positions, lengths, [flops for flops, _ in measured[name]])
    return np.cumsum(each)[np.array(lengths) - 1]


def growth(name):
    total = whole_text(name)
    return math.log(total[-1] / total[2]) / math.log(lengths[-1] / lengths[2])


claim(
    "writing a text takes about linearly many operations with a cache, and quadratically many without",
    growth("with a cache") < 1.25 and growth("from the beginning") > 1.9,
    {f"{name}: operations grow as": f"n^{growth(name):.2f}" for name in ways}
    | {
        f"{name}: milliseconds for token {lengths[-1]}": measured[name][-1][1]
        for name in ways
    },
    only_in="standard",
)
with torch.no_grad():
    difference = (one_more(256, True)() - one_more(256, False)()).abs().max()
claim(
    "the cache does not change the logits",
    difference < 1e-4,
    {"largest difference of a logit": difference},
)

# %% [markdown]
# The cache takes memory: for each token, two vectors of width ${\color{#00805D}{d}}$ in every block. In large models it fills
# much of the accelerator.
#
# **Strength**: one objective, no labels, and any text will do. **Price**: data and computation.
#
# **Weakness: it knows one kind of text.** How many bits does a byte of other English need, or of German?

# %% fold="Measure other texts" result=true
samples = {
    "held-out topics": held_out[:2000],
    "a nursery rhyme": "Mary had a little lamb, its fleece was white as snow, and everywhere that Mary went the lamb was "
    "sure to go. It followed her to school one day, which was against the rule; it made the children laugh and play.",
    "German": "Das Wetter ist heute schön, und wir gehen am Nachmittag mit den Kindern in den Garten, wo die ersten Äpfel "
    "reif sind. Am Abend kommen Freunde zum Essen, und es wird wohl spät werden, bis alle wieder zu Hause sind.",
}
price = {
    name: bits_per_byte(
        log_probabilities(gpt, bpe.encode_documents([said])[:-1].to(device)).cpu(),
        [said],
    )
    for name, said in samples.items()
}
bars(price, "Other texts under the same model", "bits per byte")

# %% fold="Claim: other texts need many more bits" result=true
claim(
    "away from its subject, the model needs many more bits for each byte",
    price["a nursery rhyme"] > 1.2 * price["held-out topics"]
    and price["German"] > 1.5 * price["held-out topics"],
    {f"{name}: bits per byte": value for name, value in price.items()},
    only_in="standard",
)

# %% [markdown]
# ## 9. In practice
#
# You would take a published model from Hugging Face's `transformers`, and fine-tune it or write a prompt. The next cell copies
# our weights into their GPT-2. (In the other direction, `gpt2_weights(gpt2_small())` loads the published weights into our
# model, by download.)

# %% fold="Compare with GPT-2 of transformers"
from importlib.util import find_spec


@torch.no_grad()
def as_transformers(ours):
    """Transformers' GPT-2 with the weights of ours: linear layers transposed, query, key and value in one."""
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {
        "vocab_size": len(bpe),
        "n_positions": ours.length,
        "n_embd": ours.table.weight.shape[1],
    }
    heads = {"n_layer": len(ours.blocks), "n_head": ours.blocks[0].attention.heads}
    config = GPT2Config(**sizes, **heads, bos_token_id=bpe.end, eos_token_id=bpe.end)
    peer = GPT2LMHeadModel(config).eval()
    found = {"wte.weight": ours.table.weight, "wpe.weight": ours.positions.table}
    layers = {"ln_f": ours.norm}
    for i, block in enumerate(ours.blocks):
        one = block.attention
        layers |= {
            f"h.{i}.ln_1": block.residuals[0].norm,
            f"h.{i}.ln_2": block.residuals[1].norm,
        }
        for name, parts in (("attn.c_attn", (one.query, one.key, one.value)), ("attn.c_proj", (one.out,)),
                            ("mlp.c_fc", (block.feed_forward[0],)), ("mlp.c_proj", (block.feed_forward[2],))):  # fmt: skip
            found[f"h.{i}.{name}.weight"] = torch.cat([part.weight for part in parts]).T
            found[f"h.{i}.{name}.bias"] = torch.cat([part.bias for part in parts])
    for name, norm in layers.items():
        found |= {f"{name}.weight": norm.weight, f"{name}.bias": norm.bias}
    peer.transformer.load_state_dict(found)
    return peer.to(device)


if find_spec("transformers"):
    peer = as_transformers(gpt)
    with torch.no_grad():
        difference = (peer(window).logits - gpt(window)).abs().max()
    begun = window[:, :12]
    theirs = peer.generate(
        begun,
        attention_mask=torch.ones_like(begun),
        max_new_tokens=20,
        do_sample=False,
        eos_token_id=None,
    )
    claim(
        "transformers' GPT-2 with our weights gives our logits, and greedily writes our text",
        difference < 1e-3 and torch.equal(theirs, generate(gpt, begun, 20, k=1)),
        {"largest difference of a logit": difference},
    )
else:
    print("transformers is not installed here; labkit's tests make the comparison")

# %% [markdown]
# | variant | what it changed | where |
# |---|---|---|
# | GPT-3 | a thousand times larger; tasks are shown in the prompt | Brown et al. 2020 |
# | LLaMA | rotary positions, RMSNorm, gated feed-forward | Touvron et al. 2023 |
# | grouped-query attention | heads share keys and values: a smaller cache | Ainslie et al. 2023 |
# | mixture of experts | only some weights work on each token | Hour 30 |
# | learning from human feedback | rewarded for what people prefer | Ouyang et al. 2022 |
# | BERT, T5 | the same text, another objective | Hour 9 |
#
# ## 10. Responsibility
#
# **Whose text is it?** A language model can reproduce its training text. How much of what ours writes occurs word for word in
# the training text? We count runs of eight tokens.

# %% fold="Count runs that occur in the training text" result=true


def recited(said, n=8):
    """The share of runs of n tokens that occur in the training text."""
    known = set(map(tuple, train_row.unfold(0, n, 1).tolist()))
    tokens = torch.tensor(bpe.encode(said))
    return float(
        np.mean([tuple(run) in known for run in tokens.unfold(0, n, 1).tolist()])
    )


long_text = lesson.pick(standard=600, quick=40)
texts = {
    "greedy": write_with("The", long_text, k=1),
    "sampled": write_with("The", long_text),
    "held-out topics": held_out,
}
bars({name: 100 * recited(said) for name, said in texts.items()},
     "Runs of eight tokens that occur in the training text", "percent of runs")  # fmt: skip

# %% [markdown]
# Compare the bars. People wrote the held-out topics, and still they share runs with the training text: documentation
# repeats its phrases. In the standard run greedy text shares more runs than they do, and sampled text fewer. Large
# models recite more: hundreds of training passages were extracted from GPT-2 word for word, some with names, addresses and
# telephone numbers (Carlini et al. 2021).
#
# - **Fluent is not true.** The loss rewards probable text. Nothing in it asks whether a sentence is true.
# - **Whose language?** The training text decides what is probable, its prejudices included (Bender et al. 2021).
# - **Text without an author.** Generated text costs nothing: spam, fake reviews, fake answers. Say where a text comes from.
# - **Energy.** This notebook takes a minute on a laptop; the largest models take months on thousands of accelerators, and each
#   answer adds to it.
#
# ## 11. Check yourself
#
# <details><summary>1. A model needs 1.7 bits per byte, and its tokens carry 3.5 bytes. What are its loss per token and its
# perplexity?</summary>
#
# 1.7 × 3.5 × ln 2 = 4.1 nats, and a perplexity of e⁴·¹ ≈ 62.
# </details>
#
# <details><summary>2. You forget to shift the labels. What happens to the loss, and to the generated text?</summary>
#
# The loss falls to almost nothing, because each position can copy its input. The generated text repeats one token.
# </details>
#
# <details><summary>3. Why is a bug in the cache invisible in the training loss?</summary>
#
# Training computes all positions at once, without a cache. Compare cached with uncached logits, step by step.
# </details>
#
# <details><summary>4. Should queries be cached as well?</summary>
#
# No. The query of an old position is not needed again: it has already read what it needed.
# </details>
#
# <details><summary>5. A model with a larger vocabulary has a higher loss per token. Is it worse?</summary>
#
# One cannot say, because its tokens carry more text. Compare bits per byte.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Radford et al. 2018 and 2019, GPT and GPT-2,
# https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf. Sennrich et al.
# 2016, byte-pair encoding, https://arxiv.org/abs/1508.07909. Chen and Goodman 1999, smoothing,
# https://doi.org/10.1006/csla.1999.0128. Chelba et al. 2013, the
# One Billion Word Benchmark, https://arxiv.org/abs/1312.3005. Jozefowicz et al. 2016, https://arxiv.org/abs/1602.02410.
# Holtzman et al. 2020, *The curious case of neural text degeneration*,
# https://arxiv.org/abs/1904.09751. Brown et al. 2020, GPT-3, https://arxiv.org/abs/2005.14165. Carlini et al. 2021,
# *Extracting training data from large language models*, https://arxiv.org/abs/2012.07805. Bender et al. 2021, *On the
# dangers of stochastic parrots*, https://doi.org/10.1145/3442188.3445922. Jordan et al. 2024, Muon,
# https://kellerjordan.github.io/posts/muon/.
#
# **Next**: Hour 9 trains on the same text with another objective: which token is missing?
