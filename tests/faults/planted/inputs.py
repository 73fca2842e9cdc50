"""Faults in what brings payloads in from outside."""

from tests.faults.fault import Fault
from tests.notebooks.course import SENSORS

FAULTS = (
    Fault(
        "a message is acknowledged though a result is an Error",
        "inputs.mqtt_reader:Reader._processed",
        find="if errors or not given.delivered:",
        put="if not given.delivered:",
        tests="read_mqtt",
        notebook=SENSORS,
    ),
    Fault(
        "a message that reached no collector is acknowledged",
        "inputs.mqtt_reader:Reader._processed",
        find="if errors or not given.delivered:",
        put="if errors:",
        tests="read_mqtt",
    ),
    Fault(
        "a message that nobody could bury is acknowledged",
        "inputs.mqtt_reader:Reader._keep",
        find="kept = False",
        put="kept = True",
        tests="read_mqtt_faults",
    ),
    Fault(
        "acknowledgements go in the order of the results",
        "inputs.mqtt_reader:Reader._settle",
        find="self._forget()",
        put="self._arrived.remove(arrived)\n            self.client.ack(arrived.mid, 1)",
        tests="read_mqtt_faults",
    ),
    Fault(
        "a session is not kept by the broker",
        "inputs.mqtt_reader:Reader.__init__",
        find="clean_session=False",
        put="clean_session=True",
        tests="read_mqtt_faults",
    ),
    Fault(
        "a broker that has forgotten all is not subscribed to again",
        "inputs.mqtt_reader:Reader._connected",
        find="self.client.subscribe(",
        put="self._opened.done() or self.client.subscribe(",
        tests="read_mqtt_faults",
        notebook=SENSORS,
    ),
    Fault(
        "a message without a promise is acknowledged",
        "inputs.mqtt_reader:Reader._came",
        find="came.mid if came.qos else None",
        put="came.mid",
        tests="read_mqtt_faults",
    ),
    Fault(
        "reading goes on while the queue is full",
        "inputs.mqtt_reader:Reader._send",
        find="wait_for_room=True, timeout=ROOM",
        put="",
        tests="read_mqtt",
    ),
    Fault(
        "what was taken is not awaited at the end of a block",
        "inputs.mqtt_reader:Reader.close",
        find="if not self._arrived:",
        put="if True:",
        tests="read_mqtt",
    ),
    Fault(
        "a filter of topics is not a topic of the payload",
        "inputs.mqtt_messages:payload_of",
        find="[message.topic, *found]",
        put="[message.topic]",
        tests="read_mqtt",
        notebook=SENSORS,
    ),
)
