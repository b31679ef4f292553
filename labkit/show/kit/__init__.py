"""What explorers share: the kernel's half in Python, the page's half in JavaScript, stage.js first.

arrays: numpy from whatever array comes in
explorer: Explorer, what all interactive pictures share
ground: figures without a ground of their own, read on light and dark pages
layout: where the nodes of a graph stand, and the graph drawn there
life: one view, one explorer; explorers that are displayed again
packing: attention weights as few bytes
page: a page without Jupyter from the same widget
picture: PNG and text beside everything that moves
traits: declared traits
"""
