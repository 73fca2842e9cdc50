"""The Results panel: the filters, the window of rows, and one event in full."""
