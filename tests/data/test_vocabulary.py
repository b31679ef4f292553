import torch

from labkit.data.vocabulary import END, PADDING, START, UNKNOWN, Vocabulary


def test_there_and_back():
    words = Vocabulary(["b", "a", "b", "c"])
    numbers = words.encode([["a", "c"], ["b"], []])
    assert len(words) == 7
    assert numbers.tolist() == [[START, 4, 6, END], [START, 5, END, PADDING], [START, END, PADDING, PADDING]]
    assert [words.decode(row) for row in numbers] == [["a", "c"], ["b"], []]
    assert words.encode([["z"]]).tolist() == [[START, UNKNOWN, END]]


def test_nothing_after_the_end_counts():
    assert Vocabulary(["a"]).decode(torch.tensor([START, 4, END, 4])) == ["a"]


def test_no_sentences():
    assert Vocabulary(["a"]).encode([]).shape == (0, 0)
