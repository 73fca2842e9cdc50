"""The panels: each looks at one workbench and calls it; none knows another, nor the queue."""
