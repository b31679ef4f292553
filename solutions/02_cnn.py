# %% [markdown] badges=true
# # Hour 2. Convolutional networks
#
# After this hour you can
# - say what a convolution computes, and write one, with stride and padding, that gives the same numbers as torch's;
# - say **why** a network for pictures looks locally, shares its weights, pools, and stacks small windows, each time
#   with an experiment that you ran;
# - count the weights, the multiplications and the receptive field of any such network on paper;
# - say why a plain network gets worse when it gets deeper, and write the block that cures it;
# - look inside a trained network, unit by unit, and say what it will trip over.
#
# | | part | minutes |
# |---|---|---|
# | 1 | Opening | 2 |
# | 2 | The problem | 5 |
# | 3 | The architecture | 7 |
# | 4 | Why it works | 11 |
# | 5 | Build it: four exercises | 21 |
# | 6 | Train it | 4 |
# | 7 | Look inside | 4 |
# | 8 | Strengths, weaknesses, cost | 2 |
# | 9 | In practice | 2 |
# | 10 | Responsibility | 1 |
# | 11 | Check yourself | 1 |
#
# You need matrix products, gradients, cross-entropy, and the multi-layer perceptron of Hour 1.
#
# **How to work.** Run the cells from top to bottom. In part 5 you write four functions; each is checked the moment
# you run it. If one does not work yet, the notebook says so, uses labkit's own in its place, and goes on.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "digits"  # or "mnist", "cifar10": these are downloaded

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from labkit.course.desk.exercise import exercise, hint, score
from labkit.course.desk.lesson import begin, claim, score_so_far
from labkit.show.plots import bars, curves, heatmap
from labkit.show.style import COLOR, DIVERGING

lesson = begin(2, profile, seed)
device = lesson.device

# %% [markdown]
# ## 2. The problem: a picture that moves is the same picture
#
# Our pictures are the 1,797 handwritten digits that come with scikit-learn, enlarged to MNIST's 28 x 28 pixels: small
# enough for a laptop, and real. One in four is kept for testing. (With `dataset="mnist"` or `"cifar10"` at the top the
# notebook runs on those instead; its claims are about the digits.)

# %%
from labkit.data.images import load_images

images = load_images(dataset, seed)
most = lesson.pick(standard=4000, quick=200)
(train_x, train_y), (test_x, test_y) = ((x[:most], y[:most]) for x, y in (images.train, images.test))
mean, spread = train_x.mean(), train_x.std()
train_x, test_x = (train_x - mean) / spread, (test_x - mean) / spread  # about zero, about one: learning likes that
_, channels, size, _ = train_x.shape
classes, empty = len(images.names), ((0 - mean) / spread).item()  # what black has become
print(
    f"{images.title}: {len(train_x):,} pictures to learn from, {len(test_x):,} to test on, {channels} x {size} x {size}"
)


def claim_on_digits(text, condition, evidence):
    """The claims are about the digits; on other pictures the figures are shown without a verdict."""
    if images.title == "digits":
        claim(text, condition, evidence, only_in="standard")
    else:
        print(f"On the digits: {text}. Here: {evidence}")


