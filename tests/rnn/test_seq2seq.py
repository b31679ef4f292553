import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from labkit.data.translation import reversal
from labkit.data.vocabulary import END, START
from labkit.nn.decoding import Writer, beam_search, greedy
from labkit.rnn.attentive import BahdanauSeq2Seq, LuongSeq2Seq
from labkit.rnn.seq2seq import Reader, Seq2Seq
from peers.recurrent import TorchSeq2Seq

TOKENS = 12
every_translator = pytest.mark.parametrize("kind", [Seq2Seq, BahdanauSeq2Seq, LuongSeq2Seq])


def sentences():
    source, target = torch.randint(4, TOKENS, (3, 7)), torch.randint(4, TOKENS, (3, 5))
    source[0, 5:], source[2, 2:] = 0, 0
    target[:, 0] = START
    return source, target


def test_matches_torch():
    """An encoder-decoder of torch's parts, packed, with the same weights: logits and gradients."""
    ours, (source, target) = Seq2Seq(TOKENS, TOKENS, 8), sentences()
    peer = TorchSeq2Seq(ours)
    logits, theirs = ours(source, target), peer(source, target)
    torch.testing.assert_close(logits, theirs)
    weights = list(ours.parameters())
    mixture = torch.randn_like(logits)
    found = torch.autograd.grad((logits * mixture).sum(), weights)
    torch.testing.assert_close(found, torch.autograd.grad((theirs * mixture).sum(), weights))


def test_the_reader_matches_torchs_packed_gru():
    reader, (source, _) = Reader(TOKENS, 8, both_ways=True), sentences()
    peer = nn.GRU(8, 4, batch_first=True, bidirectional=True)
    state = dict(reader.forth.state_dict())
    peer.load_state_dict(state | {f"{name}_reverse": weight for name, weight in reader.back.state_dict().items()})
    lengths = (source != 0).sum(dim=1)
    packed = pack_padded_sequence(reader.table(source), lengths, batch_first=True, enforce_sorted=False)
    theirs, ends = peer(packed)
    theirs, _ = pad_packed_sequence(theirs, batch_first=True)
    memory, end = reader(source)
    torch.testing.assert_close(memory[source != 0], theirs[source != 0])
    torch.testing.assert_close(end, ends[1])


@every_translator
def test_padding_changes_nothing(kind):
    model, (source, target) = kind(TOKENS, TOKENS, 8), sentences()
    logits = model(source, target)
    torch.testing.assert_close(model(source[2:, :2], target[2:]), logits[2:])
    torch.testing.assert_close(model(F.pad(source, (0, 4)), target), logits)


@every_translator
def test_the_future_is_not_seen(kind):
    model, (source, target) = kind(TOKENS, TOKENS, 8), sentences()
    changed = target.clone()
    changed[:, 3:] = 9
    torch.testing.assert_close(model(source, changed)[:, :3], model(source, target)[:, :3])


@every_translator
def test_writing_step_by_step_is_the_whole_pass(kind):
    model, (source, target) = kind(TOKENS, TOKENS, 8), sentences()
    writer = model.start(source)
    assert isinstance(writer, Writer)
    steps = [writer.step(target[:, t]) for t in range(target.shape[1])]
    torch.testing.assert_close(torch.stack(steps, dim=1), model(source, target))


@every_translator
def test_rows_can_be_selected_while_writing(kind):
    model, (source, target) = kind(TOKENS, TOKENS, 8), sentences()
    rows = torch.tensor([2, 0, 0, 1])
    writer = model.start(source)
    writer.step(target[:, 0])
    writer.select(rows)
    torch.testing.assert_close(writer.step(target[rows, 1]), model(source, target)[rows, 1])


@every_translator
def test_beam_search_scores_are_the_models_own(kind):
    model, (source, _) = kind(TOKENS, TOKENS, 8), sentences()
    written, scores = beam_search(model.start(source), 3, 6, START, END, beams=3, penalty=0.0)
    for row in range(3):
        for beam in range(3):
            tokens = written[row, beam].tolist()
            tokens = tokens[: tokens.index(END) + 1] if END in tokens else tokens
            log_p = model(source[row : row + 1], torch.tensor([tokens[:-1]])).log_softmax(-1)[0]
            expected = sum(log_p[t, token].item() for t, token in enumerate(tokens[1:]))
            assert scores[row, beam].item() == pytest.approx(expected, abs=1e-4)


def test_all_that_is_read_goes_through_one_vector():
    """Whatever the source's length, the writer knows as many numbers as the model is wide."""
    model = Seq2Seq(TOKENS, TOKENS, 8)
    for length in (1, 30):
        assert model.start(torch.randint(4, TOKENS, (2, length))).state.shape == (2, 8)


def test_bad_input_is_named_at_the_door():
    with pytest.raises(ValueError, match="an even number, not 7"):
        Reader(TOKENS, 7, both_ways=True)
    source, target = sentences()
    source[1] = 0
    with pytest.raises(ValueError, match="all padding"):
        Seq2Seq(TOKENS, TOKENS, 8)(source, target)


@pytest.mark.parametrize(("kind", "steps"), [(Seq2Seq, 150), (BahdanauSeq2Seq, 80), (LuongSeq2Seq, 80)])
def test_learns_to_reverse(kind, steps):
    torch.manual_seed(0)
    task = reversal(16, 1, shortest=3, longest=5)
    model = kind(len(task.source), len(task.target), 32)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    source, target = task.train
    for _ in range(steps):
        logits = model(source, target[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    written = greedy(model.start(source), 16, 6, START, END)
    for row, expected in zip(written, target, strict=True):
        assert task.target.decode(row) == task.target.decode(expected)
