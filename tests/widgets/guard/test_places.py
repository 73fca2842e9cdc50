"""Places: where it is to be mended, in a line for each failure."""

from event_collector_widgets.guard.runner.places import told

SEVERAL = """\
GuardError: 3 failures beside the cells
- queue ['a'] was never shut down, made in In[3]; write: await queue.shut_down_queue()
- task of dig() failed, made in this cell: ValueError: no spade
- task of dig() failed, made in In[3]: ValueError: no spade

task of dig() failed:
Traceback (most recent call last):
  Cell In[1], line 2, in dig
    find("spade")
  Cell In[2], line 5, in find
    raise ValueError("no spade")
ValueError: no spade

task of dig() failed:
Traceback (most recent call last):
  Cell In[1], line 7, in dig
    raise ValueError("no spade")
ValueError: no spade
"""


def test_each_of_several_failures_has_the_line_of_its_own_traceback() -> None:
    """In the order in which they stand; what has none is headed by the cell that made it."""
    assert told("a.ipynb", 4, SEVERAL).splitlines() == [
        (
            "a.ipynb, In[3]: GuardError: queue ['a'] was never shut down, made in In[3]; "
            "write: await queue.shut_down_queue()"
        ),
        (
            "a.ipynb, In[2], line 5: GuardError: task of dig() failed, made in In[4]: "
            "ValueError: no spade"
        ),
        (
            "a.ipynb, In[1], line 7: GuardError: task of dig() failed, made in In[3]: "
            "ValueError: no spade"
        ),
    ]


def test_a_failure_without_a_traceback_in_a_cell_is_placed_by_its_cell() -> None:
    """Or by the one that failed, or by the end."""
    assert told("a.ipynb", 4, "ValueError: x") == "a.ipynb, In[4]: ValueError: x"
    assert told("a.ipynb", None, "ValueError: x") == "a.ipynb, at its end: ValueError: x"