def show_pictures(pictures, titles, title):
    """A row of pictures, each with a few words above."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(8.6, 1.75))
    for place, picture, words in zip(axes, pictures, titles, strict=True):
        picture = (picture * spread + mean).clamp(0, 1)
        place.imshow(picture.permute(1, 2, 0).squeeze(-1), cmap="gray", vmin=0, vmax=1)
        place.set_title(words, fontsize=8.5, loc="center")
        place.axis("off")
    figure.suptitle(title, fontsize=10.5, fontweight="bold")
    plt.show()


# %% [markdown]
# Hour 1 ended with networks that read such digits well. Now we do to the test pictures what any camera does: we move
# them. One pixel to the right, two, three. **Look at the row**: is any of these hard for you?

# %%
from labkit.cnn.equivariance import shifted


def moved(x, down, right):
    """Pictures moved by whole pixels; what comes in from outside is black."""
    return shifted(x - empty, down, right) + empty


steps_right = [0, 1, 2, 3, 4, 5]
show_pictures(
    [moved(test_x[:1], 0, right)[0] for right in steps_right],
    [f"{right} to the right" for right in steps_right],
    "One test picture, moved",
)

# %% [markdown]
# ### What simpler models do
#
# Three that know nothing of pictures: *k nearest neighbors*, which compares pixel by pixel, *logistic regression*, and
# a *multi-layer perceptron* (MLP) with one hidden layer. The MLP gets as many weights as the network of this hour
# will have: about 122,000. **Guess first**: at a shift of three pixels, a tenth of the frame, how many do they still
# get right?

# %%
from sklearn.neighbors import KNeighborsClassifier

from labkit.cnn.cnn import CNN
from labkit.show.live.explorer import LiveCurves
from labkit.train.fit import fit
from labkit.train.schedules import linear

count = sum(p.numel() for p in CNN(classes, channels, size).parameters())
hidden = round((count - classes) / (channels * size**2 + 1 + classes))


def new_mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, hidden), nn.ReLU(), nn.Linear(hidden, classes))


def train(model, pictures, labels, steps, rate=2e-3, title=None):
    """Adam on random batches of 32; the learning rate rises over ten steps, then falls to zero."""
    draw = torch.Generator().manual_seed(seed)
    rows = [torch.randint(len(pictures), (32,), generator=draw) for _ in range(steps)]
    report = LiveCurves(steps, title, log=True) if title else None
    return fit(
        lambda batch: F.cross_entropy(model.train()(pictures[batch].to(device)), labels[batch].to(device)),
        rows,
        torch.optim.Adam(model.parameters(), lr=rate),
        steps,
        linear(min(10, steps // 2), steps),
        report=report,
    )


@torch.no_grad()
def accuracy(model, pictures, labels):
    model.eval()
    return (model(pictures.to(device)).argmax(dim=-1).cpu() == labels).float().mean().item()


def accuracy_moved(model, right, pictures=test_x):
    """Mean accuracy on the test pictures moved to the right and to the left."""
    return sum(accuracy(model, moved(pictures, 0, way), test_y) for way in (right, -right)) / 2


steps = lesson.pick(standard=400, quick=12)
torch.manual_seed(seed)
linear_model = nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, classes)).to(device)
mlp = new_mlp().to(device)
train(linear_model, train_x, train_y, steps)
train(mlp, train_x, train_y, steps, title="MLP on digits in the middle")
neighbors = KNeighborsClassifier(1).fit(train_x.flatten(1).numpy(), train_y.numpy())


def by_neighbors(right):
    return neighbors.score(moved(test_x, 0, right).flatten(1).numpy(), test_y.numpy())


shifts = range(7)
against_shift = {
    "nearest neighbor": [(by_neighbors(right) + by_neighbors(-right)) / 2 for right in shifts],
    "logistic regression": [accuracy_moved(linear_model, right) for right in shifts],
    "MLP": [accuracy_moved(mlp, right) for right in shifts],
}
curves({name: (shifts, values) for name, values in against_shift.items()}, "Test accuracy when the pictures move",
       "pixels moved to the side", "share named rightly")  # fmt: skip

# %%
claim_on_digits(
    "models that know nothing of pictures read digits well, and fail when they move by three pixels",
    all(values[0] > 0.9 and values[3] < 0.6 for values in against_shift.values()),
    {
        f"{name}, {where}": values[i]
        for name, values in against_shift.items()
        for i, where in ((0, "still"), (3, "moved 3"))
    },
)

# %% [markdown]
# For an MLP the pixel at row 10, column 12 has nothing to do with its neighbor. Shuffle the pixels of all pictures in
# the same way, and it learns just as well (try it). So a stroke one pixel further is **another** stroke to it, to be
# learned anew. We could show it every digit at every place. Or we could build into the network what we know about
# pictures:
#
# 1. **Locality.** What belongs together stands together: look at small windows.
# 2. **The same everywhere.** A stroke is a stroke wherever it is: use the same weights in every window.

# %% [markdown]
# ## 3. The architecture: one small window, slid over the picture
#
# A *convolution* lays a small table of weights, the *kernel*, on a window of the picture, multiplies number by number,
# and adds up. Then the window moves on. One kernel gives one *feature map*: a new picture that is bright where the
# window shows what the kernel looks for.
#
# Below, a kernel by hand: plus one above, minus one below. It is positive where bright turns to dark on the way down.
# **Follow one window**: the orange square on the left, times the kernel, adds up to the orange pixel on the right.

# %%
from labkit.cnn.convolution import conv2d, conv2d_in_loops

edge = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]])
picture = test_x[:1].mean(dim=1, keepdim=True) * spread + mean  # one channel, from 0 to 1
map_of_edges = conv2d_in_loops(picture, edge[None, None])

figure, axes = plt.subplots(1, 4, figsize=(8.6, 2.5), width_ratios=(1.15, 0.75, 0.75, 1.15))
row, column = (map_of_edges[0, 0] == map_of_edges.max()).nonzero()[0].tolist()
patch = picture[0, 0, row : row + 3, column : column + 3]
for place, values, title, colors in zip(
    axes,
    (picture[0, 0], patch, edge, map_of_edges[0, 0]),
    ("picture", "window", "× kernel", f"sum: {map_of_edges.max():.2f}"),
    ("gray", "gray", DIVERGING, DIVERGING),
    strict=True,
):
    limit = values.abs().max()
    place.imshow(values, cmap=colors, vmin=0 if colors == "gray" else -limit, vmax=1 if colors == "gray" else limit)
    place.set_title(title, fontsize=10, loc="center")
    place.set(xticks=[], yticks=[])
    place.grid(visible=False)
    if values.numel() == 9:
        for (i, j), value in zip([(i, j) for i in range(3) for j in range(3)], values.flatten().tolist(), strict=True):
            dark = value < 0.5 if colors == "gray" else abs(value) > 0.6
            place.text(j, i, f"{value:.1f}", ha="center", va="center", color="white" if dark else "black")
axes[0].add_patch(plt.Rectangle((column - 0.5, row - 0.5), 3, 3, fill=False, edgecolor=COLOR["orange"], linewidth=2))
axes[3].add_patch(plt.Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=COLOR["orange"], linewidth=2))
figure.suptitle(
    "One kernel, one map: where does bright turn to dark on the way down?", fontsize=10.5, fontweight="bold"
)
plt.show()

# %% [markdown]
# A picture has ${\color{#0072B2}{c}}$ channels (one if gray, three if colored), and a layer has
# ${\color{#C04F00}{o}}$ kernels, called *filters*, each with a slice of weights for every channel and a bias:
#
# $$\mathrm{out}_{{\color{#C04F00}{o}},y,x} = b_{\color{#C04F00}{o}} +
# \sum_{{\color{#0072B2}{c}}}\sum_{i,j} W_{{\color{#C04F00}{o}},{\color{#0072B2}{c}},i,j} \;
# X_{{\color{#0072B2}{c}},\; {\color{#00805D}{s}} y + i - {\color{#7B52C7}{p}},\;
# {\color{#00805D}{s}} x + j - {\color{#7B52C7}{p}}}$$
#
# Two numbers say how the window walks. The *stride* ${\color{#00805D}{s}}$ is how far it moves at a time. The *padding*
# ${\color{#7B52C7}{p}}$ is a frame of zeros around the picture, so that windows may hang over its edge. On $n$ pixels
# a window of ${\color{#8A6D00}{k}}$ then has
#
# $$\left\lfloor \frac{n + 2{\color{#7B52C7}{p}} - {\color{#8A6D00}{k}}}{{\color{#00805D}{s}}} \right\rfloor + 1$$
#
# places: $28$ pixels and a window of ${\color{#8A6D00}{3}}$ give $26$. With padding $1$ it would be $28$ again.
#
# (Strictly this is a *cross-correlation*. A mathematician's convolution turns the kernel around first. Since kernels
# are learned, it makes no difference, and the whole field says convolution.)
#
# **Pooling** makes maps smaller: of each window of 2 x 2 only the greatest number is kept. What is lost is *where
# exactly* it was. That is the point, as you will see.
#
# **The classic network** is two rounds of convolution, ReLU and pooling, then two dense layers that decide. From
# LeCun's check readers of the nineties to today's first lessons it has hardly changed. Read it from the top; at every
# arrow stands the shape of what flows.

# %%
from labkit.show.architecture import Diagram

torch.manual_seed(seed)
cnn = CNN(classes, channels, size).to(device)
Diagram(cnn, test_x[:5].to(device), depth=2, title="The classic classifier")

# %% [markdown]
# (Pooling and ReLU may change places: the greatest number after a ReLU is the ReLU of the greatest number. Pooling
# first leaves the ReLU a quarter of the work.)
#
# ### Count it
#
# Which layer holds the most weights? And which does the most work? **Guess both** before you run the cell.

# %%
from labkit.cnn.summary import summary, table

layers = summary(cnn, test_x[:1].to(device))
print(table(layers))

# %% [markdown]
# For 28 x 28 gray pixels, by hand:
#
# | layer | weights | why |
# |---|---|---|
# | convolution 1 | 320 | 32 filters of 3 · 3 · 1 weights and a bias |
# | convolution 2 | 18,496 | 64 filters of 3 · 3 · 32 weights and a bias: a filter sees *all* channels below |
# | dense 1 | 102,464 | 64 maps of 5 · 5 are 1,600 numbers; 64 units of 1,600 weights and a bias |
# | dense 2 | 650 | 10 classes of 64 weights and a bias |
#
# So 320 + 18,496 + 102,464 + 650 = **121,930**. The *multiply-adds* tell another story: a filter's weights are used
# again at every place.

# %%
convolutions = [layer for layer in layers if layer.kind == "Conv2d"]
weight_share = sum(layer.parameters for layer in convolutions) / sum(layer.parameters for layer in layers)
work_share = sum(layer.multiply_adds for layer in convolutions) / sum(layer.multiply_adds for layer in layers)
claim(
    "the convolutions hold few of the weights and do nearly all of the work",
    weight_share < 0.2 and work_share > 0.9,
    {"share of the weights": weight_share, "share of the multiply-adds": work_share},
)
assert sum(p.numel() for p in CNN().parameters()) == 320 + 18_496 + 102_464 + 650

# %% [markdown]
# ### From LeNet-5 to ResNet, in five steps
#
# | | year | layers | weights | error on ImageNet (top 5) | what was new |
# |---|---|---|---|---|---|
# | LeNet-5 | 1998 | 7 | 0.06 million | (digits: 0.95 %) | convolution, pooling and dense layers, trained as one |
# | AlexNet | 2012 | 8 | 60 million | 15.3 % | ReLU, dropout, two graphics cards, a million photographs |
# | VGG | 2014 | 16 to 19 | 138 million and more | 7.3 % | nothing but 3x3 windows, stacked |
# | Inception (GoogLeNet) | 2014 | 22 | 7 million | 6.7 % | 1x1 convolutions to save work, global average pooling |
# | ResNet | 2015 | up to 152 | 60 million | 3.6 % | layers that add to what is there |
#
# (As submitted to the yearly challenge, mostly as ensembles. Layers: those with weights; LeNet-5's own count has its
# two subsampling layers, which learn two numbers for each map.)
#
# LeNet-5 (LeCun et al. 1998) is in labkit as the paper has it: each filter of its third layer reads only some of the
# maps below, in a pattern by hand, to save work and to make filters differ. Its own count is 60,000 weights.

# %%
from labkit.cnn.lenet import LeNet5

lenet = LeNet5()
parts = {"C1": lenet.c1, "S2": lenet.s2, "C3": lenet.c3, "S4": lenet.s4, "C5": lenet.c5, "F6": lenet.f6}
own = {name: layer.weights() if layer is lenet.c3 else sum(p.numel() for p in layer.parameters())
       for name, layer in parts.items()}  # fmt: skip
print(" + ".join(f"{name} {number:,}" for name, number in own.items()), f"= {sum(own.values()):,}")
heatmap(lenet.c3.connections.int().T, [f"S2 map {i}" for i in range(6)], [str(i) for i in range(16)],
        "LeNet-5: which maps each filter of C3 reads (1: reads)", ("reads from", "filter of C3"))  # fmt: skip

# %% [markdown]
# Two of the ideas in the table are a line of algebra each, and every modern network has them:
#
# - A **1x1 convolution** looks at one pixel, and all its channels: a dense layer, the same at every pixel. It mixes
#   channels, and makes many of them few, before an expensive 3x3 window has to see them.
# - **Global average pooling** takes the mean of each map, and ends there: 64 maps of 5 x 5 become 64 numbers, not
#   1,600. In our network it would save 98,304 of the 121,930 weights. You will see below what else it does.

# %% [markdown]
# ## 4. Why it works: five questions, five experiments
#
# ### Why share the weights?
#
# The first layer makes 32 maps of 26 x 26 numbers. Suppose that each of these numbers had weights of its own for the
# whole picture (dense), or for its window of 3 x 3 (local, without sharing). How many weights would that be?

# %%
outputs, window = 32 * (size - 2) ** 2, 9 * channels
heads = {
    "dense": outputs * (channels * size**2 + 1),
    "local": outputs * (window + 1),
    "local, shared": 32 * (window + 1),
}
figure, axes = plt.subplots(figsize=(7.2, 2.0))
axes.barh(list(heads), heads.values(), color=COLOR["blue"], height=0.6)
for place, number in enumerate(heads.values()):
    axes.text(number * 1.2, place, f"{number:,}", va="center")
axes.set(xscale="log", xlim=(100, 5e8), xlabel="weights (each grid line: ten times as many)")
axes.set_title("Weights of a first layer with 32 maps")
axes.invert_yaxis()
plt.show()

# %%
claim(
    "locality saves a factor of nearly a hundred, sharing another of several hundred",
    heads["dense"] > 50 * heads["local"] and heads["local"] > 500 * heads["local, shared"],
    heads,
)

# %% [markdown]
# Few weights are not the aim. But every place of every picture teaches the *same* 320 numbers: one digit is 676
# examples for a filter.
#
# ### What does sharing promise?
#
# If the same window looks everywhere, then a picture that moves makes maps that move, by just as much, and nothing
# else. That is *equivariance*: $f(Tx) = T f(x)$ for every shift $T$. We measure the difference of both sides on test
# digits, relative to the size of the maps: for a convolution, for a pooling layer, and for a dense layer of the same
# shape.

# %%
from labkit.cnn.equivariance import equivariance_error, invariance_error

torch.manual_seed(seed)
frame = F.pad(test_x[:64] - empty, (4, 4, 4, 4)).cpu()  # room to move in, black is zero
convolution = nn.Conv2d(channels, 8, 3, padding=1)
dense = nn.Sequential(nn.Flatten(), nn.Linear(channels * (size + 8) ** 2, 8 * 81), nn.Unflatten(1, (8, 9, 9)))
pooling = nn.MaxPool2d(2)
with torch.no_grad():
    errors = {
        "convolution, moved by 3": equivariance_error(convolution, frame, right=3, border=4),
        "max-pooling, moved by 2": equivariance_error(pooling, frame, right=2, jump=2, border=2),
        "dense, moved by 4": equivariance_error(dense, frame, right=4, jump=4, border=1),
    }
bars(errors, "How far a layer is from moving its maps with the picture", "relative error")

# %%
claim(
    "a convolution is equivariant, exactly; so is pooling, for shifts by its stride; a dense layer is not",
    errors["convolution, moved by 3"] < 1e-6
    and errors["max-pooling, moved by 2"] < 1e-6
    and errors["dense, moved by 4"] > 0.3,
    errors,
)

# %% [markdown]
# Nothing was trained here, and nothing had to be: it follows from the construction. (Away from the border, that is.
# At the edge a padded window sees the frame, and learns where it is. Four pixels are left out above.)
#
# ### Why pool?
#
# Equivariance says that the maps *move*. But "this is a seven" should **stay**. Somewhere on the way to the answer,
# *where* has to be given up. Max-pooling does some of it: while the greatest number stays within its window, nothing
# changes. A pooling window over the whole map does all of it. First the effect on numbers that nobody trained: how
# much of the output changes when the picture moves by one pixel?

# %%
with torch.no_grad():
    maps = convolution(frame).relu()
    changes = {
        "maps": invariance_error(lambda x: convolution(x).relu(), frame, 0, 1),
        "after pooling 2": invariance_error(lambda x: F.max_pool2d(convolution(x).relu(), 2), frame, 0, 1),
        "after pooling 4": invariance_error(lambda x: F.max_pool2d(convolution(x).relu(), 4), frame, 0, 1),
        "after pooling 8": invariance_error(lambda x: F.max_pool2d(convolution(x).relu(), 8), frame, 0, 1),
        "after pooling all": invariance_error(lambda x: convolution(x).relu().amax(dim=(2, 3)), frame, 0, 1),
    }
bars(changes, "How much changes when the picture moves by one pixel", "relative change")

# %%
claim(
    "the wider the pooling, the less a shift changes; pooled over everything, nothing does",
    all(a > b for a, b in zip(list(changes.values())[:-1], list(changes.values())[1:], strict=True))
    and changes["after pooling all"] < 1e-5,
    changes,
)

# %% [markdown]
# Now with training, on digits that are all in the middle. Two small networks have the same convolutions. One ends as
# the classic one does: all numbers of all maps into a dense layer. The other takes the *maximum of each map* first,
# and so cannot know where anything was. Both then meet digits that have moved. Neither has ever seen one.


# %%
class EverywhereNet(nn.Module):
    """The convolutions of a small CNN, the greatest number of each map, and one linear layer."""

    def __init__(self):
        super().__init__()
        self.features = CNN(classes, channels, size, filters=(16, 32)).features
        self.out = nn.Linear(32, classes)

    def forward(self, x):
        return self.out(self.features(x).amax(dim=(2, 3)))


torch.manual_seed(seed)
with_dense, everywhere = CNN(classes, channels, size, filters=(16, 32)).to(device), EverywhereNet().to(device)
train(with_dense, train_x, train_y, lesson.pick(standard=250, quick=8), rate=4e-3)
train(everywhere, train_x, train_y, lesson.pick(standard=300, quick=8), rate=8e-3)
against_shift["convolutions, then dense"] = [accuracy_moved(with_dense, right) for right in shifts]
against_shift["convolutions, maximum of each map"] = [accuracy_moved(everywhere, right) for right in shifts]
kept = ("MLP", "convolutions, then dense", "convolutions, maximum of each map")
curves({name: (shifts, against_shift[name]) for name in kept}, "Trained on digits in the middle, tested on moved ones",
       "pixels moved to the side", "share named rightly")  # fmt: skip

# %%
still, away = (against_shift["convolutions, maximum of each map"][i] for i in (0, 4))
claim_on_digits(
    "convolutions alone do not make a network invariant, what comes after them does: pooled over everything, it reads "
    "digits where it has never seen one",
    away > 0.75 and against_shift["convolutions, then dense"][4] < 0.5 and against_shift["MLP"][4] < 0.35,
    {"moved by 4, maximum": away, "dense": against_shift["convolutions, then dense"][4], "MLP": against_shift["MLP"][4],
     "in the middle, maximum": still},
)  # fmt: skip

# %% [markdown]
# Remember this figure when somebody says that "CNNs are translation invariant". Convolutions are *equi*variant. How
# much *in*variance there is depends on the pooling, and the dense layer of the classic network throws much of it away.
#
# ### Why small windows, stacked?
#
# A unit of the second layer looks at 3 x 3 units, each of which looks at 3 x 3 pixels: so it sees 5 x 5. Its
# *receptive field* grows with depth, and strides make it grow faster. Two 3x3 layers see what one 5x5 layer sees, with
# $2 \cdot 9 = 18$ weights for each pair of channels instead of 25, and with a ReLU in between. That was VGG's argument.
#
# Yet not every pixel of the field counts alike. In the middle of the field many paths lead from a pixel to the unit, at
# its corner just one. We stack ten layers of 3x3 windows, and measure by the gradient how strongly the middle unit
# answers to each pixel (Luo et al. 2016).

# %%
from labkit.cnn.features import feature_maps, pixel_weights
from labkit.cnn.receptive_field import Field, receptive_field

torch.manual_seed(seed)
depth, side = 10, 41
stack = nn.Sequential(*(layer for _ in range(depth) for layer in (nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())))
stack = nn.Sequential(nn.Conv2d(1, 8, 1), *stack)
for layer in stack:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
weights = sum(
    pixel_weights(stack, torch.randn(1, 1, side, side), str(2 * depth - 1), channel, side // 2, side // 2)
    for channel in range(8)
    for _ in range(4)
)
_, reach, _ = receptive_field(side, [(3, 1, 1)] * depth)
middle, half = side // 2, reach // 4
inner = weights[middle - half : middle + half + 1, middle - half : middle + half + 1].sum() / weights.sum()

figure, axes = plt.subplots(figsize=(4.2, 3.4))
picture_of_weights = axes.imshow((weights / weights.max()).sqrt(), cmap="viridis")
for half_width, color in ((reach / 2, COLOR["orange"]), (half + 0.5, "white")):
    corner = (middle - half_width, middle - half_width)
    axes.add_patch(plt.Rectangle(corner, 2 * half_width, 2 * half_width, fill=False, edgecolor=color, linewidth=2))
axes.set(title=f"What one unit weighs; orange: all it can see, {reach} x {reach}", xlabel="column", ylabel="row")
axes.title.set_fontsize(9.5)
axes.grid(visible=False)
figure.colorbar(picture_of_weights, label="root of the weight")
plt.show()

# %%
claim(
    "the receptive field grows with depth as the arithmetic says, but the middle of it holds most of the weight",
    reach == 2 * depth + 1 and weights[0].sum() == 0 and inner > 0.6,
    {
        "field": reach,
        "share of the middle quarter": inner,
        "it would be, if all counted alike": (2 * half + 1) ** 2 / reach**2,
    },
)

# %% [markdown]
# ### Why not just go deeper?
#
# Deeper means: a larger field, and more steps from strokes to shapes. In 2015 networks had reached some twenty layers,
# and then something odd: beyond that, *training* loss got **worse** with depth. That is no overfitting. A deeper
# network could copy the shallower one and let the other layers do nothing. It could, and training does not find it.
#
# He et al. (2015) changed one thing. They let every pair of layers **add** to what came in:
#
# $$x_{l+1} = \mathrm{ReLU}\big(x_l + F(x_l)\big)$$
#
# To do nothing, such a block needs only $F = 0$. We train both kinds, at 8, 20 and 38 layers, on digits at their own
# 8 x 8 pixels. Everything else is the same: filters, steps, learning rate, batch norm. **Before you run it**: which of
# the six curves will end lowest?

# %%
from labkit.cnn.resnet import ResNet, cifar_resnet
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck, PlainBlock, residual_block
from labkit.data.images import digits

small = digits(size=8, margin=0, seed=seed)
small_x, small_y = (
    ((small.train[0] - small.train[0].mean()) / small.train[0].std()).to(device),
    small.train[1].to(device),
)
KINDS = {"plain": PlainBlock, "residual": BasicBlock}


def training_losses(block, blocks):
    """The loss of each step of a network with 6 `blocks` + 2 layers."""
    torch.manual_seed(seed)
    model = cifar_resnet(blocks, channels=1, width=8, block=block).to(device)
    few, draw = lesson.pick(standard=150, quick=3), torch.Generator().manual_seed(seed)
    rows = [torch.randint(len(small_x), (32,), generator=draw).to(device) for _ in range(few)]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)
    loss = nn.CrossEntropyLoss()
    return fit(lambda batch: loss(model(small_x[batch]), small_y[batch]), rows, optimizer, few, linear(0, few)).losses


depths = {8: 1, 20: 3, 38: 6}
losses = {
    (kind, layers): training_losses(block, blocks) for kind, block in KINDS.items() for layers, blocks in depths.items()
}
window = min(20, len(losses["plain", 8]))
figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.1), sharey=True)
for place, kind in zip(axes, KINDS, strict=True):
    for layers, color in zip(depths, ("sky", "blue", "vermilion"), strict=True):
        smooth = torch.tensor(losses[kind, layers]).unfold(0, window, 1).mean(dim=1)
        place.plot(range(window, window + len(smooth)), smooth, color=COLOR[color], label=f"{layers} layers")
    place.set(title=f"{kind.capitalize()} networks", xlabel=f"step (mean of {window})", yscale="log")
axes[0].set_ylabel("training loss")
axes[0].legend()
plt.show()

# %%
final = {name: sum(values[-20:]) / len(values[-20:]) for name, values in losses.items()}
claim(
    "depth: at 38 layers the plain network trains far worse than at 8, the residual one better",
    final["plain", 38] > 2.5 * final["plain", 8]
    and max(final["residual", 20], final["residual", 38]) < 0.8 * final["residual", 8],
    {f"{kind}, {layers}": value for (kind, layers), value in final.items()},
    only_in="standard",
)

# %% [markdown]
# Why is a deep plain network so hard to train? The usual answer is "its gradient vanishes". Let us look. We take fresh
# networks, and measure the gradient at the output of every block, from the last back to the first. And one thing more:
# how alike are the gradients that two *nearly equal* pictures ask for, one with a little noise added?

# %%
from statistics import mean as average


def gradients_by_block(model):
    """The size of the loss's gradient at the output of the stem and of every block."""
    maps, seen = model.stem(small_x[:128]), []
    for block in (None, *(block for stage in model.stages for block in stage)):
        maps = maps if block is None else block(maps)
        maps.retain_grad()
        seen.append(maps)
    F.cross_entropy(model.classifier(maps.mean(dim=(2, 3))), small_y[:128]).backward()
    return [kept.grad.norm().item() for kept in seen]


