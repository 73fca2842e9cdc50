"""The Try-out panel: another version of a processor, and what it changes."""
