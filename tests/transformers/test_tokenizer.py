"""Byte-pair encoding beside the `tokenizers` library: the same merges in the same order, the same numbers."""

import json
import math
import random
import time

import pytest
import torch

from labkit.data.pydoc_text import pydoc_text
from labkit.transformers.scoring import bits_per_byte
from labkit.transformers.tokenizer import END, BytePairEncoding, split_words

NASTY = (
    "Ünïcode — “quoted”\tx²  ½ Ⅷ 三 ٣x  _a_b \u00a0\u2028\r\n\n  don't I'LL we've   \x00\x1c\x85 \u0301e 🙂🙂  end  "
)


def peer(documents, tokens):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer, alphabet = Tokenizer(models.BPE()), pre_tokenizers.ByteLevel.alphabet()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=tokens, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def numbered_merges(tokenizer):
    model = json.loads(tokenizer.to_str())["model"]
    pairs = [pair if isinstance(pair, list) else pair.split(" ") for pair in model["merges"]]
    return [(model["vocab"][a], model["vocab"][b]) for a, b in pairs]


@pytest.fixture(scope="module")
def text():
    return pydoc_text()


@pytest.fixture(scope="module")
def trained(text):
    return BytePairEncoding.train(text.train, 1024)


def test_matches_tokenizers(text, trained):
    """300 kB of text: 767 merges, and every validation document, token by token."""
    theirs = peer(text.train, 1023)
    assert trained.merges == numbered_merges(theirs)
    assert len(trained.merges) == 767
    for document in [*text.validation, NASTY]:
        assert trained.encode(document) == theirs.encode(document).ids


@pytest.mark.parametrize("seed", range(10))
def test_ties_fall_as_in_tokenizers(seed):
    """Little text, many equal counts, and all merges down to pairs that occur once."""
    draw = random.Random(seed)
    letters = draw.choice(["ab", "aéß ", "a\n -", "xyz\x00~ÿ"])
    documents = ["".join(draw.choices(letters, k=60)) for _ in range(6)] + [NASTY]
    ours, theirs = BytePairEncoding.train(documents, 5000), peer(documents, 5000)
    assert ours.merges == numbered_merges(theirs)
    assert len(ours) == 257 + len(ours.merges) < 5000
    fresh = "".join(draw.choices(letters, k=200))
    assert ours.encode(fresh) == theirs.encode(fresh).ids


def test_words_are_those_of_tokenizers():
    from tokenizers import pre_tokenizers

    level, draw = pre_tokenizers.ByteLevel(add_prefix_space=False), random.Random(0)
    pieces = [*NASTY, *" \n'aZ09_-", "'s", "'ll", "'LL", "  ", "\u3000", "\u1680", "\x1f", "\u0300", "Å", "\ufeff"]
    for text in [NASTY, "", *("".join(draw.choices(pieces, k=30)) for _ in range(500))]:
        cuts = [span for _, span in level.pre_tokenize_str(text)]
        assert split_words(text) == [text[start:end] for start, end in cuts]
        assert "".join(split_words(text)) == text


def test_any_bytes_there_and_back(trained):
    draw = random.Random(0)
    for data in [b"", bytes(range(256)), b"\xff\xfe\x80abc \xc3", *(draw.randbytes(200) for _ in range(20))]:
        assert trained.decode_bytes(trained.encode(data)) == data
    for text in (NASTY, "a" * 5000, " " * 100 + "x", "\U0010ffff"):
        assert trained.decode(trained.encode(text)) == text
        assert trained.encode(text.encode()) == trained.encode(text)


def test_every_token_stands_for_its_bytes(trained):
    assert trained.names[0] == b"!"
    assert sorted(trained.names[:256]) == [bytes([byte]) for byte in range(256)]
    for number in range(256, len(trained) - 1):
        a, b = trained.merges[number - 256]
        assert trained.decode_bytes([number]) == trained.decode_bytes([a, b])
    assert len(set(trained.names)) == len(trained.names)


def test_the_end_of_text_never_comes_from_text(trained):
    assert trained.end == len(trained) - 1 == 1023
    assert trained.end not in trained.encode(END)
    assert trained.decode([trained.end]) == END == trained.decode(trained.encode(END))
    row = trained.encode_documents(["one", "two"])
    assert row.dtype == torch.int64
    one, two = trained.encode("one"), trained.encode("two")
    assert row.tolist() == [1023, *one, 1023, *two, 1023]


def test_no_document_is_still_an_end(trained):
    assert trained.encode_documents([]).tolist() == [trained.end]


def test_cut_within_a_character(trained):
    assert trained.decode(trained.encode("🙂")[:-1]).endswith("\ufffd")


def test_a_long_word_is_quick(trained):
    start = time.process_time()
    trained.encode("ab" * 20_000)
    assert time.process_time() - start < 1.0


def test_training_is_quick(text):
    start = time.process_time()
    BytePairEncoding.train(text.train, 1257)
    assert time.process_time() - start < 3.0


@pytest.mark.parametrize("merges", [[(0, 256)], [(0, 1), (300, 1)], [(-1, 0)]])
def test_a_merge_of_what_is_not_yet_made_is_refused(merges):
    with pytest.raises(ValueError, match="one is not made before it"):
        BytePairEncoding(merges)


def test_bad_input(trained):
    with pytest.raises(ValueError, match="256 is too few"):
        BytePairEncoding.train(["text"], 256)
    for token in (-1, 1024):
        with pytest.raises(ValueError, match=f"there is no token {token}: they run from 0 to 1023"):
            trained.decode([token])


def test_halves_of_surrogate_pairs_become_the_replacement_sign(trained):
    assert (
        trained.decode(trained.encode("half \ud800, \udc80 and whole \ud83d\ude00"))
        == "half \ufffd, \ufffd and whole \U0001f600"
    )
    assert BytePairEncoding.train(["a \ud800"], 257).merges == []
    assert bits_per_byte([-math.log(2) * 8], ["\ud800"]) == pytest.approx(8 / 3)
