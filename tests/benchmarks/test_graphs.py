"""A training step of each layer beside PyTorch Geometric's, on copied weights, from ten thousand edges to a million."""

import json
import subprocess
import sys

import pytest
import torch

from benchmarks.timing import ratio
from graphs.examples import PygMPNN, pyg_gat, pyg_gatv2, pyg_gcn, pyg_sage
from labkit.data.graphs import disjoint_union
from labkit.data.molecules import as_graph, molecules
from labkit.graphs.aggregate import neighbor_max
from labkit.graphs.gat import GATConv
from labkit.graphs.gatv2 import GATv2Conv
from labkit.graphs.gcn import GCNConv
from labkit.graphs.graphsage import SAGEConv
from labkit.graphs.mpnn import MPNN

pytestmark = pytest.mark.benchmark
LAYERS = {
    "GCN": (lambda: GCNConv(64, 64), pyg_gcn),
    "SAGE": (lambda: SAGEConv(64, 64), lambda ours: pyg_sage(ours, "mean")),
    "SAGE, maximum": (lambda: SAGEConv(64, 64, neighbor_max), lambda ours: pyg_sage(ours, "max")),
    "GAT": (lambda: GATConv(64, 8, 8), pyg_gat),
    "GATv2": (lambda: GATv2Conv(64, 8, 8), pyg_gatv2),
}
EDGES = [10_000, 100_000, 1_000_000]
PEAK = r"""
import re, sys
from pathlib import Path
sys.path.insert(0, "tests")
import torch
from benchmarks.test_graphs import LAYERS, graph, training_step
torch.set_num_threads(1)
name, side, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
make, peer = LAYERS[name]
layer = make() if side == "labkit" else peer(make())
given = graph(count)
def highest():  # of this program alone: ru_maxrss begins with what the process that started it had
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text()).group(1))
before = highest()
training_step(layer, *given)()
print((highest() - before) / 1000)
"""


def graph(count: int):
    """A random graph with ten edges for each node, and 64 features."""
    torch.manual_seed(0)
    return torch.randn(count // 10, 64, requires_grad=True), torch.randint(count // 10, (2, count))


def training_step(layer, *given):
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.0)  # a full step that leaves the weights alike

    def step():
        optimizer.zero_grad()
        layer(*given).square().mean().backward()
        optimizer.step()

    return step


@pytest.mark.parametrize("count", EDGES)
@pytest.mark.parametrize("name", LAYERS)
def test_training_step(name, count):
    make, peer = LAYERS[name]
    ours, given = make(), graph(count)
    theirs = peer(ours)
    torch.testing.assert_close(ours(*given), theirs(*given), atol=1e-4, rtol=1e-4)
    rounds = 30 if count < 100_000 else 9 if count < 1_000_000 else 3
    found = ratio(training_step(ours, *given), training_step(theirs, *given), rounds)
    print(f"\n{name}, {count:,} edges: ratio {found:.2f}")
    assert found <= 1.0


def test_training_step_on_molecules():
    batch = disjoint_union([as_graph(molecule) for molecule in molecules(60)])
    ours = MPNN(4, 3, width=24, rounds=4)
    theirs = PygMPNN(ours)
    given = (batch.edges, batch.edge_features, batch.graph, len(batch.y))
    torch.testing.assert_close(ours(batch.x, *given), theirs(batch.x, *given), atol=1e-4, rtol=1e-4)
    found = ratio(training_step(ours, batch.x, *given), training_step(theirs, batch.x, *given))
    print(f"\nMPNN, 60 molecules: ratio {found:.2f}")
    assert found <= 1.0


def peak(name: str, side: str, count: int) -> float:
    """Megabytes that the first training step adds to a process that has the graph and the layer."""
    command = [sys.executable, "-c", PEAK, name, side, str(count)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("name", LAYERS)
def test_memory_grows_with_the_edges_and_stays_below_the_peers(name):
    ours, theirs = ([peak(name, side, count) for count in EDGES] for side in ("labkit", "pyg"))
    print(f"\n{name}, MB for a step: labkit {ours}, PyTorch Geometric {theirs}")
    assert 10 < ours[2] < 15 * max(ours[1], 10)
    assert ours[2] <= theirs[2]
