"""The course's notebooks, by the names of their files without `.ipynb`."""

FIRST, CONTEXT, RUNNING = "00_first_collector", "01_context_and_lifecycle", "02_running_a_queue"
WHO, ORDER, CONSUMERS = "03_who_gets_it", "04_queue_order", "05_competing_consumers"
RESULTS, ROUTERS, LOAD = "06_results_and_errors", "07_custom_routers", "08_load_and_littles_law"

SERVICE, SENSORS = "09_from_notebook_to_service", "10_sensors"
MACHINES = "11_more_than_one_machine"

COURSE = (
    *(FIRST, CONTEXT, RUNNING, WHO, ORDER, CONSUMERS, RESULTS, ROUTERS, LOAD),
    *(SERVICE, SENSORS, MACHINES),
)
"""In order."""
