"""Installations that accept other issuers' tokens."""

from support.federated import start as start  # noqa: PLC0414 - a fixture of this folder
