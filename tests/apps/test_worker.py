from argus.services import SERVICES, WORKED
from support.platform import TestPlatform


async def test_a_worker_hosts_every_service_that_brings_something_to_it(
    platform: TestPlatform,
) -> None:
    assert set(platform.modules) == set(SERVICES)
    bringing = [
        name
        for name, module in platform.modules.items()
        if module.consumers or module.jobs or module.rpcs or module.streams or module.tidy
    ]
    assert bringing == list(WORKED)
