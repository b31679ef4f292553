"""A graph of a million edges: a training step of each layer stays within memory."""

import json
import subprocess
import sys

STEPS = """
import json, resource, torch
torch.set_num_threads(1)
def most():
    # Megabytes. What getrusage says begins with the memory of the process that started this one.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
from labkit.graphs.aggregate import neighbor_max
from labkit.graphs.gat import GATConv
from labkit.graphs.gatv2 import GATv2Conv
from labkit.graphs.gcn import GCNConv
from labkit.graphs.graphsage import SAGEConv
edges, x, peak = torch.randint(100_000, (2, 1_000_000)), torch.randn(100_000, 64, requires_grad=True), {}
layers = {"GCN": GCNConv(64, 64), "SAGE": SAGEConv(64, 64), "GAT": GATConv(64, 8, 8), "GATv2": GATv2Conv(64, 8, 8),
          "SAGE, maximum": SAGEConv(64, 64, neighbor_max)}
for name, layer in layers.items():
    layer(x, edges).square().mean().backward()
    peak[name] = most()
print(json.dumps(peak))
"""


def test_a_step_on_a_million_edges_fits_into_two_gigabytes():
    """The greatest memory up to each layer, torch itself included."""
    run = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    peak = json.loads(run.stdout)
    print("\n" + ", ".join(f"{name}: {megabytes:.0f} MB" for name, megabytes in peak.items()))
    assert max(peak.values()) < 2000
