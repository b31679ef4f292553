"""Running an answer on a case. Knows no reference and no expected result, so graders can do this in a child process.

What comes back is plain: arrays, text and numbers. Nothing of the answer's own types survives.
"""

import copy
import io
import random
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import torch

from labkit.course.check.clock import time_limit
from labkit.course.check.leaves import DEPTH, RESULTS, Leaf, leaf_of, leaves_of
from labkit.course.check.problems import Problem, explain
from labkit.course.check.spec import Case
from labkit.course.check.surroundings import neutral

OUT_OF_TIME = ("TimeUp", "WaitedUp")


@dataclass(frozen=True)
class Outcome:
    """What an answer did on a case: results by path ("" for a single one, "[0]", "[1]" in a tuple), and so on."""

    results: dict[str, Leaf] = field(default_factory=dict)
    gradients: dict[str, Leaf] = field(default_factory=dict)
    inputs: dict[str, Leaf] = field(default_factory=dict)  # as they are after the call
    problem: Problem | None = None
    printed: str = ""

    @property
    def ran(self) -> bool:
        """Whether its turn came: after the time is up, what is left is not run, and is evidence for nothing."""
        return self.problem is None or self.problem.kind != "NotRun"


NOT_RUN = Outcome(problem=Problem("NotRun", "the time was up before its turn"))


class Printed(io.StringIO):
    """The first of what an answer prints; the rest goes nowhere."""

    LIMIT = 2000

    def write(self, text: str) -> int:
        """Take all, keep what fits."""
        super().write(text[: max(0, self.LIMIT - self.tell())])
        return len(text)


def run_all(
    answer: Any,
    cases: list[Case],
    device: torch.device,
    seconds: float = 2.0,
    wall: float | None = None,
    retries: int = 0,
) -> list[Outcome]:
    """Run the answer on every case, `seconds` of processor time for all of them; `wall` is as for `time_limit`.

    A case that is out of time is tried again `retries` times with the whole of it. After that, the rest is not run.
    """
    outcomes: list[Outcome] = []
    with neutral():
        end = time.process_time() + seconds
        while len(outcomes) < len(cases):
            case = cases[len(outcomes)]
            outcome = run(answer, case, device, max(end - time.process_time(), 0.01), wall)
            if outcome.problem is None or outcome.problem.kind not in OUT_OF_TIME:
                outcomes.append(outcome)
            elif retries:
                retries, end = retries - 1, time.process_time() + seconds
            else:
                problem = replace(outcome.problem, message=f"within {seconds:.1f} seconds")
                outcomes.append(Outcome(problem=problem))
                break
    return outcomes + [NOT_RUN] * (len(cases) - len(outcomes))


def run(answer: Any, case: Case, device: torch.device, seconds: float = 2.0, wall: float | None = None) -> Outcome:
    """Run the answer on one case. Whatever it raises, short of the user's interrupt, is part of the outcome."""
    if case.gradients:
        ready_for_gradients()
    printed, random_state = Printed(), case.seed % 2**32
    random.seed(random_state)
    np.random.seed(random_state)
    torch.manual_seed(random_state)
    try:
        with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings(), torch.enable_grad():
            warnings.simplefilter("ignore")
            with time_limit(seconds, wall):
                results, gradients, inputs = _perform(answer, case, device)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Outcome(problem=explain(error, answer, seconds), printed=printed.getvalue())
    return Outcome(results, gradients, inputs, printed=printed.getvalue())


@cache
def ready_for_gradients() -> None:
    """Let torch import what its first gradient needs (sympy, for one): not on the answer's time, and never by half."""
    x = torch.ones(1, requires_grad=True)
    torch.autograd.grad([2 * x], [x], [torch.ones(1)])


def _perform(answer: Any, case: Case, device: torch.device):
    leaves = {name: _input(value, device, name in case.gradients) for name, value in case.args.items()}
    inputs = {name: _handed_over(leaf, name in case.strided) for name, leaf in leaves.items()}
    function = answer
    if case.init is not None:
        built = answer(**case.init)
        if case.weights is not None:
            built.load_state_dict({name: value.to(device) for name, value in case.weights.items()})
        if isinstance(built, torch.nn.Module):
            built.to(device)
        function = built if case.method == "__call__" else getattr(built, case.method)
        if "weights" in case.gradients:
            leaves |= {f"weights: {name}": parameter for name, parameter in built.named_parameters()}
    result = function(*inputs.values(), **case.kwargs)
    if case.attributes:
        result = (result, *(getattr(built, name) for name in case.attributes))
    gradients = _gradients(_tensors(result), {name: leaf for name, leaf in leaves.items() if _wants_gradient(leaf)})
    return leaves_of(result), gradients, {name: leaf_of(value) for name, value in inputs.items()}


def _input(value: Any, device: torch.device, gradient: bool) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone().to(device).requires_grad_(gradient)
    return copy.deepcopy(value)


def _handed_over(leaf: Any, strided: bool) -> Any:
    """A tensor that may be written to without autograd's complaint about leaves: that is for the judge to say."""
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return torch.stack([leaf, leaf], dim=-1)[..., 0] if strided else leaf.clone()


def _wants_gradient(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.requires_grad


def _tensors(result: Any, depth: int = 0) -> list[torch.Tensor]:
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, tuple | list) and depth < DEPTH:
        return [tensor for part in result[:RESULTS] for tensor in _tensors(part, depth + 1)]
    return []


def _gradients(results: list[torch.Tensor], leaves: dict[str, torch.Tensor]) -> dict[str, Leaf]:
    """Gradients of a fixed mixture of all results; "None" where a result does not depend on the input."""
    mixed = [r for r in results if r.requires_grad and r.is_floating_point() and r.numel()]
    if not leaves or not mixed:
        return {name: Leaf("None") for name in leaves}
    ramps = [torch.arange(1, r.numel() + 1, device=r.device).cos().to(r.dtype).reshape(r.shape) for r in mixed]
    found = torch.autograd.grad(mixed, list(leaves.values()), ramps, allow_unused=True)
    return {name: leaf_of(gradient) for name, gradient in zip(leaves, found, strict=True)}
