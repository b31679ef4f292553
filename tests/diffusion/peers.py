"""The U-Net of diffusers with labkit's weights, and its schedulers set up as labkit's walks."""

import torch
from torch import nn

from labkit.diffusion.schedules import betas
from labkit.diffusion.unet import UNet
from labkit.diffusion.unet_blocks import Stage


def diffusers_unet(ours: UNet, size: int) -> nn.Module:
    """The UNet2DModel of diffusers with the same layout, on the folded image, with the weights of ours."""
    from diffusers import UNet2DModel

    channels = tuple(stage.block.conv2.out_channels for stage in ours.down)
    heads = ours.middle[0].attention.attention.heads
    plain = len(channels) - 1
    peer = UNet2DModel(
        sample_size=size // ours.patch,
        in_channels=ours.enter.in_channels,
        out_channels=ours.enter.in_channels,
        block_out_channels=channels,
        layers_per_block=1,
        down_block_types=("DownBlock2D",) * plain + ("AttnDownBlock2D",),
        up_block_types=("AttnUpBlock2D",) + ("UpBlock2D",) * plain,
        norm_num_groups=ours.norm.num_groups,
        attention_head_dim=channels[-1] // heads,
        num_class_embeds=ours.embed.classes + 1 if ours.embed.classes else None,
    )
    copy_weights(ours, peer)
    return peer


@torch.no_grad()
def copy_weights(ours: UNet, peer: nn.Module) -> None:
    """Part by part; what is left over on either side is an error of `load_state_dict` or shows in the numbers."""
    peer.conv_in.load_state_dict(ours.enter.state_dict())
    peer.time_embedding.linear_1.load_state_dict(ours.embed.layers[0].state_dict())
    peer.time_embedding.linear_2.load_state_dict(ours.embed.layers[2].state_dict())
    if ours.embed.table is not None:
        peer.class_embedding.load_state_dict(ours.embed.table.state_dict())
    for level, stage in enumerate(ours.down):
        _copy_stage(stage, peer.down_blocks[level], 0)
        if level < len(ours.halves):
            peer.down_blocks[level].downsamplers[0].conv.load_state_dict(ours.halves[level].state_dict())
    for place, stage in enumerate(ours.middle):
        _copy_stage(stage, peer.mid_block, place)
    for place, stage in enumerate(ours.up):
        _copy_stage(stage, peer.up_blocks[place // 2], place % 2)
    for level, double in enumerate(ours.doubles):
        peer.up_blocks[level].upsamplers[0].load_state_dict(double.state_dict())
    peer.conv_norm_out.load_state_dict(ours.norm.state_dict())
    peer.conv_out.load_state_dict(ours.leave.state_dict())


def _copy_stage(stage: Stage, block: nn.Module, place: int) -> None:
    ours, theirs = stage.block, block.resnets[place]
    pairs = [("norm1", "norm1"), ("conv1", "conv1"), ("step", "time_emb_proj"), ("norm2", "norm2"), ("conv2", "conv2")]
    if not isinstance(ours.skip, nn.Identity):
        pairs.append(("skip", "conv_shortcut"))
    for mine, name in pairs:
        getattr(theirs, name).load_state_dict(getattr(ours, mine).state_dict())
    if stage.attention is not None:
        attention, peer = stage.attention.attention, block.attentions[place]
        peer.group_norm.load_state_dict(stage.attention.norm.state_dict())
        for mine, theirs in ((attention.query, peer.to_q), (attention.key, peer.to_k), (attention.value, peer.to_v)):
            theirs.load_state_dict(mine.state_dict())
        peer.to_out[0].load_state_dict(attention.out.state_dict())


def scheduler(kind: str, kept: torch.Tensor, count: int, clip: bool = False):
    """The "DDPMScheduler" or "DDIMScheduler" of diffusers on our schedule, with `count` stops."""
    import diffusers

    made = getattr(diffusers, kind)(
        num_train_timesteps=len(kept),
        trained_betas=betas(kept.double()).numpy(),
        timestep_spacing="trailing",
        clip_sample=clip,
    )
    made.set_timesteps(count)
    made.alphas_cumprod = kept  # theirs to more digits, so that only the steps are compared
    made.one = made.final_alpha_cumprod = torch.ones((), dtype=kept.dtype)
    return made
