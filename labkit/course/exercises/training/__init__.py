"""Hour 1: training deep networks.

cross_entropy: softmax cross-entropy that never overflows
backward: the backward pass of a two-layer perceptron
adamw: one step of AdamW
batch_norm: batch normalization with running statistics, a bug hunt
dropout: inverted dropout
cross_entropy_slips: what goes wrong there
backward_slips: what goes wrong there
adamw_slips: what goes wrong there
batch_norm_slips: what goes wrong there
dropout_slips: what goes wrong there
"""
