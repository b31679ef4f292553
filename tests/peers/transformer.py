"""The libraries that labkit is proved against, given labkit's weights."""

import torch
from torch import nn

from labkit.nn.attention import MultiHeadAttention
from labkit.nn.blocks import PreNorm
from labkit.transformers.transformer import Transformer


@torch.no_grad()
def torch_attention(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    """The multi-head attention of torch with the weights of ours."""
    peer = nn.MultiheadAttention(ours.width, ours.heads, batch_first=True)
    _copy_attention(ours, peer)
    return peer


def _copy_attention(ours: MultiHeadAttention, peer: nn.MultiheadAttention) -> None:
    peer.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
    peer.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
    peer.out_proj.load_state_dict(ours.out.state_dict())


@torch.no_grad()
def torch_transformer(ours: Transformer, dropout: float = 0.0) -> nn.Transformer:
    """The encoder-decoder of torch, without embeddings and output layer, with the weights of ours."""
    first = ours.encoder.blocks[0]
    width, depth, pre_norm = first.attention.width, len(ours.encoder.blocks), isinstance(first.residuals[0], PreNorm)
    peer = nn.Transformer(
        width, first.attention.heads, depth, depth, 4 * width, dropout, batch_first=True, norm_first=pre_norm
    )
    for block, layer in zip(ours.encoder.blocks, peer.encoder.layers, strict=True):
        _copy_attention(block.attention, layer.self_attn)
        _copy_rest(block, layer, [layer.norm1, layer.norm2])
    for block, layer in zip(ours.decoder.blocks, peer.decoder.layers, strict=True):
        _copy_attention(block.attention, layer.self_attn)
        _copy_attention(block.cross_attention, layer.multihead_attn)
        _copy_rest(block, layer, [layer.norm1, layer.norm2, layer.norm3])
    for stack, peer_stack in ((ours.encoder, peer.encoder), (ours.decoder, peer.decoder)):
        if pre_norm:
            peer_stack.norm.load_state_dict(stack.norm.state_dict())
        else:
            peer_stack.norm = None  # the paper's post-norm has none at the end; torch adds one
    return peer


def _copy_rest(block: nn.Module, layer: nn.Module, norms: list[nn.LayerNorm]) -> None:
    for residual, norm in zip(block.residuals, norms, strict=True):
        norm.load_state_dict(residual.norm.state_dict())
    layer.linear1.load_state_dict(block.feed_forward[0].state_dict())
    layer.linear2.load_state_dict(block.feed_forward[2].state_dict())


class TorchTranslator(nn.Module):
    """The Transformer of torch between our embeddings and output layer: the same model, from the library's parts."""

    def __init__(self, ours: Transformer, dropout: float = 0.0):
        super().__init__()
        self.source, self.target, self.out = ours.source, ours.target, ours.out
        self.core = torch_transformer(ours, dropout)

    def forward(self, source, target):
        causal = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        read = self.core(
            self.source(source),
            self.target(target),
            tgt_mask=causal,
            src_key_padding_mask=source == 0,
            tgt_key_padding_mask=target == 0,
            memory_key_padding_mask=source == 0,
        )
        return self.out(read)


@torch.no_grad()
def marian(ours: Transformer, source_tokens: int, target_tokens: int, length: int = 64) -> nn.Module:
    """Transformers' MarianMT, a post-norm Transformer with sinusoidal positions, with the weights of ours."""
    from transformers import MarianConfig, MarianMTModel

    first = ours.encoder.blocks[0].attention
    sizes = {
        f"{side}_{what}": value
        for side in ("encoder", "decoder")
        for what, value in (
            ("layers", len(ours.encoder.blocks)),
            ("attention_heads", first.heads),
            ("ffn_dim", 4 * first.width),
        )
    }
    config = MarianConfig(
        vocab_size=source_tokens,
        decoder_vocab_size=target_tokens,
        d_model=first.width,
        max_position_embeddings=length,
        dropout=0.0,
        activation_function="relu",
        scale_embedding=True,
        share_encoder_decoder_embeddings=False,
        tie_word_embeddings=True,
        pad_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=1,
        forced_eos_token_id=None,
        attn_implementation="sdpa",
        **sizes,
    )
    peer = MarianMTModel(config).eval()
    peer.model.encoder.embed_tokens.weight.copy_(ours.source.table.weight)
    peer.model.decoder.embed_tokens.weight.copy_(ours.target.table.weight)
    peer.lm_head.weight.copy_(ours.target.table.weight)
    peer.final_logits_bias.copy_(ours.out.bias[None])
    for side, stack in (("encoder", ours.encoder), ("decoder", ours.decoder)):
        theirs = getattr(peer.model, side)
        theirs.embed_positions.weight.copy_(ours.source.positions.table[:length])
        for block, layer in zip(stack.blocks, theirs.layers, strict=True):
            _copy_marian(block, layer)
    return peer


def _copy_marian(block: nn.Module, layer: nn.Module) -> None:
    pairs = [(block.attention, layer.self_attn)]
    norms = [layer.self_attn_layer_norm]
    if hasattr(block, "cross_attention"):
        pairs.append((block.cross_attention, layer.encoder_attn))
        norms.append(layer.encoder_attn_layer_norm)
    norms.append(layer.final_layer_norm)
    for ours, theirs in pairs:
        for mine, name in (("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("out", "out_proj")):
            getattr(theirs, name).load_state_dict(getattr(ours, mine).state_dict())
    for residual, norm in zip(block.residuals, norms, strict=True):
        norm.load_state_dict(residual.norm.state_dict())
    layer.fc1.load_state_dict(block.feed_forward[0].state_dict())
    layer.fc2.load_state_dict(block.feed_forward[2].state_dict())
