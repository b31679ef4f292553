"""The exercises, a package for each lecture that has them, and in it a module for each exercise.

gan: Hour 15, generative adversarial networks
transformer: Hour 7, attention and the Transformer
"""
