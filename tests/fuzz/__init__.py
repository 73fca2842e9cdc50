"""Random programs played against the engine, with all that users and the stop button do to it.

    python -m tests.fuzz 60        for so many seconds; a program that breaks a law is named by its
                                   seed, and `--seed N --programs 1` plays it again

- world: what a program is made of: queues, collectors, lifecycles, and what they note.
- hooks: those of its instruments, which do what users do, and are struck.
- actors: who uses them: senders, threads, those who change queues, and who ends it all.
- playing: the loops that a program is played in, and the laws that hold when it has ended.

Unlike the property machine it has a real clock and real threads, so that a program does not go the
same way twice. What it looks for is what nobody has thought of; what it finds becomes a test.
"""
