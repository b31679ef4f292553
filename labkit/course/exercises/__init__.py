"""The exercises, a package for each lecture that has them, and in it a module for each exercise.

gpt: Hour 8, GPT, autoregressive language models
transformer: Hour 7, attention and the Transformer
"""
