"""The exercises, a package for each lecture that has them, and in it a module for each exercise.

gnn: Hour 12, graph neural networks
transformer: Hour 7, attention and the Transformer
"""
