"""The Send panel: its form and its parts."""
