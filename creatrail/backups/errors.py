"""Why a backup is not made or not restored, in the operator's words."""


class BackupError(Exception):
    """Nothing was left behind that passes for a backup, and nothing was restored."""
