"""Transformers (Hours 7 to 10).

block: one pre-norm block of the encoder, as its two equations
bpe_training: learning the merges of byte-pair encoding
cached_attention: attention that goes on from keys and values already computed
cross_attention: one sequence asks, another answers
gpt: GPT-2, and the loss of a causal language model
gpt2_weights: GPT-2 as it was published, weights and tokenizer
muon: an optimizer that steps equally far in every direction of a matrix
ngram: interpolated Kneser-Ney, what a language model has to beat
sampling: temperature, top-k, top-p, and writing with them
scoring: bits per byte, to compare models with different tokens
self_attention: the single head
tokenizer: byte-pair encoding on bytes
transformer: the encoder-decoder Transformer, and how it is taught
"""
