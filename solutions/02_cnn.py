# %% [markdown] badges=true
# # Hour 2. Convolutional networks
#
# After this hour you can
# - write a convolution and a max pooling, with stride and padding;
# - explain **why** a network for pictures looks at small windows, shares its weights, pools, and stacks its layers,
#   with experiments as evidence;
# - count the weights, the multiplications and the receptive field of such a network on paper;
# - say what goes wrong when plain networks get deeper, and mend a faulty residual block;
# - look inside a trained network, unit by unit, and say where it fails.
#
# <!-- plan -->
#
# You need matrix products, gradients, cross-entropy, and the multi-layer perceptron and batch norm of Hour 1.
#
# **How to work.** Run the cells from top to bottom. Your functions are checked as soon as you run their cell. If one
# is not right yet, the notebook says so and continues with labkit's version. Sections called *Further* are optional.

# %% setup=true

# %% tags=["parameters"]
profile = None  # "quick" for a short run; None asks the environment's LABKIT_PROFILE, else "standard"
seed = 0
dataset = "digits"  # or "mnist", "cifar10": these are downloaded

# %% fold="Import the tools and begin"
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
# Our pictures are the 1,797 handwritten digits that come with scikit-learn. They were scanned at 8 x 8 pixels; we
# enlarge them smoothly to MNIST's frame of 28 x 28, so they have MNIST's size but not its detail. One in four is kept
# for testing. (Set `dataset` above to run on MNIST or CIFAR-10. The claims are about the digits.)
#
# Now we do to the test pictures what every camera does: we move them. The figure shows one digit, moved by 0 to 5
# pixels to the right. You read all six without effort.

# %% fold="Load the digits, and move one" result=true
from labkit.cnn.equivariance import shifted
from labkit.data.images import load_images

images = load_images(dataset, seed)
most = lesson.pick(standard=4000, quick=200)
(train_x, train_y), (test_x, test_y) = (
    (x[:most], y[:most]) for x, y in (images.train, images.test)
)
mean, spread = train_x.mean(), train_x.std()
train_x, test_x = (
    (train_x - mean) / spread,
    (test_x - mean) / spread,
)  # mean 0 and standard deviation 1
_, channels, size, _ = train_x.shape
classes, empty = (
    len(images.names),
    ((0 - mean) / spread).item(),
)  # the value of a black pixel now


def digits_claim(text, condition, evidence):
    """The claims are about the digits; on other pictures the figures are shown without a verdict."""
    if images.title == "digits":
        claim(text, condition, evidence, only_in="standard")
    else:
        print(f"On the digits: {text}. Here: {evidence}")


def visible(x):
    """Pictures with pixels from 0 (black) to 1 again."""
    return (x * spread + mean).clamp(0, 1)


