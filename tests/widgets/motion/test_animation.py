"""Animation: what it takes, what it says where no kernel runs, and the file it is saved as."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation
from event_collector_widgets.motion.trace import Trace

from event_collector import Collector, CollectorQueue, Context, History, Ok, Payload, Result
from event_collector.simulation import arrivals, send_at, simulate
from tests.widgets.benches import NASTY
from tests.widgets.motion.histories import named_history, six_payloads


def data_of(page: str) -> dict[str, Any]:
    """The trace in a saved page."""
    said = page.partition('id="traces">')[2].partition("</script>")[0]
    ((_, found),) = json.loads(said)
    return dict(found)


def test_an_animation_takes_a_history_a_frame_events_and_a_trace() -> None:
    """Whatever a trace can be read of."""
    history = six_payloads()
    trace = Trace.of(history)
    assert Animation(history).trace == Animation(trace).trace == trace
    assert Animation(history.to_frame()).trace.events == trace.events
    assert Animation(list(history)).trace.queue is None
    assert repr(Animation(history)) == "Animation(Trace(6 events, 6 done))"


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "speed 0": ({"speed": 0}, ValueError, "speed must be from 0.01 to 1,000, got 0"),
    "speed 2000": ({"speed": 2000}, ValueError, "got 2000"),
    "speed nan": ({"speed": float("nan")}, ValueError, "got nan"),
    "speed str": ({"speed": "1"}, TypeError, "speed must be a number, got str"),
    "speed bool": ({"speed": True}, TypeError, "speed must be a number, got bool"),
    "pace": ({"pace": "fast"}, ValueError, "pace must be"),
    "title": ({"title": 5}, TypeError, "title must be a str, got int"),
    "source": ({"source": 5}, TypeError, "pass a History"),
}


@pytest.mark.parametrize(("options", "error", "said"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_animation_is_refused(
    options: dict[str, Any], error: type[Exception], said: str
) -> None:
    """At once, with the value."""
    with pytest.raises(error, match=said):
        Animation(**{"source": Trace((), None), **options})


def test_a_reader_without_a_kernel_sees_one_moment() -> None:
    """The same in every run: nbval compares it."""
    first, second = (Animation(six_payloads(), title="Six")._repr_mimebundle_() for _ in range(2))
    assert first[0]["text/html"] == second[0]["text/html"]
    assert "<svg" in first[0]["text/html"]
    assert "It moves where the notebook" in first[0]["text/html"]
    assert first[0]["text/plain"] == "Animation(Trace(6 events, 6 done))"
    assert "application/vnd.jupyter.widget-view+json" in first[0]


def test_a_file_is_not_written_over_unless_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is in it."""
    animation = Animation(six_payloads())
    path = animation.save(tmp_path / "run.html")
    assert path == tmp_path / "run.html"
    assert capsys.readouterr().out.endswith("contains the texts of payloads and results\n")
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="pass overwrite=True to replace it"):
        animation.save(path)
    with pytest.raises(FileExistsError):
        animation.save(path, overwrite="no")  # type: ignore[arg-type]
    animation.save(str(path), overwrite=True)
    assert path.read_bytes() == before


def test_a_file_says_what_the_trace_does_and_asks_for_nothing(tmp_path: Path) -> None:
    """Data as JSON, a policy without a network, ASCII only."""
    page = Animation(six_payloads()).save(tmp_path / "run.html").read_text("ascii")
    assert data_of(page) == json.loads(Trace.of(six_payloads()).to_json())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_a_file_without_values_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says so."""
    page = Animation(six_payloads()).save(tmp_path / "run.html", values=False).read_text("ascii")
    data = json.dumps(data_of(page))
    assert not re.search("bread|toast|soup|cake|rolls|burnt", data)
    assert "This file contains no texts" in page
    assert "no texts of payloads or results" in capsys.readouterr().out


def test_a_file_takes_no_text_for_html(tmp_path: Path) -> None:
    """Whatever is a payload, a key, a topic or a title."""
    animation = Animation(named_history(NASTY, NASTY), title=NASTY)
    page = animation.save(tmp_path / "run.html").read_text("ascii")
    assert "<img" not in page
    assert "alert(2)</script>" not in page
    assert page.count("</script>") == 3


def test_ten_thousand_events_fit_into_a_megabyte_with_room(tmp_path: Path) -> None:
    """With two collectors each, and payloads and results of some 20 letters: a sixth is left."""

    async def store(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0.013)
        return Ok({"sensor": payload.value["id"], "ok": True})

    async def main() -> Trace:
        collectors = [Collector("database", store), Collector("audit", store)]
        async with CollectorQueue(collectors, min_consumers=1, max_consumers=8) as queue:
            history = History(queue)
            payloads = [Payload({"id": number, "t": 21.5}) for number in range(10_000)]
            await send_at(queue.get_publisher(), arrivals(500, 10_000, seed=1), payloads)
            await queue.get_publisher().wait()
        return Trace.of(history)

    path = Animation(simulate(main)).save(tmp_path / "run.html")
    assert path.stat().st_size <= 0.84 * 1_000_000
