"""What is measured: ours and the peer, bare asyncio, and the alternatives."""