def show_pictures(pictures, titles, title):
    """A row of pictures, each with a few words above."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(9.6, 2.1))
    for place, picture, words in zip(axes, visible(pictures), titles, strict=True):
        place.imshow(picture.permute(1, 2, 0).squeeze(-1), cmap="gray", vmin=0, vmax=1)
        place.set_title(words, fontsize=9, loc="center")
        place.axis("off")
    figure.suptitle(title, fontsize=11, fontweight="bold", x=0.01, ha="left")
    plt.show()


def moved(x, down, right):
    """Pictures moved by whole pixels; the empty pixels become black."""
    return shifted(x - empty, down, right) + empty


print(
    f"{images.title}: {len(train_x):,} training pictures, {len(test_x):,} test pictures, {channels} x {size} x {size}"
)
row = torch.cat([moved(test_x[:1], 0, right) for right in range(6)])
show_pictures(
    row, [f"moved by {pixels}" for pixels in range(6)], "One test picture, moved"
)

# %% [markdown]
# ### What simpler models do
#
# Three simpler models treat pixels as unrelated numbers. The *nearest neighbor* compares pixel by pixel, *logistic
# regression* weighs every pixel, and a *multi-layer perceptron* (MLP) has one hidden layer. The MLP gets as many
# weights as the network of this hour will have, about 122,000. **Predict**: how many test digits do they still get
# right if these move by three pixels, a tenth of the frame?

# %% fold="Train three models, and move the test digits" result=true
from sklearn.neighbors import KNeighborsClassifier

from labkit.cnn.cnn import CNN
from labkit.data.minibatches import minibatches
from labkit.show.live.explorer import LiveCurves
from labkit.train.evaluate import accuracy
from labkit.train.fit import fit
from labkit.train.schedules import linear

count = sum(p.numel() for p in CNN(classes, channels, size).parameters())
hidden = round((count - classes) / (channels * size**2 + 1 + classes))


def new_mlp():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * size**2, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )


def train(model, pictures, labels, steps, rate=2e-3, title=None):
    """Adam on batches of 32; the learning rate rises over ten steps, then falls to zero."""

    def loss(batch):
        return F.cross_entropy(model.train()(batch[0].to(device)), batch[1].to(device))

    report = LiveCurves(steps, title, log=True) if title else None
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    batches = minibatches(32, pictures, labels, seed=seed)
    return fit(
        loss,
        batches,
        optimizer,
        steps,
        linear(min(10, steps // 2), steps),
        report=report,
    )


def accuracy_moved(model, right, pictures=test_x):
    """Mean accuracy on the test pictures moved to the right and to the left."""
    return (
        sum(accuracy(model, moved(pictures, 0, way), test_y) for way in (right, -right))
        / 2
    )


steps = lesson.pick(standard=400, quick=12)
torch.manual_seed(seed)
linear_model = nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, classes)).to(
    device
)
mlp = new_mlp().to(device)
train(linear_model, train_x, train_y, steps)
train(mlp, train_x, train_y, steps)
neighbors = KNeighborsClassifier(1).fit(train_x.flatten(1).numpy(), train_y.numpy())


def by_neighbors(right):
    return neighbors.score(moved(test_x, 0, right).flatten(1).numpy(), test_y.numpy())


shifts = range(7)
against_shift = {
    "nearest neighbor": [
        (by_neighbors(right) + by_neighbors(-right)) / 2 for right in shifts
    ],
    "logistic regression": [accuracy_moved(linear_model, right) for right in shifts],
    "MLP": [accuracy_moved(mlp, right) for right in shifts],
}
digits_claim(
    "three models without any knowledge of pictures read digits well, and fail when the digits move by three pixels",
    all(values[0] > 0.9 and values[3] < 0.6 for values in against_shift.values()),
    {
        f"{name}, moved by {pixels}: accuracy": values[pixels]
        for name, values in against_shift.items()
        for pixels in (0, 3)
    },
)
curves({name: (shifts, values) for name, values in against_shift.items()}, "Test accuracy when the digits move",
       "pixels moved to the side", "test accuracy")  # fmt: skip

# %% [markdown]
# To an MLP, the pixel in row 10, column 12 has nothing to do with its neighbor. A stroke that moves by one pixel is a
# new stroke, which it has to learn again. We could show it every digit at every position. Or we can build two facts
# about pictures into the network:
#
# 1. **Locality.** Pixels that belong together are close together: look at small windows.
# 2. **Weight sharing.** A stroke is a stroke wherever it is: use the same weights in every window.

# %% [markdown]
# ## 3. The architecture: one small window, moved over the picture
#
# A **convolution** lays a small table of weights, the **kernel**, on a window of the picture. It multiplies number by
# number and sums up. Then the window moves on.
#
# $$\begin{pmatrix} 1 & 2 & 0 \\ 0 & 1 & 3 \\ 2 & 0 & 1 \end{pmatrix} * \begin{pmatrix} 1 & 2 \\ 0 & -1 \end{pmatrix} = \begin{pmatrix} 4 & -1 \\ 2 & 6 \end{pmatrix}$$
#
# The first number is $1 \cdot 1 + 2 \cdot 2 + 0 \cdot 0 + 1 \cdot (-1) = 4$. Move the window one pixel to the right,
# and you get $2 \cdot 1 + 0 \cdot 2 + 1 \cdot 0 + 3 \cdot (-1) = -1$.
#
# The result is a **feature map**: a new picture, whose numbers are large where the window looks like the kernel. The
# kernel of the next figure has +1 above and −1 below, so it finds edges from bright to dark on the way down. Follow
# the green square. In the map, orange is positive and blue is negative.

# %% fold="Apply a kernel to a digit"
from labkit.cnn.convolution import conv2d_in_loops

edge = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]])
picture = visible(test_x[:1]).mean(dim=1, keepdim=True)  # one channel
map_of_edges = conv2d_in_loops(picture, edge[None, None])

figure, axes = plt.subplots(
    1, 4, figsize=(9.6, 2.9), width_ratios=(1.15, 0.75, 0.75, 1.15)
)
row, column = (map_of_edges[0, 0] == map_of_edges.max()).nonzero()[0].tolist()
patch = picture[0, 0, row : row + 3, column : column + 3]
for place, values, title, colors in zip(
    axes,
    (picture[0, 0], patch, edge, map_of_edges[0, 0]),
    (
        "picture",
        "window",
        "times kernel",
        f"map; sum of the window: {map_of_edges.max():.2f}",
    ),
    ("gray", "gray", DIVERGING, DIVERGING),
    strict=True,
):
    limit = values.abs().max()
    place.imshow(
        values,
        cmap=colors,
        vmin=0 if colors == "gray" else -limit,
        vmax=1 if colors == "gray" else limit,
    )
    place.set_title(title, fontsize=9.5, loc="center")
    place.set(xticks=[], yticks=[])
    place.grid(visible=False)
    if values.numel() == 9:
        for (i, j), value in zip(
            [(i, j) for i in range(3) for j in range(3)],
            values.flatten().tolist(),
            strict=True,
        ):
            dark = value < 0.5 if colors == "gray" else abs(value) > 0.6
            place.text(
                j,
                i,
                f"{value:.1f}",
                ha="center",
                va="center",
                color="white" if dark else "black",
            )
for axis, side in ((axes[0], 3), (axes[3], 1)):
    corner = (column - 0.5, row - 0.5)
    axis.add_patch(
        plt.Rectangle(
            corner, side, side, fill=False, edgecolor=COLOR["green"], linewidth=2
        )
    )
figure.suptitle(
    "One kernel, one feature map: edges from bright to dark",
    fontsize=11,
    fontweight="bold",
    x=0.01,
    ha="left",
)
plt.show()

# %% [markdown]
# A picture has ${\color{#0072B2}{c}}$ channels: one if gray, three if colored. A layer has ${\color{#C04F00}{o}}$
# **filters**. Each has a kernel for every channel and one bias, and gives one map:
#
# $$\mathrm{out}_{{\color{#C04F00}{o}},y,x} = b_{\color{#C04F00}{o}} + \sum_{{\color{#0072B2}{c}}}\sum_{i,j} W_{{\color{#C04F00}{o}},{\color{#0072B2}{c}},i,j} \; X_{{\color{#0072B2}{c}},\; {\color{#00805D}{s}} y + i - {\color{#7B52C7}{p}},\; {\color{#00805D}{s}} x + j - {\color{#7B52C7}{p}}}$$
#
# Here $y, x$ number the positions of the window, and $i, j$ the pixels in it. The **stride** ${\color{#00805D}{s}}$ is
# how far the window moves at a time. The **padding** ${\color{#7B52C7}{p}}$ is the width of a frame of zeros around
# the picture, so that windows may overlap its edge. Along $n$ pixels, a window of ${\color{#8A6D00}{k}}$ has this many
# positions:
#
# $$\left\lfloor \frac{n + 2{\color{#7B52C7}{p}} - {\color{#8A6D00}{k}}}{{\color{#00805D}{s}}} \right\rfloor + 1$$
#
# Take $n = 5$ pixels, numbered 0 to 4, and a window of ${\color{#8A6D00}{k}} = 3$. With stride 1 and no padding it
# starts at 0, 1, 2: three positions. With padding 1 and stride 2 it starts at −1, 1, 3: again three, and
# $\lfloor (5 + 2 - 3) / 2 \rfloor + 1 = 3$. (Strictly, this operation is a *cross-correlation*; the field calls it convolution.)
#
# ### Exercise 1. Convolution with stride and padding
#
# Write the formula. Pad the picture first, with `F.pad(x, (left, right, top, bottom))`. Two loops over the positions
# of the window are fine: all pictures, channels and filters can be multiplied at once. Without loops, `Tensor.unfold`
# cuts out all windows. (`F.conv2d` is what you are building.)


# %% name="conv2d" exercise="cnn.conv2d"
@exercise("cnn.conv2d")
def convolve(x, weight, bias=None, stride=1, padding=0):
    """Convolution of a batch of pictures with all filters.

    x: (b, c, h, w). weight: (o, c, i, j). bias: (o,), or None.
    The window moves by `stride`, on pictures with a frame of `padding` zeros.
    Returns the maps, (b, o, y, x).

    Example: x [[[[1., 2., 0.], [0., 1., 3.], [2., 0., 1.]]]]
    and weight [[[[1., 2.], [0., -1.]]]] give [[[[4., -1.], [2., 6.]]]].
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
# ### Pooling
#
# **Max pooling** makes maps smaller: it keeps only the largest number of each window. The windows are usually of 2 x 2
# pixels, side by side. Pooling loses *where exactly* in the window that number was. Part 4 shows why this is useful.
#
# ### Exercise 2. Max pooling
#
# The window moves as in a convolution, but every channel stays by itself. Padding must never win the maximum, even
# where all pixels are negative.


