# %% [markdown] badges=true
# # Hour 8. GPT: autoregressive language models
#
# After this hour you can
# - cut text into tokens by byte-pair encoding, and say why neither letters nor words will do;
# - write the loss of a causal language model, and say why one pass through the network asks a question at every place;
# - train a GPT on Python's documentation, judge it in bits per byte beside n-grams, and say what each of them knows;
# - let it write with temperature, top-k and top-p, with a cache that makes writing cheap;
# - look at its next-token probabilities and at the attention behind them, and say what such a text must not be used for.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 6 |
# | 3 | The architecture | 6 |
# | 4 | Why it works | 7 |
# | 5 | Build it: four exercises | 23 |
# | 6 | Train it | 5 |
# | 7 | Look inside | 5 |
# | 8 | Strengths, weaknesses, cost | 3 |
# | 9 | In practice | 1 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need attention and the causal mask (Hour 7), cross-entropy and the softmax.
#
# **How to work.** Run the cells from top to bottom. In part 5 you write four functions; each is checked the moment
# you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "pydoc"  # or "shakespeare", by download

# %%
import math
import re
import time
from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves, heatmap
from labkit.show.style import COLOR

lesson = begin(8, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: what comes next?
#
# A *language model* answers one question, over and over: given the text so far, how likely is each next token? Whoever
# can answer it can write (draw an answer, append it, ask again), and can say how surprising a text is.
#
# We learn from the language reference that ships inside every Python, the text of `help("topics")`. A tenth of its
# topics, drawn at random, is kept for judging; no paragraph stands on both sides.

# %%
from labkit.data.pydoc_text import load_text

text = load_text(dataset, seed)
learned, held_out = ("".join(documents) for documents in (text.train, text.validation))
print(f"{text.title}: {len(learned):,} characters to learn from, {len(held_out):,} held out\n")
print(text.train[len(text.train) // 2][:420])

# %% [markdown]
# Read it as a model must, from left to right with the rest covered. After `If the` almost anything may come; after
# `The following exam` only one thing. A good model is *unsure where it should be*, and sure where it can be.
#
# ### What counting can do
#
# The oldest language model counts. In *n-grams*, the next token depends on the n - 1 before it: how often did each token
# follow these in the training text? First we need tokens. We use pieces of words, which exercise 1 is about; take them
# as given for the moment.

# %%
from labkit.transformers.tokenizer import BytePairEncoding

bpe = BytePairEncoding.train(text.train, tokens=2048)
train_row, test_row = bpe.encode_documents(text.train), bpe.encode_documents(text.validation)  # n tokens each
print([bpe.decode([token]) for token in bpe.encode("The following example shows how a class statement is executed.")])


def unseen(n):
    """The share of the n-grams of the held-out text that the training text does not have."""
    known = set(map(tuple, train_row.unfold(0, n, 1).tolist()))
    return float(np.mean([tuple(gram) not in known for gram in test_row.unfold(0, n, 1).tolist()]))


orders = [1, 2, 3, 4, 5]
missing = {n: unseen(n) for n in orders}
bars({f"{n} token" + "s" * (n > 1): share for n, share in missing.items()},
     "How much of the held-out text was never seen", "share of its n-grams")  # fmt: skip

# %% [markdown]
# **Look at the bars**: the more you look back, the less you have ever seen. Of three tokens in a row a large part is new,
# and plain counting would call each of them impossible. *Smoothing* takes a little from what was seen and gives it to
# the rest, by asking a shorter context. The best known way, **Kneser-Ney**, asks the shorter context not how often a
# token occurs but *after how many different ones*: `Francisco` is frequent, and follows `San` only.
#
# We judge all models alike, in **bits per byte** of the held-out text: what it would cost to send it, if both sides had
# the model. It does not depend on how the text was cut into tokens. Knowing nothing costs 8.

# %%
from labkit.transformers.ngram import NGram
from labkit.transformers.scoring import bits_per_byte

ngrams = {n: NGram(train_row, n, len(bpe)) for n in orders}
log_p_of = {f"{n}-gram": ngrams[n].log_probabilities(test_row)[1:] for n in orders}  # the first token has no past
cost = {name: bits_per_byte(log_p, text.validation) for name, log_p in log_p_of.items()}
bars(cost, "Kneser-Ney n-grams on the held-out text", "bits per byte")

# %% [markdown]
# From the bigram to the trigram much is won, after that hardly anything. Counting has two limits that no smoothing
# lifts. It **cannot look far back**: a name that was introduced a sentence ago is out of sight. And it **cannot
# compare**: what it learned of `tuple` tells it nothing of `list`. Here is what it writes.

# %%
draws = torch.Generator().manual_seed(seed)


def write_by_counting(model, prompt, count):
    tokens = [bpe.end, *bpe.encode(prompt)]
    for _ in range(count):
        p = torch.from_numpy(model.distribution(torch.tensor(tokens[-model.order + 1 :] if model.order > 1 else [])))
        tokens.append(int(torch.multinomial(p, 1, generator=draws)))
    return bpe.decode(tokens[1:])


for n in (2, 4):
    print(f"--- {n}-gram\n{write_by_counting(ngrams[n], 'The class statement', 60)}\n")

# %% [markdown]
# ## 3. The architecture: the decoder, alone
#
# Any probability of a text is a product of next-token probabilities, without approximation:
#
# $$p(x_1, \dots, x_{{\color{#0072B2}{t}}}) = \prod_{i=1}^{{\color{#0072B2}{t}}} p(x_i \mid x_1, \dots, x_{i-1}).$$
#
# An n-gram cuts the condition off after a few tokens. GPT (Radford et al. 2018) keeps all of it, up to the length
# that it was built for, and lets **attention** find what matters there. It is the decoder of Hour 7 without the
# encoder: causal self-attention, then a small network at each place, several times over.
#
# From bottom to top, with ${\color{#0072B2}{t}}$ places, width ${\color{#00805D}{d}}$ and a vocabulary of $v$:
#
# $$h^0_i = E_{x_i} + P_i, \qquad h^{l} = \mathrm{Block}_l(h^{l-1}), \qquad \mathrm{logits}_i = E \, \mathrm{LayerNorm}(h^L_i)$$
#
# $$\mathrm{Block}(h) = a + \mathrm{MLP}(\mathrm{LayerNorm}(a)), \qquad a = h + \mathrm{Attention}(\mathrm{LayerNorm}(h))$$
#
# One table $E$ serves both ends: the row that stands for a token when it is read is also what its logit is measured
# with. Read the picture from the top; at every arrow stands the shape of what flows.

# %%
from labkit.show.architecture import Diagram
from labkit.transformers.gpt import GPT

torch.manual_seed(seed)
gpt = GPT(len(bpe), width=96, heads=6, depth=2, length=32, dropout=0.0).to(device)
weights = sum(parameter.numel() for parameter in gpt.parameters())
print(
    f"{weights:,} weights, of which the table has {gpt.table.weight.numel():,}. GPT-2 had 124 million to 1.6 billion."
)
sizes = {"b": 5, "t": 7, "d": 96, "v": len(bpe)}
Diagram(gpt, torch.randint(0, len(bpe), (5, 7), device=device), depth=3, axes=sizes, title="The GPT of this hour")

# %% [markdown]
# ## 4. Why it works: four choices, four experiments
#
# ### Why pieces of words?
#
# Letters make texts long, and the cost of attention grows with the length. Whole words make the vocabulary huge, and a
# word that was never seen has no number at all. **Byte-pair encoding** (Sennrich et al. 2016) begins with the 256 bytes,
# so that nothing is unknown, and again and again makes one token of the two neighbors that occur most often.
# **Guess first**: how much shorter does the text get with 256 merges? With 2,000?

# %%
vocabularies = [257, 512, 1024, 2048, *lesson.pick(standard=[4096], quick=[])]
bytes_learned = len(learned.encode())
bytes_per_token = []
for size in vocabularies:
    cut = BytePairEncoding(bpe.merges[: size - 257]) if size <= 2048 else BytePairEncoding.train(text.train, size)
    bytes_per_token.append(bytes_learned / len(cut.encode_documents(text.train)))
print("the first merges:", [bpe.decode([token]) for token in range(256, 280)])
print("and later ones:  ", [bpe.decode([token]) for token in range(2020, 2034)])
curves({"bytes per token": (vocabularies, bytes_per_token)}, "How much of the text one token carries",
       "tokens in the vocabulary", "bytes per token")  # fmt: skip

# %%
claim(
    "frequent pieces become one token: 2,048 tokens carry the same text in less than a third of the places",
    bytes_per_token[3] > 3.0,
    {"bytes per token with 512": bytes_per_token[1], "with 2,048": bytes_per_token[3]},
)

# %% [markdown]
# Each doubling of the vocabulary wins less than the one before, and every token needs a row of the table, learned from
# the few times that it occurs. GPT-2 settled on 50,257.
#
# ### Why a causal mask?
#
# In training we know the whole text, and ask for the next token at *every* place at once. That is a fair question only
# where the answer cannot be seen. We test it by gradients: which inputs have any influence on which output?


# %%
def influence(model, places=12):
    """How strongly the logits at each place depend on the embedding at each place: the norm of the gradient."""
    tokens, seen = torch.randint(0, len(bpe), (1, places), device=device), []
    hook = model.table.register_forward_hook(lambda _, __, out: seen.append(out.requires_grad_()) or out)
    logits = model(tokens)
    hook.remove()
    rows = [torch.autograd.grad(logits[0, t].square().sum(), seen[0], retain_graph=True)[0] for t in range(places)]
    return torch.stack([row[0].norm(dim=-1) for row in rows]).cpu()


depends = influence(gpt)
heatmap(depends, title="What each prediction depends on, before training", axes_labels=("prediction at", "token at"))

# %%
claim(
    "a prediction depends on all that stands before it, and on nothing that comes after",
    depends.triu(1).max() == 0 and depends.tril().flatten()[depends.tril().flatten() > 0].numel() == 12 * 13 // 2,
    {"largest gradient from the future": depends.triu(1).max(), "smallest from the past": depends[depends > 0].min()},
)

# %% [markdown]
# ### Why ask at every place at once?
#
# Because it is nearly free. A window of 32 tokens holds 31 questions, each with a context of its own length, and the mask
# makes one pass through the network answer them all, exactly as if each had been asked alone:

# %%
window = train_row[None, :32].to(device)
gpt.eval()
with torch.no_grad():
    at_once = gpt(window)[0]
    one_by_one = torch.stack([gpt(window[:, : t + 1])[0, -1] for t in range(window.shape[1])])
difference = (at_once - one_by_one).abs().max()
claim(
    "one pass over a window gives what a pass for each of its beginnings would give",
    difference < 1e-4,
    {"largest difference of a logit": difference, "passes saved": window.shape[1] - 1},
)

# %% [markdown]
# ### Why start small, and smaller with depth?
#
# Every layer *adds* to the residual path. If all of them add equally much, a deep model begins louder than a shallow one.
# GPT-2 divides the first weights of what writes into the path by $\sqrt{2 \cdot \mathrm{depth}}$, two for each block, since
# the variances of independent terms add up.


# %%
def loudness(depth, scaled):
    """The size of what the blocks have added to the path, before training."""
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
loud = {name: [loudness(n, name == "scaled") for n in depths] for name in ("all alike", "scaled")}
curves({name: (depths, sizes) for name, sizes in loud.items()}, "What the blocks add to the path, before training",
       "blocks", "standard deviation")  # fmt: skip

# %%
claim(
    "begun alike, what is added grows with the depth; scaled by the root of the depth, it keeps its size",
    loud["all alike"][-1] > 2.5 * loud["all alike"][0] and max(loud["scaled"]) < 1.5 * min(loud["scaled"]),
    {f"{name}, 16 blocks to 1": f"{sizes[-1] / sizes[0]:.2f} times" for name, sizes in loud.items()},
)

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Four functions, about five minutes each. Replace `raise NotImplementedError` and run the cell: you see at once what is
# right. Stuck? `hint()` in a new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. One merge
#
# The step that byte-pair encoding repeats: find the pair of neighbors that occurs most often, and write the new token
# wherever it stands. Two things make it exact, so that everybody gets the same tokens: of equally frequent pairs the
# **smallest** is taken, and a row is merged **from left to right**, so that of three equal tokens the first two are the
# pair. Pairs are counted where they overlap.


# %% name="merge-step" exercise="gpt.merge_step"
@exercise("gpt.merge_step")
def merge_step(tokens, new):
    """Merge the most frequent pair of neighbors.

    tokens (n): whole numbers, at least two; new: the number of the token to be made. Returns the pair as a tensor (2),
    and the tokens after the merge (m).
    """
    ### BEGIN SOLUTION
    row = tokens.tolist()
    frequency = Counter(pairwise(row))
    best = min(frequency, key=lambda pair: (-frequency[pair], pair))
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
# Repeated, this is the training of a tokenizer. Watch it work on a tongue twister. (Here a merge may run across a space. The
# real one first cuts the text into words, which keep the space before them, and merges within words only.)

# %%
row, names = torch.tensor(list(b"she sells sea shells by the sea shore")), {n: chr(n) for n in range(256)}
for new in range(256, 262):
    pair, row = merge_step(row, new)
    names[new] = names[int(pair[0])] + names[int(pair[1])]
    print(f"{names[new]!r:8s} {'|'.join(names[token] for token in row.tolist())}")

# %% [markdown]
# ### Exercise 2. The loss
#
# The model has read `labels` and gives logits at every place. Place t is asked for the token at t + 1:
#
# $$-\frac{1}{|T|} \sum_{t \in T} \log p(x_{t+1} \mid x_{\le t})$$
#
# The last place has nothing to predict, the first label is predicted by nobody, and labels of -100 do not count. It is
# three lines, and one of them is the most frequent mistake in all of language modelling.


# %% name="causal-loss" exercise="gpt.causal_loss"
@exercise("gpt.causal_loss")
def causal_loss(logits, labels):
    """The mean cross-entropy of each token, given all before it.

    logits (b, t, v) after each of the tokens; labels (b, t): the tokens themselves, not shifted, -100 where nothing is
    asked. Returns one number, as a tensor without axes.
    """
    ### BEGIN SOLUTION
    questions, answers = logits[:, :-1], labels[:, 1:]
    return nn.functional.cross_entropy(questions.flatten(0, 1), answers.flatten(), ignore_index=-100)
    ### END SOLUTION


# %% checks="gpt.causal_loss"
score("gpt.causal_loss")

# %% [markdown]
# ### Exercise 3. Top-p
#
# To write, we draw from the probabilities. But the thousand least likely tokens together are drawn every now and then,
# and one wrong token spoils all that follows. **Top-p** (Holtzman et al. 2020) keeps the fewest tokens that together have a
# probability of at least p, and sets the logits of the others to minus infinity. Where the model is sure, that leaves one
# token; where it is not, hundreds.


# %% name="top-p" exercise="gpt.top_p"
@exercise("gpt.top_p")
def top_p(logits, p):
    """Keep the fewest tokens whose probabilities sum to at least p.

    logits (..., v); p between 0 and 1. Returns the logits with minus infinity where a token is dropped. The likeliest
    token is always kept.
    """
    ### BEGIN SOLUTION
    ordered, order = logits.sort(dim=-1, descending=True)
    each = ordered.softmax(dim=-1)
    kept = each.cumsum(dim=-1) - each < p  # what stands before it does not reach p
    kept[..., 0] = True
    return logits.masked_fill(~torch.zeros_like(kept).scatter(-1, order, kept), -math.inf)
    ### END SOLUTION


# %% checks="gpt.top_p"
score("gpt.top_p")

# %% [markdown]
# ### Exercise 4. Attention with a cache
#
# When the model has written a token, it reads the text again, one token longer. But by the mask, nothing that was
# computed before has changed: keys and values of old places depend on what stands *before* them only. So keep them. The
# new places ask; all keys and values, old and new, answer. New place i is place s + i of the text.


# %% name="kv-cache" exercise="gpt.kv_cache"
@exercise("gpt.kv_cache")
def attend_cached(query, key, value, past_key=None, past_value=None):
    """Causal attention of n new places, which go on from s places in the cache.

    query, key (..., n, k) and value (..., n, v) of the new places; past_key (..., s, k) and past_value (..., s, v), or
    None at the beginning. Returns what the new places read (..., n, v), and all keys and values (..., s + n, .).
    """
    ### BEGIN SOLUTION
    if past_key is not None:
        key, value = torch.cat([past_key, key], dim=-2), torch.cat([past_value, value], dim=-2)
    new, everything = query.shape[-2], key.shape[-2]
    may = torch.ones(new, everything, dtype=torch.bool, device=query.device).tril(everything - new)
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return scores.masked_fill(~may, -math.inf).softmax(dim=-1) @ value, key, value
    ### END SOLUTION


# %% checks="gpt.kv_cache"
score("gpt.kv_cache")

# %% [markdown]
# Your cache at work: twelve places read one after the other give what one causal pass over all twelve gives.

# %%
q, k, v = (torch.randn(1, 3, 12, 32) for _ in range(3))  # b h t k
past, pieces = (None, None), []
for place in range(12):
    read, *past = attend_cached(*(part[:, :, place : place + 1] for part in (q, k, v)), *past)
    pieces.append(read)
from labkit.transformers.cached_attention import attend_cached as labkits

difference = (torch.cat(pieces, dim=2) - labkits(q, k, v)[0]).abs().max()
claim("step by step with your cache is the same as all at once", difference < 1e-5, {"largest difference": difference})

# %% [markdown]
# ## 6. Train it
#
# Windows of 32 tokens from random places, sixteen at a time, your loss, a learning rate that rises for a tenth of the steps
# and then falls to zero, and gradients clipped at 1. GPT-2 trained for days; we have half a minute, and three choices that
# save time.
#
# - **The optimizer.** GPT-2 used Adam. Here matrices are trained by **Muon** (Jordan et al. 2024), which makes all directions
#   of an update equally strong: directions that the gradient seldom shows move as far as the others. Tables, norms and
#   biases stay with AdamW.
# - **Places begin as waves**, those of Hour 7, and queries and keys begin larger. From GPT-2's beginning, where everything
#   is tiny, every head looks at everything alike for hundreds of steps, and reads nothing but the mean.
# - **Short windows.** Most of what decides the next token stands close by, and each place of the table is asked more often.

# %%
from labkit.data.windows import random_windows
from labkit.nn.positions import sinusoidal
from labkit.show.live.explorer import LiveCurves
from labkit.train.fit import fit
from labkit.train.schedules import linear
from labkit.transformers.muon import Muon
from labkit.transformers.scoring import log_probabilities

with torch.no_grad():
    gpt.positions.table.copy_(0.7 * sinusoidal(gpt.length, 96))
    for block in gpt.blocks:
        for asking in (block.attention.query, block.attention.key):
            asking.weight.mul_(6.0)  # a deviation of 0.12

steps = lesson.pick(standard=1000, quick=12)
matrices = [parameter for parameter in gpt.blocks.parameters() if parameter.ndim == 2]
small = [p for p in gpt.parameters() if p.ndim == 1] + [gpt.positions.table]
optimizer = Muon(
    matrices, [{"params": [gpt.table.weight], "lr": 0.006}, {"params": small}], rate=0.02, other_rate=0.004
)
windows = random_windows(
    train_row, length=gpt.length + 1, size=16, generator=torch.Generator().manual_seed(seed), device=device
)


def window_loss(window):
    """The last of 33 tokens is only an answer: the model reads 32, and nothing is asked behind them."""
    logits = nn.functional.pad(gpt(window[:, :-1]), (0, 0, 0, 1))  # b 33 v
    return causal_loss(logits, window)


gpt.train()
history = fit(window_loss, windows, optimizer, steps,
              linear(steps // 10, steps), clip=1.0, report=LiveCurves(steps, "A GPT reads Python's documentation"))  # fmt: skip
print(f"{steps * 16 * 32 / len(train_row):.1f} times through the text in {history.seconds:.0f} s")

# %% [markdown]
# The loss starts at $\ln 2048 = 7.6$ nats, as it must: a model that knows nothing gives every token the same chance. Now
# the judgement, on topics that it has never seen:

# %%
log_p_of["GPT"] = log_probabilities(gpt, test_row.to(device)).cpu().double().numpy()
in_bytes = BytePairEncoding([])  # no merges: every byte is a token
counted = NGram(in_bytes.encode_documents(text.train), 5, len(in_bytes))
log_p_of["5-gram of bytes"] = counted.log_probabilities(in_bytes.encode_documents(text.validation))[1:]
log_p_of["GPT and 4-gram"] = np.logaddexp(log_p_of["GPT"], log_p_of["4-gram"]) + math.log(0.5)
cost |= {name: bits_per_byte(log_p_of[name], text.validation) for name in list(log_p_of)[-3:]}
ordered = sorted(cost, key=cost.get, reverse=True)
figure, axes = plt.subplots(figsize=(7.2, 3.0))
axes.barh(
    ordered, [cost[name] for name in ordered], color=[COLOR["orange" if "GPT" in name else "blue"] for name in ordered]
)
for place, name in enumerate(ordered):
    axes.annotate(f"{cost[name]:.3f}", (cost[name], place), (4, 0), textcoords="offset points", va="center", size=9)
axes.set(title="Held-out text: what each model pays", xlabel="bits per byte", xlim=(0, 1.12 * max(cost.values())))
axes.grid(axis="y", visible=False)
plt.show()

# %%
best_count = min(cost[f"{n}-gram"] for n in orders)
claim(
    "the GPT pays less than smoothed bigrams of the same tokens, and than smoothed 5-grams of bytes",
    cost["GPT"] < 0.985 * min(cost["2-gram"], cost["5-gram of bytes"]),
    {name: cost[name] for name in ("GPT", "2-gram", "5-gram of bytes")},
    only_in="standard",
)
claim(
    "and it is level with smoothed trigrams, or better",
    cost["GPT"] < 1.01 * cost["3-gram"],
    {name: cost[name] for name in ("GPT", "3-gram", "4-gram", "5-gram")},
    only_in="standard",
)
claim(
    "asked together, half and half, the GPT and a 4-gram beat every n-gram: the GPT knows what counting does not",
    cost["GPT and 4-gram"] < 0.97 * best_count and cost["GPT and 4-gram"] < 0.97 * cost["GPT"],
    {"together": cost["GPT and 4-gram"], "the best n-gram": best_count, "the GPT": cost["GPT"]},
    only_in="standard",
)

# %% [markdown]
# **Be fair to the old method.** On a third of a megabyte, 4-grams and 5-grams of *pieces of words*, smoothed with care, are
# about level with our GPT. They have the whole text by heart the moment they are counted, and this text likes to repeat its
# phrases; the GPT has seen it six times in half a minute. On large texts it is another matter. On the One Billion Word
# Benchmark a Kneser-Ney 5-gram had a perplexity of 67.6 (Chelba et al. 2013) and a neural model 30.0 (Jozefowicz et al. 2016):
# counts of long contexts stay empty however much one reads, and what a network learned of one word helps it with others.
#
# That the mixture is so much better than either says that they know *different things*. The 4-gram has phrases by heart; the
# GPT has seen the whole window, and has learned which tokens behave alike.
#
# Let it write. First the likeliest token each time (greedy), then by drawing.

# %%
from labkit.transformers.sampling import generate, with_temperature
from labkit.transformers.sampling import top_p as labkits_top_p


def write(prompt, count=70, model=gpt, **dials):
    model.eval()
    begun = torch.tensor([[bpe.end, *bpe.encode(prompt)]], device=device)
    return bpe.decode(
        generate(model, begun, count, generator=torch.Generator(device).manual_seed(seed), **dials)[0, 1:]
    )


same = torch.randn(50, len(bpe))
kept_alike = torch.equal(top_p(same, 0.9).isfinite(), labkits_top_p(same, 0.9).isfinite())
claim("your top-p keeps the same tokens as labkit's, with which we write", kept_alike)
for name, dials in {
    "greedy": {"k": 1},
    "temperature 0.7, top-p 0.9": {"temperature": 0.7, "p": 0.9},
    "as it is": {},
}.items():
    print(f"--- {name}\n{write('The class statement', **dials)}\n")

# %% [markdown]
# You recognize it: quoted names, clauses and statements, rules of a grammar, the phrases of a manual, and hardly a true
# sentence. Greedy writing soon repeats itself, because the likeliest text is a dull one. We can measure one half of that
# impression: how many of the words that it writes are words of the documentation at all, though it writes them out of
# pieces. Beside it the same for tokens drawn by counting.


# %%
def words(said):
    return re.findall(r"[A-Za-z]{3,}", said)


known_words = set(words(learned)) | set(words(held_out))
length = lesson.pick(standard=600, quick=40)
wrote = {
    "1-gram": write_by_counting(ngrams[1], "The", length),
    "2-gram": write_by_counting(ngrams[2], "The", length),
    "GPT": write("The", length),
}
real = {name: float(np.mean([word in known_words for word in words(said)[:-1]])) for name, said in wrote.items()}
bars(real, "Words that are words", "share of the words written")

# %%
claim(
    "out of pieces of words it writes words, more often than counting single tokens does",
    real["GPT"] > 0.75 and real["GPT"] > real["1-gram"] + 0.08,
    real,
    only_in="standard",
)

# %% [markdown]
# ## 7. Look inside: type, and see what comes next
#
# Type into the box: the bars are the likeliest next tokens, the black mark is what the model gives them, the bar what is left
# of it under the three dials. Click a bar (or press Enter on it) to write that token. Point at a token on the right, or
# move with the arrow keys, to see where the chosen head looked from there, and how probable the token had been.

# %%
from labkit.nn.attention import watch
from labkit.show.next_token.data import Reading
from labkit.show.next_token.explorer import NextTokenExplorer


def read_tokens(tokens):
    """What the model makes of a list of tokens, with what its heads looked at."""
    gpt.eval()
    with torch.no_grad(), watch(gpt) as seen:
        logits = gpt(torch.tensor([tokens], device=device))[0]
    return Reading(logits.cpu(), torch.stack([look[-1].weights[0] for look in seen.values()]).cpu())


def explore(prompt):
    return NextTokenExplorer(read_tokens, bpe.encode, bpe.decode, len(bpe), prompt, start=bpe.end, length=gpt.length)


explore("If the object is a class, the attribute is")

# %% [markdown]
# **Find by hand:**
# 1. *The temperature dial.* At which temperature has the likeliest token under 10 %? Does the order of the bars ever
#    change? (Say why before you try.)
# 2. *Type* `import sys`, a new line, `sys.` and watch the bars after each key. Where is the model surest?
# 3. *Heads.* Which head looks at the token just before more than the others do? Which heads spread their look over
#    everything? What do they do with `<|endoftext|>`, which says nothing?
# 4. *Write on* with top-k 1, then with temperature 2. Then find a setting that you would call good writing.
#
# The same in numbers: the distribution after one prompt at three temperatures.

# %%
with torch.no_grad():
    prompt = torch.tensor([[bpe.end, *bpe.encode("If the object is a class, the attribute is")]], device=device)
    last = gpt(prompt)[0, -1].cpu()
heats = [0.25, 0.5, 1.0, 2.0, 4.0]
spread = {
    heat: torch.special.entr(with_temperature(last, heat).softmax(-1)).sum().item() / math.log(2) for heat in heats
}
kept = {heat: int(top_p(with_temperature(last, heat), 0.9).isfinite().sum()) for heat in heats}
for heat in heats:
    print(f"temperature {heat:4}: {spread[heat]:5.2f} bits, and {kept[heat]:5d} tokens share 90 %")

# %%
claim(
    "a higher temperature opens the distribution, and top-p keeps more tokens where it is open",
    all(spread[a] < spread[b] and kept[a] <= kept[b] for a, b in pairwise(heats)),
    {"bits, cold to hot": [round(bits, 2) for bits in spread.values()], "tokens kept": list(kept.values())},
)

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Writing with a cache.** Without it, the n-th token costs a pass over n tokens; with it, a pass over one, which looks at the n
# keys that are kept. We count the multiplications for each token, and time them, in a model that reads up to 1,024
# tokens.

# %%
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
    with torch.no_grad(), watch(long), FlopCounterMode(display=False) as counter:  # watched, attention is counted, too
        step()
    times = []
    for _ in range(lesson.pick(standard=5, quick=2)):
        start = time.perf_counter()
        with torch.no_grad():
            step()
        times.append(time.perf_counter() - start)
    return counter.get_total_flops(), 1000 * min(times)


ways = {"from the beginning": False, "with a cache": True}
measured = {name: [cost_of_one(n, cached) for n in lengths] for name, cached in ways.items()}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.0))
for (name, values), color in zip(measured.items(), (COLOR["vermilion"], COLOR["blue"]), strict=True):
    left.loglog(lengths, [flops / 1e6 for flops, _ in values], marker="o", color=color, label=name)
    right.loglog(lengths, [took for _, took in values], marker="o", color=color, label=name)
for axes, label in ((left, "million multiplications and additions"), (right, "milliseconds")):
    axes.set(
        xlabel="tokens before it", ylabel=label, title="One more token: " + ("operations" if axes is left else "time")
    )
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.minorticks_off()
left.legend()
plt.show()


# %%
def whole_text(name):
    """Operations for writing a whole text of each length: the sum of what its tokens cost, between the measured ones."""
    places = np.arange(1, lengths[-1] + 1)
    each = np.interp(places, lengths, [flops for flops, _ in measured[name]])
    return np.cumsum(each)[np.array(lengths) - 1]


def growth(name):
    total = whole_text(name)
    return math.log(total[-1] / total[2]) / math.log(lengths[-1] / lengths[2])


claim(
    "the operations of writing a text grow about linearly with a cache, and quadratically without",
    growth("with a cache") < 1.25 and growth("from the beginning") > 1.9,
    {name: f"n^{growth(name):.2f}" for name in ways}
    | {f"ms for token {lengths[-1]}, {name}": measured[name][-1][1] for name in ways},
    only_in="standard",
)
with torch.no_grad():
    difference = (one_more(256, True)() - one_more(256, False)()).abs().max()
claim("the cache does not change the logits", difference < 1e-4, {"largest difference": difference})

# %% [markdown]
# What bends both curves a little is attention itself: even with a cache the new token looks at all old keys. Beside the
# matrices that is cheap, as long as the text is not much longer than the model is wide. And the cache takes memory, for each
# token two vectors of width ${\color{#00805D}{d}}$ in each block: in large models it is what fills the accelerator.
#
# **Weakness: it knows one kind of text.** What does a byte cost of other English, or of German?

# %%
others = {
    "held-out topics": held_out[:2000],
    "a nursery rhyme": "Mary had a little lamb, its fleece was white as snow, and everywhere that Mary went the lamb was "
    "sure to go. It followed her to school one day, which was against the rule; it made the children laugh and play.",
    "German": "Das Wetter ist heute schön, und wir gehen am Nachmittag mit den Kindern in den Garten, wo die ersten Äpfel "
    "reif sind. Am Abend kommen Freunde zum Essen, und es wird wohl spät werden, bis alle wieder zu Hause sind.",
}
price = {
    name: bits_per_byte(log_probabilities(gpt, bpe.encode_documents([said])[:-1].to(device)).cpu(), [said])
    for name, said in others.items()
}
bars(price, "What other texts cost the same model", "bits per byte")

# %%
claim(
    "away from its subject the model pays much more for each byte",
    price["a nursery rhyme"] > 1.2 * price["held-out topics"] and price["German"] > 1.5 * price["held-out topics"],
    price,
    only_in="standard",
)

# %% [markdown]
# **Strength**: one objective, no labels, and any text will do. Nothing in the model knows about Python, or about English.
# **Data and compute** are the price: what we have here is a third of a megabyte and a minute.
#
# ## 9. In practice
#
# You would take a published model, with Hugging Face's `transformers`, and fine-tune it or write a prompt. Its GPT-2 with our
# weights gives our logits and writes our text. (The other way round, `gpt2_weights(gpt2_small())` loads the published
# weights into our model, by download.)

# %%
from importlib.util import find_spec


@torch.no_grad()
def as_transformers(ours):
    """Transformers' GPT-2 with the weights of ours: linear layers transposed, query, key and value in one."""
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"vocab_size": len(bpe), "n_positions": ours.length, "n_embd": ours.table.weight.shape[1]}
    heads = {"n_layer": len(ours.blocks), "n_head": ours.blocks[0].attention.heads}
    config = GPT2Config(**sizes, **heads, bos_token_id=bpe.end, eos_token_id=bpe.end)
    peer = GPT2LMHeadModel(config).eval()
    found = {"wte.weight": ours.table.weight, "wpe.weight": ours.positions.table}
    layers = {"ln_f": ours.norm}
    for i, block in enumerate(ours.blocks):
        one = block.attention
        layers |= {f"h.{i}.ln_1": block.residuals[0].norm, f"h.{i}.ln_2": block.residuals[1].norm}
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
        begun, attention_mask=torch.ones_like(begun), max_new_tokens=20, do_sample=False, eos_token_id=None
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
# | GPT-3 | the same, a thousand times larger; tasks are shown in the prompt | Brown et al. 2020 |
# | LLaMA | rotary positions, RMSNorm, gated feed-forward | Touvron et al. 2023 |
# | grouped-query attention | heads share keys and values: a smaller cache | Ainslie et al. 2023 |
# | mixture of experts | only some of the weights work on each token | Hour 30 |
# | fine-tuning by human feedback | rewarded for what people prefer | Ouyang et al. 2022 |
# | BERT, T5 | the same text, another question | Hour 9 |
#
# Used for: completing code and text, dialogue, search, translation, summaries.
#
# ## 10. Responsibility
#
# *Whose text is it?* A language model may recite what it has read. How much of what ours writes stands word for word in
# its training text? We count runs of eight tokens.


# %%
def recited(said, n=8):
    """The share of runs of n tokens that stand in the training text."""
    known = set(map(tuple, train_row.unfold(0, n, 1).tolist()))
    tokens = torch.tensor(bpe.encode(said))
    return float(np.mean([tuple(run) in known for run in tokens.unfold(0, n, 1).tolist()]))


print("of runs of eight tokens, word for word from the training text:")
print(f"{recited(write('The', length, k=1)):6.1%} of greedy writing, {recited(wrote['GPT']):.1%} of drawn, ", end="")
print(f"{recited(held_out):.1%} of the held-out topics")

# %% [markdown]
# Little: ours is small, and has read everything six times. Large models, and passages that they have read often, are
# another matter: from GPT-2 hundreds of training passages were extracted word for word, some of them with names, addresses
# and telephone numbers (Carlini et al. 2021). Before you train a model on messages or records, ask what it could repeat.
#
# - **Fluent is not true.** Every sentence above has the sound of documentation. Nothing in the loss asks whether it is so.
# - **Whose English?** The text decides what is probable. What is seldom written about, or written about with contempt, is
#   learned that way (Bender et al. 2021).
# - **Text without an author.** Whoever reads it cannot tell, and it costs nothing to make: spam, fake reviews, fake
#   answers. Say where a text comes from.
# - **Energy.** A minute of a laptop here; the largest models take months of many thousand accelerators, and each answer
#   costs again.
#
# ## 11. Check yourself
#
# <details><summary>1. A model pays 1.7 bits per byte, and its tokens carry 3.5 bytes. What is its loss in nats per token?</summary>
#
# 1.7 × 3.5 × ln 2, about 4.1.
# </details>
#
# <details><summary>2. You forget to shift the labels. What happens to the loss, and to the writing?</summary>
#
# The loss falls to almost nothing: each place may copy what it has just read. It writes the last token again and again.
# </details>
#
# <details><summary>3. Why does top-p come after the temperature?</summary>
#
# The temperature changes the probabilities of which top-p takes its share. The other way round you would cut by what the
# model said, and then flatten what is left: also possible, and another dial.
# </details>
#
# <details><summary>4. May queries be cached as well?</summary>
#
# They could, and nobody would ask for them: an old place has read what it had to read.
# </details>
#
# <details><summary>5. A model with a larger vocabulary has a higher loss per token. Is it worse?</summary>
#
# One cannot say. Its tokens carry more text. Compare bits per byte.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Radford et al. 2018 and 2019, GPT and GPT-2,
# https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf. Sennrich et al.
# 2016, byte-pair encoding, https://arxiv.org/abs/1508.07909. Chen and Goodman 1999, smoothing,
# https://doi.org/10.1006/csla.1999.0128. Chelba et al. 2013, the
# benchmark, https://arxiv.org/abs/1312.3005. Jozefowicz et al. 2016, https://arxiv.org/abs/1602.02410. Holtzman et al. 2020, *The curious case of neural text degeneration*,
# https://arxiv.org/abs/1904.09751. Brown et al. 2020, GPT-3, https://arxiv.org/abs/2005.14165. Carlini et al. 2021,
# *Extracting training data from large language models*, https://arxiv.org/abs/2012.07805. Bender et al. 2021, *On the
# dangers of stochastic parrots*, https://doi.org/10.1145/3442188.3445922. Jordan et al. 2024, Muon,
# https://kellerjordan.github.io/posts/muon/.
#
# **Next**: Hour 9 asks another question of the same text: not what comes next, but what is missing.
