"""The attention explorer: who looks at whom, head by head.

entropy: how widely a distribution is spread, in bits
explorer: AttentionExplorer, an interactive picture of attention
picture: the same as a still picture
"""
