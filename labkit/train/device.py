"""The processor to use."""

import torch


def device() -> torch.device:
    """The accelerator that torch finds (CUDA), else the CPU.

    Apple's MPS is passed over: several kernels that the lectures use are missing there or slower than its CPU.
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
