"""What else in labkit would give an answer is out of reach too, in a real worker."""

import pytest

from labkit.course.grade.keeper.worker import Worker
from labkit.course.grade.marks.grading import grade

SHORTCUTS = {
    "transformer.positions": """
import torch
@exercise("transformer.positions")
def wave_table(length, width):
    from labkit.nn.positions import Rotary
    turn = Rotary(width, length)
    return torch.stack([turn.sin, turn.cos], dim=-1).flatten(1)
""",
    "transformer.multi_head": """
@exercise("transformer.multi_head")
def multi_head(query, key, value, heads, mask=None):
    import torch.nn.functional as F
    from labkit.nn.attention import merge_heads, split_heads
    q, k, v = (split_heads(x, heads) for x in (query, key, value))
    return merge_heads(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
""",
}


@pytest.mark.parametrize("id", SHORTCUTS)
def test_a_shortcut_through_labkit_scores_nothing(id: str):
    with Worker() as worker:
        marks, _ = grade(["from labkit.course.desk.exercise import exercise", SHORTCUTS[id]], 7, 3, worker)
    assert {mark.exercise: mark.points for mark in marks}[id] == 0
