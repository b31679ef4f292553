# %% [markdown] badges=true
# # Hour 12. Graph neural networks
#
# After this hour you can
# - write message passing from a list of edges, without a matrix of all pairs of nodes;
# - derive the graph convolution (GCN), and say what its loops and its normalization are for;
# - write graph attention, and repair the faulty softmax of a widely copied program;
# - choose among GCN, GraphSAGE, GAT and MPNN by what each can do that the others cannot;
# - measure where these networks fail: with many layers, and with edges that mislead.
#
# <!-- plan -->
#
# You need matrix products, the softmax and cross-entropy (Hour 1). Hour 7 (attention) helps but is not required.
#
# **How to work.** Run the cells from top to bottom. You write three functions and repair a fourth. Each is checked when
# you run its cell. If one is not right yet, the notebook says so and uses labkit's version in its place, so you can
# always go on. Folded cells draw figures and check claims. Sections called *Further* are extra.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0

# %% fold="Import the libraries"
import time
import warnings
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.kit.layout import draw_graph, spring_layout
from labkit.show.plots import bars, curves
from labkit.show.style import COLOR, CYCLE

lesson = begin(12, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: data with neighbors
#
# In the 1970s, Wayne Zachary recorded who met whom among the 34 members of a karate club. Then the teacher and the
# club's officer quarrelled, and the club split in two. The figure shows the 34 members as **nodes** and their 78
# friendships as **edges**. Nothing else is known about anybody.
#
# **Predict**: which members went with the teacher, and which with the officer?

# %% fold="Draw the karate club"
from labkit.data.graphs import karate_club

club = karate_club()
places = spring_layout(club.edges, club.nodes, seed=1)
leaders = {0: "teacher", 33: "officer"}
figure, axes = plt.subplots(figsize=(6.4, 4.2), dpi=80)
draw_graph(axes, club.edges, places, ["#C9C9C9"] * 34, names=leaders)
axes.set_title("Who met whom in the karate club")
plt.show()

# %% [markdown]
# Here is the answer, beside a method that knows nothing but the edges and the sides of the two leaders. **Label
# propagation** starts from the known labels and repeatedly lets each node take the mean of its neighbors' labels.

# %% fold="Draw the two sides, and what label propagation finds"
from labkit.graphs.label_propagation import label_propagation

spread = label_propagation(club.y, club.train, club.edges, 2).argmax(dim=1)
found = (spread == club.y)[club.test].sum().item()
figure, axes = plt.subplots(1, 2, figsize=(7.6, 3.6))
titles = ("Who went with whom", f"Label propagation: {found} of 32 right")
for part, sides, title in zip(axes, (club.y, spread), titles, strict=True):
    draw_graph(part, club.edges, places, [CYCLE[side] for side in sides], names=leaders)
    part.set_title(title)
figure.supxlabel("blue: with the teacher; dark orange: with the officer", size=10)
plt.show()

# %% [markdown]
# The edges alone predict the side of nearly every member.
#
# Most graphs also have **features**, a vector for each node. Our main data set imitates the citation graph *Cora*. It
# is generated from the seed: 1,000 papers on 5 topics. The features of a paper say which of 200 words it contains;
# three in ten of its words are typical of its topic. Four of five citations stay within a topic. We know the topics of
# 20 papers of each topic and want to predict the others. This task is **node classification**.
#
# Three simple models are our baselines. **Logistic regression** sees the words and no edges. **Label propagation** sees
# the edges and no words. A **spectral embedding** gives connected papers positions close to each other (it uses
# eigenvectors of a matrix of the edges), and a logistic regression classifies the positions.
#
# **Predict**: which of the three is best?

# %% fold="Generate the papers and measure the baselines"
from scipy.sparse import coo_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import SpectralEmbedding

from labkit.data.citations import citations

papers = citations(
    papers=1000, topics=5, homophily=0.8, clarity=0.3, labelled=20, seed=seed
).to(device)
same = (papers.y[papers.edges[0]] == papers.y[papers.edges[1]]).float().mean().item()
degree = torch.bincount(papers.edges[1], minlength=papers.nodes)


def regression_accuracy(graph, x):
    """Test accuracy of a logistic regression that sees only `x`."""
    x, y, train, test = (
        part.cpu().numpy() for part in (x, graph.y, graph.train, graph.test)
    )
    return (
        LogisticRegression(C=100, max_iter=1000)
        .fit(x[train], y[train])
        .score(x[test], y[test])
    )


def accuracy_of(scores, graph, part="test"):
    return (scores.argmax(dim=1) == graph.y)[getattr(graph, part)].float().mean().item()


matrix = coo_matrix(
    (np.ones(papers.edges.shape[1]), papers.edges.cpu().numpy()),
    shape=(papers.nodes,) * 2,
)
with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # a few papers have no edges, and scikit-learn says so
    coordinates = SpectralEmbedding(
        8, affinity="precomputed", random_state=seed
    ).fit_transform(matrix.tocsr())
accuracy = {
    "words alone:\nlogistic regression": regression_accuracy(papers, papers.x),
    "edges alone:\nlabel propagation": accuracy_of(
        label_propagation(papers.y, papers.train, papers.edges, 5), papers
    ),
    "edges alone:\nspectral embedding": regression_accuracy(
        papers, torch.from_numpy(coordinates)
    ),
}
print(
    f"{papers.nodes:,} papers, {papers.edges.shape[1] // 2:,} citations; {same:.0%} stay within a topic."
)
print(f"A paper has {degree.float().mean():.1f} neighbors on average; {(degree == 0).sum()} papers have none, "
      f"and one has {degree.max()}.")  # fmt: skip
print(
    f"Labels: {papers.train.sum()} for training, {papers.validation.sum()} for validation, {papers.test.sum()} to test."
)
bars(accuracy, "Topics predicted from one source", "test accuracy")

# %% [markdown]
# Words help, and edges help more. We want a network that uses **both**. Could an ordinary network do it, if its input
# were a paper's words and the paper's row of the **adjacency matrix** (1 for each neighbor, 0 elsewhere)? It would need
# weights for every other paper. It could not take a new paper, and another numbering of the papers would change its
# input. Pixels and words come in an order. **The neighbors of a node have no order, and their number varies.** A
# network for graphs must respect that.

# %% [markdown]
# ## 3. The architecture: messages along edges
#
# All networks of this hour use **message passing**. In one round,
# 1. each node sends its vector to its neighbors: the **message**;
# 2. each node **aggregates** the messages that it receives, by a function that ignores their order, such as a mean;
# 3. each node **updates** its vector, by a function that all nodes share.
#
# The graph comes as a tensor `edges` of shape (2, e): row 0 holds the sender of each edge, row 1 the receiver. An
# undirected edge occurs twice, once in each direction. The vectors of the n nodes are the rows of a matrix $X$ of
# shape (n, f).
#
# Here is a graph of four nodes, each with a vector of one number. **Work it out**: what is the mean of the neighbors of
# node 0, and of node 2?

# %% fold="Draw the graph of four nodes"
four = torch.tensor([[1, 2, 0, 0, 3, 2], [0, 0, 1, 2, 2, 3]])
spots = np.array([[0.36, 0.5], [0.02, 0.5], [0.68, 0.5], [1.0, 0.5]])
figure, axes = plt.subplots(figsize=(6.4, 1.5))
draw_graph(
    axes, four, spots, [COLOR["sky"]] * 4, names=dict(enumerate("1248")), inside=True
)
for node, (across, up) in enumerate(spots):
    axes.text(across, up - 0.42, f"node {node}", ha="center", size=9)
axes.set(title="Four nodes; inside each, its number x", ylim=(-0.1, 0.9))
plt.show()

# %% [markdown]
# Node 0 receives 2 from node 1 and 4 from node 2; the mean is 3. Node 2 receives 1 and 8; the mean is 4.5.
#
# ### Exercise 1. The mean of the neighbors
#
# Write this aggregation for any graph. Two operations do the work, without a loop over nodes:
# - **gather**: `x[index]` picks the row of each number in `index`;
# - **scatter**: `zeros.index_add(0, index, rows)` adds each row to the row of the result that `index` names.


# %% name="mean" exercise="gnn.mean"
@exercise("gnn.mean")
def mean_of_neighbors(x, edges):
    """Return the mean of the vectors that each node receives, shape (n, f).

    x (n, f): the vectors of the nodes.
    edges (2, e): senders in row 0, receivers in row 1.
    A node that receives nothing gets zeros.

    Example: x = [[1.], [2.], [4.], [8.]] and
    edges = [[1, 2, 0, 0, 3, 2],
             [0, 0, 1, 2, 2, 3]] give [[3.], [1.], [4.5], [4.]].
    """
    ### BEGIN SOLUTION
    sums = torch.zeros_like(x).index_add(0, edges[1], x[edges[0]])
    counts = torch.bincount(edges[1], minlength=len(x)).clamp(min=1)
    return sums / counts[:, None]
    ### END SOLUTION


# %% checks="gnn.mean"
score("gnn.mean")

# %% [markdown]
# After one round a node knows its neighbors; after two rounds it also knows their neighbors. A network of $k$ rounds
# can use information from at most $k$ edges away.

# %% fold="Draw how far information travels"
reached = torch.zeros(34, 1)
reached[16] = 1.0
figure, axes = plt.subplots(1, 3, figsize=(7.8, 2.9))
for rounds, part in enumerate(axes):
    colors = [
        COLOR["orange"] if known else "#DADADA" for known in reached[:, 0].tolist()
    ]
    draw_graph(part, club.edges, places, colors, names={16: "node 16"})
    part.set_title(
        f"{rounds} round{'s' if rounds != 1 else ''}: {int(reached.sum())} of 34 nodes",
        size=10,
    )
    reached = ((reached + mean_of_neighbors(reached, club.edges)) > 0).float()
figure.suptitle("Orange: the nodes whose information has reached node 16", size=10)
plt.show()

# %% [markdown]
# ### The graph convolution
#
# The **GCN** (graph convolutional network, Kipf and Welling 2017) aggregates with fixed weights. Let $A$ be the
# adjacency matrix ($A_{ij} = 1$ if node $j$ sends to node $i$) and $\Theta$ a matrix of weights that all nodes share.
# Its layer follows in three steps.
#
# 1. *Add up the neighbors*: $A X \Theta$. But a node would forget its own vector. So we give each node an edge to
#    itself, a **loop**: $\hat A = A + I$.
# 2. *Divide by the degree.* The **degree** $d_i$ is the number of edges into node $i$, loop included. The mean keeps
#    all vectors at one scale: $\hat D^{-1} \hat A X \Theta$, where the diagonal matrix $\hat D$ holds the degrees.
# 3. *Divide by both degrees.* A node with many neighbors sends the same message to all of them, so it says little about
#    each. The GCN divides by the root of the receiver's and the root of the sender's degree:
#
# $$X' = \mathrm{ReLU}\big(\hat P X \Theta\big), \qquad \hat P_{ij} = \frac{1}{\sqrt{d_i d_j}}
# \ \text{ for each edge } j \to i \text{ and each loop.}$$
#
# In our graph of four nodes the degrees with loops are 3, 2, 3, 2. Node 0 receives 1 from itself with weight $1/\sqrt{3
# \cdot 3} = 0.33$, 2 from node 1 with weight $1/\sqrt{3 \cdot 2} = 0.41$, and 4 from node 2 with weight 0.33. Together:
# $0.33 + 0.82 + 1.33 = 2.48$.
#
# ### Exercise 2. The normalized adjacency
#
# $\hat P$ has $n^2$ entries, but at most $e + n$ of them are not zero. Return only these: the edges with a loop at
# every node, and a weight for each. For a graph of a million nodes the full matrix would take 4 terabytes, so build no
# such matrix.


# %% name="normalize" exercise="gnn.normalize"
@exercise("gnn.normalize")
def normalize(edges, nodes):
    """Return the edges with loops, shape (2, l), and their weights in float32, (l,).

    edges (2, e): senders in row 0, receivers in row 1. Remove loops that are in
    `edges` already, so that none counts twice. Keep the other edges in their order,
    and put the loops of nodes 0, 1, ... after them. The degree counts the edges
    *into* a node, its loop included.

    Example: normalize([[0, 1], [1, 0]], 3) gives the edges [[0, 1, 0, 1, 2],
                                                             [1, 0, 0, 1, 2]]
    with the weights [0.5, 0.5, 0.5, 0.5, 1.0].
    """
    ### BEGIN SOLUTION
    own = torch.arange(nodes, device=edges.device).expand(2, -1)
    looped = torch.cat([edges[:, edges[0] != edges[1]], own], dim=1)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, (degree[looped[0]] * degree[looped[1]]).rsqrt()
    ### END SOLUTION


# %% checks="gnn.normalize"
score("gnn.normalize")

# %% [markdown]
# Multiply $X$ by $\Theta$, add up the neighbors with these weights, add a bias, and you have a GCN layer. The next cell
# compares it with labkit's layer on the papers.

# %%
from labkit.graphs.gcn import GCN, GCNConv, normalized_adjacency

conv = GCNConv(200, 8).to(device)
edges, weights = normalize(papers.edges, papers.nodes)
with torch.no_grad():
    h = conv.linear(papers.x)  # X Θ
    messages = weights[:, None] * h[edges[0]]
    by_hand = torch.zeros_like(h).index_add(0, edges[1], messages) + conv.bias
    difference = (by_hand - conv(papers.x, papers.edges)).abs().max()
print(f"largest difference to labkit's GCN layer: {difference:.1e}")

# %% [markdown]
# Two such layers make our GCN: from 200 words to a hidden width of ${\color{#00805D}{32}}$, and from there to a score
# for each of 5 topics. The edges enter every layer.

# %% fold="Draw the GCN with its shapes"
from labkit.show.architecture import Diagram

torch.manual_seed(seed)
gcn = GCN(features=200, hidden=32, classes=5, depth=2).to(device)
sizes = {"n": papers.nodes, "f": 200, "d": 32, "c": 5}
Diagram(gcn, papers.x, papers.edges, depth=2, axes=sizes, title="A GCN of two layers")

# %% [markdown]
# The network has 6,597 parameters. None of them belongs to a node or to an edge, so the same network fits every graph
# whose nodes have 200 features.
#
# ## 4. Why it works
#
# ### The numbering of the nodes does not matter
#
# Renumber the nodes: the same vectors must come out, renumbered alike. This property is called **permutation
# equivariance**. The next cell tests a GCN, and an ordinary network whose input is the rows of the adjacency matrix.

# %% fold="Renumber the nodes of the club"
order = torch.randperm(34)
rank = torch.argsort(order)
torch.manual_seed(seed)
small, rows = (
    GCN(34, 16, 4, dropout=0.0),
    nn.Sequential(nn.Linear(34, 16), nn.ReLU(), nn.Linear(16, 4)),
)
features, dense = (
    torch.randn(34, 34),
    torch.zeros(34, 34).index_put(tuple(club.edges), torch.ones(156)),
)
with torch.no_grad():
    moved = (
        (small(features[order], rank[club.edges]) - small(features, club.edges)[order])
        .abs()
        .max()
        .item()
    )
    moved_rows = (rows(dense[order][:, order]) - rows(dense)[order]).abs().max().item()
claim(
    "renumbering the nodes changes nothing in a GCN, and changes the results of a network over adjacency rows",
    moved < 1e-5 and moved_rows > 0.05,
    {
        "GCN: largest change of a result": moved,
        "network over rows: largest change of a result": moved_rows,
    },
)

# %% [markdown]
# ### Normalization keeps vectors from growing
#
# Give each paper a random vector and aggregate four times, without any weights to learn: by the sum, by the mean, and
# with $\hat P$. **Predict** how the length of the vectors changes in each case.

# %% fold="Aggregate four times in three ways"
from labkit.graphs.aggregate import neighbor_mean, neighbor_sum
from labkit.graphs.gat import looped

with_loops, normalized = (
    looped(papers.edges, papers.nodes),
    normalized_adjacency(papers.edges, papers.nodes),
)
ways = {
    "sum": lambda x: neighbor_sum(with_loops, x),
    "mean": lambda x: neighbor_mean(with_loops, x),
    "with both degrees": lambda x: neighbor_sum(normalized, x, normalized.weights),
}
lengths = {}
for name, gather in ways.items():
    x = torch.randn(papers.nodes, 64, generator=torch.Generator().manual_seed(seed)).to(
        device
    )
    lengths[name] = [x.norm(dim=1).mean().item()]
    for _ in range(4):
        x = gather(x)
        lengths[name].append(x.norm(dim=1).mean().item())
claim(
    "sums grow from round to round; normalized aggregates do not",
    lengths["sum"][-1] > 20 * lengths["sum"][0] and lengths["with both degrees"][-1] < lengths["with both degrees"][0],
    {f"{name}: mean length at the start, after 4 rounds": f"{length[0]:.3g}, {length[-1]:.3g}"
     for name, length in lengths.items()},
)  # fmt: skip
figure = curves({name: (range(5), length) for name, length in lengths.items()},
                "Length of the vectors, without learned weights", "rounds", "mean length", log=True)  # fmt: skip
figure.axes[0].set_xticks(range(5))
figure

# %% [markdown]
# With sums the vectors grow in every round, most of all at nodes with many edges. The other two shrink, because random
# vectors partly cancel in a mean.
#
# ### Each round blurs
#
# $\hat P$ replaces each vector by a weighted mean of its neighborhood, as a blur does with the pixels of an image. We
# measure the remaining differences between neighbors by the **Dirichlet energy**, a sum over all edges:
#
# $$E(X) = \frac12 \sum_{j \to i} \left\| \frac{x_i}{\sqrt{d_i}} - \frac{x_j}{\sqrt{d_j}} \right\|^2.$$
#
# It is 0 if $x_i / \sqrt{d_i}$ is the same for all neighbors.

# %% fold="Measure the energy over 32 rounds"
from labkit.graphs.smoothing import dirichlet_energy, mean_distance

x = torch.randn(papers.nodes, 16, generator=torch.Generator().manual_seed(seed)).to(
    device
)
energies = []
for _ in range(33):
    energies.append(dirichlet_energy(x, papers.edges).item())
    x = ways["with both degrees"](x)
claim(
    "every round removes energy, and 32 rounds nearly all of it",
    all(after < before for before, after in pairwise(energies))
    and energies[32] < energies[0] / 1000,
    {
        "energy at the start": energies[0],
        "after 2 rounds": energies[2],
        "after 32 rounds": energies[32],
    },
)
curves({"energy": (range(33), energies)}, "Differences between neighbors disappear", "rounds", "Dirichlet energy",
       log=True)  # fmt: skip

# %% [markdown]
# This is **over-smoothing**. The largest eigenvalue of $\hat P$ is 1, and its eigenvector depends only on the degrees.
# All other directions shrink in every round. Two rounds bring in useful information from the neighbors; after
# thirty-two rounds, connected nodes are nearly indistinguishable. That is why most GCNs have two or three layers. Part
# 8 trains deeper ones.
#
# ### Not all neighbors are equally useful
#
# The weights of a GCN come from degrees alone. **Graph attention** (GAT, Veličković et al. 2018) computes a weight for
# each edge from the vectors at both ends. With $h_i = x_i W$, and two learned vectors $a_\mathrm{source}$ and
# $a_\mathrm{target}$:
#
# $$s_{ij} = \mathrm{LeakyReLU}\big(a_\mathrm{source}^\top h_j + a_\mathrm{target}^\top h_i\big), \qquad
# \alpha_{ij} = \frac{e^{s_{ij}}}{\sum_{k \to i} e^{s_{ik}}}, \qquad x_i' = \sum_{j \to i} \alpha_{ij} \, h_j.$$
#
# LeakyReLU multiplies negative numbers by 0.2. The second formula is a softmax over all edges into node $i$. For
# example, let the sums in the brackets be 1 and -1 for two edges. LeakyReLU makes them 1 and -0.2, and the softmax gives
# the weights $e^1 / (e^1 + e^{-0.2}) = 0.77$ and 0.23. A GAT computes several such **heads** side by side.
#
# When does this help? We generate 800 people in five groups; most friendships are within a group. Each person states a
# group, but 85 in 100 people are unreliable and state a random one. One feature says who is unreliable. **Predict**:
# how well do a GCN and a GAT recover the true groups?

# %%
from labkit.graphs.gat import GAT
from labkit.train.fit import fit


def train(model, graph, edges, steps, rate=0.01, score=None, report=None):
    """Adam on the labelled nodes; every step uses the whole graph."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=5e-4)

    def loss(graph):
        model.train()  # switches dropout on
        return F.cross_entropy(model(graph.x, edges)[graph.train], graph.y[graph.train])

    history = fit(loss, [graph], optimizer, steps, score=score, report=report)
    model.eval()
    return history


# %% fold="Generate the crowd, train a GCN and a GAT" result=true
from labkit.data.graphs import Graph, split, stochastic_block_model


def crowd_of(unreliable, groups=5, people=160):
    """People in groups who each state a group: their own or, where unreliable, a random one."""
    draw = torch.Generator().manual_seed(seed)
    probabilities = torch.full((groups, groups), 0.005) + 0.075 * torch.eye(groups)
    edges, y = stochastic_block_model([people] * groups, probabilities, draw)
    noisy = torch.rand(len(y), generator=draw) < unreliable
    states = torch.where(noisy, torch.randint(groups, y.shape, generator=draw), y)
    x = torch.cat([torch.eye(groups)[states], noisy[:, None].float()], dim=1)
    return Graph(edges, x, y, *split(y, 80, 0.2, draw)).to(device)


crowd = crowd_of(unreliable=0.85)
crowd_edges = {
    "GCN": normalized_adjacency(crowd.edges, crowd.nodes),
    "GAT": looped(crowd.edges, crowd.nodes),
}
crowd_models = {
    "GCN": lambda: GCN(6, 16, 5, dropout=0.0),
    "GAT": lambda: GAT(6, 16, 5, heads=2),
}
recovered = {}
for name, make in crowd_models.items():
    torch.manual_seed(seed)
    model = make().to(device)
    train(
        model, crowd, crowd_edges[name], lesson.pick(standard=100, quick=5), rate=0.03
    )
    with torch.no_grad():
        recovered[name] = accuracy_of(model(crowd.x, crowd_edges[name]), crowd)
attention = model.convs[0]
with torch.no_grad():
    h = attention.linear(crowd.x).view(crowd.nodes, 2, -1)
    weights = attention.attention(h, crowd_edges["GAT"]).mean(dim=1)  # over both heads
    share = (
        weights * crowd_edges["GAT"].degree[crowd_edges["GAT"].target]
    )  # 1: as much as the average neighbor
    noisy = crowd.x[crowd_edges["GAT"].source, 5] > 0
    kinds = {
        "reliable": share[~noisy].mean().item(),
        "unreliable": share[noisy].mean().item(),
    }
claim(
    "attention makes less than a fourth of the GCN's errors, because it gives its weight to reliable neighbors",
    1 - recovered["GAT"] < (1 - recovered["GCN"]) / 4
    and kinds["reliable"] > 3 * kinds["unreliable"],
    {f"{name}: test accuracy": value for name, value in recovered.items()}
    | {
        f"attention to a neighbor who is {name} (average 1)": value
        for name, value in kinds.items()
    },
    only_in="standard",
)
bars(recovered, "Groups recovered with 85 % unreliable people", "test accuracy")

# %% [markdown]
# In the standard run the GCN gets about one person in six wrong, and the GAT hardly anybody. The GAT has learned to use
# the feature that says who is unreliable, and gives those neighbors little weight.
#
# ### Four layers side by side
#
# | layer | new vector of node $i$ | what it can do that the others cannot |
# |---|---|---|
# | GCN | $\mathrm{ReLU}\big(\sum_{j \to i} \hat P_{ij} \, x_j \Theta\big)$, loops included | fewest parameters, fastest to learn from few labels |
# | GraphSAGE | $\mathrm{ReLU}\big(x_i W_\mathrm{self} + \mathrm{mean}_{j \to i} (x_j) \, W_\mathrm{neighbors}\big)$ | treats a node and its neighbors differently; works with a sample of the neighbors |
# | GAT | $\mathrm{ELU}\big(\sum_{j \to i} \alpha_{ij} \, x_j W\big)$, loops included | prefers some neighbors to others |
# | MPNN | $\mathrm{GRU}\big(\sum_{j \to i} x_j M(e_{ij}), \; x_i\big)$ | uses features $e_{ij}$ of the edges: a small network computes a matrix $M$ from them |
#
# ELU is a ReLU with a smooth corner. The MPNN (message passing neural network, Gilmer et al. 2017) repeats its round
# with the same weights. Its update is a gated recurrent unit (GRU, Hour 3): a learned mixture of the old vector and the
# messages. The mean of GraphSAGE (Hamilton et al. 2017) is your exercise 1.

# %% [markdown]
# ### Further: Attention whose ranking depends on the receiver
#
# Look at the score of GAT once more. LeakyReLU never decreases, and the receiver's part $a_\mathrm{target}^\top h_i$ is
# the same for all senders. So in every neighborhood the best sender is the one with the largest $a_\mathrm{source}^\top
# h_j$: **all receivers rank their senders alike**. Brody et al. (2022) call this *static* attention. It was enough
# for the crowd, because an unreliable person is unreliable for every receiver. It is not enough if each node needs a
# different neighbor.
#
# The smallest such task is a dictionary. Six nodes hold a key and a value. Six other nodes hold a key and must find its
# value; each of them receives from all of the first six. **GATv2** moves the vector $a$ outside of the LeakyReLU:
#
# $$s_{ij} = a^\top \mathrm{LeakyReLU}\big(x_j W_\mathrm{source} + x_i W_\mathrm{target}\big).$$
#
# **Predict**: what accuracy does each of the two reach with one head?

# %% fold="Train one layer of GAT and of GATv2 to look up keys" result=true
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.gat import GATConv
from labkit.graphs.gatv2 import GATv2Conv

KEYS = 6


def lookups(count, draw):
    """`count` dictionaries, each of 6 nodes that hold a value and 6 that ask; and the values asked for."""
    values = torch.rand(count, KEYS, generator=draw).argsort(dim=1)
    keys = torch.eye(KEYS).expand(count, KEYS, KEYS)
    hold = torch.cat([keys, torch.eye(KEYS)[values]], dim=-1)
    ask = torch.cat([keys, torch.zeros(count, KEYS, KEYS)], dim=-1)
    return torch.cat([hold, ask], dim=1).flatten(0, 1).to(device), values.flatten().to(
        device
    )


pairs = torch.cartesian_prod(torch.arange(KEYS), torch.arange(KEYS, 2 * KEYS)).T
shifts = 2 * KEYS * torch.arange(32)[:, None]
dictionary = Adjacency(
    (pairs[:, None] + shifts).flatten(1).to(device), 2 * KEYS * 32
)  # 32 of them side by side
asks = (torch.arange(2 * KEYS * 32) % (2 * KEYS) >= KEYS).to(device)


def look_up(conv):
    """Train one layer with one head: the share of right values, and the attention in one dictionary."""
    torch.manual_seed(seed)
    layer, out = conv(2 * KEYS, 32).to(device), nn.Linear(32, KEYS).to(device)
    optimizer = torch.optim.Adam([*layer.parameters(), *out.parameters()], lr=0.01)
    draw = torch.Generator().manual_seed(seed)

    def loss(draw):
        x, wanted = lookups(32, draw)
        return F.cross_entropy(out(layer(x, dictionary))[asks], wanted)

    fit(loss, [draw], optimizer, lesson.pick(standard=500, quick=5))
    x, wanted = lookups(32, draw)
    with torch.no_grad():
        right = (
            (out(layer(x, dictionary))[asks].argmax(dim=1) == wanted)
            .float()
            .mean()
            .item()
        )
        if conv is GATConv:
            weights = layer.attention(layer.linear(x)[:, None], dictionary)
        else:
            weights = layer.attention(
                layer.source(x)[:, None], layer.target(x)[:, None], dictionary
            )
    return right, weights[: KEYS * KEYS, 0].view(KEYS, KEYS).cpu()  # sorted by receiver


right, maps = {}, {}
for name, conv in (("GAT", GATConv), ("GATv2", GATv2Conv)):
    right[name], maps[name] = look_up(conv)
claim(
    "one head of GAT cannot look up a key, because its ranking is the same for all receivers; GATv2 can",
    right["GAT"] < 0.4 and right["GATv2"] > 0.8,
    {f"{name}: values found": value for name, value in right.items()},
    only_in="standard",
)
orders = {
    name: len({tuple(row) for row in weights.argsort(dim=1).tolist()})
    for name, weights in maps.items()
}
claim(
    "in GAT all six receivers rank the six keys in one order, in GATv2 not",
    orders["GAT"] == 1 and orders["GATv2"] > 1,
    {f"{name}: different rankings": count for name, count in orders.items()},
)
figure, axes = plt.subplots(1, 2, figsize=(7.6, 3.2))
for part, (name, weights) in zip(axes, maps.items(), strict=True):
    picture = part.imshow(weights, vmin=0, vmax=1)
    part.set(title=f"{name}: {right[name]:.0%} of the values found", xlabel="key of the sender",
             ylabel="key asked for", xticks=range(KEYS), yticks=range(KEYS))  # fmt: skip
    part.grid(visible=False)
figure.colorbar(picture, ax=axes, label="attention")
plt.show()

# %% [markdown]
# **See** the left map: the order of the six columns is the same in each row. In the right map the order differs from row
# to row. The right map need not be a diagonal: a receiver may mix several values, if its mixture differs from all
# others. With several heads a GAT can divide the keys among the heads; the limit holds for one head.

# %% [markdown]
# ## 5. Build it: attention on edges
#
# ### Exercise 3. A bug hunt
#
# The softmax of GAT runs over the edges into each node. The exponential of a large score overflows, so programs
# subtract a number from the scores first; a softmax does not change if all its inputs lose the same number. Dozens of
# programs have copied a GAT from a tutorial that subtracts the largest score of the whole graph. Training looks fine:
# here are two GATs on our papers, one with that softmax and one with labkit's.

# %% fold="Train a GAT with the published softmax and one with labkit's" result=true
from labkit.graphs.gat import GATConv


def published_softmax(scores, receiver, nodes):
    powers = (scores - scores.max()).exp()
    sums = powers.new_zeros(nodes, scores.shape[1]).index_add(0, receiver, powers)
    return powers / (sums[receiver] + 1e-16)


class PublishedGATConv(GATConv):
    """GATConv with the published softmax."""

    def attention(self, h, adjacency):
        ends = (h * self.source).sum(-1)[adjacency.source] + (h * self.target).sum(-1)[
            adjacency.target
        ]
        return published_softmax(
            F.leaky_relu(ends, self.slope), adjacency.target, len(h)
        )


figure, axes = plt.subplots(figsize=(6.4, 3.0))
for name, layer, look in (("labkit's softmax", GATConv, {"linewidth": 5, "color": COLOR["sky"]}),
                          ("published softmax", PublishedGATConv, {"linewidth": 1.5, "color": COLOR["black"]})):  # fmt: skip
    torch.manual_seed(seed)
    published = GAT(200, 32, 5, dropout=0.5, conv=layer).to(device)
    losses = train(
        published, papers, with_loops, lesson.pick(standard=60, quick=5)
    ).losses
    axes.plot(range(1, len(losses) + 1), losses, label=name, **look)
axes.set(title="Two GATs: one curve", xlabel="step", ylabel="training loss")
axes.legend()
plt.show()

# %% [markdown]
# The two curves coincide, and yet the function below is wrong. **Find the case in which it fails, and repair it.** One
# tool may help: `zeros.scatter_reduce(0, index, rows, "amax", include_self=False)` works like `index_add`, but keeps
# the maximum. Its `index` must have the shape of `rows`; `receiver[:, None].expand_as(scores)` has it.


# %% name="softmax" exercise="gnn.softmax"
@exercise("gnn.softmax")
def softmax_by_receiver(scores, receiver, nodes):
    """Return weights (e, heads) that add up to 1 over the edges into each node.

    scores (e, heads);
    receiver (e,): the node that each edge leads to, from 0 to nodes - 1.

    Example: scores = [[0.], [1.], [300.], [301.]], receiver = [0, 0, 1, 1], nodes = 2
    gives [[0.27], [0.73], [0.27], [0.73]].
    """
    ### BEGIN BUG
    powers = (scores - scores.max()).exp()  # at most 1, so nothing overflows
    sums = powers.new_zeros(nodes, scores.shape[1]).index_add(0, receiver, powers)
    return powers / (sums[receiver] + 1e-16)  # no division by 0
    ### END BUG
    ### BEGIN SOLUTION
    top = scores.new_zeros(nodes, scores.shape[1])
    index = receiver[:, None].expand_as(scores)
    top = top.scatter_reduce(0, index, scores, "amax", include_self=False)
    powers = (scores - top[receiver]).exp()
    sums = powers.new_zeros(nodes, scores.shape[1]).index_add(0, receiver, powers)
    return powers / sums[receiver]
    ### END SOLUTION


# %% checks="gnn.softmax"
score("gnn.softmax")

# %% [markdown]
# What does the fault do in practice? We take the GAT that was trained with the published softmax, and give it one paper
# whose features are in a wrong unit: its vector is 10,000 times as long. **Predict**: for how many other papers does
# the result change?

# %% fold="Count the papers that receive nothing"
spoiled = papers.x.clone()
spoiled[int(degree.argmin())] *= 10_000  # one of the papers without neighbors
with torch.no_grad():
    silent = {}
    for name, layer in (
        ("published softmax", PublishedGATConv),
        ("labkit's softmax", GATConv),
    ):
        conv = published.convs[0]
        weights = layer.attention(
            conv, conv.linear(spoiled).view(papers.nodes, 4, -1), with_loops
        )
        received = torch.zeros(papers.nodes, 4, device=device).index_add(
            0, with_loops.target, weights
        )
        silent[name] = (received.max(dim=1).values < 0.5).float().mean().item()
claim(
    "with the published softmax, one vector out of scale removes the messages of nearly all other papers; with a "
    "maximum for each receiver, of none",
    silent["published softmax"] > 0.9 and silent["labkit's softmax"] == 0,
    {
        f"{name}: share of the papers whose weights add up to less than 0.5": value
        for name, value in silent.items()
    },
)

# %% [markdown]
# That paper has no neighbors at all. But its score is the maximum of the graph, and so it changes the results of nearly
# all other papers. No error and no NaN warns you. **Test a softmax on groups whose scores lie far apart.**
#
# ### Exercise 4. Graph attention
#
# Now the formulas of part 4, for several heads. `h` holds $h_i$ for each node and head. Use your `softmax_by_receiver`.
# The caller has added the loops.


# %% name="attention" exercise="gnn.attention"
@exercise("gnn.attention")
def graph_attention(h, source, target, edges):
    """Return the new vectors (n, heads, c) and the weight of every edge (e, heads).

    h (n, heads, c); source and target (heads, c): the two vectors of each head;
    edges (2, e): senders in row 0, receivers in row 1. A node without incoming edges
    gets zeros. LeakyReLU has a slope of 0.2.

    Example: one head, h = [[[1.]], [[-1.]]], source = [[1.]], target = [[0.]],
    edges = [[0, 1], [0, 0]]: the scores are 1 and -0.2, the weights 0.77 and 0.23,
    and node 0 gets 0.77 · 1 + 0.23 · (-1) = 0.54.
    """
    ### BEGIN SOLUTION
    sender, receiver = edges
    sums = (h * source).sum(-1)[sender] + (h * target).sum(-1)[receiver]  # (e, heads)
    weights = softmax_by_receiver(F.leaky_relu(sums, 0.2), receiver, len(h))
    messages = weights[..., None] * h[sender]
    return torch.zeros_like(h).index_add(0, receiver, messages), weights
    ### END SOLUTION


# %% checks="gnn.attention"
score("gnn.attention")

# %% [markdown]
# A GAT layer multiplies by $W$, calls your function, and adds a bias. labkit's layers compute the same, but they sort
# the edges by receiver **once** (an `Adjacency`). Then a sum over neighbors reads memory in order. This is labkit's
# GraphSAGE layer:

# %%
import inspect

from labkit.graphs.graphsage import SAGEConv

print(inspect.getsource(SAGEConv.forward))

# %% [markdown]
# ### Further: The maximum of the neighbors
#
# GraphSAGE also works with a maximum, column by column. This exercise writes it for groups of rows: messages grouped by
# receiver, or nodes grouped by the graph to which they belong.


# %% name="maximum" exercise="gnn.maximum"
@exercise("gnn.maximum")
def maximum_by_group(values, index, size):
    """Return the maximum of each column in each group, shape (size, f).

    values (e, f); index (e,): the group of each row, from 0 to size - 1.
    A group without rows gets zeros.

    Example: values = [[1., -1.], [3., -2.], [5., 0.]], index = [0, 0, 2], size = 3
    gives [[3., -1.], [0., 0.], [5., 0.]].
    """
    ### BEGIN SOLUTION
    columns = index[:, None].expand_as(values)
    zeros = values.new_zeros(size, values.shape[1])
    return zeros.scatter_reduce(0, columns, values, "amax", include_self=False)
    ### END SOLUTION


# %% checks="gnn.maximum"
score("gnn.maximum")

# %% [markdown]
# ### Further: A neighbor sampler
#
# A GCN uses the whole graph in every step. A batch of a few nodes needs only their neighborhoods, but these grow fast:
# ten neighbors, a hundred, a thousand. GraphSAGE draws a few neighbors of each node, and a few neighbors of those.
#
# The graph comes as *compressed sparse rows*: `senders` lists all senders, sorted by receiver, and the senders to node
# $i$ are `senders[offsets[i]:offsets[i+1]]`. Each edge into the nodes of the batch has a random key, and for each node
# the `count` edges with the smallest keys are drawn. So no neighbor is drawn twice, and a node with few neighbors gets
# all of them. (The paper draws with replacement. Drawing without has the same mean and less variance.)


# %% name="sample" exercise="gnn.sample"
@exercise("gnn.sample")
def sample(offsets, senders, nodes, count, keys):
    """Return `count` neighbors of each node of a batch, or all if there are fewer.

    Those with the smallest keys are drawn. Two results: the numbers of the neighbors,
    and the row of each, which is the position in `nodes` of the node that drew it.
    Both are sorted by row, and within a row by key.

    offsets (n + 1,), senders (e,), nodes (b,); keys: one number for each edge into the
    nodes of the batch, node by node.

    Example: offsets = [0, 2, 5], senders = [7, 8, 4, 5, 6], nodes = [1], count = 2,
    keys = [0.9, 0.1, 0.5] gives the neighbors [5, 6] in the rows [0, 0].
    """
    ### BEGIN SOLUTION
    start, degree = offsets[nodes], offsets.diff()[nodes]
    row = torch.repeat_interleave(torch.arange(len(nodes)), degree)  # one for each edge
    rank = (
        torch.arange(len(row)) - (degree.cumsum(0) - degree)[row]
    )  # 0, 1, ... in each row
    by_key = keys.argsort()
    order = by_key[row[by_key].argsort(stable=True)]
    return senders[(start[row] + rank)[order][rank < count]], row[rank < count]
    ### END SOLUTION


# %% checks="gnn.sample"
score("gnn.sample")

# %% [markdown]
# ## 6. Train it
#
# ### Papers: node classification
#
# | choice | value | reason |
# |---|---|---|
# | layers | 2 | part 4: each round blurs; part 8 tries up to 32 |
# | hidden width | 32 | there are only 100 labels |
# | optimizer | Adam, rate 0.01, weight decay 5e-4 | the values of the GCN paper |
# | dropout | 0.5 on the input of each layer | the paper's value; 200 words and 100 labels overfit easily |
# | steps | 100, the whole graph in each | one step takes milliseconds |
# | features | the words of a paper sum to 1 | a long paper should not weigh more than a short one |
#
# **Predict**: which is best on the test papers: GCN, GraphSAGE, GAT or GATv2 (a variant of GAT, see the further section
# of part 4)?

# %% fold="Train four networks on the papers" result=true
from labkit.graphs.gatv2 import GATv2Conv
from labkit.graphs.graphsage import GraphSAGE
from labkit.show.live.explorer import LiveCurves

steps = lesson.pick(standard=100, quick=5)


def accuracies():
    gcn.eval()
    with torch.no_grad():
        scores = gcn(papers.x, normalized)
    return {
        f"{part}_accuracy": accuracy_of(scores, papers, part)
        for part in ("train", "validation")
    }


train(
    gcn,
    papers,
    normalized,
    steps,
    score=accuracies,
    report=LiveCurves(steps, "GCN on papers"),
)
trained, edges_of = {"GCN": gcn}, {"GCN": normalized}
for name, make, its_edges in (
    ("GraphSAGE", lambda: GraphSAGE(200, 32, 5, dropout=0.5), papers.edges),
    ("GAT", lambda: GAT(200, 32, 5, dropout=0.5), with_loops),
    ("GATv2", lambda: GAT(200, 32, 5, dropout=0.5, conv=GATv2Conv), with_loops),
):
    torch.manual_seed(seed)
    trained[name], edges_of[name] = make().to(device), its_edges
    train(trained[name], papers, its_edges, steps)
with torch.no_grad():
    accuracy |= {
        name: accuracy_of(model(papers.x, edges_of[name]), papers)
        for name, model in trained.items()
    }
best_alone = max(list(accuracy.values())[:3])
claim(
    "words and edges together leave less than six tenths of the errors of the best baseline",
    1 - accuracy["GCN"] < 0.6 * (1 - best_alone),
    {"GCN: test accuracy": accuracy["GCN"], "best baseline: test accuracy": best_alone},
    only_in="standard",
)
figure, axes = plt.subplots(figsize=(7.2, 3.4))
names = [name.replace("\n", " ") for name in accuracy]
bar = axes.barh(
    names, list(accuracy.values()), color=[COLOR["gray"]] * 3 + [COLOR["blue"]] * 4
)
axes.bar_label(bar, [f"{right:.1%}" for right in accuracy.values()], padding=4)
axes.set(
    title="Topics predicted from one source (gray) and from both (blue)",
    xlabel="test accuracy",
    xlim=(0, 1.12),
)
axes.invert_yaxis()
axes.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# In the standard run the GCN is best, and the others follow within a few points. Attention brings no gain on this graph:
# any neighbor is about as useful as any other, and 100 labels are few to learn weights from. **Start with the simplest
# network that fits the data.** The crowd of part 4 was different.
#
# ### New nodes: inductive learning
#
# Label propagation and the spectral embedding must be computed again when a paper is added. A GraphSAGE layer needs
# only the vectors around it. We generate a larger graph, hide three papers in ten **with all their edges**, and train
# on the labels of all others, in batches of 128 papers with at most five drawn neighbors of each node in each round.
# Then the network classifies the hidden papers. This is **inductive** learning: the test nodes were not in the graph
# during training.

# %% fold="Hide three papers in ten"
from labkit.graphs.sampling import NeighborSampler

archive = citations(
    papers=lesson.pick(standard=10_000, quick=1_000), cites=4, clarity=0.3, seed=seed
).to(device)
draw = torch.Generator().manual_seed(seed)
new = (torch.rand(archive.nodes, generator=draw) < 0.3).to(device)
known = (~new).nonzero()[:, 0]
before = archive.without_edges_of(new)
sampler = NeighborSampler(before.edges, before.nodes, counts=(5, 5))
torch.manual_seed(seed)
sage, needed = GraphSAGE(200, 32, 5).to(device), []
optimizer = torch.optim.Adam(sage.parameters(), lr=0.01)


def sage_loss(batch):
    nodes, blocks = batch
    needed.append(len(nodes))
    scores = sage(before.x[nodes], blocks)
    return F.cross_entropy(scores, before.y[nodes[: len(scores)]])


class Batches:
    """New draws in every pass."""

    def __iter__(self):
        return sampler.batches(known, 128, draw)


# %% fold="Train GraphSAGE on drawn neighbors, classify the hidden papers" result=true
sage_steps = lesson.pick(standard=110, quick=5)
fit(
    sage_loss,
    Batches(),
    optimizer,
    sage_steps,
    report=LiveCurves(sage_steps, "GraphSAGE on drawn neighbors"),
)
with torch.no_grad():
    knows = sage(archive.x, archive.edges).argmax(dim=1) == archive.y
words = LogisticRegression(C=100, max_iter=1000).fit(
    before.x[known].cpu(), before.y[known].cpu()
)
inductive = {
    "training\npapers": knows[~new].float().mean().item(),
    "hidden papers": knows[new].float().mean().item(),
    "hidden papers,\nwords alone": words.score(
        archive.x[new].cpu(), archive.y[new].cpu()
    ),
}
print(
    f"A batch of 128 papers needed {np.mean(needed):,.0f} of {archive.nodes:,} papers on average."
)
trained_on, hidden, hidden_words = inductive.values()
claim(
    "GraphSAGE classifies papers that it has never seen nearly as well as the training papers",
    abs(hidden - trained_on) < 0.03 and 1 - hidden < (1 - hidden_words) / 2,
    {
        f"{name.replace(chr(10), ' ')}: accuracy": value
        for name, value in inductive.items()
    },
    only_in="standard",
)
bars(inductive, "Papers hidden during training", "accuracy")

# %% [markdown]
# ### Molecules: features on edges, one number for each graph
#
# A molecule is a graph whose edges differ: single, double and triple bonds. We want **one number for the whole graph**,
# its energy gap: the energy between the highest orbital with electrons and the lowest without. The molecules are
# generated, and the gap is computed with Hückel's model of 1931. The longer a chain of alternating single and double
# bonds, the smaller the gap. That is why carrots are orange.

# %% fold="Generate and draw molecules"
from labkit.data.graphs import disjoint_union
from labkit.data.molecules import ELEMENTS, as_graph, formula, molecules

count = lesson.pick(standard=1200, quick=60)
drawn = molecules(count + 300, seed=seed)
graphs = [as_graph(molecule) for molecule in drawn]
gaps = torch.cat([graph.y for graph in graphs])
ATOM = dict(
    zip(
        ELEMENTS,
        ("#DADADA", COLOR["sky"], COLOR["orange"], COLOR["yellow"]),
        strict=True,
    )
)
chosen = [
    int(gaps[:100].argmin()),
    int(gaps[:100].argsort()[50]),
    int(gaps[:100].argmax()),
]
figure, axes = plt.subplots(1, 3, figsize=(7.8, 3.0))
for part, number in zip(axes, chosen, strict=True):
    molecule, graph = drawn[number], graphs[number]
    bonds = graph.edge_features.argmax(dim=1)
    draw_graph(part, graph.edges, spring_layout(graph.edges, graph.nodes, seed=seed), [ATOM[a] for a in molecule.atoms],
               names=dict(enumerate(molecule.atoms)), widths=[(1.2, 4.0, 7.0)[b] for b in bonds], inside=True)  # fmt: skip
    part.set_title(f"{formula(molecule)}: gap {gaps[number]:.2f}", size=10)
figure.suptitle(
    "Smallest, median and largest gap of 100 molecules (thicker line: double or triple bond)",
    size=10,
)
plt.show()

# %% [markdown]
# The **MPNN** computes a matrix for each bond from its order (single, double or triple) and passes messages for four
# rounds. Then it aggregates all nodes of a graph to one vector, the **readout** (here a maximum). A batch of molecules is one graph without edges
# between its parts. Two baselines count atoms, or atoms and bonds. Two cut-down MPNNs show what matters: one cannot see
# the bond orders, one has a single round. **Predict**: which of the two loses more?

# %%
from labkit.graphs.mpnn import MPNN
from labkit.graphs.readout import max_readout


def new_mpnn(rounds, readout=max_readout):
    torch.manual_seed(seed)
    return MPNN(len(ELEMENTS), 3, width=24, rounds=rounds, readout=readout).to(device)


# %% fold="Train three MPNNs and two baselines" result=true
from sklearn.linear_model import Ridge

from labkit.graphs.readout import sum_readout

mean, spread = gaps[:count].mean(), gaps[:count].std()
batches = [disjoint_union(graphs[i : i + 60]).to(device) for i in range(0, count, 60)]
testing, whole = (
    disjoint_union(graphs[count:]).to(device),
    disjoint_union(graphs[:count]),
)
mpnn_steps = lesson.pick(standard=220, quick=4)


def explained(predicted):
    """The share of the variance of the test gaps that is explained."""
    return (
        1
        - (
            (predicted.cpu() - gaps[count:]).square().mean()
            / gaps[count:].var(correction=0)
        ).item()
    )


def counted(graph, bonds):
    atoms = sum_readout(graph.x, graph.graph, len(graph.y))
    orders = (
        sum_readout(graph.edge_features, graph.graph[graph.edges[0]], len(graph.y)) / 2
    )
    return (torch.cat([atoms, orders], dim=1) if bonds else atoms).cpu()


def predict(model, graph, blind=False):
    bonds = torch.ones_like(graph.edge_features) if blind else graph.edge_features
    return (
        model(graph.x, graph.edges, bonds, graph.graph, len(graph.y))[:, 0] * spread
        + mean
    )


def train_mpnn(model, blind=False, report=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=6e-3)

    def loss(batch):
        return ((predict(model, batch, blind) - batch.y) / spread).square().mean()

    def schedule(step):
        return min(1, step / 20) * (1 - step / mpnn_steps)

    fit(loss, batches, optimizer, mpnn_steps, schedule, 1.0, report=report)
    with torch.no_grad():
        return explained(predict(model, testing, blind))


variance = {}
for name, bonds in (("counts of\natoms", False), ("counts of atoms\nand bonds", True)):
    ridge = Ridge().fit(counted(whole, bonds), whole.y)
    variance[name] = explained(torch.as_tensor(ridge.predict(counted(testing, bonds))))
variance["MPNN without\nbond orders"] = train_mpnn(new_mpnn(4), blind=True)
variance["MPNN,\n1 round"] = train_mpnn(new_mpnn(1))
variance["MPNN,\n4 rounds"] = train_mpnn(
    new_mpnn(4), report=LiveCurves(mpnn_steps, "MPNN on molecules", log=True)
)
full = variance["MPNN,\n4 rounds"]
claim(
    "the gap needs edge features and several rounds: the full MPNN leaves less than a third of the variance that any of "
    "the others leaves unexplained",
    all(
        1 - full < (1 - value) / 3
        for name, value in variance.items()
        if name != "MPNN,\n4 rounds"
    ),
    {
        f"{name.replace(chr(10), ' ')}: variance explained": value
        for name, value in variance.items()
    },
    only_in="standard",
)
bars(variance, "Energy gaps of new molecules", "share of variance explained")

# %% [markdown]
# In the standard run the bond orders matter most: without them the MPNN explains hardly more than counts of atoms do.
# With one round it explains about as much as counts of atoms and bonds, because one round cannot see a chain of
# alternating bonds.

# %% [markdown]
# ### Further: Which readout?
#
# A sum counts how much of everything there is, a mean gives shares, a maximum says what occurs at all. Three graphs
# whose nodes hold an *a* or a *b* show what each can distinguish.

# %%
from labkit.graphs.readout import mean_readout

a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
bags = {"a b": [a, b], "a a b b": [a, a, b, b], "a a b": [a, a, b]}
readouts = {"sum": sum_readout, "mean": mean_readout, "maximum": max_readout}
print(f"{'':10s}" + "".join(f"{name:18s}" for name in bags))
read = {}
for name, readout in readouts.items():
    graph_of = [torch.zeros(len(bag), dtype=torch.long) for bag in bags.values()]
    values = [
        readout(torch.stack(bag), g, 1)[0]
        for bag, g in zip(bags.values(), graph_of, strict=True)
    ]
    read[name] = [[round(number, 2) for number in value.tolist()] for value in values]
    print(f"{name:10s}" + "".join(f"{value!s:18s}" for value in read[name]))

# %% fold="Count the graphs that each readout distinguishes"
different = {
    name: len({str(value) for value in values}) for name, values in read.items()
}
claim(
    "the sum distinguishes all three graphs, the mean not the doubled one, the maximum none",
    different == {"sum": 3, "mean": 2, "maximum": 1},
    {
        f"{name}: different results": f"{count} of 3"
        for name, count in different.items()
    },
)

# %% [markdown]
# More power is not always better. The gap depends mostly on the largest piece of alternating bonds, so a maximum fits
# it. In trials of 400 steps on three seeds, the maximum explained 97 to 98 % of the variance, Set2Set 93 to 95 %, the
# sum 92 to 93 %, and the mean 89 to 91 %. For a quantity that adds up, such as a mass, take the sum. Set2Set is a small
# recurrent network with attention (`labkit.graphs.readout`); Gilmer et al. used it, and it is the default of labkit's
# `MPNN`.
# %% [markdown]
# ## 7. Look inside
#
# The explorer shows a smaller set of 150 papers on 4 topics, with a GCN and a GAT of three layers. The fill of a node
# is the topic that a logistic regression predicts from the node's vector after each round; its rim is the true topic.
# The orange lines are the edges into the chosen node, as thick as their weights in this round. The larger another node
# is drawn, the more it has contributed in all rounds so far. A second dial compares three deep networks without
# training.

# %% fold="Open the message explorer" result=true
from labkit.graphs.gcnii import GCNII
from labkit.show.messages.data import Rounds, Smoothing
from labkit.show.messages.explorer import MessageExplorer

shelf = citations(papers=150, topics=4, words=80, clarity=0.25, labelled=8, seed=seed)
shelf_edges = {
    "GCN": normalized_adjacency(shelf.edges, 150),
    "GAT": looped(shelf.edges, 150),
}


def probed(state):
    """The probability of each topic, as a logistic regression on the training papers reads it from the vectors."""
    probe = LogisticRegression(C=10, max_iter=500).fit(
        state[shelf.train], shelf.y[shelf.train]
    )
    return probe.predict_proba(state)


def two_dimensional(states):
    """Vectors scaled to length 1, along their two directions of largest variance."""
    unit = F.normalize(states, dim=1)
    return (
        unit @ torch.linalg.svd(unit - unit.mean(dim=0), full_matrices=False)[2][:2].T
    )


models = {
    "GCN": lambda: GCN(80, 16, 4, depth=3),
    "GAT": lambda: GAT(80, 16, 4, heads=4, depth=3),
}
views = {}
for name, make in models.items():
    torch.manual_seed(seed)
    model = make()
    train(model, shelf, shelf_edges[name], 60)
    states, looks, x = [shelf.x], [], shelf.x
    with torch.no_grad():
        for conv in model.convs:
            if name == "GAT":
                looks.append(
                    conv.attention(conv.linear(x).view(150, 4, -1), shelf_edges[name]).T
                )
            x = conv(x, shelf_edges[name])
            x = (
                x
                if conv is model.convs[-1]
                else F.elu(x)
                if name == "GAT"
                else F.relu(x)
            )
            states.append(x)
    weights = (
        torch.stack(looks) if looks else shelf_edges[name].weights.expand(3, 1, -1)
    )  # rounds heads edges
    views[name] = Rounds(
        np.stack([probed(state) for state in states]), shelf_edges[name].edges, weights
    )

torch.manual_seed(seed)
untrained = {
    "GCN": GCN(80, 16, 4, 33, dropout=0.0),
    "with residual paths": GCN(80, 16, 4, 33, dropout=0.0, residual=True),
    "GCNII": GCNII(80, 16, 4, 32, dropout=0.0),
}
depths = {}
for name, deep in untrained.items():
    if name == "GCNII":
        nn.init.zeros_(deep.embed.bias)  # else all nodes begin nearly alike
    with torch.no_grad():
        states = deep.states(shelf.x, shelf_edges["GCN"])
        states = states[1:33] if name == "GCNII" else states[:32]
    distances = [mean_distance(state).item() for state in states]
    depths[name] = Smoothing(
        torch.stack([two_dimensional(state) for state in states]), distances
    )
explorer = MessageExplorer(views, shelf.y, depths, names=[f"paper {i}" for i in range(150)],
                           node=int(shelf.edges[1].bincount().argmax()))  # fmt: skip
explorer.round = 0
explorer

# %% [markdown]
# Play the rounds or step through them. Point at a node, or move between nodes with the arrow keys. **Find by hand:**
# 1. Find a paper of the GCN that is classified wrongly in round 0 and correctly in round 2. From which papers did the
#    information come?
#
#    <details><summary>Answer</summary>
#
#    About one paper in three. With seed 0, paper 2 is one: after two rounds 22 % of its vector is its own, and the
#    largest other parts come from papers 75, 25 and 45, which have the same topic.
#    </details>
# 2. Choose *GAT* and a head. Does a paper with many neighbors use all of them alike? Do the heads agree?
#
#    <details><summary>Answer</summary>
#
#    In round 1 nearly; in rounds 2 and 3 no, and the heads disagree. With seed 0, paper 106 has 18 incoming edges, its
#    loop included. In round 1 no weight exceeds 9 %. In round 3 the thickest line of head 0 has 39 %, that of head 1
#    has 29 % and leads to another paper, and head 2 has no weight above 11 %.
#    </details>
# 3. Move the dial of layers from 1 to 32. Which of the three untrained networks still separates the nodes?
#
#    <details><summary>Answer</summary>
#
#    GCNII. The other two have a mean distance of nearly 0 after about ten layers.
#    </details>
#
# ## 8. Strengths, weaknesses, cost
#
# ### Weakness: many layers
#
# We train networks of 2 to 32 layers on the papers and measure two things: accuracy, and how far apart the vectors of
# the last hidden layer are (mean cosine distance). Two remedies are known. **Residual paths** add the input of a layer
# to its output, as in most deep networks. **GCNII** (Chen et al. 2020) mixes a tenth of the *first* layer's vectors
# into every layer. **Predict**: do both help?

# %% fold="Train networks of 2 to 32 layers" result=true
layers = lesson.pick(standard=[2, 4, 8, 16, 32], quick=[2, 4])
deep_kinds = {
    "GCN": lambda depth: GCN(200, 16, 5, depth),
    "with residual paths": lambda depth: GCN(200, 16, 5, depth, residual=True),
    "GCNII": lambda depth: GCNII(200, 16, 5, depth),
}
on_test, on_train, apart = ({name: [] for name in deep_kinds} for _ in range(3))
for name, make in deep_kinds.items():
    for depth in layers:
        torch.manual_seed(seed)
        model = make(depth).to(device)
        train(model, papers, normalized, lesson.pick(standard=60, quick=3))
        with torch.no_grad():
            states = model.states(papers.x, normalized)
        on_test[name].append(accuracy_of(states[-1], papers))
        on_train[name].append(accuracy_of(states[-1], papers, "train"))
        apart[name].append(mean_distance(states[-2]).item())
claim(
    "the GCN loses its accuracy with depth, on the training papers too, and its vectors become nearly equal; residual "
    "paths help at 8 layers and fail at 32; GCNII works at 32",
    apart["GCN"][-1] < 0.2 * apart["GCN"][0]
    and on_test["GCN"][-1] < 0.5 * on_test["GCN"][0]
    and on_train["GCN"][-1] < 0.6
    and on_test["with residual paths"][2] > on_test["GCN"][2] + 0.2
    and on_test["with residual paths"][-1] < 0.6 * on_test["GCN"][0]
    and on_test["GCNII"][-1] > max(0.6 * on_test["GCN"][0], 2 * on_test["GCN"][-1]),
    {"GCN, 2 and 32 layers: distance": f"{apart['GCN'][0]:.3f}, {apart['GCN'][-1]:.4f}"}
    | {f"{name}, {layers[0]} and {layers[-1]} layers: test accuracy": f"{values[0]:.3f}, {values[-1]:.3f}"
       for name, values in on_test.items()}
    | {f"{name}, 8 layers: test accuracy": on_test[name][2] for name in ("GCN", "with residual paths") if len(layers) > 2}
    | {f"{name}, {layers[-1]} layers: accuracy on training papers": values[-1] for name, values in on_train.items()},
    only_in="standard",
)  # fmt: skip
figure, axes = plt.subplots(1, 2, figsize=(7.8, 3.2))
for values, part, label in (
    (on_test, axes[0], "test accuracy"),
    (apart, axes[1], "mean cosine distance"),
):
    for (name, line), color in zip(values.items(), CYCLE, strict=False):
        part.plot(layers, line, marker="o", color=color, label=name)
    part.set_xscale("log", base=2)
    part.set_xticks(layers, [str(depth) for depth in layers])
    part.set(xlabel="layers", ylabel=label, ylim=(0, None))
axes[0].set(title="Accuracy", ylim=(0, 1))
axes[1].set_title("How far apart the nodes are")
axes[0].legend(fontsize=8.5, loc="lower left")
plt.show()

# %% [markdown]
# In the standard run residual paths help up to eight layers and fail at sixteen. With them, a layer multiplies by $I +
# \hat P$, which has the same leading eigenvector as $\hat P$, so all other directions still shrink relative to it. Only
# GCNII works at 32 layers. The GCN fails on its own training papers too, so this is not overfitting.
#
# ### Weakness: edges that mislead
#
# In our papers, four of five edges stay within a topic (**homophily** 0.8). With five topics, a share of 0.2 says
# nothing about the topic. **Predict** the accuracy of a GCN there: above the words alone, equal, or below?

# %% fold="Train a GCN at five levels of homophily" result=true
levels = [0.0, 0.2, 0.4, 0.6, 0.8]
trust = {"words alone": [], "GCN": []}
for homophily in levels:
    graph = citations(homophily=homophily, clarity=0.3, seed=seed).to(device)
    torch.manual_seed(seed)
    model, its_edges = (
        GCN(200, 32, 5).to(device),
        normalized_adjacency(graph.edges, graph.nodes),
    )
    train(model, graph, its_edges, lesson.pick(standard=60, quick=3))
    with torch.no_grad():
        trust["GCN"].append(accuracy_of(model(graph.x, its_edges), graph))
    trust["words alone"].append(regression_accuracy(graph, graph.x))
claim(
    "where edges say nothing about the topic, a GCN is worse than a model without the graph",
    trust["GCN"][1] < trust["words alone"][1] - 0.1 and trust["GCN"][4] > trust["words alone"][4] + 0.1,
    {f"{name}, {levels[at]:.0%} of the edges within a topic: accuracy": values[at]
     for at in (1, 4) for name, values in trust.items()},
    only_in="standard",
)  # fmt: skip
curves({name: (levels, values) for name, values in trust.items()}, "A graph helps only if its edges are informative",
       "share of edges within a topic", "test accuracy")  # fmt: skip

# %% [markdown]
# The GCN is below: it averages a paper with neighbors of random topics, and cannot ignore them.
#
# ### Cost: linear in the edges
#
# We time one training step of each layer, with ten edges for each node and a width of 32. If the time is linear in the
# number of edges, the time *for each edge* stays the same.

# %% fold="Time a training step" result=true
edge_counts = lesson.pick(standard=[10_000, 100_000, 1_000_000], quick=[1_000, 10_000])
layer_kinds = {"GCN": GCNConv(32, 32), "GraphSAGE": SAGEConv(32, 32), "GAT": GATConv(32, 8, 4),
               "GATv2": GATv2Conv(32, 8, 4)}  # fmt: skip
per_edge = {name: [] for name in layer_kinds}
for edge_count in edge_counts:
    random_edges, x = (
        torch.randint(edge_count // 10, (2, edge_count)),
        torch.randn(edge_count // 10, 32),
    )
    for name, layer in layer_kinds.items():
        times = []
        for _ in range(2):
            start = time.process_time()
            layer(x, random_edges).square().mean().backward()
            times.append(time.process_time() - start)
        per_edge[name].append(1e9 * min(times) / edge_count)
print(f"{'ns for each edge':18s}" + "".join(f"{name:>11s}" for name in per_edge))
for row, edge_count in enumerate(edge_counts):
    print(
        f"{edge_count:>12,} edges"
        + "".join(f"{values[row]:11.0f}" for values in per_edge.values())
    )
claim(
    "with a hundred times the edges, the time for each edge is at most three times as long (a matrix of all pairs: a "
    "hundred times)",
    all(values[-1] < 3 * values[0] for values in per_edge.values()),
    {
        f"{name}: time for each edge, times": values[-1] / values[0]
        for name, values in per_edge.items()
    },
    only_in="standard",
)

# %% [markdown]
# The time for each edge can grow a little, because a million edges no longer fit into the processor's cache. A matrix
# of all pairs of the largest graph would take 40 GB.
#
# **Data and failure risks.** Labels are few in most graphs, and their choice matters. When you hide test nodes, decide
# whether their edges and features may be seen in training. That is fair if the whole graph is given (our papers), and a
# leak if it is not (the hidden papers). Split by time where you can.

# %% [markdown]
# ### Further: Graphs that look alike from every node
#
# Give all nodes the same color. In each round, give each node a new color, determined by its own color and the multiset
# of its neighbors' colors. This is the **Weisfeiler-Lehman test**. Two nodes that keep the same color get the same vector from
# **every** message passing network without extra features (Xu et al. 2019). The test cannot distinguish a ring of six
# nodes from two rings of three:

# %% fold="Compare a ring of six with two rings of three"
from labkit.graphs.weisfeiler_lehman import tells_apart


def ring(nodes, start):
    one_way = (
        torch.stack([torch.arange(nodes), torch.arange(1, nodes + 1) % nodes]) + start
    )
    return torch.cat([one_way, one_way.flip(0)], dim=1)


rings, which = (
    torch.cat([ring(6, 0), ring(3, 6), ring(3, 9)], dim=1),
    torch.arange(12) // 6,
)
answers = {}
for name, model in (
    ("GCN", GCN(2, 16, 3, 4)),
    ("GraphSAGE", GraphSAGE(2, 16, 3, 4)),
    ("GAT", GAT(2, 16, 3, depth=4)),
):
    with torch.no_grad():
        pooled = sum_readout(model.eval()(torch.ones(12, 2), rings), which, 2)
    answers[name] = (pooled[0] - pooled[1]).abs().max().item()
claim(
    "neither the test nor any of our networks distinguishes a ring of six from two rings of three",
    not tells_apart(rings, which, rounds=12) and max(answers.values()) < 1e-5,
    {
        f"{name}: largest difference between the graphs": value
        for name, value in answers.items()
    },
)

# %% [markdown]
# Every node has two neighbors, and each of these has two neighbors. Hour 13 gives nodes a sense of *position*, and then the
# two graphs differ.

# %% [markdown]
# ## 9. In practice
#
# Products use libraries: **PyTorch Geometric** and **DGL**. Where PyTorch Geometric is installed, the next cell gives
# its layers the weights of ours.

# %% fold="Compare with PyTorch Geometric"
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch_geometric.nn as pyg
except ImportError:
    print(
        "PyTorch Geometric is not installed here (pip install torch_geometric), so this comparison is left out."
    )
else:
    theirs, ours = pyg.GCNConv(200, 32).to(device), gcn.convs[0]
    theirs.load_state_dict({"lin.weight": ours.linear.weight, "bias": ours.bias})
    attentive, mine = pyg.GATConv(200, 8, heads=4).to(device), trained["GAT"].convs[0]
    weights_of = {
        "att_src": mine.source[None],
        "att_dst": mine.target[None],
        "bias": mine.bias,
    }
    attentive.load_state_dict({"lin.weight": mine.linear.weight, **weights_of})
    with torch.no_grad():
        differences = {
            "GCNConv": (ours(papers.x, papers.edges) - theirs(papers.x, papers.edges))
            .abs()
            .max()
            .item(),
            "GATConv": (
                mine(papers.x, papers.edges) - attentive(papers.x, papers.edges)
            )
            .abs()
            .max()
            .item(),
        }
    claim(
        "PyTorch Geometric's layers with our weights give our results",
        max(differences.values()) < 1e-5,
        {f"{name}: largest difference": value for name, value in differences.items()},
    )

# %% [markdown]
# | variant | what it changes | reference |
# |---|---|---|
# | ChebNet | polynomials of the graph Laplacian; a GCN is the first order | Defferrard et al. 2016 |
# | SGC | averages in all rounds first, then one linear map | Wu et al. 2019 |
# | GIN | sums and an MLP: as powerful as the Weisfeiler-Lehman test | Xu et al. 2019 |
# | R-GCN | a matrix for each kind of edge | Schlichtkrull et al. 2018 |
# | SchNet, EGNN | atoms in space: distances, rotations | Schütt et al. 2017, Satorras et al. 2021 |
# | graph Transformers, temporal graphs | attention between all nodes; edges with times | Hour 13 |
#
# Graph networks are used for molecules and materials, weather, traffic, fraud, recommendation, chip design and the
# simulation of physics. A Transformer (Hour 7) is graph attention on the complete graph.
#
# ## 10. Responsibility
#
# **Anonymous graphs are not anonymous.** Remove all names and words from the papers, and keep the edges. How many
# papers can still be distinguished from all others, by their number of neighbors, the numbers of their neighbors'
# neighbors, and so on? Anyone who knows a person's friends, and how many friends these have, can find that person.

# %% fold="Count the papers that are unique"
from labkit.graphs.weisfeiler_lehman import refine

unique = []
for rounds in range(4):
    members = torch.bincount(refine(papers.edges.cpu(), papers.nodes, rounds))
    unique.append((members == 1).sum().item() / papers.nodes)
claim(
    "without names and features, most papers are unique by the pattern of edges around them",
    unique[1] < 0.1 and unique[3] > 0.7,
    {f"unique after {rounds} round{'s' if rounds > 1 else ''}: share of the papers": unique[rounds]
     for rounds in (1, 2, 3)},
)  # fmt: skip

# %% [markdown]
# Backstrom et al. (2007) identified people in an anonymized social network in this way.
#
# **Recommendations that segregate.** A network that averages over neighbors makes neighbors alike. We use the trained
# GCN to suggest, for each paper, the five most similar papers that it is not connected to.

# %% fold="Suggest five new neighbors for each paper" result=true
with torch.no_grad():
    unit = F.normalize(gcn.states(papers.x, normalized)[0], dim=1)
similarity = unit @ unit.T
similarity[papers.edges[0], papers.edges[1]] = -1.0
similarity.fill_diagonal_(-1.0)
suggested = similarity.topk(5, dim=1).indices
within = (papers.y[suggested] == papers.y[:, None]).float().mean().item()
claim(
    "suggestions stay within a topic more often than the edges from which they were learned",
    within > same + 0.03,
    {
        "edges of the graph: share within a topic": same,
        "suggestions: share within a topic": within,
    },
    only_in="standard",
)

# %% [markdown]
# If people follow these suggestions, the next model sees a more divided graph. For papers the result is a narrow
# library; for people it decides who hears of a job.
#
# - **Judged by contacts.** Models of credit or policing on social graphs judge you by the people you know. The model
#   gets data of people who never agreed, through their friends.
# - **Dual use.** A model that finds useful molecules can find harmful ones. Urbina et al. (2022) reversed the toxicity
#   filter of a drug-design program and got forty thousand candidate poisons in six hours.
# - **Toy chemistry.** Our gap is Hückel's, on random molecules. Nothing here predicts a real substance.
#
# ## 11. Check yourself
#
# <details><summary>1. Why may a layer aggregate with a sum, a mean or a maximum, but not with a recurrent network?</summary>
#
# The result must not depend on the order of the neighbors, and a recurrent network's does.
# </details>
#
# <details><summary>2. A graph has 10 million nodes and 100 million edges. How large is its adjacency as a dense float32
# matrix, and as a list of edges with int64?</summary>
#
# 400 terabytes; 1.6 gigabytes.
# </details>
#
# <details><summary>3. Can a node five edges away change the prediction of a GCN of three layers?</summary>
#
# No. Information travels one edge in each layer.
# </details>
#
# <details><summary>4. All neighbors of a node hold the same vector. What does attention change?</summary>
#
# Nothing: a weighted mean of equal vectors is that vector.
# </details>
#
# <details><summary>5. Deep GCNs fail. Is it because they overfit?</summary>
#
# No. Part 8 measured their accuracy on the *training* papers: it is low as well, because the vectors of all nodes
# become nearly equal.
# </details>
#
# <details><summary>6. You draw at most 10 neighbors in each of 2 rounds for a batch of 100 nodes. How many nodes do you
# need at most in a graph of a million nodes, and of a billion?</summary>
#
# 100 + 1,000 + 10,000 = 11,100 in both.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** Kipf and Welling 2017, *Semi-supervised classification with graph convolutional networks*,
# https://arxiv.org/abs/1609.02907. Hamilton et al. 2017, *Inductive representation learning on large graphs*,
# https://arxiv.org/abs/1706.02216. Veličković et al. 2018, *Graph attention networks*,
# https://arxiv.org/abs/1710.10903. Brody et al. 2022, *How attentive are graph attention networks?*,
# https://arxiv.org/abs/2105.14491. Gilmer et al. 2017, *Neural message passing for quantum chemistry*,
# https://arxiv.org/abs/1704.01212. Xu et al. 2019, *How powerful are graph neural networks?*,
# https://arxiv.org/abs/1810.00826. Chen et al. 2020, *Simple and deep graph convolutional networks*,
# https://arxiv.org/abs/2007.02133. Urbina et al. 2022, *Dual use of artificial-intelligence-powered drug discovery*,
# https://doi.org/10.1038/s42256-022-00465-9.
#
# **Next**: Hour 13 lets every node attend to every other node, generates graphs, and gives edges a time.
