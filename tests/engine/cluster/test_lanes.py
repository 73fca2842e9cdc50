"""Lanes: payloads with equal partition keys travel one chunk at a time, in order."""

from event_collector.cluster.lanes import Lane, Lanes


def filled(count: int) -> tuple[Lanes[int], Lane[int]]:
    """A lane in which so many wait."""
    lanes: Lanes[int] = Lanes()
    lane = lanes.of("a")
    for number in range(count):
        lanes.put(lane, number)
    return lanes, lane


def taken(lanes: Lanes[int], most: int) -> list[list[int]]:
    """What travels now, with room for so many."""
    return [items for _, items in lanes.take(lambda lane: ("worker", most))]


def test_a_lane_travels_once_at_a_time() -> None:
    """What comes meanwhile waits for the last of those before it."""
    lanes, lane = filled(3)
    assert taken(lanes, 2) == [[0, 1]]
    lanes.arrived(lane)
    assert taken(lanes, 9) == []
    lanes.arrived(lane)
    assert taken(lanes, 9) == [[2]]
    lanes.put(lane, 3)
    assert taken(lanes, 9) == []
    lanes.arrived(lane)
    assert taken(lanes, 9) == [[3]]


def test_what_was_not_delivered_comes_first_again() -> None:
    """In its order."""
    lanes, lane = filled(4)
    (items,) = taken(lanes, 2)
    lanes.put_back(lane, items)
    assert taken(lanes, 9) == [[0, 1, 2, 3]]


def test_a_lane_that_may_not_travel_stays_in_its_turn() -> None:
    """Others go before it; it is asked again the next time."""
    lanes, lane = filled(1)
    other = lanes.of("b")
    lanes.put(other, 7)
    said = list(lanes.take(lambda each: None if each is lane else ("worker", 1)))
    assert said == [("worker", [7])]
    assert lanes.waiting == 1
    assert taken(lanes, 1) == [[0]]


def test_a_lane_with_nothing_in_it_is_not_kept() -> None:
    """Partition keys may be without end."""
    lanes, lane = filled(1)
    taken(lanes, 1)
    lanes.arrived(lane)
    assert lanes.of("a") is not lane


def test_what_waits_can_be_dropped() -> None:
    """All of it, also behind what travels."""
    lanes, _ = filled(3)
    taken(lanes, 1)
    assert lanes.drop() == [1, 2]
    assert lanes.waiting == 0


def test_when_all_is_given_up_a_lane_begins_anew() -> None:
    """Also where something of it travelled, and has no result: nothing waits for that any more."""
    lanes, _ = filled(3)
    assert taken(lanes, 2) == [[0, 1]]
    assert lanes.drop() == [2]
    lanes.put(lanes.of("a"), 3)
    assert taken(lanes, 9) == [[3]]


def test_a_new_lane_waits_for_what_is_in_another_one_now() -> None:
    """What comes into that one later is not waited for, and it may also be dropped."""
    old_lanes, old = filled(2)
    new_lanes: Lanes[int] = Lanes()
    new, told = new_lanes.of("a"), list[str]()
    new_lanes.hold(new, old, lambda: told.append("go on"))
    old_lanes.put(old, 2)
    new_lanes.put(new, 3)
    assert taken(old_lanes, 9) == [[0, 1, 2]]
    old_lanes.arrived(old)
    assert (taken(new_lanes, 9), told) == ([], [])
    old_lanes.arrived(old)
    assert (taken(new_lanes, 9), told) == ([[3]], ["go on"])

    third_lanes: Lanes[int] = Lanes()
    third = third_lanes.of("a")
    third_lanes.hold(third, old, lambda: told.append("go on"))
    third_lanes.put(third, 4)
    old_lanes.drop()
    assert (taken(third_lanes, 9), told) == ([[4]], ["go on"] * 2)
