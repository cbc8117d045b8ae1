"""The command-line definition of `acumat people`."""

from __future__ import annotations

from acumat.cli.table import CONFIG, Command, argument, flag

PEOPLE = Command(
    "people",
    "people:people",
    "the people of this mat: list, add, rename, remove",
    "list: everybody with their sessions. add NAME: the first one takes over what is stored of the owner. rename NAME NEW. "
    "remove NAME --yes: programme and answers go, the sessions stay as those of somebody unknown. A running daemon does "
    "it, else the command itself. docs/people.md says more.",
    (
        argument("action", choices=["list", "add", "rename", "remove"], nargs="?", default="list", help="default: list"),
        argument("name", nargs="?", metavar="NAME", help="name of the person"),
        argument("to", nargs="?", metavar="NEW", help="with rename: the new name"),
        flag("--yes", "with remove: do it; it cannot be taken back"),
        flag("--json", "the whole answer as JSON", "as_json"),
        CONFIG,
    ),
)