# %% name="max-pool" exercise="cnn.max_pool"
@exercise("cnn.max_pool")
def max_pool(x, kernel, stride=None, padding=0):
    """The largest number of each window of `kernel` x `kernel` pixels.

    x: (b, c, h, w). Windows move by `stride`; None means by `kernel`, side by side.
    A window that does not fit on the padded picture is dropped.
    Returns (b, c, y, x).

    Example: x [[[[1., 2., 0., 1.], [3., 0., 5., 2.]]]], kernel 2 give [[[[3., 5.]]]].
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
# ### The classic network
#
# The classic classifier has two rounds of convolution, max pooling and ReLU, then two dense layers. **Predict**
# before you run the next cell: which of its four layers with weights has the most weights, and which does the most
# multiplications? It begins with 32 filters of 3 x 3, then has 64 filters of 3 x 3, a dense layer of 64 units, and
# ten outputs.

# %% fold="Draw and count the classic network"
from labkit.cnn.summary import summary
from labkit.show.architecture import Diagram

torch.manual_seed(seed)
cnn = CNN(classes, channels, size).to(device)
layers = [layer for layer in summary(cnn, test_x[:1].to(device)) if layer.parameters]
print("layer                  weights   multiplications for one picture")
for name, layer in zip(
    ("convolution 1", "convolution 2", "dense 1", "dense 2"), layers, strict=True
):
    print(f"{name:20s} {layer.parameters:9,} {layer.multiply_adds:12,}")
convolutions = [layer for layer in layers if layer.kind == "Conv2d"]
weight_share = sum(layer.parameters for layer in convolutions) / sum(
    layer.parameters for layer in layers
)
work_share = sum(layer.multiply_adds for layer in convolutions) / sum(
    layer.multiply_adds for layer in layers
)
claim(
    "the convolutions have few of the weights and do nearly all of the multiplications",
    weight_share < 0.2
    and work_share > 0.9
    and sum(p.numel() for p in CNN().parameters()) == 121_930,
    {
        "convolutions: share of the weights": weight_share,
        "convolutions: share of the multiplications": work_share,
    },
)
Diagram(cnn, test_x[:5].to(device), depth=2, title="The classic classifier")

# %% [markdown]
# By hand, for gray pictures of 28 x 28:
# - convolution 1: 32 filters of $3 \cdot 3 \cdot 1$ weights and a bias, $32 \cdot 10 = 320$;
# - convolution 2: 64 filters of $3 \cdot 3 \cdot 32$ weights and a bias, $64 \cdot 289 = 18{,}496$, because a filter
#   reads *all* channels below;
# - dense 1: 64 maps of 5 x 5 are 1,600 numbers, and $64 \cdot 1{,}601 = 102{,}464$;
# - dense 2: $10 \cdot 65 = 650$. Together that is **121,930**.
#
# A filter's weights are used again at every position: convolution 1 does $288 \cdot 26 \cdot 26 = 194{,}688$
# multiplications. This is why the convolutions do most of the work.

# %% [markdown]
# ### Further: from LeNet-5 to ResNet
#
# | | year | layers | weights | error on ImageNet (top 5) | what was new |
# |---|---|---|---|---|---|
# | LeNet-5 | 1998 | 7 | 0.06 million | (digits: 0.95 %) | convolution, pooling and dense layers, trained as one |
# | AlexNet | 2012 | 8 | 60 million | 15.3 % | ReLU, dropout, two graphics cards, a million photographs |
# | VGG | 2014 | 16 to 19 | 138 million and more | 7.3 % | only 3x3 windows, stacked |
# | Inception (GoogLeNet) | 2014 | 22 | 7 million | 6.7 % | 1x1 convolutions to save work, global average pooling |
# | ResNet | 2015 | up to 152 | 60 million | 3.6 % | layers that add to their input |
#
# (As submitted to the yearly challenge, mostly as ensembles. Layers are those with weights; LeNet-5's count includes
# its two subsampling layers, which learn two numbers for each map.)
#
# Two of these ideas are in every modern network. A **1x1 convolution** looks at one pixel and all its channels: a
# dense layer, the same at every pixel. It reduces many channels to few before an expensive 3x3 window. **Global
# average pooling** takes the mean of each map: 64 maps of 5 x 5 become 64 numbers, not 1,600.
#
# In LeNet-5 (LeCun et al. 1998), each filter of the third layer reads only some of the maps below, in a pattern
# chosen by hand.

# %% fold="Draw the connections of LeNet-5"
from labkit.cnn.lenet import LeNet5

lenet = LeNet5()
parts = {
    "C1": lenet.c1,
    "S2": lenet.s2,
    "C3": lenet.c3,
    "S4": lenet.s4,
    "C5": lenet.c5,
    "F6": lenet.f6,
}
own = {name: layer.weights() if layer is lenet.c3 else sum(p.numel() for p in layer.parameters())
       for name, layer in parts.items()}  # fmt: skip
print(
    "weights:",
    " + ".join(f"{name} {number:,}" for name, number in own.items()),
    f"= {sum(own.values()):,}",
)
heatmap(lenet.c3.connections.int().T, [f"S2 map {i}" for i in range(6)], [str(i) for i in range(16)],
        "LeNet-5: which maps each filter of C3 reads (1: reads)", ("reads from", "filter of C3"))  # fmt: skip

# %% [markdown]
# ## 4. Why it works: five questions
#
# ### Why share the weights?
#
# The first layer of the classic network computes 32 maps of 26 x 26 numbers. **Predict**: how many weights would it
# need if each of these numbers had weights of its own, for the whole picture (*dense*) or for its window (*local*)?

# %% fold="Count the weights of a first layer"
outputs, window = 32 * (size - 2) ** 2, 9 * channels
heads = {
    "dense": outputs * (channels * size**2 + 1),
    "local": outputs * (window + 1),
    "local and shared": 32 * (window + 1),
}
figure, axes = plt.subplots(figsize=(7.2, 2.0))
axes.barh(list(heads), heads.values(), color=COLOR["blue"], height=0.6)
for place, number in enumerate(heads.values()):
    axes.text(number * 1.2, place, f"{number:,}", va="center")
axes.grid(visible=False, axis="y")
axes.set(xscale="log", xlim=(100, 5e8), xlabel="weights (logarithmic)")
axes.set_title("Weights of a first layer with 32 maps")
axes.invert_yaxis()
plt.show()
claim(
    "locality saves a factor of more than 50, and sharing a factor of several hundred",
    heads["dense"] > 50 * heads["local"]
    and heads["local"] > 500 * heads["local and shared"],
    {
        "dense over local": heads["dense"] / heads["local"],
        "local over shared": heads["local"] / heads["local and shared"],
    },
)

# %% [markdown]
# Few weights are not the only gain. Every position of every picture trains the same 320 numbers: to a filter, one
# digit is 676 examples.
#
# ### What does sharing guarantee?
#
# If the same window looks everywhere, then a picture that moves gives maps that move by as much, and nothing else
# changes. This is **equivariance**: $f(Tx) = T f(x)$ for every shift $T$. (Where the stride is 2, a shift of 2 pixels
# moves the map by 1.) **Predict** for untrained layers: for which of convolution, max pooling and a dense layer does
# it hold? We arrange the outputs of the dense layer as maps, and measure the difference of the two sides relative to
# the size of the maps.

# %% fold="Measure equivariance"
from labkit.cnn.equivariance import equivariance_error, invariance_error

torch.manual_seed(seed)
frame = F.pad(test_x[:64] - empty, (4, 4, 4, 4)).cpu()  # room to move in; black is zero
convolution = nn.Conv2d(channels, 8, 3, padding=1)
dense = nn.Sequential(
    nn.Flatten(),
    nn.Linear(channels * (size + 8) ** 2, 8 * 81),
    nn.Unflatten(1, (8, 9, 9)),
)
with torch.no_grad():
    errors = {
        "convolution, moved by 3": equivariance_error(
            convolution, frame, right=3, border=4
        ),
        "max pooling, moved by 2": equivariance_error(
            nn.MaxPool2d(2), frame, right=2, jump=2, border=2
        ),
        "dense, moved by 4": equivariance_error(
            dense, frame, right=4, jump=4, border=1
        ),
    }
claim(
    "a convolution is equivariant; so is pooling, for shifts by its stride; a dense layer is not",
    errors["convolution, moved by 3"] < 1e-6
    and errors["max pooling, moved by 2"] < 1e-6
    and errors["dense, moved by 4"] > 0.3,
    {f"{name}: relative difference": value for name, value in errors.items()},
)
bars(errors, "Difference between f(Tx) and T f(x)", "relative difference")

# %% [markdown]
# Nothing was trained here: equivariance follows from the construction. (It holds away from the border. A padded window
# at the edge sees the frame, so the border was left out above.)
#
# ### Why pool?
#
# Equivariance says that the maps *move*. But the answer "this is a seven" should **stay**: this is **invariance**.
# Somewhere on the way to the answer, the network must give up the position. A pooling window over the whole map gives
# it up completely.
#
# Two small networks have the same convolutions. One ends as the classic network does, with dense layers on all
# numbers of all maps. The other takes the *maximum of each map* first. Both are trained on centered digits and tested
# on moved ones, which neither has seen. **Predict** both curves.


# %%
class EverywhereNet(nn.Module):
    """The convolutions of a small CNN, the maximum of each map, one linear layer."""

    def __init__(self):
        super().__init__()
        self.features = CNN(classes, channels, size, filters=(16, 32)).features
        self.out = nn.Linear(32, classes)

    def forward(self, x):
        maps = self.features(x)  # (b, 32, 5, 5)
        return self.out(maps.amax(dim=(2, 3)))  # (b, 32) to (b, 10)


# %% fold="Train both, and move the test digits" result=true
torch.manual_seed(seed)
with_dense, everywhere = (
    CNN(classes, channels, size, filters=(16, 32)).to(device),
    EverywhereNet().to(device),
)
train(with_dense, train_x, train_y, lesson.pick(standard=250, quick=8), rate=4e-3)
train(everywhere, train_x, train_y, lesson.pick(standard=300, quick=8), rate=8e-3)
against_shift["convolutions, dense layer"] = [
    accuracy_moved(with_dense, right) for right in shifts
]
against_shift["convolutions, maximum"] = [
    accuracy_moved(everywhere, right) for right in shifts
]
kept = ("MLP", "convolutions, dense layer", "convolutions, maximum")
digits_claim(
    "convolutions alone do not make a network invariant; with the maximum of each map it reads digits at positions "
    "where it has never seen one",
    against_shift["convolutions, maximum"][4] > 0.75
    and against_shift["convolutions, dense layer"][4] < 0.5
    and against_shift["MLP"][4] < 0.35,
    {
        f"{name}, moved by {pixels}: accuracy": against_shift[name][pixels]
        for name in kept
        for pixels in (0, 4)
    },
)
curves({name: (shifts, against_shift[name]) for name in kept}, "Trained on centered digits, tested on moved ones",
       "pixels moved to the side", "test accuracy")  # fmt: skip

# %% [markdown]
# So the sentence "CNNs are translation invariant" is not quite right. Convolutions are *equi*variant. How *in*variant
# a network is depends on its pooling. The dense layers of the classic network have weights of their own for every
# position, so they depend on the position again.

# %% [markdown]
# ### Further: pooling without training
#
# How much of the output changes when the picture moves by one pixel? We measure untrained maps after pooling windows
# of several sizes.

# %% fold="Measure how much pooling forgets"
with torch.no_grad():
    changes = {
        "maps": invariance_error(lambda x: convolution(x).relu(), frame, 0, 1),
        "after pooling 2": invariance_error(
            lambda x: F.max_pool2d(convolution(x).relu(), 2), frame, 0, 1
        ),
        "after pooling 4": invariance_error(
            lambda x: F.max_pool2d(convolution(x).relu(), 4), frame, 0, 1
        ),
        "after pooling 8": invariance_error(
            lambda x: F.max_pool2d(convolution(x).relu(), 8), frame, 0, 1
        ),
        "after pooling all": invariance_error(
            lambda x: convolution(x).relu().amax(dim=(2, 3)), frame, 0, 1
        ),
    }
claim(
    "the wider the pooling, the less a shift changes; pooled over everything, nothing changes",
    all(
        a > b
        for a, b in zip(
            list(changes.values())[:-1], list(changes.values())[1:], strict=True
        )
    )
    and changes["after pooling all"] < 1e-5,
    {f"{name}: relative change": value for name, value in changes.items()},
)
bars(changes, "Change when the picture moves by one pixel", "relative change")

# %% [markdown]
# ### Why stack small windows?
#
# Call one number of a map a **unit**. A unit of the second layer looks at 3 x 3 units of the first, and each of these
# looks at 3 x 3 pixels. So it depends on 5 x 5 pixels: this is its **receptive field** $r$. The **jump** $j$ is how
# many pixels apart the fields of two neighboring units are. At the input, both are 1. A window of $k$ with stride $s$
# changes them to
#
# $$r \leftarrow r + (k - 1)\, j, \qquad j \leftarrow s\, j$$
#
# The window spans $k$ units, so $k - 1$ gaps of $j$ pixels each. Take a pooling of 2 with stride 2, then
# a window of 3. After pooling, $r = 1 + 1 \cdot 1 = 2$ and $j = 2$. After the window, $r = 2 + 2 \cdot 2 = 6$ and $j = 2$.
#
# ### Exercise 3. Output size and receptive field
#
# Follow three numbers through a stack of windows, along one axis: the size of the output, the receptive field and the
# jump.


# %% name="arithmetic" exercise="cnn.arithmetic"
@exercise("cnn.arithmetic")
def sizes_through(size, windows):
    """Output size, receptive field and jump, along one axis.

    size: the pixels of the input. windows: a list of (kernel, stride, padding).
    Returns three integers.

    Example: size 28 and windows [(2, 2, 0), (3, 1, 0)] give 12, 6, 2.
    """
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
stages = {
    "convolution 1": (3, 1, 0), "pooling 1": (2, 2, 0),
    "convolution 2": (3, 1, 0), "pooling 2": (2, 2, 0),
}  # fmt: skip
windows = []
for name, window in stages.items():
    windows.append(window)
    units, field, jump = sizes_through(size, windows)
    print(f"{name:15s} {units:3d} units, field {field:2d} pixels, jump {jump}")

# %% [markdown]
# Two stacked 3x3 layers see what one 5x5 layer sees, with $2 \cdot 9 = 18$ weights for each pair of channels instead
# of 25, and with a ReLU in between. That was the argument of VGG (Simonyan and Zisserman 2014).

# %% [markdown]
# ### Further: the effective receptive field
#
# Not every pixel of the receptive field counts alike. From a pixel in the middle, many paths lead to the unit; from a
# corner, only one. We stack ten layers of 3x3 windows and measure by the gradient how strongly the middle unit
# responds to each pixel (Luo et al. 2016).

# %% fold="Measure what one unit responds to"
from labkit.cnn.features import pixel_weights
from labkit.cnn.receptive_field import receptive_field

torch.manual_seed(seed)
depth, side = 10, 41
stack = nn.Sequential(
    *(
        layer
        for _ in range(depth)
        for layer in (nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
    )
)
stack = nn.Sequential(nn.Conv2d(1, 8, 1), *stack)
for layer in stack:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
weights = sum(
    pixel_weights(
        stack,
        torch.randn(1, 1, side, side),
        str(2 * depth - 1),
        channel,
        side // 2,
        side // 2,
    )
    for channel in range(8)
    for _ in range(4)
)
_, reach, _ = receptive_field(side, [(3, 1, 1)] * depth)
middle, half = side // 2, reach // 4
inner = (
    weights[middle - half : middle + half + 1, middle - half : middle + half + 1].sum()
    / weights.sum()
)

figure, axes = plt.subplots(figsize=(5.2, 4.0))
picture_of_weights = axes.imshow((weights / weights.max()).sqrt(), cmap="viridis")
for half_width, color in ((reach / 2, COLOR["orange"]), (half + 0.5, "white")):
    corner = (middle - half_width, middle - half_width)
    axes.add_patch(
        plt.Rectangle(
            corner,
            2 * half_width,
            2 * half_width,
            fill=False,
            edgecolor=color,
            linewidth=2,
        )
    )
axes.set(
    title=f"Response of one unit; orange: its field, {reach} x {reach}",
    xlabel="column",
    ylabel="row",
)
axes.title.set_fontsize(10)
axes.grid(visible=False)
figure.colorbar(picture_of_weights, label="square root of the gradient's size")
plt.show()
claim(
    "the receptive field grows with depth as the arithmetic says, but its middle has most of the weight",
    reach == 2 * depth + 1 and weights[0].sum() == 0 and inner > 0.6,
    {
        "receptive field in pixels": reach,
        "share of the gradient in the white square": inner,
        "share of the pixels in the white square": (2 * half + 1) ** 2 / reach**2,
    },
)

# %% [markdown]
# ### Why not just go deeper?
#
# Deeper networks have larger fields and more steps from strokes to shapes. But around 2015, networks of more than some
# twenty layers ended with a **higher** *training* loss than shallower ones. This is not overfitting. A deeper network
# could copy the shallower one and leave the other layers idle, but training does not find this solution.
#
# He et al. (2015) changed one thing. They let every pair of layers **add** its result to its input:
#
# $$x_{l+1} = \mathrm{ReLU}\big(x_l + F(x_l)\big)$$
#
# Here $x_l$ is the input of block $l$, and $F$ is convolution, norm, ReLU, convolution, norm. To leave its input as it
# is, such a **residual block** needs only $F = 0$. The input's way around $F$ is called the **shortcut**. Where $F$
# changes the number of channels or the size, the shortcut has a 1x1 convolution with the same stride, and a norm. A
# **plain** network is the same without shortcuts.
#
# We train plain and residual networks of 8, 20 and 38 layers on the digits at their own 8 x 8 pixels, with the same
# filters, steps, learning rate and batch norm. **Predict**: which of the six training losses ends lowest, and which
# highest?

# %% fold="Train six networks of three depths" result=true
from labkit.cnn.resnet import ResNet, cifar_resnet
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck, PlainBlock
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
    few = lesson.pick(standard=150, quick=3)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4
    )
    batches = minibatches(32, small_x, small_y, seed=seed)
    run = fit(
        lambda batch: F.cross_entropy(model(batch[0]), batch[1]),
        batches,
        optimizer,
        few,
        linear(0, few),
    )
    return run.losses


def smoothed(losses):
    """Steps, and the mean of the last 20 losses at each."""
    window = min(20, len(losses))
    means = torch.tensor(losses).unfold(0, window, 1).mean(dim=1)
    return range(window, window + len(means)), means


depths = {8: 1, 20: 3, 38: 6}
losses = {
    (kind, layers): training_losses(block, blocks)
    for kind, block in KINDS.items()
    for layers, blocks in depths.items()
}
figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.3), sharey=True)
for place, kind in zip(axes, KINDS, strict=True):
    for layers, color in zip(depths, ("sky", "blue", "vermilion"), strict=True):
        place.plot(
            *smoothed(losses[kind, layers]),
            color=COLOR[color],
            label=f"{layers} layers",
        )
    place.set(
        title=f"{kind.capitalize()} networks", xlabel="step (mean of 20)", yscale="log"
    )
axes[0].set_ylabel("training loss in nats")
axes[0].legend()
plt.show()
final = {name: sum(values[-20:]) / len(values[-20:]) for name, values in losses.items()}
claim(
    "depth: at 38 layers the plain network trains far worse than at 8; the residual one improves at 20 and does not "
    "degrade at 38",
    final["plain", 38] > 2.5 * final["plain", 8]
    and final["residual", 20] < 0.8 * final["residual", 8]
    and final["residual", 38] < 1.1 * final["residual", 8],
    {
        f"{kind}, {layers} layers: mean of the last 20 losses": value
        for (kind, layers), value in final.items()
    },
    only_in="standard",
)

# %% [markdown]
# In the standard run, the plain network of 38 layers ends highest by far. The residual networks of 20 and 38 layers end
# lowest, about equal: more depth does not help here, but it does no harm.

# %% [markdown]
# ### Further: why deep plain networks are hard to train
#
# The usual answer is "the gradient vanishes". We measure it in fresh networks, at the output of every block. We also
# measure how similar the gradients are that two *nearly equal* pictures ask for, one of them with a little noise.

# %% fold="Measure gradients in fresh networks" result=true
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
        return torch.autograd.grad(
            F.cross_entropy(model(pictures), small_y[:128]), pictures
        )[0].flatten(1)

    near = small_x[:128] + noise * torch.randn(128, 1, 8, 8, device=device)
    return F.cosine_similarity(gradient(small_x[:128]), gradient(near)).mean().item()


flows, alike = {}, {}
for kind, block in KINDS.items():
    found = {}
    for layers, blocks in depths.items():
        fresh = []
        for trial in range(lesson.pick(standard=2, quick=1)):
            torch.manual_seed(seed + trial)
            fresh.append(
                cifar_resnet(blocks, channels=1, width=8, block=block).to(device)
            )
        found[layers] = average(agreement(model) for model in fresh)
        flows[kind] = gradients_by_block(fresh[0])
    alike[kind] = list(found.values())
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.3))
for kind, color in (("plain", "vermilion"), ("residual", "blue")):
    left.semilogy(flows[kind], color=COLOR[color], label=kind)
    right.plot(list(depths), alike[kind], color=COLOR[color], marker="o", label=kind)
left.set(
    title="Gradient at each block (38 layers)",
    xlabel="block, from the input",
    ylabel="norm of the gradient",
)
left.set_xticks(range(0, 19, 3))
right.set_xticks(list(depths))
right.set(title="Similarity of two gradients", xlabel="layers", ylabel="cosine")
left.legend()
plt.show()
growth = {kind: sizes[0] / sizes[-1] for kind, sizes in flows.items()}
claim(
    "with batch norm the plain network's gradient does not vanish: it grows on its way back, over four times as much as "
    "the residual network's, and nearly equal pictures ask for less similar gradients",
    growth["plain"] > 4 * growth["residual"]
    and alike["residual"][-1] > alike["plain"][-1] + 0.04,
    {
        f"{kind}: gradient at the first block over the last": value
        for kind, value in growth.items()
    }
    | {f"{kind}: cosine at 38 layers": values[-1] for kind, values in alike.items()},
)

# %% [markdown]
# So the usual answer needs a correction. *Without* normalization, gradients vanish or explode with depth; batch norm
# (Hour 1) keeps the maps at unit size. But in a plain network the gradient still grows from block to block on its way
# back. Worse, it is *shattered*: for two pictures that you could not tell apart, it points in unrelated directions
# (Balduzzi et al. 2017). A step that helps one is noise for the other. The shortcut keeps a path on which this does
# not happen.

# %% [markdown]
# ### Further: the bottleneck
#
# With many channels, 3x3 windows are expensive: their cost grows with the *square* of the channels. A **bottleneck**
# block goes from $4f$ channels to $f$ by a 1x1 convolution, applies 3x3 there, and returns by 1x1. It has
# $4f \cdot f + 9 f \cdot f + f \cdot 4f = 17 f^2$ weights, where two 3x3 layers on $4f$ channels have $2 \cdot 9 \cdot 16 f^2 =
# 288 f^2$. This made ResNet-50, -101 and -152 affordable.

# %% fold="Count a bottleneck"
from labkit.cnn.resnet import resnet18, resnet50

filters = 64
wide, narrow = BasicBlock(4 * filters, 4 * filters), Bottleneck(4 * filters, filters)
cost = {
    name: sum(p.numel() for p in block.parameters() if p.ndim == 4)
    for name, block in (
        ("two 3x3 on 256 channels", wide),
        ("bottleneck, 256 to 64 and back", narrow),
    )
}
big = {}
with torch.device("meta"):  # shapes without numbers: enough to count
    photograph, networks = (
        torch.zeros(1, 3, 224, 224),
        {"ResNet-18": resnet18(), "ResNet-50": resnet50()},
    )
for name, model in networks.items():
    rows = summary(model, photograph)
    big[name] = (
        sum(p.numel() for p in model.parameters()) / 1e6,
        sum(row.multiply_adds for row in rows) / 1e9,
    )
claim(
    "a bottleneck has a seventeenth of the weights, so ResNet-50 costs little more than twice what ResNet-18 does",
    list(cost.values()) == [288 * filters**2, 17 * filters**2]
    and 1.9 < big["ResNet-50"][1] / big["ResNet-18"][1] < 2.5
    and 2 < big["ResNet-50"][0] / big["ResNet-18"][0] < 2.5,
    {f"{name}: weights": value for name, value in cost.items()}
    | {
        f"{name}: {what}": value
        for name, values in big.items()
        for what, value in zip(
            ("million weights", "billion multiplications a photograph"),
            values,
            strict=True,
        )
    },
)

# %% [markdown]
# ## 5. Build it: a bug hunt, and the whole network
#
# ### Exercise 4. Bug hunt: the residual block
#
# The function below has a bug that was once published in a much-used collection of networks. The figure compares
# networks with this bug and correct ones. On the left, the training loss (20 layers) does not reveal the bug. On the
# right you see a symptom, in fresh networks of 38 layers: the share of positive inputs that a block makes *smaller*.
# (Only blocks that keep the shape are compared.)


# %% fold="Draw the symptom" result=true
class PublishedBlock(BasicBlock):
    """The block with the bug."""

    def forward(self, x):
        y = self.norm1(self.conv1(x)).relu()
        y = self.norm2(self.conv2(y)).relu()
        return (y + self.shortcut(x)).relu()


@torch.no_grad()
def shares_made_smaller(block):
    """For each block that keeps the shape, the share of positive inputs that it makes smaller."""
    torch.manual_seed(seed)
    model, shares = cifar_resnet(6, channels=1, width=8, block=block).to(device), []
    maps = model.stem(small_x[:128])
    for layer in (layer for stage in model.stages for layer in stage):
        before, maps = maps, layer(maps)
        if before.shape == maps.shape:
            shares.append((maps < before)[before > 0].float().mean().item())
    return shares


versions = {"correct": (BasicBlock, "blue", losses["residual", 20]),
            "with the bug": (PublishedBlock, "vermilion", training_losses(PublishedBlock, 3))}  # fmt: skip
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.3))
made_smaller = {}
for name, (block, color, curve) in versions.items():
    left.plot(*smoothed(curve), color=COLOR[color], label=name)
    made_smaller[name] = shares_made_smaller(block)
    right.plot(
        made_smaller[name], color=COLOR[color], marker="o", markersize=4, label=name
    )
left.set(
    title="Training loss",
    xlabel="step (mean of 20)",
    ylabel="cross-entropy in nats",
    yscale="log",
)
left.legend()
right.set(
    title="Inputs that each block makes smaller",
    xlabel="block that keeps the shape",
    ylabel="share of positive inputs",
    ylim=(-0.03, 1),
)
right.legend()
plt.show()
claim(
    "with the bug, no block ever makes a number smaller",
    max(made_smaller["with the bug"]) == 0 and min(made_smaller["correct"]) > 0.05,
    {
        f"{name}: smallest and largest share made smaller": f"{min(of):.3f}, {max(of):.3f}"
        for name, of in made_smaller.items()
    },
)

# %% [markdown]
# Find the bug and mend it. (`F.batch_norm(y, None, None, training=True)` is the batch norm of Hour 1 without learned
# scale and shift.)


# %% name="residual" exercise="cnn.residual"
@exercise("cnn.residual")
def residual(x, weight1, weight2, projection=None, stride=1):
    """A residual block: ReLU(x + F(x)).

    x: (b, c, h, w). weight1: (o, c, 3, 3). weight2: (o, o, 3, 3).
    projection: (o, c, 1, 1), or None where x has the shape of F(x).
    Returns (b, o, y, x).

    Example: if weight2 is all zeros, then F(x) is 0, and
    x [[[[-1., 2.], [3., -4.]]]] gives [[[[0., 2.], [3., 0.]]]].
    """

    ### BEGIN BUG
    def norm(y):
        return F.batch_norm(y, None, None, training=True)

    y = F.relu(norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    y = F.relu(norm(F.conv2d(y, weight2, padding=1)))
    if projection is not None:
        x = norm(F.conv2d(x, projection, stride=stride))
    return F.relu(x + y)

    ### END BUG
    ### BEGIN SOLUTION
    def norm(y):
        return F.batch_norm(y, None, None, training=True)

    y = F.relu(norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    y = norm(F.conv2d(y, weight2, padding=1))
    if projection is not None:
        x = norm(F.conv2d(x, projection, stride=stride))
    return F.relu(x + y)
    ### END SOLUTION


# %% checks="cnn.residual"
score("cnn.residual")

# %% [markdown]
# <details><summary>Where this bug was published</summary>
#
# It was published in pytorch-cifar, from which thousands learned the ResNet. In 2017 its block had a ReLU before the
# sum, and the author later removed it as a typo (issue 4). With it, $F$ is never negative, so a block can only add. At
# 20 layers you do not notice. At 110 layers, He et al. (2016, *Identity mappings*) measured a test error of 7.84 %
# with it on CIFAR-10, against 6.61 % without.
# </details>
#
# ### From the pieces to the network
#
# The functions of the exercises are all that the network needs. Here they compute the logits of the classic
# classifier, with its weights:

# %%
conv1, conv2 = cnn.features[0], cnn.features[3]
dense1, dense2 = cnn.classifier[1], cnn.classifier[3]
pictures = test_x[:8].to(device)
with torch.no_grad():
    maps = max_pool(
        convolve(pictures, conv1.weight, conv1.bias), 2
    ).relu()  # (8, 32, 13, 13)
    maps = max_pool(convolve(maps, conv2.weight, conv2.bias), 2).relu()  # (8, 64, 5, 5)
    logits = dense2(dense1(maps.flatten(1)).relu())  # (8, 10)

# %% fold="Claim: the pieces make labkit's models"
with torch.no_grad():
    block, maps = BasicBlock(4, 8, stride=2).train(), torch.randn(2, 4, 8, 8)
    whole = residual(
        maps, block.conv1.weight, block.conv2.weight, block.shortcut[0].weight, stride=2
    )
    differences = {
        "classic network: largest difference of a logit": (logits - cnn(pictures))
        .abs()
        .max(),
        "residual block: largest difference": (whole - block(maps)).abs().max(),
    }
claim(
    "the functions of the exercises compute what labkit's models do",
    max(differences.values()) < 1e-3,
    differences,
)

# %% [markdown]
# ## 6. Train it
#
# Back to the problem. Every training digit is now moved to one random position, up to 4 pixels in each direction, and
# so are the test digits. No digit is shown at two positions, so a model must learn strokes independently of their
# position.
#
# | choice | value | why |
# |---|---|---|
# | network | the classic one, 121,930 weights | you have counted it |
# | pixels | minus their mean, over their standard deviation | with raw pixels, from 0 to 1, it learned half as fast in trials |
# | optimizer | Adam, 3e-3, warm-up of ten steps, then down to 0 | 1e-3, 2e-3 and 4e-3 were worse in trials |
# | batch size, steps | 32, 500 | twelve epochs, in seconds |
#
# The MLP of equal size gets the same steps, and then four times as many, because its steps are cheap. **Predict**:
# does one of the two reach the CNN's accuracy?


# %% fold="Move every digit once"
def at_random_positions(x, reach=4, salt=0):
    """Each picture moved by its own random number of pixels, up to `reach` in each direction."""
    draw = torch.Generator().manual_seed(seed + salt)
    ways = torch.randint(-reach, reach + 1, (len(x), 2), generator=draw).tolist()
    return torch.cat(
        [moved(picture[None], *way) for picture, way in zip(x, ways, strict=True)]
    )


placed_x = at_random_positions(train_x)
copies = lesson.pick(standard=4, quick=1)
placed_test = torch.cat(
    [at_random_positions(test_x, salt=1 + copy) for copy in range(copies)]
)
placed_test_y = test_y.repeat(copies)
show_pictures(
    placed_x[:6],
    [f"a {images.names[label]}" for label in train_y[:6]],
    "Training pictures, each at a position of its own",
)

# %% fold="Train the CNN" result=true
long = lesson.pick(standard=500, quick=12)
history = train(
    cnn, placed_x, train_y, long, rate=3e-3, title="CNN on digits at random positions"
)
print(f"last training loss {history.losses[-1]:.3f}")

# %% fold="Train the MLPs, and compare" result=true
torch.manual_seed(seed)
rivals = {
    "MLP, same steps": new_mlp().to(device),
    "MLP, 4 times the steps": new_mlp().to(device),
}
train(rivals["MLP, same steps"], placed_x, train_y, long, rate=3e-3)
train(rivals["MLP, 4 times the steps"], placed_x, train_y, 4 * long, rate=3e-3)
nearest = KNeighborsClassifier(1).fit(placed_x.flatten(1).numpy(), train_y.numpy())
scores = {
    "nearest neighbor": nearest.score(
        placed_test.flatten(1).numpy(), placed_test_y.numpy()
    )
}
scores |= {
    name: accuracy(model, placed_test, placed_test_y) for name, model in rivals.items()
}
scores["CNN"] = accuracy(cnn, placed_test, placed_test_y)
digits_claim(
    "weight sharing: on digits at random positions the CNN beats an MLP with as many weights",
    scores["CNN"] > scores["MLP, same steps"] + 0.04
    and scores["CNN"] > scores["MLP, 4 times the steps"] + 0.02,
    {f"{name}: test accuracy": value for name, value in scores.items()},
)
bars(scores, "Test digits at random positions", "test accuracy")

# %% [markdown]
# In the standard run neither MLP reaches it: the CNN errs on 6 % of the digits, the MLPs on 11 % and 10 %. More steps
# hardly help: an MLP sees each stroke at one position only. A filter of the CNN is trained at all positions at once,
# so it learns a stroke wherever it appears.
#
# ## 7. Look inside
#
# The explorer shows the trained network. Choose a layer at the top and a map in the middle. Point at a unit on the
# right, or move with the arrow keys: the orange frame is its receptive field. With the focus on the picture, the
# arrows move the picture; with "draw" you write a digit yourself. The maps of a convolution are shown *before* the
# ReLU, so that you can check the sum under the pointer.

# %% fold="Open the feature explorer" result=true
from labkit.cnn.features import feature_maps, pixel_weights
from labkit.cnn.receptive_field import Field
from labkit.show.features.data import PICTURE, FeatureLayer
from labkit.show.features.explorer import FeatureExplorer

names = ["features.0", "features.2", "features.3", "features.5"]
titles = ["convolution 1", "pooling 1 + ReLU", "convolution 2", "pooling 2 + ReLU"]
arithmetic = [
    {"filters": conv1.weight, "bias": conv1.bias, "source": PICTURE},
    {},
    {"filters": conv2.weight, "bias": conv2.bias, "source": 1},
    {},
]
fields, field = [], Field()
for window in stages.values():
    field = field.through(*window)
    fields.append((field.size, field.jump, field.start))
shown = [
    FeatureLayer(title, seen, **more)
    for title, seen, more in zip(titles, fields, arithmetic, strict=True)
]


def as_batch(picture):
    return torch.tensor(picture, device=device)[None]


def look(picture):
    with torch.no_grad():
        found = feature_maps(cnn.eval(), as_batch(picture), names)
    return [found[name][0] for name in names]


def classify(picture):
    with torch.no_grad():
        return cnn.eval()(as_batch(picture)).softmax(dim=-1)[0]


def weigh(picture, layer, channel, row, column):
    return pixel_weights(cnn, as_batch(picture), names[layer], channel, row, column)


chosen = {
    f"a {images.names[label]}": test_x[test_y == label][0] for label in (3, 4, 5, 8)
}
strongest = (
    look(next(iter(chosen.values())).numpy())[0]
    .flatten(1)
    .max(dim=1)
    .values.argmax()
    .item()
)
FeatureExplorer(
    chosen, shown, look, classify, images.names, weigh, unit=(0, strongest, 8, 12)
)

# %% [markdown]
# **Find by hand** (the answers are about the standard run):
# 1. *Convolution 1.* Find a map that responds to horizontal strokes, and one that responds to vertical strokes. How
#    do their kernels differ?
#    <details><summary>Answer</summary>A kernel responds to horizontal strokes if its rows differ: large positive weights in one row, small or negative ones in the next. For vertical strokes, its columns differ. These are learned versions of the edge kernel of part 3.</details>
# 2. *Move the picture* by one pixel, then by a second. By how much do the maps of convolution 1 move, and those of
#    pooling 1?
#    <details><summary>Answer</summary>Convolution 1 moves by one unit each time. Pooling 1 has a jump of 2: after two pixels its maps have moved by exactly one unit, and in between they change their numbers.</details>
# 3. *Move it on* until the answer changes. How far does the network hold?
#    <details><summary>Answer</summary>It depends on the digit; most hold for 5 or 6 pixels. Training moved the digits by up to 4. Part 8 draws the curve for all test digits.</details>
# 4. *Convolution 2*, with "show what the unit weighs". Choose another picture: why does the overlay change, although
#    the weights are the same?
#    <details><summary>Answer</summary>The overlay is the gradient of the unit with respect to the pixels. ReLU and max pooling let only some paths through, and which ones depends on the picture.</details>

# %% [markdown]
# ## 8. Strengths, weaknesses, cost
#
# **Strength: few weights, used everywhere**, so few examples are needed. Part 6 measured that.
#
# **Weakness: it fails outside its training data.** The CNN of part 6 was trained on digits up to 4 pixels off the
# center. We move the test digits further.

# %% fold="Move the test digits further" result=true
far = lesson.pick(standard=(0, 2, 3, 4, 5, 6, 7, 8, 9), quick=(0, 3, 8))
beyond = {name: [accuracy_moved(model, right) for right in far] for name, model in
          (("CNN", cnn), ("MLP, 4 times the steps", rivals["MLP, 4 times the steps"]))}  # fmt: skip
digits_claim(
    "within the shifts of its training the CNN holds; four pixels beyond them it fails like the MLP",
    min(beyond["CNN"][:3]) > 0.85
    and max(values[far.index(8)] for values in beyond.values()) < 0.6,
    {
        f"{name}, moved by {right}: accuracy": values[far.index(right)]
        for name, values in beyond.items()
        for right in (0, 3, 8)
    },
)
figure = curves({name: (far, values) for name, values in beyond.items()},
                "Trained on digits up to 4 pixels off the center", "pixels moved to the side", "test accuracy")  # fmt: skip
figure.axes[0].axvspan(0, 4, color=COLOR["sky"], alpha=0.2)
figure.axes[0].text(0.1, 0.3, "as in training", fontsize=9, color=COLOR["gray"])
figure

# %% [markdown]
# **Weakness: it can be fooled on purpose.** The gradient also says how to change *the picture* so that the loss
# rises. One small step in every pixel, in the direction of the gradient's sign, is called an **adversarial** step
# (Goodfellow et al. 2015). We compare it with a step of the same size and random signs.

# %%
strength = (0.1 / spread).item()  # 10 % of the range from black to white


def adversarial(model, pictures, labels):
    pictures = pictures.to(device).requires_grad_()
    loss = F.cross_entropy(model.eval()(pictures), labels.to(device))
    (gradient,) = torch.autograd.grad(loss, pictures)
    return (pictures + strength * gradient.sign()).detach().cpu()


# %% fold="Fool the CNN" result=true
sample_x, sample_y = placed_test[:300], placed_test_y[:300]
attacked = adversarial(cnn, sample_x, sample_y)
at_random = (
    sample_x
    + strength
    * torch.randn(sample_x.shape, generator=torch.Generator().manual_seed(seed)).sign()
)
fooled = {"unchanged": accuracy(cnn, sample_x, sample_y), "random step": accuracy(cnn, at_random, sample_y),
          "adversarial step": accuracy(cnn, attacked, sample_y)}  # fmt: skip
with torch.no_grad():
    said = cnn(attacked[:6].to(device)).argmax(dim=-1)
show_pictures(attacked[:6], [f"a {images.names[label]}, classified as {images.names[guess]}"
              for label, guess in zip(sample_y[:6], said, strict=True)], "After one adversarial step")  # fmt: skip
digits_claim(
    "an adversarial step of 10 % of the range in every pixel fools the CNN, and a random step of that size does not",
    fooled["adversarial step"] < 0.4
    and fooled["random step"] > fooled["unchanged"] - 0.15,
    {f"{name}: accuracy": value for name, value in fooled.items()},
)

# %% [markdown]
# **Cost.** The multiplications of a convolution are its weights times its positions: twice the height and width means
# four times the work. In training, the maps of a whole batch are kept for the backward pass, and soon take far more
# memory than the weights.
#
# ## 9. In practice
#
# Professionals call `torch.nn.Conv2d`, whose code is tuned for each processor. It gives the numbers of exercise 1:

# %% fold="Compare with torch"
from labkit.cnn.convolution import conv2d

x, weight, bias = torch.randn(2, 3, 9, 9), torch.randn(4, 3, 3, 3), torch.randn(4)
by_torch = F.conv2d(x, weight, bias, stride=2, padding=1)
claim(
    "torch's convolution gives the same numbers",
    all(
        (f(x, weight, bias, 2, 1) - by_torch).abs().max() < 1e-4
        for f in (convolve, conv2d)
    ),
    {
        "exercise 1: largest difference": (convolve(x, weight, bias, 2, 1) - by_torch)
        .abs()
        .max(),
        "labkit's conv2d: largest difference": (
            conv2d(x, weight, bias, 2, 1) - by_torch
        )
        .abs()
        .max(),
    },
)

# %% [markdown]
# Whole networks come from a library, usually with weights trained on millions of photographs (Hour 11). CNNs serve in
# medical imaging, quality control, satellites, cars and phone cameras. With much data, vision Transformers (Hour 10)
# have caught up; with little data or a small chip, convolutions are still a strong choice.

# %% [markdown]
# ### Further: a library's ResNet, and variants
#
# Here is Hugging Face's ResNet with random weights, saved in the published format and loaded into labkit's.

# %% fold="Load a library's weights" result=true
import importlib.util
import tempfile

from labkit.cnn.resnet_weights import resnet_weights

if lesson.profile == "quick" or importlib.util.find_spec("transformers") is None:
    print("Not run here: it takes the transformers library, and the standard profile.")
else:
    from transformers.utils.logging import disable_progress_bar

    from transformers import ResNetConfig, ResNetForImageClassification

    disable_progress_bar()

    config = ResNetConfig(
        embedding_size=16, hidden_sizes=[64, 128], depths=[2, 2], num_labels=10
    )
    theirs, photographs = (
        ResNetForImageClassification(config).eval(),
        torch.randn(4, 3, 64, 64),
    )
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        theirs.save_pretrained(folder)
        ours = resnet_weights(
            ResNet(Bottleneck, (2, 2), width=16, classes=10), folder
        ).eval()
        difference = (ours(photographs) - theirs(photographs).logits).abs().max()
    claim(
        "with the same weights, the ResNet of transformers and labkit's give the same logits",
        difference < 1e-4,
        {"largest difference": difference},
    )

# %% [markdown]
# | variant | what it changes |
# |---|---|
# | ResNeXt (Xie et al. 2017) | *groups*: each 3x3 window sees only its own slice of the channels, so more of them fit |
# | MobileNet (Howard et al. 2017) | *depthwise separable*: one group for each channel, then 1x1: an eighth of the work |
# | dilated (Yu and Koltun 2016) | windows with gaps: a larger field at the same cost and resolution, for segmentation |
# | DenseNet (Huang et al. 2017) | concatenates results instead of adding them |
# | ConvNeXt (Liu et al. 2022) | a ResNet with choices from Transformers: 7x7 depthwise windows, layer norm, GELU |
# | U-Net (Ronneberger et al. 2015) | down and up again with shortcuts across: the output is a picture (Hour 17) |

# %% [markdown]
# ## 10. Responsibility
#
# **What does it rely on?** We train a network on four shapes, each filled with a texture of its own: disks with rows,
# squares with columns, and so on. Then we test it on shapes with the texture of *another* shape. You would go by the
# outline. **Predict**: what does the network go by?

# %% fold="Shapes with the wrong texture" result=true
from labkit.data.patterns import SHAPES, patterns

learned = patterns(lesson.pick(standard=1000, quick=100), seed=seed)
torn = patterns(lesson.pick(standard=400, quick=40), agree=False, seed=seed + 1)
torch.manual_seed(seed)
beholder = CNN(classes=4, filters=(8, 16)).to(device)
train(
    beholder,
    learned.pictures,
    learned.shapes,
    lesson.pick(standard=120, quick=5),
    rate=3e-3,
)
with torch.no_grad():
    goes_by = beholder.eval()(torn.pictures.to(device)).argmax(dim=-1).cpu()
by_texture, by_shape = (
    (goes_by == cue).float().mean().item() for cue in (torn.textures, torn.shapes)
)
figure, axes = plt.subplots(1, 5, figsize=(9.6, 2.7))
for place, picture, shape, texture, guess in zip(
    axes, torn.pictures, torn.shapes, torn.textures, goes_by, strict=False
):
    place.imshow(picture[0], cmap="gray")
    place.set_title(
        f"a {SHAPES[shape]}, filled\nlike a {SHAPES[texture]}: it\npredicts {SHAPES[guess]}",
        fontsize=9,
        loc="center",
    )
    place.axis("off")
figure.suptitle(
    "Outline or texture?", fontsize=11, fontweight="bold", x=0.01, ha="left"
)
plt.show()
claim(
    "where outline and texture disagree, the network goes by the texture",
    by_texture > 0.8 and by_shape < 0.15,
    {
        "share of predictions by texture": by_texture,
        "share of predictions by outline": by_shape,
    },
    only_in="standard",
)

# %% [markdown]
# Both cues were perfect in training, and the network relied on the local one. Networks trained on ImageNet do the
# same: they classify a cat with the skin of an elephant as an elephant (Geirhos et al. 2019). A test set from the same
# source does not show this.
#
# - **Measure by group.** Commercial systems that classified gender from faces erred on at most 0.8 % of
#   lighter-skinned men, and on up to 34.7 % of darker-skinned women (Buolamwini and Gebru 2018). The average looked
#   fine.
# - **Ask where pictures and labels come from.** ImageNet's pictures came from the web without consent. Its own
#   authors later judged more than half of its 2,832 categories of people unsafe (Yang et al. 2020).
# - **Decide what it is for.** The same network counts cells and follows faces in a crowd.
#
# ## 11. Check yourself
#
# <details><summary>1. A layer has 64 filters of 5x5 on 32 channels. How many weights does it have? How many if the picture is twice as large?</summary>
#
# 64 · (5 · 5 · 32 + 1) = 51,264, and the same for any picture: only the work grows.
# </details>
#
# <details><summary>2. Which padding keeps the size under a window of 7 with stride 1?</summary>
#
# 3 on each side: (7 − 1) / 2.
# </details>
#
# <details><summary>3. Are convolutional networks invariant to shifts?</summary>
#
# Convolutions are equivariant: maps move with the picture. Invariance comes from pooling. It is complete only if the
# pooling covers all positions.
# </details>
#
# <details><summary>4. A 56-layer plain network has a higher test error than one with 20 layers. Is this overfitting?</summary>
#
# Look at the training loss first. If it is higher too, the deeper network is not overfitting: training does not find
# a solution that the network could represent.
# </details>
#
# <details><summary>5. Why is there no ReLU between F(x) and the sum?</summary>
#
# $F$ could then only add, never subtract, and the numbers would grow from block to block.
# </details>
#
# <details><summary>6. Why does a 3x3 filter of the second layer in the classic network have 289 numbers?</summary>
#
# It reads all 32 maps below: 3 · 3 · 32 = 288 weights, and one bias.
# </details>

# %%
score_so_far()

# %% [markdown]
# ### Further: papers to read
#
# LeCun et al. 1998, https://doi.org/10.1109/5.726791. Krizhevsky et al. 2012 (AlexNet),
# https://doi.org/10.1145/3065386. Simonyan and Zisserman 2014 (VGG), https://arxiv.org/abs/1409.1556. Szegedy et al.
# 2014 (Inception), https://arxiv.org/abs/1409.4842. He et al. 2015 (ResNet), https://arxiv.org/abs/1512.03385, and
# 2016 (identity mappings), https://arxiv.org/abs/1603.05027. Luo et al. 2016, https://arxiv.org/abs/1701.04128.
# Balduzzi et al. 2017, https://arxiv.org/abs/1702.08591. Geirhos et al. 2019, https://arxiv.org/abs/1811.12231.
# Goodfellow et al. 2015, https://arxiv.org/abs/1412.6572. Buolamwini and Gebru 2018,
# https://proceedings.mlr.press/v81/buolamwini18a.html.
#
# **Next**: Hour 3 turns to sequences, where weights are shared over time instead of space.
