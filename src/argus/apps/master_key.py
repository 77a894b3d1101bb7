"""Rotates the master key of an installation that stands still."""

from collections.abc import Callable
from dataclasses import dataclass

from argus.apps.compose import compose
from argus.apps.migrate import migrate
from argus.apps.up import only_platform
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring, master_key_file, new_master_key, write_master_keys
from argus.kernel.db.resealing import reseal
from argus.kernel.errors import ArgusError
from argus.kernel.principal import system
from argus.kernel.settings import KernelSettings
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.peppers import count_under_earlier_peppers


class NothingToRotateTo(ArgusError):
    """`ARGUS_MASTER_KEY` holds one key, and Argus cannot change its own environment.

    Make a key with `openssl rand -base64 32`, set `ARGUS_MASTER_KEY` to it, a comma and the old
    key, restart all processes with that, and run the command again.
    """

    code, status, title = "kernel.master_key.no_successor", 409, "No new master key"


@dataclass(frozen=True)
class Rotation:
    """What was sealed anew, and what still needs the earlier keys."""

    resealed: int
    waiting: int
    """Passwords and API keys that have not been used since."""
    earlier_keys_dropped: bool
    """From the key file; what `ARGUS_MASTER_KEY` holds is the operator's to shorten."""


async def rotate_master_key(
    settings: KernelSettings, *, drop: bool, on_progress: Callable[[int], None]
) -> Rotation:
    """Seal everything with a new master key. Interrupted at any moment, repeat it: as long as there
    is an earlier key it goes on, and makes no other.

    The earlier keys are dropped as soon as nothing needs them, or by `drop` at once: then waiting
    passwords are lost, and waiting API keys that have no slow hash.

    Raises:
        PlatformRunning: the platform of this home would go on with the earlier key.
        NothingToRotateTo: the keys are in `ARGUS_MASTER_KEY`, and there is only one.
        UnsealFailed: something is sealed with a key that is not there any more.
    """
    with only_platform(settings.home):
        load_keyring(settings)  # makes the file of an installation that never ran
        file = master_key_file(settings)
        kept = settings.master_key
        keys = (kept.get_secret_value() if kept else file.read_text()).split(",")
        if len(keys) == 1:
            if kept is not None:
                raise NothingToRotateTo
            keys = [new_master_key(), *keys]
            write_master_keys(file, keys)
        migrate(settings)  # the services' passwords of the database come from the current key
        resealed, waiting = await _reseal_all(settings, on_progress)
        dropped = kept is None and (drop or not waiting)
        if dropped:
            write_master_keys(file, keys[:1])
    return Rotation(resealed, waiting, dropped)


async def _reseal_all(
    settings: KernelSettings, on_progress: Callable[[int], None]
) -> tuple[int, int]:
    keyring, clock = load_keyring(settings), SystemClock()
    resealed = 0
    async with compose(settings, keyring, clock) as composition:
        for module in composition.modules:
            async for rows in reseal(module.database, keyring):
                resealed += rows
                on_progress(resealed)
        auth = next(module for module in composition.modules if module.name == "auth")
        why = "passwords and keys of all organizations"
        async with auth.database.unit_of_work(system("auth"), unscoped=why) as uow:
            pepper_id = auth.resources.get(ApiKeyDigests).pepper_id
            return resealed, await count_under_earlier_peppers(uow, pepper_id, clock.now())
