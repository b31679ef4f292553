"""Reading a notebook: its cells, and which of them an exercise needs.

cells: which code of a notebook an exercise needs
magics: what IPython's own syntax means without IPython
submission: reading a notebook, without its outputs
"""
