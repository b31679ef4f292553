import math

import pytest
import torch

from labkit.nn.positions import LearnedPositions, Rotary, SinusoidalPositions, frequencies, sinusoidal


def test_sinusoidal_is_the_formula():
    table = sinusoidal(50, 8)
    for p, i in [(0, 0), (1, 0), (7, 1), (49, 3)]:
        angle = p / 10_000 ** (2 * i / 8)
        assert table[p, 2 * i] == pytest.approx(math.sin(angle), abs=1e-6)
        assert table[p, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-6)


@pytest.mark.parametrize("shift", [1, 5, 13])
def test_a_shift_is_one_rotation_for_all_positions(shift):
    """PE(p + shift) is a linear map of PE(p) that does not depend on p."""
    table, angle = sinusoidal(60, 8).double(), shift * frequencies(8)
    turn = torch.block_diag(*[torch.tensor([[a.cos(), a.sin()], [-a.sin(), a.cos()]]) for a in angle])
    torch.testing.assert_close(table[:40] @ turn.T, table[shift : shift + 40], atol=1e-5, rtol=0)


def test_positions_are_added_from_the_start_given():
    x = torch.randn(2, 5, 8)
    fixed, learned = SinusoidalPositions(8, 20), LearnedPositions(8, 20)
    torch.testing.assert_close(fixed(x, start=3) - x, sinusoidal(20, 8)[3:8].expand(2, 5, 8))
    torch.testing.assert_close(learned(x, start=3) - x, learned.table[3:8].expand(2, 5, 8))
    assert not list(fixed.parameters())
    assert [p.shape for p in learned.parameters()] == [(20, 8)]


def test_rotary_is_multiplication_by_a_complex_phase():
    rotary, x = Rotary(6, 30), torch.randn(2, 3, 9, 6)
    phase = torch.polar(torch.ones(9, 3, dtype=torch.double), torch.arange(4, 13)[:, None] * frequencies(6))
    z = torch.view_as_complex(x.double().view(2, 3, 9, 3, 2)) * phase
    torch.testing.assert_close(rotary(x, start=4), torch.view_as_real(z).flatten(-2).float())


def test_rotary_matches_transformers_gpt_j():
    from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb

    x = torch.randn(2, 9, 3, 6)  # theirs: batch, position, head, width
    angle = torch.arange(9)[:, None] * frequencies(6).float()
    theirs = apply_rotary_pos_emb(x, angle.sin().expand(2, 9, 3), angle.cos().expand(2, 9, 3))
    torch.testing.assert_close(Rotary(6)(x.transpose(1, 2)).transpose(1, 2), theirs)


def test_rotary_keeps_lengths_and_scores_see_the_distance_alone():
    rotary, q, k = Rotary(8), torch.randn(8), torch.randn(8)
    turned_q, turned_k = rotary(q.expand(40, 8)), rotary(k.expand(40, 8))
    torch.testing.assert_close(turned_q.norm(dim=-1), q.norm().expand(40))
    scores = turned_q @ turned_k.T
    for distance in (-7, 0, 4):
        diagonal = scores.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    assert (scores.diagonal(0)[0] - scores.diagonal(4)[0]).abs() > 1e-3


@pytest.mark.parametrize("make", [SinusoidalPositions, LearnedPositions, Rotary])
def test_the_end_of_the_table_is_an_error(make):
    with pytest.raises(ValueError, match="positions up to 21 asked for, but the table ends at 20"):
        make(8, 20)(torch.randn(1, 5, 8), start=16)


@pytest.mark.parametrize("make", [lambda: sinusoidal(4, 7), lambda: Rotary(3)])
def test_an_odd_width_is_an_error(make):
    with pytest.raises(ValueError, match="width must be even"):
        make()
