"""Small pictures with their classes: scikit-learn's digits at 28 x 28, offline; MNIST and CIFAR-10 by download.

Axes: n and m pictures, c channels, h height, w width.
"""

import gzip
import struct
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from labkit.data.download import UnreachableError, fetch

MNIST_MIRRORS = ("https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist")
MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
CIFAR_MIRRORS = ("https://www.cs.toronto.edu/~kriz",)
CIFAR_FILE = "cifar-10-binary.tar.gz"
CIFAR_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
CIFAR_NAMES = "airplane automobile bird cat deer dog frog horse ship truck".split()
DIGIT_NAMES = [str(digit) for digit in range(10)]


@dataclass
class Images:
    """A set of pictures: values from 0 (black) to 1, classes as numbers, and the names of the classes."""

    title: str
    names: list[str]
    train: tuple[Float[Tensor, "n c h w"], Int[Tensor, " n"]]
    test: tuple[Float[Tensor, "m c h w"], Int[Tensor, " m"]]


def load_images(dataset: str = "digits", seed: int = 0) -> Images:
    """Return "digits", "mnist" or "cifar10". Where a download is not possible, say so and return the digits.

    Raises ValueError for another name.
    """
    loaders = {"digits": lambda: digits(seed=seed), "mnist": mnist, "cifar10": cifar10}
    if dataset not in loaders:
        raise ValueError(f"no images called {dataset!r}: choose one of {list(loaders)}")
    try:
        return loaders[dataset]()
    except UnreachableError as error:
        print(f"{error}. Using scikit-learn's digits instead.")
        return digits(seed=seed)


def digits(size: int = 28, margin: int = 4, seed: int = 0) -> Images:
    """Return the 1,797 handwritten digits of scikit-learn, enlarged; one in four of each class is kept for testing.

    The originals are 8 x 8 counts from 0 to 16, each the ink in a block of 4 x 4 pixels of a finer scan. They are
    enlarged smoothly to `size` - 2 `margin` (MNIST's own frame: 20 x 20 in 28 x 28), so no detail is added: the stroke
    is as soft as the scan. `seed` decides which digits are for testing. Source: Alpaydin and Kaynak 1998, UCI.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    if size - 2 * margin < 8 or margin < 0:
        raise ValueError(f"a frame of {size} with a margin of {margin} has no room for the 8 x 8 original")
    small, labels = load_digits(return_X_y=True)
    parts = train_test_split(small, labels, test_size=0.25, stratify=labels, random_state=seed)
    pictures = [torch.tensor(part / 16, dtype=torch.float32).view(-1, 1, 8, 8) for part in parts[:2]]
    train, test = (enlarge(part, size, margin) for part in pictures)
    return Images("digits", DIGIT_NAMES, (train, torch.tensor(parts[2])), (test, torch.tensor(parts[3])))


def enlarge(images: Float[Tensor, "n c small small"], size: int, margin: int) -> Float[Tensor, "n c {size} {size}"]:
    """Enlarge pictures smoothly (bicubic, kept within 0 and 1), with a black margin into which their edges fade."""
    n, c = images.shape[:2]
    scale = size / (size - 2 * margin)
    view = torch.tensor([[scale, 0.0, 0.0], [0.0, scale, 0.0]]).expand(n, 2, 3)  # what the frame sees of the picture
    grid = F.affine_grid(view, [n, c, size, size], align_corners=False)
    return F.grid_sample(images, grid, mode="bicubic", align_corners=False).clamp(0, 1)


def mnist() -> Images:
    """Return MNIST, 60,000 and 10,000 digits at 28 x 28. LeCun, Bottou, Bengio and Haffner 1998.

    Raises UnreachableError without network and cache.
    """
    paths = [fetch(name, MNIST_MIRRORS, sha256) for name, sha256 in MNIST_FILES.items()]
    train, train_labels, test, test_labels = map(read_idx, paths)
    return Images(
        "MNIST",
        DIGIT_NAMES,
        (as_pictures(train[:, None]), torch.from_numpy(train_labels).long()),
        (as_pictures(test[:, None]), torch.from_numpy(test_labels).long()),
    )


def cifar10() -> Images:
    """Return CIFAR-10, 50,000 and 10,000 color photographs at 32 x 32. Krizhevsky 2009.

    Raises UnreachableError without network and cache.
    """
    batches = read_cifar(fetch(CIFAR_FILE, CIFAR_MIRRORS, CIFAR_SHA256))
    test = batches.pop("test_batch")
    pictures, labels = (np.concatenate(parts) for parts in zip(*batches.values(), strict=True))
    return Images(
        "CIFAR-10",
        CIFAR_NAMES,
        (as_pictures(pictures), torch.from_numpy(labels).long()),
        (as_pictures(test[0]), torch.from_numpy(test[1]).long()),
    )


def as_pictures(values: UInt8[np.ndarray, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Bytes as numbers from 0 to 1."""
    return torch.from_numpy(values).float() / 255


def read_idx(path: Path) -> UInt8[np.ndarray, "..."]:
    """Read MNIST's own format: two zeros, a type (8: bytes), the number of axes, their sizes, the values.

    Raises ValueError if the file is something else.
    """
    with gzip.open(path) as file:
        zeros, kind, axes = struct.unpack(">HBB", file.read(4))
        if (zeros, kind) != (0, 8):
            raise ValueError(f"{path.name} is not an IDX file of bytes")
        shape = struct.unpack(f">{axes}I", file.read(4 * axes))
        return np.frombuffer(bytearray(file.read()), dtype=np.uint8).reshape(shape)


def read_cifar(path: Path) -> dict[str, tuple[UInt8[np.ndarray, "n 3 32 32"], UInt8[np.ndarray, " n"]]]:
    """Read CIFAR-10's binary format, batch by batch: a byte for the class, then 32 x 32 red, green and blue."""
    found = {}
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            name = Path(member.name)
            if name.suffix == ".bin":
                rows = np.frombuffer(archive.extractfile(member).read(), dtype=np.uint8).reshape(-1, 3073)
                pictures = rearrange(rows[:, 1:], "n (c h w) -> n c h w", c=3, h=32)
                found[name.stem] = (pictures.copy(), rows[:, 0].copy())
    return found
