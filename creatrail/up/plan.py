"""What one `up` will run and with which settings, decided before anything starts."""

from dataclasses import dataclass

from creatrail.embedded.folders import PROJECT, Folders
from creatrail.local import read_or_make_secrets
from creatrail.up.programs import Program
from creatrail.up.stores import EmbeddedStore, choose_stores
from tracking.settings import Settings, load_settings


@dataclass(frozen=True)
class Plan:
    folders: Folders
    environment: dict[str, str]
    settings: Settings
    stores: list[EmbeddedStore]
    is_redis_given: bool
    wants_demo: bool

    def make_programs(self, *commands: str) -> list[Program]:
        """Children that run `creatrail COMMAND`."""
        return [
            Program(
                name=command.replace("worker --", ""),
                arguments=command.split(),
                environment=self.environment | self._settings_of(command),
            )
            for command in commands
        ]

    def _settings_of(self, command: str) -> dict[str, str]:
        """Two workers of one machine cannot listen at one port: that of the role --jobs has the next one."""
        port = self.settings.worker_ops_port
        return {"WORKER_OPS_PORT": str(port + 1)} if port and command == "worker --jobs" else {}

    def shared_settings(self) -> dict[str, str]:
        """What commands for operators need of a running `up`: our settings, nothing else of the environment."""
        names = {name.upper() for name in Settings.__struct_fields__}
        return {name: value for name, value in self.environment.items() if name in names}


def make_plan(environment: dict[str, str], folders: Folders, *, wants_demo: bool, is_verbose: bool) -> Plan:
    """What the environment sets stays; this folder's own settings fill the rest. Raises SettingsError."""
    stores, found = choose_stores(environment, folders)
    own = {
        **read_or_make_secrets(folders.state),
        "STATE_DIR": str(folders.state),
        "SPOOL_DIR": str(folders.state / "spool"),
        "WEB_ASSETS_DIR": str(PROJECT / ".web"),
        "LOG_LEVEL": "INFO" if is_verbose else "WARNING",
    }
    complete = {**own, **found, **environment}
    complete.setdefault("PUBLIC_PORT", str(load_settings(complete).redirector_port))
    return Plan(
        folders=folders,
        environment=complete,
        settings=load_settings(complete),
        stores=stores,
        is_redis_given="REDIS_URL" in environment,
        wants_demo=wants_demo,
    )
