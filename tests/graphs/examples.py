"""Small graphs on which several tests agree, and the libraries' layers with labkit's weights."""

import importlib
import warnings
from types import ModuleType

import torch
from torch import Tensor, nn

from labkit.graphs.gat import GATConv
from labkit.graphs.gatv2 import GATv2Conv
from labkit.graphs.gcn import GCNConv
from labkit.graphs.graphsage import SAGEConv
from labkit.graphs.mpnn import MPNN

NODES = 7  # of which node 5 sends only, node 6 has a loop and else nothing, and node 0 has a loop as well


def edges() -> Tensor:
    """Seven nodes, directed, in no order, with loops at two of them."""
    return torch.tensor([[3, 0, 1, 5, 2, 4, 1, 0, 6, 2, 5, 3], [1, 1, 0, 2, 3, 0, 4, 0, 6, 4, 3, 2]])


def dense(graph: Tensor, weights: Tensor, nodes: int = NODES) -> Tensor:
    """The matrix of a graph: row i, column j is the weight of the edge from j to i."""
    return torch.zeros(nodes, nodes, dtype=weights.dtype).index_put((graph[1], graph[0]), weights, accumulate=True)


def pyg(part: str) -> ModuleType:
    """A part of PyTorch Geometric; what torch says about its use of torch while it is imported is not our concern."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module(f"torch_geometric.{part}")


@torch.no_grad()
def pyg_gcn(ours: GCNConv) -> nn.Module:
    """PyTorch Geometric's GCNConv with our weights."""
    Peer = pyg("nn").GCNConv
    peer = Peer(ours.linear.in_features, ours.linear.out_features).to(ours.bias.dtype)
    peer.lin.weight.copy_(ours.linear.weight)
    peer.bias.copy_(ours.bias)
    return peer


@torch.no_grad()
def pyg_sage(ours: SAGEConv, aggregate: str) -> nn.Module:
    """PyTorch Geometric's SAGEConv with our weights."""
    Peer = pyg("nn").SAGEConv
    peer = Peer(ours.self.in_features, ours.self.out_features, aggr=aggregate).to(ours.self.weight.dtype)
    peer.lin_l.load_state_dict(ours.neighbors.state_dict())
    peer.lin_r.load_state_dict(ours.self.state_dict())
    return peer


@torch.no_grad()
def pyg_gat(ours: GATConv) -> nn.Module:
    """PyTorch Geometric's GATConv with our weights."""
    Peer = pyg("nn").GATConv
    width, heads = ours.source.shape[1], ours.heads
    peer = Peer(ours.linear.in_features, width, heads, concat=ours.concat, negative_slope=ours.slope)
    peer = peer.to(ours.bias.dtype)
    peer.lin.weight.copy_(ours.linear.weight)
    peer.att_src.copy_(ours.source[None])
    peer.att_dst.copy_(ours.target[None])
    peer.bias.copy_(ours.bias)
    return peer


@torch.no_grad()
def pyg_gatv2(ours: GATv2Conv) -> nn.Module:
    """PyTorch Geometric's GATv2Conv with our weights."""
    Peer = pyg("nn").GATv2Conv
    width, heads = ours.attend.shape[1], ours.heads
    peer = Peer(ours.source.in_features, width, heads, concat=ours.concat, negative_slope=ours.slope)
    peer = peer.to(ours.bias.dtype)
    peer.lin_l.load_state_dict(ours.source.state_dict())
    peer.lin_r.load_state_dict(ours.target.state_dict())
    peer.att.copy_(ours.attend[None])
    peer.bias.copy_(ours.bias)
    return peer


class PygMPNN(nn.Module):
    """The message passing network from PyTorch Geometric's NNConv and Set2Set and torch's GRU, with our weights."""

    def __init__(self, ours: MPNN):
        super().__init__()
        width = ours.message.width
        self.ours, self.rounds, self.gru = ours, ours.rounds, nn.GRU(width, width)
        self.conv = pyg("nn").NNConv(width, width, ours.message.network, aggr="add", root_weight=False, bias=False)
        self.read = pyg("nn").Set2Set(width, processing_steps=ours.readout.steps)
        for peer, cell in ((self.gru, ours.update), (self.read.lstm, ours.readout.lstm)):
            with torch.no_grad():
                for name, weight in cell.named_parameters():
                    getattr(peer, f"{name}_l0").copy_(weight)

    def forward(self, x, edges, edge_features, graph, graphs):
        h = torch.relu(self.ours.embed(x))
        for _ in range(self.rounds):
            h = self.gru(self.conv(h, edges, edge_features)[None], h[None])[0][0]
        return self.ours.out(self.read(h, graph, dim_size=graphs))
