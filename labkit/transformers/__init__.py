"""Transformers (Hours 7 to 10).

cross_attention: one sequence asks, another answers
self_attention: the single head
transformer: the encoder-decoder Transformer, and how it is taught
"""
