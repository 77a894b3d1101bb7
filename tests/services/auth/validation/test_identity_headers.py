from argus.kernel.principal import Principal, PrincipalKind
from argus.services.auth.validation.identity_headers import identity_headers


def test_no_name_of_a_role_can_begin_another_header_or_another_name() -> None:
    principal = Principal(
        PrincipalKind.USER,
        "usr_1",
        roles=frozenset({"a,owner", "b\r\nX-User-ID: usr_2", "é", "100%"}),
        actors=("agt_2", "sa_1"),
    )
    headers = identity_headers(principal)
    assert headers["X-Roles"] == "100%25,a%2Cowner,b%0D%0AX-User-ID:%20usr_2,%C3%A9"
    assert headers["X-Actors"] == "agt_2,sa_1"
