"""Faults of widgets' callbacks, which ipywidgets shows and swallows."""

from tests.guard.row import Row

ROWS = [
    Row(
        "a click's callback raises",
        """
        horn = widgets.Button()
        def honk(_):
            raise ValueError('no horn')
        horn.on_click(honk)
        ---
        horn.click()
        """,
        mend=(("raise ValueError('no horn')", "pass"),),
        line=r"a widget's callback failed, made in this cell: ValueError: no horn",
    ),
    Row(
        "what observes a field raises, when the browser sets it",
        """
        speed = widgets.IntSlider()
        def shift(change):
            raise ValueError('no gear')
        speed.observe(shift, 'value')
        ---
        state = {'method': 'update', 'state': {'value': 7}, 'buffer_paths': []}
        speed._handle_msg({'content': {'data': state}, 'buffers': []})
        """,
        mend=(("raise ValueError('no gear')", "pass"),),
        line=r"a widget's callback failed, made in this cell: ValueError: no gear",
    ),
    Row(
        "a function of interact raises",
        """
        def steer(angle):
            raise ValueError('no wheel')
        wheel = widgets.interactive(steer, angle=3)
        """,
        mend=(("raise ValueError('no wheel')", "pass"),),
        line=r"a widget's callback failed, made in this cell: ValueError: no wheel",
    ),
    Row(
        "a click starts a coroutine that raises",
        """
        starter = widgets.Button()
        async def start_engine():
            raise ValueError('no fuel')
        starter.on_click(lambda _: asyncio.ensure_future(start_engine()))
        ---
        starter.click()
        """,
        mend=(("raise ValueError('no fuel')", "pass"),),
        line=r"task of start_engine\(\) failed, made in this cell: ValueError: no fuel",
    ),
    Row(
        "a click's callback is a coroutine function, which nobody awaits",
        """
        brake = widgets.Button()
        async def slow_down(_): pass
        brake.on_click(slow_down)
        ---
        brake.click()
        """,
        mend=(("brake.on_click(slow_down)", "brake.on_click(lambda _: None)"),),
        line=r"coroutine slow_down\(\) was never awaited, made in this cell",
    ),
]
"""In the order in which they stand in a notebook."""
