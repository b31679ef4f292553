"""The agent explorer.

data: what it is given: films of a grid, episodes of a cart
explorer: the widget
picture: the same without a browser
"""
