"""What one frame decided is collected in order; the reason of the last change outlives the frame."""

from __future__ import annotations

from acumat.contract.events import EventType
from acumat.detect.frame_log import FrameLog


def test_a_frame_begins_without_events_and_keeps_the_reason() -> None:
    log = FrameLog()
    assert log.reason[0] == "starting"
    log.begin(5.0)
    log.set_reason("load_gone", "The load is gone.")
    log.emit(EventType.CONTACT_ENDED, "load_gone", "The load is gone.", edge_s=4.0, load=3.5)
    log.emit(EventType.GOT_UP, "load_gone", "Up.")
    first = log.events
    log.begin(6.0)
    assert log.events == ()
    assert log.reason == ("load_gone", "The load is gone.")
    assert [(each.event_type, each.t_mono_s, each.edge_mono_s) for each in first] == [
        (EventType.CONTACT_ENDED, 5.0, 4.0),
        (EventType.GOT_UP, 5.0, None),
    ]
    assert first[0].numbers == {"load": 3.5}
