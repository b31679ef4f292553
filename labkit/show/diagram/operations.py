"""Which functions of torch are worth a place in a diagram, and what they are called there."""

import re
from typing import Any

import torch

COMBINE = {  # drawn where what they combine comes from more than one part, or from a parameter
    "add": "+", "sub": "−", "rsub": "−", "mul": "×", "div": "÷", "matmul": "matmul", "bmm": "matmul", "mm": "matmul",
    "einsum": "einsum", "cat": "concat", "concat": "concat", "stack": "stack", "maximum": "max", "minimum": "min",
    "lerp": "mix", "baddbmm": "matmul", "addmm": "matmul", "outer": "outer", "where": "where",
    "scaled_dot_product_attention": "attention", "index_add": "sum by index", "scatter_add": "sum by index",
    "scatter_reduce": "reduce by index", "index_select": "rows by index", "gather": "pick by index", "linear": "linear",
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "embedding": "rows by index", "bilinear": "bilinear",
}  # fmt: skip
ALONE = {  # drawn wherever they are
    "relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "leaky_relu": "LeakyReLU", "tanh": "tanh",
    "sigmoid": "sigmoid", "softmax": "softmax", "log_softmax": "log-softmax", "softplus": "softplus", "exp": "exp",
    "normalize": "normalize", "layer_norm": "norm", "max_pool2d": "max pool", "avg_pool2d": "mean pool",
    "adaptive_avg_pool2d": "mean pool", "interpolate": "resize", "chunk": "split", "split": "split",
    "tensor_split": "split", "unbind": "split", "mean": "mean", "sum": "sum", "amax": "max", "logsumexp": "log-sum-exp",
    "cumsum": "running sum", "abs": "abs", "square": "square",
}  # fmt: skip
RANDOM = {"randn", "randn_like", "rand", "rand_like", "normal", "normal_", "uniform_", "bernoulli", "multinomial"}
SYMBOLS = {"+", "−", "×", "÷"}


def named(func: Any) -> str:
    """Return a function's plain name: `add` for `Tensor.__iadd__` and for `torch.add`."""
    name = getattr(func, "__name__", "")
    if name == "__get__":
        return ""
    name = re.sub(r"^__(?:i|r(?=add|mul|matmul))?(\w+)__$", r"\1", name)
    return {"truediv": "div", "rtruediv": "div", "multiply": "mul", "subtract": "sub", "divide": "div"}.get(
        name, name if name in RANDOM else name.rstrip("_")
    )


def spoken(name: str) -> str:
    """Return a class name in words: "head sum" for `_HeadSum`."""
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+", name)).lower()


def shrinks(name: str, given: torch.Tensor, result: Any) -> bool:
    """Whether indexing has left a part of what was given."""
    return name == "getitem" and isinstance(result, torch.Tensor) and result.numel() < given.numel()
