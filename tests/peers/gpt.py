"""Transformers' GPT-2 with the weights of ours."""

import torch
from torch import nn

from labkit.transformers.gpt import GPT


@torch.no_grad()
def transformers_gpt2(ours: GPT, dropout: float = 0.0, attention: str = "sdpa") -> nn.Module:
    """The library's model, filled by hand: it holds linear layers transposed, and query, key and value in one."""
    from transformers import GPT2Config, GPT2LMHeadModel

    tokens, width = ours.table.weight.shape
    config = GPT2Config(
        vocab_size=tokens,
        n_positions=ours.length,
        n_embd=width,
        n_layer=len(ours.blocks),
        n_head=ours.blocks[0].attention.heads,
        resid_pdrop=dropout,
        embd_pdrop=dropout,
        attn_pdrop=0.0,
        bos_token_id=None,
        eos_token_id=None,
        attn_implementation=attention,
    )
    peer = GPT2LMHeadModel(config).eval()
    body = peer.transformer
    body.wte.weight.copy_(ours.table.weight)
    body.wpe.weight.copy_(ours.positions.table)
    body.ln_f.load_state_dict(ours.norm.state_dict())
    for block, theirs in zip(ours.blocks, body.h, strict=True):
        one = block.attention
        theirs.ln_1.load_state_dict(block.residuals[0].norm.state_dict())
        theirs.ln_2.load_state_dict(block.residuals[1].norm.state_dict())
        theirs.attn.c_attn.weight.copy_(torch.cat([one.query.weight, one.key.weight, one.value.weight]).T)
        theirs.attn.c_attn.bias.copy_(torch.cat([one.query.bias, one.key.bias, one.value.bias]))
        for layer, conv in (
            (one.out, theirs.attn.c_proj),
            (block.feed_forward[0], theirs.mlp.c_fc),
            (block.feed_forward[2], theirs.mlp.c_proj),
        ):
            conv.weight.copy_(layer.weight.T)
            conv.bias.copy_(layer.bias)
    return peer