def agreement(model, noise=0.1):
    """Cosine of the gradients at a picture and at the same with a little noise, mean over 128 pictures."""

    def gradient(pictures):
        pictures = pictures.clone().requires_grad_()
        return torch.autograd.grad(F.cross_entropy(model(pictures), small_y[:128]), pictures)[0].flatten(1)

    near = small_x[:128] + noise * torch.randn(128, 1, 8, 8, device=device)
    return F.cosine_similarity(gradient(small_x[:128]), gradient(near)).mean().item()


flows, alike = {}, {}
for kind, block in KINDS.items():
    found = {}
    for layers, blocks in depths.items():
        fresh = []
        for trial in range(lesson.pick(standard=2, quick=1)):
            torch.manual_seed(seed + trial)
            fresh.append(cifar_resnet(blocks, channels=1, width=8, block=block).to(device))
        found[layers] = average(agreement(model) for model in fresh)
        flows[kind] = gradients_by_block(fresh[0])
    alike[kind] = list(found.values())
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.1))
for kind, color in (("plain", "vermilion"), ("residual", "blue")):
    left.semilogy(flows[kind], color=COLOR[color], label=kind)
    right.plot(list(depths), alike[kind], color=COLOR[color], marker="o", label=kind)
left.set(title="Gradient at each block (38 layers)", xlabel="block, from the input", ylabel="norm of the gradient")
left.set_xticks(range(0, 19, 3))
right.set_xticks(list(depths))
right.set(title="Do near pictures ask for the same?", xlabel="layers", ylabel="cosine of their gradients")
left.legend()
plt.show()

