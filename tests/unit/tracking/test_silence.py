"""Connections over a network are probed and given up; where there is no network, nothing is asked of the socket."""

import socket

import pytest

from tracking.redis_clients import limit_silence
from tracking.silence import GONE_AFTER_S, SILENCE_S, watch_for_silence


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has this timeout")
def test_a_tcp_socket_is_probed_after_some_seconds_and_given_up() -> None:
    with socket.socket() as sock:
        watch_for_silence(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == SILENCE_S
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == GONE_AFTER_S * 1_000


def test_a_unix_socket_is_left_alone() -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        watch_for_silence(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
    assert limit_silence("unix:///run/redis.sock").keys() == {"socket_timeout"}
