"""Ports that others have taken."""

import socket

from config.product.ports import LOOPBACK, any_free_port, first_free_port, is_free


class TestFirstFreePort:
    def test_a_port_that_nobody_uses_is_taken_as_wished(self) -> None:
        wanted = any_free_port()

        assert first_free_port(wanted) == wanted

    def test_of_taken_ports_the_next_one_is_used(self) -> None:
        with socket.socket() as stranger:
            stranger.bind((LOOPBACK, 0))
            stranger.listen()
            taken = stranger.getsockname()[1]

            found = first_free_port(taken)

            assert is_free(taken) is False
            assert found > taken