# %%
growth = {kind: sizes[0] / sizes[-1] for kind, sizes in flows.items()}
claim(
    "with batch norm the plain network's gradient does not vanish: it grows backward, over four times as much as the "
    "residual one's, and turns into noise",
    growth["plain"] > 4 * growth["residual"] and alike["residual"][-1] > alike["plain"][-1] + 0.04,
    {"growth, plain": growth["plain"], "growth, residual": growth["residual"],
     "agreement at 38 layers, plain": alike["plain"][-1], "agreement, residual": alike["residual"][-1]},
)  # fmt: skip

# %% [markdown]
# So the common story needs a correction. *Without* normalization gradients vanish or explode with depth; batch norm
# (Hour 1) holds the maps at unit size. But in a plain network the gradient still grows from block to block on its way
# back, and, worse, it is *shattered*: for two pictures that you could not tell apart it points to unrelated directions
# (Balduzzi et al. 2017). A step that helps one is noise to the other. The shortcut keeps a path on which it is not.
#
# ### And the bottleneck?
#
# With many channels, 3x3 windows are expensive: their cost grows with the *square* of the channels. A *bottleneck*
# block goes from $4f$ channels to $f$ by 1x1, looks with 3x3 there, and returns by 1x1. Count: $4f \cdot f + 9 f
# \cdot f + f \cdot 4f = 17 f^2$, where two 3x3 layers on $4f$ channels have $2 \cdot 9 \cdot 16 f^2 = 288 f^2$.

