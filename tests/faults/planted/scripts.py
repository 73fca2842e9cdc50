"""Faults in the page's own JavaScript: a picture would move, count or tell what is not so."""

from tests.faults.on_scripts import ScriptFault

CLOCK, SAVED, SIGHTS, LAWS = "one_clock", "saved_run", "saved_sights", "frame_laws"
STAY = "tokens_stay"

FAULTS = (
    ScriptFault(
        "words run ahead of the tokens",
        "stage",
        find="this.told = Math.min(n, seen.told);",
        put="this.told = n;",
        tests=(CLOCK, "nothing_is_told"),
    ),
    ScriptFault(
        "a token on its way counts as arrived when it begins to glide",
        "standing",
        find="gone >= stops[0].leg",
        put="gone >= 0",
        tests=(CLOCK, "nothing_is_told"),
    ),
    ScriptFault(
        "the word of who is next stays while that one leaves",
        "drawing",
        find="this.scenery.showNext(next !== null);",
        put="this.scenery.showNext(true);",
        tests=(CLOCK, "ring_and_the_word"),
    ),
    ScriptFault(
        "a name turns the picture's texts around",
        "svg",
        find=r"[\p{Cc}\p{Cf}",
        put=r"[\p{Cc}",
        tests=(CLOCK, "written_out"),
    ),
    ScriptFault(
        "topics are written over what is in service",
        "scenery",
        find="- (service ? widthOf(service, PLAIN) + 6 : 0)",
        put="",
        tests=(CLOCK, "lies_on_another"),
    ),
    ScriptFault(
        "wide letters run out of their shapes",
        "svg",
        find="known.set(letter, pen.context.measureText(letter).width);",
        put="known.set(letter, 7);",
        tests=("texts_fit", "stands_out"),
    ),
    ScriptFault(
        "a collector that comes later is drawn from the beginning",
        "scenery",
        find="since < n || !trace.queue",
        put="true",
        tests=(CLOCK, "from_when_it_came"),
    ),
    ScriptFault(
        "a share is told of when nothing is there to draw",
        "stage",
        find="!counts.waiting && !counts.service",
        put="false",
        tests=(CLOCK, "share_is_told"),
    ),
    ScriptFault(
        "a LIFO buffer is drawn in the order of a FIFO",
        "reading",
        find='if (queue?.order === "LIFO") return (a, b) => b - a;',
        put="",
        tests=(SAVED, "buffer_shows"),
    ),
    ScriptFault(
        "one jumps past an undelivered payload",
        "player",
        find='outcome !== "Ok"',
        put='outcome === "Error"',
        tests=(SAVED, "jumps_to"),
    ),
    ScriptFault(
        "a payload that was cut off counts as in service",
        "frame",
        find="const service = tally.taken - (tally.finished - tally.cutOff);",
        put="const service = tally.taken - tally.finished;",
        tests=(LAWS, "are_cut_off"),
    ),
    ScriptFault(
        "a priority that is not given goes first",
        "reading",
        find="events[at].priority ?? queue.default_priority",
        put="events[at].priority ?? 0",
        tests=(LAWS, "are_cut_off"),
    ),
    ScriptFault(
        "of many tokens all are drawn",
        "drawing",
        find="({ event }) => event % share === 0",
        put="() => true",
        tests=(SIGHTS, "share_is_drawn"),
    ),
    ScriptFault(
        "after a leap tokens lie in the corner of the picture",
        "drawing",
        find="      move(drawn);\n",
        put="",
        tests=(STAY, "a_leap"),
    ),
    ScriptFault(
        "another collector sends all payloads on their way once more",
        "drawing",
        find="(this.fresh && this.n > 0)",
        put="false",
        tests=(STAY, "another_collector"),
    ),
    ScriptFault(
        "who is done lies on the count for ever",
        "stage",
        find=" || this.drawing.leaving",
        put="",
        tests=(STAY, "drawn_no_more"),
    ),
)
"""Each with the browser test that must notice it."""
