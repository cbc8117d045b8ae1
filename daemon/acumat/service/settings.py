"""The settings of the running daemon: pause, guest and sensitivity, which are stored, and the mode of a session."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from acumat.commands.table import AUTO, PAUSE_MOST_MIN, SENSITIVITIES
from acumat.contract.commands import CommandName, Response
from acumat.contract.documents import encode, rfc3339
from acumat.contract.events import Event, EventType
from acumat.contract.state import Mode
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.history.rows import Restored
from acumat.service.request import Handler, Request, done
from acumat.stored import read_object
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

DOCUMENT = "settings"
"""The name under which they are stored."""


class Settings:
    """Pause, guest, sensitivity and mode. `show` gets the document at every change, `save` the text to store.

    `configured` is the sensitivity in the configuration file. A sensitivity set by command applies until the file's changes.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        clock: Clock,
        *,
        configured: str,
        show: Callable[[Mapping[str, Any]], object],
        save: Callable[[str], object],
    ) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._configured = configured
        self._show = show
        self._save = save
        self._sensitivity = configured
        self._paused_until_s: float | None = None
        self._changed_since_start = False
        self._guest_once = False
        """Whether the guest was named for one session only."""

    def start(self, restored: Restored) -> None:
        """Apply the settings of an earlier run, and show them."""
        self._apply(restored)
        self._show(self.document())

    def restore_late(self, restored: Restored) -> None:
        """Apply the settings of an earlier run, unless something was set since the start: that is newer."""
        if not self._changed_since_start:
            self._apply(restored)
            self._show(self.document())

    def document(self) -> dict[str, Any]:
        """Every setting, as published."""
        until_s = self._paused_until_s
        return {
            "paused": self._pipeline.paused,
            "paused_until": None if until_s is None else rfc3339(self._wall_of(until_s)),
            "guest": self._pipeline.guest,
            "sensitivity": self._sensitivity,
        }

    @property
    def handlers(self) -> Mapping[CommandName, Handler]:
        """The handlers by command name."""
        return {
            CommandName.PAUSE: self.pause,
            CommandName.GUEST: self.guest,
            CommandName.SENSITIVITY: self.sensitivity,
            CommandName.MODE: self.mode,
        }

    def pause(self, request: Request, *, on: bool, minutes: float) -> Response:
        """Pause measuring, or continue."""
        if on:
            self._pause(60.0 * minutes)
            text = f"Measuring is paused until {self.document()['paused_until']}."
        else:
            self._resume()
            text = "Measuring goes on."
        self._changed(text)
        return done(request.command, text)

    def guest(self, request: Request, *, on: bool) -> Response:
        """Count sessions as a guest's, or as the owner's again."""
        self._pipeline.guest = on
        self._guest_once = False
        text = "Sessions count as a guest's: they enter no total and teach nothing." if on else "Sessions count as yours again."
        self._changed(text, "guest")
        return done(request.command, text)

    def name_guest(self, *, on: bool) -> None:
        """Set whether a guest lies there or comes next, for one session."""
        if on is self._pipeline.guest:
            return
        self._pipeline.guest = self._guest_once = on
        self._changed("A guest lies there or comes next." if on else "No guest lies there.", "guest")

    def on_event(self, event: Event) -> None:
        """The one session of a named guest is over."""
        if self._guest_once and event.event_type is EventType.SESSION_ENDED:
            self.name_guest(on=False)

    def sensitivity(self, request: Request, *, sensitivity: str) -> Response:
        """Set how much load it takes to be seen, from the next frame on."""
        self._tune(sensitivity)
        text = f"The sensitivity is {sensitivity}."
        self._changed(text)
        return done(request.command, text)

    def mode(self, request: Request, *, mode: str) -> Response:
        """Set how the mat is used in this session. It is not stored."""
        chosen = None if mode == AUTO else Mode(mode)
        self._pipeline.set_mode(chosen)
        text = "The mat finds the mode by itself again." if chosen is None else f"The mode is now {chosen}."
        return done(request.command, text)

    def follow(self) -> None:
        """After each reported frame: a pause that is over ends."""
        if self._paused_until_s is not None and self._clock.monotonic() >= self._paused_until_s:
            self._resume()
            self._changed("The pause is over; measuring continues.")

    def _pause(self, seconds: float) -> None:
        self._paused_until_s = self._clock.monotonic() + seconds
        self._pipeline.pause()

    def _resume(self) -> None:
        self._paused_until_s = None
        self._pipeline.end_pause()

    def _tune(self, sensitivity: str) -> None:
        self._sensitivity = sensitivity
        self._pipeline.retune(Parameters().with_sensitivity(sensitivity))

    def _changed(self, text: str, what: str = "settings") -> None:
        self._changed_since_start = True
        log.info("%s: %s", what, text)
        until_s = self._paused_until_s
        stored = {
            "paused_until_wall_s": None if until_s is None else self._wall_of(until_s),
            "guest": self._pipeline.guest,
            "sensitivity": self._sensitivity,
            "configured": self._configured,
        }
        self._save(encode({**stored, "guest_once": True} if self._guest_once else stored))
        self._show(self.document())

    def _apply(self, restored: Restored) -> None:
        text = restored.documents.get(DOCUMENT)
        if text is None:
            return
        try:
            values = read_object(text)
            until_wall_s = values["paused_until_wall_s"]
            left_s = None if until_wall_s is None else float(until_wall_s) - self._clock.wall()
            guest, sensitivity, configured = values["guest"], values["sensitivity"], values["configured"]
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as exc:
            log.error("the stored settings are damaged and not used (%s)", type(exc).__name__)
            return
        self._pipeline.guest = guest is True
        self._guest_once = values.get("guest_once") is True
        if configured == self._configured and sensitivity in SENSITIVITIES:
            self._tune(sensitivity)
        if left_s is not None and left_s > 0:
            # a clock that is not set yet may be years off: a pause never lasts longer than it may
            self._pause(min(left_s, 60.0 * PAUSE_MOST_MIN))

    def _wall_of(self, t_mono_s: float) -> float:
        return self._clock.wall() - self._clock.monotonic() + t_mono_s
