"""Reading a notebook: its cells, and which of them an exercise needs.

cells: code cells, parsed
magics: what IPython's own syntax means without IPython
planning: which code of a notebook an exercise needs
submission: reading a notebook, without its outputs
"""
