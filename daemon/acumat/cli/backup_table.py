"""The command-line definitions of backup, restore and id."""

from __future__ import annotations

from acumat.cli.table import CONFIG, Argument, Command, OneOf, a_file_or_stream, argument, flag


def _file(stream: str) -> Argument:
    return argument("file", type=a_file_or_stream, metavar="FILE", help=f"the backup, such as bedroom.acumat; -: {stream}")


BACKUP = (
    Command(
        "backup",
        "backup:backup",
        "all of this mat in one file",
        "Write history, configuration, id and safety rules of this mat into one file, also beside a running daemon. Passwords "
        "and keys are left out unless you ask for them.",
        (
            _file("standard output"),
            flag("--secrets", "with the broker's password and the key of the client certificate", "with_secrets"),
            flag("--force", "overwrite an earlier backup of this name"),
            CONFIG,
        ),
    ),
    Command(
        "restore",
        "backup:restore",
        "restore a backup in place of the present data",
        "Put a backup back, on this machine or on another one. Stop the daemon first. The present data are saved. A symptom "
        "that was reported here still holds, and the alarm comes no later than before.",
        (_file("standard input"), CONFIG),
    ),
    Command(
        "id",
        "backup:mat_id",
        "which mat this is; a new id for a copied card",
        "Say which mat this is. After a backup or a card went to another machine, say which of the two it is from now on.",
        (
            OneOf(
                (
                    flag("--new", "give this mat an id of its own: the other one is used, too"),
                    flag("--keep", "this is the same mat on another machine: the other one is not used any more"),
                )
            ),
            CONFIG,
        ),
    ),
)