# %%
filters = 64
wide, narrow = BasicBlock(4 * filters, 4 * filters), Bottleneck(4 * filters, filters)
cost = {
    name: sum(p.numel() for p in block.parameters() if p.ndim == 4)
    for name, block in (("two 3x3 on 256 channels", wide), ("bottleneck, 256 to 64 and back", narrow))
}
claim(
    "a bottleneck sees as many channels with a seventeenth of the weights",
    list(cost.values()) == [288 * filters**2, 17 * filters**2],
    cost,
)

# %% [markdown]
# That made ResNet-50, -101 and -152 affordable. Each block sees only 3 x 3, not 5 x 5; it makes up for that in number.

# %% [markdown]
# ## 5. Build it: the pieces, smallest first
#
# Four functions. Replace `raise NotImplementedError` and run the cell: you see at once what is right. Stuck? `hint()`
# in a new cell gives one hint at a time. You may always go on: labkit's own stands in.
#
# ### Exercise 1. Convolution, with stride and padding
#
# Write the formula of part 3. Two loops over the places of the window are fine (all pictures, channels and filters can
# be multiplied at once); without any loop it is a matrix product over all windows, which `Tensor.unfold` can cut out.
# `F.pad` and sums are allowed. `F.conv2d` would be right, and you would have learned nothing.


# %% name="conv2d" exercise="cnn.conv2d"
@exercise("cnn.conv2d")
def convolve(x, weight, bias=None, stride=1, padding=0):
    """Lay every filter on every window of the picture, multiply, and add up.

    x (b, c, h, w), weight (o, c, i, j), bias (o) or None. The window moves by `stride`, on a picture with a frame of
    `padding` zeros all around. Returns (b, o, y, x).
    """
    ### BEGIN SOLUTION
    x = F.pad(x, (padding, padding, padding, padding))
    rows, columns = weight.shape[2:]
    windows = x.unfold(2, rows, stride).unfold(3, columns, stride)  # b c y x i j
    maps = torch.einsum("bcyxij,ocij->boyx", windows, weight)
    return maps if bias is None else maps + bias[:, None, None]
    ### END SOLUTION


# %% checks="cnn.conv2d"
score("cnn.conv2d")

# %% [markdown]
# ### Exercise 2. Max-pooling
#
# The same walk of a window, with the greatest number instead of a sum, and every channel by itself. `stride=None` means
# side by side. What stands in the frame must never be the greatest, even where all pixels are below zero.


# %% name="max-pool" exercise="cnn.max_pool"
@exercise("cnn.max_pool")
def max_pool(x, kernel, stride=None, padding=0):
    """The greatest number of each window of `kernel` x `kernel`.

    x (b, c, h, w). Windows move by `stride` (None: by `kernel`), on a picture with a frame of `padding`; one that does
    not fit is dropped. Returns (b, c, y, x).
    """
    ### BEGIN SOLUTION
    stride = kernel if stride is None else stride
    x = F.pad(x, (padding, padding, padding, padding), value=-torch.inf)
    windows = x.unfold(2, kernel, stride).unfold(3, kernel, stride)  # b c y x i j
    return windows.amax(dim=(-2, -1))
    ### END SOLUTION


# %% checks="cnn.max_pool"
score("cnn.max_pool")

# %% [markdown]
# ### Exercise 3. The arithmetic
#
# Send one axis of the picture through a stack of windows, and keep three numbers: how many units there are, how many
# pixels one of them sees (the *receptive field*), and how many pixels its neighbor is further on (the *jump*). A pixel
# sees one pixel, and its neighbor is one pixel on.


