"""Frames and arrays between child and grader: they come back as they were, and nothing else is taken for one."""

import json
import struct

import numpy as np
import pytest
import torch

from labkit.course.check.running import run_all
from labkit.course.check.spec import Case
from labkit.course.grade.wire.channel import HEAD, MARK, ChannelError, Reader, from_npy, read_text, to_npy, write
from labkit.course.grade.wire.parcel import Job, Parcel, pack, unpack

ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.arange(6, dtype=np.int8).reshape(3, 2).T,
    np.array(True),
    np.zeros((0, 3), np.float16),
    np.array([1 + 2j], np.complex64),
    np.array([np.nan, np.inf], np.float32),
    np.arange(3, dtype=">i4"),
]


@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_arrays_come_back_as_they_were(array: np.ndarray):
    back = from_npy(to_npy(array))
    assert back.dtype == array.dtype.newbyteorder("<")
    np.testing.assert_array_equal(back, array)
    assert back.flags.writeable


def npy(description: str, data: bytes = bytes(8)) -> bytes:
    text = description.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


GOOD = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04\x95",  # a pickle
        npy(GOOD)[:-1],
        npy(GOOD) + b"x",
        npy(GOOD).replace(b"\x01\x00", b"\x03\x00", 1),
        npy(GOOD.replace("<f8", "|O")),
        npy(GOOD.replace("<f8", "<f16")),
        npy(GOOD.replace("<f8", "<U2")),
        npy(GOOD.replace("<f8", "|V8")),
        npy(GOOD.replace("(1,)", "(10000000000, 10000000000)")),
        npy(GOOD.replace("(1,)", "(-1,)")),
        npy(GOOD.replace("(1,)", "(" + "1, " * 40 + ")")),
        npy(GOOD.replace("(1,)", "__import__('os').getpid(),")),
        npy(GOOD.replace("False", "None")),
        npy("(" * 5000),
    ],
)
def test_an_array_that_is_none_is_refused(data: bytes):
    with pytest.raises(ChannelError):
        from_npy(data)


def test_the_good_one_is_taken():
    assert from_npy(npy(GOOD)).shape == (1,)


TEXTS = ["", "{", "[" * 100_000, "[" * 20 + "]" * 20, '{"a":' * 30 + "1" + "}" * 30, "\xff", "1" * 5000]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_text_that_is_none_is_refused(text: str):
    with pytest.raises(ChannelError):
        read_text(text.encode("latin-1"))


def test_frames_come_in_any_pieces():
    data = b"".join(write({"n": n}, [np.full(n, n)]) for n in range(4))
    reader, frames = Reader(1000), []
    for i in range(0, len(data), 7):
        frames += reader.feed(data[i : i + 7])
    assert [frame.document["n"] for frame in frames] == [0, 1, 2, 3]
    assert [frame.arrays[0].tolist() for frame in frames] == [[], [1], [2, 2], [3, 3, 3]]


def framed(header: object, rest: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return HEAD.pack(MARK, len(text), len(rest)) + text + rest


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"labX",
        HEAD.pack(MARK, 2**31, 2**31),
        HEAD.pack(MARK, 999, 2),
        framed([]),
        framed({"document": 1}),
        framed({"document": 1, "arrays": [8]}),
        framed({"document": 1, "arrays": [-8, 8]}),
        framed({"document": 1, "arrays": [True]}, b"x"),
        framed({"document": 1, "arrays": ["8"]}),
    ],
)
def test_a_frame_that_is_none_is_refused(data: bytes):
    with pytest.raises(ChannelError):
        Reader(1000).feed(data)


def test_cases_of_every_kind_travel():
    layer = torch.nn.Linear(2, 2)
    args = {"x": torch.randn(3, 2), "n": 3, "t": (1, [2.5, "a", None]), "d": {1: np.arange(2)}, "s": np.float64(2)}
    case = Case("c", args, kwargs={"b": True}, gradients=("x", "weights"), init={"in_features": 2, "out_features": 2},
                weights=layer.state_dict(), seed=7, attributes=("bias",))  # fmt: skip
    half = Case("half", {"x": torch.ones(2, 2, dtype=torch.bfloat16).T, "i": torch.arange(3), "m": torch.tensor(True)})
    parcel = Parcel(
        ("a = 1",), (Job("x.y", ("f",), [case, half], 2.0),), ("m:f",), {"z": "m:g"}, {"x.y": ("f",)}, {"t": "torch"}
    )
    (frame,) = Reader(10**6, depth=100).feed(write(*pack(parcel)))
    back = unpack(frame)
    assert (back.cells, back.hidden, back.lent, back.jobs[0].names) == (parcel.cells, ("m:f",), {"z": "m:g"}, ("f",))
    one, two = back.jobs[0].cases
    assert (one.args["t"], one.kwargs, one.gradients, one.seed) == (args["t"], {"b": True}, case.gradients, 7)
    assert isinstance(one.args["d"][1], np.ndarray)
    assert (two.args["x"].dtype, two.args["m"].item(), two.weights) == (torch.bfloat16, True, None)
    plain = Case("c", {"x": args["x"]}, gradients=case.gradients, init=case.init, weights=case.weights)
    moved = Case("c", {"x": one.args["x"]}, gradients=one.gradients, init=one.init, weights=one.weights)
    (here,), (there,) = (run_all(torch.nn.Linear, [each], torch.device("cpu")) for each in (plain, moved))
    assert here.problem is None
    np.testing.assert_array_equal(here.results[""].values, there.results[""].values)


def test_a_case_that_cannot_be_written_down_is_the_authors_slip():
    with pytest.raises(TypeError, match="a case holds a Linear"):
        pack(Parcel((), (Job("x", (), [Case("c", {"x": torch.nn.Linear(1, 1)})], 1.0),), (), {}, {}, {}))
