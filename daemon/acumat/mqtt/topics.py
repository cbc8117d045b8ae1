"""The contract's topics for one mat."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.contract.commands import CommandName


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of the mat `mat_id` below `base`; `discovery_prefix` is Home Assistant's own setting."""

    base: str
    mat_id: str
    discovery_prefix: str

    @property
    def availability(self) -> str:
        """`online` or `offline`, retained; the last will."""
        return self._of("availability")

    @property
    def state(self) -> str:
        """The state document, retained."""
        return self._of("state")

    @property
    def event(self) -> str:
        """One document an event, never retained: a later subscriber must not act on past events."""
        return self._of("event")

    @property
    def session(self) -> str:
        """The last finished session, retained."""
        return self._of("session")

    @property
    def health(self) -> str:
        """Health by sensor and part, retained."""
        return self._of("health")

    @property
    def routine(self) -> str:
        """What is planned, whether guidance is on, and the cue given last, retained."""
        return self._of("routine")

    @property
    def wellbeing(self) -> str:
        """How the person feels over time, as far as the configuration shares it, retained."""
        return self._of("wellbeing")

    @property
    def settings(self) -> str:
        """What people have set: pause, guest, sensitivity; retained."""
        return self._of("settings")

    @property
    def now(self) -> str:
        """What a person sees at a glance: advice, begin and planned end of the session; retained."""
        return self._of("now")

    @property
    def update(self) -> str:
        """The release in use and the newest one, retained; only where acumat came as a package."""
        return self._of("update")

    @property
    def picture(self) -> str:
        """The body on the mat as PNG, retained."""
        return self._of("picture")

    @property
    def response(self) -> str:
        """The answer to every command, not retained."""
        return self._of("response")

    def command(self, name: str) -> str:
        """Where the command `name` is given."""
        return self._of(f"command/{name}")

    @property
    def probe(self) -> str:
        """Where the mat sends itself a message, to see whether commands arrive. No command has this name."""
        return self.command("probe")

    @property
    def commands(self) -> str:
        """The subscription that gets every command."""
        return self.command("+")

    @property
    def direct(self) -> str:
        """The subscription to everything that this mat publishes, without commands."""
        return self._of("+")

    @property
    def everything(self) -> str:
        """The subscription to all topics of this mat."""
        return self._of("#")

    @property
    def retained(self) -> tuple[str, ...]:
        """All topics that a broker may retain of this mat, except for commands; the device comes first.

        A command topic is cleared only if a retained message was seen on it: to a running daemon, an empty message is the plain
        command.
        """
        mat = (self.availability, self.state, self.session, self.health, self.settings, self.now, self.picture)
        return (self.discovery, *mat, self.routine, self.wellbeing, self.update, *self.transient)

    @property
    def transient(self) -> tuple[str, ...]:
        """Topics that a broker retains only if another client published them so."""
        return (self.event, self.response)

    @property
    def known_commands(self) -> tuple[str, ...]:
        """The topics of all commands."""
        return tuple(self.command(name) for name in CommandName)

    @property
    def discovery(self) -> str:
        """Where Home Assistant looks for the device payload, retained."""
        return f"{self.discovery_prefix}/device/{self.device_id}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant reports that it has started."""
        return f"{self.discovery_prefix}/status"

    @property
    def device_id(self) -> str:
        """The device's identifier and the beginning of every unique id. It never changes, just as the mat's id."""
        return f"acumat_{self.mat_id}"

    def command_name(self, topic: str) -> str | None:
        """The command given on this topic; None if it is no command topic of this mat."""
        head = self.command("")
        name = topic.removeprefix(head)
        return name if topic.startswith(head) and name and "/" not in name else None

    def _of(self, leaf: str) -> str:
        return f"{self.base}/{self.mat_id}/{leaf}"
