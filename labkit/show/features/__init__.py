"""The feature explorer: maps and filters of a convolutional network, layer by layer.

data: what it is given, checked and brought into bytes
explorer: FeatureExplorer
picture: the same as a still picture
"""
