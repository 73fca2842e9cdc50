"""Colours of all pictures: those of Okabe and Ito on a light card of their own.

M. Okabe and K. Ito, "Color Universal Design", 2008: eight colours that people with any colour
vision tell apart. The card is the same in a light and in a dark notebook.
"""

CARD = "#fcfcfa"
INK = "#1f2933"
SOFT = "#5a6672"
GRID = "#e3e6e8"
BLUE = "#0072B2"
SKY = "#56B4E9"
PALE = "#b9def5"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#a4497c"
"""Reddish purple, darker, so that text in it can be read."""
GREY = "#8a949e"
