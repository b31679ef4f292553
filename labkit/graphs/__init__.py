"""Graph neural networks (Hours 12 and 13).

adjacency: a graph's edges, sorted by the node that receives
aggregate: sums, softmax and maximum over neighbors, in time linear in the edges
gat: graph attention
gatv2: graph attention whose ranking depends on who looks
gcn: the graph convolution
gcnii: a graph convolution for great depth
graphsage: GraphSAGE, for nodes never seen in training
label_propagation: labels that flow along edges
mpnn: message passing with edge features, for whole graphs
readout: from nodes to graphs
sampling: neighbors drawn at random, and batches of them
scatter: sum, mean, maximum and softmax by groups
smoothing: how alike nodes have become
weisfeiler_lehman: what message passing can tell apart
"""
