"""Hour 8: GPT, autoregressive language models.

causal_loss: each token is asked for, given all before it
causal_loss_slips: what goes wrong there
kv_cache: attention that goes on from keys and values already computed
merge_step: one step of byte-pair encoding
merge_step_slips: what goes wrong there
top_p: the fewest tokens that together are likely enough
top_p_slips: what goes wrong there
"""
