from argus.services.qa.browser.slowness import slowness


def test_a_page_gets_more_time_where_its_processor_is_shared_but_not_without_end() -> None:
    assert [slowness(load, cores=2) for load in (0.0, 2.0, 5.0, 80.0)] == [1.0, 1.0, 2.5, 4.0]
