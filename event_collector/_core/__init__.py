"""The works: private to the package, and free to change. The public words lie one folder up.

The way of an event, from a payload to its results:

1. `EventPublisher.send` (publisher) refuses what it must and calls `Consumers.accept` (consumers).
2. `accept` makes the CollectorEvent, pushes it into the buffer of `Queued` (queued, buffer) and
   asks the loop for the pump. If the caller awaits, it waits for room or lets others go first.
3. The pump (pump) starts a `Consumer`, in a task that runs at once, while places are free.
4. The consumer (consumer) takes the next event, and the router's choice with it. An event for a
   collector that is full is parked instead (parked, limiter), and comes back when there is room.
5. One collector: the consumer runs its processor. Several: a `Dispatch` (dispatch) walks over
   them, with a walker for each that waits. A custom router: it does what it likes. Where more is
   wanted than results, such as instruments that are told, processors run attended (attendance).
   A collector with `batch_size` has it wait in a batch (batches, batch), and processes all of that.
6. What the processor returns or raises becomes a Result (collector), or several of them; of a
   batch, one for each of its events (shares).
7. `Consumers.finish` gives the event its results, counts it, and wakes whoever waits for it.
8. The consumer takes the next event, or leaves its place.

Read consumers, pump, consumer, whereabouts in this order; they know each other, as organs do, and
nothing else here goes in a circle. Around them: who holds the loop (watch) and for how long the
engine may (slices), who waits for room or for others' events (waiting), start, stop and change
(lifespan, lifecycles, membership, shutdown), where a coroutine waits (inspection), and who would
wait for itself (awaiting, awaited).

The traps, each told where it bites: the context and the task of a processor (watch, `watched`;
pump, `start`), what may outlive an event (consumer, `work`; _tracebacks; attendance), when a place
is free (consumer, `_serve`), what an interrupt may strike, or a finalizer that sends (consumer and
consumers, `accept`; buffer), what must not grow for ever (queued, roster), and what must not keep a
queue alive (consumers, history).
"""
