"""labkit: advanced machine learning architectures, each written once and proved against the library the field trusts.

nn: parts that several families share
data: what a lecture loads
train: fit, seeds, device, profile, schedules, progress
show: plots and explorers
transformers: Hours 7 and 8, attention and the Transformer, GPT
course: the classroom
"""
