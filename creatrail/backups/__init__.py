"""Backups: what `creatrail backup` copies, in which order, and how `creatrail restore` puts it back."""
