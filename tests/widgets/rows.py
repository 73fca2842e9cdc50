"""What the rows of the collectors show, and their buttons, for tests."""

from event_collector_widgets import CollectorsPanel

from event_collector import Collector


def cells(panel: CollectorsPanel, key: str) -> dict[str, str]:
    """What a collector's row shows, by column."""
    row = next(each for each in panel.rows.rows if each["key"] == key)
    return {
        column["label"]: cell for column, cell in zip(panel.rows.columns, row["cells"], strict=True)
    }


def buttons(panel: CollectorsPanel, key: str) -> list[str]:
    """The labels of a row's buttons."""
    row = next(each for each in panel.rows.rows if each["key"] == key)
    return [each["label"] for each in row["actions"]]


def window(panel: CollectorsPanel) -> tuple[str, bool, bool]:
    """Which rows are shown, and whether there are others before and after them."""
    return (panel.rows.where, panel.rows.newer, panel.rows.more)


def press(panel: CollectorsPanel, do: str, key: str = "") -> None:
    """Click a button in the rows, as the page tells of it."""
    panel.rows._handle_custom_msg({"do": do, "key": key}, [])


def the_same(one: Collector, other: Collector) -> bool:
    """Whether two collectors were made of the same."""
    names = ("key", "processor", "topics", "lifecycle", "timeout", "max_concurrency")
    same = [getattr(one, name) == getattr(other, name) for name in names]
    return all(same) and vars(one.ctx) == vars(other.ctx)
