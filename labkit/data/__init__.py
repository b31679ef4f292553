"""What a lecture loads: generated from a seed, offline.

signals: ten kinds of small signals, in the style of MNIST-1D
sequences: what memories are tried on: adding, copying, echoes, mixtures of sines
citations: papers that cite each other, with words and topics
download: files that the field publishes, fetched once and checked
graphs: one real graph, random ones, and several as one
images: digits at 28 x 28, MNIST, CIFAR-10
minibatches: rows in random order, batch by batch
mixtures: points on the plane with known densities: ring, grid, moons
pydoc_text: the documentation inside Python, tiny Shakespeare
patterns: shapes filled with textures that agree with them, or not
molecules: small molecules, and a property that their bonds decide
safetensors: published tensors, read from a file
shapes: small pictures of one shape whose every factor is known
translation: pairs of sequences: dates to ISO, reversal, sorting
vocabulary: tokens and their numbers
windows: stretches of a long row of tokens, to train on and to score
"""
