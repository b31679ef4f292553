"""Digits at 28 x 28, and the published formats of MNIST and CIFAR-10 on files of random bytes, served from here."""

import gzip
import hashlib
import io
import struct
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from labkit.data import images
from labkit.data.download import UnreachableError, fetch
from labkit.data.images import cifar10, digits, enlarge, load_images, mnist, read_idx

NOWHERE = ("http://127.0.0.1:9",)  # the port of a service that nobody runs


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder that a server on this machine gives out, with an empty cache beside it."""
    (tmp_path / "served").mkdir()
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "served"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path / "served", (*NOWHERE, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_digits_are_the_originals_in_a_frame():
    found = digits()
    small, labels = load_digits(return_X_y=True)
    pictures, classes = torch.cat([found.train[0], found.test[0]]), torch.cat([found.train[1], found.test[1]])
    assert pictures.shape == (1797, 1, 28, 28)
    assert torch.equal(classes.bincount(), torch.from_numpy(labels).bincount())
    assert pictures.min() == 0
    assert pictures.max() == 1
    assert pictures[:, :, [0, 1, -2, -1]].max() < 0.02, "a margin above and below"
    # Shrunk again they are the originals, each of them once.
    again = torch.nn.functional.interpolate(pictures[:, :, 4:24, 4:24], (8, 8), mode="area").flatten(1)
    distance = torch.cdist(again, torch.tensor(small / 16, dtype=torch.float32))
    found_labels = torch.from_numpy(labels)[distance.argmin(1)]
    assert len(distance.argmin(1).unique()) > 1750
    assert (found_labels == classes).float().mean() > 0.999


def test_the_test_digits_are_one_in_four_of_each_class_and_follow_the_seed():
    first, same, other = digits(seed=0), digits(seed=0), digits(seed=1)
    assert torch.equal(first.test[0], same.test[0])
    assert not torch.equal(first.test[1], other.test[1])
    share = first.test[1].bincount() / (first.test[1].bincount() + first.train[1].bincount())
    torch.testing.assert_close(share, torch.full((10,), 0.25), atol=0.005, rtol=0)


def test_enlarging_keeps_the_middle_in_the_middle_and_adds_no_ink():
    flat = enlarge(torch.ones(1, 1, 8, 8), 28, 4)
    torch.testing.assert_close(flat, flat.flip(-1))
    torch.testing.assert_close(flat, flat.mT)
    torch.testing.assert_close(flat[0, 0, 8:20, 8:20], torch.ones(12, 12))
    assert abs(flat.sum().item() - 400) < 8, "20 x 20 of 28 x 28 are ink"
    dot = torch.zeros(1, 1, 8, 8)
    dot[0, 0, 2, 5] = 1
    row, column = divmod(enlarge(dot, 28, 4).argmax().item(), 28)
    assert abs(row - (4 + 2.5 * 2.5)) <= 1
    assert abs(column - (4 + 5.5 * 2.5)) <= 1


def test_digits_without_a_frame_are_the_scan_itself():
    small = torch.tensor(load_digits().images, dtype=torch.float32) / 16
    found = digits(size=8, margin=0)
    assert torch.cdist(found.train[0].flatten(1), small.flatten(1)).min(1).values.max() < 1e-5


@pytest.mark.parametrize(("size", "margin"), [(15, 4), (28, 11), (28, -1)])
def test_a_frame_too_small_is_refused(size, margin):
    with pytest.raises(ValueError, match="no room for the 8 x 8 original"):
        digits(size, margin)


def write_idx(path: Path, values: np.ndarray) -> None:
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(header + values.tobytes()))


def test_mnist_from_a_mirror(mirror, monkeypatch):
    folder, mirrors = mirror
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (7, 28, 28)),
        rng.integers(0, 10, 7),
        rng.integers(0, 256, (3, 28, 28)),
        rng.integers(0, 10, 3),
    ]
    for name, values in zip(images.MNIST_FILES, arrays, strict=True):
        write_idx(folder / name, values.astype(np.uint8))
    monkeypatch.setattr(images, "MNIST_MIRRORS", mirrors)
    monkeypatch.setattr(images, "MNIST_FILES", {name: sha256(folder / name) for name in images.MNIST_FILES})
    found = mnist()
    for (pictures, labels), (values, numbers) in zip((found.train, found.test), (arrays[:2], arrays[2:]), strict=True):
        torch.testing.assert_close(pictures[:, 0], torch.from_numpy(values).float() / 255)
        assert labels.tolist() == numbers.tolist()
    for file in folder.iterdir():
        file.unlink()
    assert torch.equal(load_images("mnist").test[0], found.test[0]), "from the cache"


def test_cifar10_from_a_mirror(mirror, monkeypatch):
    folder, mirrors = mirror
    rng = np.random.default_rng(0)
    batches = {
        name: rng.integers(0, 256, (2, 3073)).astype(np.uint8)
        for name in ("data_batch_1", "data_batch_2", "test_batch")
    }
    with tarfile.open(folder / images.CIFAR_FILE, "w:gz") as archive:
        for name, rows in batches.items():
            rows[:, 0] %= 10
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = rows.nbytes
            archive.addfile(member, io.BytesIO(rows.tobytes()))
    monkeypatch.setattr(images, "CIFAR_MIRRORS", mirrors)
    monkeypatch.setattr(images, "CIFAR_SHA256", sha256(folder / images.CIFAR_FILE))
    found = cifar10()
    assert found.train[0].shape == (4, 3, 32, 32)
    row = batches["data_batch_2"][1]
    assert found.train[1][3] == row[0]
    assert found.train[0][3, 1, 2, 5] == row[1 + 1024 + 2 * 32 + 5] / 255, "green, third row, sixth column"
    assert found.test[1].tolist() == batches["test_batch"][:, 0].tolist()


def test_without_network_the_digits_serve_and_it_is_said(mirror, monkeypatch, capsys):
    monkeypatch.setattr(images, "MNIST_MIRRORS", NOWHERE)
    monkeypatch.setattr(images, "CIFAR_MIRRORS", NOWHERE)
    for name in ("mnist", "cifar10"):
        assert load_images(name).title == "digits"
        assert (
            "could not be downloaded (http://127.0.0.1:9: ConnectionError). Using scikit-learn's digits instead."
            in (capsys.readouterr().out)
        )
    with pytest.raises(UnreachableError):
        mnist()


def test_a_file_that_is_not_the_published_one_is_refused(mirror):
    folder, mirrors = mirror
    (folder / "file").write_bytes(b"<html>log in first</html>")
    with pytest.raises(UnreachableError, match="sent something else, perhaps a login page"):
        fetch("file", mirrors, "0" * 64)
    (folder / "file").write_bytes(gzip.compress(b"\1\2\3\4"))
    with pytest.raises(ValueError, match="file is not an IDX file"):
        read_idx(folder / "file")


def test_another_name_is_refused():
    with pytest.raises(
        ValueError, match=r"no images called 'imagenet': choose one of \['digits', 'mnist', 'cifar10'\]"
    ):
        load_images("imagenet")


def test_a_mirror_that_sends_another_page_is_passed_over(mirror):
    """A captive portal answers every request with its login page: the next mirror is asked."""
    folder, (_, here) = mirror
    (folder / "portal").mkdir()
    (folder / "portal" / "file").write_bytes(b"<html>log in first</html>")
    (folder / "file").write_bytes(b"published")
    found = fetch("file", (f"{here}/portal", here), sha256(folder / "file"))
    assert found.read_bytes() == b"published"
