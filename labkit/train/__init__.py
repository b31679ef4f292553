"""How models are trained.

device: the processor to use
evaluate: accuracy and mean loss, batch by batch, without gradients
fit: the training loop for one loss and one optimizer
profile: standard or quick
schedules: learning rates over time
seeds: the same numbers again
"""
