from argus.kernel.ids import new_id
from argus.kernel.principal import system
from argus.services.auth.password_hasher import HashedPassword
from argus.services.auth.passwords.repository import PasswordRepository
from support.platform import NOW, TestPlatform

BEFORE, AFTER = HashedPassword("a hash", "a pepper"), HashedPassword("another hash", "a pepper")


async def test_a_password_is_no_longer_itself_once_it_was_replaced(platform: TestPlatform) -> None:
    """Else whoever verified the old one meanwhile would still sign in."""
    user_id = new_id()
    async with platform.unit_of_work("auth", system("auth")) as uow:
        passwords = PasswordRepository(uow)
        await passwords.put(user_id, BEFORE, NOW)
        assert await passwords.get(user_id) == BEFORE
        assert await passwords.is_still(user_id, BEFORE)
        await passwords.put(user_id, AFTER, NOW)
        assert not await passwords.is_still(user_id, BEFORE)
        assert await passwords.is_still(user_id, AFTER)
