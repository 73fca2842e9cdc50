"""Faults in the guard and in its plugin of pytest. Each names the tests that should notice it.

Those are all that is run: a file, or one test of it where the others take long.
"""

from functools import partial

from tests.faults.fault import GUARD, Fault

Guards = partial(Fault, of=GUARD.name)

KERNEL = "in_a_kernel::test_"
PYTEST = "under_pytest::test_"

FAULTS = (
    # What is heard
    Guards(
        "a thread whose target is a builtin is taken for the kernel's",
        "threads:_within",
        find="            return step\n",
        put="            return trace\n",
        tests="threads",
    ),
    Guards(
        "a thread of the kernel's is taken for the notebook's",
        "threads:Unheard._thread_died",
        find="error is None or ends or of_others(_within(error.__traceback__))",
        put="error is None or ends",
        tests="threads",
    ),
    Guards(
        "a coroutine that a task is about to begin is closed at the end",
        "rest:rest",
        find=" and id(each) not in begins",
        put="",
        tests="rest",
    ),
    Guards(
        "a coroutine that holds a generator is looked into",
        "rest:_generator_of",
        find="if NAME(type(step)) not in STEPS:",
        put="if False:",
        tests="rest",
    ),
    Guards(
        "a processor is blamed for what another thread waited",
        "cores:kept_waiting",
        find="max(0.0, *more.values(), 0.0)",
        put="0.0",
        tests="cores",
    ),
    Guards(
        "a thread that ends itself is told",
        "threads:Unheard._thread_died",
        find="error is None or ends or",
        put="error is None or",
        tests="threads",
    ),
    Guards(
        "what a cell has had logged is heard when the guard is gone",
        "awaits:Awaits.detach",
        find="elif warnings.showwarning is self._logged:",
        put="elif False:",
        tests="awaits",
    ),
    Guards(
        "a loop in a thread is not heard",
        "loops:OtherLoops.attach",
        find="exempt = root(type(loop).__module__) in OURS",
        put="exempt = True",
        tests="executors",
    ),
    Guards(
        "a call in an executor that somebody has asked for is told",
        "executors:Heard._asked",
        find="self._call.batch.seen = True",
        put="pass",
        tests="executors",
    ),
    Guards(
        "a future is taken for asked when the time was up",
        "executors:Heard._asked",
        find="if self.done():",
        put="if True:",
        tests="executors",
    ),
    Guards(
        "a future that is dropped is not told",
        "executors:Executors._freed",
        find="self._tell(fault)",
        put="pass",
        tests="executors",
    ),
    Guards(
        "what fails in a map after the first is told, too",
        "executors:Executors._submit",
        find="batch or Batch()",
        put="Batch()",
        tests="executors",
    ),
    Guards(
        "what a library submits is taken for the notebook's",
        "executors:is_the_notebooks",
        find="return not frame.f_code.co_filename.startswith(INSTALLED)",
        put="return True",
        tests="executors",
    ),
    Guards(
        "a timer that failed does not say what it was to call",
        "threads:_named",
        find="isinstance(thread, threading.Timer)",
        put="False",
        tests="threads",
    ),
    Guards(
        "a notebook that ignores warnings hides its forgotten awaits",
        "awaits:Awaits.watch",
        find='warnings.filterwarnings("always", NEVER, RuntimeWarning)',
        put="pass",
        tests=f"{KERNEL}a_notebook_that_ignores_warnings_hides_no_forgotten_await",
    ),
    Guards(
        "all deprecations are hidden, those of the cells too",
        "quiet:Quiet.attach",
        find="module=ELSEWHERE",
        put='module=""',
        tests="quiet",
    ),
    Guards(
        "deprecations are hidden from who makes errors of them",
        "quiet:Quiet.attach",
        find='option.startswith("error")',
        put="not option",
        tests="quiet",
    ),
    Guards(
        "deprecations stay hidden when the guard is gone",
        "quiet:Quiet.detach",
        find="filters.remove(each)",
        put="pass",
        tests="quiet",
    ),
    Guards(
        "a processor is blamed for what a busy machine kept it waiting",
        "ours:Ours._blocked",
        find="seconds - delay >= limit",
        put="seconds >= limit",
        tests="guard.ours",
    ),
    # What a cell's end makes of it
    Guards(
        "what fails at once is found a cell too late",
        "watch:Guard.settle",
        find="await asyncio.sleep(0)",
        put="pass",
        tests=f"{KERNEL}every_kind_of_cell_is_judged",
    ),
    Guards(
        "what is run again does not replace its task",
        "reruns:Left._cancel",
        find="task.cancel()",
        put="pass",
        tests=f"{KERNEL}a_cell_that_is_run_again_replaces_its_task",
    ),
    Guards(
        "an expected failure excuses what was made outside of its block",
        "expected:Expectation.covers",
        find="within = fault.at is not None and self.entered <= fault.at <= self.left",
        put="within = True",
        tests="expected",
    ),
    Guards(
        "an expected failure of one kind excuses all others",
        "expected:Expectation.covers",
        find=" or (fault.types and not any(each in fault.types for each in self.types))",
        put="",
        tests="expected",
    ),
    Guards(
        "a line does not say that this cell has made it",
        "faults:Fault.line",
        find="elif self.made is found:",
        put="elif False:",
        tests="guard.faults",
    ),
    Guards(
        "several faults are told as the first of them",
        "faults:GuardError.__init__",
        find="if len(faults) == 1:",
        put="if faults:",
        tests="guard.faults",
    ),
    Guards(
        "of several failures each has the place of the first",
        "runner.places:trace_of",
        find="            del below[head:after]\n",
        put="",
        tests="places",
    ),
    Guards(
        "a wrong word in the environment is not refused",
        "settings:_one_of",
        find="if said not in values:",
        put="if False:",
        tests="settings",
    ),
    # How it steps in and out
    Guards(
        "a hook is taken from somebody who has stepped in since",
        "stand_in:stand_in",
        find="if own.get(name) is not made:",
        put="if False:",
        tests="stand_in",
    ),
    Guards(
        "a variable of IPython's own stands for the notebook's",
        "variables:kept",
        find="found.sort(key=lambda item: is_ipythons(item[0]))",
        put="pass",
        tests="variables",
    ),
    # The plugin of pytest
    Guards(
        "every start of pytest loads all of the plugin",
        "plugin:pytest_addoption",
        find="    group = parser.getgroup(",
        put="    import event_collector_widgets.guard.runner.session\n    group = parser.getgroup(",
        tests=f"{PYTEST}pytest_loads_nothing_for_the_plugin_without_its_options",
    ),
    Guards(
        "a chosen cell is run without those before it",
        "session:Notebooks._in_order",
        find="wanted = notebook.cells[: last + 1]",
        put="wanted = cells",
        tests=f"{PYTEST}a_chosen_cell_is_run_with_those_before_it_and_the_closing",
    ),
    Guards(
        "a notebook of which nothing was chosen is run",
        "session:Notebooks._in_order",
        find="if not again and any(cell in there for cell in notebook.cells):",
        put="if False:",
        tests=f"{PYTEST}a_notebook_is_left_out_where_none_of_its_cells_was_chosen",
    ),
    Guards(
        "a notebook is not closed when the run stops early",
        "with_nbval:NbvalNotebook.teardown",
        find="self._early(self.close())",
        put="pass",
        tests=f"{PYTEST}a_run_that_stops_early_closes_the_notebook_all_the_same",
    ),
    Guards(
        "a start-up file of the user is forgotten",
        "environment:of_kernels",
        find="if before and Path(before) != STARTUP:",
        put="if False:",
        tests=f"{PYTEST}the_environment_of_the_kernels_is_the_same_everywhere",
    ),
    Guards(
        "the tests see the environment of the kernels",
        "environment:while_kernels_start",
        find="os.environ[name] = value",
        put="pass",
        tests=f"{PYTEST}the_environment_of_the_kernels_is_the_same_everywhere",
    ),
    Guards(
        "cells may be torn apart by a way of xdist's",
        "session:begin",
        find='== "loadgroup"',
        put='== "nothing"',
        tests=f"{PYTEST}options_that_do_not_serve_are_refused",
    ),
    # The command
    Guards(
        "a time of nothing is taken for a time",
        "command:main",
        find="if not given.timeout > 0:",
        put="if False:",
        tests="runner.command::test_a_command_that_is_wrong_ends_with_2",
    ),
    Guards(
        "a file that is not a notebook passes",
        "command:_passes",
        find="    return not said\n",
        put="    return True\n",
        tests="runner.command::test_what_is_not_a_notebook_fails",
    ),
)
