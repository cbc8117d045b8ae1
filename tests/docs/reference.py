"""The generated parts of docs/commands.md and docs/scenarios.md: what the command line and the scenarios take."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from acumat.cli import exit_codes
from acumat.cli.main import GROUPS
from acumat.cli.table import CONFIG, Argument, Command, OneOf
from acumat.fieldtest.script import SCRIPT
from acumat.wiring.simulated import named_scenarios
from acumat_sim import faults, vocabulary
from acumat_sim.vocabulary import STEP_KEYS, Choice, Flag, Key, Number, Text, Verb
from tests.docs.markdown import table


def commands() -> str:
    """A section for each group of commands, and in it a part for each command."""
    return "\n".join(part for title, group in GROUPS.items() for part in (f"## {title}\n", *map(_command, group)))


def codes() -> str:
    return table(("code", "meaning"), ((f"{code}", meaning) for code, meaning in exit_codes.MEANINGS.items()))


def _command(command: Command) -> str:
    arguments = [one for each in command.arguments for one in (each.arguments if isinstance(each, OneOf) else (each,))]
    shown = [each for each in arguments if each.options["help"] != argparse.SUPPRESS and each is not CONFIG]
    lines = [f"### acumat {command.name}", "", command.description, "", f"    acumat {command.name}{_usage(command)}", ""]
    if shown:
        lines += [table(("argument", "what"), ((f"`{_form(each)}`", each.options["help"]) for each in shown)), ""]
    return "\n".join(lines)


def _usage(command: Command) -> str:
    parts = []
    for each in command.arguments:
        if isinstance(each, OneOf):
            parts.append(f"[{' | '.join(_form(one) for one in each.arguments if one.options['help'] != argparse.SUPPRESS)}]")
        else:
            optional = each.names[0].startswith("-") or each.options.get("nargs") == "?"
            parts.append(f"[{_form(each)}]" if optional else _form(each))
    return "".join(f" {part}" for part in parts)


def _form(argument: Argument) -> str:
    """An argument as it is typed."""
    name, options = argument.names[0], argument.options
    value = options.get("metavar") or "|".join(options.get("choices", ()))
    if not name.startswith("-"):
        return value or name
    return name if options.get("action") == "store_true" else f"{name} {value}"


def field_test() -> str:
    """The positions of the field test."""
    rows = ((f"`{each.name}`", each.prompt, f"{each.seconds:g}", each.expected) for each in SCRIPT)
    return table(("position", "what is asked", "seconds", "what the mat is expected to report"), rows)


def top_keys() -> str:
    return _keys(vocabulary.TOP)


def person_keys() -> str:
    return _keys(vocabulary.PERSON)


def step_keys() -> str:
    return table(("key", "allowed", "meaning"), ((f"`{name}`", _range(key), key.meaning) for name, key in STEP_KEYS.items()))


def moves() -> str:
    return _verbs(vocabulary.MOVES)


def things() -> str:
    return table(
        ("`do`", "what happens", "usual `mass_kg`"),
        ((f"`{do}`", verb.happens, f"{verb.keys['mass_kg'].default:g}") for do, verb in vocabulary.THINGS.items()),
    )


def thing_keys() -> str:
    keys = dict(vocabulary.THINGS["place_box"].keys)
    mass = keys.pop("mass_kg")
    rows = [("`mass_kg`", _range(mass), "see above", mass.meaning)]
    return table(KEY_HEAD, [*rows, *(_key(name, key) for name, key in keys.items())])


def others() -> str:
    return _verbs(vocabulary.OTHERS)


def fault_kinds() -> str:
    return table(
        ("`do`", "beside `at_s` and `for_s`", "`amount`", "what is broken"),
        ((f"`{do}`", _fault_keys(do), _amount(do), meaning) for do, meaning in faults.FAULTS.items()),
    )


def named() -> str:
    return table(("name", "what happens"), ((f"`{name}`", description) for name, description in named_scenarios()))


KEY_HEAD = ("key", "allowed", "if left out", "meaning")


def _keys(keys: Mapping[str, Key]) -> str:
    return table(KEY_HEAD, (_key(name, key) for name, key in keys.items()))


def _key(name: str, key: Key) -> tuple[str, str, str, str]:
    match key:
        case Number(_, _, meaning, default, absent):
            return f"`{name}`", _range(key), absent or ("required" if default is None else f"{default:g}"), meaning
        case Choice(options, meaning, default):
            return f"`{name}`", ", ".join(f'`"{each}"`' for each in options), f'`"{default}"`', meaning
        case Flag(meaning, default):
            return f"`{name}`", "`true`, `false`", f"`{str(default).lower()}`", meaning
        case Text(meaning):
            return f"`{name}`", "text", "nothing", meaning
        case _:
            raise TypeError(key)


def _verbs(verbs: Mapping[str, Verb]) -> str:
    return table(
        ("`do`", "what happens", "keys, with what holds if they are left out"),
        (
            (f"`{do}`", verb.happens, "; ".join(_short(*each) for each in verb.keys.items()) or "none")
            for do, verb in verbs.items()
        ),
    )


def _short(name: str, key: Number) -> str:
    usual = f"`{name}` ({key.absent})" if key.default is None else f"`{name}` ({key.default:g})"
    common = STEP_KEYS.get(name)
    return usual if common is not None and common.meaning == key.meaning else f"{usual}: {key.meaning}, {_range(key)}"


def _range(key: Number) -> str:
    return f"{key.low:g} or more" if key.high == 2**63 else f"{key.low:g} to {key.high:g}"


def _fault_keys(do: str) -> str:
    if do in faults.SENSOR_FAULTS:
        return "`sensor`, `with`" if do == "swapped" else "`sensor`"
    return "`chip`" if do in faults.CHIP_FAULTS else "none"


def _amount(do: str) -> str:
    if do not in faults.LIMITS:
        return "none"
    low, high = faults.LIMITS[do]
    if do == "moved":
        return f"0x{int(low):x} to 0x{int(high):x}, required"
    return f"{low:g} to {high:g}; {faults.DEFAULTS[do]:g}"


COMMANDS: dict[str, Callable[[], str]] = {"commands": commands, "exit-codes": codes}
SCENARIOS: dict[str, Callable[[], str]] = {
    "top-keys": top_keys,
    "person-keys": person_keys,
    "step-keys": step_keys,
    "moves": moves,
    "things": things,
    "thing-keys": thing_keys,
    "others": others,
    "faults": fault_kinds,
    "named": named,
}
