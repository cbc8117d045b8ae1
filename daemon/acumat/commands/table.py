"""The commands: what each does and takes, who may give it, what goes before what, and when the answer comes.

Parser, JSON Schema, Home Assistant's controls, inbox, admission and the documentation read this table. A new command is a name
in `CommandName`, an entry here and a handler.
"""

from __future__ import annotations

from collections.abc import Mapping

from acumat.coach.programme import Clothing
from acumat.coach.rules import CAP_RANGE_MIN, LEAST_MIN, STUDIED_MIN
from acumat.coach.screening import QUESTIONS, Answer
from acumat.commands.arguments import Choice, Flag, Number
from acumat.commands.events_table import EVENTS
from acumat.commands.feelings_table import FEELINGS
from acumat.commands.history_table import HISTORY
from acumat.commands.people_table import PEOPLE
from acumat.commands.spec import Answered, CommandSpec
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.state import JsonScalar, Mode

ON, OFF = "ON", "OFF"
"""What a switch in Home Assistant sends and shows."""
SWITCH: Mapping[str, Mapping[str, JsonScalar]] = {ON: {"on": True}, OFF: {"on": False}}
SENSITIVITIES = ("low", "normal", "high")
AUTO = "auto"
"""The mode that detection finds by itself."""
MODES: tuple[str, ...] = (AUTO, *(mode.value for mode in Mode if mode is not Mode.UNKNOWN))
WATCH_HZ = 5
"""Frames a second for those who do not say it: a movement looks smooth, and half of the frames suffice for it."""
WATCH_MOST_HZ = 20
ADVICE_OVER_MQTT = "[routine] advice_over_mqtt = true"
PAUSE_MOST_MIN = 1440
PAUSE_MIN = 720
"""A pause ends by itself after half a day: a forgotten switch would cost weeks of recording."""


def _switch(key_help: str) -> Flag:
    wrong = f"The payload must be {ON}, {OFF} or JSON in which on is true or false."
    return Flag(key="on", help=key_help, required=True, wrong=wrong)


def _words(key: str, choices: tuple[str, ...]) -> Mapping[str, Mapping[str, JsonScalar]]:
    return {word: {key: word} for word in choices}


MINUTES = Number(
    key="minutes", help="Minutes of a session, no more than the programme stands at.", least=LEAST_MIN, most=STUDIED_MIN
)
CALM = Number(key="calm", help="How calm you feel.", least=1, most=5, whole=True)
CAP = Number(key="cap", help="Minutes to the alarm, no more than configured.", least=CAP_RANGE_MIN[0], most=CAP_RANGE_MIN[1])

