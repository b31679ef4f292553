"""Parts that at least two rooms share.

attention: scaled dot-product and multi-head attention, and how to watch it
blocks: encoder and decoder blocks, pre- and post-norm
cache: keys and values already computed
decoding: greedy and beam search, for any model that writes one token at a time
digit_classifier: a classifier whose features measure generated digits
frechet: the Fréchet distance between two sets of features
kinds: indices of any integer type, and tensors made like those they meet
masks: causal and padding masks
positions: sinusoidal, learned and rotary positions
"""
