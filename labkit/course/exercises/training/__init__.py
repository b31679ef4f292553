"""Hour 1: training deep networks.

adamw: one step of AdamW
adamw_slips: what goes wrong there
backward: the backward pass of a two-layer perceptron
batch_norm: batch normalization with running statistics
batch_norm_slips: what goes wrong there
cross_entropy: softmax cross-entropy that never overflows
dropout: inverted dropout
"""