_TABLE = (
    CommandSpec(
        name=CommandName.CALIBRATE,
        help="Guides through a calibration; the response reports each step.",
        arguments=(Flag(key="turned", help="Includes a second lie-down, end for end.", default=False),),
        takes_mat_as_empty=True,
        answered=Answered.AT_ONCE,
    ),
    CommandSpec(
        name=CommandName.CALIBRATE_CANCEL,
        help="Stops the calibration that is running.",
        answered=Answered.AT_ONCE,
    ),
    CommandSpec(
        name=CommandName.CALIBRATE_UNDO,
        help="Goes back to the calibration before the last one.",
        answered=Answered.WHEN_READ,
    ),
    CommandSpec(name=CommandName.TARE, help="Takes what the mat reads now for empty.", takes_mat_as_empty=True),
    CommandSpec(
        name=CommandName.PAUSE,
        help="Stops measuring for a while.",
        arguments=(
            _switch("Whether measuring is paused."),
            Number(key="minutes", help="How long.", least=1, most=PAUSE_MOST_MIN, clamped=True, default=PAUSE_MIN),
        ),
        words=SWITCH,
    ),
    CommandSpec(
        name=CommandName.GUEST,
        help="Counts sessions as a guest's.",
        arguments=(_switch("Whether somebody else uses the mat."),),
        words=SWITCH,
    ),
    CommandSpec(
        name=CommandName.SENSITIVITY,
        help="Sets how much load it takes to be seen.",
        arguments=(Choice(key="sensitivity", help="How easily load is seen.", choices=SENSITIVITIES, required=True),),
        words=_words("sensitivity", SENSITIVITIES),
    ),
    CommandSpec(
        name=CommandName.MODE,
        help="Sets how the mat is used, for this session.",
        arguments=(Choice(key="mode", help="The use; auto lets the mat find it.", choices=MODES, required=True),),
        words=_words("mode", MODES),
        answered=Answered.AT_ONCE,
    ),
    CommandSpec(
        name=CommandName.STATUS,
        help="Gives everything known, in one answer.",
        reads=True,
        answered=Answered.AT_ONCE,
    ),
    EVENTS,
    CommandSpec(
        name=CommandName.WATCH,
        help="Gives lines of what goes on, until one side hangs up.",
        arguments=(
            Number(
                key="rate_hz",
                help="Frames a second at most; 0: events and answers alone.",
                least=0,
                most=WATCH_MOST_HZ,
                default=WATCH_HZ,
            ),
        ),
        words={"": {}},
        origins=("control",),
        local_only="The mat is watched on the machine itself: acumat watch. A broker has the state and the events.",
        reads=True,
        answered=Answered.AT_ONCE,
    ),
    CommandSpec(
        name=CommandName.PRESS,
        help="As a short press of the panel's button: stops, or answers that the redness has faded.",
        origins=("mqtt", "control", "panel"),
        urgent=True,
    ),
    CommandSpec(
        name=CommandName.HOLD,
        help="As a long press of the panel's button: a symptom, or the tare of an empty mat.",
        origins=("mqtt", "control", "panel"),
        urgent=True,
    ),
    CommandSpec(name=CommandName.STOP, help="Ends the guidance or the alarm.", urgent=True, safety=True),
    CommandSpec(
        name=CommandName.SYMPTOM,
        help="Reports that something does not feel right: stops, and rests for a day.",
        urgent=True,
        safety=True,
    ),
    CommandSpec(
        name=CommandName.SCREEN,
        help="Answers the questions about health.",
        arguments=tuple(
            Choice(key=key, help=question, choices=tuple(Answer), required=True) for key, question in QUESTIONS.items()
        ),
        origins=("control",),
        local_only="These answers stay on the machine: give them there with acumat screen.",
        incomplete=Refusal("incomplete", "Every question wants an answer; missing: {missing}."),
        wrong_value="bad_value",
        safety=True,
    ),
    CommandSpec(
        name=CommandName.ADVICE,
        help="Reports that advice has been taken.",
        origins=("control",),
        local_only="Say this on the machine itself, with acumat screen --advice-taken, since it lifts a caution about "
        f"health. {ADVICE_OVER_MQTT} in the configuration allows it from here.",
        allowed_by=ADVICE_OVER_MQTT,
        safety=True,
    ),
    CommandSpec(
        name=CommandName.CHECK_IN,
        help="Reports how somebody feels before or after a session.",
        arguments=(
            Choice(
                key="when",
                help="If not given: after, where there was a session.",
                choices=("before", "after"),
            ),
            CALM,
            Number(key="discomfort", help="How uncomfortable it is.", least=0, most=10, whole=True),
        ),
        at_least_one=("calm", "discomfort"),
        incomplete=Refusal("bad_value", "Please give calm (1 to 5), discomfort (0 to 10) or both."),
        wrong_value="bad_value",
    ),
    CommandSpec(
        name=CommandName.REDNESS,
        help="Answers the question after the cool-down, once it is asked.",
        arguments=(Choice(key="answer", help="How the skin looks.", choices=("faded", "still_red"), required=True),),
        wrong_value="bad_value",
    ),
    CommandSpec(
        name=CommandName.RHYTHM,
        help="Shows how regularly you lie on the mat, or does not.",
        arguments=(_switch("Whether the rhythm is shown."),),
        words=SWITCH,
    ),
    CommandSpec(
        name=CommandName.PROGRAMME,
        help="Gives the programme with its steps.",
        reads=True,
        answered=Answered.WHEN_READ,
    ),
    CommandSpec(
        name=CommandName.PROGRAMME_SET,
        help="Sets fewer minutes, other clothing or an earlier alarm.",
        arguments=(MINUTES, Choice(key="clothing", help="What is worn on the mat.", choices=tuple(Clothing)), CAP),
        at_least_one=("minutes", "clothing", "cap"),
        incomplete=Refusal(
            "bad_value",
            f"Please give minutes ({MINUTES.least} to {MINUTES.most}), clothing (shirt or skin) "
            f"or cap ({CAP.least} to {CAP.most}).",
        ),
        wrong_value="bad_value",
    ),
    CommandSpec(name=CommandName.PROGRAMME_RESET, help="Sets the programme as on the first day."),
    *FEELINGS,
    *HISTORY,
    *PEOPLE,
)

COMMANDS: Mapping[CommandName, CommandSpec] = {spec.name: spec for spec in _TABLE}
"""Every command by its name; `COMMANDS.values()` gives them in the order of the documentation."""
URGENT = tuple(spec.name for spec in _TABLE if spec.urgent)
