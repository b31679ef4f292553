"""A model as a picture of what flows through it.

folding: repeated parts as one, and what lies deeper than asked for as one box
grid: rows and columns of a container's parts
nodes: Node, a call or an operation, and who reads whom
operations: which functions of torch are worth a place in the picture
picture: how it is drawn
placing: where every box, circle and line stands
plan: which arrows go straight, and which take a lane
running: a model that runs while it is watched, and is left as it was
scene: rectangles and lines that have been placed
tracing: run a model once and record the flow
words: what stands in boxes and circles
"""
