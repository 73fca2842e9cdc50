"""Running notebooks with the guard: under pytest, for nbval and nbmake, and by a command."""