# %% name="arithmetic" exercise="cnn.arithmetic"
@exercise("cnn.arithmetic")
def sizes_through(size, windows):
    """The output's size, the receptive field and the jump after windows of (kernel, stride, padding), three integers."""
    ### BEGIN SOLUTION
    field, jump = 1, 1
    for kernel, stride, padding in windows:
        size = (size + 2 * padding - kernel) // stride + 1
        field = field + (kernel - 1) * jump
        jump = jump * stride
    return size, field, jump
    ### END SOLUTION


# %% checks="cnn.arithmetic"
score("cnn.arithmetic")

# %%
stages = {"convolution 1": (3, 1, 0), "pooling 1": (2, 2, 0), "convolution 2": (3, 1, 0), "pooling 2": (2, 2, 0)}
walked = []
for name, window in stages.items():
    walked.append(window)
    print("{:15s} {:3d} units, each sees {:2d} pixels, {} apart".format(name, *sizes_through(size, walked)))

# %% [markdown]
# ### Exercise 4. The residual block
#
# Write $\mathrm{ReLU}(x + F(x))$. $F$ is a 3x3 convolution with the stride, norm, ReLU, a second 3x3 convolution, norm;
# both are padded by 1. Where `projection` is given, $x$ goes through that 1x1 convolution (with the stride) and a norm
# before it is added. You may use your own `convolve`, or `F.conv2d`. The norm is the batch norm of Hour 1 without its
# weights: `F.batch_norm(y, None, None, training=True)`.


# %% name="residual" exercise="cnn.residual"
@exercise("cnn.residual")
def residual(x, weight1, weight2, projection=None, stride=1):
    """Two 3x3 convolutions whose result is added to what came in.

    x (b, c, h, w), weight1 (o, c, 3, 3), weight2 (o, o, 3, 3); projection (o, c, 1, 1), or None where x has the shape
    of the result already. Returns (b, o, y, x).
    """

    ### BEGIN SOLUTION
    def norm(y):
        return F.batch_norm(y, None, None, training=True)

    y = norm(F.conv2d(x, weight1, stride=stride, padding=1)).relu()
    y = norm(F.conv2d(y, weight2, padding=1))
    around = x if projection is None else norm(F.conv2d(x, projection, stride=stride))
    return (y + around).relu()
    ### END SOLUTION


# %% checks="cnn.residual"
score("cnn.residual")

# %% [markdown]
# ### From the pieces to the model
#
# Your functions are the whole idea. Run a picture through the classic network with them, with the weights of labkit's
# `CNN`, and compare. Then your block against labkit's `BasicBlock`, whose norms begin without an opinion.

# %%
with torch.no_grad():
    (one, _, _, two, _, _), (_, dense_one, _, dense_two) = cnn.features, cnn.classifier
    by_hand = max_pool(convolve(test_x[:8].to(device), one.weight, one.bias), 2).relu()
    by_hand = max_pool(convolve(by_hand, two.weight, two.bias), 2).relu()
    by_hand = dense_two(dense_one(by_hand.flatten(1)).relu())
    block, maps = BasicBlock(4, 8, stride=2).train(), torch.randn(2, 4, 8, 8)
    mine = residual(maps, block.conv1.weight, block.conv2.weight, block.shortcut[0].weight, stride=2)
    differences = {
        "network": (by_hand - cnn(test_x[:8].to(device))).abs().max(),
        "block": (mine - block(maps)).abs().max(),
    }
claim("the pieces you wrote make labkit's models", max(differences.values()) < 1e-3, differences)

# %% [markdown]
# And this is labkit's block, which the residual networks of part 4 were made of. The norms learn, and the ReLUs work in
# place, to save memory; the rest is yours.

# %%
import inspect

for piece in (BasicBlock.forward, ResNet.maps):
    print(inspect.getsource(piece))

# %% [markdown]
# Line by line, where it matters:
# - `self.shortcut(x)` is $x$ itself where nothing changes its shape, so the sum costs nothing and learns nothing.
# - The last ReLU comes *after* the sum: $F$ may take away as well as add.
# - `maps` is the whole network up to the classifier: a stem, then stages; each stage but the first starts with stride
#   2, halves the pixels and doubles the channels. After it come global average pooling and one linear layer.
# - `resnet18()`, `resnet50()` and `cifar_resnet(n)` are the paper's sizes; `resnet_weights` loads published weights.

# %% [markdown]
# ## 6. Train it
#
# Back to the problem. Every training digit is now moved to a random place, once: up to 4 pixels in each direction. Test
# digits are moved as well. Nobody gets to see a digit twice in two places. So whoever does well must have learned the
# strokes apart from the places.
#
# | choice | value | why |
# |---|---|---|
# | network | the classic one, 121,930 weights | you have counted it |
# | pixels | minus their mean, over their spread | with raw ones, from 0 to 1, it learned half as fast in trials |
# | optimizer | Adam, 3e-3, ten steps up, then down to 0 | 1e-3, 2e-3 and 4e-3 were behind in trials on three seeds |
# | batch, steps | 32, 500 | twelve times through the training set, in seconds |
#
# The rival is the MLP with as many weights. It gets the same steps, and then, since its steps are cheap, four times as
# many.

# %%


def at_random_places(x, reach=4, salt=0):
    """Each picture moved by its own random number of pixels, up to `reach` in each direction."""
    draw = torch.Generator().manual_seed(seed + salt)
    ways = torch.randint(-reach, reach + 1, (len(x), 2), generator=draw).tolist()
    return torch.cat([moved(picture[None], *way) for picture, way in zip(x, ways, strict=True)])


