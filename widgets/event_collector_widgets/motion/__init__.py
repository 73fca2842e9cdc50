"""In motion: what happened in a queue, or happens now, as a picture that moves.

`trace` is the data, plain values only. `static/frame.js` says where every payload is at a moment
of a trace, and `static/drawing.js` draws that; `animation` is the widget that carries them.
"""
