"""Hour 12: graph neural networks.

mean: the mean of each node's neighbors, from a list of edges
normalize: the normalized adjacency, as edges and weights
softmax: a bug hunt: the softmax over the edges into each node
attention: graph attention with heads
maximum: the maximum of each group of rows (further)
sample: a draw of neighbors without replacement (further)
attention_slips: wrong answers there
maximum_slips: wrong answers there
mean_slips: wrong answers there
normalize_slips: wrong answers there
sample_slips: wrong answers there
softmax_slips: wrong answers there
"""