placed_x = at_random_places(train_x)
placed_test = torch.cat([at_random_places(test_x, salt=1 + copy) for copy in range(lesson.pick(standard=4, quick=1))])
placed_test_y = test_y.repeat(len(placed_test) // len(test_y))
show_pictures(
    placed_x[:8], [images.names[label] for label in train_y[:8]], "Training pictures, each at a place of its own"
)

# %%
long = lesson.pick(standard=500, quick=12)
history = train(cnn, placed_x, train_y, long, rate=3e-3, title="CNN on digits at random places")
print(f"{history.seconds:.0f} s; the last loss is {history.losses[-1]:.3f}")

# %%
torch.manual_seed(seed)
rivals = {"MLP, same steps": new_mlp().to(device), "MLP, 4 times the steps": new_mlp().to(device)}
train(rivals["MLP, same steps"], placed_x, train_y, long, rate=3e-3)
train(rivals["MLP, 4 times the steps"], placed_x, train_y, 4 * long, rate=3e-3)
nearest = KNeighborsClassifier(1).fit(placed_x.flatten(1).numpy(), train_y.numpy())
scores = {"nearest neighbor": nearest.score(placed_test.flatten(1).numpy(), placed_test_y.numpy())}
scores |= {name: accuracy(model, placed_test, placed_test_y) for name, model in rivals.items()}
scores["CNN"] = accuracy(cnn, placed_test, placed_test_y)
bars(scores, "Test digits at random places, named rightly", "share of test pictures")

# %%
claim_on_digits(
    "weight sharing: on digits at random places the CNN beats an MLP of equal parameters",
    scores["CNN"] > scores["MLP, same steps"] + 0.04 and scores["CNN"] > scores["MLP, 4 times the steps"] + 0.02,
    scores,
)

# %% [markdown]
# Look at the training loss of the long-trained MLP, if you like: it is nearly zero. It knows its training digits by
# heart, each at its place. The CNN's filters have seen every stroke at every place.

# %% [markdown]
# ## 7. Look inside
#
# The explorer takes *your* network: it asks for the maps of every layer by functions of a picture. The first
# convolution's maps are shown as they are *before* the ReLU, so that you can check the sum under the pointer.

# %%
from labkit.show.features.data import PICTURE, FeatureLayer
from labkit.show.features.explorer import FeatureExplorer

names = ["features.0", "features.2", "features.3", "features.5"]
titles = ["convolution 1", "pooling 1 + ReLU", "convolution 2", "pooling 2 + ReLU"]
first, second = cnn.features[0], cnn.features[3]
arithmetic = [
    {"filters": first.weight, "bias": first.bias, "source": PICTURE},
    {},
    {"filters": second.weight, "bias": second.bias, "source": 1},
    {},
]
fields, field = [], Field()
for window in stages.values():
    field = field.through(*window)
    fields.append((field.size, field.jump, field.start))
shown = [FeatureLayer(title, seen, **more) for title, seen, more in zip(titles, fields, arithmetic, strict=True)]


def as_batch(picture):
    return torch.tensor(picture, device=device)[None]


def look(picture):
    with torch.no_grad():
        found = feature_maps(cnn.eval(), as_batch(picture), names)
    return [found[name][0] for name in names]


def judge(picture):
    with torch.no_grad():
        return cnn.eval()(as_batch(picture)).softmax(dim=-1)[0]


def weigh(picture, layer, channel, row, column):
    return pixel_weights(cnn, as_batch(picture), names[layer], channel, row, column)


chosen = {f"a {images.names[label]}": test_x[test_y == label][0] for label in (3, 4, 5, 8)}
strongest = look(next(iter(chosen.values())).numpy())[0].flatten(1).max(dim=1).values.argmax().item()
FeatureExplorer(chosen, shown, look, judge, images.names, weigh, unit=(0, strongest, 8, 12))

# %% [markdown]
# Choose a layer at the top and a map in the middle; point at a unit on the right, or move with the arrow keys. The
# orange frame is what the unit can see. Put the focus on the picture, and the arrows move *it*; or take "draw", and
# write a digit yourself. **Find by hand:**
# 1. *Convolution 1.* Find a map that likes strokes from left to right, and one that likes those from top to bottom.
#    Read their kernels: could you have written them?
# 2. *Move the picture*, pixel by pixel. Do the maps move along? Which layer is the first in which something *stays*?
#    When does the answer tip?
# 3. *Convolution 2*, with "show what the unit weighs" (it asks the kernel). Which part of its frame counts? Does it
#    change when you choose another picture, though the weights are the same?

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: few weights, used everywhere**, and so few examples needed. You measured that in part 6.
#
# **Weakness: it has seen what it has seen.** The CNN of part 6 learned digits up to 4 pixels off the middle. We go on.

# %%
far = lesson.pick(standard=(0, 2, 3, 4, 5, 6, 7, 8, 9), quick=(0, 3, 8))
beyond = {name: [accuracy_moved(model, right) for right in far] for name, model in
          (("CNN", cnn), ("MLP, 4 times the steps", rivals["MLP, 4 times the steps"]))}  # fmt: skip
figure = curves({name: (far, values) for name, values in beyond.items()},
                "Trained on digits up to 4 pixels off", "pixels moved to the side", "share named rightly")  # fmt: skip
figure.axes[0].axvspan(0, 4, color=COLOR["sky"], alpha=0.2)
figure.axes[0].text(0.1, 0.3, "as in training", fontsize=9, color=COLOR["gray"])
figure

# %%
claim_on_digits(
    "inside of what it was trained on the CNN holds; four pixels beyond it fails like the MLP",
    min(beyond["CNN"][:3]) > 0.85 and max(values[far.index(8)] for values in beyond.values()) < 0.6,
    {f"{name}, moved by {right}": values[far.index(right)] for name, values in beyond.items() for right in (0, 3, 8)},
)

# %% [markdown]
# **Weakness: it can be fooled on purpose.** The gradient that trains a network also says how to change *the picture*
# so that the loss goes up. One small step in every pixel, in the direction of the gradient's sign, is enough
# (Goodfellow et al. 2015). For comparison: as large a step at random.

# %%
strength = (0.1 / spread).item()  # of a range from black to white of 1


def adversarial(model, pictures, labels):
    pictures = pictures.to(device).requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(model.eval()(pictures), labels.to(device)), pictures)
    return (pictures + strength * gradient.sign()).detach().cpu()


sample_x, sample_y = placed_test[:300], placed_test_y[:300]
attacked = adversarial(cnn, sample_x, sample_y)
at_random = sample_x + strength * torch.randn(sample_x.shape, generator=torch.Generator().manual_seed(seed)).sign()
fooled = {"as it was": accuracy(cnn, sample_x, sample_y), "random step": accuracy(cnn, at_random, sample_y),
          "adversarial step": accuracy(cnn, attacked, sample_y)}  # fmt: skip
said = cnn(attacked[:8].to(device)).argmax(dim=-1)
show_pictures(attacked[:8], [f"is {images.names[label]}, read {images.names[guess]}"
              for label, guess in zip(sample_y[:8], said, strict=True)], "After one adversarial step")  # fmt: skip

# %%
claim_on_digits(
    "one step of 10 % of the range in every pixel, chosen by the gradient, fools it; as large a random step does not",
    fooled["adversarial step"] < 0.4 and fooled["random step"] > fooled["as it was"] - 0.15,
    fooled,
)

# %% [markdown]
# **Cost.** A convolution's work is (weights) x (places): doubling the height and width of the picture makes it
# fourfold, doubling all channels too. ResNet-50 takes 4 billion multiply-adds for one photograph of 224 x 224. In
# training, the maps of a batch, kept for the backward pass, soon take far more memory than its 25.6 million weights.

# %%
from labkit.cnn.resnet import resnet18, resnet50

big = {}
with torch.device("meta"):  # shapes without numbers: enough to count
    photograph, networks = torch.zeros(1, 3, 224, 224), {"ResNet-18": resnet18(), "ResNet-50": resnet50()}
for name, model in networks.items():
    rows = summary(model, photograph)
    big[name] = (sum(p.numel() for p in model.parameters()) / 1e6, sum(row.multiply_adds for row in rows) / 1e9)
    print(f"{name}: {big[name][0]:.1f} million weights, {big[name][1]:.1f} billion multiply-adds for one photograph")

# %%
claim(
    "a bottleneck network of 50 layers costs little more than twice what one of 18 does",
    1.9 < big["ResNet-50"][1] / big["ResNet-18"][1] < 2.5 and 2 < big["ResNet-50"][0] / big["ResNet-18"][0] < 2.5,
    {
        f"{name}, {what}": value
        for name, values in big.items()
        for what, value in zip(("weights in millions", "multiply-adds in billions"), values, strict=True)
    },
)

# %% [markdown]
# ## 9. In practice
#
# Nobody writes convolutions by hand for a product. `torch.nn.Conv2d` calls a fused kernel, tuned for each processor.
# It gives the numbers of *your* function:

