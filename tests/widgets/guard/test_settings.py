"""Settings: what the environment may say, and what is refused."""

import pytest
from event_collector_widgets.guard.settings import Settings


def test_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No runner; payloads may reach nobody; a quarter of a second."""
    for name in ("", "_UNDELIVERED", "_BLOCKED"):
        monkeypatch.delenv(f"EVENT_COLLECTOR_GUARD{name}", raising=False)
    assert Settings.of_environment() == Settings(runner=False, undelivered=False, blocked=0.25)


def test_all_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its variable."""
    monkeypatch.setenv("EVENT_COLLECTOR_GUARD", "runner")
    monkeypatch.setenv("EVENT_COLLECTOR_GUARD_UNDELIVERED", "error")
    monkeypatch.setenv("EVENT_COLLECTOR_GUARD_BLOCKED", "0")
    assert Settings.of_environment() == Settings(runner=True, undelivered=True, blocked=0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("", "rnner", r"EVENT_COLLECTOR_GUARD must be .*'runner'.*, got 'rnner'"),
        ("_UNDELIVERED", "yes", r"EVENT_COLLECTOR_GUARD_UNDELIVERED must be .*, got 'yes'"),
        ("_BLOCKED", "-1", r"EVENT_COLLECTOR_GUARD_BLOCKED must be a number .* >= 0, got '-1'"),
        ("_BLOCKED", "nan", r"EVENT_COLLECTOR_GUARD_BLOCKED must be a number .* >= 0, got 'nan'"),
        ("_BLOCKED", "long", r"EVENT_COLLECTOR_GUARD_BLOCKED must be a number .*, got 'long'"),
    ],
)
def test_a_wrong_value_is_refused(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the value, and what it may be."""
    monkeypatch.setenv(f"EVENT_COLLECTOR_GUARD{name}", value)
    with pytest.raises(ValueError, match=message):
        Settings.of_environment()
