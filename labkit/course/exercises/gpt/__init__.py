"""Hour 8: GPT, autoregressive language models.

causal_loss: the loss of predicting each token from all before it
merge_step: one step of byte-pair encoding
top_p: the fewest tokens that together are likely enough
write: sampling a text, token by token
kv_cache: attention that continues from keys and values already computed
causal_loss_slips: what goes wrong there
merge_step_slips: what goes wrong there
top_p_slips: what goes wrong there
write_slips: what goes wrong there
kv_cache_slips: what goes wrong there
"""
