"""show: pictures and explorers of arrays, from whatever model they come.

arrays: numpy from whatever array comes in
attention: AttentionExplorer, an interactive picture of attention
attention_picture: the same as a still picture
entropy: how widely a distribution is spread, in bits
packing: attention weights as few bytes
page: a page without Jupyter from the same widget
picture: PNG and text beside everything that moves
style: the course's colors and the look of its figures
"""
