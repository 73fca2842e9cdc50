"""Speed and memory, measured against another implementation and against bare asyncio."""