# %%
x, weight, bias = torch.randn(2, 3, 9, 9), torch.randn(4, 3, 3, 3), torch.randn(4)
difference = (convolve(x, weight, bias, 2, 1) - F.conv2d(x, weight, bias, stride=2, padding=1)).abs().max()
everything = (conv2d(x, torch.randn(6, 1, 3, 3), None, 2, 2, 2, groups=3)).shape  # dilation and groups: labkit's own
claim("torch's convolution gives the numbers of the one you wrote", difference < 1e-4, {"difference": difference})

# %% [markdown]
# And whole networks come from a library, most often with weights that somebody has trained on millions of photographs
# (Hour 11 is about that). Here is Hugging Face's ResNet with random weights, saved as they are published,
# and loaded into labkit's.

# %%
import importlib.util
import tempfile

from labkit.cnn.resnet_weights import resnet_weights

if lesson.profile == "quick" or importlib.util.find_spec("transformers") is None:
    print("Not run here: it takes the transformers library, and the standard profile.")
else:
    from transformers.utils.logging import disable_progress_bar

    from transformers import ResNetConfig, ResNetForImageClassification

    disable_progress_bar()

    config = ResNetConfig(embedding_size=16, hidden_sizes=[64, 128], depths=[2, 2], num_labels=10)
    theirs, photographs = ResNetForImageClassification(config).eval(), torch.randn(4, 3, 64, 64)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        theirs.save_pretrained(folder)
        ours = resnet_weights(ResNet(Bottleneck, (2, 2), width=16, classes=10), folder).eval()
        difference = (ours(photographs) - theirs(photographs).logits).abs().max()
    claim(
        "transformers' ResNet with the same weights gives labkit's result",
        difference < 1e-4,
        {"difference": difference},
    )

# %% [markdown]
# | variant | what it changed |
# |---|---|
# | ResNeXt (Xie et al. 2017) | *groups*: the 3x3 window sees only its own slice of the channels, so more of them fit |
# | MobileNet (Howard et al. 2017) | *depthwise separable*: one group for each channel, then 1x1: an eighth of the work |
# | dilated (Yu and Koltun 2016) | windows with gaps: a larger field at the same cost and resolution, for segmentation |
# | DenseNet (Huang et al. 2017) | lays results beside each other instead of adding them |
# | ConvNeXt (Liu et al. 2022) | a ResNet with the habits of Transformers: 7x7 depthwise windows, layer norm, GELU |
# | U-Net (Ronneberger et al. 2015) | down and up again with shortcuts across: a picture out, not a class (Hour 17) |
#
# Used for: medical images, quality control, satellites, cars, the camera in your phone. Where data are plenty, vision
# Transformers (Hour 10) have drawn level; where they are few, or the chip is small, convolutions still lead.
#
# ## 10. Responsibility
#
# *What does it go by?* We train a network on four shapes, each filled with a texture of its own: disks with rows,
# squares with columns, and so on. Then we show it shapes with **another's** texture. You would go by the outline.

# %%
from labkit.data.patterns import SHAPES, TEXTURES, patterns

learned = patterns(lesson.pick(standard=1000, quick=100), seed=seed)
torn = patterns(lesson.pick(standard=400, quick=40), agree=False, seed=seed + 1)
torch.manual_seed(seed)
beholder = CNN(classes=4, filters=(8, 16)).to(device)
train(beholder, learned.pictures, learned.shapes, lesson.pick(standard=120, quick=5), rate=3e-3)
with torch.no_grad():
    goes_by = beholder.eval()(torn.pictures.to(device)).argmax(dim=-1).cpu()
by_texture, by_shape = ((goes_by == cue).float().mean().item() for cue in (torn.textures, torn.shapes))
figure, axes = plt.subplots(1, 6, figsize=(8.6, 2.35))
for place, picture, shape, texture, guess in zip(
    axes, torn.pictures, torn.shapes, torn.textures, goes_by, strict=False
):
    place.imshow(picture[0], cmap="gray")
    place.set_title(
        f"{SHAPES[shape]}, filled\nlike a {SHAPES[texture]}:\nsays {SHAPES[guess]}", fontsize=8, loc="center"
    )
    place.axis("off")
figure.suptitle("Outline or filling? What the network says", fontsize=10.5, fontweight="bold")
plt.show()

# %%
claim(
    "where outline and texture disagree the network goes by the texture",
    by_texture > 0.8 and by_shape < 0.15,
    {"by texture": by_texture, "by shape": by_shape, "textures": ", ".join(TEXTURES)},
    only_in="standard",
)

# %% [markdown]
# Both cues were perfect in training; it took the local one. Networks trained on ImageNet do the same: a cat with the
# skin of an elephant is an elephant to them (Geirhos et al. 2019). A test set from the same camera will not tell you.
#
# - **Whose faces?** Commercial systems that told gender from faces erred on 0.8 % of lighter-skinned men at most, and
#   on up to 34.7 % of darker-skinned women (Buolamwini and Gebru 2018). The average looked fine. Measure by group,
#   always.
# - **Whose labels?** ImageNet's pictures came from the web without asking, and its labels for people carried slurs: its
#   own authors later judged more than half of its 2,832 categories of people unsafe (Yang et al. 2020).
# - **Fooled on purpose.** What you did in part 8 has been done to road signs with stickers (Eykholt et al. 2018).
# - **Watching.** The same network counts cells and follows faces in a crowd. What it is for is a decision; make it
#   before you train.
#
# ## 11. Check yourself
#
# <details><summary>1. A layer has 64 filters of 5x5 on 32 channels. How many weights? How many if the picture is twice as
# large?</summary>
#
# 64 · (5 · 5 · 32 + 1) = 51,264, and the same for any picture: only the work grows.
# </details>
#
# <details><summary>2. Which padding keeps the size under a window of 7 with stride 1?</summary>
#
# 3 on each side: (7 - 1) / 2.
# </details>
#
# <details><summary>3. Are convolutional networks invariant to shifts?</summary>
#
# Convolutions are equivariant: maps move with the picture. Invariance comes from pooling, entirely only from pooling
# over all places; and strides make even that approximate.
# </details>
#
# <details><summary>4. A 56-layer plain network has a higher test error than one with 20 layers. Overfitting?</summary>
#
# Look at the training loss first. If that is higher too, it is degradation: training does not find what the network
# could do.
# </details>
#
# <details><summary>5. Why is there no ReLU between F(x) and the sum?</summary>
#
# F could then only add, never take away, and the numbers would grow from block to block.
# </details>
#
# <details><summary>6. A 1x1 convolution sees no neighbors at all. What is it good for?</summary>
#
# It mixes channels: a dense layer at every pixel. It makes them few before an expensive window, and many after.
# </details>

# %%
score_so_far()

# %% [markdown]
# **Read on.** LeCun et al. 1998, https://doi.org/10.1109/5.726791. Krizhevsky et al. 2012 (AlexNet),
# https://doi.org/10.1145/3065386. Simonyan and Zisserman 2014 (VGG), https://arxiv.org/abs/1409.1556. Szegedy et al.
# 2014 (Inception), https://arxiv.org/abs/1409.4842. He et al. 2015 (ResNet), https://arxiv.org/abs/1512.03385. Luo et
# al. 2016, https://arxiv.org/abs/1701.04128. Balduzzi et al. 2017, https://arxiv.org/abs/1702.08591. Geirhos et al.
# 2019, https://arxiv.org/abs/1811.12231. Buolamwini and Gebru 2018,
# https://proceedings.mlr.press/v81/buolamwini18a.html.
#
# **Next**: Hour 3 turns to sequences, where weights are shared over time instead of space.
