"""GPT-2 as it was published: its weights, and its tokenizer, from files or by download."""

from pathlib import Path

import torch
from torch import Tensor, nn

from labkit.data.download import fetch
from labkit.data.safetensors import read_safetensors
from labkit.transformers.gpt import GPT
from labkit.transformers.tokenizer import NUMBER, VISIBLE, BytePairEncoding

MIRRORS = (
    "https://huggingface.co/openai-community/gpt2/resolve/main",
    "https://huggingface.co/openai-community/gpt2/resolve/607a30d783dfa663caf39e06633721c8d4cfcd7e",
)
WEIGHTS, WEIGHTS_SHA256 = "model.safetensors", "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707"
MERGES, MERGES_SHA256 = "merges.txt", "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"
OLDER = "pytorch_model.bin"


def gpt2_weights(model: GPT, source: str | Path = "gpt2") -> GPT:
    """Fill a model with published weights, and return it.

    `source` is "gpt2", the smallest, which is downloaded once (548 MB) and checked; or a file of any size in the
    published format, `model.safetensors` or `pytorch_model.bin`, or the folder that holds one. There, weights of linear
    layers stand transposed, and those of query, key and value side by side.
    Raises UnreachableError without network and cache, FileNotFoundError if there is no file, and ValueError where the
    weights are not those of such a model.
    Radford et al. 2019, https://github.com/openai/gpt-2
    """
    path = fetch(WEIGHTS, MIRRORS, WEIGHTS_SHA256) if source == "gpt2" else _in_folder(source, WEIGHTS, OLDER)
    found = read_safetensors(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    file = _Published({name.removeprefix("transformer."): value for name, value in found.items()})
    if file.depth != len(model.blocks):
        raise ValueError(f"{path.name} has {file.depth} blocks, the model {len(model.blocks)}: build it as deep")
    file.fill("wte.weight", model.table.weight)
    file.fill("wpe.weight", model.positions.table)
    file.fill_layer("ln_f", model.norm)
    for i, block in enumerate(model.blocks):
        file.fill_layer(f"h.{i}.ln_1", block.residuals[0].norm)
        file.fill_layer(f"h.{i}.attn.c_attn", block.attention.query, block.attention.key, block.attention.value)
        file.fill_layer(f"h.{i}.attn.c_proj", block.attention.out)
        file.fill_layer(f"h.{i}.ln_2", block.residuals[1].norm)
        file.fill_layer(f"h.{i}.mlp.c_fc", block.feed_forward[0])
        file.fill_layer(f"h.{i}.mlp.c_proj", block.feed_forward[2])
    return model


class _Published:
    """Weights by the names that they were published under."""

    def __init__(self, found: dict[str, Tensor]):
        self.found = found
        self.depth = len({name.split(".")[1] for name in found if name.startswith("h.")})

    def fill_layer(self, name: str, *layers: nn.Module) -> None:
        """Fill the weight and the bias of a norm, or of linear layers whose outputs stand side by side in the file."""
        self.fill(f"{name}.weight", *(layer.weight for layer in layers))
        self.fill(f"{name}.bias", *(layer.bias for layer in layers))

    @torch.no_grad()
    def fill(self, name: str, *parameters: nn.Parameter) -> None:
        """Copy a tensor, cut into as many parts as there are parameters. Raises ValueError where it does not fit."""
        if name not in self.found:
            raise ValueError(f"the file has no {name}: are these the weights of a GPT-2?")
        turned = ".c_" in name and name.endswith(".weight")  # linear layers stand as (in, out)
        parts = (self.found[name].T if turned else self.found[name]).chunk(len(parameters))
        for parameter, part in zip(parameters, parts, strict=True):
            if parameter.shape != part.shape:
                raise ValueError(
                    f"{name} makes {(*part.shape,)}, the model needs {(*parameter.shape,)}: is it as wide?"
                )
            parameter.copy_(part)


def gpt2_tokenizer(source: str | Path = "gpt2") -> BytePairEncoding:
    """The tokenizer of all sizes of GPT-2: by download, or from a `merges.txt`, or the folder that holds it."""
    path = fetch(MERGES, MIRRORS, MERGES_SHA256) if source == "gpt2" else _in_folder(source, MERGES)
    printed = {_printed(byte): NUMBER[byte] for byte in range(256)}  # how the file writes each byte
    numbers, merges = dict(printed), []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#version"):
            a, b = line.split(" ")
            merges.append((numbers[a], numbers[b]))
            numbers[a + b] = 255 + len(merges)
    return BytePairEncoding(merges)


def _in_folder(source: str | Path, *names: str) -> Path:
    """A file as it is; in a folder, the first of these names that is there."""
    paths = [Path(source) / name for name in names] if Path(source).is_dir() else [Path(source)]
    for path in paths:
        if path.is_file():
            return path
    raise FileNotFoundError(f"there is no {' or '.join(map(str, paths))}: give 'gpt2', a file, or its folder")


def _printed(byte: int) -> str:
    """A byte as the file writes it: as a Latin-1 character if that is visible, else as one of those after them."""
    return chr(byte) if byte in VISIBLE else chr(256 + NUMBER[byte] - len(VISIBLE))
