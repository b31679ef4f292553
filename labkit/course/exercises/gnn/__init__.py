"""Hour 12: graph neural networks.

attention: graph attention with heads
attention_slips: what goes wrong there
normalize: the normalized adjacency, without a matrix
sample: a draw of neighbors without replacement
scatter: mean, maximum and softmax by groups
"""
